//! Proofs of equivocation: the good ones, and each check broken alone.

use qloak_pq_crypto::{
    authority::{aura, SCHEME},
    context::Context,
    signing::{Randomness, SecretKey},
};
use sp_core::{Pair, H256};

use super::{precommit, prevote, signature, voter, Message, Precommit, Prevote, ROUND, SET};
use crate::{
    check_equivocation_proof, localized_payload, AuthorityPair, AuthoritySignature, Equivocation,
    EquivocationProof, RoundNumber, SetId,
};

type Proof = EquivocationProof<H256, u32>;
type SignedVote<V> = (V, AuthoritySignature);

fn votes_of<V>(
    offender: &AuthorityPair,
    first: SignedVote<V>,
    second: SignedVote<V>,
) -> finality_grandpa::Equivocation<crate::AuthorityId, V, AuthoritySignature> {
    finality_grandpa::Equivocation {
        round_number: ROUND,
        identity: offender.public(),
        first,
        second,
    }
}

fn signed_prevote(
    pair: &AuthorityPair,
    vote: Prevote,
    round: RoundNumber,
    set_id: SetId,
) -> SignedVote<Prevote> {
    let signature = signature(pair, &Message::Prevote(vote.clone()), round, set_id);
    (vote, signature)
}

fn signed_precommit(pair: &AuthorityPair, vote: Precommit) -> SignedVote<Precommit> {
    let signature = signature(pair, &Message::Precommit(vote.clone()), ROUND, SET);
    (vote, signature)
}

/// A prevote of voter 1 for the block, as it should be.
fn good(block: u8) -> SignedVote<Prevote> {
    signed_prevote(&voter(1), prevote(block), ROUND, SET)
}

fn proof(first: SignedVote<Prevote>, second: SignedVote<Prevote>) -> Proof {
    Proof::new(SET, votes_of(&voter(1), first, second).into())
}

/// The verdict on a good prevote beside `other`, which is the same in either order.
#[track_caller]
fn proves_beside_a_good_vote(other: SignedVote<Prevote>) -> bool {
    let verdict = check_equivocation_proof(proof(good(9), other.clone()));
    assert_eq!(check_equivocation_proof(proof(other, good(9))), verdict);
    verdict
}

#[test]
fn two_prevotes_prove_it() {
    assert!(proves_beside_a_good_vote(good(8)));
}

#[test]
fn two_precommits_prove_it() {
    let pair = voter(1);
    let votes = votes_of(
        &pair,
        signed_precommit(&pair, precommit(8)),
        signed_precommit(&pair, precommit(9)),
    );
    assert!(check_equivocation_proof(Proof::new(SET, votes.into())));
}

#[test]
fn a_proof_says_what_it_is_about() {
    let prevotes = proof(good(8), good(9));
    assert_eq!(prevotes.set_id(), SET);
    assert_eq!(prevotes.round(), ROUND);
    assert_eq!(prevotes.offender(), &voter(1).public());

    let pair = voter(2);
    let vote = |block| signed_precommit(&pair, precommit(block));
    let precommits = Equivocation::from(votes_of(&pair, vote(8), vote(9)));
    assert!(matches!(precommits, Equivocation::Precommit(_)));
    assert_eq!(precommits.round_number(), ROUND);
    assert_eq!(precommits.offender(), &pair.public());
}

#[test]
fn one_vote_twice_proves_nothing() {
    assert!(!proves_beside_a_good_vote(good(9)));
}

/// The same vote as [`good`], signed as no honest voter does.
fn hedged(block: u8, salt: u8) -> SignedVote<Prevote> {
    let vote = prevote(block);
    let payload = localized_payload(ROUND, SET, &Message::Prevote(vote.clone()));
    let secret = SecretKey::from_seed(SCHEME, &[1; 32]).unwrap();
    let randomness = Randomness::Hedged([salt; 32]);
    let raw = secret.sign(Context::Vote, &payload, randomness).unwrap();
    let bytes = [secret.public_key(), &raw].concat();
    (vote, AuthoritySignature::try_from(bytes).unwrap())
}

