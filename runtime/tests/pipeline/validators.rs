//! From a bond to a seat among the authorities.

use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{
    configs::session::{SessionLength, SessionsPerEra},
    constants::{currency::QLK, staking::DEVELOPMENT_VALIDATOR_BOND},
    Grandpa, Runtime, Session,
};

use crate::{
    chain::*,
    session_keys::{keys_of, registration},
};

pub fn bond(value: u128) -> pallet_staking::Call<Runtime> {
    pallet_staking::Call::bond {
        value,
        payee: pallet_staking::RewardDestination::Staked,
    }
}

pub fn validate() -> pallet_staking::Call<Runtime> {
    pallet_staking::Call::validate {
        prefs: Default::default(),
    }
}

#[test]
fn a_bonded_candidate_is_elected_at_the_next_era_and_then_authors_and_votes() {
    on_development_chain(|| {
        SessionLength::set(&5);
        SessionsPerEra::set(&2);
        let eve = Person::new("Eve", Scheme::MlDsa65).with_balance(100_000 * QLK);
        assert_lands(eve.sign(bond(50_000 * QLK)));
        assert_lands(eve.sign(registration("Eve", &eve.account)));
        assert_lands(eve.sign(validate()));

        author_blocks_to(9);
        assert!(
            !Session::validators().contains(&eve.account),
            "elected, for the session to come"
        );
        assert!(Session::queued_keys()
            .iter()
            .any(|(who, _)| *who == eve.account));
        author_blocks_to(11);
        assert_eq!(Session::validators().len(), 2);
        assert!(Session::validators().contains(&eve.account));
        let keys = keys_of("Eve");
        assert!(pallet_aura::Authorities::<Runtime>::get().contains(&keys.aura));
        let voters = Grandpa::grandpa_authorities();
        assert_eq!(voters.len(), 2);
        assert!(voters.contains(&(keys.grandpa, 1)));
        author_blocks_to(30);
        assert_eq!(Session::validators().len(), 2, "and stays");
    });
}

#[test]
fn a_validator_that_chills_leaves_at_the_next_era() {
    on_chain(sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET, || {
        SessionLength::set(&5);
        SessionsPerEra::set(&2);
        let bob = Person::new("Bob", Scheme::MlDsa65);
        assert_lands(bob.sign(pallet_staking::Call::<Runtime>::chill {}));
        author_blocks_to(11);
        assert_eq!(Session::validators().len(), 3);
        assert!(!Session::validators().contains(&bob.account));
        assert_eq!(Grandpa::grandpa_authorities().len(), 3);
    });
}

#[test]
fn rotated_session_keys_take_over_without_a_gap() {
    on_chain(sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET, || {
        SessionLength::set(&5);
        let bob = Person::new("Bob", Scheme::MlDsa65);
        assert_lands(bob.sign(registration("Robert", &bob.account)));
        let has = |name| pallet_aura::Authorities::<Runtime>::get().contains(&keys_of(name).aura);
        for block in 2..20 {
            author_blocks_to(block);
            assert!(has("Bob") ^ has("Robert"), "block {block}");
            assert_eq!(pallet_aura::Authorities::<Runtime>::get().len(), 4);
        }
        assert!(has("Robert"));
        let voters = Grandpa::grandpa_authorities();
        assert!(voters.contains(&(keys_of("Robert").grandpa, 1)));
    });
}

#[test]
fn a_bond_below_the_minimum_makes_no_candidate() {
    on_development_chain(|| {
        let eve = Person::new("Eve", Scheme::MlDsa65).with_balance(10_000 * QLK);
        assert_lands(eve.sign(bond(DEVELOPMENT_VALIDATOR_BOND - 1)));
        assert_fails(
            eve.sign(validate()),
            pallet_staking::Error::<Runtime>::InsufficientBond,
        );
        assert_lands(eve.sign(pallet_staking::Call::<Runtime>::bond_extra { max_additional: 1 }));
        assert_lands(eve.sign(validate()));
    });
}

#[test]
fn a_session_of_the_default_length_is_ten_minutes() {
    on_development_chain(|| {
        assert_eq!(SessionLength::get(), 600u32);
        jump_to_block(599);
        assert_eq!(Session::current_index(), 0);
        jump_to_block(600);
        assert_eq!(Session::current_index(), 1);
    });
}
