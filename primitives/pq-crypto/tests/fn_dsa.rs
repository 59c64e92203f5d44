//! FN-DSA-512 against published digests, and against a second verifier that Falcon's reference code
//! vouches for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use fn_dsa::{
    compute_mu, hashed_vrfykey_from_vrfykey, sign_key_size, CryptoRng, DomainContext,
    KeyPairGenerator, KeyPairGenerator512, RngCore, RngError, SigningKey, SigningKey512,
    FN_DSA_LOGN_512, HASH_ID_RAW, HASH_ID_SHA3_256,
};
use pqcrypto_falcon::falconpadded512 as falcon;
use pqcrypto_traits::sign::{DetachedSignature, PublicKey};
use proptest::prelude::*;
use qloak_pq_crypto::{
    context::Context,
    scheme::Scheme,
    signing::{verify, verify_with_context_bytes, Error, Implementation, Randomness, SecretKey},
};
use sha3::{
    digest::{ExtendableOutput, Update, XofReader},
    Digest, Sha3_256, Shake256,
};

const SCHEME: Scheme = Scheme::FnDsa512;

/// SHA3-256 of signing key, verifying key and signature, for degree 512: published with the crate
/// `fn-dsa` 0.4.0 (`src/lib.rs`, `KAT`), which says how seeds and messages are made.
const PUBLISHED: [&str; 10] = [
    "71009cd3bc68f5061608ab541e9ae27ba0263c42fad97c112825075176d539d0",
    "70d8e2492da097f5407459eb9e3d58697855984e305032973a49709d208ddf1d",
    "91807eec4fc11be204e0bb48d6cc5968dd4dd4e1e886370ddb0c95458d9b68f0",
    "ded7d5c6392f0e16926a8e535b3bdb8b0fb4dc6dfd108ce8229c8ce6a378e965",
    "7c6a265c4b6732dccbb2fcc872be4546709285f8ed13902d7adfef2fb006d513",
    "c4afc6d00b2560fe567a1fab088d8b5e35774d4154a638fc5e4a10cc587aa798",
    "e3a0d6f8aba1c5658e053234fa0526f0d6c05f33fece73965871376a1f9039fc",
    "56d822207747b7c8bd47914482d63609e303bfa380b795b9f0f74cc0728ed040",
    "4021a79b26e2b5ad8603b1ec203a0de7177bbb2c4f7e046be5438842dcef30ad",
    "2ecca13d10dc658e0915bc42a8687d2aa7605c8670a2ca5c67e480487eaa0281",
];

/// A generator that hands out given bytes and no more.
struct Tape<'a>(&'a [u8]);

impl RngCore for Tape<'_> {
    fn next_u32(&mut self) -> u32 {
        unreachable!("fn-dsa draws bytes only")
    }
    fn next_u64(&mut self) -> u64 {
        unreachable!("fn-dsa draws bytes only")
    }
    fn fill_bytes(&mut self, out: &mut [u8]) {
        let (head, rest) = self.0.split_at(out.len());
        out.copy_from_slice(head);
        self.0 = rest;
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), RngError> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Tape<'_> {}

#[test]
fn published_digests_are_reproduced_and_verify_here() {
    let mut verified = 0;
    for (index, published) in PUBLISHED.into_iter().enumerate() {
        let mut hasher = Shake256::default();
        Update::update(&mut hasher, &[9, index as u8, 0, 0, 0]);
        let mut reader = hasher.finalize_xof();
        let (mut key_seed, mut signing_seed) = ([0; 32], [0; 40]);
        reader.read(&mut key_seed);
        reader.read(&mut signing_seed);

        let mut secret = [0; sign_key_size(FN_DSA_LOGN_512)];
        let (mut public, mut signature) = ([0; 897], [0; 666]);
        KeyPairGenerator512::default().keygen(
            FN_DSA_LOGN_512,
            &mut Tape(&key_seed),
            &mut secret,
            &mut public,
        );
        let domain = DomainContext(b"domain");
        let mut key = SigningKey512::decode(&secret).unwrap();
        let mut tape = Tape(&signing_seed);
        if index % 2 == 0 {
            key.sign(&mut tape, &domain, &HASH_ID_RAW, b"message", &mut signature)
        } else {
            let digest = Sha3_256::digest(b"message");
            key.sign(
                &mut tape,
                &domain,
                &HASH_ID_SHA3_256,
                &digest,
                &mut signature,
            )
        }
        .unwrap();

        let digest = Sha3_256::new()
            .chain_update(secret)
            .chain_update(public)
            .chain_update(signature)
            .finalize();
        assert_eq!(hex::encode(digest), published, "vector {index}");

        let verdict = verify_with_context_bytes(
            Implementation::Fastest,
            SCHEME,
            &public,
            b"domain",
            b"message",
            &signature,
        );
        // The odd ones are of a hashed message, which this interface does not have.
        if index % 2 == 0 {
            assert_eq!(verdict, Ok(()));
            verified += 1;
        } else {
            assert_eq!(verdict, Err(Error::InvalidSignature { scheme: SCHEME }));
        }
    }
    assert_eq!(verified, 5);
}

