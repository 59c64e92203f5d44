//! Proofs that a voter voted twice, and whether they prove it.

use alloc::vec::Vec;

use codec::Encode;
use finality_grandpa::Message;

use crate::{
    vote::is_signed_in_set, AuthorityId, AuthoritySignature, Equivocation, EquivocationProof,
    RoundNumber, SetId,
};

/// Two votes in the same step of a round.
type VotesFor<V> = finality_grandpa::Equivocation<AuthorityId, V, AuthoritySignature>;

impl<H, N> EquivocationProof<H, N> {
    /// Says that the two votes were cast in the voter set `set_id`.
    pub fn new(set_id: SetId, equivocation: Equivocation<H, N>) -> Self {
        Self {
            set_id,
            equivocation,
        }
    }

    /// The voter set.
    pub fn set_id(&self) -> SetId {
        self.set_id
    }

    /// The round.
    pub fn round(&self) -> RoundNumber {
        self.equivocation.round_number()
    }

    /// The voter.
    pub fn offender(&self) -> &AuthorityId {
        self.equivocation.offender()
    }
}

impl<H, N> Equivocation<H, N> {
    /// The voter.
    pub fn offender(&self) -> &AuthorityId {
        match self {
            Self::Prevote(votes) => &votes.identity,
            Self::Precommit(votes) => &votes.identity,
        }
    }

    /// The round.
    pub fn round_number(&self) -> RoundNumber {
        match self {
            Self::Prevote(votes) => votes.round_number,
            Self::Precommit(votes) => votes.round_number,
        }
    }
}

impl<H, N> From<VotesFor<finality_grandpa::Prevote<H, N>>> for Equivocation<H, N> {
    fn from(prevotes: VotesFor<finality_grandpa::Prevote<H, N>>) -> Self {
        Self::Prevote(prevotes)
    }
}

impl<H, N> From<VotesFor<finality_grandpa::Precommit<H, N>>> for Equivocation<H, N> {
    fn from(precommits: VotesFor<finality_grandpa::Precommit<H, N>>) -> Self {
        Self::Precommit(precommits)
    }
}

/// Checks that a proof shows two votes, both signed by the voter that it accuses in the round and set
/// that it names. Whether that voter was in the set is not checked here.
///
/// The votes may be for one block, if their signatures differ. GRANDPA counts such a pair for every
/// block, like two votes for different blocks. An honest voter makes one signature of a vote, since it signs
/// deterministically, and nobody else can make a second: ML-DSA is strongly unforgeable.
///
/// A vote that was signed in the set before proves nothing about this one, and is refused.
pub fn check_equivocation_proof<H, N>(report: EquivocationProof<H, N>) -> bool
where
    H: Clone + Encode + PartialEq,
    N: Clone + Encode + PartialEq,
{
    let EquivocationProof {
        set_id,
        equivocation,
    } = report;
    match equivocation {
        Equivocation::Prevote(votes) => are_two_votes(set_id, votes, Message::Prevote),
        Equivocation::Precommit(votes) => are_two_votes(set_id, votes, Message::Precommit),
    }
}

/// Whether two votes of one step differ, be it in the signature alone, and are both signed; `step` makes a
/// vote the message that was signed.
fn are_two_votes<V, H, N>(
    set_id: SetId,
    votes: VotesFor<V>,
    step: impl Fn(V) -> Message<H, N>,
) -> bool
where
    H: Encode + PartialEq,
    N: Encode + PartialEq,
{
    let VotesFor {
        round_number,
        identity,
        first,
        second,
    } = votes;
    let [first, second] = [first, second].map(|(vote, signature)| (step(vote), signature));
    if first == second {
        return false;
    }
    let mut payload = Vec::new();
    [first, second].iter().all(|(message, signature)| {
        is_signed_in_set(
            message,
            &identity,
            signature,
            round_number,
            set_id,
            &mut payload,
        )
    })
}
