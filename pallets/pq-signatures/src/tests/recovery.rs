//! Backup keys: setting, replacing, freeze and recovery.

use frame_support::{
    assert_noop, assert_ok,
    traits::{fungible::Mutate, tokens::Preservation},
};
use polkadot_sdk::*;
use qloak_pq_crypto::{context::Context, scheme::Scheme};
use sp_runtime::{AccountId32, DispatchResult, TokenError};

use crate::{mock::*, *};

/// Bob submits what Alice's backup key signed.
fn freeze(account: &AccountId32, backup: TestKey) -> DispatchResult {
    let order = backup.freeze_order(account);
    PqSignatures::freeze(signed(&BOB.account()), account.clone(), order)
}

fn recover(account: &AccountId32, backup: TestKey, new: TestKey) -> DispatchResult {
    let generation = PqSignatures::account_status(account).generation + 1;
    let proof = new.possession(account, generation);
    let order = backup.recovery_order(account, new);
    submit_recovery(account, new, proof, order)
}

fn submit_recovery(
    account: &AccountId32,
    new: TestKey,
    proof: SignatureBytes,
    order: SignatureBytes,
) -> DispatchResult {
    let bob = signed(&BOB.account());
    PqSignatures::recover(
        bob,
        account.clone(),
        new.scheme(),
        new.public(),
        proof,
        order,
    )
}

fn set_status(scheme: Scheme, status: SchemeStatus<u64>) {
    PqSignatures::set_scheme_status(RuntimeOrigin::root(), scheme, status).unwrap();
}

#[docify::export_content]
#[test]
fn a_backup_key_freezes_and_recovers() {
    run(|| {
        let alice = alice_with_backup();
        assert_ok!(freeze(&alice, PAPER));
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::AccountFrozen));
        assert_eq!(short_verdict(&alice, ALICE), Err(Refusal::AccountFrozen));

        assert_ok!(recover(&alice, PAPER, ALICE_2));
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::KeyRotatedOut));
        assert_eq!(verdict(&alice, ALICE_2), Ok(()));
        assert_eq!(short_verdict(&alice, ALICE_2), Ok(()));
    });
}

#[test]
fn each_step_says_what_it_did_and_uses_up_a_nonce() {
    run(|| {
        let alice = alice_with_backup();
        let scheme = PAPER.scheme();
        assert_eq!(
            last_event(),
            Event::BackupKeySet {
                account: alice.clone(),
                scheme
            }
        );
        assert_eq!(backup_hold(&alice), deposit(32));
        freeze(&alice, PAPER).unwrap();
        assert_eq!(
            last_event(),
            Event::AccountFrozen {
                account: alice.clone()
            }
        );
        let frozen = AccountStatus {
            frozen: true,
            classical: false,
            has_backup: true,
            recovery_nonce: 2,
            generation: 0,
        };
        assert_eq!(PqSignatures::account_status(&alice), frozen);
        recover(&alice, PAPER, ALICE_3).unwrap();
        let (account, scheme) = (alice.clone(), ALICE_3.scheme());
        assert_eq!(
            last_event(),
            Event::AccountRecovered {
                account,
                scheme,
                generation: 1
            }
        );
        let recovered = AccountStatus {
            frozen: false,
            recovery_nonce: 3,
            generation: 1,
            ..frozen
        };
        assert_eq!(PqSignatures::account_status(&alice), recovered);
        assert_eq!(key_hold(&alice), deposit(1312));
    });
}

#[test]
fn recovery_needs_no_freeze_and_ends_an_overlap() {
    run(|| {
        let alice = alice_with_backup();
        rotate(&alice, ALICE_2).unwrap();
        assert_eq!(verdict(&alice, ALICE), Ok(()));
        assert_ok!(recover(&alice, PAPER, ALICE_3));
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::KeyRotatedOut));
        assert_eq!(verdict(&alice, ALICE_2), Err(Refusal::KeyMismatch));
        assert_eq!(verdict(&alice, ALICE_3), Ok(()));
        assert_eq!(key_hold(&alice), deposit(1312));
    });
}

#[test]
fn an_account_that_never_registered_is_recovered_too() {
    run(|| {
        let alice = funded(ALICE);
        set_backup(&alice, PAPER, None).unwrap();
        freeze(&alice, PAPER).unwrap();
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::AccountFrozen));
        assert_noop!(recover(&alice, PAPER, ALICE), Error::<Test>::SameKey);
        assert_ok!(recover(&alice, PAPER, ALICE_2));
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::KeyRotatedOut));
        assert_eq!(short_verdict(&alice, ALICE_2), Ok(()));
    });
}

