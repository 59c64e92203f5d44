#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use codec::{Decode, Encode};
use polkadot_sdk::{
    sp_consensus_aura::AURA_ENGINE_ID,
    sp_consensus_slots::Slot,
    sp_core::{Pair, H256},
    sp_runtime::{
        generic,
        traits::{BlakeTwo256, Header as _},
        Digest, DigestItem,
    },
};
use qloak_pq_crypto::{
    authority::{aura, grandpa, SCHEME, SIGNATURE_BYTES},
    context::Context,
    signing::{Randomness, SecretKey},
};

use crate::{check_double_authoring, DoubleAuthoringProof, ProofError};

type Header = generic::Header<u32, BlakeTwo256>;
type Proof = DoubleAuthoringProof<Header>;

const SLOT: u64 = 1_791_000_000;

fn author() -> aura::AuthorityPair {
    aura::AuthorityPair::from_seed(&[1; 32])
}

fn slot_item(slot: u64) -> DigestItem {
    DigestItem::PreRuntime(AURA_ENGINE_ID, Slot::from(slot).encode())
}

/// A header of `SLOT` that is not sealed yet; `state` makes it differ from others.
fn header(state: u8) -> Header {
    let digest = Digest {
        logs: vec![slot_item(SLOT)],
    };
    Header::new(
        7,
        H256::zero(),
        H256::repeat_byte(state),
        H256::zero(),
        digest,
    )
}

fn sealed_by(pair: &aura::AuthorityPair, mut header: Header) -> Header {
    let seal = pair.sign(header.hash().as_bytes());
    header
        .digest
        .push(DigestItem::Seal(AURA_ENGINE_ID, seal.encode()));
    header
}

fn sealed(header: Header) -> Header {
    sealed_by(&author(), header)
}

fn proof(first_header: Header, second_header: Header) -> Proof {
    Proof {
        offender: author().public(),
        slot: SLOT.into(),
        first_header,
        second_header,
    }
}

/// The verdict on a good header beside `other`, which is the same in either order.
#[track_caller]
fn verdict_beside_a_good_header(other: Header) -> Result<(), ProofError> {
    let good = sealed(header(1));
    let verdict = check_double_authoring(&proof(good.clone(), other.clone()));
    assert_eq!(check_double_authoring(&proof(other, good)), verdict);
    verdict
}

#[test]
fn two_sealed_blocks_of_one_slot_prove_it() {
    assert_eq!(verdict_beside_a_good_header(sealed(header(2))), Ok(()));
}

#[test]
fn the_blocks_may_differ_in_height_and_parent() {
    let mut other = header(1);
    other.number = 9;
    other.parent_hash = H256::repeat_byte(9);
    assert_eq!(verdict_beside_a_good_header(sealed(other)), Ok(()));
}

#[test]
fn a_block_beside_itself_proves_nothing() {
    assert_eq!(
        verdict_beside_a_good_header(sealed(header(1))),
        Err(ProofError::SameHeader)
    );
}

/// The header of [`sealed`], signed as no honest author does.
fn sealed_again(mut header: Header, salt: u8) -> Header {
    let secret = SecretKey::from_seed(SCHEME, &[1; 32]).unwrap();
    let hash = header.hash();
    let raw = secret
        .sign(
            Context::Seal,
            hash.as_bytes(),
            Randomness::Hedged([salt; 32]),
        )
        .unwrap();
    let seal = [secret.public_key(), &raw].concat();
    header.digest.push(DigestItem::Seal(AURA_ENGINE_ID, seal));
    header
}

#[test]
fn two_seals_over_one_header_are_two_blocks() {
    let other = sealed_again(header(1), 1);
    assert_ne!(other.hash(), sealed(header(1)).hash());
    assert_eq!(verdict_beside_a_good_header(other.clone()), Ok(()));
    let third = sealed_again(header(1), 2);
    assert_eq!(check_double_authoring(&proof(other, third)), Ok(()));
}

#[test]
fn a_seal_that_somebody_else_changed_is_no_second_one() {
    // The key's end, the challenge, the response, and the hint, which has rules of its own.
    for position in [1951, 1952, 3000, SIGNATURE_BYTES - 61, SIGNATURE_BYTES - 1] {
        let mut other = sealed(header(1));
        let Some(DigestItem::Seal(_, seal)) = other.digest.logs.last_mut() else {
            panic!("sealed() puts a seal last");
        };
        seal[position] ^= 1;
        assert_eq!(
            verdict_beside_a_good_header(other),
            Err(ProofError::BadSeal)
        );
    }
}

#[test]
fn a_header_of_another_slot_is_refused() {
    let mut other = header(2);
    other.digest.logs = vec![slot_item(SLOT + 1)];
    assert_eq!(
        verdict_beside_a_good_header(sealed(other)),
        Err(ProofError::NotTheSlot)
    );
}

#[test]
fn a_proof_that_names_another_slot_is_refused() {
    let mut wrong = proof(sealed(header(1)), sealed(header(2)));
    wrong.slot = (SLOT + 1).into();
    assert_eq!(check_double_authoring(&wrong), Err(ProofError::NotTheSlot));
}

