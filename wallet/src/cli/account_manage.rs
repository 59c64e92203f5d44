//! `qloak account passphrase | rename | remove`: what is done to a key file as a whole.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::arguments::{require_distinct, PassphraseArguments};
use super::backup_source::{self, in_file};
use super::{key_lock, sending, Session};
use crate::accounts::StoredAccount;
use crate::address::DEFAULT_PREFIX;
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::disk::{self, Existing};
use crate::keyfile::Kind;
use crate::secret::{self, Secret, Source};

#[derive(Debug, Args)]
pub struct PassphraseChangeArguments {
    /// Name or address
    #[arg(required_unless_present = "backup")]
    account: Option<String>,
    /// Change the passphrase of this backup key's file instead
    #[arg(long, value_name = "PATH", conflicts_with = "account")]
    backup: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArguments,
    /// Read the new passphrase from this open file descriptor
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "new_passphrase_file",
        help_heading = "Secrets"
    )]
    new_passphrase_fd: Option<u32>,
    /// Read the new passphrase from this file (mode 0600)
    #[arg(long, value_name = "PATH", help_heading = "Secrets")]
    new_passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct RenameArguments {
    /// Name or address
    account: String,
    /// The new name
    new_name: String,
}

#[derive(Debug, Args)]
pub struct RemoveArguments {
    /// Name or address
    account: String,
}

pub fn change_passphrase(
    session: &Session,
    arguments: &PassphraseChangeArguments,
) -> Result<(), Error> {
    let old = arguments.passphrase.source();
    let new = Source::from_options(
        arguments.new_passphrase_fd,
        arguments.new_passphrase_file.clone(),
    );
    require_distinct(&[&old, &new])?;
    let path = match &arguments.backup {
        Some(path) => {
            change_of_backup(session, path, &old, &new)?;
            path.clone()
        }
        None => {
            let name = arguments.account.as_deref().unwrap_or_default();
            change_of_account(session, name, &old, &new)?
        }
    };
    let json = json!({ "file": path.display().to_string() });
    session.output.result(&json, |report| {
        report.good(format_args!("{} has a new passphrase.", path.display()));
        report.line("  Copies that were made before open under the old one.");
    })
}

fn change_of_account(
    session: &Session,
    name: &str,
    old: &Source,
    new: &Source,
) -> Result<PathBuf, Error> {
    let (account, _lock) = key_lock::locked(session, name, None)?;
    let mut stored = account.into_stored()?;
    let passphrase = sending::ask_passphrase(&stored.name, old)?;
    let unlocked = stored.unlock(&passphrase)?;
    let passphrase = ask_new(new)?;
    let _spinner = session.output.spinner("encrypting the key file");
    stored.replace_with(&unlocked, &passphrase, session.kdf)?;
    Ok(stored.path)
}

fn change_of_backup(
    session: &Session,
    path: &Path,
    old: &Source,
    new: &Source,
) -> Result<(), Error> {
    let file = backup_source::read(path)?;
    let _lock = key_lock::lock(session, file.account, &path.display().to_string())?;
    let file = backup_source::read(path)?;
    let unlocked = backup_source::unlock(path, &file, (old, "--passphrase"))?;
    let passphrase = ask_new(new)?;
    let _spinner = session.output.spinner("encrypting the key file");
    let in_file = |error| in_file(path, error);
    let file = unlocked.lock(&passphrase, session.kdf).map_err(in_file)?;
    disk::write(path, &file, Existing::Replace).map_err(in_file)
}

fn ask_new(source: &Source) -> Result<Secret, Error> {
    Ok(secret::new_passphrase(
        source,
        "--new-passphrase",
        "New passphrase: ",
    )?)
}

pub fn rename(session: &Session, arguments: &RenameArguments) -> Result<(), Error> {
    let (account, _lock) = key_lock::locked(session, &arguments.account, None)?;
    let stored = account.into_stored()?;
    require_no_recovery(session, &stored)?;
    let name = &arguments.new_name;
    let path = session.home.rename(&stored, name)?;
    let json = json!({
        "name": name,
        "address": stored.file.account.to_address(DEFAULT_PREFIX),
        "file": path.display().to_string(),
    });
    session.output.result(&json, |report| {
        report.good(format_args!("`{}` is `{name}` now.", arguments.account));
    })
}

pub fn remove(session: &Session, arguments: &RemoveArguments) -> Result<(), Error> {
    let (account, _lock) = key_lock::locked(session, &arguments.account, None)?;
    let stored = account.into_stored()?;
    require_no_recovery(session, &stored)?;
    let (name, path) = (stored.name.clone(), stored.path.clone());
    let address = stored.file.account.to_address(DEFAULT_PREFIX);
    session.output.explain(format_args!(
        "This deletes {}, the keys of {address}. What the account has stays on the chain, public and shielded, and only the account's words bring it back: have you got them? ({})",
        path.display(),
        follow_up::here(format_args!("account export {name} --phrase"))
    ));
    session.output.confirm("Delete it?")?;
    stored.remove()?;
    let backups = session.home.path(Kind::Backup, &name);
    let backup = backups.ok().filter(|path| path.exists());
    let backup = backup.map(|path| path.display().to_string());
    let json = json!({
        "name": name,
        "address": address,
        "removed": path.display().to_string(),
        "backup": backup,
    });
    session.output.result(&json, |report| {
        report.good(format_args!(
            "`{name}` ({address}) is no longer in this wallet."
        ));
        if let Some(backup) = &backup {
            report.line(format_args!("  Its backup key stays: {backup}"));
        }
    })
}

/// The new words of a recovery wait under the account's name, and would not be found under another. Those of another account
/// wait for this one to leave its name.
fn require_no_recovery(session: &Session, stored: &StoredAccount) -> Result<(), Error> {
    let name = &stored.name;
    let is_of_another = |path: &PathBuf| {
        disk::read(path).is_ok_and(|recovered| recovered.account != stored.file.account)
    };
    match session.home.recovering_path(name) {
        Ok(path) if path.exists() && !is_of_another(&path) => Err(Error::NotApplicable(format!(
            "a recovery of `{name}` was begun and is not finished: {} holds its new words. Run the same qloak key recover again first",
            path.display()
        ))),
        _ => Ok(()),
    }
}
