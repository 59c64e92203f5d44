//! Ed25519 and ML-DSA-65, of which both must verify.
//!
//! Public key: the Ed25519 key (32 bytes) ‖ the ML-DSA-65 key (1,952 bytes). Signature: the
//! Ed25519 signature (64 bytes) ‖ the ML-DSA-65 signature (3,309 bytes). Both halves sign
//!
//! ```text
//! "qloak/hybrid/v1" ‖ len(context) ‖ context ‖ Ed25519 key ‖ ML-DSA-65 key ‖ message
//! ```
//!
//! with the context's length in one byte, and the ML-DSA half does so under the FIPS 204 context
//! `"qloak/hybrid/v1/" ‖ context`. Why a half is of no use on its own:
//!
//! * *To the other key or another pair of keys*: the signed bytes contain both public keys, so a
//!   half made under one pair verifies under no pair in which either key differs.
//! * *As a plain ML-DSA-65 signature*, should someone use one key for both schemes: no
//!   [`Context`](crate::context::Context) begins with `qloak/hybrid/v1/`, and FIPS 204 hashes the
//!   context with its length.
//! * *As a plain Ed25519 signature*, likewise: Ed25519 has no context, so the separation is in the
//!   bytes. What a classical account signs here is at most 256 bytes long (longer payloads are
//!   hashed to 32); these are at least 2,000.
//! * *The other way round*, for the same reasons: a plain signature is over other bytes.
//!
//! So an attacker needs to forge under both schemes, for the very same bytes.
//!
//! Ed25519 is verified strictly: a key or nonce point of small order is refused, and with it the
//! signatures that verify for every message.

use super::{ml_dsa::ml_dsa_65, Implementation, Randomness, Verdict};
use crate::expand::Expanded;
use alloc::{boxed::Box, vec::Vec};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

const TAG: &[u8] = b"qloak/hybrid/v1";
const ML_DSA_CONTEXT_PREFIX: &[u8] = b"qloak/hybrid/v1/";
const ED25519_PUBLIC_BYTES: usize = 32;
const ED25519_SIGNATURE_BYTES: usize = 64;

/// Both halves; each wipes itself when dropped.
pub(super) struct SecretKey {
    ed25519: Box<SigningKey>,
    ml_dsa: ml_dsa_65::SecretKey,
}

/// The two keys, from two seeds expanded from one.
pub(super) fn generate(seed: &[u8; 32]) -> (SecretKey, Vec<u8>) {
    let mut expanded = Expanded::new(b"hybrid-ed25519-ml-dsa-65", seed);
    let mut ed25519_seed = Zeroizing::new([0; 32]);
    let mut ml_dsa_seed = Zeroizing::new([0; 32]);
    expanded.fill(ed25519_seed.as_mut());
    expanded.fill(ml_dsa_seed.as_mut());
    let ed25519 = Box::new(SigningKey::from_bytes(&ed25519_seed));
    let (ml_dsa, ml_dsa_public) = ml_dsa_65::generate(&ml_dsa_seed);
    let mut public = ed25519.verifying_key().to_bytes().to_vec();
    public.extend_from_slice(&ml_dsa_public);
    (SecretKey { ed25519, ml_dsa }, public)
}

impl SecretKey {
    pub(super) fn sign(
        &self,
        public: &[u8],
        context: &[u8],
        message: &[u8],
        randomness: &Randomness,
    ) -> Option<Vec<u8>> {
        let bound = bound_message(public, context, message);
        let mut signature = self.ed25519.sign(&bound).to_bytes().to_vec();
        let ml_dsa = self
            .ml_dsa
            .sign(&ml_dsa_context(context), &bound, randomness)?;
        signature.extend_from_slice(&ml_dsa);
        Some(signature)
    }
}

pub(super) fn verify(
    implementation: Implementation,
    public: &[u8],
    context: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Verdict {
    let (Some((ed25519_public, ml_dsa_public)), Some((ed25519_signature, ml_dsa_signature))) = (
        public.split_first_chunk::<ED25519_PUBLIC_BYTES>(),
        signature.split_first_chunk::<ED25519_SIGNATURE_BYTES>(),
    ) else {
        return Verdict::Invalid;
    };
    let key = match VerifyingKey::from_bytes(ed25519_public) {
        Ok(key) if !key.is_weak() => key,
        _ => return Verdict::MalformedPublicKey,
    };
    let bound = bound_message(public, context, message);
    let ed25519_signature = Signature::from_bytes(ed25519_signature);
    if key.verify_strict(&bound, &ed25519_signature).is_err() {
        return Verdict::Invalid;
    }
    let verify_ml_dsa = match implementation {
        #[cfg(feature = "std")]
        Implementation::Fastest => ml_dsa_65::verify_native,
        _ => ml_dsa_65::verify_portable,
    };
    verify_ml_dsa(
        ml_dsa_public,
        &ml_dsa_context(context),
        &bound,
        ml_dsa_signature,
    )
}

fn bound_message(public: &[u8], context: &[u8], message: &[u8]) -> Vec<u8> {
    // A context is at most 255 bytes long: the caller has checked.
    let length = [context.len() as u8];
    [TAG, &length, context, public, message].concat()
}

fn ml_dsa_context(context: &[u8]) -> Vec<u8> {
    [ML_DSA_CONTEXT_PREFIX, context].concat()
}
