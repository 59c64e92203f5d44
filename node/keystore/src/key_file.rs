//! The format of a key file, version 1.
//!
//! ```json
//! {
//!   "version": 1,
//!   "scheme": "ml-dsa-65",
//!   "keyType": "61757261",
//!   "authorityId": "…64 hexadecimal digits…",
//!   "seed": "…64 hexadecimal digits…"
//! }
//! ```
//!
//! With a keystore password, `encrypted` takes the place of `seed`:
//!
//! ```json
//!   "encrypted": {
//!     "kdf": "argon2id", "memoryKib": 65536, "passes": 3, "lanes": 1, "salt": "…",
//!     "cipher": "xchacha20poly1305", "nonce": "…", "ciphertext": "…"
//!   }
//! ```
//!
//! The associated data of the encryption is everything else in the file, so a file whose header was
//! changed does not open. The file holds the seed and not the expanded key: 32 bytes are all there
//! is to keep secret, and the public key is checked against the id whenever a file is read.

use crate::{error::display_key_type, random::random, Error};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    aead::{Aead, KeyInit, Payload},
    Key, XChaCha20Poly1305, XNonce,
};
use polkadot_sdk::sp_core::crypto::KeyTypeId;
use qloak_pq_crypto::{
    account, authority::SCHEME, hedge::hedged, scheme::Scheme, signing::SecretKey,
};
use serde::{Deserialize, Serialize};
use std::{fmt, path::Path};
use zeroize::Zeroizing;

/// What names a key: its type and its authority id.
pub type KeyName = (KeyTypeId, [u8; 32]);

/// The version of the format that this program reads and writes.
pub const VERSION: u32 = 1;

/// First bytes of the associated data: separates key files from anything else encrypted alike.
const DOMAIN: &[u8] = b"qloak/key-file/v1";

const KDF: &str = "argon2id";
const CIPHER: &str = "xchacha20poly1305";
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;

/// What new files use: RFC 9106's second recommendation, some 0.2 s on one core.
const COST: Cost = Cost {
    memory_kib: 64 * 1024,
    passes: 3,
    lanes: 1,
};

/// What a file may ask for at most. A planted file must not make a node swap or hang at start.
const MAX_COST: Cost = Cost {
    memory_kib: 512 * 1024,
    passes: 16,
    lanes: 8,
};

#[derive(Clone, Copy)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A key as it lies on disk: type, id and seed.
pub struct KeyRecord {
    key_type: KeyTypeId,
    scheme: Scheme,
    authority_id: [u8; 32],
    seed: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for KeyRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyRecord")
            .field("key_type", &display_key_type(self.key_type))
            .field("scheme", &self.scheme)
            .field("authority_id", &hex::encode(self.authority_id))
            .field("seed", &format_args!("{} bytes", self.seed.len()))
            .finish()
    }
}

/// The JSON object.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    version: u32,
    scheme: String,
    key_type: String,
    authority_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<SecretText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encrypted: Option<Encrypted>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Encrypted {
    kdf: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    cipher: String,
    nonce: String,
    ciphertext: String,
}

/// Text that is wiped when it is dropped.
struct SecretText(Zeroizing<String>);

impl Serialize for SecretText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// Read before anything else, so that a newer file is called newer and not corrupt.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

impl KeyRecord {
    /// The record of a key made from `seed`, and the key itself.
    pub fn from_seed(
        key_type: KeyTypeId,
        seed: Zeroizing<[u8; 32]>,
    ) -> Result<(Self, SecretKey), Error> {
        let scheme = SCHEME;
        let key = SecretKey::from_seed(scheme, &seed)?;
        let authority_id = account::authority_id(scheme, key.public_key());
        Ok((
            Self {
                key_type,
                scheme,
                authority_id,
                seed,
            },
            key,
        ))
    }

    /// Type and id.
    pub fn name(&self) -> KeyName {
        (self.key_type, self.authority_id)
    }

    /// The signature scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Expands the seed, and makes sure that it is the seed of the key that the record names.
    pub fn expand(&self, path: &Path) -> Result<SecretKey, Error> {
        let key = SecretKey::from_seed(self.scheme, &self.seed)?;
        let derived = account::authority_id(self.scheme, key.public_key());
        if derived != self.authority_id {
            return Err(Error::IdMismatch {
                path: path.into(),
                claimed: hex::encode(self.authority_id),
                derived: hex::encode(derived),
            });
        }
        Ok(key)
    }

