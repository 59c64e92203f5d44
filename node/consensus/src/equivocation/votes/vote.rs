//! Votes as they are compared: one voter, one step of one round of one set.

use finality_grandpa::voter_set::VoterSet;
use polkadot_sdk::sp_consensus_grandpa::{
    check_message_signature, AuthorityId, Message, RoundNumber, SetId, SignedMessage,
};
use qloak_runtime::opaque::Header;
use std::collections::BTreeMap;

/// The most votes of one voter in one step of a round that anybody needs: two, which convict it.
const ENOUGH: u8 = 2;

/// The voters of a set, and what their votes weigh.
pub type Voters = VoterSet<AuthorityId>;

/// A step of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// What the round's primary proposes.
    Propose,
    /// The first vote.
    Prevote,
    /// The second vote.
    Precommit,
}

/// A vote, and the set and round that it says it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The set of voters.
    pub set: SetId,
    /// The round.
    pub round: RoundNumber,
    /// What was signed, by whom, and the signature.
    pub signed: SignedMessage<Header>,
}

impl Vote {
    /// Who is said to have voted.
    pub fn voter(&self) -> &AuthorityId {
        &self.signed.id
    }

    /// The step of the round.
    pub fn step(&self) -> Step {
        match self.signed.message {
            Message::<Header>::PrimaryPropose(_) => Step::Propose,
            Message::<Header>::Prevote(_) => Step::Prevote,
            Message::<Header>::Precommit(_) => Step::Precommit,
        }
    }

    /// Whether the voter signed just this. The answer is remembered if it is yes, so that the client's
    /// own check costs next to nothing.
    pub fn is_signed(&self) -> bool {
        check_message_signature(
            &self.signed.message,
            &self.signed.id,
            &self.signed.signature,
            self.round,
            self.set,
        )
        .is_valid()
    }
}

/// Why precommits make nothing final, whatever they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// More than two thirds of the voters, none of them more than twice.
    Complete,
    /// Somebody in it is no voter.
    Stranger,
    /// A voter in it more than twice, or too few voters.
    Malformed,
}

/// Counts the voters of precommits. Every commit that a node makes or passes on is [`Quorum::Complete`].
pub fn quorum(precommits: &[Vote], voters: &Voters) -> Quorum {
    let mut counts = BTreeMap::<&AuthorityId, u8>::new();
    let mut weight = 0_u64;
    for vote in precommits {
        let Some(info) = voters.get(vote.voter()) else {
            return Quorum::Stranger;
        };
        let count = counts.entry(vote.voter()).or_default();
        if *count == 0 {
            weight = weight.saturating_add(info.weight().get());
        }
        if *count == ENOUGH {
            return Quorum::Malformed;
        }
        *count += 1;
    }
    if weight < voters.threshold().get() {
        return Quorum::Malformed;
    }
    Quorum::Complete
}
