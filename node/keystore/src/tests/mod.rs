#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod files;
mod votes;

use crate::{
    folder::{self, KeyFolder},
    key_file::KeyRecord,
    secret_file, secret_uri,
    secret_uri::UriError,
    signing_context, Error, PqKeystore,
};
use polkadot_sdk::{
    sp_application_crypto::{key_types, AppCrypto},
    sp_core::{
        crypto::{ByteArray, KeyTypeId, SecretString},
        ed25519, sr25519, Pair as _,
    },
    sp_keystore::Keystore,
};
use qloak_pq_crypto::{
    account,
    authority::{self, aura},
    context::Context,
    derive,
    signing::{self, SecretKey},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use zeroize::Zeroizing;

const AURA: KeyTypeId = key_types::AURA;
const ALICE: &str = "//Alice//aura";

fn password(text: &str) -> Option<SecretString> {
    Some(SecretString::new(text.to_owned()))
}

fn id_of(suri: &str) -> [u8; 32] {
    let key = SecretKey::from_seed(authority::SCHEME, &secret_uri::parse(suri).unwrap()).unwrap();
    account::authority_id(authority::SCHEME, key.public_key())
}

fn key_path(root: &Path, id: &[u8; 32]) -> PathBuf {
    root.join(folder::NAME)
        .join(folder::file_name(&(AURA, *id)))
}

/// A keystore folder that holds Alice's key.
fn with_alice(passphrase: Option<SecretString>) -> (TempDir, PathBuf, [u8; 32]) {
    let root = tempfile::tempdir().unwrap();
    let id = id_of(ALICE);
    PqKeystore::open(root.path(), passphrase)
        .unwrap()
        .insert_key(AURA, ALICE, &id)
        .unwrap();
    let path = key_path(root.path(), &id);
    (root, path, id)
}

fn open_error(root: &TempDir, passphrase: Option<SecretString>) -> Error {
    PqKeystore::open(root.path(), passphrase)
        .err()
        .expect("the keystore opened")
}

fn rewrite(path: &Path, change: impl FnOnce(String) -> String) {
    let content = change(fs::read_to_string(path).unwrap());
    fs::write(path, content).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

// Signing

#[test]
fn a_signature_verifies_as_a_seal_and_as_nothing_else() {
    let keystore = PqKeystore::in_memory();
    let id = keystore
        .insert_seed(AURA, secret_uri::parse(ALICE).unwrap())
        .unwrap();
    let bytes = keystore
        .sign_with(AURA, aura::AuthorityId::CRYPTO_ID, &id, b"header")
        .unwrap()
        .expect("the key is there");
    assert_eq!(bytes.len(), authority::SIGNATURE_BYTES);

    let public = aura::AuthorityId::from_slice(&id).unwrap();
    let signature = aura::AuthoritySignature::try_from(&bytes[..]).unwrap();
    assert!(aura::AuthorityPair::verify(&signature, b"header", &public));
    assert!(!aura::AuthorityPair::verify(
        &signature,
        b"another header",
        &public
    ));

    let (key, raw) = bytes.split_at(authority::KEY_BYTES);
    for context in Context::ALL {
        let verified = signing::verify(authority::SCHEME, key, context, b"header", raw).is_ok();
        assert_eq!(verified, context == Context::Seal, "{context:?}");
    }
}

#[test]
fn signatures_are_deterministic_across_reopening() {
    let (root, _, id) = with_alice(None);
    let sign = || {
        let keystore = PqKeystore::open(root.path(), None).unwrap();
        keystore.sign(AURA, &id, b"vote").unwrap().unwrap()
    };
    assert_eq!(sign(), sign());
}

#[test]
fn only_known_key_types_sign() {
    assert_eq!(signing_context(AURA), Some(Context::Seal));
    assert_eq!(signing_context(key_types::GRANDPA), Some(Context::Vote));
    let babe = key_types::BABE;
    assert_eq!(signing_context(babe), None);

    let keystore = PqKeystore::in_memory();
    let id = id_of(ALICE);
    let error = keystore.insert_key(babe, ALICE, &id).unwrap_err();
    assert!(
        matches!(error, Error::UnsupportedKeyType(found) if found == babe),
        "{error}"
    );
    assert!(error.to_string().contains("'babe'"), "{error}");
}

#[test]
fn a_key_signs_for_its_own_purpose_only() {
    // A vote key that is asked for a seal: same id, wrong purpose.
    let keystore = PqKeystore::in_memory();
    let id = keystore
        .insert_seed(key_types::GRANDPA, secret_uri::parse(ALICE).unwrap())
        .unwrap();
    let seal_purpose = aura::AuthorityId::CRYPTO_ID;
    assert!(keystore
        .sign_with(key_types::GRANDPA, seal_purpose, &id, b"m")
        .is_err());
    assert!(keystore.sign(AURA, &id, b"m").unwrap().is_none());
}

#[test]
fn an_unknown_key_signs_nothing_and_a_malformed_id_is_an_error() {
    let keystore = PqKeystore::in_memory();
    let purpose = aura::AuthorityId::CRYPTO_ID;
    assert_eq!(
        keystore.sign_with(AURA, purpose, &[7; 32], b"m").unwrap(),
        None
    );
    assert!(keystore.sign_with(AURA, purpose, &[7; 31], b"m").is_err());
}

#[test]
fn many_threads_insert_and_sign_the_same_keys() {
    let root = tempfile::tempdir().unwrap();
    let keystore = Arc::new(PqKeystore::open(root.path(), None).unwrap());
    let names = ["//a", "//b", "//c"];
    let expected: Vec<_> = names.iter().map(|name| id_of(name)).collect();
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let (keystore, expected) = (keystore.clone(), expected.clone());
            scope.spawn(move || {
                let index = thread % names.len();
                keystore
                    .insert_key(AURA, names[index], &expected[index])
                    .unwrap();
                let signature = keystore.sign(AURA, &expected[index], b"m").unwrap();
                assert!(signature.is_some());
            });
        }
    });
    let mut sorted = expected;
    sorted.sort_unstable();
    assert_eq!(keystore.authority_ids(AURA).unwrap(), sorted);
    let files = fs::read_dir(root.path().join(folder::NAME))
        .unwrap()
        .count();
    assert_eq!(files, names.len(), "temporary files are gone");
}