    /// Reads a key file. `path` serves messages only.
    pub fn from_json(content: &[u8], passphrase: Option<&str>, path: &Path) -> Result<Self, Error> {
        let VersionOnly { version } = decode_json(content, path)?;
        if version != VERSION {
            return Err(Error::UnknownVersion {
                path: path.into(),
                found: version,
                supported: VERSION,
            });
        }
        let file: File = decode_json(content, path)?;
        let header = file.header(path)?;
        let seed = match (&file.seed, &file.encrypted) {
            (Some(seed), None) => decode_hex("seed", &seed.0, path)?,
            (None, Some(encrypted)) => encrypted.open(&header, passphrase, path)?,
            (None, None) => {
                return Err(Error::corrupt(
                    path,
                    "it holds neither a seed nor an encrypted one",
                ))
            }
            (Some(_), Some(_)) => {
                return Err(Error::corrupt(path, "it holds a seed and an encrypted one"))
            }
        };
        let Header {
            scheme,
            key_type,
            authority_id,
        } = header;
        Ok(Self {
            key_type,
            scheme,
            authority_id,
            seed,
        })
    }

    /// Writes a key file, encrypted if there is a passphrase.
    pub fn to_json(&self, passphrase: Option<&str>) -> Result<Zeroizing<Vec<u8>>, Error> {
        let header = Header {
            scheme: self.scheme,
            key_type: self.key_type,
            authority_id: self.authority_id,
        };
        let (seed, encrypted) = match passphrase {
            None => (
                Some(SecretText(Zeroizing::new(hex::encode(*self.seed)))),
                None,
            ),
            Some(passphrase) => (
                None,
                Some(Encrypted::seal(&self.seed, &header, passphrase)?),
            ),
        };
        let file = File {
            version: VERSION,
            scheme: self.scheme.to_string(),
            key_type: hex::encode(self.key_type.0),
            authority_id: hex::encode(self.authority_id),
            seed,
            encrypted,
        };
        // Room for the whole object, so that the vector never moves and leaves the seed behind.
        let mut json = Zeroizing::new(Vec::with_capacity(1024));
        serde_json::to_writer_pretty(&mut *json, &file).map_err(|_| Error::Encryption)?;
        json.push(b'\n');
        Ok(json)
    }
}

/// The part of a file that is never secret, decoded.
struct Header {
    scheme: Scheme,
    key_type: KeyTypeId,
    authority_id: [u8; 32],
}

impl File {
    fn header(&self, path: &Path) -> Result<Header, Error> {
        let scheme: Scheme = self
            .scheme
            .parse()
            .map_err(|_| Error::corrupt(path, "its scheme is unknown"))?;
        if scheme != SCHEME {
            return Err(Error::corrupt(
                path,
                format!("{scheme} is not a scheme for authorities"),
            ));
        }
        Ok(Header {
            scheme,
            key_type: KeyTypeId(*decode_hex("keyType", &self.key_type, path)?),
            authority_id: *decode_hex("authorityId", &self.authority_id, path)?,
        })
    }
}

impl Encrypted {
    fn seal(seed: &[u8; 32], header: &Header, passphrase: &str) -> Result<Self, Error> {
        Self::seal_with(seed, header, passphrase, &*random()?, &*random()?)
    }

    /// [`seal`](Self::seal) with given randomness. The nonce comes from the key, from `entropy` and from what is encrypted: if
    /// a generator always answers the same, two keys under one password still have two nonces.
    fn seal_with(
        seed: &[u8; 32],
        header: &Header,
        passphrase: &str,
        salt: &[u8; SALT_BYTES],
        entropy: &[u8; 32],
    ) -> Result<Self, Error> {
        let key = file_key(passphrase, salt, COST)?;
        let associated = associated_data(header, COST, salt);
        let content = Zeroizing::new([associated.as_slice(), seed].concat());
        let nonce: Zeroizing<[u8; NONCE_BYTES]> =
            hedged(b"authority key file nonce", &*key, entropy, &content);
        let ciphertext = XChaCha20Poly1305::new(Key::from_slice(&*key))
            .encrypt(
                XNonce::from_slice(&*nonce),
                Payload {
                    msg: seed,
                    aad: &associated,
                },
            )
            .map_err(|_| Error::Encryption)?;
        Ok(Self {
            kdf: KDF.into(),
            memory_kib: COST.memory_kib,
            passes: COST.passes,
            lanes: COST.lanes,
            salt: hex::encode(salt),
            cipher: CIPHER.into(),
            nonce: hex::encode(*nonce),
            ciphertext: hex::encode(ciphertext),
        })
    }

