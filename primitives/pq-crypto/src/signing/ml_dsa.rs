//! ML-DSA (FIPS 204), by libcrux: with vector instructions natively, where the machine has them,
//! and by its portable code in WASM.
//!
//! PQClean's AVX2 code (`pqcrypto-mldsa` 0.1.2) takes less than two thirds of the time and is not
//! used. It leaves out the bound on `z` and so accepts signatures that FIPS 204 refuses, and it refuses
//! some that FIPS 204 accepts (`UseHint` where `r0` is zero). Both were reported against its
//! origin, as issue 113 of pq-crystals/dilithium, and Wycheproof has vectors for both; the test
//! `ml_dsa_wycheproof.rs` shows what they do to it.

use super::{Randomness, Verdict};
use alloc::{boxed::Box, vec::Vec};
use zeroize::Zeroize;

/// A parameter set: its module here and in libcrux, and libcrux's types for it.
macro_rules! parameter_set {
    ($name:ident, $Signing:ident, $Verification:ident, $Signature:ident) => {
        pub(super) mod $name {
            use super::*;
            use libcrux_ml_dsa::$name::{self as libcrux, $Signature, $Signing, $Verification};

            /// The expanded key of FIPS 204, on the heap, wiped when dropped.
            pub(in crate::signing) struct SecretKey(Box<$Signing>);

            impl Drop for SecretKey {
                fn drop(&mut self) {
                    self.0.as_mut_slice().zeroize();
                }
            }

            /// ML-DSA.KeyGen with the seed as ξ.
            pub(in crate::signing) fn generate(seed: &[u8; 32]) -> (SecretKey, Vec<u8>) {
                let mut pair = libcrux::generate_key_pair(*seed);
                let secret = SecretKey(Box::new(pair.signing_key.clone()));
                pair.signing_key.as_mut_slice().zeroize();
                (secret, pair.verification_key.as_slice().to_vec())
            }

            impl SecretKey {
                /// ML-DSA.Sign; `rnd` is zero for a deterministic signature (FIPS 204, 3.4).
                pub(in crate::signing) fn sign(
                    &self,
                    context: &[u8],
                    message: &[u8],
                    randomness: &Randomness,
                ) -> Option<Vec<u8>> {
                    let rnd = match randomness {
                        Randomness::Deterministic => [0; 32],
                        Randomness::Hedged(bytes) => *bytes,
                    };
                    libcrux::sign(&self.0, message, context, rnd)
                        .ok()
                        .map(|signature| signature.as_slice().to_vec())
                }
            }

            /// ML-DSA.Verify by libcrux without vector instructions.
            pub(in crate::signing) fn verify_portable(
                public: &[u8],
                context: &[u8],
                message: &[u8],
                signature: &[u8],
            ) -> Verdict {
                let (Ok(public), Ok(signature)) = (public.try_into(), signature.try_into()) else {
                    return Verdict::Invalid;
                };
                let public = $Verification::new(public);
                let signature = $Signature::new(signature);
                let result = libcrux::portable::verify(&public, message, context, &signature);
                Verdict::from_valid(result.is_ok())
            }

            /// ML-DSA.Verify by libcrux with AVX2 or NEON where the machine has them.
            #[cfg(feature = "std")]
            pub(in crate::signing) fn verify_native(
                public: &[u8],
                context: &[u8],
                message: &[u8],
                signature: &[u8],
            ) -> Verdict {
                let (Ok(public), Ok(signature)) = (public.try_into(), signature.try_into()) else {
                    return Verdict::Invalid;
                };
                let public = $Verification::new(public);
                let signature = $Signature::new(signature);
                let result = libcrux::verify(&public, message, context, &signature);
                Verdict::from_valid(result.is_ok())
            }
        }
    };
}

parameter_set!(
    ml_dsa_44,
    MLDSA44SigningKey,
    MLDSA44VerificationKey,
    MLDSA44Signature
);
parameter_set!(
    ml_dsa_65,
    MLDSA65SigningKey,
    MLDSA65VerificationKey,
    MLDSA65Signature
);
parameter_set!(
    ml_dsa_87,
    MLDSA87SigningKey,
    MLDSA87VerificationKey,
    MLDSA87Signature
);