// Inserting

#[test]
fn a_key_survives_reopening() {
    let (root, _, id) = with_alice(None);
    let keystore = PqKeystore::open(root.path(), None).unwrap();
    assert!(keystore.has_keys(&[(id.to_vec(), AURA)]));
    assert_eq!(keystore.keys(AURA).unwrap(), vec![id.to_vec()]);
    assert!(!keystore.has_keys(&[(id.to_vec(), key_types::GRANDPA)]));
}

#[test]
fn a_key_inserted_by_another_process_is_found_without_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let running = PqKeystore::open(root.path(), None).unwrap();
    let id = id_of(ALICE);
    assert!(!running.has_keys(&[(id.to_vec(), AURA)]));
    PqKeystore::open(root.path(), None)
        .unwrap()
        .insert_key(AURA, ALICE, &id)
        .unwrap();
    assert!(running.has_keys(&[(id.to_vec(), AURA)]));
    assert!(running.sign(AURA, &id, b"m").unwrap().is_some());
}

#[test]
fn inserting_twice_changes_nothing() {
    let (root, path, id) = with_alice(None);
    let before = fs::read(&path).unwrap();
    PqKeystore::open(root.path(), None)
        .unwrap()
        .insert_key(AURA, ALICE, &id)
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn ephemeral_keys_leave_no_file() {
    let root = tempfile::tempdir().unwrap();
    let keystore = PqKeystore::open(root.path(), None).unwrap();
    let id = keystore
        .insert_ephemeral(AURA, secret_uri::parse(ALICE).unwrap())
        .unwrap();
    assert!(keystore.has_keys(&[(id.to_vec(), AURA)]));
    assert!(!key_path(root.path(), &id).exists());
}

#[test]
fn a_raw_seed_a_phrase_and_the_development_phrase_are_understood() {
    let seed = secret_uri::parse(ALICE).unwrap();
    let raw = format!("0x{}", hex::encode(*seed));
    assert_eq!(id_of(&raw), id_of(ALICE));
    assert_eq!(
        id_of(&format!("{}{ALICE}", derive::DEV_PHRASE)),
        id_of(ALICE)
    );
    assert_ne!(id_of("//Alice"), id_of(ALICE));
}

#[test]
fn a_raw_seed_has_children_too() {
    let raw = format!("0x{}", "11".repeat(32));
    let child = format!("{raw}//aura");
    assert_ne!(id_of(&raw), id_of(&child));
    assert_ne!(id_of(&child), id_of(&format!("{raw}//grandpa")));
    assert_eq!(id_of(&child), id_of(&format!(" {child}\n")));
}

#[test]
fn a_secret_of_another_public_key_is_refused() {
    let keystore = PqKeystore::in_memory();
    let error = keystore
        .insert_key(AURA, ALICE, &id_of("//Bob//aura"))
        .unwrap_err();
    assert!(matches!(error, Error::PublicMismatch { .. }), "{error}");
    assert!(keystore.keys(AURA).unwrap().is_empty());
    assert!(Keystore::insert(&keystore, AURA, ALICE, &id_of("//Bob//aura")).is_err());
}

#[test]
fn classical_keys_go_to_the_classical_keystore() {
    let root = tempfile::tempdir().unwrap();
    for keystore in [
        PqKeystore::in_memory(),
        PqKeystore::open(root.path(), None).unwrap(),
    ] {
        let sr25519 = sr25519::Pair::from_string("//Alice", None)
            .unwrap()
            .public();
        keystore.insert_key(AURA, "//Alice", &sr25519.0).unwrap();
        assert_eq!(keystore.sr25519_public_keys(AURA), vec![sr25519]);
        assert!(keystore
            .sr25519_sign(AURA, &sr25519, b"m")
            .unwrap()
            .is_some());
        assert!(keystore.authority_ids(AURA).unwrap().is_empty());

        // Passwords in the secret are classical only.
        let ed25519 = ed25519::Pair::from_string("//Alice///pass", None)
            .unwrap()
            .public();
        let gran = key_types::GRANDPA;
        keystore
            .insert_key(gran, "//Alice///pass", &ed25519.0)
            .unwrap();
        assert!(keystore
            .sign_with(gran, ed25519::CRYPTO_ID, &ed25519.0, b"m")
            .unwrap()
            .is_some());
    }
}

#[test]
fn unusable_secrets_say_what_is_wrong() {
    let check = |suri: &str, expected: &str| {
        let error = secret_uri::parse(suri)
            .err()
            .unwrap_or_else(|| panic!("{suri} was accepted"));
        assert!(error.to_string().contains(expected), "{suri}: {error}");
    };
    check("  ", "empty");
    check("0x1234", "64 hexadecimal digits");
    check(&format!("0x{}", "g".repeat(64)), "64 hexadecimal digits");
    check("0x1234//aura", "64 hexadecimal digits");
    check(&format!("0x{}/soft", "11".repeat(32)), "soft");
    check(
        &format!("0x{}///password", "11".repeat(32)),
        "not supported",
    );
    check("//Alice///secret", "not supported");
    check("//Alice/soft", "soft");
    check("abandon abandon", "word count");
    check(&format!("{} qloak", "abandon ".repeat(11)), "unknown word");
    check(&"abandon ".repeat(12), "checksum");
    assert_eq!(
        secret_uri::parse(&"a".repeat(secret_uri::MAX_URI_BYTES + 1)),
        Err(UriError::TooLong)
    );
}

#[test]
fn generated_phrases_make_keys() {
    let (first, second) = (
        secret_uri::generate_phrase().unwrap(),
        secret_uri::generate_phrase().unwrap(),
    );
    assert_ne!(*first, *second);
    assert_eq!(first.split(' ').count(), 24);
    assert!(secret_uri::parse(&first).is_ok());
}
