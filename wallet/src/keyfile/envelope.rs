//! The encryption of a key file: Argon2id, then XChaCha20-Poly1305.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use codec::Encode;
use qloak_pq_crypto::hedge::hedged;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{from_hex, from_hex_exact, to_hex, KeyFileError};
use crate::derivation::DerivationError;
use crate::secret::Secret;

const KDF: &str = "argon2id";
const CIPHER: &str = "xchacha20-poly1305";
/// Argon2's version 1.3.
const KDF_VERSION: u32 = 0x13;
const CHECK_BYTES: usize = 16;
const SALT_BYTES: usize = 16;
/// Entropy, eight seeds and a path of 16 junctions of 64 bytes stay below 1.5 kB.
const MAX_CIPHERTEXT: usize = 2048;

/// What Argon2id costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub struct KdfParameters {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for KdfParameters {
    /// RFC 9106's memory-constrained choice with one lane; above every OWASP minimum.
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            iterations: 3,
            parallelism: 1,
        }
    }
}

impl KdfParameters {
    /// The cheapest that Argon2 permits. For tests only: a key file made with it protects nothing.
    pub const INSECURE_FOR_TESTS: Self = Self {
        memory_kib: 8,
        iterations: 1,
        parallelism: 1,
    };

    /// Upper bounds before anything is allocated: 1 GiB, 16 passes, 16 lanes.
    fn check(self) -> Result<Self, KeyFileError> {
        let bounds = [
            (
                "Argon2id memory in KiB",
                self.memory_kib,
                8,
                1024 * 1024,
                "8 to 1,048,576",
            ),
            (
                "Argon2id number of passes",
                self.iterations,
                1,
                16,
                "1 to 16",
            ),
            (
                "Argon2id number of lanes",
                self.parallelism,
                1,
                16,
                "1 to 16",
            ),
        ];
        for (field, found, least, most, allowed) in bounds {
            if !(least..=most).contains(&found) {
                return Err(KeyFileError::OutOfBounds {
                    field,
                    found: found.into(),
                    allowed,
                });
            }
        }
        Ok(self)
    }
}

/// An encrypted plaintext and all that is needed to open it except the passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    parameters: KdfParameters,
    salt: [u8; SALT_BYTES],
    check: [u8; CHECK_BYTES],
    nonce: [u8; 24],
    ciphertext: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsonKdf {
    algorithm: String,
    version: u32,
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
    salt: String,
    check: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsonCipher {
    algorithm: String,
    nonce: String,
    ciphertext: String,
}

/// Encrypts with fresh salt and nonce; `associated_data` gets the encoded KDF fields to append.
pub(super) fn seal(
    passphrase: &Secret,
    parameters: KdfParameters,
    associated_data: impl Fn(&[u8]) -> Vec<u8>,
    plaintext: &[u8],
) -> Result<Sealed, KeyFileError> {
    seal_with(
        passphrase,
        parameters,
        associated_data,
        plaintext,
        random()?,
        &random()?,
    )
}

/// [`seal`] with given randomness. The nonce comes from the key, from `entropy` and from what is encrypted: if a generator
/// always answers the same, two contents under one passphrase still have two nonces.
fn seal_with(
    passphrase: &Secret,
    parameters: KdfParameters,
    associated_data: impl Fn(&[u8]) -> Vec<u8>,
    plaintext: &[u8],
    salt: [u8; SALT_BYTES],
    entropy: &[u8; 32],
) -> Result<Sealed, KeyFileError> {
    let keys = Keys::derive(passphrase, parameters.check()?, &salt)?;
    let data = associated_data(&(parameters, salt).encode());
    let content = Zeroizing::new([data.as_slice(), plaintext].concat());
    let nonce = *hedged(b"key file nonce", keys.nonce.as_slice(), entropy, &content);
    let payload = Payload {
        msg: plaintext,
        aad: &data,
    };
    let ciphertext = keys
        .cipher
        .encrypt(XNonce::from_slice(&nonce), payload)
        .map_err(|_| KeyFileError::Kdf("the plaintext is too long".into()))?;
    Ok(Sealed {
        parameters,
        salt,
        check: keys.check,
        nonce,
        ciphertext,
    })
}

impl Sealed {
    pub(super) fn parameters(&self) -> KdfParameters {
        self.parameters
    }

    pub(super) fn open(
        &self,
        passphrase: &Secret,
        associated_data: impl Fn(&[u8]) -> Vec<u8>,
    ) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let keys = Keys::derive(passphrase, self.parameters, &self.salt)?;
        // Not constant-time: whoever can time this has the file, and can compute `check` himself.
        if keys.check != self.check {
            return Err(KeyFileError::WrongPassphrase);
        }
        let data = associated_data(&(self.parameters, self.salt).encode());
        let payload = Payload {
            msg: &self.ciphertext,
            aad: &data,
        };
        let plaintext = keys
            .cipher
            .decrypt(XNonce::from_slice(&self.nonce), payload);
        plaintext
            .map(Zeroizing::new)
            .map_err(|_| KeyFileError::Altered)
    }

    pub(super) fn to_json(&self) -> (JsonKdf, JsonCipher) {
        let kdf = JsonKdf {
            algorithm: KDF.into(),
            version: KDF_VERSION,
            memory_kib: self.parameters.memory_kib,
            iterations: self.parameters.iterations,
            parallelism: self.parameters.parallelism,
            salt: to_hex(&self.salt),
            check: to_hex(&self.check),
        };
        let cipher = JsonCipher {
            algorithm: CIPHER.into(),
            nonce: to_hex(&self.nonce),
            ciphertext: to_hex(&self.ciphertext),
        };
        (kdf, cipher)
    }

    pub(super) fn from_json(kdf: &JsonKdf, cipher: &JsonCipher) -> Result<Self, KeyFileError> {
        if kdf.algorithm != KDF || kdf.version != KDF_VERSION {
            return Err(KeyFileError::Malformed(format!(
                "unknown key derivation `{}`",
                kdf.algorithm
            )));
        }
        if cipher.algorithm != CIPHER {
            return Err(KeyFileError::Malformed(format!(
                "unknown cipher `{}`",
                cipher.algorithm
            )));
        }
        let parameters = KdfParameters {
            memory_kib: kdf.memory_kib,
            iterations: kdf.iterations,
            parallelism: kdf.parallelism,
        };
        let ciphertext = from_hex("ciphertext", &cipher.ciphertext)?;
        if ciphertext.len() > MAX_CIPHERTEXT {
            let found = ciphertext.len() as u64;
            return Err(KeyFileError::OutOfBounds {
                field: "ciphertext length",
                found,
                allowed: "up to 2048 bytes",
            });
        }
        Ok(Self {
            parameters: parameters.check()?,
            salt: from_hex_exact("salt", &kdf.salt)?,
            check: from_hex_exact("check", &kdf.check)?,
            nonce: from_hex_exact("nonce", &cipher.nonce)?,
            ciphertext,
        })
    }
}

