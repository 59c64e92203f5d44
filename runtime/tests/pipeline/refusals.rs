//! Every way in which a signature is refused, each with its own reason. None of them changes the
//! state or costs the account anything (`assert_refused` sees to that).

use codec::{Decode, Encode};
use pallet_pq_signatures::{Call, Refusal, SchemeStatus};
use polkadot_sdk::*;
use qloak_pq_crypto::{
    account_signature::{AccountSignature, Form},
    context::Context,
    scheme::Scheme,
};
use qloak_runtime::{constants::currency::QLK, UncheckedExtrinsic};

use sp_runtime::transaction_validity::{InvalidTransaction, TransactionSource};

use crate::chain::*;

fn people(scheme: Scheme) -> (Person, Person) {
    (Person::funded("Alice", scheme), Person::new("Bob", scheme))
}

fn flip(bytes: &mut [u8], at: usize) {
    bytes[at] ^= 1;
}

/// The fault: verifying false signatures of accounts that there are not took a node 4 ms each.
#[test]
fn a_signer_without_an_account_is_refused_before_its_signature_is_verified() {
    on_development_chain(|| {
        let nobody = Person::new("Nobody", Scheme::SlhDsaShake128f);
        let draft = Draft::of(&nobody, transfer(&distinct(1).into(), QLK));
        let good = draft.raw_signature(Form::WithKey);
        let mut bad = good.clone();
        flip(&mut bad, 1_000);
        for signature in [good, bad] {
            let extrinsic = draft.in_form(Form::WithKey, signature);
            let cannot_pay = InvalidTransaction::Payment.into();
            let in_pool = validate_from(TransactionSource::External, extrinsic.clone());
            assert_eq!(in_pool.unwrap_err(), cannot_pay);
            assert_eq!(apply(extrinsic).unwrap_err(), cannot_pay);
        }
    });
}

#[test]
fn one_bit_of_the_signature() {
    for scheme in Scheme::ALL {
        on_development_chain(|| {
            let (alice, bob) = people(scheme);
            let draft = Draft::of(&alice, transfer(&bob.account, QLK));
            let good = draft.raw_signature(Form::WithKey);
            for at in [1, good.len() / 2, good.len() - 100] {
                let mut signature = good.clone();
                flip(&mut signature, at);
                assert_refused(
                    draft.in_form(Form::WithKey, signature),
                    Refusal::InvalidSignature,
                );
            }
        });
    }
}

#[test]
fn one_bit_of_the_key() {
    for scheme in Scheme::ALL {
        on_development_chain(|| {
            let (alice, bob) = people(scheme);
            let draft = Draft::of(&alice, transfer(&bob.account, QLK));
            let mut key = alice.key.public_key().to_vec();
            flip(&mut key, 7);
            let signature = draft.raw_signature(Form::WithKey);
            let signature = AccountSignature::new(scheme, Some(key), signature).unwrap();
            assert_refused(draft.with(signature), Refusal::KeyMismatch);
        });
    }
}

#[test]
fn one_bit_of_the_payload() {
    on_development_chain(|| {
        let (alice, bob) = people(Scheme::MlDsa65);
        let signed = Draft::of(&alice, transfer(&bob.account, QLK));
        let AccountSignature::MlDsa65WithKey { .. } = signature_of(&signed.attached()) else {
            panic!("variant")
        };
        // The amount, the recipient, the nonce: the signature is of the transaction before the change.
        let more = Draft::of(&alice, transfer(&bob.account, QLK + 1));
        assert_refused(
            more.with(signature_of(&signed.attached())),
            Refusal::InvalidSignature,
        );
        let other = Draft::of(&alice, transfer(&distinct(1).into(), QLK));
        assert_refused(
            other.with(signature_of(&signed.attached())),
            Refusal::InvalidSignature,
        );
        let mut later = Draft::of(&alice, transfer(&bob.account, QLK));
        later.nonce += 1;
        assert_refused(
            later.with(signature_of(&signed.attached())),
            Refusal::InvalidSignature,
        );
    });
}

fn signature_of(extrinsic: &UncheckedExtrinsic) -> AccountSignature {
    match &extrinsic.wire().preamble {
        sp_runtime::generic::Preamble::Signed(_, signature, _) => signature.clone(),
        _ => panic!("not signed"),
    }
}

