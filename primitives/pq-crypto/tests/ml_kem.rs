//! ML-KEM-768 and -1024 against Wycheproof's vectors, and every implementation that the workspace
//! runs (libcrux, with vector instructions and portable) against two that it does not: `ml-kem`
//! and PQClean's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use ml_kem::{Decapsulate, FromSeed, KeyExport, TryKeyInit};
use pqcrypto_traits::kem::{Ciphertext as _, SecretKey as _, SharedSecret as _};
use proptest::{collection::vec, prelude::*};
use qloak_pq_crypto::kem::{encapsulate, Error, Kem, KemSecretKey};
use wycheproof::{
    mlkem::{TestName, TestSet},
    TestResult,
};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

fn valid(result: TestResult) -> bool {
    match result {
        TestResult::Valid => true,
        TestResult::Invalid => false,
        TestResult::Acceptable => panic!("ML-KEM leaves nothing to taste"),
    }
}

/// Each test of a set that `run` can express, which it says by returning true; how many ran.
fn count(name: TestName, run: impl Fn(&wycheproof::mlkem::Test) -> bool) -> usize {
    let set = TestSet::load(name).unwrap();
    let tests = set.test_groups.iter().flat_map(|group| &group.tests);
    tests.filter(|test| run(test)).count()
}

/// From a seed to a shared secret. A ciphertext that was tampered with has a secret too.
fn decapsulation(kem: Kem, name: TestName) -> usize {
    count(name, |test| {
        let seed = test.seed.as_ref().unwrap();
        let key = KemSecretKey::from_seed(kem, seed);
        if !valid(test.result) {
            let refused = match &key {
                Ok(key) => key.decapsulate(test.ct.as_ref().unwrap()).is_err(),
                Err(_) => true,
            };
            assert!(refused, "{kem} {}", test.tc_id);
            return true;
        }
        let key = key.unwrap();
        if let Some(public) = &test.encaps_key {
            assert_eq!(key.public_key(), &public[..]);
        }
        let secret = key.decapsulate(test.ct.as_ref().unwrap()).unwrap();
        let expected = test.shared_secret.as_ref().unwrap();
        assert_eq!(secret.as_bytes()[..], expected[..], "{kem} {}", test.tc_id);
        true
    })
}

fn encapsulation(kem: Kem, name: TestName) -> usize {
    count(name, |test| {
        let public = test.encaps_key.as_ref().unwrap();
        let result = encapsulate(kem, public, test.msg.as_ref().unwrap());
        if valid(test.result) {
            let (ciphertext, secret) = result.unwrap();
            assert_eq!(ciphertext, test.ct.as_ref().unwrap()[..]);
            assert_eq!(
                secret.as_bytes()[..],
                test.shared_secret.as_ref().unwrap()[..]
            );
        } else {
            assert!(result.is_err(), "{kem} {} {}", test.tc_id, test.comment);
        }
        true
    })
}

fn key_generation(kem: Kem, name: TestName) -> usize {
    count(name, |test| {
        let key = KemSecretKey::from_seed(kem, test.seed.as_ref().unwrap());
        if valid(test.result) {
            let public = test.encaps_key.as_ref().unwrap();
            assert_eq!(key.unwrap().public_key(), &public[..]);
        } else {
            assert!(key.is_err());
        }
        true
    })
}

#[test]
fn wycheproof() {
    use TestName::*;
    assert_eq!(decapsulation(Kem::MlKem768, MlKem768), 201);
    assert_eq!(decapsulation(Kem::MlKem1024, MlKem1024), 202);
    assert_eq!(encapsulation(Kem::MlKem768, MlKem768Encaps), 265);
    assert_eq!(encapsulation(Kem::MlKem1024, MlKem1024Encaps), 269);
    assert_eq!(key_generation(Kem::MlKem768, MlKem768KeyGenSeed), 100);
    assert_eq!(key_generation(Kem::MlKem1024, MlKem1024KeyGenSeed), 100);
}

