//! Classical accounts: by mark only, and out of it for good.

use frame_support::{assert_noop, assert_ok, traits::fungible::Mutate};
use polkadot_sdk::*;
use qloak_pq_crypto::{account_signature::AccountSignature, context::Context, scheme::Scheme};
use sp_core::{ecdsa, ed25519, sr25519, Pair};
use sp_runtime::{traits::IdentifyAccount, AccountId32, DispatchError, MultiSigner, TokenError};

use crate::{mock::*, *};

/// The account of a key of each classical scheme, and its signature of [`MESSAGE`].
fn classical() -> [(AccountId32, AccountSignature); 3] {
    let ed = ed25519::Pair::from_seed(&[1; 32]);
    let sr = sr25519::Pair::from_seed(&[2; 32]);
    let ec = ecdsa::Pair::from_seed(&[3; 32]);
    [
        (
            MultiSigner::from(ed.public()).into_account(),
            AccountSignature::Ed25519(ed.sign(MESSAGE).0),
        ),
        (
            MultiSigner::from(sr.public()).into_account(),
            AccountSignature::Sr25519(sr.sign(MESSAGE).0),
        ),
        (
            MultiSigner::from(ec.public()).into_account(),
            AccountSignature::Ecdsa(ec.sign(MESSAGE).0),
        ),
    ]
}

/// A marked account with funds, and its signature of [`MESSAGE`].
fn marked() -> (AccountId32, AccountSignature) {
    let [(account, signature), ..] = classical();
    Balances::set_balance(&account, FUNDS);
    PqSignatures::mark_classical(RuntimeOrigin::root(), account.clone()).unwrap();
    (account, signature)
}

fn migrate(account: &AccountId32, new: TestKey) -> Result<(), DispatchError> {
    let proof = new.possession(account, 0);
    PqSignatures::migrate_classical(signed(account), new.scheme(), new.public(), proof)
}

#[test]
fn a_classical_signature_counts_for_a_marked_account_alone() {
    run(|| {
        for (account, signature) in classical() {
            let verdict = || PqSignatures::verify(&signature, MESSAGE, &account);
            assert_eq!(verdict(), Err(Refusal::ClassicalNotMarked));
            assert_ok!(PqSignatures::mark_classical(
                RuntimeOrigin::root(),
                account.clone()
            ));
            assert_eq!(
                last_event(),
                Event::ClassicalMarked {
                    account: account.clone()
                }
            );
            assert_eq!(verdict(), Ok(()));
            let other = PqSignatures::verify(&signature, b"pay Eve", &account);
            assert_eq!(other, Err(Refusal::InvalidSignature));
        }
    });
}

#[test]
fn a_classical_signature_counts_for_its_own_account_alone() {
    run(|| {
        let [(first, _), (second, _), (third, signature)] = classical();
        for account in [first, second] {
            PqSignatures::mark_classical(RuntimeOrigin::root(), account.clone()).unwrap();
            assert_eq!(
                PqSignatures::verify(&signature, MESSAGE, &account),
                Err(Refusal::InvalidSignature)
            );
        }
        assert_eq!(
            PqSignatures::verify(&signature, MESSAGE, &third),
            Err(Refusal::ClassicalNotMarked)
        );
    });
}

#[test]
fn migration_exchanges_the_mark_for_a_key_and_nothing_exchanges_it_back() {
    run(|| {
        let (account, signature) = marked();
        assert_ok!(migrate(&account, ALICE));
        let event = Event::ClassicalMigrated {
            account: account.clone(),
            scheme: ALICE.scheme(),
        };
        assert_eq!(last_event(), event);
        assert_eq!(short_verdict(&account, ALICE), Ok(()));
        assert_eq!(verdict(&account, ALICE), Ok(()));
        assert_eq!(key_hold(&account), deposit(1952));
        assert_eq!(
            PqSignatures::verify(&signature, MESSAGE, &account),
            Err(Refusal::ClassicalNotMarked)
        );
        assert_noop!(migrate(&account, ALICE_2), Error::<Test>::NotClassical);
        assert_noop!(
            PqSignatures::mark_classical(RuntimeOrigin::root(), account.clone()),
            Error::<Test>::AlreadyRegistered
        );
        // Without the record, nobody could sign for the account any more.
        assert_noop!(
            PqSignatures::deregister_key(signed(&account)),
            Error::<Test>::MigratedAccount
        );
        assert_ok!(rotate(&account, ALICE_2));
    });
}

