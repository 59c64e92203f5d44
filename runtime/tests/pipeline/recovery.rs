//! The backup key freezes an account and gives it a new key.

use pallet_pq_signatures::{payload, Call, Refusal};
use qloak_pq_crypto::{context::Context, scheme::Scheme};
use qloak_runtime::{constants::currency::QLK, PqSignatures, Runtime};

use crate::chain::*;

const BACKUP: Scheme = Scheme::SlhDsaShake128s;

fn protect(owner: &Person, backup: &Person) {
    let nonce = PqSignatures::account_status(&owner.account).recovery_nonce;
    let proof = payload::backup_possession(
        &genesis(),
        &owner.account,
        nonce,
        BACKUP,
        backup.key.public_key(),
    );
    assert_lands(owner.sign(Call::set_backup_key {
        scheme: BACKUP,
        public: backup.public(),
        proof: backup.order(Context::KeyPossession, &proof),
        authorisation: None,
    }));
}

fn freeze(account: &Person, by: &Person) -> Call<Runtime> {
    let nonce = PqSignatures::account_status(&account.account).recovery_nonce;
    let order = payload::freeze(&genesis(), &account.account, nonce);
    Call::freeze {
        account: account.account.clone(),
        signature: by.order(Context::Recovery, &order),
    }
}

fn recover(renewed: &Person, by: &Person) -> Call<Runtime> {
    let status = PqSignatures::account_status(&renewed.account);
    let (scheme, public) = (renewed.key.scheme(), renewed.key.public_key());
    let order = payload::recover(
        &genesis(),
        &renewed.account,
        status.recovery_nonce,
        scheme,
        public,
    );
    Call::recover {
        account: renewed.account.clone(),
        scheme,
        public: renewed.public(),
        proof: renewed.proof_for(&renewed.account, status.generation + 1),
        signature: by.order(Context::Recovery, &order),
    }
}

#[test]
fn a_frozen_account_moves_nothing_until_it_is_recovered() {
    on_development_chain(|| {
        let owner = Person::funded("Alice", Scheme::MlDsa65);
        let friend = Person::funded("Bob", Scheme::MlDsa65);
        let backup = Person::new("Alice's backup", BACKUP);
        let renewed = owner.with_key(Person::new("Alice's next", Scheme::MlDsa87).key);
        protect(&owner, &backup);

        assert_lands(friend.sign(freeze(&owner, &backup)));
        for attempt in [
            owner.sign(transfer(&friend.account, QLK)),
            owner.sign_short(transfer(&friend.account, QLK)),
        ] {
            assert_refused(attempt, Refusal::AccountFrozen);
        }

        let before = owner.free();
        assert_lands(friend.sign(recover(&renewed, &backup)));
        assert!(!PqSignatures::account_status(&owner.account).frozen);
        // No overlap here: the old key is the thief's as much as the owner's.
        assert_refused(
            owner.sign(transfer(&friend.account, QLK)),
            Refusal::KeyRotatedOut,
        );
        assert_lands(renewed.sign_short(transfer(&friend.account, QLK)));
        assert!(
            renewed.free() < before && renewed.free() > before - 2 * QLK,
            "the balance stayed with the account"
        );
    });
}

#[test]
fn only_the_backup_key_freezes_and_only_once_per_order() {
    on_development_chain(|| {
        let owner = Person::funded("Alice", Scheme::MlDsa65);
        let friend = Person::funded("Bob", Scheme::MlDsa65);
        let backup = Person::new("Alice's backup", BACKUP);
        protect(&owner, &backup);

        let stranger = Person::new("Eve's backup", BACKUP);
        apply(friend.sign(freeze(&owner, &stranger)))
            .unwrap()
            .expect_err("not the backup key");
        apply(friend.sign(freeze(&owner, &owner)))
            .unwrap()
            .expect_err("the account's own key is no backup key");
        assert!(!PqSignatures::account_status(&owner.account).frozen);

        let order = freeze(&owner, &backup);
        let renewed = owner.with_key(Person::new("Alice's next", Scheme::MlDsa65).key);
        assert_lands(friend.sign(order.clone()));
        assert_lands(friend.sign(recover(&renewed, &backup)));
        apply(friend.sign(order))
            .unwrap()
            .expect_err("an order is good for one recovery nonce");
        assert!(!PqSignatures::account_status(&owner.account).frozen);
    });
}

#[test]
fn a_thief_of_the_main_key_cannot_replace_the_backup_key() {
    on_development_chain(|| {
        let owner = Person::funded("Alice", Scheme::MlDsa65);
        let backup = Person::new("Alice's backup", BACKUP);
        protect(&owner, &backup);

        let thiefs = Person::new("Eve's backup", BACKUP);
        let nonce = PqSignatures::account_status(&owner.account).recovery_nonce;
        let proof = payload::backup_possession(
            &genesis(),
            &owner.account,
            nonce,
            BACKUP,
            thiefs.key.public_key(),
        );
        let consent = payload::set_backup(
            &genesis(),
            &owner.account,
            nonce,
            BACKUP,
            thiefs.key.public_key(),
        );
        for authorisation in [
            None,
            Some(thiefs.order(Context::Recovery, &consent)),
            Some(owner.order(Context::Recovery, &consent)),
        ] {
            let call = Call::set_backup_key {
                scheme: BACKUP,
                public: thiefs.public(),
                proof: thiefs.order(Context::KeyPossession, &proof),
                authorisation,
            };
            apply(owner.sign(call))
                .unwrap()
                .expect_err("the backup key has not consented");
        }
        assert_eq!(
            pallet_pq_signatures::Backups::<Runtime>::get(&owner.account)
                .unwrap()
                .public,
            backup.public()
        );
    });
}
