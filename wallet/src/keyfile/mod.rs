//! Key files: the secret keys of one account, or one backup key, encrypted under a passphrase.
//!
//! # Format, version 2
//!
//! A JSON object of at most 256 KiB. In the clear, so that `account list` needs no passphrase:
//!
//! | field | content |
//! |---|---|
//! | `format`, `version` | `"qloak-key-file"`, `2` |
//! | `kind` | `"account"` or `"backup"` |
//! | `account` | the account id in hexadecimal; for a backup key the account that it guards |
//! | `keys` | per key: `scheme`, `path`, `public`; the oldest first, at most 8 |
//! | `kdf` | `argon2id` version 0x13 with `memory_kib`, `iterations`, `parallelism`, `salt` (16 bytes), and `check` (16 bytes) |
//! | `cipher` | `xchacha20-poly1305` with `nonce` (24 bytes) and `ciphertext` |
//!
//! The passphrase and the salt give 32 bytes `m` by Argon2id. BLAKE2b-256 of `qloak/key-file/encrypt/v1`
//! and `m` is the cipher's key; the first 16 bytes of BLAKE2b-256 of `qloak/key-file/check/v1` and `m`
//! are `check`, which tells a wrong passphrase from a file that was altered anywhere else than in `kdf`. (It helps a guesser
//! no more than the cipher's own tag does: either way each guess costs one Argon2id.) Where `kdf` was altered, the right
//! passphrase gives another `m`, as a wrong one does, and nothing can tell the two apart; so the message names both.
//!
//! The plaintext is SCALE: the phrase's entropy (empty if unknown), one 32-byte seed per key, the path of the
//! phrase's first key, how many keys were derived from there, and, if this wallet made the words, when: an `Option<u64>` of
//! seconds since 1970, before which nobody can have paid to their shielded addresses. The associated data is `qloak/key-file/v1` and SCALE of everything in the
//! clear except the cipher's own fields: a file whose header was changed does not open.
//!
//! Version 1, which is read still, lacks that time.
//!
//! Argon2id runs with 64 MiB, 3 passes and 1 lane for new files, above OWASP's 46 MiB × 1 or 19 MiB × 2.
//! The parameters in the file are bounded *before* they are used, so that no file can make the wallet
//! allocate or compute without end.
//!
//! # On disk
//!
//! Files are made with mode 0600 under a new name (`O_EXCL`), synced and only then moved to their
//! place; at no moment is the old content gone and the new one incomplete. A file that its group or others can
//! read is refused until that is repaired.

pub mod disk;
mod envelope;
pub mod permissions;
#[cfg(test)]
mod tests;
mod unlocked;

use codec::Encode;
use qloak_pq_crypto::scheme::Scheme;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use envelope::KdfParameters;
pub use unlocked::Unlocked;

use crate::address::AccountId;
use crate::derivation::{account_of, DerivationError, DerivedKey, Phrase};
use crate::secret::Secret;