/// A thief who empties the account must not be able to prevent its recovery by that.
#[test]
fn the_submitter_pays_what_the_account_cannot() {
    run(|| {
        let alice = funded(ALICE);
        set_backup(&alice, PAPER, None).unwrap();
        let thief = BOB.account();
        let loot = Balances::free_balance(&alice) - 1;
        Balances::transfer(&alice, &thief, loot, Preservation::Preserve).unwrap();
        assert_ok!(recover(&alice, PAPER, ALICE_2));
        assert_eq!(key_hold(&alice), deposit(1952));
        assert_eq!(Balances::free_balance(&alice), 1);
        assert_eq!(Balances::free_balance(&thief), loot - deposit(1952));
    });
}

#[test]
fn recovery_fails_if_nobody_can_pay() {
    run(|| {
        let alice = funded(ALICE);
        set_backup(&alice, PAPER, None).unwrap();
        Balances::set_balance(&alice, 1);
        let bob = BOB.account();
        Balances::set_balance(&bob, 10);
        let (proof, order) = (
            ALICE_2.possession(&alice, 1),
            PAPER.recovery_order(&alice, ALICE_2),
        );
        assert_noop!(
            PqSignatures::recover(
                signed(&bob),
                alice,
                ALICE_2.scheme(),
                ALICE_2.public(),
                proof,
                order
            ),
            TokenError::FundsUnavailable
        );
    });
}

#[test]
fn a_frozen_account_changes_nothing_about_itself() {
    run(|| {
        let alice = alice_with_backup();
        freeze(&alice, PAPER).unwrap();
        // No signature gets here; an origin made by another pallet could.
        assert_noop!(rotate(&alice, ALICE_2), Error::<Test>::AccountFrozen);
        assert_noop!(
            PqSignatures::deregister_key(signed(&alice)),
            Error::<Test>::AccountFrozen
        );
        let consent = PAPER.consent(&alice, PAPER_2);
        assert_noop!(
            set_backup(&alice, PAPER_2, Some(consent)),
            Error::<Test>::AccountFrozen
        );
        assert_noop!(
            PqSignatures::register_key(signed(&alice), ALICE.scheme(), ALICE.public()),
            Error::<Test>::AccountFrozen
        );
        assert_noop!(freeze(&alice, PAPER), Error::<Test>::AlreadyFrozen);
    });
}

#[test]
fn without_a_backup_key_nobody_orders_anything() {
    run(|| {
        let alice = registered(ALICE);
        assert_noop!(freeze(&alice, PAPER), Error::<Test>::NoBackupKey);
        assert_noop!(recover(&alice, PAPER, ALICE_2), Error::<Test>::NoBackupKey);
        let consent = PAPER.consent(&alice, PAPER_2);
        assert_noop!(
            set_backup(&alice, PAPER_2, Some(consent)),
            Error::<Test>::NoBackupKey
        );
    });
}

#[test]
fn only_hash_based_keys_are_backup_keys() {
    run(|| {
        let alice = registered(ALICE);
        for scheme in Scheme::ALL {
            if !matches!(scheme, Scheme::SlhDsaShake128f | Scheme::SlhDsaShake128s) {
                let key = TestKey(scheme, "Paper");
                assert_noop!(
                    set_backup(&alice, key, None),
                    Error::<Test>::NotABackupScheme
                );
            }
        }
        let slow = TestKey(Scheme::SlhDsaShake128s, "Paper");
        assert_ok!(set_backup(&alice, slow, None));
        assert_ok!(freeze(&alice, slow));
    });
}

#[test]
fn a_backup_key_is_replaced_with_its_own_consent_only() {
    run(|| {
        let alice = alice_with_backup();
        assert_noop!(
            set_backup(&alice, PAPER_2, None),
            Error::<Test>::AuthorisationMissing
        );
        assert_noop!(
            set_backup(&alice, PAPER, Some(PAPER.consent(&alice, PAPER))),
            Error::<Test>::SameKey
        );
        let public = PAPER_2.public();
        let other_context = {
            let genesis = PqSignatures::genesis_hash();
            let message = payload::set_backup(&genesis, &alice, 1, PAPER_2.scheme(), &public);
            PAPER.sign(Context::KeyPossession, &message)
        };
        let wrong = [
            PAPER_2.consent(&alice, PAPER_2),
            PAPER.consent(&alice, TestKey(Scheme::SlhDsaShake128f, "Another")),
            PAPER.consent(&BOB.account(), PAPER_2),
            PAPER.recovery_order(&alice, PAPER_2),
            other_context,
        ];
        for consent in wrong {
            assert_noop!(
                set_backup(&alice, PAPER_2, Some(consent)),
                Error::<Test>::InvalidSignature
            );
        }
        let consent = PAPER.consent(&alice, PAPER_2);
        assert_ok!(set_backup(&alice, PAPER_2, Some(consent)));
        assert_eq!(backup_hold(&alice), deposit(32));
        assert_noop!(freeze(&alice, PAPER), Error::<Test>::InvalidSignature);
        assert_ok!(freeze(&alice, PAPER_2));
    });
}

