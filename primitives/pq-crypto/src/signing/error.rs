use crate::scheme::Scheme;

/// Why a key could not be made or used, or why a signature was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The public key has not the scheme's length.
    #[error("a {scheme} public key has {expected} bytes, this one has {found}")]
    PublicKeyLength {
        /// The scheme.
        scheme: Scheme,
        /// The scheme's length.
        expected: usize,
        /// The length of what was given.
        found: usize,
    },
    /// The signature has not the scheme's length.
    #[error("a {scheme} signature has {expected} bytes, this one has {found}")]
    SignatureLength {
        /// The scheme.
        scheme: Scheme,
        /// The scheme's length.
        expected: usize,
        /// The length of what was given.
        found: usize,
    },
    /// The context string is longer than the standards allow.
    #[error("a context string has at most {maximum} bytes, this one has {found}")]
    ContextLength {
        /// The limit.
        maximum: usize,
        /// The length of what was given.
        found: usize,
    },
    /// The public key has the right length and encodes no key.
    #[error("these bytes encode no {scheme} public key")]
    MalformedPublicKey {
        /// The scheme.
        scheme: Scheme,
    },
    /// The signature is not by this key, on this message, for this use.
    #[error("the {scheme} signature does not verify")]
    InvalidSignature {
        /// The scheme.
        scheme: Scheme,
    },
    /// The scheme's implementation made a key of another length than the scheme's.
    #[error("{scheme} key generation failed")]
    KeyGeneration {
        /// The scheme.
        scheme: Scheme,
    },
    /// The scheme's implementation could not sign.
    #[error("{scheme} signing failed")]
    Signing {
        /// The scheme.
        scheme: Scheme,
    },
}
