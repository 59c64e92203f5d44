//! How much of the node's time each peer may use.
//!
//! An allowance grows with time: a block's worth of work each slot, four blocks' worth at most. A transaction is
//! charged to the peer that sent it when it goes to the pool, at its declared cost; and once more
//! when it turned out to have been for nothing:
//!
//! * **untimely**, refused for the state of the chain: seven times more. A node that is a block ahead or behind sends such
//!   transactions in good faith, and now and then has to wait a little for it;
//! * **faulty**, which no state of the chain makes good: 63 times more. Who sends nothing else is heard as if it were
//!   64 times slower.
//!
//! Nothing here touches anybody's reputation. An honest node can be made to pass on more than its
//! allowance by whoever pays the fees, and to pass on what is valid where it is and not here, by whoever
//! replaces a key at the right moment: it must then wait, and must not be banned.
//!
//! A new peer begins with an eighth of the allowance, so that new names are worth little. A debt outlives its
//! connection.

use crate::cost::allowance;
use polkadot_sdk::{sc_network::PeerId, sp_core::H256};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// The most allowance at a time: four slots.
const MOST: Duration = Duration::from_secs(4);

/// What a new peer lacks of it.
const NEWCOMER_LACKS: Duration = Duration::from_millis(3_500);

/// The longest that a peer has to wait for what it sent before.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Peers that are remembered after they left, at most.
const MOST_ABSENT: usize = 1_024;

/// Transactions whose senders are remembered until the pool has answered, at most. The pool holds fewer at
/// a time; more there are only if some were never given to it.
const MOST_PENDING: usize = 16_384;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The pool took it, knows it, or has no use for it now.
    Fine,
    /// It is not valid in the present state of the chain, or another in the pool stands in its way.
    Untimely,
    /// It is valid in no state of the chain.
    Faulty,
}

impl Verdict {
    /// How often the cost is charged beside the first time.
    const fn surcharge(self) -> u32 {
        match self {
            Self::Fine => 0,
            Self::Untimely => 7,
            Self::Faulty => 63,
        }
    }
}

/// How far a peer is ahead of what it may use.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// When it will be even.
    even: Instant,
    /// Whether it is connected.
    present: bool,
}

/// The peers' allowances.
#[derive(Debug, Default)]
pub struct Ledger {
    paces: HashMap<PeerId, Pace>,
    pending: HashMap<H256, (PeerId, Duration)>,
}

impl Ledger {
    /// Begins to count for a peer.
    pub fn arrive(&mut self, peer: PeerId, now: Instant) {
        let newcomer = later(now, NEWCOMER_LACKS);
        let pace = self.paces.entry(peer).or_insert(Pace {
            even: newcomer,
            present: true,
        });
        pace.even = pace.even.max(newcomer);
        pace.present = true;
    }

    /// Forgets a peer, unless it owes something.
    pub fn leave(&mut self, peer: &PeerId, now: Instant) {
        if let Some(pace) = self.paces.get_mut(peer) {
            pace.present = false;
        }
        let absent = self.paces.values().filter(|pace| !pace.present).count();
        let owes = |pace: &Pace| pace.even > later(now, NEWCOMER_LACKS);
        self.paces
            .retain(|_, pace| pace.present || (absent <= MOST_ABSENT && owes(pace)));
    }

    /// How long a peer must wait until something of this cost is heard from it.
    pub fn wait(&self, peer: &PeerId, cost: Duration, now: Instant) -> Duration {
        let Some(pace) = self.paces.get(peer).filter(|pace| pace.even > now) else {
            return Duration::ZERO;
        };
        later(pace.even, allowance(cost)).saturating_duration_since(later(now, MOST))
    }

    /// Charges a peer for a transaction that goes to the pool.
    pub fn charge(&mut self, peer: PeerId, transaction: H256, cost: Duration, now: Instant) {
        self.add(&peer, cost, now);
        if self.pending.len() >= MOST_PENDING {
            self.pending.clear();
        }
        self.pending.entry(transaction).or_insert((peer, cost));
    }

    /// Charges the sender of a transaction for what became of it.
    pub fn settle(&mut self, transaction: &H256, verdict: Verdict, now: Instant) {
        if let Some((peer, cost)) = self.pending.remove(transaction) {
            self.add(&peer, cost.saturating_mul(verdict.surcharge()), now);
        }
    }

    fn add(&mut self, peer: &PeerId, cost: Duration, now: Instant) {
        if let Some(pace) = self.paces.get_mut(peer) {
            let even = later(pace.even.max(now), allowance(cost));
            pace.even = even.min(later(now, MOST + LONGEST_WAIT));
        }
    }

    /// How many peers are remembered.
    pub fn len(&self) -> usize {
        self.paces.len()
    }
}

/// Some time later, or the same moment if there is no such time.
fn later(moment: Instant, duration: Duration) -> Instant {
    moment.checked_add(duration).unwrap_or(moment)
}
