//! What a seat among the validators costs.

use std::collections::BTreeSet;

use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{
    configs::session::{SessionLength, SessionsPerEra},
    constants::{currency::QLK, staking::MAX_VALIDATORS},
    AccountId, Balance, Runtime, Session,
};

use crate::{
    chain::*,
    session_keys::registration,
    validators::{bond, validate},
};

/// What a validator of the preset bonds.
const BOND: Balance = 100_000 * QLK;

/// Runs `test` on a network of four, with eras of ten blocks.
fn on_local_testnet(test: impl FnOnce()) {
    on_chain(sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET, || {
        SessionLength::set(&5);
        SessionsPerEra::set(&2);
        test();
    });
}

/// Lets everybody stand for election who has a bond of one QLK, and elects as many as there may ever be.
fn open_all_seats() {
    pallet_staking::MinValidatorBond::<Runtime>::put(QLK);
    pallet_staking::ValidatorCount::<Runtime>::put(MAX_VALIDATORS);
}

fn accounts(names: &[&str]) -> BTreeSet<AccountId> {
    names
        .iter()
        .map(|name| Person::new(name, Scheme::MlDsa65).account)
        .collect()
}

fn seated() -> BTreeSet<AccountId> {
    Session::validators().into_iter().collect()
}

/// Makes somebody a candidate with this bond, but for its session keys.
fn candidate_without_keys(name: &str, amount: Balance) -> Person {
    let person = Person::new(name, Scheme::MlDsa65).with_balance(amount + 100 * QLK);
    assert_lands_in_this_block(person.sign(bond(amount)));
    assert_lands_in_this_block(person.sign(validate()));
    person
}

fn candidate(name: &str, amount: Balance) {
    let person = candidate_without_keys(name, amount);
    assert_lands_in_this_block(person.sign(registration(name, &person.account)));
}

const FOUR: [&str; 4] = ["Alice", "Bob", "Charlie", "Dave"];
const NINE: [&str; 9] = [
    "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
];

#[test]
fn an_election_full_of_cheap_candidates_seats_none_of_them() {
    on_local_testnet(|| {
        open_all_seats();
        // Some 2 % of the stake, which would have 9 of 13 seats.
        for name in NINE {
            candidate(name, 1_000 * QLK);
        }
        author_blocks_to(21);
        let candidates = pallet_staking::Validators::<Runtime>::count();
        assert_eq!(candidates, 13, "all stand for election");
        assert_eq!(seated(), accounts(&FOUR));
    });
}

#[test]
fn cheap_candidates_of_several_kinds_do_not_help_each_other() {
    on_local_testnet(|| {
        open_all_seats();
        // With the four cheapest the average would be 42,600, and a half of it less than 30,000.
        for name in &NINE[..5] {
            candidate(name, 30_000 * QLK);
        }
        for name in &NINE[5..] {
            candidate(name, QLK);
        }
        author_blocks_to(21);
        assert_eq!(seated(), accounts(&FOUR));
    });
}

#[test]
fn a_candidate_with_half_of_the_average_backing_is_seated() {
    // With a fifth of x, the average is (400,000 + x) / 5.
    for (amount, is_seated) in [(44_445 * QLK, true), (44_444 * QLK, false)] {
        on_local_testnet(|| {
            open_all_seats();
            candidate("Eve", amount);
            author_blocks_to(21);
            let eve = Person::new("Eve", Scheme::MlDsa65).account;
            assert_eq!(seated().contains(&eve), is_seated);
            assert_eq!(seated().len(), 4 + usize::from(is_seated));
        });
    }
}

#[test]
fn no_more_sit_than_seats_are_contested() {
    on_local_testnet(|| {
        for name in &NINE[..3] {
            candidate(name, BOND + QLK);
        }
        author_blocks_to(21);
        assert_eq!(seated().len(), 4);
        assert!(
            accounts(&NINE[..3]).is_subset(&seated()),
            "whoever bids more gets a seat, and takes another's"
        );
    });
}

#[test]
fn candidates_below_the_minimum_bond_do_not_stand_on_a_network() {
    on_local_testnet(|| {
        let eve = Person::new("Eve", Scheme::MlDsa65).with_balance(2 * BOND);
        assert_lands_in_this_block(eve.sign(bond(BOND - 1)));
        assert_fails(
            eve.sign(validate()),
            pallet_staking::Error::<Runtime>::InsufficientBond,
        );
    });
}

#[test]
fn the_minimum_of_validators_sits_whatever_its_backing() {
    on_local_testnet(|| {
        open_all_seats();
        candidate("Eve", 100 * BOND);
        author_blocks_to(21);
        let eve = Person::new("Eve", Scheme::MlDsa65).account;
        assert!(seated().contains(&eve));
        assert_eq!(seated().len(), 3, "the preset's minimum");
    });
}

#[test]
fn candidates_without_session_keys_take_no_seat() {
    on_local_testnet(|| {
        for name in &NINE[..3] {
            candidate_without_keys(name, 10 * BOND);
        }
        author_blocks_to(21);
        assert_eq!(seated(), accounts(&FOUR));
    });
}