/// The `format` of every key file.
pub const FORMAT: &str = "qloak-key-file";
/// The version that this wallet writes.
pub const VERSION: u32 = 2;
/// The first version, without the time at which the words were made.
const WITHOUT_TIME: u32 = 1;
/// No key file is longer; eight ML-DSA-87 keys fill 45 kB.
pub const MAX_FILE_BYTES: u64 = 256 * 1024;
/// How many keys a file holds: the current one, its predecessors, and attempts. When it is full, the
/// keys go that the chain does not ask for.
pub const MAX_KEYS: usize = 8;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The system's answer.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// Others can read the secret.
    #[error(transparent)]
    Permissions(#[from] permissions::TooOpen),
    /// The name is taken.
    #[error("{0} exists already and is not overwritten")]
    Exists(String),
    /// Longer than any key file.
    #[error("the file has {0} bytes; a key file has at most {MAX_FILE_BYTES}")]
    TooLarge(u64),
    /// Not the JSON of a key file.
    #[error("this is not a key file, or it is damaged: {0}")]
    Malformed(String),
    /// A later wallet wrote it.
    #[error("the key file has version {0}; this wallet knows versions up to {VERSION}. A newer wallet wrote it")]
    UnknownVersion(u32),
    /// A header field outside its bounds.
    #[error("the key file's {field} is {found}; it may be {allowed}")]
    OutOfBounds {
        /// Which field.
        field: &'static str,
        /// What it holds.
        found: u64,
        /// What it may hold.
        allowed: &'static str,
    },
    /// The passphrase does not open it, or how to make a key of it was altered.
    #[error("wrong passphrase; or the part `kdf` of the file was altered after it was written")]
    WrongPassphrase,
    /// The passphrase is right, but the content is not what was encrypted.
    #[error("the passphrase is right, but the file was altered or damaged after it was written")]
    Altered,
    /// A key in the file is not what its seed makes.
    #[error("the key at {path} does not belong to its public key; the file was written by a faulty program")]
    Inconsistent {
        /// The key's path.
        path: String,
    },
    /// Not the kind of file that is wanted.
    #[error("this file holds {found} keys; {wanted} keys are needed here")]
    WrongKind {
        /// What the file says.
        found: Kind,
        /// What is needed.
        wanted: Kind,
    },
    /// Too many keys.
    #[error("a key file holds at most {MAX_KEYS} keys")]
    TooManyKeys,
    /// The key derivation refused.
    #[error("Argon2id failed: {0}")]
    Kdf(String),
    /// The key file has no phrase to show or derive from.
    #[error("this key file holds no phrase")]
    NoPhrase,
    /// A phrase, a path or a key.
    #[error(transparent)]
    Derivation(#[from] DerivationError),
}

impl KeyFileError {
    /// The message with the file's path in front, unless it names it already.
    pub fn located(&self, path: &str) -> String {
        let text = self.to_string();
        match text.contains(path) {
            true => text,
            false => format!("{path}: {text}"),
        }
    }
}

/// What a key file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Encode)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The keys of an account.
    Account,
    /// A backup key that can freeze and recover an account.
    Backup,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Account => "account",
            Self::Backup => "backup",
        })
    }
}

/// What stands in the clear about one key.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct KeyEntry {
    /// Its scheme.
    pub scheme: Scheme,
    /// Its path under the file's phrase.
    pub path: String,
    /// Its public key.
    pub public: Vec<u8>,
}

impl KeyEntry {
    /// The entry of a key.
    pub fn of(key: &DerivedKey) -> Self {
        Self {
            scheme: key.secret.scheme(),
            path: key.path.clone(),
            public: key.secret.public_key().to_vec(),
        }
    }
}

/// A key file as read: its header in the clear, its secrets encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// What it is for.
    pub kind: Kind,
    /// Whose keys these are.
    pub account: AccountId,
    /// The keys, oldest first.
    pub keys: Vec<KeyEntry>,
    version: u32,
    sealed: envelope::Sealed,
}

/// The part of the header that is not the envelope's.
struct Header<'a> {
    version: u32,
    kind: Kind,
    account: AccountId,
    keys: &'a [KeyEntry],
}

impl Header<'_> {
    fn associated_data(&self, kdf: &[u8]) -> Vec<u8> {
        let mut data = b"qloak/key-file/v1".to_vec();
        (self.version, self.kind, self.account, self.keys).encode_to(&mut data);
        data.extend_from_slice(kdf);
        data
    }
}