/// Whoever relays a transaction must not be able to attach the key to a signature that came without
/// it, or to take it away: the signer would pay for other bytes than he signed.
#[test]
fn a_signature_in_the_other_form() {
    for scheme in Scheme::ALL {
        on_development_chain(|| {
            let (alice, bob) = people(scheme);
            assert_lands(alice.sign(transfer(&bob.account, QLK)));
            let draft = Draft::of(&alice, transfer(&bob.account, QLK));
            let [attached, registered] = Form::ALL.map(|form| draft.raw_signature(form));
            let swapped = [
                draft.in_form(Form::WithKey, registered.clone()),
                draft.in_form(Form::Registered, attached),
            ];
            swapped
                .into_iter()
                .for_each(|extrinsic| assert_refused(extrinsic, Refusal::InvalidSignature));
            // Nothing but the form was wrong.
            assert_lands(draft.in_form(Form::Registered, registered));
        });
    }
}

/// Two accounts may have one key: rotation, recovery and migration take any. Whoever is paid by one of
/// them must not be paid by the other too, by putting its address into the transaction.
#[test]
fn a_transfer_of_one_account_in_the_name_of_another_with_the_same_key() {
    for scheme in [Scheme::MlDsa65, Scheme::HybridEd25519MlDsa65] {
        on_development_chain(|| {
            let (alice, bob) = people(scheme);
            let carol = Person::funded("Carol", Scheme::MlDsa44);
            let carol_now = carol.with_key(people(scheme).0.key);
            assert_lands(carol.sign(Call::rotate_key {
                scheme,
                public: alice.public(),
                proof: alice.proof_for(&carol.account, 1),
            }));
            while alice.nonce() < carol_now.nonce() {
                assert_lands(alice.sign(transfer(&bob.account, QLK)));
            }
            assert_eq!(alice.nonce(), carol_now.nonce());
            for form in Form::ALL {
                let draft = Draft::of(&alice, transfer(&bob.account, QLK));
                let signature = draft.raw_signature(form);
                let renamed = Draft::of(&carol_now, transfer(&bob.account, QLK));
                assert_refused(
                    renamed.in_form(form, signature.clone()),
                    Refusal::InvalidSignature,
                );
                // Nothing but the name was wrong.
                assert_lands(draft.in_form(form, signature));
                assert_lands(renamed.in_form(form, renamed.raw_signature(form)));
            }
        });
    }
}

/// A key that signs the extrinsic format's payload without any form is of neither.
#[test]
fn a_signature_without_form_and_account() {
    on_development_chain(|| {
        let (alice, bob) = people(Scheme::MlDsa65);
        assert_lands(alice.sign(transfer(&bob.account, QLK)));
        let draft = Draft::of(&alice, transfer(&bob.account, QLK));
        let signature = alice.order(Context::Transaction, &draft.payload());
        for form in Form::ALL {
            assert_refused(
                draft.in_form(form, signature.to_vec()),
                Refusal::InvalidSignature,
            );
        }
    });
}

#[test]
fn a_signature_made_for_anything_but_a_transaction() {
    for context in Context::ALL
        .into_iter()
        .filter(|context| *context != Context::Transaction)
    {
        on_development_chain(|| {
            let (alice, bob) = people(Scheme::MlDsa65);
            let mut draft = Draft::of(&alice, transfer(&bob.account, QLK));
            draft.context = context;
            assert_refused(draft.attached(), Refusal::InvalidSignature);
        });
    }
}

/// The seal of a block is a signature of a 32-byte hash; so may be a transaction's. Were it not for
/// the context, an authority whose account uses the same key could have its seals replayed.
#[test]
fn a_seal_replayed_as_a_transaction() {
    use qloak_pq_crypto::authority::{Pair, Seal, KEY_BYTES};
    use sp_core::Pair as _;
    on_development_chain(|| {
        let (alice, bob) = people(Scheme::MlDsa65);
        let seed = qloak_pq_crypto::derive::dev_seed(Scheme::MlDsa65, "Alice");
        let authority = Pair::<Seal>::from_seed(&seed);
        let draft = Draft::of(&alice, transfer(&bob.account, QLK));
        let seal = authority
            .try_sign(&draft.message(Form::WithKey))
            .unwrap()
            .encode();
        let (key, signature) = seal.split_at(KEY_BYTES);
        assert_eq!(key, alice.key.public_key());
        let replayed =
            AccountSignature::new(Scheme::MlDsa65, Some(key.to_vec()), signature.to_vec()).unwrap();
        assert_refused(draft.with(replayed), Refusal::InvalidSignature);
    });
}

