//! What enters the directory, and what does not.

use codec::Encode;
use frame_support::{
    assert_noop, assert_ok,
    traits::fungible::{Inspect, Mutate},
};
use polkadot_sdk::*;
use qloak_shielded::{address::Address, element::DIGEST_BYTES};
use sp_runtime::DispatchError;

use crate::{mock::*, *};

#[docify::export_content]
#[test]
fn an_address_is_found_under_its_handle() {
    run(|| {
        let address = address(1);
        assert_ok!(publish(&RICH, &address));
        let found = AddressDirectory::look_up(&address.handle());
        assert_eq!(found, Some(address));
    });
}

#[test]
fn a_publication_is_paid_for_counted_and_announced() {
    run(|| {
        let address = address(1);
        assert_ok!(publish(&RICH, &address));
        let deposit = BASE + 2 * ADDRESS_BYTES as u64;
        assert_eq!(held(&RICH), deposit);
        assert_eq!(Published::<Test>::get(&RICH), 1);
        let expected = Event::AddressPublished {
            publisher: RICH,
            handle: address.handle(),
            deposit,
        };
        assert_eq!(events(), [expected]);
    });
}

/// A wallet reads the state itself: where an entry lies and how it is written is a promise.
#[test]
fn an_entry_lies_where_wallets_look_for_it() {
    run(|| {
        let address = address(1);
        assert_ok!(publish(&RICH, &address));
        let handle = address.handle().0;
        let bucket = [
            &sp_io::hashing::twox_128(b"AddressDirectory")[..],
            &sp_io::hashing::twox_128(b"Addresses"),
            &handle[..1],
        ]
        .concat();
        let key = sp_io::storage::next_key(&bucket).unwrap();
        assert_eq!(key, [&bucket, &handle[1..]].concat());
        let deposit = AddressDirectory::deposit();
        let value = [RICH.encode(), deposit.encode(), address.to_bytes()].concat();
        assert_eq!(sp_io::storage::get(&key).unwrap(), value);
    });
}

#[test]
fn an_address_is_published_once() {
    run(|| {
        assert_ok!(publish(&RICH, &address(1)));
        for who in [RICH, OTHER] {
            assert_noop!(publish(&who, &address(1)), Error::<Test>::AlreadyPublished);
        }
        assert_ok!(publish(&OTHER, &address(2)));
    });
}

#[test]
fn an_owner_that_is_no_digest_is_refused() {
    run(|| {
        for element in 0..8 {
            let mut bytes = bytes(&address(1));
            // The field's order is 2^31 - 2^24 + 1.
            bytes[4 * element..][..4].copy_from_slice(&0x7f00_0001u32.to_le_bytes());
            assert_noop!(
                AddressDirectory::publish(RuntimeOrigin::signed(RICH), bytes),
                Error::<Test>::InvalidOwner
            );
        }
    });
}

#[test]
fn a_key_with_a_large_coefficient_is_refused() {
    run(|| {
        // The first and the last pair of coefficients; the 32 bytes behind them may be anything.
        let last = ADDRESS_BYTES - 32 - 3;
        for (at, spoilt) in [
            (DIGEST_BYTES, [0x01, 0x0d, 0x00]),
            (DIGEST_BYTES, [0x00, 0x10, 0xd0]),
            (last, [0xff; 3]),
        ] {
            let mut bytes = bytes(&address(1));
            bytes[at..at + 3].copy_from_slice(&spoilt);
            assert_noop!(
                AddressDirectory::publish(RuntimeOrigin::signed(RICH), bytes),
                Error::<Test>::InvalidKemKey
            );
        }
        let mut seed = bytes(&address(1));
        seed[ADDRESS_BYTES - 32..].fill(0xff);
        assert!(Address::from_bytes(&seed).is_ok());
        assert_ok!(AddressDirectory::publish(RuntimeOrigin::signed(RICH), seed));
    });
}

#[test]
fn an_account_publishes_so_many_and_no_more() {
    run(|| {
        for number in 0..MOST {
            assert_ok!(publish(&RICH, &address(number)));
        }
        assert_noop!(
            publish(&RICH, &address(MOST)),
            Error::<Test>::TooManyAddresses
        );
        assert_ok!(publish(&OTHER, &address(MOST)));
        assert_ok!(withdraw(&RICH, &address(0)));
        assert_ok!(publish(&RICH, &address(0)));
    });
}

#[test]
fn whoever_cannot_pay_does_not_publish() {
    run(|| {
        let enough = AddressDirectory::deposit() + Balances::minimum_balance();
        for funds in [0, 1, enough - 1] {
            Balances::set_balance(&POOR, funds);
            assert_noop!(
                publish(&POOR, &address(1)),
                Error::<Test>::DepositUnavailable
            );
        }
        Balances::set_balance(&POOR, enough);
        assert_ok!(publish(&POOR, &address(1)));
    });
}

#[test]
fn publishing_takes_a_signature() {
    run(|| {
        for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
            assert_noop!(
                AddressDirectory::publish(origin, bytes(&address(1))),
                DispatchError::BadOrigin
            );
        }
    });
}