macro_rules! parameter_set {
    ($name:ident, $kem:expr, $MlKem:ident, $Public:ident, $Private:ident, $Ciphertext:ident) => {
        mod $name {
            use super::*;
            use libcrux_ml_kem::$name::{portable, $Ciphertext, $Private, $Public};
            use ml_kem::$MlKem;
            use pqcrypto_mlkem::$name as pqclean;

            const KEM: Kem = $kem;

            /// The secret that all find in a ciphertext; they must agree.
            fn decapsulated(seed: &[u8; 64], ciphertext: &[u8]) -> [u8; 32] {
                let ours = KemSecretKey::from_seed(KEM, seed).unwrap();
                let secret = *ours.decapsulate(ciphertext).unwrap().as_bytes();

                let portable_keys = portable::generate_key_pair(*seed);
                let expanded = portable_keys.private_key().as_slice();
                let private = $Private::from(expanded);
                let by_portable =
                    portable::decapsulate(&private, &$Ciphertext::try_from(ciphertext).unwrap());
                assert_eq!(by_portable, secret);

                let (independent, public) = $MlKem::from_seed(&(*seed).into());
                assert_eq!(public.to_bytes()[..], *ours.public_key());
                let by_independent = independent.decapsulate(&ciphertext.try_into().unwrap());
                assert_eq!(by_independent[..], secret);

                let pqclean_key = pqclean::SecretKey::from_bytes(&expanded[..]).unwrap();
                let pqclean_ciphertext = pqclean::Ciphertext::from_bytes(ciphertext).unwrap();
                let by_pqclean = pqclean::decapsulate(&pqclean_ciphertext, &pqclean_key);
                assert_eq!(by_pqclean.as_bytes(), secret);
                secret
            }

            /// Whether all take the bytes for a public key; they must agree.
            fn is_key(public: &[u8]) -> bool {
                let ours = encapsulate(KEM, public, &[1; 32]);
                let independent = ml_kem::EncapsulationKey::<$MlKem>::new_from_slice(public);
                assert_eq!(ours.is_ok(), independent.is_ok());
                if let Ok(public) = $Public::try_from(public) {
                    assert_eq!(portable::validate_public_key(&public), ours.is_ok());
                }
                ours.is_ok()
            }

            #[test]
            fn all_agree_on_valid_input() {
                proptest!(config(64), |(seed in vec(any::<u8>(), 64), randomness: [u8; 32])| {
                    let seed: [u8; 64] = seed.try_into().unwrap();
                    let ours = KemSecretKey::from_seed(KEM, &seed).unwrap();
                    let (ciphertext, secret) =
                        encapsulate(KEM, ours.public_key(), &randomness).unwrap();

                    let public = $Public::try_from(ours.public_key()).unwrap();
                    let (by_portable, portable_secret) =
                        portable::encapsulate(&public, randomness);
                    prop_assert_eq!(&by_portable.as_slice()[..], &ciphertext[..]);
                    prop_assert_eq!(&portable_secret, secret.as_bytes());

                    let (_, public) = $MlKem::from_seed(&seed.into());
                    let (by_independent, independent_secret) =
                        public.encapsulate_deterministic(&randomness.into());
                    prop_assert_eq!(&by_independent[..], &ciphertext[..]);
                    prop_assert_eq!(&independent_secret[..], &secret.as_bytes()[..]);

                    prop_assert_eq!(&decapsulated(&seed, &ciphertext), secret.as_bytes());
                });
            }

            #[test]
            fn all_agree_on_damaged_ciphertexts() {
                let seed = [3; 64];
                let ours = KemSecretKey::from_seed(KEM, &seed).unwrap();
                let (ciphertext, secret) = encapsulate(KEM, ours.public_key(), &[4; 32]).unwrap();
                let bytes = ciphertext.len();
                proptest!(config(128), |(bit in 0..bytes * 8)| {
                    let mut wrong = ciphertext.clone();
                    wrong[bit / 8] ^= 1 << (bit % 8);
                    // Implicit rejection: another secret, and no error.
                    prop_assert_ne!(&decapsulated(&seed, &wrong), secret.as_bytes());
                });
                for byte in [0, 0xff] {
                    assert_ne!(&decapsulated(&seed, &vec![byte; bytes]), secret.as_bytes());
                }
            }

            #[test]
            fn all_agree_on_public_keys() {
                let ours = KemSecretKey::from_seed(KEM, &[5; 64]).unwrap();
                let public = ours.public_key();
                assert!(is_key(public));
                assert!(is_key(&vec![0; public.len()]));
                assert!(!is_key(&vec![0xff; public.len()]));
                let coefficients = (public.len() - 32) / 3 * 2;
                let refused = std::cell::Cell::new(0);
                proptest!(config(128), |(at in 0..coefficients, value in 3300u16..3360)| {
                    // Twelve bits each, two in three bytes.
                    let mut changed = public.to_vec();
                    let byte = at / 2 * 3;
                    if at % 2 == 0 {
                        changed[byte] = value as u8;
                        changed[byte + 1] = changed[byte + 1] & 0xf0 | (value >> 8) as u8;
                    } else {
                        changed[byte + 1] = changed[byte + 1] & 0x0f | ((value & 0xf) as u8) << 4;
                        changed[byte + 2] = (value >> 4) as u8;
                    }
                    prop_assert_eq!(is_key(&changed), value < 3329);
                    refused.set(refused.get() + usize::from(value >= 3329));
                });
                assert!(refused.get() > 0);
            }

            #[test]
            fn wrong_lengths_are_refused_by_name() {
                let parameters = KEM.parameters();
                let ours = KemSecretKey::from_seed(KEM, &[5; 64]).unwrap();
                for found in [0, 1, 31, 32, 63, 65, 1087, 1089, 1183, 1185, 1 << 16] {
                    let bytes = vec![0; found];
                    let error = KemSecretKey::from_seed(KEM, &bytes).unwrap_err();
                    let expected = parameters.seed_bytes;
                    assert_eq!(error, Error::SeedLength { kem: KEM, expected, found });
                    let error = encapsulate(KEM, &bytes, &[0; 32]).unwrap_err();
                    let expected = parameters.public_bytes;
                    assert_eq!(error, Error::PublicKeyLength { kem: KEM, expected, found });
                    assert!(ml_kem::EncapsulationKey::<$MlKem>::new_from_slice(&bytes).is_err());
                    let error = ours.decapsulate(&bytes).unwrap_err();
                    let expected = parameters.ciphertext_bytes;
                    assert_eq!(error, Error::CiphertextLength { kem: KEM, expected, found });
                    let expected = parameters.randomness_bytes;
                    if found != expected {
                        let error = encapsulate(KEM, ours.public_key(), &bytes).unwrap_err();
                        assert_eq!(error, Error::RandomnessLength { kem: KEM, expected, found });
                    }
                }
            }
        }
    };
}

parameter_set!(
    mlkem768,
    Kem::MlKem768,
    MlKem768,
    MlKem768PublicKey,
    MlKem768PrivateKey,
    MlKem768Ciphertext
);
parameter_set!(
    mlkem1024,
    Kem::MlKem1024,
    MlKem1024,
    MlKem1024PublicKey,
    MlKem1024PrivateKey,
    MlKem1024Ciphertext
);