#[test]
fn a_key_or_signature_of_the_wrong_length() {
    for scheme in Scheme::ALL {
        on_development_chain(|| {
            let (alice, bob) = people(scheme);
            let draft = Draft::of(&alice, transfer(&bob.account, QLK));
            let key = alice.key.public_key().to_vec();
            let signature = draft.raw_signature(Form::WithKey);
            let short = |bytes: &[u8]| bytes[..bytes.len() - 1].to_vec();
            for (key, signature) in [
                (Some(short(&key)), signature.clone()),
                (Some(key), short(&signature)),
                (None, short(&signature)),
                (None, vec![]),
            ] {
                let signature = AccountSignature::new(scheme, key, signature).unwrap();
                assert_refused(draft.with(signature), Refusal::MalformedLength);
            }
        });
    }
}

#[test]
fn a_short_signature_of_an_unregistered_account() {
    on_development_chain(|| {
        let (alice, bob) = people(Scheme::MlDsa65);
        assert_refused(
            alice.sign_short(transfer(&bob.account, QLK)),
            Refusal::KeyNotRegistered,
        );
    });
}

#[test]
fn somebody_elses_key() {
    on_development_chain(|| {
        let (alice, bob) = people(Scheme::MlDsa65);
        let thief = alice.with_key(Person::new("Eve", Scheme::MlDsa65).key);
        assert_refused(
            thief.sign(transfer(&bob.account, QLK)),
            Refusal::KeyMismatch,
        );
        assert_lands(alice.sign(transfer(&bob.account, QLK)));
        assert_refused(
            thief.sign(transfer(&bob.account, QLK)),
            Refusal::KeyMismatch,
        );
        assert_refused(
            thief.sign_short(transfer(&bob.account, QLK)),
            Refusal::InvalidSignature,
        );
    });
}

#[test]
fn a_disabled_scheme_until_it_is_enabled_again() {
    on_development_chain(|| {
        let (alice, bob) = people(Scheme::FnDsa512);
        let set = |status| {
            as_root(Call::set_scheme_status {
                scheme: Scheme::FnDsa512,
                status,
            })
        };
        set(SchemeStatus::Disabled);
        assert_refused(
            alice.sign(transfer(&bob.account, QLK)),
            Refusal::SchemeDisabled,
        );
        set(SchemeStatus::Enabled);
        assert_lands(alice.sign(transfer(&bob.account, QLK)));
        set(SchemeStatus::Disabled);
        assert_refused(
            alice.sign_short(transfer(&bob.account, QLK)),
            Refusal::SchemeDisabled,
        );
    });
}

#[test]
fn a_deprecated_scheme_after_its_last_block() {
    on_development_chain(|| {
        let (alice, bob) = people(Scheme::MlDsa44);
        as_root(Call::set_scheme_status {
            scheme: Scheme::MlDsa44,
            status: SchemeStatus::Deprecated { until: 3 },
        });
        assert_lands(alice.sign(transfer(&bob.account, QLK)));
        jump_to_block(3);
        assert_lands_in_this_block(alice.sign(transfer(&bob.account, QLK)));
        jump_to_block(4);
        assert_refused(
            alice.sign(transfer(&bob.account, QLK)),
            Refusal::SchemeDeprecated,
        );
    });
}

#[test]
fn truncated_and_oversized_extrinsics_do_not_decode() {
    on_development_chain(|| {
        let (alice, bob) = people(Scheme::MlDsa65);
        let encoded = alice.sign(transfer(&bob.account, QLK)).encode();
        for length in (0..encoded.len()).step_by(97) {
            assert!(
                UncheckedExtrinsic::decode(&mut &encoded[..length]).is_err(),
                "{length} bytes"
            );
        }
        // The length prefix promises more, or less, than is there.
        for claimed in [0u32, 100, 1 << 29] {
            let mut lying = codec::Compact(claimed).encode();
            lying.extend_from_slice(&encoded[2..]);
            assert!(
                UncheckedExtrinsic::decode(&mut &lying[..]).is_err(),
                "claims {claimed}"
            );
        }
    });
}
