//! The memory of votes that this node takes from elsewhere.

use super::{
    ledger::{Ledger, Place, Proof},
    vote::{quorum, Quorum, Vote, Voters},
};
use codec::DecodeAll;
use futures::channel::mpsc;
use polkadot_sdk::sp_consensus_grandpa::{
    GrandpaJustification, Message, RoundNumber, SetId, SignedMessage,
};
use qloak_runtime::{constants::staking::MAX_VALIDATORS, opaque::Header};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The target of what is logged about double votes.
pub const LOG_TARGET: &str = "double-voting";

/// The most votes that one step of a round can have: nobody keeps more than two of a voter, which
/// convict it. GRANDPA's client is stricter than that, but charges little.
pub const MOST_VOTES: usize = 2 * MAX_VALIDATORS as usize;

/// Proofs that may wait for being submitted. Each is a slash, so there are few.
const QUEUE: usize = 1024;

/// Remembers votes, and finds those that are one too many. Copies share one memory.
#[derive(Clone, Debug)]
pub struct Witness {
    ledger: Arc<Mutex<Ledger>>,
    found: mpsc::Sender<Proof>,
}

impl Witness {
    /// A witness that has seen nothing, and where its proofs come out.
    pub fn new() -> (Self, mpsc::Receiver<Proof>) {
        let (found, proofs) = mpsc::channel(QUEUE);
        let ledger = Arc::default();
        (Self { ledger, found }, proofs)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes in which round of which set this node is.
    pub fn turn_to(&self, set: SetId, round: RoundNumber) {
        self.ledger().turn_to(set, round);
    }

    /// Whether votes of a round are remembered.
    pub fn has_round(&self, set: SetId, round: RoundNumber) -> bool {
        let ledger = self.ledger();
        ledger.set() == set && ledger.has_round(round)
    }

    /// What is known of a vote. Votes of other sets are always new.
    pub fn place(&self, vote: &Vote) -> Place {
        let ledger = self.ledger();
        if ledger.set() == vote.set {
            ledger.place(vote)
        } else {
            Place::New
        }
    }

    /// Remembers a vote that was verified and is a voter's.
    pub fn enter(&self, vote: Vote) {
        let mut ledger = self.ledger();
        if ledger.set() != vote.set || ledger.place(&vote) != Place::New {
            return;
        }
        let proof = ledger.enter(vote);
        drop(ledger);
        if let Some(proof) = proof {
            self.tell(proof);
        }
    }

    /// Looks at a justification, which may be of a set that is over, and may be false.
    pub fn see_justification(&self, set: SetId, voters: &Voters, justification: &[u8]) {
        let Ok(justification) = GrandpaJustification::<Header>::decode_all(&mut &justification[..])
        else {
            return;
        };
        let GrandpaJustification { round, commit, .. } = justification;
        if commit.precommits.len() > MOST_VOTES {
            return;
        }
        let votes: Vec<Vote> = commit
            .precommits
            .into_iter()
            .map(|precommit| Vote {
                set,
                round,
                signed: SignedMessage::<Header> {
                    message: Message::<Header>::Precommit(precommit.precommit),
                    signature: precommit.signature,
                    id: precommit.id,
                },
            })
            .collect();
        let is_complete = quorum(&votes, voters) == Quorum::Complete;
        if !is_complete || !votes.iter().all(Vote::is_signed) {
            return;
        }
        if self.ledger().set() == set {
            for vote in votes {
                self.enter(vote);
            }
            return;
        }
        // Nothing else of that set is remembered, so only what is in here can make a pair.
        let mut alone = Ledger::new(set);
        for vote in votes {
            if alone.place(&vote) == Place::New {
                if let Some(proof) = alone.enter(vote) {
                    self.tell(proof);
                }
            }
        }
    }

    fn tell(&self, proof: Proof) {
        log::warn!(
            target: LOG_TARGET,
            "Authority {:?} voted twice in round {} of set {}",
            proof.offender(), proof.round(), proof.set_id(),
        );
        // A node that is no validator has nobody who waits for them.
        let _ = self.found.clone().try_send(proof);
    }
}

#[cfg(test)]
mod tests;
