//! Classical keys sign only for accounts that are marked, until these migrate.

use pallet_pq_signatures::{Call, Refusal};
use polkadot_sdk::*;
use qloak_pq_crypto::{account_signature::AccountSignature, scheme::Scheme};
use qloak_runtime::{
    constants::currency::QLK, AccountId, Balances, PqSignatures, UncheckedExtrinsic,
};
use sp_core::{ecdsa, ed25519, sr25519, Pair as _};

use crate::chain::*;

/// A transfer of the account that `public` is, signed by `sign`.
fn classical(
    public: [u8; 32],
    to: &AccountId,
    sign: impl Fn(&[u8]) -> AccountSignature,
) -> UncheckedExtrinsic {
    // The key in the person is not used: it is the account that matters.
    let person = Person {
        account: public.into(),
        key: Person::new("nobody", Scheme::MlDsa44).key,
    };
    let draft = Draft::of(&person, transfer(to, QLK));
    let signature = sign(&draft.payload());
    draft.with(signature)
}

fn sr25519_transfer(pair: &sr25519::Pair, to: &AccountId) -> UncheckedExtrinsic {
    classical(pair.public().0, to, |payload| {
        AccountSignature::Sr25519(pair.sign(payload).0)
    })
}

#[test]
fn the_development_accounts_of_stock_tools_are_marked() {
    on_development_chain(|| {
        let bob = Person::new("Robert", Scheme::MlDsa65);
        let alice = sr25519::Pair::from_string("//Alice", None).unwrap();
        assert_lands(sr25519_transfer(&alice, &bob.account));
        assert_eq!(bob.free(), QLK);
    });
}

#[test]
fn no_other_classical_account_is_accepted() {
    on_development_chain(|| {
        let bob = Person::new("Robert", Scheme::MlDsa65);
        let rich = Person::funded("Alice", Scheme::MlDsa65);
        let stranger = sr25519::Pair::from_string("//Stranger", None).unwrap();
        assert_lands(rich.sign(transfer(&stranger.public().0.into(), 10 * QLK)));
        assert_refused(
            sr25519_transfer(&stranger, &bob.account),
            Refusal::ClassicalNotMarked,
        );
        let edwards = ed25519::Pair::from_string("//Stranger", None).unwrap();
        assert_lands(rich.sign(transfer(&edwards.public().0.into(), 10 * QLK)));
        let transaction = classical(edwards.public().0, &bob.account, |payload| {
            AccountSignature::Ed25519(edwards.sign(payload).0)
        });
        assert_refused(transaction, Refusal::ClassicalNotMarked);
        // Nor can a classical signature move what is a post-quantum account's.
        let transaction = classical(rich.account.clone().into(), &bob.account, |payload| {
            AccountSignature::Sr25519(stranger.sign(payload).0)
        });
        assert_refused(transaction, Refusal::ClassicalNotMarked);
    });
}

#[test]
fn a_bad_classical_signature_of_a_marked_account() {
    on_development_chain(|| {
        let bob = Person::new("Robert", Scheme::MlDsa65);
        let alice = sr25519::Pair::from_string("//Alice", None).unwrap();
        let transaction = classical(alice.public().0, &bob.account, |payload| {
            let mut signature = alice.sign(payload).0;
            signature[10] ^= 1;
            AccountSignature::Sr25519(signature)
        });
        assert_refused(transaction, Refusal::InvalidSignature);
    });
}

/// Of one ECDSA signature anybody can make three more that the SDK verifies: the transaction under
/// other hashes.
#[test]
fn an_ecdsa_signature_has_one_form() {
    use sp_runtime::traits::IdentifyAccount;
    /// The order of secp256k1's group.
    const ORDER: [u8; 32] =
        hex_literal::hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    let negated = |signature: [u8; 65]| {
        let mut other = signature;
        let mut borrow = 0i16;
        for at in (0..32).rev() {
            let digit = i16::from(ORDER[at]) - i16::from(signature[32 + at]) - borrow;
            borrow = i16::from(digit < 0);
            other[32 + at] = digit.rem_euclid(256) as u8;
        }
        other[64] ^= 1;
        other
    };
    let offset = |mut signature: [u8; 65]| {
        signature[64] += 27;
        signature
    };
    on_development_chain(|| {
        let bob = Person::new("Robert", Scheme::MlDsa65);
        let pair = ecdsa::Pair::from_string("//Edda", None).unwrap();
        let account: AccountId = sp_runtime::MultiSigner::from(pair.public()).into_account();
        as_root(Call::mark_classical {
            account: account.clone(),
        });
        let edda = Person {
            account,
            key: Person::new("nobody", Scheme::MlDsa44).key,
        }
        .with_balance(10 * QLK);
        let draft = Draft::of(&edda, transfer(&bob.account, QLK));
        let good = pair.sign(&draft.payload()).0;
        for other in [negated(good), offset(good), offset(negated(good))] {
            assert_refused(
                draft.with(AccountSignature::Ecdsa(other)),
                Refusal::InvalidSignature,
            );
        }
        assert_lands(draft.with(AccountSignature::Ecdsa(good)));
    });
}

#[test]
fn migration_goes_one_way() {
    on_development_chain(|| {
        let bob = Person::new("Robert", Scheme::MlDsa65);
        let alice = sr25519::Pair::from_string("//Alice", None).unwrap();
        let account: AccountId = alice.public().0.into();
        let migrated = Person {
            account: account.clone(),
            key: Person::new("migrated", Scheme::MlDsa65).key,
        };
        let before = Balances::free_balance(&account);

        let draft = Draft::of(
            &migrated,
            Call::migrate_classical {
                scheme: Scheme::MlDsa65,
                public: migrated.public(),
                proof: migrated.proof_for(&account, 0),
            },
        );
        let signature = AccountSignature::Sr25519(alice.sign(&draft.payload()).0);
        assert_lands(draft.with(signature));

        assert!(!PqSignatures::account_status(&account).classical);
        assert_lands(migrated.sign_short(transfer(&bob.account, QLK)));
        assert!(
            before - Balances::free_balance(&account) < 2 * QLK,
            "the balance stayed with the account"
        );
        assert_refused(
            sr25519_transfer(&alice, &bob.account),
            Refusal::ClassicalNotMarked,
        );
    });
}
