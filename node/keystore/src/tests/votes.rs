//! Vote keys: GRANDPA signs with them in every round.

use super::{id_of, password};
use crate::{secret_uri::UriError, signing_context, validator_keys, PqKeystore};
use polkadot_sdk::{
    sp_application_crypto::{key_types, AppCrypto},
    sp_core::{
        crypto::{ByteArray, KeyTypeId},
        Pair as _,
    },
    sp_keystore::Keystore,
};
use qloak_pq_crypto::{
    authority::{self, aura, context_of, grandpa},
    context::Context,
    signing,
};
use std::fs;

const GRAN: KeyTypeId = key_types::GRANDPA;
const PURPOSE: polkadot_sdk::sp_core::crypto::CryptoTypeId = grandpa::AuthorityId::CRYPTO_ID;
const ALICE: &str = "//Alice//grandpa";

#[test]
fn the_vote_purpose_is_known_by_its_ids() {
    assert_eq!(PURPOSE.0, *b"mlvo");
    assert_eq!(grandpa::AuthorityId::ID, GRAN);
    assert_eq!(context_of(PURPOSE), Some(Context::Vote));
    assert_eq!(signing_context(GRAN), Some(Context::Vote));
}

#[test]
fn a_signature_verifies_as_a_vote_and_as_nothing_else() {
    let keystore = PqKeystore::in_memory();
    let id = id_of(ALICE);
    keystore.insert_key(GRAN, ALICE, &id).unwrap();
    let bytes = keystore
        .sign_with(GRAN, PURPOSE, &id, b"vote")
        .unwrap()
        .expect("the key is there");

    let public = grandpa::AuthorityId::from_slice(&id).unwrap();
    let signature = grandpa::AuthoritySignature::try_from(&bytes[..]).unwrap();
    let verify = |message| grandpa::AuthorityPair::verify(&signature, message, &public);
    assert!(verify(b"vote"));
    assert!(!verify(b"Vote"));

    let (key, raw) = bytes.split_at(authority::KEY_BYTES);
    for context in Context::ALL {
        let verified = signing::verify(authority::SCHEME, key, context, b"vote", raw).is_ok();
        assert_eq!(verified, context == Context::Vote, "{context:?}");
    }
}

#[test]
fn votes_and_seals_are_never_signed_with_the_others_key() {
    let keystore = PqKeystore::in_memory();
    let [seal, vote] = ["//Alice//aura", ALICE].map(id_of);
    keystore
        .insert_key(key_types::AURA, "//Alice//aura", &seal)
        .unwrap();
    keystore.insert_key(GRAN, ALICE, &vote).unwrap();
    let seal_purpose = aura::AuthorityId::CRYPTO_ID;
    assert!(keystore
        .sign_with(key_types::AURA, PURPOSE, &seal, b"m")
        .is_err());
    assert!(keystore.sign_with(GRAN, seal_purpose, &vote, b"m").is_err());
    let absent = keystore.sign_with(GRAN, PURPOSE, &seal, b"m").unwrap();
    assert!(absent.is_none(), "the key of another type");
}

#[test]
fn a_vote_is_signed_alike_before_and_after_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let id = id_of(ALICE);
    let sign = || {
        let keystore = PqKeystore::open(root.path(), None).unwrap();
        keystore.insert_key(GRAN, ALICE, &id).unwrap();
        keystore.sign_with(GRAN, PURPOSE, &id, b"vote").unwrap()
    };
    assert_eq!(sign(), sign());
}

/// With the file gone, only the cache can sign. Reading an encrypted file takes a fifth of a second.
#[test]
fn a_key_is_read_from_its_file_once() {
    let root = tempfile::tempdir().unwrap();
    let id = id_of(ALICE);
    let open = || PqKeystore::open(root.path(), password("open sesame")).unwrap();
    open().insert_key(GRAN, ALICE, &id).unwrap();
    let keystore = open();
    fs::remove_dir_all(root.path().join(crate::folder::NAME)).unwrap();
    for message in [b"first", b"other"] {
        let signature = keystore.sign_with(GRAN, PURPOSE, &id, message).unwrap();
        assert!(signature.is_some());
    }
    assert!(keystore.has_keys(&[(id.to_vec(), GRAN)]));
}

#[test]
fn a_validators_secret_makes_a_key_for_each_duty() {
    let [(first, aura), (second, vote)] = validator_keys::derive("//Alice\n").unwrap();
    assert_eq!((first, second), (key_types::AURA, GRAN));
    let keystore = PqKeystore::in_memory();
    let id = |key_type, seed| keystore.insert_seed(key_type, seed).unwrap();
    assert_eq!(id(first, aura), id_of("//Alice//aura"));
    assert_eq!(id(second, vote), id_of("//Alice//grandpa"));

    let raw = format!("0x{}", "22".repeat(32));
    let [(_, aura), (_, vote)] = validator_keys::derive(&raw).unwrap();
    assert_ne!(aura, vote);
    assert_ne!(hex::encode(*aura), "22".repeat(32));
}

#[test]
fn what_is_no_validators_secret_is_refused() {
    for (secret, error) in [
        ("//Alice//aura", UriError::OneKey("//aura")),
        ("//Alice//grandpa\n", UriError::OneKey("//grandpa")),
        (" \n", UriError::Empty),
        ("0x1234", UriError::RawSeed),
        ("//Alice///password", UriError::Password),
    ] {
        assert_eq!(validator_keys::derive(secret), Err(error), "{secret}");
    }
    assert!(matches!(
        validator_keys::derive("//Alice/soft"),
        Err(UriError::Path(_))
    ));
    assert!(matches!(
        validator_keys::derive("not a phrase"),
        Err(UriError::Phrase(_))
    ));
}
