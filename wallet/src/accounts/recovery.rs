//! The files of a recovery: the new keys until the chain has them, and the old ones afterwards.
//!
//! A recovery makes new words. Until it is in a block they lie in `recovering/NAME.json`, where a second try finds
//! them. Then that file takes the place of `accounts/NAME.json`, which stays as
//! `accounts/NAME.before-recovery.json`: the shielded money is still under its words.

use std::fs;
use std::path::PathBuf;

use super::{at, io, move_file, name, AccountError, Home};
use crate::keyfile::disk::{self, Existing};
use crate::keyfile::{KeyFile, KeyFileError, Kind};

/// How the names of accounts end whose keys a recovery has replaced.
const REPLACED: &str = ".before-recovery";
/// How often the keys under one name can be replaced.
const MOST_REPLACED: u32 = 99;

/// Whether a recovery has replaced the keys under this name.
pub fn is_replaced(name: &str) -> bool {
    name.rsplit_once(REPLACED)
        .is_some_and(|(_, number)| number.chars().all(|c| c == '-' || c.is_ascii_digit()))
}

impl Home {
    /// Refuses a name under which no recovery could end, before it begins.
    ///
    /// # Errors
    /// [`AccountError::BadName`] if there is no room for the name of the old keys.
    pub fn require_recoverable(&self, name: &str) -> Result<(), AccountError> {
        self.path(Kind::Account, &format!("{name}{REPLACED}-{MOST_REPLACED}"))?;
        Ok(())
    }

    /// Where the new keys of an account lie while the chain does not have them.
    ///
    /// # Errors
    /// As [`Home::path`].
    pub fn recovering_path(&self, name: &str) -> Result<PathBuf, AccountError> {
        name::check(name)?;
        Ok(self.0.join("recovering").join(format!("{name}.json")))
    }

    /// Writes the new keys there.
    ///
    /// # Errors
    /// As [`Home::store_new`].
    pub fn store_recovering(&self, name: &str, file: &KeyFile) -> Result<PathBuf, AccountError> {
        let path = self.recovering_path(name)?;
        let in_file = |error| at(&path, error);
        disk::private_folder(&self.0.join("recovering")).map_err(in_file)?;
        disk::write(&path, file, Existing::Refuse).map_err(in_file)?;
        Ok(path)
    }

    /// Puts the new keys in their place, now that the chain has them. Gives the name under which the old
    /// ones stay, if there were any.
    ///
    /// # Errors
    /// [`AccountError::KeyFile`] with the system's answer, or if another account has the name by now;
    /// [`AccountError::Changed`]. Then both files are where they were.
    pub fn finish_recovery(&self, name: &str) -> Result<Option<String>, AccountError> {
        let (new, place) = (self.recovering_path(name)?, self.path(Kind::Account, name)?);
        let folder = self.folder(Kind::Account);
        disk::private_folder(&folder).map_err(|error| at(&folder, error))?;
        if !place.exists() {
            move_file(&new, &place)?;
            return Ok(None);
        }
        let file = disk::read(&place).map_err(|error| at(&place, error))?;
        let recovered = disk::read(&new).map_err(|error| at(&new, error))?;
        // The lock is the account's, and not the name's: another account can have come to it while the chain was asked.
        if file.account != recovered.account {
            let exists = KeyFileError::Exists(place.display().to_string());
            return Err(at(&place, exists));
        }
        let kept = self.keep_replaced(name, &file)?;
        // Commands of this wallet wait for the lock; a copy of an older one may not.
        if disk::read(&place).map_err(|error| at(&place, error))? != file {
            return Err(AccountError::Changed(place.display().to_string()));
        }
        // One step: at no moment is there no file, or a half of one. What is overwritten was kept.
        fs::rename(&new, &place).map_err(|error| io(&place, error))?;
        disk::sync_folder(&folder).map_err(|error| at(&folder, error))?;
        Ok(Some(kept))
    }

    /// Gives the old keys a second name, that is still free.
    fn keep_replaced(&self, name: &str, file: &KeyFile) -> Result<String, AccountError> {
        for number in 1..=MOST_REPLACED {
            let number = match number {
                1 => String::new(),
                number => format!("-{number}"),
            };
            let kept = format!("{name}{REPLACED}{number}");
            let path = self.path(Kind::Account, &kept)?;
            match disk::write(&path, file, Existing::Refuse) {
                Ok(()) => return Ok(kept),
                Err(KeyFileError::Exists(_)) => {}
                Err(error) => return Err(at(&path, error)),
            }
        }
        let last = format!("{name}{REPLACED}-{MOST_REPLACED}");
        let path = self.path(Kind::Account, &last)?;
        Err(at(&path, KeyFileError::Exists(last)))
    }
}
