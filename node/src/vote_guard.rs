//! Stands between the network and GRANDPA's client, and gets rid of peers that send it rubbish.
//!
//! The client refuses what is wrong, but charges so little for it that a peer may go on for ever: 100 for
//! a false signature, where the network bans at some −1,500 million and forgives a two-hundredth a
//! second. So the guard looks first. What no honest node can have sent does not reach the client, and its
//! third occurrence ends the connection:
//!
//! * a message that does not decode, or has more votes in it than there can be;
//! * a vote in the voters' present set by somebody who is not in it, or that the voter did not sign. An
//!   honest node knows the same voters by the same number, and verifies a vote before it passes it on,
//!   so the fault is the sender's and not that of whoever made the vote.
//!
//! All else is the client's to judge. That includes votes of other sets and rounds, which honest
//! nodes can send by being late; to verify their signatures would cost more than the client's refusal,
//! and an attacker could make us do it. What bounds those is the pace.
//!
//! **The pace.** From each peer only so much is heard. Allowances are counted in units of 8 KiB, begun ones
//! whole: a vote is one unit, the largest message 128, and so is a request for such a one. A round of 64 voters has 129 votes and proposals
//! and a commit of at most 56 units, and takes 600 ms at the default gossip duration. A peer may send 512
//! units a second and 4,096 at once, which is over twenty such rounds. What exceeds that is not heard and
//! costs little by itself, so that a burst from an honest node is no reason to part; some two hundred
//! messages too many are.
//!
//! A ban lasts for about a minute, since reputation recovers; for two minutes more, one offence is enough for
//! the next. A banned peer is not heard, even while its connection is being closed.
//!
//! The network is not asked to close the voters' protocol by itself: it would not, since GRANDPA's
//! client marks every peer of that protocol as reserved. The ban closes block announcements, and the client
//! then lets the peer go.

mod message;
#[cfg(test)]
mod tests;

use crate::metrics::RefusedVotes;
use message::{Gossip, Malformed, Vote};
use polkadot_sdk::{
    sc_consensus_grandpa::SharedAuthoritySet,
    sc_network::{
        error::Error as NetworkError,
        peer_store::BANNED_THRESHOLD,
        service::traits::{NetworkService, NotificationEvent},
        MessageSink, NetworkPeers, NotificationService, PeerId, ProtocolName, ReputationChange,
    },
    sp_consensus_grandpa::{AuthorityId, SetId},
};
use qloak_runtime::{BlockNumber, Hash};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

const LOG_TARGET: &str = "vote-guard";

/// What a message costs that no honest node sends. Two are forgiven, three take all the reputation that
/// there is to lose.
const OFFENCE: i32 = i32::MIN / 3;

/// What a message costs that is one too many.
const EXCESS: i32 = i32::MIN / 256;

/// What a message costs by which its sender is banned, beside its own price: all there is to lose.
/// Small losses would end right at the line, and the peer be back above it within two seconds.
const BAN: i32 = i32::MIN;

/// Messages are counted in units of this length.
const UNIT_BYTES: usize = 8 << 10;

/// The time in which a peer may send one unit: a 512th of a second.
const UNIT_TIME: Duration = Duration::from_nanos(1_953_125);

/// How much of its time a peer may use in advance: 4,096 units.
const ADVANCE: Duration = Duration::from_secs(8);

/// Why a message was not listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// The sender is banned already.
    Banned,
    /// The sender has said too much.
    TooMuch,
    /// It does not decode, or has impossible lengths in it.
    Malformed,
    /// A vote in the present set by somebody who has none.
    NotAVoter,
    /// A vote that the voter did not sign.
    BadSignature,
}

impl Refusal {
    /// What the sender loses.
    fn change(self) -> Option<ReputationChange> {
        let (value, reason) = match self {
            Self::Banned => return None,
            Self::TooMuch => (EXCESS, "Votes: too many messages"),
            Self::Malformed => (OFFENCE, "Votes: malformed message"),
            Self::NotAVoter => (OFFENCE, "Votes: not a voter"),
            Self::BadSignature => (OFFENCE, "Votes: bad signature"),
        };
        Some(ReputationChange::new(value, reason))
    }

