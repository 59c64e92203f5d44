//! The wallet's home, the names in it, and what `--from` and `--to` may say.
//!
//! ```text
//! ~/.qloak/                 mode 0700; --home or QLOAK_HOME moves it
//!   accounts/<name>.json    key files of accounts
//!   backups/<name>.json     backup keys (better kept on another medium; --out puts them there)
//!   viewkeys/<name>.viewkey imported viewing keys
//!   shielded/<id>.state     what was found in the shielded pool, encrypted; a scan makes it anew
//!   shielded/<id>.lock      locked by the command that uses that state
//! ```
//!
//! An account is written as
//! * `//Alice`: a development account, whose phrase is public; or
//! * a name under `accounts/`; or
//! * an address, which must be that of a stored account where a key is needed.

use std::fs;
use std::path::{Path, PathBuf};

use qloak_pq_crypto::scheme::Scheme;

use crate::address::{self, AccountId, AddressError};
use crate::derivation::{DerivedKey, Phrase};
use crate::keyfile::disk::{self, Existing};
use crate::keyfile::{KeyEntry, KeyFile, KeyFileError, Kind, Unlocked};
use crate::secret::Secret;

/// How the files of imported viewing keys end.
const VIEWKEY: &str = "viewkey";

/// Longest name of an account.
const MAX_NAME: usize = 64;

/// Why an account cannot be found or stored.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Not a name.
    #[error("`{0}` cannot name an account: use 1 to {MAX_NAME} letters, digits, `-`, `_` and `.`, beginning with a letter or digit")]
    BadName(String),
    /// No such account here.
    #[error("no account `{name}` in {folder}. `qloak account list` shows what is there")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Where it was looked for.
        folder: String,
    },
    /// An address, but no key for it.
    #[error("no key for {0} in this wallet. `qloak account list` shows the accounts that it can sign for")]
    NoKeyFor(String),
    /// There is no home.
    #[error("there is no home directory: give --home DIR or set QLOAK_HOME")]
    NoHome,
    /// The address itself.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A key file.
    #[error("{}", .error.located(.path))]
    KeyFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: KeyFileError,
    },
    /// Development accounts have no file.
    #[error("{0} is a development account and has no key file. Import it first: qloak account import NAME --development {0}")]
    DevelopmentHasNoFile(String),
}

