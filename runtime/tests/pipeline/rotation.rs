//! An account that changes its key keeps all else.

use pallet_pq_signatures::{Call, Error, Refusal, MAX_FEE_MULTIPLIER};
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{
    constants::{currency::QLK, keys::ROTATION_OVERLAP},
    PqSignatures, Runtime,
};

use crate::chain::*;

/// Alice, her new key on the same account, and Bob.
fn scene(new_scheme: Scheme) -> (Person, Person, Person) {
    let alice = Person::funded("Alice", Scheme::MlDsa65);
    let renewed = alice.with_key(Person::new("Alice's next", new_scheme).key);
    (alice, renewed, Person::new("Bob", Scheme::MlDsa65))
}

fn rotate_to(new: &Person, generation: u32) -> Call<Runtime> {
    Call::rotate_key {
        scheme: new.key.scheme(),
        public: new.public(),
        proof: new.proof_for(&new.account, generation),
    }
}

#[test]
fn the_old_key_works_in_the_overlap_and_not_after() {
    for scheme in Scheme::ALL {
        on_development_chain(|| {
            let (alice, renewed, bob) = scene(scheme);
            assert_lands(alice.sign(transfer(&bob.account, QLK)));
            let before = (alice.account.clone(), alice.nonce());
            assert_lands(alice.sign_short(rotate_to(&renewed, 1)));
            assert_eq!(
                (renewed.account.clone(), renewed.nonce()),
                (before.0, before.1 + 1)
            );

            // Both keys, both ways of signing.
            assert_lands(alice.sign(transfer(&bob.account, QLK)));
            assert_lands(alice.sign_short(transfer(&bob.account, QLK)));
            assert_lands(renewed.sign(transfer(&bob.account, QLK)));
            assert_lands(renewed.sign_short(transfer(&bob.account, QLK)));

            jump_to_block(1 + ROTATION_OVERLAP);
            assert_lands_in_this_block(alice.sign(transfer(&bob.account, QLK)));
            jump_to_block(2 + ROTATION_OVERLAP);
            assert_refused(
                alice.sign(transfer(&bob.account, QLK)),
                Refusal::KeyRotatedOut,
            );
            assert_refused(
                alice.sign_short(transfer(&bob.account, QLK)),
                Refusal::KeyRotatedOut,
            );
            assert_lands(renewed.sign_short(transfer(&bob.account, QLK)));
            assert_eq!(PqSignatures::key_of(&alice.account).unwrap().generation, 1);
        });
    }
}

/// Whatever multipliers governance sets, nobody is locked out: what the dearest signatures sign still fits into
/// a block, by two keys of a scheme as well.
#[test]
fn the_greatest_multiplier_locks_nobody_out() {
    for scheme in Scheme::ALL {
        on_development_chain(|| {
            as_root(Call::set_fee_multiplier {
                scheme,
                percent: MAX_FEE_MULTIPLIER,
            });
            let alice = Person::funded("Alice", scheme);
            let renewed = alice.with_key(Person::new("Alice's next", scheme).key);
            assert_lands(alice.sign(transfer(&alice.account, QLK)));
            assert_lands(alice.sign_short(rotate_to(&renewed, 1)));
            assert_lands(renewed.sign_short(transfer(&alice.account, QLK)));
        });
    }
}

#[test]
fn whoever_still_has_the_old_key_cannot_rotate_it_back() {
    on_development_chain(|| {
        let (alice, renewed, bob) = scene(Scheme::MlDsa87);
        assert_lands(alice.sign(transfer(&bob.account, QLK)));
        assert_lands(alice.sign(rotate_to(&renewed, 1)));
        let thief = alice.with_key(Person::new("Eve", Scheme::MlDsa65).key);
        assert_fails(
            alice.sign(rotate_to(&thief, 2)),
            Error::<Runtime>::OverlapRunning,
        );
        assert!(PqSignatures::key_of(&alice.account)
            .unwrap()
            .is_current(Scheme::MlDsa87, renewed.key.public_key()));
    });
}

#[test]
fn a_rotation_needs_the_new_keys_proof_for_this_account_and_generation() {
    on_development_chain(|| {
        let (alice, renewed, bob) = scene(Scheme::MlDsa65);
        let with_proof = |proof| Call::rotate_key {
            scheme: Scheme::MlDsa65,
            public: renewed.public(),
            proof,
        };
        for proof in [
            renewed.proof_for(&bob.account, 1),
            renewed.proof_for(&alice.account, 2),
            alice.proof_for(&alice.account, 1),
            vec![0; 3309].try_into().unwrap(),
            Default::default(),
        ] {
            let result = apply(alice.sign(with_proof(proof))).expect("a valid transaction");
            assert!(result.is_err());
            let record = PqSignatures::key_of(&alice.account).unwrap();
            assert!(record.is_current(Scheme::MlDsa65, alice.key.public_key()));
        }
    });
}

#[test]
fn a_rotation_to_the_same_key_changes_nothing() {
    on_development_chain(|| {
        let (alice, ..) = scene(Scheme::MlDsa65);
        assert_fails(alice.sign(rotate_to(&alice, 1)), Error::<Runtime>::SameKey);
    });
}

#[test]
fn a_second_registration_is_refused() {
    on_development_chain(|| {
        let (alice, ..) = scene(Scheme::MlDsa65);
        let register = Call::register_key {
            scheme: Scheme::MlDsa65,
            public: alice.public(),
        };
        assert_lands(alice.sign(register.clone()));
        assert_fails(
            alice.sign_short(register),
            Error::<Runtime>::AlreadyRegistered,
        );
    });
}

#[test]
fn the_transaction_that_deregisters_does_not_bring_its_key_back() {
    on_development_chain(|| {
        let (alice, _, bob) = scene(Scheme::MlDsa65);
        assert_lands(alice.sign(transfer(&bob.account, QLK)));
        assert!(PqSignatures::key_of(&alice.account).is_some());
        assert_lands(alice.sign(Call::deregister_key {}));
        assert_eq!(PqSignatures::key_of(&alice.account), None);
        // The next one does.
        assert_lands(alice.sign(transfer(&bob.account, QLK)));
        assert!(PqSignatures::key_of(&alice.account).is_some());
    });
}
