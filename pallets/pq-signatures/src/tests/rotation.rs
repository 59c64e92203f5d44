//! Rotation: overlap, possession, deposits.

use frame_support::{
    assert_noop, assert_ok,
    traits::fungible::{Inspect, Mutate},
};
use polkadot_sdk::*;
use qloak_pq_crypto::{context::Context, scheme::Scheme};
use sp_runtime::TokenError;

use crate::{mock::*, *};

#[docify::export_content]
#[test]
fn the_old_key_signs_in_the_overlap_and_not_after() {
    run(|| {
        let alice = registered(ALICE);
        let proof = ALICE_2.possession(&alice, 1);
        assert_ok!(PqSignatures::rotate_key(
            signed(&alice),
            ALICE_2.scheme(),
            ALICE_2.public(),
            proof
        ));
        for block in [1, 1 + OVERLAP] {
            go_to(block);
            assert_eq!(verdict(&alice, ALICE), Ok(()));
            assert_eq!(verdict(&alice, ALICE_2), Ok(()));
            assert_eq!(short_verdict(&alice, ALICE), Ok(()));
            assert_eq!(short_verdict(&alice, ALICE_2), Ok(()));
        }
        go_to(1 + OVERLAP + 1);
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::KeyRotatedOut));
        assert_eq!(short_verdict(&alice, ALICE), Err(Refusal::KeyRotatedOut));
        assert_eq!(verdict(&alice, ALICE_2), Ok(()));
        assert_eq!(short_verdict(&alice, ALICE_2), Ok(()));
    });
}

#[test]
fn rotation_says_what_it_did() {
    run(|| {
        let alice = registered(ALICE);
        rotate(&alice, ALICE_2).unwrap();
        let event = Event::KeyRotated {
            account: alice.clone(),
            scheme: ALICE_2.scheme(),
            generation: 1,
            previous_valid_until: Some(1 + OVERLAP),
        };
        assert_eq!(last_event(), event);
        assert_eq!(PqSignatures::account_status(&alice).generation, 1);
        assert_eq!(Balances::total_balance(&alice), FUNDS);
    });
}

#[test]
fn keys_of_two_schemes_overlap() {
    run(|| {
        let alice = registered(ALICE);
        rotate(&alice, ALICE_3).unwrap();
        assert_eq!(short_verdict(&alice, ALICE), Ok(()));
        assert_eq!(short_verdict(&alice, ALICE_3), Ok(()));
        go_to(1 + OVERLAP + 1);
        assert_eq!(short_verdict(&alice, ALICE), Err(Refusal::KeyRotatedOut));
        assert_eq!(short_verdict(&alice, ALICE_3), Ok(()));
    });
}

/// The chain never had the first key, so that there is nothing that could overlap.
#[test]
fn the_first_key_of_an_unregistered_account_is_dead_at_once() {
    run(|| {
        let alice = funded(ALICE);
        rotate(&alice, ALICE_2).unwrap();
        let event = Event::KeyRotated {
            account: alice.clone(),
            scheme: ALICE_2.scheme(),
            generation: 1,
            previous_valid_until: None,
        };
        assert_eq!(last_event(), event);
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::KeyRotatedOut));
        assert_eq!(verdict(&alice, ALICE_2), Ok(()));
    });
}

#[test]
fn both_keys_are_paid_for_until_the_old_one_is_forgotten() {
    run(|| {
        let alice = registered(ALICE);
        rotate(&alice, ALICE_3).unwrap();
        let (old, new) = (ALICE.public().len(), ALICE_3.public().len());
        assert_eq!(key_hold(&alice), deposit(old + new));

        let bob = funded(BOB);
        go_to(1 + OVERLAP);
        assert_noop!(
            PqSignatures::forget_previous_key(signed(&bob), alice.clone()),
            Error::<Test>::OverlapRunning
        );
        go_to(1 + OVERLAP + 1);
        assert_ok!(PqSignatures::forget_previous_key(
            signed(&bob),
            alice.clone()
        ));
        assert_eq!(
            last_event(),
            Event::PreviousKeyForgotten {
                account: alice.clone()
            }
        );
        assert_eq!(key_hold(&alice), deposit(new));
        // The first key hashes to the account's id, by which it is known without a copy.
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::KeyRotatedOut));
        assert_noop!(
            PqSignatures::forget_previous_key(signed(&bob), alice),
            Error::<Test>::NoPreviousKey
        );
        assert_noop!(
            PqSignatures::forget_previous_key(signed(&bob), bob.clone()),
            Error::<Test>::NotRegistered
        );
    });
}

#[test]
fn no_rotation_while_an_overlap_runs() {
    run(|| {
        let alice = registered(ALICE);
        rotate(&alice, ALICE_2).unwrap();
        go_to(1 + OVERLAP);
        assert_noop!(rotate(&alice, ALICE_3), Error::<Test>::OverlapRunning);
        go_to(1 + OVERLAP + 1);
        assert_ok!(rotate(&alice, ALICE_3));
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::KeyRotatedOut));
        assert_eq!(verdict(&alice, ALICE_2), Ok(()));
    });
}

