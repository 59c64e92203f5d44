//! Verdicts on transaction signatures: each refusal, broken by exactly one thing.

use frame_support::weights::Weight;
use polkadot_sdk::*;
use qloak_pq_crypto::{account_signature::AccountSignature, context::Context, scheme::Scheme};
use sp_runtime::AccountId32;

use crate::{mock::*, policy::UnknownRefusal, *};

#[test]
fn every_scheme_signs_with_and_without_its_key() {
    run(|| {
        for scheme in Scheme::ALL {
            let key = TestKey(scheme, "Alice");
            let alice = funded(key);
            assert_eq!(verdict(&alice, key), Ok(()), "{scheme}");
            assert_eq!(
                short_verdict(&alice, key),
                Err(Refusal::KeyNotRegistered),
                "{scheme}"
            );
            PqSignatures::on_applied(&key.attached(MESSAGE), &alice);
            assert_eq!(verdict(&alice, key), Ok(()), "{scheme}");
            assert_eq!(short_verdict(&alice, key), Ok(()), "{scheme}");
        }
    });
}

#[test]
fn one_bit_of_signature_or_message_decides_in_every_scheme() {
    run(|| {
        for scheme in Scheme::ALL {
            let key = TestKey(scheme, "Alice");
            let alice = registered(key);
            let signature = key.sign(Context::Transaction, MESSAGE).into_inner();
            for public in [Some(key.public().into_inner()), None] {
                let whole =
                    AccountSignature::new(scheme, public.clone(), signature.clone()).unwrap();
                assert_eq!(
                    PqSignatures::verify(&whole, b"pay Eve", &alice),
                    Err(Refusal::InvalidSignature),
                    "{scheme}"
                );
                let mut changed = signature.clone();
                changed[60] ^= 1;
                let changed = AccountSignature::new(scheme, public, changed).unwrap();
                assert_eq!(
                    PqSignatures::verify(&changed, MESSAGE, &alice),
                    Err(Refusal::InvalidSignature),
                    "{scheme}"
                );
            }
        }
    });
}

#[test]
fn a_signature_for_another_use_is_no_transaction() {
    run(|| {
        let alice = registered(ALICE);
        for context in Context::ALL {
            let signature = ALICE.sign(context, MESSAGE).into_inner();
            let public = ALICE.public().into_inner();
            let verdicts = [Some(public), None].map(|public| {
                let signature =
                    AccountSignature::new(ALICE.scheme(), public, signature.clone()).unwrap();
                PqSignatures::verify(&signature, MESSAGE, &alice)
            });
            let expected = match context {
                Context::Transaction => Ok(()),
                _ => Err(Refusal::InvalidSignature),
            };
            assert_eq!(verdicts, [expected, expected], "{context:?}");
        }
    });
}

#[test]
fn another_key_is_a_mismatch() {
    run(|| {
        let alice = funded(ALICE);
        assert_eq!(verdict(&alice, BOB), Err(Refusal::KeyMismatch));
        registered(ALICE);
        assert_eq!(verdict(&alice, BOB), Err(Refusal::KeyMismatch));
        // A key whose scheme is not that of the registered one, without the key.
        assert_eq!(short_verdict(&alice, ALICE_3), Err(Refusal::KeyMismatch));
        // One whose scheme is.
        assert_eq!(short_verdict(&alice, BOB), Err(Refusal::InvalidSignature));
        rotate(&alice, ALICE_2).unwrap();
        assert_eq!(verdict(&alice, BOB), Err(Refusal::KeyMismatch));
        assert_eq!(short_verdict(&alice, BOB), Err(Refusal::InvalidSignature));
        assert_eq!(short_verdict(&alice, ALICE_3), Err(Refusal::KeyMismatch));
    });
}

#[test]
fn one_bit_of_the_key_is_a_mismatch() {
    run(|| {
        let alice = funded(ALICE);
        let mut public = ALICE.public().into_inner();
        public[17] ^= 1;
        let signature = ALICE.sign(Context::Transaction, MESSAGE).into_inner();
        let signature = AccountSignature::new(ALICE.scheme(), Some(public), signature).unwrap();
        assert_eq!(
            PqSignatures::verify(&signature, MESSAGE, &alice),
            Err(Refusal::KeyMismatch)
        );
    });
}

#[test]
fn wrong_lengths_are_refused_in_every_scheme() {
    run(|| {
        for scheme in Scheme::ALL {
            let key = TestKey(scheme, "Alice");
            let alice = registered(key);
            let public = key.public().into_inner();
            let signature = key.sign(Context::Transaction, MESSAGE).into_inner();
            let cases = [
                (Some(public[1..].to_vec()), signature.clone()),
                (Some(Vec::new()), signature.clone()),
                (Some(public), signature[1..].to_vec()),
                (None, signature[1..].to_vec()),
                (None, Vec::new()),
            ];
            for (public, signature) in cases {
                let signature = AccountSignature::new(scheme, public, signature).unwrap();
                assert_eq!(
                    PqSignatures::verify(&signature, MESSAGE, &alice),
                    Err(Refusal::MalformedLength),
                    "{scheme}"
                );
            }
        }
    });
}