#[test]
fn a_backup_key_needs_possession() {
    run(|| {
        let alice = registered(ALICE);
        let public = PAPER.public();
        let genesis = PqSignatures::genesis_hash();
        let message = payload::backup_possession(&genesis, &alice, 0, PAPER.scheme(), &public);
        let later = payload::backup_possession(&genesis, &alice, 1, PAPER.scheme(), &public);
        let wrong = [
            PAPER_2.sign(Context::KeyPossession, &message),
            PAPER.sign(Context::Recovery, &message),
            PAPER.sign(Context::KeyPossession, &later),
            PAPER.possession(&alice, 0),
            PAPER.backup_possession(&BOB.account()),
        ];
        for proof in wrong {
            assert_noop!(
                PqSignatures::set_backup_key(
                    signed(&alice),
                    PAPER.scheme(),
                    public.clone(),
                    proof,
                    None
                ),
                Error::<Test>::InvalidProof
            );
        }
        let short: SignatureBytes = vec![0; 17_087].try_into().unwrap();
        assert_noop!(
            PqSignatures::set_backup_key(signed(&alice), PAPER.scheme(), public, short, None),
            Error::<Test>::ProofLength
        );
        let proof = PAPER.backup_possession(&alice);
        let long: PublicKey = vec![0; 33].try_into().unwrap();
        assert_noop!(
            PqSignatures::set_backup_key(signed(&alice), PAPER.scheme(), long, proof, None),
            Error::<Test>::PublicKeyLength
        );
    });
}

/// Whoever holds the old key could otherwise take the account over after a rotation, for good.
#[test]
fn a_first_backup_key_waits_for_the_end_of_an_overlap() {
    run(|| {
        let alice = registered(ALICE);
        rotate(&alice, ALICE_2).unwrap();
        assert_noop!(
            set_backup(&alice, PAPER, None),
            Error::<Test>::OverlapRunning
        );
        go_to(1 + OVERLAP + 1);
        assert_ok!(set_backup(&alice, PAPER, None));
        // One that is set consents by itself, overlap or not.
        rotate(&alice, ALICE_3).unwrap();
        let consent = PAPER.consent(&alice, PAPER_2);
        assert_ok!(set_backup(&alice, PAPER_2, Some(consent)));
    });
}

#[test]
fn an_order_to_freeze_is_by_the_backup_key_for_this_account_and_now() {
    run(|| {
        let alice = alice_with_backup();
        let bob = funded(BOB);
        let genesis = PqSignatures::genesis_hash();
        let message = payload::freeze(&genesis, &alice, 1);
        let wrong = [
            PAPER_2.sign(Context::Recovery, &message),
            PAPER.sign(Context::Transaction, &message),
            PAPER.sign(Context::Recovery, &payload::freeze(&genesis, &alice, 0)),
            PAPER.sign(Context::Recovery, &payload::freeze(&genesis, &bob, 1)),
            PAPER.sign(Context::Recovery, &payload::freeze(&MESSAGE, &alice, 1)),
            PAPER.recovery_order(&alice, ALICE_2),
        ];
        for order in wrong {
            assert_noop!(
                PqSignatures::freeze(signed(&bob), alice.clone(), order),
                Error::<Test>::InvalidSignature
            );
        }
        // Even the account's own key, over the right message.
        let by_alice = ALICE.sign(Context::Recovery, &message);
        assert_noop!(
            PqSignatures::freeze(signed(&bob), alice, by_alice),
            Error::<Test>::SignatureLength
        );
    });
}

#[test]
fn an_order_is_obeyed_once() {
    run(|| {
        let alice = alice_with_backup();
        let bob = funded(BOB);
        let order = PAPER.freeze_order(&alice);
        PqSignatures::freeze(signed(&bob), alice.clone(), order.clone()).unwrap();
        recover(&alice, PAPER, ALICE_2).unwrap();
        assert_noop!(
            PqSignatures::freeze(signed(&bob), alice.clone(), order),
            Error::<Test>::InvalidSignature
        );

        let order = PAPER.recovery_order(&alice, ALICE_3);
        let proof = ALICE_3.possession(&alice, 2);
        submit_recovery(&alice, ALICE_3, proof, order.clone()).unwrap();
        let proof = ALICE_3.possession(&alice, 3);
        assert_noop!(
            submit_recovery(&alice, ALICE_3, proof, order),
            Error::<Test>::InvalidSignature
        );
    });
}

