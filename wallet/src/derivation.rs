//! From a phrase of words to the keys of an account.
//!
//! 1. The phrase is BIP-39, 24 English words (256 bits) unless asked otherwise; 12 to 24 are taken.
//!    Its 64-byte seed is BIP-39's own: PBKDF2-HMAC-SHA512, 2,048 rounds, no 25th word.
//! 2. A path of hard junctions, such as `//0`, and the *scheme* select a 32-byte seed by HKDF-SHA512
//!    ([`qloak_pq_crypto::derive`]). The scheme is part of the input, so one phrase gives
//!    unrelated keys to ML-DSA-65 and FN-DSA-512, and breaking one scheme tells nothing of another's seed.
//!    There are no soft junctions: no lattice scheme can derive a public key from a public key.
//! 3. The scheme's own key generation (FIPS 204, FIPS 205, …) expands that seed.
//! 4. The account id is BLAKE2b-256 of `qloak/account/v1`, the scheme's id and the public key.
//!
//! Paths by convention:
//!
//! | path | what |
//! |---|---|
//! | `//0` | the first key of an account (`--path` changes it) |
//! | `//0//1`, `//0//2`, … | the keys that follow it when the account rotates |
//! | `//backup//0` | a backup key, under a phrase of its own |
//! | `//Alice`, `//Bob`, … | development accounts, under the public phrase [`qloak_pq_crypto::derive::DEV_PHRASE`] |
//!
//! So the phrase, the scheme and the path restore an account on a fresh machine (`qloak account import`). If
//! its key was rotated, `qloak key restore` asks the chain which key it expects, and finds it among the
//! keys that follow. An account that was recovered or migrated to another phrase is imported from that
//! one, with its address, since that phrase's first key founded another.

use bip39::{Language, Mnemonic};
use qloak_pq_crypto::derive::{derive_seed, Path, DEV_PHRASE};
use qloak_pq_crypto::scheme::Scheme;
use qloak_pq_crypto::signing::SecretKey;
use zeroize::Zeroizing;

use crate::address::AccountId;
use crate::secret::Secret;

/// The path of an account's first key.
pub const DEFAULT_PATH: &str = "//0";
/// The path of a backup key.
pub const BACKUP_PATH: &str = "//backup//0";
/// How many words a new phrase has.
pub const DEFAULT_WORDS: usize = 24;

/// What can be wrong with a phrase or a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DerivationError {
    /// Not 12, 15, 18, 21 or 24 words.
    #[error("a phrase has 12, 15, 18, 21 or 24 words, not {0}")]
    WordCount(usize),
    /// A word that the list does not contain. The word itself is a secret; its place is not.
    #[error("word {0} of the phrase is not in the BIP-39 English list")]
    UnknownWord(usize),
    /// All words exist, but not together.
    #[error("the words are all known, but the phrase's checksum is wrong: a word is mistyped or out of order")]
    Checksum,
    /// The junctions cannot be read.
    #[error("`{path}` is not a derivation path: {reason}")]
    Path {
        /// The path as given.
        path: String,
        /// What the parser says.
        reason: String,
    },
    /// The scheme's key generation failed.
    #[error("no {scheme} key can be made at `{path}`: {reason}")]
    KeyGeneration {
        /// The scheme.
        scheme: Scheme,
        /// The path.
        path: String,
        /// What the scheme says.
        reason: String,
    },
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(String),
}

/// A phrase's entropy, from which words and seeds are made. Wiped when dropped.
pub struct Phrase(Mnemonic);

impl Phrase {
    /// A new phrase of 12 to 24 words.
    ///
    /// # Errors
    /// [`DerivationError::WordCount`] or [`DerivationError::Randomness`].
    pub fn generate(words: usize) -> Result<Self, DerivationError> {
        if !(12..=24).contains(&words) || !words.is_multiple_of(3) {
            return Err(DerivationError::WordCount(words));
        }
        let mut entropy = Zeroizing::new([0u8; 32]);
        getrandom::fill(entropy.as_mut())
            .map_err(|error| DerivationError::Randomness(error.to_string()))?;
        Self::from_entropy(&entropy[..words / 3 * 4])
    }

    /// The phrase of this entropy.
    ///
    /// # Errors
    /// [`DerivationError::WordCount`] if there is no phrase of that length.
    pub fn from_entropy(entropy: &[u8]) -> Result<Self, DerivationError> {
        Mnemonic::from_entropy_in(Language::English, entropy)
            .map(Self)
            .map_err(|_| DerivationError::WordCount(entropy.len() * 3 / 4))
    }

    /// Reads words, separated by any white space.
    ///
    /// # Errors
    /// A [`DerivationError`] that names the place of the mistake, never the word.
    pub fn parse(words: &Secret) -> Result<Self, DerivationError> {
        let joined = Zeroizing::new(
            words
                .expose()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        );
        let normalised = Zeroizing::new(joined.to_lowercase());
        Mnemonic::parse_in_normalized(Language::English, &normalised)
            .map(Self)
            .map_err(|error| match error {
                bip39::Error::BadWordCount(count) => DerivationError::WordCount(count),
                bip39::Error::UnknownWord(index) => DerivationError::UnknownWord(index + 1),
                _ => DerivationError::Checksum,
            })
    }

    /// The public phrase of the development accounts. Everybody knows it.
    ///
    /// # Errors
    /// Never with the constant that is compiled in.
    pub fn development() -> Result<Self, DerivationError> {
        Self::parse(&Secret::new(DEV_PHRASE.into()))
    }

    /// The words. Whoever sees them owns the account.
    pub fn words(&self) -> Secret {
        Secret::new(self.0.words().collect::<Vec<_>>().join(" "))
    }

