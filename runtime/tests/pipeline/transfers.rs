//! Transfers signed by each scheme.

use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{constants::currency::QLK, PqSignatures};

use crate::chain::*;

#[test]
fn a_transfer_signed_by_each_scheme_lands_first_with_the_key_then_without() {
    for scheme in Scheme::ALL {
        on_development_chain(|| {
            let (alice, bob) = (
                Person::funded("Alice", scheme),
                Person::new("Robert", scheme),
            );
            let first = alice.nonce();
            assert!(PqSignatures::key_of(&alice.account).is_none());
            assert_lands(alice.sign(transfer(&bob.account, 2 * QLK)));
            assert_eq!(bob.free(), 2 * QLK, "{scheme}");

            let record =
                PqSignatures::key_of(&alice.account).expect("the first use registers the key");
            assert!(record.is_current(scheme, alice.key.public_key()));

            assert_lands(alice.sign_short(transfer(&bob.account, QLK)));
            assert_eq!(bob.free(), 3 * QLK, "{scheme}");
            assert_eq!(alice.nonce(), first + 2);
        });
    }
}

#[test]
fn an_account_that_cannot_pay_the_deposit_goes_on_attaching_its_key() {
    on_development_chain(|| {
        let (alice, bob) = (
            Person::funded("Alice", Scheme::MlDsa65),
            Person::new("Robert", Scheme::MlDsa65),
        );
        assert_lands(alice.sign(transfer(&bob.account, QLK / 100)));
        // Bob has a hundredth; the deposit for his key is thrice that.
        for _ in 0..2 {
            assert_lands(bob.sign(transfer(&alice.account, QLK / 1_000)));
            assert!(PqSignatures::key_of(&bob.account).is_none());
        }
    });
}

#[test]
fn a_failed_call_pays_and_registers_all_the_same() {
    on_development_chain(|| {
        let (alice, bob) = (
            Person::funded("Alice", Scheme::MlDsa44),
            Person::new("Robert", Scheme::MlDsa44),
        );
        let before = alice.free();
        apply(alice.sign(transfer(&bob.account, 1_000 * QLK)))
            .expect("valid")
            .expect_err("not that rich");
        assert!(alice.free() < before);
        assert!(PqSignatures::key_of(&alice.account).is_some());
    });
}

#[test]
fn costlier_schemes_weigh_more_and_the_catalog_scales_them() {
    use frame_support::dispatch::GetDispatchInfo;
    on_development_chain(|| {
        let weight = |scheme| {
            let (alice, bob) = (
                Person::funded("Alice", scheme),
                Person::new("Robert", scheme),
            );
            alice
                .sign(transfer(&bob.account, QLK))
                .get_dispatch_info()
                .total_weight()
                .ref_time()
        };
        assert!(weight(Scheme::SlhDsaShake128f) > weight(Scheme::MlDsa65));
        let before = weight(Scheme::MlDsa65);
        as_root(pallet_pq_signatures::Call::set_fee_multiplier {
            scheme: Scheme::MlDsa65,
            percent: 300,
        });
        assert!(weight(Scheme::MlDsa65) > before);
    });
}

#[test]
fn a_batch_is_signed_once() {
    on_development_chain(|| {
        let (alice, bob) = (
            Person::funded("Alice", Scheme::MlDsa65),
            Person::new("Robert", Scheme::MlDsa65),
        );
        let calls = vec![transfer(&bob.account, QLK), transfer(&bob.account, QLK)];
        assert_lands(alice.sign(pallet_utility::Call::batch_all { calls }));
        assert_eq!(bob.free(), 2 * QLK);
    });
}