#[test]
fn recovery_needs_possession_of_the_new_key_and_an_order_for_it() {
    run(|| {
        let alice = alice_with_backup();
        let proof = ALICE_2.possession(&alice, 1);
        let order = PAPER.recovery_order(&alice, ALICE_2);
        let other_order = PAPER.recovery_order(&alice, ALICE_3);
        assert_noop!(
            submit_recovery(&alice, ALICE_2, proof.clone(), other_order),
            Error::<Test>::InvalidSignature
        );
        assert_noop!(
            submit_recovery(&alice, ALICE_2, proof, vec![0; 5].try_into().unwrap()),
            Error::<Test>::SignatureLength
        );
        for generation in [0, 2] {
            let stale = ALICE_2.possession(&alice, generation);
            assert_noop!(
                submit_recovery(&alice, ALICE_2, stale, order.clone()),
                Error::<Test>::InvalidProof
            );
        }
        assert_noop!(
            submit_recovery(&alice, ALICE_2, vec![0; 3308].try_into().unwrap(), order),
            Error::<Test>::ProofLength
        );
        assert_noop!(recover(&alice, PAPER, ALICE), Error::<Test>::SameKey);
    });
}

#[test]
fn recovery_to_a_key_of_wrong_length_or_a_retired_scheme_is_refused() {
    run(|| {
        let alice = alice_with_backup();
        let public: PublicKey = vec![7; 10].try_into().unwrap();
        let genesis = PqSignatures::genesis_hash();
        let message = payload::recover(&genesis, &alice, 1, Scheme::MlDsa44, &public);
        let order = PAPER.sign(Context::Recovery, &message);
        let bob = funded(BOB);
        assert_noop!(
            PqSignatures::recover(
                signed(&bob),
                alice.clone(),
                Scheme::MlDsa44,
                public,
                ALICE_3.possession(&alice, 1),
                order
            ),
            Error::<Test>::PublicKeyLength
        );
        set_status(Scheme::MlDsa44, SchemeStatus::Deprecated { until: 50 });
        assert_noop!(
            recover(&alice, PAPER, ALICE_3),
            Error::<Test>::SchemeDeprecated
        );
        set_status(Scheme::MlDsa44, SchemeStatus::Disabled);
        assert_noop!(
            recover(&alice, PAPER, ALICE_3),
            Error::<Test>::SchemeDisabled
        );
    });
}

#[test]
fn a_backup_key_of_a_retired_scheme_orders_nothing_and_is_replaced_without_it() {
    run(|| {
        let alice = alice_with_backup();
        set_status(PAPER.scheme(), SchemeStatus::Deprecated { until: 5 });
        // Still accepted, so that its consent still counts.
        let successor = TestKey(Scheme::SlhDsaShake128s, "Paper");
        assert_noop!(
            set_backup(&alice, successor, None),
            Error::<Test>::AuthorisationMissing
        );
        assert_noop!(
            set_backup(&alice, PAPER_2, Some(PAPER.consent(&alice, PAPER_2))),
            Error::<Test>::SchemeDeprecated
        );
        go_to(6);
        assert_noop!(freeze(&alice, PAPER), Error::<Test>::SchemeDeprecated);
        set_status(PAPER.scheme(), SchemeStatus::Disabled);
        assert_noop!(freeze(&alice, PAPER), Error::<Test>::SchemeDisabled);
        assert_noop!(
            recover(&alice, PAPER, ALICE_2),
            Error::<Test>::SchemeDisabled
        );
        assert_ok!(set_backup(&alice, successor, None));
        assert_ok!(freeze(&alice, successor));
    });
}

#[test]
fn a_backup_key_that_cannot_be_paid_for_is_not_set() {
    run(|| {
        let alice = ALICE.account();
        Balances::set_balance(&alice, deposit(32));
        assert_noop!(
            set_backup(&alice, PAPER, None),
            TokenError::FundsUnavailable
        );
    });
}

#[test]
fn a_recovery_nonce_does_not_wrap() {
    run(|| {
        let alice = alice_with_backup();
        RecoveryNonce::<Test>::insert(&alice, u32::MAX);
        assert_noop!(freeze(&alice, PAPER), Error::<Test>::CounterExhausted);
    });
}