#[test]
fn one_vote_signed_twice_is_an_equivocation() {
    assert!(proves_beside_a_good_vote(hedged(9, 1)));
    assert!(check_equivocation_proof(proof(hedged(9, 1), hedged(9, 2))));
    assert!(!check_equivocation_proof(proof(hedged(9, 1), hedged(9, 1))));
}

#[test]
fn a_signature_that_somebody_else_changed_is_no_second_one() {
    let (vote, signature) = good(9);
    let bytes = signature.to_vec();
    // The key's end, the challenge, the response, and the hint, which has rules of its own.
    for position in [1951, 1952, 3000, bytes.len() - 61, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[position] ^= 1;
        let changed = AuthoritySignature::try_from(changed).unwrap();
        assert!(!proves_beside_a_good_vote((vote.clone(), changed)));
    }
}

#[test]
fn the_same_height_with_another_hash_is_another_block() {
    let fork = Prevote::new(H256::repeat_byte(8), prevote(9).target_number);
    assert!(proves_beside_a_good_vote(signed_prevote(
        &voter(1),
        fork,
        ROUND,
        SET
    )));
}

#[test]
fn votes_of_different_rounds_prove_nothing() {
    let pair = voter(1);
    for round in [ROUND - 1, ROUND + 1] {
        let other = signed_prevote(&pair, prevote(8), round, SET);
        assert!(!proves_beside_a_good_vote(other));
    }
}

#[test]
fn votes_of_different_sets_prove_nothing() {
    let pair = voter(1);
    // Neither from the set before, which elsewhere is told apart from a false one.
    for set_id in [SET - 1, SET + 1] {
        let other = signed_prevote(&pair, prevote(8), ROUND, set_id);
        assert!(!proves_beside_a_good_vote(other));
    }
}

#[test]
fn votes_of_another_round_or_set_than_the_proof_prove_nothing() {
    let mut votes = votes_of(&voter(1), good(8), good(9));
    for set_id in [SET - 1, SET + 1] {
        assert!(!check_equivocation_proof(Proof::new(
            set_id,
            votes.clone().into()
        )));
    }
    votes.round_number += 1;
    assert!(!check_equivocation_proof(Proof::new(SET, votes.into())));
}

#[test]
fn one_bad_signature_spoils_it() {
    let (vote, signature) = good(8);
    let mut bytes = signature.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    let damaged = AuthoritySignature::try_from(bytes).unwrap();
    assert!(!proves_beside_a_good_vote((vote, damaged)));
}

#[test]
fn a_signature_of_another_vote_spoils_it() {
    let (_, signature) = good(7);
    assert!(!proves_beside_a_good_vote((prevote(8), signature)));
}

#[test]
fn another_voters_vote_spoils_it() {
    let other = signed_prevote(&voter(2), prevote(8), ROUND, SET);
    assert!(!proves_beside_a_good_vote(other));
}

#[test]
fn an_innocent_voter_is_not_accused() {
    let votes = votes_of(&voter(2), good(8), good(9));
    assert!(!check_equivocation_proof(Proof::new(SET, votes.into())));
}

#[test]
fn a_prevote_and_a_precommit_are_no_equivocation() {
    let (_, signature) = signed_precommit(&voter(1), precommit(8));
    assert!(!proves_beside_a_good_vote((prevote(8), signature)));
}

#[test]
fn a_seal_is_no_vote_in_a_proof_either() {
    let sealer = aura::AuthorityPair::from_seed(&[1; 32]);
    let payload = localized_payload(ROUND, SET, &Message::Prevote(prevote(8)));
    let seal = AuthoritySignature::try_from(sealer.sign(&payload).to_vec()).unwrap();
    assert!(!proves_beside_a_good_vote((prevote(8), seal)));
}
