//! Key encapsulation: ML-KEM-768 and -1024 (FIPS 203) and X-Wing, the hybrid of X25519 and
//! ML-KEM-768. ML-KEM-768 seals shielded notes; the others are offered and not used yet.
//!
//! # Implicit rejection
//!
//! A ciphertext that was tampered with does not make [`KemSecretKey::decapsulate`] fail. ML-KEM
//! answers it with a secret that depends on the key's own `z` and the ciphertext, so whoever asks
//! learns nothing, and the two sides hold different secrets (FIPS 203, algorithm 18). Only what
//! can be told from public data is an error: a wrong length, or an X25519 point that
//! contributes nothing. Users of a shared secret confirm it, as an AEAD does by its tag.
//!
//! # Public keys
//!
//! [`encapsulate`] checks a public key as FIPS 203, section 7.2 demands: the length, and that
//! every coefficient is reduced modulo q.

mod error;
mod ml_kem;
mod x_wing;

pub use error::{Error, UnknownKem};

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Length of every shared secret in bytes.
pub const SHARED_SECRET_BYTES: usize = 32;

/// A key encapsulation mechanism.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Kem {
    /// ML-KEM-768 of FIPS 203.
    #[codec(index = 0)]
    #[cfg_attr(feature = "serde", serde(rename = "ml-kem-768"))]
    MlKem768,
    /// ML-KEM-1024 of FIPS 203.
    #[codec(index = 1)]
    #[cfg_attr(feature = "serde", serde(rename = "ml-kem-1024"))]
    MlKem1024,
    /// X-Wing: X25519 and ML-KEM-768, secure while either is.
    #[codec(index = 2)]
    #[cfg_attr(feature = "serde", serde(rename = "x-wing"))]
    XWing,
}

/// The sizes and the strength of a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The mechanism's name in commands, files and messages.
    pub name: &'static str,
    /// Length of the seed that a secret key is made from, in bytes.
    pub seed_bytes: usize,
    /// Length of a public key in bytes.
    pub public_bytes: usize,
    /// Length of a ciphertext in bytes.
    pub ciphertext_bytes: usize,
    /// Length of the randomness that an encapsulation takes, in bytes.
    pub randomness_bytes: usize,
    /// NIST's security category, 1 to 5.
    pub security_category: u8,
    /// The classical key search, in bits, that the category is defined by.
    pub security_bits: u16,
    /// Whether the mechanism follows a standard that is not final.
    pub draft: bool,
    /// Where the sizes and the category are printed.
    pub source: &'static str,
}

/// Sizes, levels and sources, in the order of the codec indices.
const PARAMETERS: [Parameters; 3] = [
    Parameters {
        name: "ml-kem-768",
        seed_bytes: 64,
        public_bytes: 1184,
        ciphertext_bytes: 1088,
        randomness_bytes: 32,
        security_category: 3,
        security_bits: 192,
        draft: false,
        source: "FIPS 203, tables 2 and 3, and section 3.3 for the seed",
    },
    Parameters {
        name: "ml-kem-1024",
        seed_bytes: 64,
        public_bytes: 1568,
        ciphertext_bytes: 1568,
        randomness_bytes: 32,
        security_category: 5,
        security_bits: 256,
        draft: false,
        source: "FIPS 203, tables 2 and 3, and section 3.3 for the seed",
    },
    Parameters {
        name: "x-wing",
        seed_bytes: 32,
        public_bytes: 1184 + 32,
        ciphertext_bytes: 1088 + 32,
        randomness_bytes: 64,
        security_category: 3,
        security_bits: 192,
        draft: true,
        source: "draft-connolly-cfrg-xwing-kem, section 5, over FIPS 203 and RFC 7748",
    },
];

impl Kem {
    /// Every mechanism, in the order of the codec indices.
    pub const ALL: [Self; 3] = [Self::MlKem768, Self::MlKem1024, Self::XWing];

    /// The sizes and the strength of this mechanism.
    pub const fn parameters(self) -> &'static Parameters {
        match self {
            Self::MlKem768 => &PARAMETERS[0],
            Self::MlKem1024 => &PARAMETERS[1],
            Self::XWing => &PARAMETERS[2],
        }
    }
}

impl fmt::Display for Kem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.parameters().name)
    }
}

impl FromStr for Kem {
    type Err = UnknownKem;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        // The message quotes the input, so it must not be as long as the sender likes.
        const QUOTED_CHARS: usize = 32;
        Self::ALL
            .into_iter()
            .find(|kem| kem.parameters().name == name)
            .ok_or_else(|| UnknownKem {
                name: name.chars().take(QUOTED_CHARS).collect::<String>(),
            })
    }
}

