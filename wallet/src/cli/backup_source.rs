//! Where a backup key comes from: its file, or its words.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::BackupPassphraseArguments;
use crate::address::AccountId;
use crate::chain::registry::{BackupKey, Registration};
use crate::derivation::{Phrase, BACKUP_PATH};
use crate::error::Error;
use crate::keyfile::{disk, KeyFile, KeyFileError, Kind, Unlocked};
use crate::secret::{self, Source};

/// The backup key that gives an order.
#[derive(Debug, Args)]
pub struct BackupSourceArguments {
    #[command(flatten)]
    key: BackupKeyArguments,
    #[command(flatten)]
    passphrase: BackupPassphraseArguments,
}

/// Its file, or its words; one of them.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct BackupKeyArguments {
    /// The backup key's file
    #[arg(long, value_name = "PATH")]
    backup: Option<PathBuf>,
    /// Ask for the backup key's words, instead of its file
    #[arg(long)]
    backup_words: bool,
    /// Read the backup key's words from this open file descriptor
    #[arg(long, value_name = "N", help_heading = "Secrets")]
    backup_phrase_fd: Option<u32>,
    /// Read the backup key's words from this file (mode 0600)
    #[arg(long, value_name = "PATH", help_heading = "Secrets")]
    backup_phrase_file: Option<PathBuf>,
}

/// The backup key that is to be replaced, and has to consent.
#[derive(Debug, Args)]
pub struct ReplacedArguments {
    #[command(flatten)]
    key: ReplacedKeyArguments,
    /// Read the present backup key's passphrase from this open file descriptor
    #[arg(long, value_name = "N", requires = "replace", help_heading = "Secrets")]
    replaced_passphrase_fd: Option<u32>,
    /// Read the present backup key's passphrase from this file (mode 0600)
    #[arg(
        long,
        value_name = "PATH",
        requires = "replace",
        help_heading = "Secrets"
    )]
    replaced_passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct ReplacedKeyArguments {
    /// The file of the present backup key, which must consent to be replaced
    #[arg(long, value_name = "PATH")]
    replace: Option<PathBuf>,
    /// Ask for the present backup key's words, instead of its file
    #[arg(long)]
    replaced_words: bool,
    /// Read the present backup key's words from this open file descriptor
    #[arg(long, value_name = "N", help_heading = "Secrets")]
    replaced_phrase_fd: Option<u32>,
    /// Read the present backup key's words from this file (mode 0600)
    #[arg(long, value_name = "PATH", help_heading = "Secrets")]
    replaced_phrase_file: Option<PathBuf>,
}

/// A file with its passphrase, or words.
#[derive(Clone, Debug)]
pub enum BackupSource {
    File {
        path: PathBuf,
        passphrase: Source,
        option: &'static str,
    },
    Words {
        source: Source,
        option: &'static str,
    },
}

impl BackupSourceArguments {
    pub fn source(&self) -> BackupSource {
        match &self.key.backup {
            Some(path) => BackupSource::File {
                path: path.clone(),
                passphrase: self.passphrase.source(),
                option: "--backup-passphrase",
            },
            None => BackupSource::Words {
                source: Source::from_options(
                    self.key.backup_phrase_fd,
                    self.key.backup_phrase_file.clone(),
                ),
                option: "--backup-phrase",
            },
        }
    }
}

impl ReplacedArguments {
    /// Nothing if no key is named.
    pub fn source(&self) -> Option<BackupSource> {
        let key = &self.key;
        if let Some(path) = &key.replace {
            return Some(BackupSource::File {
                path: path.clone(),
                passphrase: Source::from_options(
                    self.replaced_passphrase_fd,
                    self.replaced_passphrase_file.clone(),
                ),
                option: "--replaced-passphrase",
            });
        }
        let source = Source::from_options(key.replaced_phrase_fd, key.replaced_phrase_file.clone());
        (key.replaced_words || source != Source::Prompt).then_some(BackupSource::Words {
            source,
            option: "--replaced-phrase",
        })
    }
}

impl BackupSource {
    /// Where its secret is read from.
    pub fn secret(&self) -> &Source {
        match self {
            Self::File { passphrase, .. } => passphrase,
            Self::Words { source, .. } => source,
        }
    }

    /// Opens the key, and makes sure that the chain knows this very key as the account's.
    pub fn open(&self, account: AccountId, registration: &Registration) -> Result<Unlocked, Error> {
        let registered = registration.backup.as_ref().ok_or_else(|| {
            Error::NotApplicable(
                "the chain has no backup key for this account, so it can be neither frozen nor recovered".into(),
            )
        })?;
        match self {
            Self::File {
                path,
                passphrase,
                option,
            } => open_file(path, account, (passphrase, option), registered),
            Self::Words { source, option } => open_words(account, (source, option), registered),
        }
    }
}

fn open_file(
    path: &Path,
    account: AccountId,
    (source, option): (&Source, &'static str),
    registered: &BackupKey,
) -> Result<Unlocked, Error> {
    let file = read(path)?;
    if file.account != account || !is_key_of(&file, registered) {
        return Err(Error::NoUsableKey(format!(
            "{} holds another backup key than the one that the chain knows for this account",
            path.display()
        )));
    }
    unlock(path, &file, (source, option))
}

fn open_words(
    account: AccountId,
    (source, option): (&Source, &'static str),
    registered: &BackupKey,
) -> Result<Unlocked, Error> {
    let words = secret::read(source, "phrase", option, "Words of the backup key: ")?;
    let unlocked = from_words(&words, registered.scheme.0, account)?;
    let matches =
        |key: &crate::derivation::DerivedKey| key.secret.public_key() == registered.public;
    match unlocked.keys.first().is_some_and(matches) {
        true => Ok(unlocked),
        false => Err(Error::NoUsableKey(
            "these words make another backup key than the one that the chain knows for this account. The account's own words are not those of its backup key".into(),
        )),
    }
}

/// The backup key that words make.
pub fn from_words(
    words: &secret::Secret,
    scheme: qloak_pq_crypto::scheme::Scheme,
    account: AccountId,
) -> Result<Unlocked, Error> {
    let phrase = Phrase::parse(words)?;
    let unlocked = Unlocked::from_phrase(Kind::Backup, phrase, scheme, BACKUP_PATH);
    let mut unlocked = unlocked.map_err(|error| Error::KeyFile {
        path: "backup key".into(),
        error,
    })?;
    unlocked.account = account;
    Ok(unlocked)
}

/// Reads a backup key's file.
pub fn read(path: &Path) -> Result<KeyFile, Error> {
    let in_file = |error| in_file(path, error);
    let file = disk::read(path).map_err(in_file)?;
    file.require(Kind::Backup).map_err(in_file)?;
    Ok(file)
}

/// Whether the file holds the key that the chain knows.
pub fn is_key_of(file: &KeyFile, registered: &BackupKey) -> bool {
    let key = file.keys.first();
    key.is_some_and(|key| key.scheme == registered.scheme.0 && key.public == registered.public)
}

/// Asks for the passphrase of a backup key's file, and opens it.
pub fn unlock(
    path: &Path,
    file: &KeyFile,
    (source, option): (&Source, &'static str),
) -> Result<Unlocked, Error> {
    let prompt = format!("Passphrase of the backup key {}: ", path.display());
    let passphrase = secret::read(source, "passphrase", option, &prompt)?;
    file.unlock(&passphrase)
        .map_err(|error| in_file(path, error))
}

/// An error of the file at a path.
pub fn in_file(path: &Path, error: KeyFileError) -> Error {
    Error::KeyFile {
        path: path.display().to_string(),
        error,
    }
}