/// The 64 bytes that are signed in the message's place.
fn representative(public: &[u8], context: Context, message: &[u8]) -> [u8; 64] {
    compute_mu(
        &hashed_vrfykey_from_vrfykey(public),
        &DomainContext(context.as_bytes()),
        &HASH_ID_RAW,
        message,
    )
}

/// Falcon-512's verification, written from the specification: slow, plain, and for either format,
/// which is all that separates Falcon 1.2 from the draft that this crate follows.
mod reference {
    use super::*;

    const N: usize = 512;
    const Q: i64 = 12289;
    const BOUND: i64 = 34_034_726;

    #[derive(Clone, Copy)]
    pub enum Format {
        /// Falcon 1.2: big-endian, the public key by its coefficients.
        Falcon,
        /// The crate `fn-dsa` 0.4: little-endian, the public key by its values.
        Draft,
    }

    struct Bits<'a> {
        bytes: &'a [u8],
        at: usize,
        format: Format,
    }

    impl Bits<'_> {
        fn bit(&mut self) -> Option<u32> {
            let byte = *self.bytes.get(self.at / 8)?;
            let shift = match self.format {
                Format::Falcon => 7 - self.at % 8,
                Format::Draft => self.at % 8,
            };
            self.at += 1;
            Some(u32::from(byte >> shift & 1))
        }

        fn number(&mut self, width: u32) -> Option<i64> {
            (0..width).try_fold(0, |number, index| {
                let bit = i64::from(self.bit()?);
                Some(match self.format {
                    Format::Falcon => number << 1 | bit,
                    Format::Draft => number | bit << index,
                })
            })
        }

        /// Golomb-Rice: sign, seven low bits, the high part in unary.
        fn compressed(&mut self) -> Option<i64> {
            let negative = self.number(1)? == 1;
            let mut magnitude = self.number(7)?;
            while self.bit()? == 0 {
                magnitude += 128;
            }
            match (negative, magnitude) {
                (true, 0) => None,
                (true, _) => Some(-magnitude),
                (false, _) => Some(magnitude),
            }
        }

        fn rest_is_zero(mut self) -> bool {
            std::iter::from_fn(|| self.bit()).all(|bit| bit == 0)
        }
    }

    fn hash_to_point(format: Format, nonce: &[u8], message: &[u8]) -> Vec<i64> {
        let mut hasher = Shake256::default();
        Update::update(&mut hasher, nonce);
        Update::update(&mut hasher, message);
        let mut reader = hasher.finalize_xof();
        let mut point = Vec::new();
        while point.len() < N {
            let mut bytes = [0; 2];
            reader.read(&mut bytes);
            let word = i64::from(match format {
                Format::Falcon => u16::from_be_bytes(bytes),
                Format::Draft => u16::from_le_bytes(bytes),
            });
            if word < 5 * Q {
                point.push(word % Q);
            }
        }
        point
    }

    /// The representative of a residue nearest to zero.
    fn centred(residue: i64) -> i64 {
        let residue = residue.rem_euclid(Q);
        if residue > Q / 2 {
            residue - Q
        } else {
            residue
        }
    }

    /// s2·h modulo x^512 + 1, both given by their coefficients.
    fn product_of_coefficients(s2: &[i64], h: &[i64]) -> Vec<i64> {
        let mut product = vec![0; N];
        for (i, a) in s2.iter().enumerate() {
            for (j, b) in h.iter().enumerate() {
                let sign = if i + j < N { 1 } else { -1 };
                product[(i + j) % N] += sign * a * b;
            }
        }
        product
    }

    fn power(base: i64, exponent: usize) -> i64 {
        (0..exponent).fold(1, |power, _| power * base % Q)
    }

    /// The same, with h given by its values at the 512 roots of x^512 + 1, which are the odd
    /// powers of 7² = 49 in the order that halving the polynomial ring in two leaves them.
    fn product_with_values(s2: &[i64], h: &[i64]) -> Vec<i64> {
        let inverse_of_n = power(N as i64, Q as usize - 2);
        let mut product = vec![0; N];
        for (index, value) in h.iter().enumerate() {
            let half = ((256 + index / 2) as u16).reverse_bits() >> 6;
            let root = power(7, usize::from(half)) * if index % 2 == 0 { 1 } else { -1 };
            let at_root = s2.iter().rev().fold(0, |sum, a| (sum * root + a) % Q);
            let scaled = at_root * value % Q * inverse_of_n % Q;
            // Interpolation: the coefficient of x^j gathers value · root^-j / n.
            let inverse = power(root.rem_euclid(Q), Q as usize - 2);
            let mut term = scaled;
            for coefficient in &mut product {
                *coefficient += term;
                term = term * inverse % Q;
            }
        }
        product
    }

    pub fn accepts(format: Format, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
        verify(format, public, message, signature).is_some()
    }

    fn verify(format: Format, public: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
        let bits = |bytes| Bits {
            bytes,
            at: 0,
            format,
        };
        let (9, mut key) = (*public.first()?, bits(&public[1..])) else {
            return None;
        };
        let (0x39, mut short) = (*signature.first()?, bits(&signature[41..])) else {
            return None;
        };
        let h = (0..N)
            .map(|_| key.number(14).filter(|value| *value < Q))
            .collect::<Option<Vec<_>>>()?;
        let s2 = (0..N)
            .map(|_| short.compressed())
            .collect::<Option<Vec<_>>>()?;
        if !short.rest_is_zero() {
            return None;
        }
        let product = match format {
            Format::Falcon => product_of_coefficients(&s2, &h),
            Format::Draft => product_with_values(&s2, &h),
        };
        let s1 = hash_to_point(format, &signature[1..41], message)
            .into_iter()
            .zip(product)
            .map(|(c, product)| c - product);
        let norm: i64 = s1.map(centred).chain(s2).map(|value| value * value).sum();
        (norm <= BOUND).then_some(())
    }
}

