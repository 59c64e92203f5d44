//! `qloak key import-backup | show-backup`: the file of a backup key, from its words and back.

use serde_json::json;

use super::arguments::require_distinct;
use super::backup_source::{self, in_file};
use super::key_arguments::{ImportBackupArguments, ShowBackupArguments};
use super::{key_backup, words, Session};
use crate::address::DEFAULT_PREFIX;
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::{KeyEntry, KeyFileError, Kind};
use crate::secret::{self, Source};

pub fn import(session: &Session, arguments: &ImportBackupArguments) -> Result<(), Error> {
    let account = session.home.account_anywhere(&arguments.account)?;
    let words_source = Source::from_options(arguments.phrase_fd, arguments.phrase_file.clone());
    let passphrase_source = arguments.backup_passphrase.source();
    require_distinct(&[&words_source, &passphrase_source])?;
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => {
            // An address is no file's name; the account may have one here.
            let label = match session.home.find(account)? {
                Some(stored) => stored.name,
                None => arguments.account.replace('/', ""),
            };
            session.home.path(Kind::Backup, &label).map_err(|_| {
                Error::Usage(
                    "this account has no name here: say with --out where the file goes".into(),
                )
            })?
        }
    };
    if path.exists() {
        let exists = KeyFileError::Exists(path.display().to_string());
        return Err(in_file(&path, exists));
    }
    let text = secret::read(
        &words_source,
        "phrase",
        "--phrase",
        "Words of the backup key: ",
    )?;
    let unlocked = backup_source::from_words(&text, arguments.scheme, account)?;
    let passphrase = secret::new_passphrase(
        &passphrase_source,
        "--backup-passphrase",
        "New passphrase for the backup key: ",
    )?;
    let in_home = arguments.out.is_none();
    {
        let _spinner = session.output.spinner("encrypting the key file");
        key_backup::write(session, &path, &unlocked, &passphrase, in_home)?;
    }
    let public = KeyEntry::of(key_backup::only_key(&unlocked)?).public;
    let json = json!({
        "account": account.to_address(DEFAULT_PREFIX),
        "scheme": arguments.scheme.to_string(),
        "public": format!("0x{}", hex::encode(&public)),
        "file": path.display().to_string(),
    });
    session.output.result(&json, |report| {
        report.good(format_args!(
            "The backup key of these words is in {}.",
            path.display()
        ));
        report.field("guards", account.to_address(DEFAULT_PREFIX));
        report.field(
            "key",
            format_args!("{}, 0x{}", arguments.scheme, hex::encode(&public)),
        );
        report.line(format_args!(
            "  Whether the chain knows this key: {}",
            follow_up::command(format_args!("key status {}", arguments.account))
        ));
    })
}

pub fn show(session: &Session, arguments: &ShowBackupArguments) -> Result<(), Error> {
    let path = &arguments.file;
    let file = backup_source::read(path)?;
    let key = file.keys.first().cloned();
    let key = key.ok_or_else(|| in_file(path, KeyFileError::NoPhrase))?;
    let mut json = json!({
        "account": file.account.to_address(DEFAULT_PREFIX),
        "scheme": key.scheme.to_string(),
        "public": format!("0x{}", hex::encode(&key.public)),
        "file": path.display().to_string(),
    });
    let shown = match arguments.phrase {
        false => None,
        true => {
            let source = arguments.backup_passphrase.source();
            let unlocked = backup_source::unlock(path, &file, (&source, "--backup-passphrase"))?;
            let phrase = unlocked.phrase.as_ref();
            let phrase = phrase.ok_or_else(|| in_file(path, KeyFileError::NoPhrase))?;
            let shown = phrase.words();
            json["phrase"] = shown.expose().into();
            Some(shown)
        }
    };
    session.output.result(&json, |report| {
        report.heading(path.display());
        report.field("guards", file.account.to_address(DEFAULT_PREFIX));
        report.field(
            "key",
            format_args!("{}, 0x{}", key.scheme, hex::encode(&key.public)),
        );
        match &shown {
            Some(shown) => words::describe(report, shown, key_backup::WORDS_DO),
            None => report.line("  Its words: --phrase"),
        }
    })
}