#[test]
fn migration_needs_possession_of_an_acceptable_key() {
    run(|| {
        let (account, _) = marked();
        let submit = |scheme, public, proof| {
            PqSignatures::migrate_classical(signed(&account), scheme, public, proof)
        };
        let (scheme, public) = (ALICE.scheme(), ALICE.public());
        let genesis = PqSignatures::genesis_hash();
        let message = payload::possession(&genesis, &account, 0, scheme, &public);
        for proof in [
            ALICE_2.sign(Context::KeyPossession, &message),
            ALICE.sign(Context::Transaction, &message),
            ALICE.possession(&account, 1),
            ALICE.possession(&BOB.account(), 0),
        ] {
            assert_noop!(
                submit(scheme, public.clone(), proof),
                Error::<Test>::InvalidProof
            );
        }
        let short = vec![0; 3308].try_into().unwrap();
        assert_noop!(
            submit(scheme, public.clone(), short),
            Error::<Test>::ProofLength
        );
        let proof = ALICE.possession(&account, 0);
        assert_noop!(
            submit(Scheme::MlDsa44, public.clone(), proof.clone()),
            Error::<Test>::PublicKeyLength
        );
        let set = |status| {
            PqSignatures::set_scheme_status(RuntimeOrigin::root(), scheme, status).unwrap()
        };
        set(SchemeStatus::Deprecated { until: 9 });
        assert_noop!(
            submit(scheme, public.clone(), proof.clone()),
            Error::<Test>::SchemeDeprecated
        );
        set(SchemeStatus::Disabled);
        assert_noop!(submit(scheme, public, proof), Error::<Test>::SchemeDisabled);
    });
}

#[test]
fn migration_is_paid_for() {
    run(|| {
        let (account, signature) = marked();
        Balances::set_balance(&account, deposit(1952));
        assert_noop!(migrate(&account, ALICE), TokenError::FundsUnavailable);
        assert_eq!(PqSignatures::verify(&signature, MESSAGE, &account), Ok(()));
    });
}

#[test]
fn a_classical_account_migrates_before_anything_else() {
    run(|| {
        let (account, _) = marked();
        assert_noop!(rotate(&account, ALICE), Error::<Test>::ClassicalAccount);
        assert_noop!(
            set_backup(&account, PAPER, None),
            Error::<Test>::ClassicalAccount
        );
        let alice = funded(ALICE);
        PqSignatures::mark_classical(RuntimeOrigin::root(), alice.clone()).unwrap();
        assert_noop!(
            PqSignatures::register_key(signed(&alice), ALICE.scheme(), ALICE.public()),
            Error::<Test>::ClassicalAccount
        );
        // Nor does a transaction with its key register it.
        PqSignatures::on_applied(&ALICE.attached(MESSAGE), &alice);
        assert_eq!(Keys::<Test>::get(&alice), None);
    });
}

#[test]
fn only_the_admin_marks_and_only_what_has_no_post_quantum_key() {
    run(|| {
        let [(account, _), ..] = classical();
        let (alice, bob) = (registered(ALICE), funded(BOB));
        assert_noop!(
            PqSignatures::mark_classical(signed(&bob), account.clone()),
            DispatchError::BadOrigin
        );
        let mark = |account: &AccountId32| {
            PqSignatures::mark_classical(RuntimeOrigin::root(), account.clone())
        };
        assert_ok!(mark(&account));
        assert_noop!(mark(&account), Error::<Test>::AlreadyClassical);
        assert_noop!(mark(&alice), Error::<Test>::AlreadyRegistered);
        set_backup(&bob, PAPER, None).unwrap();
        assert_noop!(mark(&bob), Error::<Test>::BackupKeyExists);
    });
}

#[cfg(feature = "runtime-benchmarks")]
#[test]
fn the_benchmarks_signature_is_what_it_says() {
    use crate::benchmarking::{CLASSICAL_ACCOUNT, CLASSICAL_MESSAGE, CLASSICAL_SIGNATURE};
    let pair = ecdsa::Pair::from_seed(&[1; 32]);
    let account: [u8; 32] = MultiSigner::from(pair.public()).into_account().into();
    assert_eq!(account, CLASSICAL_ACCOUNT);
    assert_eq!(pair.sign(CLASSICAL_MESSAGE).0, CLASSICAL_SIGNATURE);
}
