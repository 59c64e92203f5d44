//! First nonces: none that an account of the same id had before.

use frame_support::traits::{
    fungible::Mutate,
    tokens::{Fortitude, Precision, Preservation},
    Hooks,
};
use polkadot_sdk::*;
use sp_runtime::AccountId32;

use crate::{mock::*, *};

fn nonce(who: &AccountId32) -> u32 {
    *System::account_nonce(who)
}

/// As many transactions as `count`.
fn transact(who: &AccountId32, count: u32) {
    (0..count).for_each(|_| System::inc_account_nonce(who));
}

fn empty(who: &AccountId32) {
    let all = Balances::free_balance(who);
    Balances::burn_from(
        who,
        all,
        Preservation::Expendable,
        Precision::Exact,
        Fortitude::Force,
    )
    .unwrap();
    assert!(!System::account_exists(who));
}

/// Moves to a block, as the chain does.
fn begin(block: u64) {
    go_to(block);
    PqSignatures::on_initialize(block);
}

#[test]
fn an_account_begins_at_the_number_of_its_block() {
    run(|| {
        begin(7);
        let alice = funded(ALICE);
        assert_eq!(nonce(&alice), 7);
        transact(&alice, 2);
        begin(8);
        assert_eq!(nonce(&alice), 9, "and counts its transactions from there");
    });
}

#[test]
fn an_account_that_comes_again_has_no_nonce_of_before() {
    run(|| {
        // More transactions than blocks pass, and none passes before it comes again.
        for (sent, blocks) in [(0, 0), (1, 0), (1, 1), (5, 0), (5, 1), (3, 10)] {
            let alice = funded(ALICE);
            transact(&alice, sent);
            let next = nonce(&alice);
            empty(&alice);
            begin(System::block_number() + blocks);
            let again = nonce(&funded(ALICE));
            assert!(again >= next, "{sent} sent: {again} after {next}");
            // Whoever else comes may begin there too.
            empty(&alice);
        }
    });
}

#[test]
fn the_floor_is_the_highest_and_goes_when_the_chain_has_come_up_to_it() {
    run(|| {
        begin(10);
        let (alice, bob) = (funded(ALICE), funded(BOB));
        transact(&alice, 5);
        transact(&bob, 3);
        empty(&alice);
        assert_eq!(NonceFloor::<Test>::get(), 15);
        empty(&bob);
        assert_eq!(NonceFloor::<Test>::get(), 15);
        begin(14);
        assert_eq!(PqSignatures::first_nonce(), 15);
        begin(15);
        assert!(!NonceFloor::<Test>::exists());
        assert_eq!(PqSignatures::first_nonce(), 15);
    });
}

/// An account that has not been faster than the chain leaves nothing in the state.
#[test]
fn most_accounts_leave_no_floor() {
    run(|| {
        begin(10);
        let alice = funded(ALICE);
        transact(&alice, 3);
        begin(13);
        empty(&alice);
        assert!(!NonceFloor::<Test>::exists());
    });
}