    fn open(
        &self,
        header: &Header,
        passphrase: Option<&str>,
        path: &Path,
    ) -> Result<Zeroizing<[u8; 32]>, Error> {
        let passphrase =
            passphrase.ok_or_else(|| Error::PassphraseMissing { path: path.into() })?;
        let cost = self.cost(path)?;
        let salt = decode_hex::<SALT_BYTES>("salt", &self.salt, path)?;
        let nonce = decode_hex::<NONCE_BYTES>("nonce", &self.nonce, path)?;
        let ciphertext = decode_hex::<48>("ciphertext", &self.ciphertext, path)?;
        let key = file_key(passphrase, &*salt, cost)?;
        let associated = associated_data(header, cost, &*salt);
        let plain = XChaCha20Poly1305::new(Key::from_slice(&*key))
            .decrypt(
                XNonce::from_slice(&*nonce),
                Payload {
                    msg: &*ciphertext,
                    aad: &associated,
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| Error::WrongPassphrase { path: path.into() })?;
        let mut seed = Zeroizing::new([0u8; 32]);
        if plain.len() != seed.len() {
            return Err(Error::corrupt(path, "its seed does not have 32 bytes"));
        }
        seed.copy_from_slice(&plain);
        Ok(seed)
    }

    fn cost(&self, path: &Path) -> Result<Cost, Error> {
        if self.kdf != KDF || self.cipher != CIPHER {
            return Err(Error::corrupt(path, "it is encrypted in an unknown way"));
        }
        let cost = Cost {
            memory_kib: self.memory_kib,
            passes: self.passes,
            lanes: self.lanes,
        };
        let bounded = cost.memory_kib <= MAX_COST.memory_kib
            && cost.passes <= MAX_COST.passes
            && cost.lanes <= MAX_COST.lanes;
        if !bounded {
            return Err(Error::corrupt(
                path,
                "its Argon2 parameters are beyond the limits",
            ));
        }
        Ok(cost)
    }
}

fn file_key(passphrase: &str, salt: &[u8], cost: Cost) -> Result<Zeroizing<[u8; 32]>, Error> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
        .map_err(|error| Error::KeyDerivation(error.to_string()))?;
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
        .map_err(|error| Error::KeyDerivation(error.to_string()))?;
    Ok(key)
}

/// Everything in the file but nonce and ciphertext, each part of fixed length.
fn associated_data(header: &Header, cost: Cost, salt: &[u8]) -> Vec<u8> {
    [
        DOMAIN,
        &VERSION.to_le_bytes(),
        &[header.scheme.id()],
        &header.key_type.0,
        &header.authority_id,
        &cost.memory_kib.to_le_bytes(),
        &cost.passes.to_le_bytes(),
        &cost.lanes.to_le_bytes(),
        salt,
    ]
    .concat()
}

fn decode_json<'de, T: Deserialize<'de>>(content: &'de [u8], path: &Path) -> Result<T, Error> {
    serde_json::from_slice(content).map_err(|error| {
        // serde_json's own text can quote a value, and the value may be the seed.
        let place = format!(
            "JSON error at line {}, column {}",
            error.line(),
            error.column()
        );
        Error::corrupt(path, place)
    })
}

fn decode_hex<const N: usize>(
    field: &str,
    digits: &str,
    path: &Path,
) -> Result<Zeroizing<[u8; N]>, Error> {
    let mut bytes = Zeroizing::new([0u8; N]);
    hex::decode_to_slice(digits, &mut *bytes).map_err(|_| {
        Error::corrupt(
            path,
            format!("'{field}' is not made of {} hexadecimal digits", 2 * N),
        )
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    /// With one nonce, the files of a node's two keys would show the difference of their seeds.
    #[test]
    fn a_broken_generator_gives_no_two_key_files_one_nonce() {
        let header = Header {
            scheme: SCHEME,
            key_type: KeyTypeId(*b"aura"),
            authority_id: [1; 32],
        };
        let sealed = |seed: u8| {
            let (salt, entropy) = ([0; SALT_BYTES], [0; 32]);
            Encrypted::seal_with(&[seed; 32], &header, "correct horse", &salt, &entropy).unwrap()
        };
        let [first, second] = [sealed(1), sealed(2)];
        assert_ne!(first.nonce, second.nonce);
        let opened = first.open(&header, Some("correct horse"), Path::new("test"));
        assert_eq!(*opened.unwrap(), [1; 32]);
    }
}
