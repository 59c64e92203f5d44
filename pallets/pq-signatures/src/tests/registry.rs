//! Registration, deregistration and their deposits.

use frame_support::{assert_noop, assert_ok, traits::fungible::Mutate};
use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use sp_runtime::TokenError;

use crate::{mock::*, *};

#[test]
fn every_scheme_registers_and_pays_for_its_bytes() {
    for scheme in Scheme::ALL {
        run(|| {
            let key = TestKey(scheme, "Alice");
            let alice = registered(key);
            let record = Keys::<Test>::get(&alice).unwrap();
            assert!(record.is_current(scheme, &key.public()));
            assert_eq!((record.generation, record.previous), (0, None));
            assert_eq!(key_hold(&alice), deposit(scheme.parameters().public_bytes));
            assert_eq!(
                last_event(),
                Event::KeyRegistered {
                    account: alice,
                    scheme
                }
            );
        });
    }
}

#[test]
fn a_key_registers_once() {
    run(|| {
        let alice = registered(ALICE);
        assert_noop!(
            PqSignatures::register_key(signed(&alice), ALICE.scheme(), ALICE.public()),
            Error::<Test>::AlreadyRegistered
        );
    });
}

#[test]
fn a_key_of_another_account_is_refused() {
    run(|| {
        let alice = funded(ALICE);
        assert_noop!(
            PqSignatures::register_key(signed(&alice), BOB.scheme(), BOB.public()),
            Error::<Test>::KeyNotDerived
        );
    });
}

#[test]
fn the_same_bytes_under_another_scheme_are_another_account() {
    run(|| {
        let key = TestKey(Scheme::SlhDsaShake128f, "Alice");
        let alice = funded(key);
        // Both SLH-DSA schemes have keys of 32 bytes.
        assert_noop!(
            PqSignatures::register_key(signed(&alice), Scheme::SlhDsaShake128s, key.public()),
            Error::<Test>::KeyNotDerived
        );
    });
}

#[test]
fn keys_of_wrong_length_are_refused() {
    run(|| {
        let alice = funded(ALICE);
        let right = ALICE.public().into_inner();
        let short = right[1..].to_vec();
        let long = [&right[..], &[0]].concat();
        for public in [Vec::new(), short, long] {
            assert_noop!(
                PqSignatures::register_key(
                    signed(&alice),
                    ALICE.scheme(),
                    public.try_into().unwrap()
                ),
                Error::<Test>::PublicKeyLength
            );
        }
    });
}

#[test]
fn an_account_that_cannot_pay_the_deposit_does_not_register() {
    run(|| {
        let alice = ALICE.account();
        let due = deposit(ALICE.public().len());
        Balances::set_balance(&alice, due);
        // The existential deposit must stay free.
        assert_noop!(
            PqSignatures::register_key(signed(&alice), ALICE.scheme(), ALICE.public()),
            TokenError::FundsUnavailable
        );
        Balances::set_balance(&alice, due + 1);
        assert_ok!(PqSignatures::register_key(
            signed(&alice),
            ALICE.scheme(),
            ALICE.public()
        ));
    });
}

#[test]
fn a_key_of_a_disabled_scheme_does_not_register() {
    run(|| {
        let alice = funded(ALICE);
        let status = SchemeStatus::Disabled;
        PqSignatures::set_scheme_status(RuntimeOrigin::root(), ALICE.scheme(), status).unwrap();
        assert_noop!(
            PqSignatures::register_key(signed(&alice), ALICE.scheme(), ALICE.public()),
            Error::<Test>::SchemeDisabled
        );
    });
}

/// Registration adds no key to an account, so that a deprecated scheme does not prevent it.
#[test]
fn a_key_of_a_deprecated_scheme_registers_until_its_last_block() {
    run(|| {
        let (alice, bob) = (funded(ALICE), funded(BOB));
        let status = SchemeStatus::Deprecated { until: 5 };
        PqSignatures::set_scheme_status(RuntimeOrigin::root(), ALICE.scheme(), status).unwrap();
        go_to(5);
        assert_ok!(PqSignatures::register_key(
            signed(&alice),
            ALICE.scheme(),
            ALICE.public()
        ));
        go_to(6);
        assert_noop!(
            PqSignatures::register_key(signed(&bob), BOB.scheme(), BOB.public()),
            Error::<Test>::SchemeDeprecated
        );
    });
}

