//! FN-DSA-512, by the crate `fn-dsa`. The module above says which draft that is.

use super::{Randomness, Verdict};
use crate::expand::Expanded;
use alloc::{boxed::Box, vec, vec::Vec};
use fn_dsa::{
    sign_key_size, signature_size, vrfy_key_size, DomainContext, KeyPairGenerator,
    KeyPairGenerator512, SigningKey, SigningKey512, VerifyingKey, VerifyingKey512, FN_DSA_LOGN_512,
    HASH_ID_RAW,
};
use zeroize::Zeroizing;

/// The encoded signing key. Signing decodes it each time: the decoded form is 60 kB of secrets
/// and scratch space, which the signer needs to itself.
pub(super) struct SecretKey(Zeroizing<Vec<u8>>);

/// Key generation from the stream that the seed expands to.
pub(super) fn generate(seed: &[u8; 32]) -> (SecretKey, Vec<u8>) {
    let mut secret = Zeroizing::new(vec![0; sign_key_size(FN_DSA_LOGN_512)]);
    let mut public = vec![0; vrfy_key_size(FN_DSA_LOGN_512)];
    let mut rng = Expanded::new(b"fn-dsa-512", seed);
    Box::<KeyPairGenerator512>::default().keygen(
        FN_DSA_LOGN_512,
        &mut rng,
        &mut secret,
        &mut public,
    );
    (SecretKey(secret), public)
}

impl SecretKey {
    /// The library hashes the signing key, the message representative and 40 bytes of its
    /// generator into the nonce and the sampler's seed; with constant bytes the signature is
    /// deterministic and the nonce is still the key holder's secret choice.
    pub(super) fn sign(
        &self,
        context: &[u8],
        message: &[u8],
        randomness: &Randomness,
    ) -> Option<Vec<u8>> {
        let mut rng = match randomness {
            Randomness::Deterministic => Expanded::new(b"fn-dsa-512 deterministic", &[]),
            Randomness::Hedged(bytes) => Expanded::new(b"fn-dsa-512 hedge", bytes),
        };
        let mut signature = vec![0; signature_size(FN_DSA_LOGN_512)];
        SigningKey512::decode(&self.0)?.sign(
            &mut rng,
            &DomainContext(context),
            &HASH_ID_RAW,
            message,
            &mut signature,
        )?;
        Some(signature)
    }
}

/// Verification. A key whose coefficients are not all below q, or with another header, is none.
pub(super) fn verify(public: &[u8], context: &[u8], message: &[u8], signature: &[u8]) -> Verdict {
    match VerifyingKey512::decode(public) {
        Some(key) => Verdict::from_valid(key.verify(
            signature,
            &DomainContext(context),
            &HASH_ID_RAW,
            message,
        )),
        None => Verdict::MalformedPublicKey,
    }
}