#[test]
fn a_header_must_name_exactly_one_slot_that_decodes() {
    let malformed = DigestItem::PreRuntime(AURA_ENGINE_ID, vec![0; 7]);
    let other_engine = DigestItem::PreRuntime(*b"BABE", Slot::from(SLOT).encode());
    let digests = [
        vec![],
        vec![slot_item(SLOT), slot_item(SLOT)],
        vec![malformed],
        vec![other_engine],
    ];
    for logs in digests {
        let mut other = header(2);
        other.digest.logs = logs;
        assert_eq!(
            verdict_beside_a_good_header(sealed(other)),
            Err(ProofError::SlotForm)
        );
    }
}

#[test]
fn digest_items_of_others_do_not_disturb() {
    let mut other = header(1);
    other
        .digest
        .push(DigestItem::Consensus(*b"FRNK", vec![1, 2, 3]));
    assert_eq!(verdict_beside_a_good_header(sealed(other)), Ok(()));
}

#[test]
fn a_header_without_a_seal_is_refused() {
    assert_eq!(
        verdict_beside_a_good_header(header(2)),
        Err(ProofError::MissingSeal)
    );
}

#[test]
fn a_seal_behind_another_seal_is_refused() {
    assert_eq!(
        verdict_beside_a_good_header(sealed(sealed(header(2)))),
        Err(ProofError::SealForm)
    );
}

#[test]
fn an_item_behind_the_seal_is_refused() {
    let mut other = sealed(header(2));
    other.digest.push(DigestItem::Other(vec![]));
    assert_eq!(
        verdict_beside_a_good_header(other),
        Err(ProofError::SealForm)
    );
}

#[test]
fn a_seal_of_another_engine_is_refused() {
    let mut other = header(2);
    let seal = author().sign(other.hash().as_bytes());
    other.digest.push(DigestItem::Seal(*b"BABE", seal.encode()));
    assert_eq!(
        verdict_beside_a_good_header(other),
        Err(ProofError::SealForm)
    );
}

#[test]
fn a_seal_of_another_length_is_refused() {
    let seal = author().sign(header(2).hash().as_bytes()).encode();
    assert_eq!(seal.len(), SIGNATURE_BYTES);
    for bytes in [vec![], seal[1..].to_vec(), [&seal[..], &[0]].concat()] {
        let mut other = header(2);
        other.digest.push(DigestItem::Seal(AURA_ENGINE_ID, bytes));
        assert_eq!(
            verdict_beside_a_good_header(other),
            Err(ProofError::SealForm)
        );
    }
}

#[test]
fn a_block_that_another_authority_sealed_is_refused() {
    let somebody = aura::AuthorityPair::from_seed(&[2; 32]);
    assert_eq!(
        verdict_beside_a_good_header(sealed_by(&somebody, header(2))),
        Err(ProofError::BadSeal)
    );
}

#[test]
fn an_innocent_authority_is_not_accused() {
    let mut wrong = proof(sealed(header(1)), sealed(header(2)));
    wrong.offender = aura::AuthorityPair::from_seed(&[2; 32]).public();
    assert_eq!(check_double_authoring(&wrong), Err(ProofError::BadSeal));
}

#[test]
fn a_header_changed_after_it_was_sealed_is_refused() {
    let mut other = sealed(header(2));
    other.state_root = H256::repeat_byte(3);
    assert_eq!(
        verdict_beside_a_good_header(other),
        Err(ProofError::BadSeal)
    );
}

#[test]
fn one_bit_of_the_seal_decides() {
    for position in [0, 1951, 1952, SIGNATURE_BYTES - 1] {
        let mut other = sealed(header(2));
        let Some(DigestItem::Seal(_, seal)) = other.digest.logs.last_mut() else {
            panic!("sealed() puts a seal last");
        };
        seal[position] ^= 1;
        assert_eq!(
            verdict_beside_a_good_header(other),
            Err(ProofError::BadSeal)
        );
    }
}

#[test]
fn a_vote_over_the_headers_hash_is_no_seal() {
    let voter = grandpa::AuthorityPair::from_seed(&[1; 32]);
    // The ids agree, since an id does not depend on the purpose: only the context tells them apart.
    assert_eq!(voter.public().encode(), author().public().encode());
    let mut other = header(2);
    let vote = voter.sign(other.hash().as_bytes());
    other
        .digest
        .push(DigestItem::Seal(AURA_ENGINE_ID, vote.encode()));
    assert_eq!(
        verdict_beside_a_good_header(other),
        Err(ProofError::BadSeal)
    );
}

#[test]
fn a_proof_survives_encoding() {
    let good = proof(sealed(header(1)), sealed(header(2)));
    let bytes = good.encode();
    assert_eq!(Proof::decode(&mut &bytes[..]), Ok(good));
    assert!(Proof::decode(&mut &bytes[..bytes.len() - 1]).is_err());
}