#[test]
fn deregistration_returns_the_deposit_and_leaves_the_key_valid() {
    run(|| {
        let alice = registered(ALICE);
        assert_ok!(PqSignatures::deregister_key(signed(&alice)));
        assert_eq!(
            last_event(),
            Event::KeyDeregistered {
                account: alice.clone()
            }
        );
        assert_eq!(key_hold(&alice), 0);
        assert_eq!(Balances::free_balance(&alice), FUNDS);
        assert_eq!(verdict(&alice, ALICE), Ok(()));
        assert_eq!(short_verdict(&alice, ALICE), Err(Refusal::KeyNotRegistered));
    });
}

#[test]
fn an_unregistered_account_does_not_deregister() {
    run(|| {
        let alice = funded(ALICE);
        assert_noop!(
            PqSignatures::deregister_key(signed(&alice)),
            Error::<Test>::NotRegistered
        );
    });
}

#[test]
fn a_rotated_account_does_not_deregister() {
    run(|| {
        let alice = registered(ALICE);
        rotate(&alice, ALICE_2).unwrap();
        assert_noop!(
            PqSignatures::deregister_key(signed(&alice)),
            Error::<Test>::AlreadyRotated
        );
        // Not even back at its first key: to start again at generation 0 would bring old proofs of
        // possession back to life.
        go_to(1 + OVERLAP + 1);
        rotate(&alice, ALICE).unwrap();
        assert_noop!(
            PqSignatures::deregister_key(signed(&alice)),
            Error::<Test>::AlreadyRotated
        );
    });
}

#[test]
fn an_account_with_a_backup_key_does_not_deregister() {
    run(|| {
        let alice = alice_with_backup();
        assert_noop!(
            PqSignatures::deregister_key(signed(&alice)),
            Error::<Test>::BackupKeyExists
        );
    });
}

#[test]
fn a_transaction_with_its_key_registers_it() {
    run(|| {
        let alice = funded(ALICE);
        PqSignatures::on_applied(&ALICE.attached(MESSAGE), &alice);
        assert_eq!(short_verdict(&alice, ALICE), Ok(()));
        assert_eq!(key_hold(&alice), deposit(ALICE.public().len()));
        // And the next one changes nothing.
        let before = System::events().len();
        PqSignatures::on_applied(&ALICE.attached(MESSAGE), &alice);
        assert_eq!(System::events().len(), before);
    });
}

#[test]
fn a_transaction_without_its_key_registers_nothing() {
    run(|| {
        let alice = funded(ALICE);
        PqSignatures::on_applied(&ALICE.short(MESSAGE), &alice);
        assert_eq!(Keys::<Test>::get(&alice), None);
    });
}

#[test]
fn an_account_too_poor_to_register_goes_on_attaching_its_key() {
    run(|| {
        let alice = ALICE.account();
        Balances::set_balance(&alice, 10);
        PqSignatures::on_applied(&ALICE.attached(MESSAGE), &alice);
        assert_eq!(Keys::<Test>::get(&alice), None);
        assert_eq!(Balances::free_balance(&alice), 10);
        assert_eq!(verdict(&alice, ALICE), Ok(()));
    });
}

/// So that the transaction that deregisters does not register again on its way out.
#[test]
fn only_the_transaction_of_an_unregistered_account_brings_a_key() {
    run(|| {
        let alice = funded(ALICE);
        let brings_key = |signature| {
            let accepted = PqSignatures::judge(&signature, MESSAGE, &alice);
            accepted.map(|accepted| accepted.brings_key)
        };
        assert_eq!(brings_key(ALICE.attached(MESSAGE)), Ok(true));
        registered(ALICE);
        assert_eq!(brings_key(ALICE.attached(MESSAGE)), Ok(false));
        assert_eq!(brings_key(ALICE.short(MESSAGE)), Ok(false));
        PqSignatures::deregister_key(signed(&alice)).unwrap();
        assert_eq!(brings_key(ALICE.attached(MESSAGE)), Ok(true));
    });
}

/// The transaction that rotates an unregistered account carries the first key, which must not become
/// the account's again.
#[test]
fn the_transaction_that_rotates_does_not_register_the_old_key() {
    run(|| {
        let alice = funded(ALICE);
        rotate(&alice, ALICE_2).unwrap();
        PqSignatures::on_applied(&ALICE.attached(MESSAGE), &alice);
        assert!(Keys::<Test>::get(&alice)
            .unwrap()
            .is_current(ALICE_2.scheme(), &ALICE_2.public()));
    });
}
