//! Every ML-DSA implementation that the workspace runs (libcrux with vector instructions, and its
//! portable code) against each other and against one that it does not run, `fips204`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use fips204::traits::{KeyGen, SerDes, Signer, Verifier};
use proptest::{collection::vec, prelude::*};
use qloak_pq_crypto::{
    scheme::Scheme,
    signing::{verify_with_context_bytes, Implementation, Randomness, SecretKey},
};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

macro_rules! parameter_set {
    ($name:ident, $scheme:expr, $Signing:ident) => {
        mod $name {
            use super::*;
            use fips204::$name as independent;
            use libcrux_ml_dsa::$name::{portable, $Signing};

            const SCHEME: Scheme = $scheme;

            /// What the independent implementation says of any bytes.
            fn independent_accepts(
                public: &[u8],
                context: &[u8],
                message: &[u8],
                signature: &[u8],
            ) -> bool {
                let (Ok(public), Ok(signature)) = (public.try_into(), signature.try_into()) else {
                    return false;
                };
                independent::PublicKey::try_from_bytes(public)
                    .is_ok_and(|key| key.verify(message, &signature, context))
            }

            /// Whether all accept; they must agree.
            fn judged(public: &[u8], context: &[u8], message: &[u8], signature: &[u8]) -> bool {
                let ours = |implementation| {
                    verify_with_context_bytes(
                        implementation,
                        SCHEME,
                        public,
                        context,
                        message,
                        signature,
                    )
                };
                let fastest = ours(Implementation::Fastest);
                assert_eq!(fastest, ours(Implementation::Portable));
                let accepted = independent_accepts(public, context, message, signature);
                assert_eq!(fastest.is_ok(), accepted);
                accepted
            }

            fn signed(seed: u8) -> (Vec<u8>, Vec<u8>) {
                let key = SecretKey::from_seed(SCHEME, &[seed; 32]).unwrap();
                let signature = key
                    .sign_with_context_bytes(b"use", b"message", &Randomness::Deterministic)
                    .unwrap();
                (key.public_key().to_vec(), signature)
            }

            #[test]
            fn keys_and_signatures_are_the_same_bytes() {
                proptest!(config(32), |(
                    seed: [u8; 32],
                    rnd: [u8; 32],
                    message in vec(any::<u8>(), 0..300),
                    context in vec(any::<u8>(), 0..=255),
                )| {
                    let ours = SecretKey::from_seed(SCHEME, &seed).unwrap();
                    let (public, secret) = independent::KG::keygen_from_seed(&seed);
                    let public = public.into_bytes();
                    prop_assert_eq!(ours.public_key(), &public[..]);
                    let portable_pair = portable::generate_key_pair(seed);
                    prop_assert_eq!(portable_pair.verification_key.as_slice(), &public[..]);
                    let bytes = secret.clone().into_bytes();
                    prop_assert_eq!(portable_pair.signing_key.as_slice(), &bytes[..]);
                    let portable_key = $Signing::new(bytes);

                    for (rnd, randomness) in [
                        ([0; 32], Randomness::Deterministic),
                        (rnd, Randomness::Hedged(rnd)),
                    ] {
                        let signature = secret.try_sign_with_seed(&rnd, &message, &context).unwrap();
                        let by_ours =
                            ours.sign_with_context_bytes(&context, &message, &randomness).unwrap();
                        prop_assert_eq!(&by_ours[..], &signature[..]);
                        let by_portable =
                            portable::sign(&portable_key, &message, &context, rnd)
                                .ok()
                                .unwrap();
                        prop_assert_eq!(by_portable.as_slice(), &signature[..]);
                        prop_assert!(judged(&public, &context, &message, &signature));
                    }
                });
            }

            #[test]
            fn flipped_bits() {
                let (public, signature) = signed(1);
                assert!(judged(&public, b"use", b"message", &signature));
                let (public_bits, signature_bits) = (public.len() * 8, signature.len() * 8);
                proptest!(config(256), |(
                    in_signature in 0..signature_bits,
                    in_public in 0..public_bits,
                )| {
                    let mut wrong = signature.clone();
                    wrong[in_signature / 8] ^= 1 << (in_signature % 8);
                    prop_assert!(!judged(&public, b"use", b"message", &wrong));
                    let mut wrong = public.clone();
                    wrong[in_public / 8] ^= 1 << (in_public % 8);
                    prop_assert!(!judged(&wrong, b"use", b"message", &signature));
                });
                assert!(!judged(&public, b"Use", b"message", &signature));
                assert!(!judged(&public, b"", b"message", &signature));
                assert!(!judged(&public, b"use", b"Message", &signature));
            }

            /// The hint is the only part of a signature with rules of its own, at its end.
            #[test]
            fn mangled_hints() {
                let (public, signature) = signed(2);
                proptest!(config(256), |(
                    at in 1usize..=90,
                    value: u8,
                    other_at in 1usize..=90,
                )| {
                    let mut wrong = signature.clone();
                    let end = wrong.len();
                    wrong[end - at] = value;
                    let changed = wrong != signature;
                    prop_assert_eq!(judged(&public, b"use", b"message", &wrong), !changed);
                    let mut swapped = signature.clone();
                    swapped.swap(end - at, end - other_at);
                    let changed = swapped != signature;
                    prop_assert_eq!(judged(&public, b"use", b"message", &swapped), !changed);
                });
            }

            #[test]
            fn truncated_and_oversized() {
                let (public, signature) = signed(3);
                let lengths = |full: usize| [0, 1, full / 2, full - 1, full + 1, full * 2];
                for length in lengths(signature.len()) {
                    let mut wrong = signature.clone();
                    wrong.resize(length, 0);
                    assert!(!judged(&public, b"use", b"message", &wrong));
                }
                for length in lengths(public.len()) {
                    let mut wrong = public.clone();
                    wrong.resize(length, 0);
                    assert!(!judged(&wrong, b"use", b"message", &signature));
                }
            }

            #[test]
            fn zero_ones_and_noise() {
                let (public, signature) = signed(4);
                for byte in [0, 0xff] {
                    let zero_signature = vec![byte; signature.len()];
                    let zero_public = vec![byte; public.len()];
                    assert!(!judged(&public, b"use", b"message", &zero_signature));
                    assert!(!judged(&zero_public, b"use", b"message", &signature));
                    assert!(!judged(&zero_public, b"use", b"message", &zero_signature));
                }
                let (public_bytes, signature_bytes) = (public.len(), signature.len());
                proptest!(config(64), |(
                    noise in vec(any::<u8>(), signature_bytes),
                    other in vec(any::<u8>(), public_bytes),
                )| {
                    prop_assert!(!judged(&public, b"use", b"message", &noise));
                    prop_assert!(!judged(&other, b"use", b"message", &signature));
                });
            }
        }
    };
}

parameter_set!(ml_dsa_44, Scheme::MlDsa44, MLDSA44SigningKey);
parameter_set!(ml_dsa_65, Scheme::MlDsa65, MLDSA65SigningKey);
parameter_set!(ml_dsa_87, Scheme::MlDsa87, MLDSA87SigningKey);
