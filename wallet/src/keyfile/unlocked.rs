//! What is in a key file once it is open: keys, and the phrase that makes more of them.

use std::time::SystemTime;

use codec::Encode;
use qloak_pq_crypto::scheme::Scheme;
use zeroize::Zeroizing;

use super::{
    envelope, Header, KdfParameters, KeyEntry, KeyFile, KeyFileError, Kind, MAX_KEYS, VERSION,
};
use crate::address::AccountId;
use crate::derivation::{rotation_path, DerivedKey, Phrase};
use crate::secret::Secret;

/// A key file's secrets. Wiped when dropped.
pub struct Unlocked {
    /// What it is for.
    pub kind: Kind,
    /// Whose keys these are.
    pub account: AccountId,
    /// The keys, oldest first.
    pub keys: Vec<DerivedKey>,
    /// The phrase, unless the file was made without one.
    pub phrase: Option<Phrase>,
    /// The path of the phrase's first key, which may be forgotten by now.
    pub base_path: String,
    /// How many keys were derived from there: the index of the next one.
    pub next_index: u32,
    /// When this wallet made the words, in seconds since 1970: nobody can have paid to their shielded addresses
    /// before. Nothing if it did not make them.
    pub made_at: Option<u64>,
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Unlocked({}, {:?}, {} keys)",
            self.kind,
            self.account,
            self.keys.len()
        )
    }
}

impl Unlocked {
    /// The first key of a phrase, and the account that it founds.
    ///
    /// # Errors
    /// [`KeyFileError::Derivation`].
    pub fn from_phrase(
        kind: Kind,
        phrase: Phrase,
        scheme: Scheme,
        path: &str,
    ) -> Result<Self, KeyFileError> {
        let key = phrase.derive(scheme, path)?;
        let account = key.account();
        Ok(Self {
            kind,
            account,
            keys: vec![key],
            phrase: Some(phrase),
            base_path: path.into(),
            next_index: 1,
            made_at: None,
        })
    }

    /// The first key of words that were made just now.
    ///
    /// # Errors
    /// [`KeyFileError::Derivation`].
    pub fn from_new_phrase(
        kind: Kind,
        phrase: Phrase,
        scheme: Scheme,
        path: &str,
    ) -> Result<Self, KeyFileError> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Ok(Self {
            // A clock before 1970 tells nothing.
            made_at: since.ok().map(|since| since.as_secs()),
            ..Self::from_phrase(kind, phrase, scheme, path)?
        })
    }

    /// The key that an entry of the header names.
    ///
    /// # Errors
    /// [`KeyFileError::Inconsistent`] if there is none.
    pub fn key(&self, entry: &KeyEntry) -> Result<&DerivedKey, KeyFileError> {
        let matching = |key: &&DerivedKey| {
            key.secret.scheme() == entry.scheme && key.secret.public_key() == entry.public
        };
        self.keys
            .iter()
            .find(matching)
            .ok_or_else(|| KeyFileError::Inconsistent {
                path: entry.path.clone(),
            })
    }

    /// Derives the account's next key and appends it. Nothing is written.
    ///
    /// # Errors
    /// [`KeyFileError::NoPhrase`], [`KeyFileError::TooManyKeys`], [`KeyFileError::Derivation`].
    pub fn append_next_key(&mut self, scheme: Scheme) -> Result<&DerivedKey, KeyFileError> {
        if self.keys.len() >= MAX_KEYS {
            return Err(KeyFileError::TooManyKeys);
        }
        let path = rotation_path(&self.base_path, self.next_index);
        let key = self
            .phrase
            .as_ref()
            .ok_or(KeyFileError::NoPhrase)?
            .derive(scheme, &path)?;
        self.next_index += 1;
        self.keys.push(key);
        self.keys.last().ok_or(KeyFileError::NoPhrase)
    }

    /// Derives the phrase's keys of a scheme, `tries` at most, until one has this public key, and appends
    /// that one. Says whether there is one. Nothing is written.
    ///
    /// # Errors
    /// [`KeyFileError::NoPhrase`], [`KeyFileError::TooManyKeys`], [`KeyFileError::Derivation`].
    pub fn append_key_of(
        &mut self,
        scheme: Scheme,
        public: &[u8],
        tries: u32,
    ) -> Result<bool, KeyFileError> {
        if self.keys.len() >= MAX_KEYS {
            return Err(KeyFileError::TooManyKeys);
        }
        let phrase = self.phrase.as_ref().ok_or(KeyFileError::NoPhrase)?;
        for index in 0..tries {
            let path = rotation_path(&self.base_path, index);
            let key = phrase.derive(scheme, &path)?;
            if key.secret.public_key() == public {
                self.next_index = self.next_index.max(index + 1);
                self.keys.push(key);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes room for a key in a full file: the keys go that `keep` refuses, or else the oldest. The
    /// phrase makes any of them again.
    pub fn make_room(&mut self, keep: impl Fn(&DerivedKey) -> bool) {
        if self.keys.len() < MAX_KEYS {
            return;
        }
        self.retain_keys(keep);
        if self.keys.len() >= MAX_KEYS {
            self.keys.remove(0);
        }
    }

    /// Forgets the keys that `keep` refuses, unless that would leave none.
    pub(super) fn retain_keys(&mut self, keep: impl Fn(&DerivedKey) -> bool) {
        if self.keys.iter().any(&keep) {
            self.keys.retain(keep);
        }
    }

    /// Encrypts under a passphrase, with fresh salt and nonce.
    ///
    /// # Errors
    /// [`KeyFileError::Kdf`], or [`KeyFileError::Derivation`] if there is no randomness.
    pub fn lock(
        &self,
        passphrase: &Secret,
        parameters: KdfParameters,
    ) -> Result<KeyFile, KeyFileError> {
        let keys: Vec<KeyEntry> = self.keys.iter().map(KeyEntry::of).collect();
        let header = Header {
            version: VERSION,
            kind: self.kind,
            account: self.account,
            keys: &keys,
        };
        let entropy = self
            .phrase
            .as_ref()
            .map(Phrase::entropy)
            .unwrap_or_default();
        // Exactly as long as needed: a vector that grows leaves copies of secrets behind.
        let mut plaintext = Zeroizing::new(Vec::with_capacity(
            80 + 32 * self.keys.len() + self.base_path.len(),
        ));
        entropy.encode_to(&mut *plaintext);
        codec::Compact(self.keys.len() as u32).encode_to(&mut *plaintext);
        self.keys
            .iter()
            .for_each(|key| key.seed.encode_to(&mut *plaintext));
        (self.base_path.as_str(), self.next_index, self.made_at).encode_to(&mut *plaintext);
        let sealed = envelope::seal(
            passphrase,
            parameters,
            |kdf| header.associated_data(kdf),
            &plaintext,
        )?;
        Ok(KeyFile {
            kind: self.kind,
            account: self.account,
            keys,
            version: VERSION,
            sealed,
        })
    }
}