impl KeyFile {
    /// Decrypts.
    ///
    /// # Errors
    /// [`KeyFileError::WrongPassphrase`], [`KeyFileError::Altered`], [`KeyFileError::Inconsistent`].
    pub fn unlock(&self, passphrase: &Secret) -> Result<Unlocked, KeyFileError> {
        let header = Header {
            version: self.version,
            kind: self.kind,
            account: self.account,
            keys: &self.keys,
        };
        let plaintext = self
            .sealed
            .open(passphrase, |kdf| header.associated_data(kdf))?;
        let plaintext = Plaintext::decode(&plaintext, self.version).ok_or(KeyFileError::Altered)?;
        let Plaintext {
            entropy,
            seeds,
            base_path,
            next_index,
            made_at,
        } = plaintext;
        if seeds.len() != self.keys.len() {
            return Err(KeyFileError::Altered);
        }
        let keys = self
            .keys
            .iter()
            .zip(&seeds)
            .map(|(entry, seed)| restore(entry, seed))
            .collect::<Result<_, _>>()?;
        let phrase = (!entropy.is_empty())
            .then(|| Phrase::from_entropy(&entropy))
            .transpose()?;
        Ok(Unlocked {
            kind: self.kind,
            account: self.account,
            keys,
            phrase,
            base_path,
            next_index,
            made_at,
        })
    }

    /// Whether one of its keys founded the account, so that the address in the clear is right if the keys are.
    /// After a recovery or a migration none did: then only opening the file tells.
    pub fn has_founder(&self) -> bool {
        let founds = |key: &KeyEntry| account_of(key.scheme, &key.public) == self.account;
        self.keys.iter().any(founds)
    }

    /// Refuses a file of the other kind.
    ///
    /// # Errors
    /// [`KeyFileError::WrongKind`].
    pub fn require(&self, wanted: Kind) -> Result<(), KeyFileError> {
        if self.kind == wanted {
            return Ok(());
        }
        Err(KeyFileError::WrongKind {
            found: self.kind,
            wanted,
        })
    }

    /// The parameters that the file was encrypted with.
    pub fn kdf_parameters(&self) -> KdfParameters {
        self.sealed.parameters()
    }

    /// Reads the JSON text of a key file and checks every bound.
    ///
    /// # Errors
    /// [`KeyFileError`]: too large, malformed, of an unknown version, out of bounds.
    pub fn from_json(text: &[u8]) -> Result<Self, KeyFileError> {
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(KeyFileError::TooLarge(text.len() as u64));
        }
        let malformed = |error: serde_json::Error| KeyFileError::Malformed(error.to_string());
        let version: JsonVersion = serde_json::from_slice(text).map_err(malformed)?;
        if version.format != FORMAT {
            return Err(KeyFileError::Malformed(format!(
                "`format` is not `{FORMAT}`"
            )));
        }
        if !(WITHOUT_TIME..=VERSION).contains(&version.version) {
            return Err(KeyFileError::UnknownVersion(version.version));
        }
        serde_json::from_slice::<JsonFile>(text)
            .map_err(malformed)?
            .try_into()
    }

    /// The JSON text of the file.
    ///
    /// # Errors
    /// [`KeyFileError::Malformed`], which does not happen with the types in use.
    pub fn to_json(&self) -> Result<String, KeyFileError> {
        let file = JsonFile::from(self);
        let text = serde_json::to_string_pretty(&file)
            .map_err(|error| KeyFileError::Malformed(error.to_string()))?;
        Ok(text + "\n")
    }
}

struct Plaintext {
    entropy: Zeroizing<Vec<u8>>,
    seeds: Vec<Zeroizing<[u8; 32]>>,
    base_path: String,
    next_index: u32,
    made_at: Option<u64>,
}

impl Plaintext {
    fn decode(mut plaintext: &[u8], version: u32) -> Option<Self> {
        use codec::Decode;
        let input = &mut plaintext;
        let entropy = Zeroizing::new(Vec::<u8>::decode(input).ok()?);
        let count = codec::Compact::<u32>::decode(input).ok()?.0 as usize;
        if count > MAX_KEYS {
            return None;
        }
        let seeds = (0..count)
            .map(|_| <[u8; 32]>::decode(input).ok().map(Zeroizing::new))
            .collect::<Option<Vec<_>>>()?;
        let (base_path, next_index) = <(String, u32)>::decode(input).ok()?;
        let made_at = match version {
            WITHOUT_TIME => None,
            _ => Option::<u64>::decode(input).ok()?,
        };
        input.is_empty().then_some(Self {
            entropy,
            seeds,
            base_path,
            next_index,
            made_at,
        })
    }
}