use reference::Format;

#[test]
fn the_reference_verifies_falcons_own_code() {
    for _ in 0..8 {
        let (public, secret) = falcon::keypair();
        let signature = falcon::detached_sign(b"block", &secret);
        let accepts = |message| {
            let public = public.as_bytes();
            reference::accepts(Format::Falcon, public, message, signature.as_bytes())
        };
        assert!(accepts(b"block"));
        assert!(!accepts(b"clock"));
    }
}

#[test]
fn the_reference_verifies_ours() {
    for seed in 0..8 {
        let key = SecretKey::from_seed(SCHEME, &[seed; 32]).unwrap();
        let signature = key
            .sign(Context::Vote, b"block", Randomness::Hedged([seed; 32]))
            .unwrap();
        let accepts = |message: &[u8]| {
            reference::accepts(Format::Draft, key.public_key(), message, &signature)
        };
        assert!(accepts(&representative(
            key.public_key(),
            Context::Vote,
            b"block"
        )));
        assert!(!accepts(&representative(
            key.public_key(),
            Context::Seal,
            b"block"
        )));
        assert!(!accepts(b"block"));
    }
}

fn key() -> SecretKey {
    SecretKey::from_seed(SCHEME, &[9; 32]).unwrap()
}

/// Whether both accept; they must agree.
fn judged(public: &[u8], signature: &[u8]) -> bool {
    let mu = representative(public, Context::Vote, b"block");
    let reference = reference::accepts(Format::Draft, public, &mu, signature);
    let ours = verify(SCHEME, public, Context::Vote, b"block", signature).is_ok();
    assert_eq!(ours, reference);
    ours
}

#[test]
fn both_refuse_zero_and_all_ones() {
    let key = key();
    for byte in [0x00, 0xff] {
        assert!(!judged(key.public_key(), &[byte; 666]));
        assert!(!judged(&[byte; 897], &[byte; 666]));
    }
    // Headers right, everything else zero: a vector of zeros is short, but it hashes to nothing.
    let mut signature = [0; 666];
    signature[0] = 0x39;
    assert!(!judged(key.public_key(), &signature));
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    })]

    #[test]
    fn both_refuse_a_damaged_signature(at in 0usize..666, flip in 1u8..=255) {
        let key = key();
        let mut signature = key.sign(Context::Vote, b"block", Randomness::Deterministic).unwrap();
        prop_assert!(judged(key.public_key(), &signature));
        signature[at] ^= flip;
        prop_assert!(!judged(key.public_key(), &signature));
    }

    #[test]
    fn both_refuse_a_damaged_key(at in 0usize..897, flip in 1u8..=255) {
        let key = key();
        let signature = key.sign(Context::Vote, b"block", Randomness::Deterministic).unwrap();
        let mut public = key.public_key().to_vec();
        public[at] ^= flip;
        prop_assert!(!judged(&public, &signature));
    }
}
