//! The catalog: who changes it, to what, and what it does.

use frame_support::{assert_noop, assert_ok};
use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use sp_runtime::DispatchError;

use crate::{mock::*, *};

fn set_status(scheme: Scheme, status: SchemeStatus<u64>) -> Result<(), DispatchError> {
    PqSignatures::set_scheme_status(RuntimeOrigin::root(), scheme, status)
}

#[test]
fn only_the_admin_changes_the_catalog() {
    run(|| {
        let alice = funded(ALICE);
        assert_noop!(
            PqSignatures::set_scheme_status(
                signed(&alice),
                Scheme::MlDsa44,
                SchemeStatus::Disabled
            ),
            DispatchError::BadOrigin
        );
        assert_noop!(
            PqSignatures::set_fee_multiplier(signed(&alice), Scheme::MlDsa44, 200),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn changes_are_stored_and_announced() {
    run(|| {
        let scheme = Scheme::FnDsa512;
        let status = SchemeStatus::Deprecated { until: 7 };
        assert_ok!(set_status(scheme, status));
        assert_eq!(last_event(), Event::SchemeStatusSet { scheme, status });
        assert_ok!(PqSignatures::set_fee_multiplier(
            RuntimeOrigin::root(),
            scheme,
            250
        ));
        assert_eq!(
            last_event(),
            Event::FeeMultiplierSet {
                scheme,
                percent: 250
            }
        );
        let entry = Catalog::<Test>::get(scheme).unwrap();
        let security_bits = scheme.parameters().security_bits;
        assert_eq!(
            entry,
            CatalogEntry {
                status,
                fee_multiplier: 250,
                security_bits
            }
        );
        // A new status leaves the multiplier alone.
        assert_ok!(set_status(scheme, SchemeStatus::Enabled));
        assert_eq!(Catalog::<Test>::get(scheme).unwrap().fee_multiplier, 250);
    });
}

#[test]
fn deprecation_lies_in_the_future() {
    run(|| {
        go_to(8);
        assert_noop!(
            set_status(Scheme::MlDsa44, SchemeStatus::Deprecated { until: 7 }),
            Error::<Test>::DeprecationInThePast
        );
        assert_ok!(set_status(
            Scheme::MlDsa44,
            SchemeStatus::Deprecated { until: 8 }
        ));
    });
}

#[test]
fn the_last_enabled_scheme_stays_enabled() {
    run(|| {
        let [first, rest @ ..] = Scheme::ALL;
        for scheme in rest {
            assert_ok!(set_status(scheme, SchemeStatus::Disabled));
        }
        for status in [
            SchemeStatus::Disabled,
            SchemeStatus::Deprecated { until: 100 },
        ] {
            assert_noop!(set_status(first, status), Error::<Test>::LastEnabledScheme);
        }
        assert_ok!(set_status(first, SchemeStatus::Enabled));
    });
}

#[test]
fn fee_multipliers_have_bounds() {
    run(|| {
        let set = |percent| {
            PqSignatures::set_fee_multiplier(RuntimeOrigin::root(), Scheme::MlDsa44, percent)
        };
        for percent in [0, MIN_FEE_MULTIPLIER - 1, MAX_FEE_MULTIPLIER + 1, u32::MAX] {
            assert_noop!(set(percent), Error::<Test>::FeeMultiplierOutOfRange);
        }
        assert_ok!(set(MIN_FEE_MULTIPLIER));
        assert_ok!(set(MAX_FEE_MULTIPLIER));
    });
}

#[test]
fn a_scheme_that_is_not_in_the_catalog_is_disabled_until_it_enters() {
    run(|| {
        let (alice, scheme) = (funded(ALICE), ALICE.scheme());
        Catalog::<Test>::remove(scheme);
        assert_eq!(verdict(&alice, ALICE), Err(Refusal::SchemeDisabled));
        assert_noop!(
            PqSignatures::set_fee_multiplier(RuntimeOrigin::root(), scheme, 200),
            Error::<Test>::SchemeDisabled
        );
        assert_ok!(set_status(scheme, SchemeStatus::Enabled));
        assert_eq!(
            Catalog::<Test>::get(scheme).unwrap(),
            CatalogEntry::enabled(scheme)
        );
        assert_eq!(verdict(&alice, ALICE), Ok(()));
    });
}

#[test]
fn the_multiplier_scales_the_weight_of_verification_alone() {
    run(|| {
        let scheme = ALICE.scheme();
        let measured = <Test as Config>::WeightInfo::verify_ml_dsa_65();
        let registration = <Test as Config>::WeightInfo::auto_register();
        let (attached, short) = (ALICE.attached(MESSAGE), ALICE.short(MESSAGE));
        let weight = |signature| PqSignatures::weight(signature, None);
        assert_eq!(weight(&attached), measured + registration);
        assert_eq!(weight(&short), measured * 2);
        PqSignatures::set_fee_multiplier(RuntimeOrigin::root(), scheme, 250).unwrap();
        let scaled = measured * 5 / 2;
        assert_eq!(weight(&attached), scaled + registration);
        assert_eq!(weight(&short), scaled * 2);
    });
}
