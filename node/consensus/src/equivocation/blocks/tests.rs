#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use polkadot_sdk::{
    sc_consensus_slots::MAX_SLOT_CAPACITY, sp_blockchain::Result as StoreResult,
    sp_core::crypto::key_types::AURA, sp_runtime::Digest,
};
use qloak_keystore::{secret_uri, PqKeystore};
use qloak_pq_crypto::{
    authority::aura::AuthorityPair,
    context::Context,
    signing::{Randomness, SecretKey},
};
use std::collections::HashMap;

#[derive(Default)]
struct Memory(Mutex<HashMap<Vec<u8>, Vec<u8>>>);

impl AuxStore for Memory {
    fn insert_aux<
        'a,
        'b: 'a,
        'c: 'a,
        I: IntoIterator<Item = &'a (&'c [u8], &'c [u8])>,
        D: IntoIterator<Item = &'a &'b [u8]>,
    >(
        &self,
        insert: I,
        delete: D,
    ) -> StoreResult<()> {
        let mut map = self.0.lock().unwrap();
        for (key, value) in insert {
            map.insert(key.to_vec(), value.to_vec());
        }
        for key in delete {
            map.remove(*key);
        }
        Ok(())
    }

    fn get_aux(&self, key: &[u8]) -> StoreResult<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }
}

/// A header that differs from others of its slot by its state root only.
fn unsealed(slot: u64, state: u8) -> Header {
    let digest = Digest {
        logs: vec![standalone::pre_digest::<AuthorityPair>(slot.into())],
    };
    let zero = H256::zero();
    Header::new(1, zero, H256::repeat_byte(state), zero, digest)
}

fn sealed(name: &str, slot: u64, state: u8) -> Header {
    let mut header = unsealed(slot, state);
    let keystore = PqKeystore::in_memory();
    let seed = secret_uri::parse(&format!("//{name}//aura")).unwrap();
    let id = keystore.insert_seed(AURA, seed).unwrap();
    let seal = keystore.sign(AURA, &id, header.hash().as_ref()).unwrap();
    let seal = DigestItem::Seal(AURA_ENGINE_ID, seal.unwrap());
    header.digest_mut().push(seal);
    header
}

fn detect_now(store: &Memory, header: &Header) -> Option<Proof> {
    detect(store, 100.into(), header).unwrap()
}

#[test]
fn two_blocks_of_one_author_in_one_slot_make_a_proof_that_holds() {
    let store = Memory::default();
    let (first, second) = (sealed("Alice", 100, 1), sealed("Alice", 100, 2));
    assert!(detect_now(&store, &first).is_none());
    let proof = detect_now(&store, &second).expect("an offence");
    assert_eq!(
        (&proof.first_header, &proof.second_header),
        (&first, &second)
    );
    assert_eq!(u64::from(proof.slot), 100);
    assert_eq!(check_double_authoring(&proof), Ok(()));
}

#[test]
fn two_seals_over_one_header_make_a_proof_that_holds() {
    let store = Memory::default();
    let (first, mut second) = (sealed("Alice", 100, 1), unsealed(100, 1));
    let seed = secret_uri::parse("//Alice//aura").unwrap();
    let secret = SecretKey::from_seed(SCHEME, &seed).unwrap();
    let hash = second.hash();
    let signature = secret
        .sign(Context::Seal, hash.as_ref(), Randomness::Hedged([7; 32]))
        .unwrap();
    let seal = [secret.public_key(), &signature].concat();
    second
        .digest_mut()
        .push(DigestItem::Seal(AURA_ENGINE_ID, seal));
    assert_ne!(first.hash(), second.hash(), "two blocks");
    assert!(detect_now(&store, &first).is_none());
    let proof = detect_now(&store, &second).expect("an offence");
    assert_eq!(check_double_authoring(&proof), Ok(()));
}

#[test]
fn one_block_seen_twice_is_no_offence() {
    let store = Memory::default();
    let header = sealed("Alice", 100, 1);
    assert!(detect_now(&store, &header).is_none());
    assert!(detect_now(&store, &header).is_none());
}

#[test]
fn blocks_of_other_slots_and_of_other_authors_are_no_offence() {
    let store = Memory::default();
    for header in [
        sealed("Alice", 99, 1),
        sealed("Alice", 100, 2),
        sealed("Bob", 100, 3),
    ] {
        assert!(detect_now(&store, &header).is_none());
    }
}

#[test]
fn slots_out_of_reach_are_not_compared() {
    let store = Memory::default();
    let now = Slot::from(100 + MAX_SLOT_CAPACITY + 1);
    for state in [1, 2] {
        let found = detect(&store, now, &sealed("Alice", 100, state)).unwrap();
        assert!(found.is_none());
    }
}

#[test]
fn a_header_without_a_seal_or_a_slot_is_an_error() {
    let store = Memory::default();
    let error = detect(&store, 100.into(), &unsealed(100, 1)).unwrap_err();
    assert!(matches!(error, DetectionError::Seal), "{error}");

    let mut header = sealed("Alice", 100, 1);
    header.digest_mut().logs.remove(0);
    let error = detect(&store, 100.into(), &header).unwrap_err();
    assert!(matches!(error, DetectionError::Slot(_)), "{error}");
}

#[test]
fn an_offence_is_news_once_and_memory_is_bounded() {
    let alice = author(&sealed("Alice", 100, 1)).unwrap();
    let mut known = Known::default();
    assert!(known.insert(1.into(), alice.clone()));
    assert!(!known.insert(1.into(), alice.clone()));
    known.forget(1.into(), alice.clone());
    assert!(known.insert(1.into(), alice.clone()));
    for slot in 2..=MEMORY as u64 + 1 {
        assert!(known.insert(slot.into(), alice.clone()));
    }
    assert_eq!(known.0.len(), MEMORY);
    assert!(known.insert(1.into(), alice), "the oldest was forgotten");
}
