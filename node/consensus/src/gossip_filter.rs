//! Stands between the network and GRANDPA's client, and gets rid of peers that send it rubbish.
//!
//! The client refuses what is wrong, but charges so little for it that a peer may go on for ever: 100 for
//! a false signature, where the network bans at some −1,500 million and forgives a two-hundredth a
//! second. So the guard looks first. It charges for nothing that an honest node can be made to send,
//! whatever others send to that node:
//!
//! * **Malformed**: a message that does not decode, has more votes in it than there can be, or is a commit
//!   with a voter more than twice or with too few voters.
//! * **Not a voter, bad signature**: in a vote or commit of the voters' present set. An honest node knows the
//!   same voters by the same number and verifies before it passes on, so the fault is the sender's.
//! * **Unasked**: a catch-up that was not asked for, or a request for one with no neighbour packet of ours
//!   before it. Nobody passes these on, and an honest node sends them at those occasions only.
//!
//! The third of the first two kinds ends the connection, and some two hundred of the last.
//!
//! **Copies.** A voter's key makes any number of valid signatures of one vote, and honest nodes pass on what is
//! valid. So the client sees two votes of a voter in each step of a round, which is enough to convict it
//! ([`crate::equivocation::votes`]). What comes after those is dropped, without being verified and at no cost to
//! the peer. Now and then one is verified nevertheless, or a flood of false copies would be free.
//!
//! **The pace.** New votes of the present rounds, of which there are few, are always heard. Of all else only so
//! much is heard of each peer, and the rest is dropped: peers that pass on what others flood them with are
//! not charged for it. Allowances are counted in units of 8 KiB, begun ones whole: a vote is one unit, the
//! largest message 128, and so is a request for such a one. A peer may send 512 units a second and 4,096 at once.
//!
//! **The view.** Which votes the client listens to, the guard learns from the neighbour packets that the client
//! sends: they leave before the client looks at the next message. Votes of other rounds and sets,
//! which honest nodes can send by being late, are the client's to refuse, which it does unverified.
//!
//! A ban lasts for about a minute, since reputation recovers; for two minutes more, one offence is enough for
//! the next. A banned peer is not heard, even while its connection is being closed.
//!
//! The network is not asked to close the voters' protocol by itself: it would not, since GRANDPA's
//! client marks every peer of that protocol as reserved. The ban closes block announcements, and the client
//! then lets the peer go.

mod allowance;
mod electorate;
mod message;
mod metrics;
#[cfg(test)]
mod tests;

pub use electorate::{CurrentVoters, Electorate};
pub use metrics::RefusedVotes;

use crate::equivocation::votes::{quorum, Place, Quorum, Vote, Witness};
use allowance::Allowance;
use message::{Justified, Kind, Malformed, Sent, View};
use polkadot_sdk::sc_network::{
    service::traits::NotificationEvent, NotificationService, PeerId, ReputationChange,
};
use qloak_client::{Guarded, Judge, Reputation};
use std::{
    collections::HashMap,
    fmt,
    time::{Duration, Instant},
};

const LOG_TARGET: &str = "vote-guard";

/// What a message costs that no honest node sends. Two are forgiven, three take all the reputation that
/// there is to lose.
const OFFENCE: i32 = i32::MIN / 3;

/// What a message costs that nothing of ours has asked for.
const UNASKED: i32 = i32::MIN / 256;

/// What a message costs by which its sender is banned, beside its own price: all there is to lose.
/// Small losses would end right at the line, and the peer be back above it within two seconds.
const BAN: i32 = i32::MIN;

/// How often a copy is verified that would be dropped. Three false ones ban.
const SPOT_CHECK: Duration = Duration::from_millis(50);

