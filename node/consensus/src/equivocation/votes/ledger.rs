//! What voters of the present set have signed of late.

use super::vote::{Step, Vote};
use polkadot_sdk::sp_consensus_grandpa::{
    AuthorityId, EquivocationProof, Message, RoundNumber, SetId, SignedMessage,
};
use qloak_runtime::{opaque::Header, BlockNumber, Hash};
use std::collections::BTreeMap;

/// Two votes of one voter in one step, for the runtime.
pub type Proof = EquivocationProof<Hash, BlockNumber>;

/// How many rounds are remembered. A round of 64 voters that vote once takes 700 kB.
const MOST_ROUNDS: usize = 20;

/// What the ledger has of a voter's votes in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Fewer than two, and not this one.
    New,
    /// This one, byte for byte.
    Known,
    /// Two others.
    Full,
}

/// A voter's votes in a step.
#[derive(Debug)]
struct Entry {
    first: SignedMessage<Header>,
    second: Option<SignedMessage<Header>>,
}

/// Verified votes of one set of voters: of the last rounds, and at most two for each voter and step.
///
/// Whoever has a voter's key fills that voter's places and no others'. An honest voter needs one, since it
/// makes one signature of one vote.
#[derive(Debug, Default)]
pub struct Ledger {
    set: SetId,
    /// The round in which this node is.
    now: RoundNumber,
    rounds: BTreeMap<RoundNumber, BTreeMap<(Step, AuthorityId), Entry>>,
}

impl Ledger {
    /// An empty ledger of a set.
    pub fn new(set: SetId) -> Self {
        Self {
            set,
            ..Self::default()
        }
    }

    /// The set whose votes these are.
    pub fn set(&self) -> SetId {
        self.set
    }

    /// Notes where this node is. Votes of another set are forgotten.
    pub fn turn_to(&mut self, set: SetId, round: RoundNumber) {
        if set != self.set {
            self.rounds.clear();
        }
        self.set = set;
        self.now = round;
    }

    /// Whether anything of a round is remembered.
    pub fn has_round(&self, round: RoundNumber) -> bool {
        self.rounds.contains_key(&round)
    }

    /// What is known of a vote of this set.
    pub fn place(&self, vote: &Vote) -> Place {
        let entry = self
            .rounds
            .get(&vote.round)
            .and_then(|round| round.get(&(vote.step(), vote.voter().clone())));
        match entry {
            None => Place::New,
            Some(Entry { first, .. }) if *first == vote.signed => Place::Known,
            Some(Entry { second: None, .. }) => Place::New,
            Some(Entry {
                second: Some(second),
                ..
            }) if *second == vote.signed => Place::Known,
            Some(_) => Place::Full,
        }
    }

    /// Enters a vote of this set that is [`Place::New`] and was verified. A second one of its voter in
    /// its step gives a proof.
    pub fn enter(&mut self, vote: Vote) -> Option<Proof> {
        let key = (vote.step(), vote.voter().clone());
        let Vote { set, round, signed } = vote;
        let votes = self.rounds.entry(round).or_default();
        let Some(entry) = votes.get_mut(&key) else {
            let first = Entry {
                first: signed,
                second: None,
            };
            votes.insert(key, first);
            self.forget_far_rounds();
            return None;
        };
        entry.second = Some(signed.clone());
        proof(set, round, entry.first.clone(), signed)
    }

    /// Forgets the rounds that are farthest from the present one, be they past or made up in the future. Those around the
    /// present one stay, or their voters could fill their places again.
    fn forget_far_rounds(&mut self) {
        while self.rounds.len() > MOST_ROUNDS {
            let distance = |round: &RoundNumber| round.abs_diff(self.now);
            let far = self.rounds.keys().filter(|round| distance(round) > 1);
            let Some(farthest) = far.max_by_key(|round| distance(round)).copied() else {
                return;
            };
            self.rounds.remove(&farthest);
        }
    }
}

/// The pair as the runtime takes it. `None` for proposals, which decide nothing and convict nobody.
fn proof(
    set: SetId,
    round_number: RoundNumber,
    first: SignedMessage<Header>,
    second: SignedMessage<Header>,
) -> Option<Proof> {
    let identity = first.id;
    let equivocation = match (first.message, second.message) {
        (Message::<Header>::Prevote(one), Message::<Header>::Prevote(other)) => {
            finality_grandpa::Equivocation {
                round_number,
                identity,
                first: (one, first.signature),
                second: (other, second.signature),
            }
            .into()
        }
        (Message::<Header>::Precommit(one), Message::<Header>::Precommit(other)) => {
            finality_grandpa::Equivocation {
                round_number,
                identity,
                first: (one, first.signature),
                second: (other, second.signature),
            }
            .into()
        }
        _ => return None,
    };
    Some(EquivocationProof::new(set, equivocation))
}