#[test]
fn a_disabled_scheme_is_refused_with_and_without_the_key() {
    run(|| {
        let alice = registered(ALICE);
        let set = |status| {
            let root = RuntimeOrigin::root();
            PqSignatures::set_scheme_status(root, ALICE.scheme(), status).unwrap()
        };
        set(SchemeStatus::Disabled);
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::SchemeDisabled));
        assert_eq!(short_verdict(&alice, ALICE), Err(Refusal::SchemeDisabled));
        set(SchemeStatus::Enabled);
        assert_eq!(verdict(&alice, ALICE), Ok(()));
    });
}

#[test]
fn a_deprecated_scheme_is_accepted_up_to_its_last_block() {
    run(|| {
        let alice = registered(ALICE);
        let status = SchemeStatus::Deprecated { until: 3 };
        let root = RuntimeOrigin::root();
        PqSignatures::set_scheme_status(root, ALICE.scheme(), status).unwrap();
        go_to(3);
        assert_eq!(verdict(&alice, ALICE), Ok(()));
        assert_eq!(short_verdict(&alice, ALICE), Ok(()));
        go_to(4);
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::SchemeDeprecated));
        assert_eq!(short_verdict(&alice, ALICE), Err(Refusal::SchemeDeprecated));
    });
}

/// The catalog rules over the old key of an overlap, too.
#[test]
fn a_disabled_scheme_ends_the_overlap_for_its_keys() {
    run(|| {
        let alice = registered(ALICE);
        rotate(&alice, ALICE_3).unwrap();
        let root = RuntimeOrigin::root();
        PqSignatures::set_scheme_status(root, ALICE.scheme(), SchemeStatus::Disabled).unwrap();
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::SchemeDisabled));
        assert_eq!(short_verdict(&alice, ALICE), Err(Refusal::SchemeDisabled));
        assert_eq!(short_verdict(&alice, ALICE_3), Ok(()));
    });
}

#[test]
fn codes_and_refusals_correspond() {
    for (index, refusal) in Refusal::ALL.into_iter().enumerate() {
        assert_eq!(usize::from(refusal.code()), index + 1);
        assert_eq!(Refusal::try_from(refusal.code()), Ok(refusal));
        assert!(!refusal.to_string().is_empty());
    }
    for code in [0, 10, 255] {
        assert_eq!(Refusal::try_from(code), Err(UnknownRefusal(code)));
    }
}

#[test]
fn a_refused_signature_changes_nothing() {
    run(|| {
        let alice = registered(ALICE);
        let root = sp_io::storage::root(sp_runtime::StateVersion::V1);
        assert_eq!(verdict(&alice, BOB), Err(Refusal::KeyMismatch));
        assert_eq!(short_verdict(&alice, BOB), Err(Refusal::InvalidSignature));
        assert_eq!(verdict(&alice, ALICE), Ok(()));
        assert_eq!(sp_io::storage::root(sp_runtime::StateVersion::V1), root);
    });
}

/// The weight of an accepted signature, which must be the announced one.
fn weight_of(signature: &AccountSignature, signer: &AccountId32) -> Weight {
    let accepted = PqSignatures::judge(signature, MESSAGE, signer).unwrap();
    let announced = PqSignatures::weight(signature, Some(signer));
    assert_eq!(accepted.weight, announced, "{signature:?}");
    let at_most = PqSignatures::weight(signature, None);
    assert!(announced.all_lte(at_most), "{signature:?}");
    announced
}

#[test]
fn a_verdict_costs_what_was_announced() {
    run(|| {
        for scheme in Scheme::ALL {
            let (key, next) = (TestKey(scheme, "Alice"), TestKey(scheme, "Alice, later"));
            // A multiplier that no scheme has from the start.
            Catalog::<Test>::mutate(scheme, |entry| {
                entry.as_mut().unwrap().fee_multiplier = 317;
            });
            let alice = funded(key);
            let first_use = weight_of(&key.attached(MESSAGE), &alice);
            registered(key);
            let attached = weight_of(&key.attached(MESSAGE), &alice);
            let short = weight_of(&key.short(MESSAGE), &alice);
            rotate(&alice, next).unwrap();
            let in_overlap = weight_of(&key.short(MESSAGE), &alice);
            assert_eq!(weight_of(&next.short(MESSAGE), &alice), in_overlap);

            let registration = <Test as Config>::WeightInfo::auto_register();
            assert_eq!(first_use, attached + registration, "{scheme}");
            assert_eq!(attached, short, "{scheme}");
            assert_eq!(in_overlap, short * 2, "{scheme}");
        }
    });
}

/// Two keys of different schemes: no signature is tried by both.
#[test]
fn a_rotation_to_another_scheme_makes_no_signature_dearer() {
    run(|| {
        let next = TestKey(Scheme::MlDsa87, "Alice, later");
        let alice = registered(ALICE);
        let before = weight_of(&ALICE.short(MESSAGE), &alice);
        rotate(&alice, next).unwrap();
        assert_eq!(weight_of(&ALICE.short(MESSAGE), &alice), before);
        let attached = weight_of(&next.attached(MESSAGE), &alice);
        assert_eq!(weight_of(&next.short(MESSAGE), &alice), attached);
    });
}
