//! What can go wrong with a key, each with the sentence that an operator needs.

use polkadot_sdk::sp_core::crypto::KeyTypeId;
use std::{io, path::PathBuf};

/// An error of the post-quantum keystore.
///
/// No variant holds secret bytes, so that every one of them may be logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A secret file or key folder is open to other users of the machine.
    #[error(
        "{} is accessible to other users (mode {mode:04o}). Whoever could read it may hold its key. \
         If it was never exposed, run: chmod {wanted:o} {}",
        path.display(), path.display()
    )]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The permission bits that it should have.
        wanted: u32,
    },
    /// A key file is longer than any key file can be.
    #[error("{} is {found} bytes long; a key or seed file has at most {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// The file is not the JSON of a key file.
    #[error("{} is not a valid key file: {reason}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it. Never quotes the content.
        reason: String,
    },
    /// The file was written by another version of the format.
    #[error("{} has key file version {found}; this program reads version {supported}", path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: u32,
        /// The version that this program reads and writes.
        supported: u32,
    },
    /// The file is encrypted and no passphrase was given.
    #[error(
        "{} is encrypted: start with --password-interactive or --password-filename",
        path.display()
    )]
    PassphraseMissing {
        /// The file.
        path: PathBuf,
    },
    /// Decryption failed.
    #[error("wrong keystore password for {}, or the file was changed", path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// A passphrase of no characters.
    #[error("the keystore password is empty; leave the option away to store keys unencrypted")]
    EmptyPassphrase,
    /// The seed in a file makes another key than the file claims.
    #[error("{} says that it holds key {claimed}, but its seed makes key {derived}", path.display())]
    IdMismatch {
        /// The file.
        path: PathBuf,
        /// The authority id in the file.
        claimed: String,
        /// The authority id of the seed.
        derived: String,
    },
    /// A key file's name and content name different keys.
    #[error("{} holds a key that belongs into a file named {expected}", path.display())]
    NameMismatch {
        /// The file.
        path: PathBuf,
        /// The name that fits the content.
        expected: String,
    },
    /// Inserting a key failed because the secret makes another public key.
    #[error(
        "the secret does not belong to public key 0x{given}: it makes the authority id {derived} \
         and no classical key with that public key either"
    )]
    PublicMismatch {
        /// The public key that was given, in hexadecimal, shortened if it is long.
        given: String,
        /// The authority id that the secret makes.
        derived: String,
    },
    /// The secret could not be understood.
    #[error("the secret is not usable: {0}")]
    SecretUri(#[from] UriError),
    /// The key type has no signing context, so that a key of this type could never sign.
    #[error("key type '{}' has no post-quantum use; known types: aura, gran", display_key_type(*.0))]
    UnsupportedKeyType(KeyTypeId),
    /// The system's random generator failed.
    #[error("the system's random number generator failed")]
    Randomness,
    /// Argon2 refused its parameters or its memory.
    #[error("deriving the file key failed: {0}")]
    KeyDerivation(String),
    /// Encryption failed.
    #[error("encrypting the key failed")]
    Encryption,
    /// The key could not be made or could not sign.
    #[error(transparent)]
    Crypto(#[from] qloak_pq_crypto::signing::Error),
    /// The SDK's keystore failed.
    #[error("classical keystore: {0}")]
    Classical(String),
}

impl Error {
    /// Wraps an error of the operating system.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// A file that cannot be understood.
    pub(crate) fn corrupt(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            path: path.into(),
            reason: reason.into(),
        }
    }
}

/// Longest secret that is looked at: 24 words of 8 letters and 16 junctions of 64 bytes fit well.
pub const MAX_URI_BYTES: usize = 2048;

/// A secret that could not be understood. Never repeats any part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// Nothing was given.
    #[error("it is empty")]
    Empty,
    /// More than [`MAX_URI_BYTES`].
    #[error("it is longer than {MAX_URI_BYTES} bytes")]
    TooLong,
    /// `0x…` of the wrong length or with other characters.
    #[error("a raw seed is 0x followed by 64 hexadecimal digits")]
    RawSeed,
    /// The words are no BIP-39 phrase.
    #[error("{0}")]
    Phrase(String),
    /// The path is malformed.
    #[error("bad derivation path: {0}")]
    Path(String),
    /// `///` introduces a password in classical secrets.
    #[error("passwords inside a secret (///) are not supported")]
    Password,
    /// It names a single key where a validator's secret is wanted.
    #[error(
        "it ends in {0} and so names one key; a validator's secret stands above its keys, without {0}"
    )]
    OneKey(&'static str),
}

/// Four letters if they are letters, hexadecimal digits otherwise.
pub fn display_key_type(key_type: KeyTypeId) -> String {
    if key_type.0.iter().all(|byte| byte.is_ascii_alphanumeric()) {
        key_type.0.iter().copied().map(char::from).collect()
    } else {
        format!("0x{}", hex::encode(key_type.0))
    }
}
