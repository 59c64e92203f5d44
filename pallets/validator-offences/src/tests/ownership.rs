//! Whose key it was: the keys in office count, whatever is registered meanwhile.

use codec::{Decode, Encode};
use frame_support::{assert_ok, traits::KeyOwnerProofSystem};
use polkadot_sdk::*;
use qloak_pq_crypto::authority::Seal;
use sp_core::crypto::key_types::AURA;
use sp_runtime::{KeyTypeId, Perbill};

use crate::{mock::*, ownership::MAX_PATH_BYTES, KeysInOffice, OwnershipProof, SessionRoots};

/// Registers the key of a seed for a validator.
fn set_keys(validator: u64, seed: u64) {
    let proof = possession(&key::<Seal>(seed), validator);
    let keys = MockSessionKeys {
        aura: authority(seed),
    };
    assert_ok!(Session::set_keys(
        RuntimeOrigin::signed(validator),
        keys,
        proof
    ));
}

/// Proof of whom the key of a seed belongs to in this session.
fn proof_of(seed: u64) -> Option<OwnershipProof<u64>> {
    ValidatorOffences::prove_key_ownership(authority(seed))
}

fn owner(seed: u64, proof: OwnershipProof<u64>) -> Option<u64> {
    ValidatorOffences::check_proof((AURA, authority(seed)), proof).map(|(owner, ())| owner)
}

#[test]
fn keys_registered_before_the_offence_do_not_hide_it() {
    run(|| {
        set_keys(2, 20);
        report(2, 1, 1).expect("the old key is in office");
        assert_eq!(Slashed::get(), [(2, Perbill::from_percent(5), 0)]);
        assert!(proof_of(20).is_none(), "the new one is not yet");
    });
}

#[test]
fn keys_given_up_before_the_offence_do_not_hide_it() {
    run(|| {
        assert_ok!(Session::purge_keys(RuntimeOrigin::signed(2)));
        report(2, 1, 1).expect("the key is in office");
        assert_eq!(Slashed::get(), [(2, Perbill::from_percent(5), 0)]);
    });
}

#[test]
fn keys_that_others_register_in_each_block_leave_pending_reports_valid() {
    run(|| {
        let pending = ownership(2);
        for block in 2..2 * SESSION + 3 {
            go_to(block);
            set_keys(3, 100 + block);
            set_keys(2, 200 + block);
            assert_eq!(owner(2, pending.clone()), Some(2), "block {block}");
        }
        report_proof(double(2, 1, 1), pending).unwrap();
        assert_eq!(Slashed::get(), [(2, Perbill::from_percent(5), 0)]);
    });
}

#[test]
fn keys_set_within_an_era_count_from_when_they_come_into_office() {
    run(|| {
        go_to(2);
        set_keys(2, 20);
        // Without an election: session 1 was planned before, session 2 is planned with the new key.
        go_to(SESSION + 1);
        assert!(proof_of(20).is_none());
        let first = ownership(2);
        go_to(2 * SESSION + 1);
        assert!(proof_of(2).is_none());
        let second = ownership(20);
        go_to(3 * SESSION + 1);
        report_proof(double(2, SESSION + 1, SESSION + 1), first).unwrap();
        report_proof(double(20, 2 * SESSION + 1, 2 * SESSION + 1), second).unwrap();
        let five = Perbill::from_percent(5);
        assert_eq!(Slashed::get(), [(2, five, 1), (2, five, 2)]);
    });
}

#[test]
fn after_an_exclusion_the_keys_in_office_count() {
    run(|| {
        set_keys(3, 30);
        go_to(SESSION + 1);
        // Session 2 is planned with key 30, and is planned anew with others registered.
        set_keys(3, 31);
        report(2, SESSION + 1, SESSION + 1).unwrap();
        set_keys(3, 32);
        assert_eq!(owner(3, ownership(3)), Some(3));
        go_to(2 * SESSION + 1);
        assert_eq!(Session::validators(), [1, 3, 4]);
        for absent in [2, 3, 31, 32] {
            assert!(proof_of(absent).is_none(), "{absent}");
        }
        let during = ownership(30);
        assert_eq!(during.validator_count, 3);
        go_to(4 * SESSION);
        report_proof(double(30, 2 * SESSION + 2, 2 * SESSION + 2), during)
            .expect("after the session's end too");
        assert_eq!(
            Slashed::get().last(),
            Some(&(3, Perbill::from_percent(5), 2))
        );
    });
}

#[test]
fn a_key_that_changes_hands_is_its_owners_in_each_session() {
    run(|| {
        set_keys(2, 20);
        set_keys(5, 2);
        Elected::set(Some(vec![1, 2, 5]));
        let first = ownership(2);
        go_to(2 * SESSION);
        let second = ownership(2);
        assert_eq!((owner(2, first), owner(2, second)), (Some(2), Some(5)));
    });
}

#[test]
fn the_keys_of_the_genesis_are_in_office() {
    sp_io::TestExternalities::new(genesis()).execute_with(|| {
        let (session, keys) = KeysInOffice::<Test>::get().unwrap();
        assert_eq!((session, keys.len()), (0, VALIDATORS.len()));
        assert_eq!(SessionRoots::<Test>::get(0).unwrap().1, 4);
        for validator in VALIDATORS {
            assert_eq!(owner(validator, ownership(validator)), Some(validator));
        }
    });
}

#[test]
fn each_part_of_a_proof_is_bound() {
    run(|| {
        let good = ownership(2);
        assert_eq!(owner(2, good.clone()), Some(2));
        assert_eq!(owner(3, good.clone()), None, "another key");
        let vote = (KeyTypeId(*b"gran"), authority(2));
        let other_kind = ValidatorOffences::check_proof(vote, good.clone());
        assert_eq!(other_kind, None, "another use");
        let short = ValidatorOffences::check_proof((AURA, &[0u8; 31][..]), good.clone());
        assert_eq!(short, None, "no id");
        go_to(SESSION);
        for spoil in [
            (|proof| proof.owner = 3) as fn(&mut OwnershipProof<u64>),
            |proof| proof.validator_count += 1,
            |proof| proof.session += 7,
            |proof| proof.path = Default::default(),
            |proof| {
                proof.path.pop();
            },
        ] {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert_eq!(owner(2, bad), None);
        }
        // Behind the root and two hashes stands the number of leaves, which says nothing.
        let leaves = 32 + 1 + 2 * 32..32 + 1 + 2 * 32 + 4;
        for byte in (0..good.path.len()).filter(|byte| !leaves.contains(byte)) {
            let mut bad = good.clone();
            bad.path[byte] ^= 1;
            assert_eq!(owner(2, bad), None, "byte {byte}");
        }
    });
}

#[test]
fn the_proofs_of_a_full_set_are_short_and_longer_ones_are_not_decoded() {
    run(|| {
        // As many keys as two each of 64 validators.
        pallet_session::QueuedKeys::<Test>::put(
            (0..128u64)
                .map(|number| {
                    let keys = MockSessionKeys {
                        aura: authority(number),
                    };
                    (number, keys)
                })
                .collect::<Vec<_>>(),
        );
        go_to(SESSION);
        for validator in 0..128 {
            let proof = ownership(validator);
            assert!(proof.path.len() < 335, "{}", proof.path.len());
            assert_eq!(owner(validator, proof), Some(validator));
        }
        let mut long = ownership(1).encode();
        let path = vec![0u8; MAX_PATH_BYTES as usize + 1].encode();
        long.truncate(4 + 4 + 8);
        long.extend(path);
        assert!(OwnershipProof::<u64>::decode(&mut &long[..]).is_err());
    });
}