    /// The name in metrics.
    fn name(self) -> &'static str {
        match self {
            Self::Banned => "banned",
            Self::TooMuch => "too_much",
            Self::Malformed => "malformed",
            Self::NotAVoter => "not_a_voter",
            Self::BadSignature => "bad_signature",
        }
    }
}

impl From<Malformed> for Refusal {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

/// Where peers have their reputation.
pub trait Reputation: Clone + Send + 'static {
    /// Changes it.
    fn change(&self, peer: PeerId, change: ReputationChange);

    /// Whether it is so low that the network does not talk to the peer.
    fn is_banned(&self, peer: &PeerId) -> bool;
}

impl Reputation for Arc<dyn NetworkService> {
    fn change(&self, peer: PeerId, change: ReputationChange) {
        self.report_peer(peer, change);
    }

    fn is_banned(&self, peer: &PeerId) -> bool {
        self.peer_reputation(peer) < BANNED_THRESHOLD
    }
}

/// What somebody is in a set of voters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The set is the present one, and this is a voter in it.
    Voter,
    /// The set is the present one, and this is nobody in it.
    Nobody,
    /// The set is over, or not begun.
    OtherSet,
}

/// Knows who votes now.
pub trait Electorate: Clone + Send + 'static {
    /// What somebody is in a set of voters.
    fn standing(&mut self, set: SetId, somebody: &AuthorityId) -> Standing;
}

/// The voters as GRANDPA's client knows them.
#[derive(Clone)]
pub struct CurrentVoters {
    shared: SharedAuthoritySet<Hash, BlockNumber>,
    known: Option<(SetId, BTreeSet<AuthorityId>)>,
}

impl CurrentVoters {
    /// Looks at the client's voters.
    pub fn new(shared: SharedAuthoritySet<Hash, BlockNumber>) -> Self {
        Self {
            shared,
            known: None,
        }
    }

    fn refresh(&mut self) {
        let set = self.shared.set_id();
        if self.known.as_ref().is_some_and(|(known, _)| *known == set) {
            return;
        }
        let voters = self.shared.current_authorities();
        let voters = voters.iter().map(|(voter, _)| voter.clone()).collect();
        // Number and voters are not read at once. Numbers only grow, so an unchanged one is that of
        // the voters; else the next vote will tell.
        self.known = (self.shared.set_id() == set).then_some((set, voters));
    }
}

impl Electorate for CurrentVoters {
    fn standing(&mut self, set: SetId, somebody: &AuthorityId) -> Standing {
        self.refresh();
        match &self.known {
            Some((known, voters)) if *known == set => {
                if voters.contains(somebody) {
                    Standing::Voter
                } else {
                    Standing::Nobody
                }
            }
            _ => Standing::OtherSet,
        }
    }
}

/// How much a peer has said.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// When it will have used no time in advance.
    even: Instant,
}

impl Pace {
    /// Notes a message, unless it is too much.
    fn admits(&mut self, bytes: usize, now: Instant) -> bool {
        let units = bytes.div_ceil(UNIT_BYTES).max(1);
        let time = UNIT_TIME.saturating_mul(u32::try_from(units).unwrap_or(u32::MAX));
        let Some(even) = self.even.max(now).checked_add(time) else {
            return false;
        };
        if even.saturating_duration_since(now) > ADVANCE {
            return false;
        }
        self.even = even;
        true
    }
}

/// Decides what is listened to.
#[derive(Clone)]
struct Judge<R, E> {
    reputation: R,
    electorate: E,
    /// One entry for each open connection.
    paces: HashMap<PeerId, Pace>,
    refused: Option<RefusedVotes>,
}

impl<R: Reputation, E: Electorate> Judge<R, E> {
    /// Whether the client is to see an event.
    fn passes(&mut self, event: &NotificationEvent, now: Instant) -> bool {
        match event {
            NotificationEvent::ValidateInboundSubstream { .. } => {}
            NotificationEvent::NotificationStreamOpened { peer, .. } => {
                self.paces.insert(*peer, Pace { even: now });
            }
            NotificationEvent::NotificationStreamClosed { peer } => {
                self.paces.remove(peer);
            }
            NotificationEvent::NotificationReceived { peer, notification } => {
                return self.listens(*peer, notification, now);
            }
        }
        true
    }

