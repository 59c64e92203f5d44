//! Votes as they stand on the wire, made with a stolen key.
//!
//! Written down byte by byte, not with the types of the client: a test of what nodes do with foreign
//! messages should not share their code.

use codec::{Compact, Encode};
use qloak_pq_crypto::{
    account::authority_id,
    context::Context,
    derive::{derive_seed, DEV_MASTER},
    scheme::Scheme,
    signing::{Randomness, SecretKey},
};

/// A message that carries one vote.
const VOTE_MESSAGE: u8 = 0;

/// A message that carries the precommits that make a block final.
const COMMIT: u8 = 1;

/// A message that asks for the votes of a round.
const CATCH_UP_REQUEST: u8 = 3;

/// Which kind of vote it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// The first vote of a round.
    Prevote = 0,
    /// The second vote of a round.
    Precommit = 1,
}

/// The set of voters and the round in which a vote is cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// The number of the set.
    pub set: u64,
    /// The number of the round in it.
    pub number: u64,
}

/// A request for the votes of a round.
pub fn catch_up_request(round: Round) -> Vec<u8> {
    (CATCH_UP_REQUEST, round.number, round.set).encode()
}

/// A key that votes.
pub struct VoterKey(SecretKey);

impl VoterKey {
    /// The key with which a development account votes.
    ///
    /// # Panics
    /// If it does not derive.
    pub fn developer(name: &str) -> Self {
        let path = format!("//{name}//grandpa").parse().expect("a path");
        let seed = derive_seed(&DEV_MASTER, Scheme::MlDsa65, &path);
        Self(SecretKey::from_seed(Scheme::MlDsa65, &seed).expect("any seed makes a key"))
    }

    /// A signed vote for a block, as a message of GRANDPA's protocol.
    ///
    /// # Panics
    /// If signing fails.
    pub fn vote(&self, stage: Stage, round: Round, block: (u64, [u8; 32])) -> Vec<u8> {
        self.vote_by(stage, round, block, &Hand::Steady)
    }

    /// The same by any hand.
    ///
    /// # Panics
    /// If signing fails.
    pub fn vote_by(
        &self,
        stage: Stage,
        round: Round,
        block: (u64, [u8; 32]),
        hand: &Hand,
    ) -> Vec<u8> {
        let vote = [vec![stage as u8], target(block)].concat();
        [
            vec![VOTE_MESSAGE],
            (round.number, round.set).encode(),
            vote.clone(),
            self.sign(&vote, round, hand),
        ]
        .concat()
    }

    /// Key, signature and id, as they stand behind a vote.
    fn sign(&self, vote: &[u8], round: Round, hand: &Hand) -> Vec<u8> {
        // Round and set are signed, so that a vote counts nowhere else.
        let signed = [vote, &(round.number, round.set).encode()].concat();
        let randomness = match hand {
            Hand::Steady => Randomness::Deterministic,
            Hand::Hedged(salt) => {
                let mut bytes = [0; 32];
                bytes[..8].copy_from_slice(&salt.to_le_bytes());
                Randomness::Hedged(bytes)
            }
        };
        let signature = self
            .0
            .sign(Context::Vote, &signed, randomness)
            .expect("the key signs");
        let key = self.0.public_key();
        let id = authority_id(Scheme::MlDsa65, key);
        [key, &signature, &id].concat()
    }
}

/// How a voter signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// As honest voters do: one vote, one signature.
    Steady,
    /// With randomness, which makes another signature for each salt.
    Hedged(u64),
}

/// Precommits for one block, as a message that says that they make it final.
///
/// # Panics
/// If signing fails.
pub fn commit(round: Round, block: (u64, [u8; 32]), voters: &[(&VoterKey, Hand)]) -> Vec<u8> {
    let precommit = [vec![Stage::Precommit as u8], target(block)].concat();
    let count = u32::try_from(voters.len()).expect("a test has few voters");
    let signatures = voters
        .iter()
        .map(|(key, hand)| key.sign(&precommit, round, hand));
    [
        vec![COMMIT],
        (round.number, round.set).encode(),
        target(block),
        Compact(count).encode(),
        target(block).repeat(voters.len()),
        Compact(count).encode(),
        signatures.collect::<Vec<_>>().concat(),
    ]
    .concat()
}

/// Hash and number, as votes and commits name a block.
fn target((number, hash): (u64, [u8; 32])) -> Vec<u8> {
    let number = u32::try_from(number).expect("a test chain is short");
    (hash, number).encode()
}

#[cfg(test)]
mod tests {
    use super::*;
    use qloak_pq_crypto::signing::verify;

    const ROUND: Round = Round { set: 3, number: 7 };

    #[test]
    fn a_vote_has_the_length_and_the_parts_of_the_protocol() {
        let key = VoterKey::developer("Dave");
        let message = key.vote(Stage::Precommit, ROUND, (9, [5; 32]));
        // Kind, round, set, vote; key, signature, id.
        assert_eq!(message.len(), 1 + 8 + 8 + 37 + 1952 + 3309 + 32);
        assert_eq!(
            message[..17],
            [&[0u8, 7][..], &[0; 7], &[3], &[0; 7]].concat()
        );
        assert_eq!(message[17], 1);
        assert_eq!(message[50..54], [9, 0, 0, 0]);
    }

    #[test]
    fn a_hedged_vote_differs_in_the_signature_alone() {
        let key = VoterKey::developer("Dave");
        let vote = |hand| key.vote_by(Stage::Prevote, ROUND, (9, [5; 32]), &hand);
        let (steady, hedged) = (vote(Hand::Steady), vote(Hand::Hedged(1)));
        assert_eq!(steady[..2006], hedged[..2006]);
        assert_ne!(steady[2006..5315], hedged[2006..5315]);
        assert_eq!(steady[5315..], hedged[5315..]);
    }

    #[test]
    fn a_commit_has_the_length_of_its_parts() {
        let key = VoterKey::developer("Dave");
        let message = commit(ROUND, (9, [5; 32]), &[(&key, Hand::Steady); 2]);
        // Kind, round, set, target; two votes, two signatures with ids.
        let expected = 1 + 8 + 8 + 36 + 1 + 2 * 36 + 1 + 2 * (1952 + 3309 + 32);
        assert_eq!(message.len(), expected);
    }

    #[test]
    fn a_request_names_a_round_and_a_set() {
        let expected = [&[3u8, 7][..], &[0; 7], &[3], &[0; 7]].concat();
        assert_eq!(catch_up_request(ROUND), expected);
    }

    #[test]
    fn a_vote_is_signed_for_its_round_and_no_other() {
        let key = VoterKey::developer("Dave");
        let message = key.vote(Stage::Prevote, ROUND, (9, [5; 32]));
        let (public, signature) = (&message[54..2006], &message[2006..5315]);
        let check = |round: u64| {
            let signed = [&message[17..54], &(round, 3u64).encode()].concat();
            verify(Scheme::MlDsa65, public, Context::Vote, &signed, signature)
        };
        assert!(check(7).is_ok());
        assert!(check(8).is_err());
    }
}
