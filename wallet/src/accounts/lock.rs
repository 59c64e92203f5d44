//! One command at a time changes an account's keys.
//!
//! A command reads the key file, asks the chain, and writes the file minutes later. Two of them at once would
//! each write what it had read, and the key that the chain took could be missing from the file.

use std::fs::{File, TryLockError};
use std::path::PathBuf;

use super::{at, AccountError, Home};
use crate::address::AccountId;
use crate::keyfile::{disk, KeyFileError};

/// Held while an account's keys are changed; released when it is dropped, also by a crash.
#[derive(Debug)]
pub struct KeyLock(#[allow(dead_code, reason = "the lock lasts as long as the file is open")] File);

/// A lock that another process has.
#[derive(Debug)]
pub struct Taken {
    file: File,
    path: PathBuf,
}

impl Home {
    /// Takes the lock over an account's keys, or says that another process has it.
    ///
    /// # Errors
    /// [`AccountError::KeyFile`] if the lock's file cannot be made.
    pub fn lock_keys(&self, account: AccountId) -> Result<Result<KeyLock, Taken>, AccountError> {
        let folder = self.0.join("locks");
        disk::private_folder(&folder).map_err(|error| at(&folder, error))?;
        // By id: one account may have several names here, and a file can be renamed meanwhile.
        let path = folder.join(format!("{}.keys", hex::encode(account.0)));
        let opened = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = opened.map_err(|error| failed(&path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Ok(KeyLock(file))),
            Err(TryLockError::WouldBlock) => Ok(Err(Taken { file, path })),
            Err(TryLockError::Error(error)) => Err(failed(&path, error)),
        }
    }
}

impl Taken {
    /// Waits until the other process is done.
    ///
    /// # Errors
    /// [`AccountError::KeyFile`] if the system cannot wait.
    pub fn wait(self) -> Result<KeyLock, AccountError> {
        match self.file.lock() {
            Ok(()) => Ok(KeyLock(self.file)),
            Err(error) => Err(failed(&self.path, error)),
        }
    }
}

fn failed(path: &std::path::Path, error: std::io::Error) -> AccountError {
    let io = KeyFileError::Io {
        path: path.display().to_string(),
        error,
    };
    at(path, io)
}
