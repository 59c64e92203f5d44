use super::Kem;
use alloc::string::String;

/// Why a key could not be made or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The seed has not the mechanism's length.
    #[error("a {kem} seed has {expected} bytes, this one has {found}")]
    SeedLength {
        /// The mechanism.
        kem: Kem,
        /// The mechanism's length.
        expected: usize,
        /// The length of what was given.
        found: usize,
    },
    /// The public key has not the mechanism's length.
    #[error("a {kem} public key has {expected} bytes, this one has {found}")]
    PublicKeyLength {
        /// The mechanism.
        kem: Kem,
        /// The mechanism's length.
        expected: usize,
        /// The length of what was given.
        found: usize,
    },
    /// The ciphertext has not the mechanism's length.
    #[error("a {kem} ciphertext has {expected} bytes, this one has {found}")]
    CiphertextLength {
        /// The mechanism.
        kem: Kem,
        /// The mechanism's length.
        expected: usize,
        /// The length of what was given.
        found: usize,
    },
    /// The randomness has not the mechanism's length.
    #[error("a {kem} encapsulation takes {expected} random bytes, not {found}")]
    RandomnessLength {
        /// The mechanism.
        kem: Kem,
        /// The mechanism's length.
        expected: usize,
        /// The length of what was given.
        found: usize,
    },
    /// The public key has the right length and encodes no key: a coefficient is not reduced
    /// modulo q, or the X25519 point is of small order.
    #[error("these bytes encode no {kem} public key")]
    MalformedPublicKey {
        /// The mechanism.
        kem: Kem,
    },
    /// The ciphertext's X25519 point is of small order. ML-KEM ciphertexts are never malformed.
    #[error("these bytes are no {kem} ciphertext")]
    MalformedCiphertext {
        /// The mechanism.
        kem: Kem,
    },
}

/// A name that no mechanism has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no key encapsulation mechanism \"{name}\"; the mechanisms are ml-kem-768, ml-kem-1024 and x-wing")]
pub struct UnknownKem {
    /// The first characters of what was given.
    pub name: String,
}