    /// The entropy that the words encode.
    pub fn entropy(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_entropy())
    }

    /// The 64-byte seed of BIP-39, which all keys come from.
    pub fn master(&self) -> Zeroizing<[u8; 64]> {
        Zeroizing::new(self.0.to_seed_normalized(""))
    }

    /// The key of `scheme` at `path`.
    ///
    /// # Errors
    /// [`DerivationError::Path`] or [`DerivationError::KeyGeneration`].
    pub fn derive(&self, scheme: Scheme, path: &str) -> Result<DerivedKey, DerivationError> {
        let junctions: Path = path
            .parse()
            .map_err(
                |error: <Path as std::str::FromStr>::Err| DerivationError::Path {
                    path: path.into(),
                    reason: error.to_string(),
                },
            )?;
        let master = self.master();
        DerivedKey::from_seed(scheme, path, &derive_seed(&master[..], scheme, &junctions))
    }
}

impl std::fmt::Debug for Phrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phrase({} words)", self.0.word_count())
    }
}

/// A secret key, where it comes from, and the seed from which a key file can remake it.
pub struct DerivedKey {
    /// The path under the phrase.
    pub path: String,
    /// The 32-byte seed.
    pub seed: Zeroizing<[u8; 32]>,
    /// The key.
    pub secret: SecretKey,
}

impl DerivedKey {
    /// Expands a seed that is already derived.
    ///
    /// # Errors
    /// [`DerivationError::KeyGeneration`].
    pub fn from_seed(scheme: Scheme, path: &str, seed: &[u8; 32]) -> Result<Self, DerivationError> {
        let secret =
            SecretKey::from_seed(scheme, seed).map_err(|error| DerivationError::KeyGeneration {
                scheme,
                path: path.into(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            path: path.into(),
            seed: Zeroizing::new(*seed),
            secret,
        })
    }

    /// The account that this key founds: the hash of scheme and key.
    pub fn account(&self) -> AccountId {
        account_of(self.secret.scheme(), self.secret.public_key())
    }
}

impl std::fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DerivedKey({}, {})", self.secret.scheme(), self.path)
    }
}

/// The account that a key founds.
pub fn account_of(scheme: Scheme, public: &[u8]) -> AccountId {
    AccountId(qloak_pq_crypto::account::account_id(scheme, public))
}

/// The path of an account's `index`-th key: its base path, followed by the index unless that is 0.
pub fn rotation_path(base: &str, index: u32) -> String {
    match index {
        0 => base.into(),
        index => format!("{base}//{index}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    fn parse(words: &str) -> Result<Phrase, DerivationError> {
        Phrase::parse(&Secret::new(words.into()))
    }

    #[test]
    fn a_new_phrase_has_the_words_asked_for_and_reads_back() {
        for words in [12, 15, 18, 21, 24] {
            let phrase = Phrase::generate(words).unwrap();
            assert_eq!(phrase.words().expose().split(' ').count(), words);
            assert_eq!(
                Phrase::parse(&phrase.words()).unwrap().entropy(),
                phrase.entropy()
            );
            assert_eq!(
                Phrase::from_entropy(&phrase.entropy()).unwrap().entropy(),
                phrase.entropy()
            );
        }
        for words in [0, 3, 11, 13, 25, 27] {
            assert_eq!(
                Phrase::generate(words).unwrap_err(),
                DerivationError::WordCount(words)
            );
        }
    }

    #[test]
    fn each_mistake_in_a_phrase_has_its_own_error_and_leaks_no_word() {
        assert_eq!(parse("").unwrap_err(), DerivationError::WordCount(0));
        assert_eq!(
            parse("bottom drive").unwrap_err(),
            DerivationError::WordCount(2)
        );
        let unknown = parse(&DEV_PHRASE.replace("curtain", "curtian")).unwrap_err();
        assert_eq!(unknown, DerivationError::UnknownWord(5));
        assert!(!unknown.to_string().contains("curtian"));
        let swapped = DEV_PHRASE.replace("bottom drive", "drive bottom");
        assert_eq!(parse(&swapped).unwrap_err(), DerivationError::Checksum);
        assert_eq!(
            format!("{:?}", Phrase::development().unwrap()),
            "Phrase(12 words)"
        );
    }

    #[test]
    fn white_space_and_case_do_not_matter() {
        let untidy = format!("  {}\n", DEV_PHRASE.replace(' ', " \t ").to_uppercase());
        assert_eq!(
            parse(&untidy).unwrap().entropy(),
            Phrase::development().unwrap().entropy()
        );
    }

    #[test]
    fn development_keys_are_those_of_the_chain() {
        let alice = Phrase::development()
            .unwrap()
            .derive(Scheme::MlDsa65, "//Alice")
            .unwrap();
        assert_eq!(
            *alice.seed,
            qloak_pq_crypto::derive::dev_seed(Scheme::MlDsa65, "Alice")
        );
        assert_eq!(
            alice.account(),
            account_of(Scheme::MlDsa65, alice.secret.public_key())
        );
    }

    #[test]
    fn paths_and_schemes_separate_keys() {
        let phrase = Phrase::development().unwrap();
        let base = phrase.derive(Scheme::MlDsa65, "//0").unwrap();
        let next = phrase
            .derive(Scheme::MlDsa65, &rotation_path("//0", 1))
            .unwrap();
        let other = phrase.derive(Scheme::MlDsa44, "//0").unwrap();
        assert_ne!(base.seed, next.seed);
        assert_ne!(base.seed, other.seed);
        assert_eq!(rotation_path("//0", 0), "//0");
        for path in ["/soft", "//", "//a/b", "a"] {
            assert!(
                matches!(
                    phrase.derive(Scheme::MlDsa44, path),
                    Err(DerivationError::Path { .. })
                ),
                "{path}"
            );
        }
    }
}
