//! The check of the state finds what is wrong with it.

use frame_support::traits::tokens::Precision;
use frame_support::{assert_ok, traits::fungible::MutateHold};
use polkadot_sdk::*;

use crate::{mock::*, *};

/// Damages a directory with one address, and expects this verdict.
fn assert_found(damage: impl FnOnce(Handle), verdict: &'static str) {
    new_test_ext().execute_with(|| {
        assert_ok!(publish(&RICH, &address(1)));
        assert_ok!(AddressDirectory::check_invariants());
        damage(address(1).handle());
        assert_eq!(AddressDirectory::check_invariants(), Err(verdict.into()));
    });
}

fn change(handle: Handle, change: impl FnOnce(&mut ListingOf<Test>)) {
    Addresses::<Test>::mutate(handle, |listing| change(listing.as_mut().unwrap()));
}

#[test]
fn an_entry_must_be_an_address_under_its_handle() {
    assert_found(
        |handle| change(handle, |listing| listing.address[..4].fill(0xff)),
        "the directory holds what is no address",
    );
    assert_found(
        |handle| change(handle, |listing| listing.address = *bytes(&address(2))),
        "an address is under another's handle",
    );
}

#[test]
fn the_hold_must_be_the_deposits() {
    let verdict = "the hold for an account's addresses is not their deposits";
    assert_found(
        |handle| change(handle, |listing| listing.deposit += 1),
        verdict,
    );
    let release = |_| {
        let reason = HoldReason::AddressDeposit.into();
        assert_ok!(Balances::release(&reason, &RICH, 1, Precision::Exact));
    };
    assert_found(release, verdict);
}

#[test]
fn the_count_must_be_right() {
    let verdict = "an account's addresses are miscounted";
    assert_found(|_| Published::<Test>::insert(RICH, 2), verdict);
    assert_found(
        |handle| change(handle, |listing| listing.publisher = OTHER),
        verdict,
    );
    assert_found(
        |_| Published::<Test>::insert(OTHER, 1),
        "an account without addresses is counted",
    );
}

#[test]
fn an_account_has_no_more_than_it_may() {
    assert_found(
        |_| {
            for number in 2..=MOST + 1 {
                let listing = Listing {
                    publisher: RICH,
                    deposit: 0,
                    address: *bytes(&address(number)),
                };
                Addresses::<Test>::insert(address(number).handle(), listing);
            }
        },
        "an account has published too many addresses",
    );
}
