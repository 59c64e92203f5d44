//! Whose key signed twice: the keys in office count, whatever is registered meanwhile.

use codec::Encode;
use frame_support::traits::{Get, KeyOwnerProofSystem};
use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{
    constants::staking::MAX_VALIDATORS, Runtime, Session, SessionKeys, ValidatorOffences,
};
use sp_consensus_grandpa::KEY_TYPE;
use sp_core::crypto::key_types::AURA;
use sp_runtime::traits::OpaqueKeys;

use crate::{
    chain::*,
    offences::{
        account, author_ownership, authoring_report, bonded, next_block, on_local_testnet,
        two_blocks_in, voter_ownership, Votes,
    },
    session_keys::{keys_of, registration},
};

/// What a validator of the preset bonds.
const BOND: u128 = 100_000 * qloak_runtime::constants::currency::QLK;

/// Has a validator register the keys that are another developer's name.
fn register(validator: &str, keys: &str) {
    let validator = Person::new(validator, Scheme::MlDsa65);
    assert_lands_in_this_block(validator.sign(registration(keys, &validator.account)));
}

/// Asserts that Bob alone has been slashed, once, and is excluded.
fn assert_bob_pays() {
    assert_eq!(bonded("Bob"), BOND - BOND / 20);
    for other in ["Alice", "Charlie", "Dave"] {
        assert_eq!(bonded(other), BOND, "{other}");
    }
    assert!(ValidatorOffences::is_excluded(&account("Bob")));
}

/// The set of voters of this session.
fn set() -> u64 {
    pallet_grandpa::CurrentSetId::<Runtime>::get()
}

fn votes_in(set: u64, name: &'static str) -> Votes {
    let mut votes = Votes::of(name);
    votes.sets = [set, set];
    votes
}

#[test]
fn every_key_in_office_is_proved_and_fits_a_transaction() {
    on_local_testnet(|| {
        let kinds = SessionKeys::key_ids().len() as u32;
        let room: u32 = <Runtime as pallet_validator_offences::Config>::MaxKeys::get();
        assert_eq!(room, kinds * MAX_VALIDATORS);
        for name in ["Alice", "Bob", "Charlie", "Dave"] {
            let proof = voter_ownership(name);
            assert!(proof.encoded_size() < 400, "{}", proof.encoded_size());
            let key = (KEY_TYPE, keys_of(name).grandpa);
            let owner = Some((account(name), ()));
            assert_eq!(ValidatorOffences::check_proof(key, proof), owner.clone());
            let key = (AURA, keys_of(name).aura);
            assert_eq!(
                ValidatorOffences::check_proof(key, author_ownership(name)),
                owner
            );
        }
        // A voting key does not seal.
        assert!(ValidatorOffences::prove((AURA, keys_of("Bob").grandpa)).is_none());
        assert!(ValidatorOffences::prove((AURA, keys_of("Eve").aura)).is_none());
    });
}

#[test]
fn a_voter_that_registers_other_keys_before_it_votes_twice() {
    on_local_testnet(|| {
        register("Bob", "Robert");
        assert_lands_in_this_block(Votes::of("Bob").report());
        assert_bob_pays();
    });
}

#[test]
fn an_author_that_registers_other_keys_before_it_seals_twice() {
    on_local_testnet(|| {
        register("Bob", "Robert");
        let report = authoring_report(two_blocks_in("Bob", 1), author_ownership("Bob"));
        assert_lands_in_this_block(report);
        assert_bob_pays();
    });
}

#[test]
fn a_voter_that_gives_up_its_keys_before_it_votes_twice() {
    on_local_testnet(|| {
        let bob = Person::new("Bob", Scheme::MlDsa65);
        assert_lands_in_this_block(bob.sign(pallet_session::Call::<Runtime>::purge_keys {}));
        assert_lands_in_this_block(Votes::of("Bob").report());
        assert_bob_pays();
    });
}

#[test]
fn keys_that_another_registers_in_each_block_leave_pending_reports_valid() {
    on_local_testnet(|| {
        let votes = Votes::of("Bob").report();
        let blocks = authoring_report(two_blocks_in("Bob", 1), author_ownership("Bob"));
        for keys in ["Eve", "Ferdie", "George"] {
            register("Charlie", keys);
            next_block();
        }
        assert_lands_in_this_block(votes);
        // Another offence of the same era, which costs no more.
        assert_lands_in_this_block(blocks);
        assert_bob_pays();
    });
}

#[test]
fn keys_set_within_an_era_without_an_election_can_be_reported_in_their_session() {
    on_local_testnet(|| {
        register("Bob", "Robert");
        author_blocks_to(6);
        assert_eq!(Session::current_index(), 1, "planned before");
        let old = votes_in(set(), "Bob").report();
        author_blocks_to(11);
        assert_eq!(Session::current_index(), 2);
        assert!(ValidatorOffences::prove((KEY_TYPE, keys_of("Bob").grandpa)).is_none());
        let new = votes_in(set(), "Robert").report();
        author_blocks_to(22);
        assert_lands_in_this_block(new);
        assert_bob_pays();
        next_block();
        assert_lands_in_this_block(old);
        assert_bob_pays();
    });
}

#[test]
fn after_an_exclusion_the_keys_in_office_can_be_reported() {
    on_local_testnet(|| {
        register("Bob", "Robert");
        author_blocks_to(6);
        // The session to come has Robert's keys. An exclusion plans it anew, when Bob has others still.
        register("Bob", "Eve");
        next_block();
        let charlie = votes_in(set(), "Charlie").report();
        assert_lands_in_this_block(charlie);
        author_blocks_to(11);
        assert_eq!(Session::validators().len(), 3);
        assert!(Session::validators().contains(&account("Bob")));
        let votes = votes_in(set(), "Robert").report();
        let slot = pallet_aura::CurrentSlot::<Runtime>::get().into();
        let blocks = authoring_report(two_blocks_in("Robert", slot), author_ownership("Robert"));
        assert_lands_in_this_block(blocks);
        author_blocks_to(22);
        assert_lands_in_this_block(votes);
        assert_eq!(bonded("Bob"), BOND - BOND / 20);
        assert!(ValidatorOffences::is_excluded(&account("Bob")));
    });
}