/// The folder with the wallet's files.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// The folder that was asked for, or `~/.qloak`.
    ///
    /// # Errors
    /// [`AccountError::NoHome`].
    pub fn locate(asked: Option<PathBuf>) -> Result<Self, AccountError> {
        let default = || {
            std::env::home_dir()
                .filter(|home| home.is_absolute())
                .map(|home| home.join(".qloak"))
        };
        asked.or_else(default).map(Self).ok_or(AccountError::NoHome)
    }

    /// The folder of one kind of key file.
    pub fn folder(&self, kind: Kind) -> PathBuf {
        self.0.join(match kind {
            Kind::Account => "accounts",
            Kind::Backup => "backups",
        })
    }

    /// The folder with what the wallet knows of shielded notes.
    pub fn shielded_folder(&self) -> PathBuf {
        self.0.join("shielded")
    }

    /// The path of a named key file.
    ///
    /// # Errors
    /// [`AccountError::BadName`], so that a name never leaves its folder.
    pub fn path(&self, kind: Kind, name: &str) -> Result<PathBuf, AccountError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !starts_well || name.len() > MAX_NAME || !name.chars().all(plain) {
            return Err(AccountError::BadName(name.chars().take(MAX_NAME).collect()));
        }
        Ok(self.folder(kind).join(format!("{name}.json")))
    }

    /// The folder of imported viewing keys.
    pub fn viewkey_folder(&self) -> PathBuf {
        self.0.join("viewkeys")
    }

    /// The path of an imported viewing key.
    ///
    /// # Errors
    /// As [`Home::path`].
    pub fn viewkey_path(&self, name: &str) -> Result<PathBuf, AccountError> {
        // The same names as accounts have.
        self.path(Kind::Account, name)?;
        Ok(self.viewkey_folder().join(format!("{name}.{VIEWKEY}")))
    }

    /// The names of the imported viewing keys, sorted.
    ///
    /// # Errors
    /// As [`Home::names`].
    pub fn viewkey_names(&self) -> Result<Vec<String>, AccountError> {
        let names = files(&self.viewkey_folder(), VIEWKEY)?;
        Ok(names
            .into_iter()
            .filter(|name| self.viewkey_path(name).is_ok())
            .collect())
    }

    /// Writes a new key file under a name, making the folders.
    ///
    /// # Errors
    /// [`AccountError::BadName`], or a [`KeyFileError`] such as "exists already".
    pub fn store_new(&self, name: &str, file: &KeyFile) -> Result<PathBuf, AccountError> {
        let path = self.path(file.kind, name)?;
        let in_file = |error| at(&path, error);
        disk::private_folder(&self.folder(file.kind)).map_err(in_file)?;
        disk::write(&path, file, Existing::Refuse).map_err(in_file)?;
        Ok(path)
    }

    /// Refuses a name that is taken, before anything secret is asked for.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`] or [`AccountError::BadName`].
    pub fn require_free(&self, kind: Kind, name: &str) -> Result<(), AccountError> {
        let mut paths = vec![self.path(kind, name)?];
        // Commands that only look take the name of either.
        if kind == Kind::Account {
            paths.push(self.viewkey_path(name)?);
        }
        match paths.iter().find(|path| path.exists()) {
            Some(path) => Err(at(path, KeyFileError::Exists(path.display().to_string()))),
            None => Ok(()),
        }
    }

    /// The names of the stored key files of a kind, sorted.
    ///
    /// # Errors
    /// [`KeyFileError::Io`] if the folder exists but cannot be read.
    pub fn names(&self, kind: Kind) -> Result<Vec<String>, AccountError> {
        let names = files(&self.folder(kind), "json")?;
        Ok(names
            .into_iter()
            .filter(|name| self.path(kind, name).is_ok())
            .collect())
    }

    /// Reads a stored account.
    ///
    /// # Errors
    /// [`AccountError::Unknown`] if there is none of this name, or what is wrong with its file.
    pub fn load(&self, name: &str) -> Result<StoredAccount, AccountError> {
        let path = self.path(Kind::Account, name)?;
        if !path.exists() {
            let folder = self.folder(Kind::Account).display().to_string();
            return Err(AccountError::Unknown {
                name: name.into(),
                folder,
            });
        }
        let file = disk::read(&path).map_err(|error| at(&path, error))?;
        file.require(Kind::Account)
            .map_err(|error| at(&path, error))?;
        Ok(StoredAccount {
            name: name.into(),
            path,
            file,
        })
    }

    /// The stored account with this id, if any. Files that cannot be read are passed over.
    ///
    /// # Errors
    /// As [`Home::names`].
    pub fn find(&self, id: AccountId) -> Result<Option<StoredAccount>, AccountError> {
        let names = self.names(Kind::Account)?;
        Ok(names
            .iter()
            .filter_map(|name| self.load(name).ok())
            .find(|stored| stored.file.account == id))
    }

    /// The account that `--from` names, with the means to sign for it.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn signer(&self, text: &str, scheme: Option<Scheme>) -> Result<Account, AccountError> {
        if text.starts_with("//") {
            return development(text, scheme);
        }
        match self.load(text) {
            Ok(stored) => Ok(Account::Stored(stored)),
            // A hexadecimal id is too long for a name.
            Err(error @ (AccountError::Unknown { .. } | AccountError::BadName(_))) => {
                match address::parse(text) {
                    Ok((id, _)) => self
                        .find(id)?
                        .map(Account::Stored)
                        .ok_or_else(|| AccountError::NoKeyFor(text.into())),
                    Err(_) => Err(error),
                }
            }
            Err(other) => Err(other),
        }
    }

    /// The account that `--to` names; nobody needs a key for it.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn account_id(
        &self,
        text: &str,
        prefix: u16,
        scheme: Option<Scheme>,
    ) -> Result<AccountId, AccountError> {
        if text.starts_with("//") {
            return Ok(development(text, scheme)?.id());
        }
        match self.load(text) {
            Ok(stored) => Ok(stored.file.account),
            Err(AccountError::Unknown { name, folder }) => match address::parse_for(text, prefix) {
                Ok(id) => Ok(id),
                // Too short for an address: a name that is not there.
                Err(AddressError::Malformed(_)) if text.len() < 40 => {
                    Err(AccountError::Unknown { name, folder })
                }
                Err(error) => Err(error.into()),
            },
            Err(AccountError::BadName(_)) => Ok(address::parse_for(text, prefix)?),
            Err(other) => Err(other),
        }
    }
}