/// Why a message was not listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// The sender is banned already.
    Banned,
    /// The sender has said too much, which need not be its own.
    TooMuch,
    /// Two other votes of this voter in this step are known.
    Copy,
    /// The voters of the present set are not known yet.
    TooEarly,
    /// A catch-up, or a request for one, that has no occasion.
    Unasked,
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
            Self::Banned | Self::TooMuch | Self::Copy | Self::TooEarly => return None,
            Self::Unasked => (UNASKED, "Votes: unasked message"),
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
            Self::Copy => "copy",
            Self::TooEarly => "too_early",
            Self::Unasked => "unasked",
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

/// Whether a peer's message decodes. The guard decodes all that it looks at by the same functions; fuzzing feeds them anything.
pub fn is_well_formed(message: &[u8]) -> bool {
    message::check(message).is_ok()
}

/// Decides which messages of voters are listened to.
#[derive(Clone)]
pub struct VoteJudge<R, E> {
    reputation: R,
    electorate: E,
    witness: Witness,
    /// Where GRANDPA's client is. Unknown until it has greeted a peer, which it does before it listens to one.
    view: Option<View>,
    /// When a copy may be verified again.
    next_check: Option<Instant>,
    /// One entry for each open connection.
    peers: HashMap<PeerId, Allowance>,
    refused: Option<RefusedVotes>,
}

impl<R: Reputation, E: Electorate> VoteJudge<R, E> {
    /// Notes what the client says to a peer.
    fn hear(&mut self, peer: &PeerId, message: &[u8]) {
        let Some(sent) = message::sent(message) else {
            return;
        };
        if let Some(peer) = self.peers.get_mut(peer) {
            peer.hears(&sent);
        }
        if let Sent::Neighbour(view) = sent {
            self.witness.turn_to(view.set, view.round);
            self.view = Some(view);
        }
    }