fn restore(entry: &KeyEntry, seed: &[u8; 32]) -> Result<DerivedKey, KeyFileError> {
    let key = DerivedKey::from_seed(entry.scheme, &entry.path, seed)?;
    if key.secret.public_key() != entry.public {
        return Err(KeyFileError::Inconsistent {
            path: entry.path.clone(),
        });
    }
    Ok(key)
}

/// Read first, so that a later format gets "unknown version" and not "unknown field".
#[derive(Deserialize)]
struct JsonVersion {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonFile {
    format: String,
    version: u32,
    kind: Kind,
    account: String,
    keys: Vec<JsonKey>,
    kdf: envelope::JsonKdf,
    cipher: envelope::JsonCipher,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonKey {
    scheme: String,
    path: String,
    public: String,
}

impl From<&KeyFile> for JsonFile {
    fn from(file: &KeyFile) -> Self {
        let key = |key: &KeyEntry| JsonKey {
            scheme: key.scheme.to_string(),
            path: key.path.clone(),
            public: to_hex(&key.public),
        };
        let (kdf, cipher) = file.sealed.to_json();
        Self {
            format: FORMAT.into(),
            version: file.version,
            kind: file.kind,
            account: file.account.to_hex(),
            keys: file.keys.iter().map(key).collect(),
            kdf,
            cipher,
        }
    }
}

impl TryFrom<JsonFile> for KeyFile {
    type Error = KeyFileError;

    fn try_from(file: JsonFile) -> Result<Self, KeyFileError> {
        if file.keys.is_empty() || file.keys.len() > MAX_KEYS {
            let found = file.keys.len() as u64;
            return Err(KeyFileError::OutOfBounds {
                field: "number of keys",
                found,
                allowed: "1 to 8",
            });
        }
        let account = AccountId(from_hex_exact("account", &file.account)?);
        let keys = file
            .keys
            .into_iter()
            .map(KeyEntry::try_from)
            .collect::<Result<_, _>>()?;
        let sealed = envelope::Sealed::from_json(&file.kdf, &file.cipher)?;
        Ok(Self {
            kind: file.kind,
            account,
            keys,
            version: file.version,
            sealed,
        })
    }
}

impl TryFrom<JsonKey> for KeyEntry {
    type Error = KeyFileError;

    fn try_from(key: JsonKey) -> Result<Self, KeyFileError> {
        let scheme: Scheme = key
            .scheme
            .parse()
            .map_err(|_| KeyFileError::Malformed(format!("unknown scheme `{}`", key.scheme)))?;
        let public = from_hex("public", &key.public)?;
        if public.len() != scheme.parameters().public_bytes {
            return Err(KeyFileError::Malformed(format!(
                "a {scheme} key has {} bytes, not {}",
                scheme.parameters().public_bytes,
                public.len()
            )));
        }
        Ok(Self {
            scheme,
            path: key.path,
            public,
        })
    }
}

fn to_hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn from_hex(field: &str, text: &str) -> Result<Vec<u8>, KeyFileError> {
    let malformed =
        || KeyFileError::Malformed(format!("`{field}` is not 0x and hexadecimal digits"));
    text.strip_prefix("0x")
        .and_then(|digits| hex::decode(digits).ok())
        .ok_or_else(malformed)
}

fn from_hex_exact<const N: usize>(field: &str, text: &str) -> Result<[u8; N], KeyFileError> {
    let bytes = from_hex(field, text)?;
    let found = bytes.len();
    bytes
        .try_into()
        .map_err(|_| KeyFileError::Malformed(format!("`{field}` has {found} bytes, not {N}")))
}