/// The names of the files in a folder that end so, without their ends, sorted.
fn files(folder: &Path, extension: &str) -> Result<Vec<String>, AccountError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            let path = folder.display().to_string();
            return Err(at(folder, KeyFileError::Io { path, error }));
        }
    };
    let name_of = |file: String| Some(file.strip_suffix(extension)?.strip_suffix('.')?.to_owned());
    let mut names: Vec<String> = entries
        .filter_map(|entry| name_of(entry.ok()?.file_name().into_string().ok()?))
        .collect();
    names.sort();
    Ok(names)
}

fn at(path: &Path, error: KeyFileError) -> AccountError {
    AccountError::KeyFile {
        path: path.display().to_string(),
        error,
    }
}

fn development(path: &str, scheme: Option<Scheme>) -> Result<Account, AccountError> {
    let derive = || Phrase::development()?.derive(scheme.unwrap_or(Scheme::MlDsa65), path);
    let key = derive().map_err(|error| AccountError::KeyFile {
        path: path.into(),
        error: error.into(),
    })?;
    Ok(Account::Development(Box::new(key)))
}

/// An account with a key file.
#[derive(Clone, Debug)]
pub struct StoredAccount {
    /// Its name.
    pub name: String,
    /// Its key file.
    pub path: PathBuf,
    /// What the key file says.
    pub file: KeyFile,
}

impl StoredAccount {
    /// Opens the key file.
    ///
    /// # Errors
    /// [`AccountError::KeyFile`]: wrong passphrase, altered file.
    pub fn unlock(&self, passphrase: &Secret) -> Result<Unlocked, AccountError> {
        self.file
            .unlock(passphrase)
            .map_err(|error| at(&self.path, error))
    }

    /// Writes changed keys back under the same passphrase and Argon2id parameters.
    ///
    /// # Errors
    /// [`AccountError::KeyFile`].
    pub fn replace(
        &mut self,
        unlocked: &Unlocked,
        passphrase: &Secret,
    ) -> Result<(), AccountError> {
        let file = unlocked
            .lock(passphrase, self.file.kdf_parameters())
            .map_err(|error| at(&self.path, error))?;
        disk::write(&self.path, &file, Existing::Replace).map_err(|error| at(&self.path, error))?;
        self.file = file;
        Ok(())
    }
}

/// An account that this wallet can sign for.
#[derive(Debug)]
pub enum Account {
    /// A development account, whose key everybody can derive.
    Development(Box<DerivedKey>),
    /// An account with a key file.
    Stored(StoredAccount),
}

impl Account {
    /// Its id.
    pub fn id(&self) -> AccountId {
        match self {
            Self::Development(key) => key.account(),
            Self::Stored(stored) => stored.file.account,
        }
    }

    /// How the user called it.
    pub fn label(&self) -> &str {
        match self {
            Self::Development(key) => &key.path,
            Self::Stored(stored) => &stored.name,
        }
    }

    /// The keys that it can sign with, oldest first.
    pub fn keys(&self) -> Vec<KeyEntry> {
        match self {
            Self::Development(key) => vec![KeyEntry::of(key)],
            Self::Stored(stored) => stored.file.keys.clone(),
        }
    }

