//! The wallet's home, the names in it, and what `--from` and `--to` may say.
//!
//! ```text
//! ~/.qloak/                 mode 0700; --home or QLOAK_HOME moves it
//!   accounts/<name>.json    key files of accounts
//!   backups/<name>.json     backup keys (better kept on another medium; --out puts them there)
//!   viewkeys/<name>.viewkey imported viewing keys
//!   recovering/<name>.json  new keys of a recovery that is not on the chain yet
//!   locks/<id>.keys         locked by the command that changes that account's keys
//!   shielded/<id>.state     what was found in the shielded pool, encrypted; a scan makes it anew
//!   shielded/<id>.lock      locked by the command that uses that state
//! ```
//!
//! An account is written as
//! * `//Alice`: a development account, whose phrase is public; or
//! * an address, which must be that of a stored account where a key is needed; or
//! * a name under `accounts/`.
//!
//! Whatever reads as an address *is* one, whatever files there are: else a file could take payments that are
//! meant for an address. No file gets such a name, and one that has it is found by its own address only.

pub mod lock;
mod name;
mod recovery;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use qloak_pq_crypto::scheme::Scheme;

use crate::address::{self, AccountId, AddressError, DEFAULT_PREFIX};
use crate::derivation::{DerivedKey, Phrase};
use crate::follow_up;
use crate::keyfile::disk::{self, Existing};
use crate::keyfile::{KdfParameters, KeyEntry, KeyFile, KeyFileError, Kind, Unlocked};
use crate::secret::Secret;

/// How the files of imported viewing keys end.
const VIEWKEY: &str = "viewkey";

/// Why an account cannot be found or stored.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Not a name.
    #[error("`{0}` cannot name an account: use 1 to {max} letters, digits, `-`, `_` and `.`, beginning with a letter or digit", max = name::MAX_BYTES)]
    BadName(String),
    /// A name that payments would confuse with an address.
    #[error("`{0}` reads as an address, a handle or a key, so it cannot name an account: payments to it would not go where they are meant to. Choose another name")]
    NameLikeAddress(String),
    /// No such account here.
    #[error(
        "no account `{name}` in {folder}. `{}` shows what is there",
        follow_up::here("account list")
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// Where it was looked for.
        folder: String,
    },
    /// An address, but no key for it.
    #[error("no key for {0} in this wallet. `{list}` shows the accounts that it can sign for", list = follow_up::here("account list"))]
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
    /// Somebody may have written an address into the file.
    #[error("the address in {0} is that of no key in the file. That is so after a recovery or a migration, and also if somebody changed it: only the passphrase tells. Give it to `qloak account show` or `import` (--passphrase-file PATH, --passphrase-fd N); to pay such an account, write its address")]
    Unproven(String),
    /// Somebody else wrote it in the meantime.
    #[error("{0} was changed by another program since it was read; nothing was written. Run the command again")]
    Changed(String),
    /// Development accounts have no file.
    #[error("{0} is a development account and has no key file. Import it first: {import}", import = import_of(.0))]
    DevelopmentHasNoFile(String),
}

