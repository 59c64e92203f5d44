//! How addresses leave the directory.

use frame_support::{assert_noop, assert_ok};
use polkadot_sdk::*;
use sp_runtime::DispatchError;

use crate::{mock::*, *};

#[test]
fn a_withdrawal_returns_everything() {
    run(|| {
        assert_ok!(publish(&RICH, &address(1)));
        assert_ok!(withdraw(&RICH, &address(1)));
        assert_eq!(AddressDirectory::look_up(&address(1).handle()), None);
        assert_eq!(held(&RICH), 0);
        assert_eq!(Balances::free_balance(&RICH), FUNDS);
        assert!(!Published::<Test>::contains_key(&RICH));
        let expected = Event::AddressWithdrawn {
            publisher: RICH,
            handle: address(1).handle(),
        };
        assert_eq!(events().last(), Some(&expected));
    });
}

#[test]
fn the_others_stay() {
    run(|| {
        assert_ok!(publish(&RICH, &address(1)));
        assert_ok!(publish(&RICH, &address(2)));
        assert_ok!(withdraw(&RICH, &address(1)));
        assert_eq!(
            AddressDirectory::look_up(&address(2).handle()),
            Some(address(2))
        );
        assert_eq!(held(&RICH), AddressDirectory::deposit());
        assert_eq!(Published::<Test>::get(&RICH), 1);
    });
}

#[test]
fn only_the_publisher_withdraws() {
    run(|| {
        assert_ok!(publish(&RICH, &address(1)));
        assert_noop!(withdraw(&OTHER, &address(1)), Error::<Test>::NotPublisher);
        let handle = address(1).handle();
        for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
            assert_noop!(
                AddressDirectory::withdraw(origin, handle),
                DispatchError::BadOrigin
            );
        }
    });
}

#[test]
fn what_is_not_there_cannot_go() {
    run(|| {
        assert_noop!(withdraw(&RICH, &address(1)), Error::<Test>::NotPublished);
        assert_ok!(publish(&RICH, &address(1)));
        assert_ok!(withdraw(&RICH, &address(1)));
        assert_noop!(withdraw(&RICH, &address(1)), Error::<Test>::NotPublished);
    });
}

#[test]
fn a_withdrawn_address_is_anybodys_to_publish() {
    run(|| {
        assert_ok!(publish(&RICH, &address(1)));
        assert_ok!(withdraw(&RICH, &address(1)));
        assert_ok!(publish(&OTHER, &address(1)));
        assert_noop!(withdraw(&RICH, &address(1)), Error::<Test>::NotPublisher);
    });
}

/// A later price does not concern earlier entries.
#[test]
fn what_was_held_is_returned_whatever_the_price_is_now() {
    run(|| {
        assert_ok!(publish(&RICH, &address(1)));
        let first = held(&RICH);
        for per_byte in [0, 10] {
            DepositPerByte::set(per_byte);
            assert_ok!(publish(&RICH, &address(2)));
            assert_eq!(held(&RICH), first + BASE + per_byte * ADDRESS_BYTES as u64);
            assert_ok!(withdraw(&RICH, &address(1)));
            assert_eq!(held(&RICH), BASE + per_byte * ADDRESS_BYTES as u64);
            DepositPerByte::set(2);
            assert_ok!(publish(&RICH, &address(1)));
            assert_ok!(withdraw(&RICH, &address(2)));
            assert_eq!(held(&RICH), first);
        }
    });
}
