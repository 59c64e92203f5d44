//! Candidates that are excluded for an offence take no seat from others.

use crate::{
    chain::*,
    offences::*,
    session_keys::registration,
    validators::{bond, validate},
};
use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{
    configs::session::SessionsPerEra, constants::currency::QLK, Runtime, Session, ValidatorOffences,
};

const BOND: u128 = 100_000 * QLK;
const EVERYBODY: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/// Bob and Charlie have the greatest backing and are excluded; Eve and Ferdie are new and have the least.
#[test]
fn excluded_candidates_take_no_seat_while_others_stand() {
    on_local_testnet(|| {
        SessionsPerEra::set(&2);
        for name in ["Bob", "Charlie"] {
            let person = Person::new(name, Scheme::MlDsa65).with_balance(10 * BOND);
            let max_additional = 2 * BOND;
            let more = pallet_staking::Call::<Runtime>::bond_extra { max_additional };
            assert_lands_in_this_block(person.sign(more));
        }
        for name in ["Eve", "Ferdie"] {
            let person = Person::new(name, Scheme::MlDsa65).with_balance(2 * BOND);
            assert_lands_in_this_block(person.sign(bond(BOND + 10 * QLK)));
            assert_lands_in_this_block(person.sign(validate()));
            assert_lands_in_this_block(person.sign(registration(name, &person.account)));
        }
        next_block();
        for name in ["Bob", "Charlie"] {
            assert_lands_in_this_block(authoring_report(
                two_blocks_in(name, 1),
                author_ownership(name),
            ));
            next_block();
        }
        author_blocks_to(41);
        for name in ["Bob", "Charlie"] {
            assert!(ValidatorOffences::is_excluded(&account(name)), "{name}");
        }
        let sits = |name: &&str| Session::validators().contains(&account(name));
        let seated: Vec<_> = EVERYBODY.into_iter().filter(sits).collect();
        assert_eq!(seated, ["Alice", "Dave", "Eve", "Ferdie"]);
    });
}
