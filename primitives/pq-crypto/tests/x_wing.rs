//! X-Wing against the draft's vectors and against the crate `x-wing`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use proptest::{collection::vec, prelude::*};
use qloak_pq_crypto::kem::{encapsulate, Error, Kem, KemSecretKey};
use sha2::{Digest, Sha256};
use x_wing::{Decapsulate, DecapsulationKey, Decapsulator, KeyExport};

const KEM: Kem = Kem::XWing;

struct Vector {
    seed: &'static str,
    randomness: &'static str,
    secret: &'static str,
    public_sha256: &'static str,
    ciphertext_sha256: &'static str,
}

/// The test vectors of draft-connolly-cfrg-xwing-kem, as the crate `x-wing` 0.1.1 carries them
/// (`tests/test-vectors.json`), with SHA-256 in place of the long values.
const VECTORS: [Vector; 3] = [
    Vector {
        seed: "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
        randomness: "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
        secret: "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384",
        public_sha256: "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
        ciphertext_sha256: "17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33",
    },
    Vector {
        seed: "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
        randomness: "17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdefaee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d",
        secret: "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150",
        public_sha256: "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916",
        ciphertext_sha256: "1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154",
    },
    Vector {
        seed: "ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9",
        randomness: "22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619f90b0cdf8a7b9c264029ac185b70b83f2801f2f4b3f70c593ea3aeeb613a7f1b",
        secret: "953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f",
        public_sha256: "6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95",
        ciphertext_sha256: "d3ca5578500344b5896cffc4fd740c9311946b82951df155e6fd86a7966b43c6",
    },
];

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[test]
fn the_drafts_vectors() {
    for vector in VECTORS {
        let key = KemSecretKey::from_seed(KEM, &hex::decode(vector.seed).unwrap()).unwrap();
        assert_eq!(sha256(key.public_key()), vector.public_sha256);
        let randomness = hex::decode(vector.randomness).unwrap();
        let (ciphertext, secret) = encapsulate(KEM, key.public_key(), &randomness).unwrap();
        assert_eq!(sha256(&ciphertext), vector.ciphertext_sha256);
        assert_eq!(hex::encode(secret.as_bytes()), vector.secret);
        let decapsulated = key.decapsulate(&ciphertext).unwrap();
        assert_eq!(hex::encode(decapsulated.as_bytes()), vector.secret);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn both_implementations_agree(
        seed: [u8; 32],
        randomness in vec(any::<u8>(), 64),
        bit in 0usize..1120 * 8,
    ) {
        let ours = KemSecretKey::from_seed(KEM, &seed).unwrap();
        let other = DecapsulationKey::from(seed);
        let public = other.encapsulation_key();
        prop_assert_eq!(&public.to_bytes()[..], ours.public_key());

        let (ciphertext, secret) = encapsulate(KEM, ours.public_key(), &randomness).unwrap();
        let (by_other, other_secret) =
            public.encapsulate_deterministic(&randomness[..].try_into().unwrap());
        prop_assert_eq!(&by_other[..], &ciphertext[..]);
        prop_assert_eq!(&other_secret[..], &secret.as_bytes()[..]);
        let decapsulated = ours.decapsulate(&ciphertext).unwrap();
        prop_assert_eq!(decapsulated.as_bytes(), secret.as_bytes());

        // A flipped bit makes another secret, the same at both.
        let mut wrong = ciphertext;
        wrong[bit / 8] ^= 1 << (bit % 8);
        let by_ours = ours.decapsulate(&wrong).unwrap();
        let by_other = other.decapsulate(&wrong[..].try_into().unwrap());
        prop_assert_eq!(&by_ours.as_bytes()[..], &by_other[..]);
        // X25519 ignores the top bit of a point, but the combiner hashes all of it.
        prop_assert_ne!(by_ours.as_bytes(), secret.as_bytes());
    }
}

#[test]
fn points_that_contribute_nothing_are_refused() {
    let key = KemSecretKey::from_seed(KEM, &[1; 32]).unwrap();
    let (ciphertext, _) = encapsulate(KEM, key.public_key(), &[2; 64]).unwrap();
    // 0, 1 and a point of order 8 (RFC 7748's curve; all give the zero secret).
    let order_eight = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
    let mut one = [0; 32];
    one[0] = 1;
    for point in [
        [0; 32],
        one,
        hex::decode(order_eight).unwrap().try_into().unwrap(),
    ] {
        let public = [&key.public_key()[..1184], &point[..]].concat();
        assert_eq!(
            encapsulate(KEM, &public, &[2; 64]).unwrap_err(),
            Error::MalformedPublicKey { kem: KEM }
        );
        let wrong = [&ciphertext[..1088], &point[..]].concat();
        assert_eq!(
            key.decapsulate(&wrong).unwrap_err(),
            Error::MalformedCiphertext { kem: KEM }
        );
    }
}

#[test]
fn a_malformed_half_is_refused() {
    let key = KemSecretKey::from_seed(KEM, &[1; 32]).unwrap();
    let mut public = key.public_key().to_vec();
    public[..3].fill(0xff);
    assert_eq!(
        encapsulate(KEM, &public, &[2; 64]).unwrap_err(),
        Error::MalformedPublicKey { kem: KEM }
    );
}

#[test]
fn wrong_lengths_are_refused_by_name() {
    let key = KemSecretKey::from_seed(KEM, &[1; 32]).unwrap();
    for found in [0, 31, 33, 63, 1119, 1121, 1215, 1217] {
        let bytes = vec![0; found];
        assert_eq!(
            KemSecretKey::from_seed(KEM, &bytes).unwrap_err(),
            Error::SeedLength {
                kem: KEM,
                expected: 32,
                found
            }
        );
        assert_eq!(
            encapsulate(KEM, &bytes, &[2; 64]).unwrap_err(),
            Error::PublicKeyLength {
                kem: KEM,
                expected: 1216,
                found
            }
        );
        assert_eq!(
            encapsulate(KEM, key.public_key(), &bytes).unwrap_err(),
            Error::RandomnessLength {
                kem: KEM,
                expected: 64,
                found
            }
        );
        assert_eq!(
            key.decapsulate(&bytes).unwrap_err(),
            Error::CiphertextLength {
                kem: KEM,
                expected: 1120,
                found
            }
        );
    }
}

#[test]
fn the_table_is_what_comes_out() {
    for (index, kem) in Kem::ALL.into_iter().enumerate() {
        let p = kem.parameters();
        let key = KemSecretKey::from_seed(kem, &vec![9; p.seed_bytes]).unwrap();
        assert_eq!(key.kem(), kem);
        assert_eq!(key.public_key().len(), p.public_bytes);
        assert_eq!(key.expose_seed(), vec![9; p.seed_bytes]);
        let randomness = vec![8; p.randomness_bytes];
        let (ciphertext, secret) = encapsulate(kem, key.public_key(), &randomness).unwrap();
        assert_eq!(ciphertext.len(), p.ciphertext_bytes);
        assert_eq!(kem.to_string().parse::<Kem>().unwrap(), kem);
        assert_eq!(codec::Encode::encode(&kem), [index as u8]);

        assert_eq!(format!("{secret:?}"), "SharedSecret(32 bytes)");
        assert_eq!(
            format!("{key:?}"),
            format!(
                "KemSecretKey({kem}, seed of {} bytes, public key of {} bytes)",
                p.seed_bytes, p.public_bytes
            )
        );
    }
    let error = "y".repeat(1000).parse::<Kem>().unwrap_err();
    assert_eq!(error.name, "y".repeat(32));
}
