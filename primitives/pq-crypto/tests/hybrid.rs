//! The hybrid scheme stands only with both halves, made for each other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use ed25519_dalek::{Signer, SigningKey};
use qloak_pq_crypto::{
    context::Context,
    scheme::Scheme,
    signing::{
        verify, verify_portable, verify_with_context_bytes, Error, Implementation, Randomness,
        SecretKey,
    },
};

const SCHEME: Scheme = Scheme::HybridEd25519MlDsa65;
const USE: Context = Context::Transaction;

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(SCHEME, &[seed; 32]).unwrap()
}

fn sign(key: &SecretKey, message: &[u8]) -> Vec<u8> {
    key.sign(USE, message, Randomness::Deterministic).unwrap()
}

fn refused(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let invalid = Err(Error::InvalidSignature { scheme: SCHEME });
    verify(SCHEME, public, USE, message, signature) == invalid
        && verify_portable(SCHEME, public, USE, message, signature) == invalid
}

/// What both halves sign, written down a second time.
fn bound(public: &[u8], context: &[u8], message: &[u8]) -> Vec<u8> {
    let length = [context.len() as u8];
    [b"qloak/hybrid/v1", &length[..], context, public, message].concat()
}

#[test]
fn breaking_either_half_breaks_the_signature() {
    let key = key(1);
    let signature = sign(&key, b"pay");
    assert!(verify(SCHEME, key.public_key(), USE, b"pay", &signature).is_ok());
    for at in [0, 31, 32, 63, 64, 64 + 48, 2000, 3372] {
        let mut broken = signature.clone();
        broken[at] ^= 1;
        assert!(refused(key.public_key(), b"pay", &broken), "byte {at}");
    }
    for half in [0..64, 64..3373] {
        let mut broken = signature.clone();
        broken[half].fill(0);
        assert!(refused(key.public_key(), b"pay", &broken));
    }
}

#[test]
fn halves_of_two_messages_do_not_mix() {
    let key = key(1);
    let (one, two) = (sign(&key, b"one"), sign(&key, b"two"));
    let mixed = [&one[..64], &two[64..]].concat();
    assert!(refused(key.public_key(), b"one", &mixed));
    assert!(refused(key.public_key(), b"two", &mixed));
}

#[test]
fn halves_of_two_uses_do_not_mix() {
    let key = key(1);
    let pay = sign(&key, b"same");
    let seal = key
        .sign(Context::Seal, b"same", Randomness::Deterministic)
        .unwrap();
    assert!(refused(
        key.public_key(),
        b"same",
        &[&pay[..64], &seal[64..]].concat()
    ));
    assert!(refused(
        key.public_key(),
        b"same",
        &[&seal[..64], &pay[64..]].concat()
    ));
}

#[test]
fn halves_of_two_keys_do_not_mix() {
    let (alice, bob) = (key(1), key(2));
    let (by_alice, by_bob) = (sign(&alice, b"pay"), sign(&bob, b"pay"));
    // A key that shares a half with each: both halves of the signature are genuine, for others.
    let public = [&alice.public_key()[..32], &bob.public_key()[32..]].concat();
    let signature = [&by_alice[..64], &by_bob[64..]].concat();
    assert!(refused(&public, b"pay", &signature));
    assert!(refused(alice.public_key(), b"pay", &signature));
    assert!(refused(bob.public_key(), b"pay", &signature));
}

#[test]
fn the_ml_dsa_half_is_no_plain_signature() {
    let key = key(1);
    let half = &sign(&key, b"pay")[64..];
    let public = &key.public_key()[32..];
    let bound = bound(key.public_key(), USE.as_bytes(), b"pay");
    for context in Context::ALL {
        for message in [&b"pay"[..], &bound] {
            assert!(verify(Scheme::MlDsa65, public, context, message, half).is_err());
        }
    }
    // It is what the documentation says it is.
    assert_eq!(
        verify_with_context_bytes(
            Implementation::Portable,
            Scheme::MlDsa65,
            public,
            b"qloak/hybrid/v1/qloak/tx/v1",
            &bound,
            half
        ),
        Ok(())
    );
}

#[test]
fn the_ed25519_half_is_no_plain_signature() {
    let key = key(1);
    let half = <[u8; 64]>::try_from(&sign(&key, b"pay")[..64]).unwrap();
    let half = ed25519_dalek::Signature::from_bytes(&half);
    let public = <[u8; 32]>::try_from(&key.public_key()[..32]).unwrap();
    let public = ed25519_dalek::VerifyingKey::from_bytes(&public).unwrap();
    assert!(public.verify_strict(b"pay", &half).is_err());
    // It is what the documentation says it is.
    let bound = bound(key.public_key(), USE.as_bytes(), b"pay");
    assert!(public.verify_strict(&bound, &half).is_ok());
}

#[test]
fn plain_signatures_make_no_hybrid_one() {
    let ed25519 = SigningKey::from_bytes(&[3; 32]);
    let ml_dsa = SecretKey::from_seed(Scheme::MlDsa65, &[4; 32]).unwrap();
    let public = [&ed25519.verifying_key().to_bytes()[..], ml_dsa.public_key()].concat();
    let bound = bound(&public, USE.as_bytes(), b"pay");
    let plain = |message: &[u8]| {
        ml_dsa
            .sign(USE, message, Randomness::Deterministic)
            .unwrap()
    };
    let ed25519_half = ed25519.sign(&bound).to_bytes();
    for ml_dsa_half in [plain(b"pay"), plain(&bound)] {
        let signature = [&ed25519_half[..], &ml_dsa_half].concat();
        assert!(refused(&public, b"pay", &signature));
    }
}