#[test]
fn rotation_to_the_same_key_is_refused() {
    run(|| {
        let alice = registered(ALICE);
        assert_noop!(rotate(&alice, ALICE), Error::<Test>::SameKey);
        let bob = funded(BOB);
        assert_noop!(rotate(&bob, BOB), Error::<Test>::SameKey);
    });
}

/// Each case breaks one part of what the proof of possession covers.
#[test]
fn rotation_needs_possession_of_the_new_key() {
    run(|| {
        let alice = registered(ALICE);
        let genesis = PqSignatures::genesis_hash();
        let (scheme, public) = (ALICE_2.scheme(), ALICE_2.public());
        let message = payload::possession(&genesis, &alice, 1, scheme, &public);
        let other_chain = payload::possession(&MESSAGE, &alice, 1, scheme, &public);
        let backup = payload::backup_possession(&genesis, &alice, 1, scheme, &public);
        let mut bit_flipped = ALICE_2.possession(&alice, 1);
        bit_flipped[100] ^= 1;
        let wrong = [
            (
                "by the old key",
                ALICE.sign(Context::KeyPossession, &message),
            ),
            (
                "for another context",
                ALICE_2.sign(Context::Transaction, &message),
            ),
            ("for another account", ALICE_2.possession(&BOB.account(), 1)),
            ("for an old generation", ALICE_2.possession(&alice, 0)),
            ("for a later generation", ALICE_2.possession(&alice, 2)),
            (
                "for another chain",
                ALICE_2.sign(Context::KeyPossession, &other_chain),
            ),
            (
                "for another purpose",
                ALICE_2.sign(Context::KeyPossession, &backup),
            ),
            ("with one bit changed", bit_flipped),
        ];
        for (case, proof) in wrong {
            assert_noop!(
                PqSignatures::rotate_key(signed(&alice), scheme, public.clone(), proof),
                Error::<Test>::InvalidProof
            );
            assert_eq!(
                verdict(&alice, ALICE_2),
                Err(Refusal::KeyMismatch),
                "{case}"
            );
        }
    });
}

#[test]
fn proofs_of_wrong_length_are_refused() {
    run(|| {
        let alice = registered(ALICE);
        let right = ALICE_2.possession(&alice, 1).into_inner();
        let long = [&right[..], &[0]].concat();
        for proof in [Vec::new(), right[1..].to_vec(), long] {
            let proof = proof.try_into().unwrap();
            assert_noop!(
                PqSignatures::rotate_key(signed(&alice), ALICE_2.scheme(), ALICE_2.public(), proof),
                Error::<Test>::ProofLength
            );
        }
    });
}

#[test]
fn a_new_key_of_wrong_length_is_refused() {
    run(|| {
        let alice = registered(ALICE);
        let proof = ALICE_2.possession(&alice, 1);
        assert_noop!(
            PqSignatures::rotate_key(signed(&alice), Scheme::MlDsa87, ALICE_2.public(), proof),
            Error::<Test>::PublicKeyLength
        );
    });
}

#[test]
fn a_scheme_that_is_not_enabled_takes_no_new_keys() {
    run(|| {
        let alice = registered(ALICE);
        for (status, error) in [
            (SchemeStatus::Disabled, Error::<Test>::SchemeDisabled),
            (
                SchemeStatus::Deprecated { until: 1000 },
                Error::<Test>::SchemeDeprecated,
            ),
        ] {
            PqSignatures::set_scheme_status(RuntimeOrigin::root(), Scheme::MlDsa44, status)
                .unwrap();
            assert_noop!(rotate(&alice, ALICE_3), error);
        }
    });
}

#[test]
fn an_account_that_cannot_pay_for_both_keys_does_not_rotate() {
    run(|| {
        let alice = registered(ALICE);
        Balances::set_balance(&alice, ALICE_2.public().len() as u64);
        assert_noop!(rotate(&alice, ALICE_2), TokenError::FundsUnavailable);
    });
}

#[test]
fn a_generation_does_not_wrap() {
    run(|| {
        let alice = registered(ALICE);
        Keys::<Test>::mutate(&alice, |record| {
            record.as_mut().unwrap().generation = u32::MAX
        });
        let proof = ALICE_2.possession(&alice, 0);
        assert_noop!(
            PqSignatures::rotate_key(signed(&alice), ALICE_2.scheme(), ALICE_2.public(), proof),
            Error::<Test>::CounterExhausted
        );
    });
}

/// The deposits of a record with two keys are released with it, whatever the order of lengths.
#[test]
fn a_longer_and_a_shorter_key_change_the_deposit_both_ways() {
    run(|| {
        let small = TestKey(Scheme::FnDsa512, "Alice");
        let alice = registered(small);
        rotate(&alice, ALICE_2).unwrap();
        go_to(2 + OVERLAP);
        rotate(&alice, ALICE_3).unwrap();
        assert_eq!(key_hold(&alice), deposit(1952 + 1312));
        go_to(3 + 2 * OVERLAP);
        PqSignatures::forget_previous_key(signed(&alice), alice.clone()).unwrap();
        assert_eq!(key_hold(&alice), deposit(1312));
    });
}