    /// Whether the client is to see an event.
    fn passes(&mut self, event: &NotificationEvent, now: Instant) -> bool {
        match event {
            NotificationEvent::ValidateInboundSubstream { .. } => {}
            NotificationEvent::NotificationStreamOpened { peer, .. } => {
                self.peers.insert(*peer, Allowance::new(now));
            }
            NotificationEvent::NotificationStreamClosed { peer } => {
                self.peers.remove(peer);
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
        let (kind, body) = message::kind(message)?;
        match kind {
            Kind::Vote(time) if self.view.is_some_and(|view| view.takes(time)) => {
                let vote = message::vote(body)?;
                self.judge_vote(peer, message.len(), vote, now)
            }
            Kind::Vote(_) => {
                self.keep_pace(peer, message.len(), now)?;
                message::vote(body)?;
                Ok(())
            }
            Kind::Commit => {
                self.keep_pace(peer, message.len(), now)?;
                self.judge_commit(message::commit(body)?)
            }
            Kind::Neighbour => {
                self.keep_pace(peer, message.len(), now)?;
                message::neighbour(body)?;
                Ok(())
            }
            Kind::CatchUpRequest => {
                message::catch_up_request(body)?;
                self.has_occasion(peer, Allowance::may_request)?;
                // What it makes this node handle is the answer.
                self.keep_pace(peer, message::LONGEST, now)
            }
            Kind::CatchUp => {
                self.has_occasion(peer, Allowance::may_answer)?;
                let votes = message::catch_up(body)?;
                self.see_catch_up(votes);
                Ok(())
            }
        }
    }

    fn keep_pace(&mut self, peer: &PeerId, bytes: usize, now: Instant) -> Result<(), Refusal> {
        let peer = self.peers.get_mut(peer);
        let admits = peer.is_none_or(|peer| peer.pace.admits(bytes, now));
        admits.then_some(()).ok_or(Refusal::TooMuch)
    }

    fn has_occasion(
        &mut self,
        peer: &PeerId,
        occasion: fn(&mut Allowance) -> bool,
    ) -> Result<(), Refusal> {
        let has_one = self.peers.get_mut(peer).is_none_or(occasion);
        has_one.then_some(()).ok_or(Refusal::Unasked)
    }

    /// A vote of a round that the client listens to.
    fn judge_vote(
        &mut self,
        peer: &PeerId,
        bytes: usize,
        vote: Vote,
        now: Instant,
    ) -> Result<(), Refusal> {
        let voters = self.electorate.voters(vote.set).ok_or(Refusal::TooEarly)?;
        if !voters.contains(vote.voter()) {
            return Err(Refusal::NotAVoter);
        }
        match self.witness.place(&vote) {
            Place::New if !vote.is_signed() => Err(Refusal::BadSignature),
            Place::New => {
                self.witness.enter(vote);
                Ok(())
            }
            // The client knows it, too, and only notes that the peer has it.
            Place::Known => self.keep_pace(peer, bytes, now),
            Place::Full if self.may_check(now) && !vote.is_signed() => Err(Refusal::BadSignature),
            Place::Full => Err(Refusal::Copy),
        }
    }

    fn may_check(&mut self, now: Instant) -> bool {
        if self.next_check.is_some_and(|next| now < next) {
            return false;
        }
        self.next_check = now.checked_add(SPOT_CHECK);
        true
    }

    /// The client verifies a commit of its set, unless it knows of a higher one. What it would not verify is
    /// verified here where votes of the same round are known, which may contradict it.
    fn judge_commit(&mut self, commit: Justified) -> Result<(), Refusal> {
        let Some(view) = self.view.filter(|view| view.set == commit.set) else {
            return Ok(());
        };
        let voters = self
            .electorate
            .voters(commit.set)
            .ok_or(Refusal::TooEarly)?;
        match quorum(&commit.precommits, &voters) {
            Quorum::Complete => {}
            Quorum::Stranger => return Err(Refusal::NotAVoter),
            Quorum::Malformed => return Err(Refusal::Malformed),
        }
        let is_old = commit.target <= view.committed;
        if is_old && !self.witness.has_round(commit.set, commit.round) {
            return Ok(());
        }
        let is_genuine = |vote: &Vote| self.witness.place(vote) == Place::Known || vote.is_signed();
        if !commit.precommits.iter().all(is_genuine) {
            return Err(Refusal::BadSignature);
        }
        for vote in commit.precommits {
            self.witness.enter(vote);
        }
        Ok(())
    }

    /// Shows the votes of a catch-up that was asked for to the witness. Whether it is right is the client's
    /// to say.
    fn see_catch_up(&mut self, votes: Vec<Vote>) {
        let Some(view) = self.view else {
            return;
        };
        let Some(voters) = self.electorate.voters(view.set) else {
            return;
        };
        let is_genuine =
            |vote: &Vote| vote.set == view.set && voters.contains(vote.voter()) && vote.is_signed();
        for vote in votes.into_iter().take_while(is_genuine) {
            self.witness.enter(vote);
        }
    }
}

/// The voters' protocol with a guard before it.
pub type VoteGuard<R, E> = Guarded<VoteJudge<R, E>>;

impl<R: Reputation, E: Electorate> VoteJudge<R, E> {
    /// Puts a guard before a protocol. What it hears of votes, `witness` sees.
    pub fn guard(
        protocol: Box<dyn NotificationService>,
        reputation: R,
        electorate: E,
        witness: Witness,
        refused: Option<RefusedVotes>,
    ) -> VoteGuard<R, E> {
        let judge = Self {
            reputation,
            electorate,
            witness,
            view: None,
            next_check: None,
            peers: HashMap::new(),
            refused,
        };
        Guarded::by(judge, protocol)
    }
}

impl<R, E> fmt::Debug for VoteJudge<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoteJudge")
            .field("peers", &self.peers.len())
            .finish_non_exhaustive()
    }
}

impl<R: Reputation, E: Electorate> Judge for VoteJudge<R, E> {
    fn note_sent(&mut self, peer: &PeerId, message: &[u8]) {
        self.hear(peer, message);
    }

    fn take(&mut self, event: NotificationEvent, now: Instant) -> Option<NotificationEvent> {
        self.passes(&event, now).then_some(event)
    }

    /// The copy begins with what is known, and then goes its own way.
    fn copy(&self) -> Option<Self> {
        Some(self.clone())
    }
}