    /// The key file.
    ///
    /// # Errors
    /// [`AccountError::DevelopmentHasNoFile`].
    pub fn into_stored(self) -> Result<StoredAccount, AccountError> {
        match self {
            Self::Stored(stored) => Ok(stored),
            Self::Development(key) => Err(AccountError::DevelopmentHasNoFile(key.path.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::keyfile::KdfParameters;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::locate(Some(folder.path().join("home"))).unwrap();
        (folder, home)
    }

    fn passphrase() -> Secret {
        Secret::new("correct horse".into())
    }

    fn key_file() -> KeyFile {
        let phrase = Phrase::generate(24).unwrap();
        let unlocked =
            Unlocked::from_phrase(Kind::Account, phrase, Scheme::MlDsa44, "//0").unwrap();
        unlocked
            .lock(&passphrase(), KdfParameters::INSECURE_FOR_TESTS)
            .unwrap()
    }

    #[test]
    fn a_name_cannot_leave_its_folder() {
        let (_folder, home) = home();
        for name in [
            "",
            "../x",
            "a/b",
            ".hidden",
            "-rf",
            "a b",
            "ä",
            &"a".repeat(65),
        ] {
            assert!(
                matches!(
                    home.path(Kind::Account, name),
                    Err(AccountError::BadName(_))
                ),
                "{name}"
            );
        }
        assert!(home.path(Kind::Account, "alice.old_2-x").is_ok());
    }

    #[test]
    fn accounts_are_found_by_name_and_by_address() {
        let (_folder, home) = home();
        assert_eq!(home.names(Kind::Account).unwrap(), Vec::<String>::new());
        let file = key_file();
        home.store_new("alice", &file).unwrap();
        assert_eq!(home.names(Kind::Account).unwrap(), ["alice"]);
        for text in [
            "alice",
            &file.account.to_address(42),
            &file.account.to_hex(),
        ] {
            assert_eq!(
                home.signer(text, None).unwrap().id(),
                file.account,
                "{text}"
            );
            assert_eq!(
                home.account_id(text, 42, None).unwrap(),
                file.account,
                "{text}"
            );
        }
        let stranger = AccountId([7; 32]).to_address(42);
        assert!(matches!(
            home.signer(&stranger, None),
            Err(AccountError::NoKeyFor(_))
        ));
        assert_eq!(
            home.account_id(&stranger, 42, None).unwrap(),
            AccountId([7; 32])
        );
        assert!(matches!(
            home.signer("bob", None),
            Err(AccountError::Unknown { .. })
        ));
        assert!(matches!(
            home.account_id("bob", 42, None),
            Err(AccountError::Unknown { .. })
        ));
        assert!(matches!(
            home.account_id(&stranger, 0, None),
            Err(AccountError::Address(_))
        ));
    }

    #[test]
    fn a_stored_account_is_never_overwritten_by_a_new_one() {
        let (_folder, home) = home();
        let first = key_file();
        home.store_new("alice", &first).unwrap();
        let refused = home.store_new("alice", &key_file()).unwrap_err();
        assert!(
            matches!(
                refused,
                AccountError::KeyFile {
                    error: KeyFileError::Exists(_),
                    ..
                }
            ),
            "{refused}"
        );
        assert!(home.require_free(Kind::Account, "alice").is_err());
        assert_eq!(home.load("alice").unwrap().file, first);
    }

    #[test]
    fn replacing_keeps_the_account_and_its_phrase() {
        let (_folder, home) = home();
        home.store_new("alice", &key_file()).unwrap();
        let mut stored = home.load("alice").unwrap();
        let mut unlocked = stored.unlock(&passphrase()).unwrap();
        unlocked.append_next_key(Scheme::MlDsa65).unwrap();
        stored.replace(&unlocked, &passphrase()).unwrap();
        let again = home.load("alice").unwrap();
        assert_eq!(again.file.keys.len(), 2);
        assert_eq!(again.file.keys[1].path, "//0//1");
        assert_eq!(
            again.unlock(&passphrase()).unwrap().account,
            unlocked.account
        );
        assert!(matches!(
            again.unlock(&Secret::new("battery staple".into())),
            Err(AccountError::KeyFile {
                error: KeyFileError::WrongPassphrase,
                ..
            })
        ));
    }

    #[test]
    fn development_accounts_need_no_file_and_have_none() {
        let (_folder, home) = home();
        let alice = home.signer("//Alice", None).unwrap();
        assert_ne!(
            alice.id(),
            home.signer("//Alice", Some(Scheme::MlDsa44)).unwrap().id()
        );
        assert_eq!(alice.label(), "//Alice");
        assert!(matches!(
            alice.into_stored(),
            Err(AccountError::DevelopmentHasNoFile(_))
        ));
    }
}