struct Keys {
    cipher: XChaCha20Poly1305,
    check: [u8; CHECK_BYTES],
    /// What nonces are made with.
    nonce: Zeroizing<[u8; 32]>,
}

impl Keys {
    fn derive(
        passphrase: &Secret,
        parameters: KdfParameters,
        salt: &[u8],
    ) -> Result<Self, KeyFileError> {
        let refused = |error: argon2::Error| KeyFileError::Kdf(error.to_string());
        let KdfParameters {
            memory_kib,
            iterations,
            parallelism,
        } = parameters;
        let params = Params::new(memory_kib, iterations, parallelism, Some(32)).map_err(refused)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut master = Zeroizing::new([0u8; 32]);
        argon2
            .hash_password_into(passphrase.expose().as_bytes(), salt, master.as_mut())
            .map_err(refused)?;

        let key = Zeroizing::new(separate(b"qloak/key-file/encrypt/v1", &master));
        let mut check = [0; CHECK_BYTES];
        check.copy_from_slice(&separate(b"qloak/key-file/check/v1", &master)[..CHECK_BYTES]);
        Ok(Self {
            cipher: XChaCha20Poly1305::new(key.as_ref().into()),
            check,
            nonce: Zeroizing::new(separate(b"qloak/key-file/nonce/v1", &master)),
        })
    }
}

/// One use of the master secret.
fn separate(domain: &[u8], master: &[u8; 32]) -> [u8; 32] {
    let mut message = Zeroizing::new(Vec::with_capacity(domain.len() + master.len()));
    message.extend_from_slice(domain);
    message.extend_from_slice(master);
    sp_crypto_hashing::blake2_256(&message)
}

fn random<const N: usize>() -> Result<[u8; N], KeyFileError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| DerivationError::Randomness(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    /// With one nonce, two files under one passphrase and salt would show the difference of what is in them.
    #[test]
    fn a_broken_generator_gives_no_two_key_files_one_nonce() {
        let passphrase = Secret::new("correct horse".into());
        let sealed = |content: &[u8]| {
            let cost = KdfParameters::INSECURE_FOR_TESTS;
            let (salt, entropy) = ([0; SALT_BYTES], [0; 32]);
            seal_with(&passphrase, cost, <[u8]>::to_vec, content, salt, &entropy).unwrap()
        };
        let [first, second] = [sealed(b"one key"), sealed(b"two key")];
        assert_ne!(first.nonce, second.nonce);
        let opened = first.open(&passphrase, <[u8]>::to_vec).unwrap();
        assert_eq!(opened.as_slice(), b"one key");
    }
}