/// The secret that both sides of an encapsulation share. Wiped when dropped, never printed.
pub struct SharedSecret(Zeroizing<[u8; SHARED_SECRET_BYTES]>);

impl SharedSecret {
    /// The secret's bytes, for a key derivation.
    pub fn as_bytes(&self) -> &[u8; SHARED_SECRET_BYTES] {
        &self.0
    }
}

impl ZeroizeOnDrop for SharedSecret {}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedSecret({} bytes)", self.0.len())
    }
}

/// A secret key: the seed it came from and what the mechanism expands it to. Both are wiped when
/// the key is dropped, and neither is ever printed.
pub struct KemSecretKey {
    kem: Kem,
    seed: Zeroizing<Vec<u8>>,
    public: Vec<u8>,
    expanded: Expanded,
}

/// The expanded key of a mechanism. Every variant wipes itself when dropped.
enum Expanded {
    MlKem768(ml_kem::mlkem768::SecretKey),
    MlKem1024(ml_kem::mlkem1024::SecretKey),
    XWing(x_wing::SecretKey),
}

impl KemSecretKey {
    /// The key that a seed makes: `d ‖ z` of FIPS 203 for ML-KEM (64 bytes), the decapsulation key
    /// of the draft for X-Wing (32 bytes).
    pub fn from_seed(kem: Kem, seed: &[u8]) -> Result<Self, Error> {
        let wrong_length = || Error::SeedLength {
            kem,
            expected: kem.parameters().seed_bytes,
            found: seed.len(),
        };
        let (expanded, public) = match kem {
            Kem::MlKem768 => {
                let seed = seed.try_into().map_err(|_| wrong_length())?;
                let (key, public) = ml_kem::mlkem768::generate(seed);
                (Expanded::MlKem768(key), public)
            }
            Kem::MlKem1024 => {
                let seed = seed.try_into().map_err(|_| wrong_length())?;
                let (key, public) = ml_kem::mlkem1024::generate(seed);
                (Expanded::MlKem1024(key), public)
            }
            Kem::XWing => {
                let seed = seed.try_into().map_err(|_| wrong_length())?;
                let (key, public) = x_wing::generate(seed);
                (Expanded::XWing(key), public)
            }
        };
        Ok(Self {
            kem,
            seed: Zeroizing::new(seed.to_vec()),
            public,
            expanded,
        })
    }

    /// The mechanism that this key is for.
    pub fn kem(&self) -> Kem {
        self.kem
    }

    /// The public key.
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// The seed that the key came from, for whoever stores it. It is as secret as the key.
    pub fn expose_seed(&self) -> &[u8] {
        &self.seed
    }

    /// The secret that a ciphertext carries, or another one if it was tampered with.
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<SharedSecret, Error> {
        let expected = self.kem.parameters().ciphertext_bytes;
        if ciphertext.len() != expected {
            return Err(Error::CiphertextLength {
                kem: self.kem,
                expected,
                found: ciphertext.len(),
            });
        }
        match &self.expanded {
            Expanded::MlKem768(key) => key.decapsulate(ciphertext),
            Expanded::MlKem1024(key) => key.decapsulate(ciphertext),
            Expanded::XWing(key) => key.decapsulate(ciphertext),
        }
        .map(SharedSecret)
        .ok_or(Error::MalformedCiphertext { kem: self.kem })
    }
}

impl ZeroizeOnDrop for KemSecretKey {}

impl fmt::Debug for KemSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "KemSecretKey({}, seed of {} bytes, public key of {} bytes)",
            self.kem,
            self.seed.len(),
            self.public.len()
        )
    }
}

/// A fresh shared secret and the ciphertext that carries it to the holder of a public key.
///
/// The randomness must come from a cryptographic generator and be used once: whoever knows it
/// knows the secret.
pub fn encapsulate(
    kem: Kem,
    public: &[u8],
    randomness: &[u8],
) -> Result<(Vec<u8>, SharedSecret), Error> {
    let parameters = kem.parameters();
    if public.len() != parameters.public_bytes {
        return Err(Error::PublicKeyLength {
            kem,
            expected: parameters.public_bytes,
            found: public.len(),
        });
    }
    if randomness.len() != parameters.randomness_bytes {
        return Err(Error::RandomnessLength {
            kem,
            expected: parameters.randomness_bytes,
            found: randomness.len(),
        });
    }
    match kem {
        Kem::MlKem768 => ml_kem::mlkem768::encapsulate(public, randomness),
        Kem::MlKem1024 => ml_kem::mlkem1024::encapsulate(public, randomness),
        Kem::XWing => x_wing::encapsulate(public, randomness),
    }
    .map(|(ciphertext, secret)| (ciphertext, SharedSecret(secret)))
    .ok_or(Error::MalformedPublicKey { kem })
}
