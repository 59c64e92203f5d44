//! The filter before the protocol of transactions.

use crate::{
    cost,
    held::{Held, Message},
    intake::Intake,
};
use codec::{Compact, Decode};
use futures::{future::pending, FutureExt};
use polkadot_sdk::{
    sc_network::{
        service::traits::{NotificationEvent, NotificationService},
        PeerId, ReputationChange,
    },
    sp_core::H256,
    sp_runtime::traits::{BlakeTwo256, Hash as _},
};
use qloak_client::{Guarded, Judge, Next, Reputation};
use qloak_runtime::constants::block::BYTES;
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

const LOG_TARGET: &str = "transaction-guard";

/// What a message costs in reputation that no honest node sends. Two are forgiven, three take all there is.
const OFFENCE: ReputationChange =
    ReputationChange::new(i32::MIN / 3, "Transactions: malformed message");

/// A message that no node of this network sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Malformed;

/// The transaction of a message: a vector of one, as all nodes send it.
fn only(message: &[u8]) -> Result<&[u8], Malformed> {
    let mut rest = message;
    let mut number = || Compact::<u32>::decode(&mut rest).map_err(|_| Malformed);
    let (Compact(count), Compact(length)) = (number()?, number()?);
    let is_whole = count == 1 && usize::try_from(length).is_ok_and(|length| length == rest.len());
    is_whole.then_some(rest).ok_or(Malformed)
}

/// The time that a peer's message costs before its transaction is verified, or `None` if no node sends such a message. The guard
/// finds it by the same functions; fuzzing feeds them anything.
pub fn declared_cost(message: &[u8]) -> Option<Duration> {
    only(message).ok().map(cost::declared)
}

/// The pool's name for the transaction of a message.
fn hash(message: &[u8]) -> H256 {
    // Behind the count of one, which is one byte, the transaction stands as it is encoded everywhere.
    BlakeTwo256::hash(message.get(1..).unwrap_or_default())
}

/// The transactions' protocol with a guard before it.
pub type TransactionGuard<R> = Guarded<TransactionJudge<R>>;

impl<R: Reputation> TransactionJudge<R> {
    /// Puts a guard before a protocol.
    pub fn guard(
        protocol: Box<dyn NotificationService>,
        reputation: R,
        intake: Arc<Intake>,
    ) -> TransactionGuard<R> {
        let judge = Self {
            reputation,
            intake,
            held: Held::default(),
        };
        Guarded::by(judge, protocol)
    }
}

/// Decides which transactions are listened to, and holds them until they may pass.
pub struct TransactionJudge<R> {
    reputation: R,
    intake: Arc<Intake>,
    held: Held,
}

impl<R: Reputation> TransactionJudge<R> {
    /// Holds a message until it may pass, or does not listen to it.
    fn hear(&mut self, peer: PeerId, message: Vec<u8>) {
        let bytes = message.len();
        match self.cost(&peer, &message) {
            Ok(cost) => {
                let message = Message {
                    bytes: message,
                    cost,
                };
                for _ in 0..self.held.push(peer, message) {
                    self.intake.count("too_much");
                }
            }
            Err(reason) => {
                log::debug!(target: LOG_TARGET, "refused {bytes} bytes from {peer}: {reason}");
                self.intake.count(reason);
            }
        }
    }

    /// What a message costs, or why it is not listened to.
    fn cost(&mut self, peer: &PeerId, message: &[u8]) -> Result<Duration, &'static str> {
        if self.reputation.is_banned(peer) {
            return Err("banned");
        }
        let Ok(transaction) = only(message) else {
            self.reputation.change(*peer, OFFENCE);
            return Err("malformed");
        };
        // A later runtime may allow more than this node knows of, so it is no offence.
        if transaction.len() > BYTES as usize {
            return Err("too_long");
        }
        Ok(cost::declared(transaction))
    }
}

impl<R> fmt::Debug for TransactionJudge<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionJudge")
            .field("peers", &self.intake.ledger().len())
            .finish_non_exhaustive()
    }
}

impl<R: Reputation> Judge for TransactionJudge<R> {
    fn take(&mut self, event: NotificationEvent, now: Instant) -> Option<NotificationEvent> {
        match &event {
            NotificationEvent::ValidateInboundSubstream { .. } => {}
            NotificationEvent::NotificationStreamOpened { peer, .. } => {
                self.intake.ledger().arrive(*peer, now);
            }
            NotificationEvent::NotificationStreamClosed { peer } => {
                self.held.drop_all_of(peer);
                self.intake.ledger().leave(peer, now);
            }
            NotificationEvent::NotificationReceived { peer, .. } => {
                let peer = *peer;
                if let NotificationEvent::NotificationReceived { notification, .. } = event {
                    self.hear(peer, notification);
                }
                return None;
            }
        }
        Some(event)
    }

    /// Finds a message that may pass. Peers take turns.
    fn next(&mut self, now: Instant) -> Next {
        if self.held.is_empty() {
            return Next::Wait(pending().boxed());
        }
        if !self.intake.lane().has_room() {
            let intake = self.intake.clone();
            return Next::Wait(async move { intake.lane().progress().await }.boxed());
        }
        let mut ledger = self.intake.ledger();
        let wait = |peer: &PeerId, message: &Message| ledger.wait(peer, message.cost, now);
        match self.held.pop(wait) {
            Ok((peer, message)) => {
                ledger.charge(peer, hash(&message.bytes), message.cost, now);
                Next::Pass(NotificationEvent::NotificationReceived {
                    peer,
                    notification: message.bytes,
                })
            }
            // No peer may be heard sooner.
            Err(wait) => Next::Wait(async move { tokio::time::sleep(wait).await }.boxed()),
        }
    }

    /// Who has a guard's events has all of them, so there is one.
    fn copy(&self) -> Option<Self> {
        None
    }
}

#[cfg(test)]
mod tests;