    fn listens(&mut self, peer: PeerId, message: &[u8], now: Instant) -> bool {
        let Err(refusal) = self.judge(&peer, message, now) else {
            return true;
        };
        log::debug!(
            target: LOG_TARGET,
            "refused {} bytes from {peer}: {}", message.len(), refusal.name(),
        );
        if let Some(refused) = &self.refused {
            refused.count(refusal.name());
        }
        if let Some(change) = refusal.change() {
            self.reputation.change(peer, change);
            if self.reputation.is_banned(&peer) {
                let ban = ReputationChange::new(BAN, "Votes: banned");
                self.reputation.change(peer, ban);
            }
        }
        false
    }

    /// The cheapest questions come first.
    fn judge(&mut self, peer: &PeerId, message: &[u8], now: Instant) -> Result<(), Refusal> {
        if self.reputation.is_banned(peer) {
            return Err(Refusal::Banned);
        }
        let pace = self.paces.get_mut(peer);
        if pace.is_some_and(|pace| !pace.admits(message::weight(message), now)) {
            return Err(Refusal::TooMuch);
        }
        match message::read(message)? {
            Gossip::Vote(vote) => self.judge_vote(&vote),
            Gossip::Other => Ok(()),
        }
    }

    fn judge_vote(&mut self, vote: &Vote) -> Result<(), Refusal> {
        match self.electorate.standing(vote.set, vote.voter()) {
            Standing::OtherSet => Ok(()),
            Standing::Nobody => Err(Refusal::NotAVoter),
            Standing::Voter if vote.is_signed() => Ok(()),
            Standing::Voter => Err(Refusal::BadSignature),
        }
    }
}

/// The voters' protocol with a guard before it. It passes everything on as it is, or not at all.
pub struct VoteGuard<R, E> {
    protocol: Box<dyn NotificationService>,
    judge: Judge<R, E>,
}

impl<R: Reputation, E: Electorate> VoteGuard<R, E> {
    /// Puts a guard before a protocol.
    pub fn new(
        protocol: Box<dyn NotificationService>,
        reputation: R,
        electorate: E,
        refused: Option<RefusedVotes>,
    ) -> Self {
        Self {
            protocol,
            judge: Judge {
                reputation,
                electorate,
                paces: HashMap::new(),
                refused,
            },
        }
    }
}

impl<R, E> fmt::Debug for VoteGuard<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoteGuard")
            .field("protocol", &self.protocol)
            .field("peers", &self.judge.paces.len())
            .finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl<R: Reputation, E: Electorate> NotificationService for VoteGuard<R, E> {
    async fn open_substream(&mut self, peer: PeerId) -> Result<(), ()> {
        self.protocol.open_substream(peer).await
    }

    async fn close_substream(&mut self, peer: PeerId) -> Result<(), ()> {
        self.protocol.close_substream(peer).await
    }

    fn send_sync_notification(&mut self, peer: &PeerId, notification: Vec<u8>) {
        self.protocol.send_sync_notification(peer, notification);
    }

    async fn send_async_notification(
        &mut self,
        peer: &PeerId,
        notification: Vec<u8>,
    ) -> Result<(), NetworkError> {
        self.protocol
            .send_async_notification(peer, notification)
            .await
    }

    async fn set_handshake(&mut self, handshake: Vec<u8>) -> Result<(), ()> {
        self.protocol.set_handshake(handshake).await
    }

    fn try_set_handshake(&mut self, handshake: Vec<u8>) -> Result<(), ()> {
        self.protocol.try_set_handshake(handshake)
    }

    /// The caller drops this future whenever there is nothing yet. No event is lost by that: nothing is
    /// waited for between taking one and passing it on.
    async fn next_event(&mut self) -> Option<NotificationEvent> {
        loop {
            let event = self.protocol.next_event().await?;
            if self.judge.passes(&event, Instant::now()) {
                return Some(event);
            }
        }
    }

    fn clone(&mut self) -> Result<Box<dyn NotificationService>, ()> {
        let protocol = self.protocol.as_mut().clone()?;
        Ok(Box::new(Self {
            protocol,
            judge: self.judge.clone(),
        }))
    }

    fn protocol(&self) -> &ProtocolName {
        self.protocol.protocol()
    }

    fn message_sink(&self, peer: &PeerId) -> Option<Box<dyn MessageSink>> {
        self.protocol.message_sink(peer)
    }
}
