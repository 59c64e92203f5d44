//! Votes as they stand on the wire, made with a stolen key.
//!
//! Written down byte by byte, not with the types of the client: a test of what nodes do with foreign
//! messages should not share their code.

use codec::Encode;
use qloak_pq_crypto::{
    account::authority_id,
    context::Context,
    derive::{derive_seed, DEV_MASTER},
    scheme::Scheme,
    signing::{Randomness, SecretKey},
};

/// A message that carries one vote.
const VOTE_MESSAGE: u8 = 0;

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
        let (number, hash) = block;
        let number = u32::try_from(number).expect("a test chain is short");
        let vote = (stage as u8, hash, number).encode();
        // Round and set are signed, so that a vote counts nowhere else.
        let signed = [vote.clone(), (round.number, round.set).encode()].concat();
        let signature = self
            .0
            .sign(Context::Vote, &signed, Randomness::Deterministic)
            .expect("the key signs");
        let key = self.0.public_key();
        [
            vec![VOTE_MESSAGE],
            (round.number, round.set).encode(),
            vote,
            key.to_vec(),
            signature,
            authority_id(Scheme::MlDsa65, key).to_vec(),
        ]
        .concat()
    }
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