/// The command that makes a file of a development account.
fn import_of(development: &str) -> String {
    follow_up::here(format_args!(
        "account import NAME --development {development}"
    ))
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
    /// [`AccountError::BadName`], so that a name never leaves its folder;
    /// [`AccountError::NameLikeAddress`], so that it never stands for another account's address.
    pub fn path(&self, kind: Kind, name: &str) -> Result<PathBuf, AccountError> {
        name::check(name)?;
        Ok(self.file_of(kind, name))
    }

    fn file_of(&self, kind: Kind, name: &str) -> PathBuf {
        self.folder(kind).join(format!("{name}.json"))
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

    /// Files of viewing keys that no command uses, since their names read as addresses.
    ///
    /// # Errors
    /// As [`Home::names`].
    pub fn misnamed_viewkeys(&self) -> Result<Vec<PathBuf>, AccountError> {
        let names = files(&self.viewkey_folder(), VIEWKEY)?;
        let misnamed = names.iter().filter(|name| name::reads_as_address(name));
        let path = |name| self.viewkey_folder().join(format!("{name}.{VIEWKEY}"));
        Ok(misnamed.map(path).collect())
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

    /// The names of the stored key files of a kind, sorted; also names that no new file gets, see
    /// [`is_misnamed`].
    ///
    /// # Errors
    /// [`KeyFileError::Io`] if the folder exists but cannot be read.
    pub fn names(&self, kind: Kind) -> Result<Vec<String>, AccountError> {
        let names = files(&self.folder(kind), "json")?;
        Ok(names
            .into_iter()
            .filter(|name| name::is_plain(name))
            .collect())
    }

    /// Reads the account of this name.
    ///
    /// # Errors
    /// [`AccountError::Unknown`] if there is none of this name, or what is wrong with its file.
    pub fn load(&self, name: &str) -> Result<StoredAccount, AccountError> {
        name::check(name)?;
        self.read(name)
    }

    /// Reads one of the files in [`Home::names`], whatever it is called.
    ///
    /// # Errors
    /// As [`Home::load`].
    pub fn read(&self, name: &str) -> Result<StoredAccount, AccountError> {
        let path = self.file_of(Kind::Account, name);
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
        let mut names = self.names(Kind::Account)?;
        // The keys before a recovery are the same account's, and dead.
        names.sort_by_key(|name| recovery::is_replaced(name));
        let found = names
            .iter()
            .filter_map(|name| self.read(name).ok())
            .find(|stored| stored.file.account == id);
        Ok(found.map(|mut stored| {
            if is_misnamed(&stored.name) {
                stored.name = id.to_address(DEFAULT_PREFIX);
            }
            stored
        }))
    }

    /// The account that `--from` names, with the means to sign for it.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn signer(&self, text: &str, scheme: Option<Scheme>) -> Result<Account, AccountError> {
        if text.starts_with("//") {
            return development(text, scheme);
        }
        if !name::reads_as_address(text) {
            return self.load(text).map(Account::Stored);
        }
        let (id, _) = address::parse(text)?;
        self.find(id)?
            .map(Account::Stored)
            .ok_or_else(|| AccountError::NoKeyFor(text.into()))
    }

    /// The account that `--to` names; nobody needs a key for it.
    ///
    /// # Errors
    /// [`AccountError`]; [`AccountError::Unproven`] if a file's address is not that of its keys, since money would
    /// go wherever somebody wrote.
    pub fn account_id(
        &self,
        text: &str,
        prefix: u16,
        scheme: Option<Scheme>,
    ) -> Result<AccountId, AccountError> {
        self.resolve(text, prefix, scheme, true)
    }

    /// The account that is to be looked at: as [`Home::account_id`], whatever proves its address.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn look_up(
        &self,
        text: &str,
        prefix: u16,
        scheme: Option<Scheme>,
    ) -> Result<AccountId, AccountError> {
        self.resolve(text, prefix, scheme, false)
    }

    fn resolve(
        &self,
        text: &str,
        prefix: u16,
        scheme: Option<Scheme>,
        proven: bool,
    ) -> Result<AccountId, AccountError> {
        if text.starts_with("//") {
            return Ok(development(text, scheme)?.id());
        }
        // What cannot be a name was meant as an address.
        if name::reads_as_address(text) || !name::is_plain(text) {
            return Ok(address::parse_for(text, prefix)?);
        }
        let stored = self.load(text)?;
        match proven && !stored.file.has_founder() {
            true => Err(AccountError::Unproven(stored.path.display().to_string())),
            false => Ok(stored.file.account),
        }
    }

    /// The account that a text names, before a chain says which network it is: an address of any network counts.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn account_anywhere(&self, text: &str) -> Result<AccountId, AccountError> {
        match address::parse(text) {
            Ok((id, _)) => Ok(id),
            Err(_) => self.look_up(text, DEFAULT_PREFIX, None),
        }
    }

    /// Gives an account another name, and with it the backup key that has the same one.
    ///
    /// # Errors
    /// As [`Home::require_free`]; [`AccountError::KeyFile`] with the system's answer.
    pub fn rename(&self, stored: &StoredAccount, name: &str) -> Result<PathBuf, AccountError> {
        self.require_free(Kind::Account, name)?;
        let path = self.path(Kind::Account, name)?;
        let backup = self.file_of(Kind::Backup, &stored.name);
        let new_backup = backup.exists().then(|| self.path(Kind::Backup, name));
        let new_backup = new_backup.transpose()?;
        if let Some(new) = &new_backup {
            self.require_free(Kind::Backup, name)?;
            move_file(&backup, new)?;
        }
        if let Err(error) = move_file(&stored.path, &path) {
            if let Some(new) = &new_backup {
                move_file(new, &backup)?;
            }
            return Err(error);
        }
        Ok(path)
    }
}

/// Moves a file to a place where nothing is. `fs::rename` would overwrite the key file of another account that came there
/// since somebody looked; a second name is only given where there is none.
fn move_file(from: &Path, to: &Path) -> Result<(), AccountError> {
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::hard_link(from, to).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => at(to, KeyFileError::Exists(to.display().to_string())),
        _ => io(from, error),
    })?;
    disk::sync_folder(folder).map_err(|error| at(to, error))?;
    fs::remove_file(from).map_err(|error| io(from, error))?;
    let folder = from.parent().unwrap_or(Path::new("."));
    disk::sync_folder(folder).map_err(|error| at(from, error))
}

fn io(path: &Path, error: std::io::Error) -> AccountError {
    let path_text = path.display().to_string();
    at(
        path,
        KeyFileError::Io {
            path: path_text,
            error,
        },
    )
}

/// Whether a file of this name is found by its account's address only: its name reads as an address, and
/// would take payments that are meant for that.
pub fn is_misnamed(name: &str) -> bool {
    name::reads_as_address(name)
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
    /// [`AccountError::Changed`] if the file is not the one any more that was read;
    /// [`AccountError::KeyFile`].
    pub fn replace(
        &mut self,
        unlocked: &Unlocked,
        passphrase: &Secret,
    ) -> Result<(), AccountError> {
        let parameters = self.file.kdf_parameters();
        self.replace_with(unlocked, passphrase, parameters)
    }

    /// The same with other Argon2id parameters, for a new passphrase.
    ///
    /// # Errors
    /// As [`StoredAccount::replace`].
    pub fn replace_with(
        &mut self,
        unlocked: &Unlocked,
        passphrase: &Secret,
        parameters: KdfParameters,
    ) -> Result<(), AccountError> {
        let in_file = |error| at(&self.path, error);
        let file = unlocked.lock(passphrase, parameters).map_err(in_file)?;
        // Commands of this wallet wait for one another; a copy of an older one may not.
        if disk::read(&self.path).map_err(in_file)? != self.file {
            return Err(AccountError::Changed(self.path.display().to_string()));
        }
        disk::write(&self.path, &file, Existing::Replace).map_err(in_file)?;
        self.file = file;
        Ok(())
    }

    /// Deletes the key file.
    ///
    /// # Errors
    /// [`AccountError::KeyFile`] with the system's answer.
    pub fn remove(self) -> Result<(), AccountError> {
        fs::remove_file(&self.path).map_err(|error| {
            let path = self.path.display().to_string();
            at(&self.path, KeyFileError::Io { path, error })
        })
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
