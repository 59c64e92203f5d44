//! X-Wing (draft-connolly-cfrg-xwing-kem), over libcrux's ML-KEM-768 and x25519-dalek.
//!
//! The crate `x-wing` implements the draft over a second ML-KEM and a second curve library; this
//! module reuses those that the workspace has, and the tests hold it against the draft's vectors
//! and against that crate.
//!
//! The draft leaves open whether an X25519 exchange with a point of small order, whose result is
//! zero for everybody, is refused (RFC 7748, section 6.1 permits it). It is refused here: no honest
//! peer sends one.

use super::ml_kem::{mlkem768, Secret};
use alloc::vec::Vec;
use sha3::{
    digest::{ExtendableOutput, Update, XofReader},
    Digest, Sha3_256, Shake256,
};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

/// The draft's label, `\.//^\` in ASCII.
const LABEL: &[u8; 6] = br"\.//^\";
const ML_KEM_PUBLIC_BYTES: usize = 1184;
const ML_KEM_CIPHERTEXT_BYTES: usize = 1088;
const ML_KEM_RANDOMNESS_BYTES: usize = 32;

/// Both halves; each wipes itself when dropped.
pub(super) struct SecretKey {
    ml_kem: mlkem768::SecretKey,
    x25519: StaticSecret,
    x25519_public: PublicKey,
}

/// expandDecapsulationKey of the draft: SHAKE256 of the seed gives `d ‖ z` and the X25519 key.
pub(super) fn generate(seed: &[u8; 32]) -> (SecretKey, Vec<u8>) {
    let mut hasher = Shake256::default();
    Update::update(&mut hasher, seed);
    let mut reader = hasher.finalize_xof();
    let mut ml_kem_seed = Zeroizing::new([0; 64]);
    let mut x25519_seed = Zeroizing::new([0; 32]);
    reader.read(ml_kem_seed.as_mut());
    reader.read(x25519_seed.as_mut());
    let (ml_kem, mut public) = mlkem768::generate(&ml_kem_seed);
    let x25519 = StaticSecret::from(*x25519_seed);
    let x25519_public = PublicKey::from(&x25519);
    public.extend_from_slice(x25519_public.as_bytes());
    let secret = SecretKey {
        ml_kem,
        x25519,
        x25519_public,
    };
    (secret, public)
}

/// EncapsulateDerand of the draft: the first half of the randomness is for ML-KEM, the second is
/// the ephemeral X25519 key. `None` if the bytes are no key.
pub(super) fn encapsulate(public: &[u8], randomness: &[u8]) -> Option<(Vec<u8>, Secret)> {
    let (ml_kem_public, x25519_public) = public.split_at_checked(ML_KEM_PUBLIC_BYTES)?;
    let (ml_kem_randomness, ephemeral) = randomness.split_at_checked(ML_KEM_RANDOMNESS_BYTES)?;
    let x25519_public = point(x25519_public)?;
    let ephemeral = Zeroizing::new(<[u8; 32]>::try_from(ephemeral).ok()?);
    let ephemeral = StaticSecret::from(*ephemeral);
    let shared = ephemeral.diffie_hellman(&x25519_public);
    if !shared.was_contributory() {
        return None;
    }
    let (mut ciphertext, ml_kem_secret) = mlkem768::encapsulate(ml_kem_public, ml_kem_randomness)?;
    let ephemeral_public = PublicKey::from(&ephemeral);
    ciphertext.extend_from_slice(ephemeral_public.as_bytes());
    let secret = combine(
        &ml_kem_secret,
        shared.as_bytes(),
        &ephemeral_public,
        &x25519_public,
    );
    Some((ciphertext, secret))
}

impl SecretKey {
    /// Decapsulate of the draft. `None` if the ciphertext's point contributes nothing.
    pub(super) fn decapsulate(&self, ciphertext: &[u8]) -> Option<Secret> {
        let (ml_kem, ephemeral_public) = ciphertext.split_at_checked(ML_KEM_CIPHERTEXT_BYTES)?;
        let ephemeral_public = point(ephemeral_public)?;
        let shared = self.x25519.diffie_hellman(&ephemeral_public);
        if !shared.was_contributory() {
            return None;
        }
        let ml_kem_secret = self.ml_kem.decapsulate(ml_kem)?;
        Some(combine(
            &ml_kem_secret,
            shared.as_bytes(),
            &ephemeral_public,
            &self.x25519_public,
        ))
    }
}

fn point(bytes: &[u8]) -> Option<PublicKey> {
    <[u8; 32]>::try_from(bytes).ok().map(PublicKey::from)
}

/// Combiner of the draft: SHA3-256 of both secrets, the X25519 ciphertext and key, and the label.
/// ML-KEM's ciphertext and key are left out because its own hashing binds them.
fn combine(
    ml_kem_secret: &Secret,
    x25519_secret: &[u8; 32],
    x25519_ciphertext: &PublicKey,
    x25519_public: &PublicKey,
) -> Secret {
    let mut hasher = Sha3_256::new();
    Digest::update(&mut hasher, ml_kem_secret.as_slice());
    Digest::update(&mut hasher, x25519_secret);
    Digest::update(&mut hasher, x25519_ciphertext.as_bytes());
    Digest::update(&mut hasher, x25519_public.as_bytes());
    Digest::update(&mut hasher, LABEL);
    Zeroizing::new(hasher.finalize().into())
}
