//! `qloak key backup`: gives the account a backup key.

use std::path::{Path, PathBuf};

use qloak_pq_crypto::context::Context;
use serde_json::json;
use subxt::ext::scale_value::Value;

use super::arguments::require_distinct;
use super::backup_source::{self, in_file, is_key_of};
use super::key_arguments::BackupArguments;
use super::key_change::{key_arguments, refuse_in_overlap, scope};
use super::{key_lock, sending, words, Session};
use crate::accounts::Account;
use crate::address::AccountId;
use crate::chain::registry::{Registration, PALLET};
use crate::chain::transaction::{call, Call};
use crate::chain::Chain;
use crate::derivation::{DerivedKey, Phrase, BACKUP_PATH, DEFAULT_WORDS};
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::disk::{self, Existing};
use crate::keyfile::{KeyFile, KeyFileError, Kind, Unlocked};
use crate::payload;
use crate::secret::{self, Secret};

/// What the words of a backup key do.
pub const WORDS_DO: &str =
    "They freeze and recover the account, also without the backup key's file";

/// The backup key that is to be set: just made, or in the file of an attempt that did not reach the chain.
struct Candidate {
    unlocked: Unlocked,
    /// Whether its file is there.
    stored: bool,
}

pub async fn backup(session: &Session, arguments: &BackupArguments) -> Result<(), Error> {
    let (account, _lock) = key_lock::locked(session, &arguments.from, arguments.account_scheme)?;
    let replaced_source = arguments.replaced.source();
    let mut sources = vec![
        arguments.send.passphrase.source(),
        arguments.backup_passphrase.source(),
    ];
    sources.extend(
        replaced_source
            .as_ref()
            .map(|source| source.secret().clone()),
    );
    require_distinct(&sources.iter().collect::<Vec<_>>())?;
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => session
            .home
            .path(Kind::Backup, &account.label().replace('/', ""))?,
    };
    let attempt = earlier_attempt(&path, account.id())?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, account.id()).await?;
    refuse_in_overlap(&registration, at.block_number(), account.label())?;
    if let (Some(file), Some(registered)) = (&attempt, &registration.backup) {
        if is_key_of(file, registered) {
            return Err(Error::NotApplicable(format!(
                "the backup key in {} is the one that the chain knows for `{}` already. For another one, give another file with --out",
                path.display(),
                account.label()
            )));
        }
    }
    let replaced = match (&registration.backup, &replaced_source) {
        (None, _) => None,
        (Some(_), Some(source)) => Some(source.open(account.id(), &registration)?),
        (Some(backup), None) => {
            return Err(Error::NotApplicable(format!(
                "`{}` has a {} backup key already. To replace it, give its file with --replace, or --replaced-words for its words",
                account.label(),
                backup.scheme.0
            )))
        }
    };

    let candidate = match &attempt {
        Some(file) => reopen(session, arguments, &path, file)?,
        None => make(arguments, account.id())?,
    };
    let new = only_key(&candidate.unlocked)?;
    let scheme = new.secret.scheme();
    let call = {
        let _spinner = session.output.spinner("signing with the backup key");
        set_backup_call(&chain, account.id(), &registration, new, replaced.as_ref())?
    };
    let deposit = sending::deposit(&chain, &at, new.secret.public_key().len());
    let priced = sending::price(
        session,
        &chain,
        &at,
        &account,
        registration.key.as_ref(),
        call,
        &arguments.send,
    )
    .await?;

    let what = [
        (
            "backup key",
            format!("{scheme} for {}", chain.address(account.id())),
        ),
        ("its file", path.display().to_string()),
        ("its deposit", deposit),
    ];
    priced.confirm(session, &chain, &what)?;
    let passphrase = match candidate.stored {
        true => None,
        false => Some(secret::new_passphrase(
            &arguments.backup_passphrase.source(),
            "--backup-passphrase",
            "New passphrase for the backup key: ",
        )?),
    };
    let opened = sending::open(session, &account, &arguments.send.passphrase.source())?;
    let signed = priced.draft.sign(opened.secret(&priced.key.entry)?).await?;
    let write_file = || match &passphrase {
        Some(passphrase) => {
            let in_home = arguments.out.is_none();
            write(session, &path, &candidate.unlocked, passphrase, in_home)
        }
        None => Ok(()),
    };
    let sent = sending::submit_after(session, &chain, &signed, &arguments.send, write_file).await;
    let is_set = sent.as_ref().is_ok_and(|sent| sent.failure.is_none());
    if !is_set && path.exists() {
        warn_of_attempt(session, &path, &account);
    }
    let outcome = sent?;

    let words = candidate.unlocked.phrase.as_ref().map(Phrase::words);
    let words = words.filter(|_| words::are_shown(session, arguments.show_phrase));
    let mut action = json!({
        "account": chain.address(account.id()),
        "scheme": scheme.to_string(),
        "file": path.display().to_string(),
    });
    if let Some(words) = &words {
        action["phrase"] = words.expose().into();
    }
    let json = sending::sent_json(action, &priced.price, &outcome);
    let shown = match &words {
        Some(words) => words::paragraph(words, WORDS_DO),
        None => format!(
            "\nIts words were not shown: {}",
            follow_up::here(format_args!("key show-backup {} --phrase", path.display()))
        ),
    };
    let headline = format!(
        "The backup key is set. Move {} to another medium.{shown}",
        path.display()
    );
    sending::finish(session, &chain, &outcome, &json, &headline)
}

/// The file of a backup key that was made for this account before, if that is what lies there.
fn earlier_attempt(path: &Path, account: AccountId) -> Result<Option<KeyFile>, Error> {
    if !path.exists() {
        return Ok(None);
    }
    let file = backup_source::read(path).ok();
    match file.filter(|file| file.account == account) {
        Some(file) => Ok(Some(file)),
        None => Err(in_file(
            path,
            KeyFileError::Exists(path.display().to_string()),
        )),
    }
}

fn reopen(
    session: &Session,
    arguments: &BackupArguments,
    path: &Path,
    file: &KeyFile,
) -> Result<Candidate, Error> {
    session.output.warn(format_args!(
        "{} holds a backup key of this account that the chain does not know: it is sent again, and no new one is made",
        path.display()
    ));
    let source = arguments.backup_passphrase.source();
    let unlocked = backup_source::unlock(path, file, (&source, "--backup-passphrase"))?;
    Ok(Candidate {
        unlocked,
        stored: true,
    })
}

fn make(arguments: &BackupArguments, account: AccountId) -> Result<Candidate, Error> {
    let phrase = Phrase::generate(DEFAULT_WORDS)?;
    let unlocked = Unlocked::from_phrase(Kind::Backup, phrase, arguments.scheme, BACKUP_PATH);
    let mut unlocked = unlocked.map_err(no_file)?;
    unlocked.account = account;
    Ok(Candidate {
        unlocked,
        stored: false,
    })
}

/// Says what a backup key is that perhaps did not reach the chain, and how it gets there.
fn warn_of_attempt(session: &Session, path: &Path, account: &Account) {
    session.output.warn(format_args!(
        "{} holds a backup key that the chain may not know: `{}` tells, and the same `qloak key backup` again sends this key. Until the chain has it, it can neither freeze nor recover",
        path.display(),
        follow_up::command(format_args!("key status {}", account.label()))
    ));
}

/// The key of a backup key's file, which has one.
pub fn only_key(unlocked: &Unlocked) -> Result<&DerivedKey, Error> {
    let key = unlocked.keys.first();
    key.ok_or_else(|| no_file(KeyFileError::NoPhrase))
}

fn no_file(error: KeyFileError) -> Error {
    in_file(&PathBuf::from("backup key"), error)
}

fn set_backup_call(
    chain: &Chain,
    account: AccountId,
    registration: &Registration,
    new: &DerivedKey,
    replaced: Option<&Unlocked>,
) -> Result<Call, Error> {
    let (scheme, public, nonce) = (
        new.secret.scheme(),
        new.secret.public_key(),
        registration.recovery_nonce,
    );
    let scope = scope(chain, account);
    let proof = payload::sign(
        &new.secret,
        Context::KeyPossession,
        &scope.backup_possession(nonce, scheme, public),
    )?;
    let authorisation = match replaced {
        None => Value::unnamed_variant("None", []),
        Some(unlocked) => {
            let consent = payload::sign(
                &only_key(unlocked)?.secret,
                Context::Recovery,
                &scope.set_backup(nonce, scheme, public),
            )?;
            Value::unnamed_variant("Some", [Value::from_bytes(consent)])
        }
    };
    let mut arguments = key_arguments(new);
    arguments.push(("proof", Value::from_bytes(proof)));
    arguments.push(("authorisation", authorisation));
    Ok(call(PALLET, "set_backup_key", arguments))
}

/// Writes the file of a backup key.
pub fn write(
    session: &Session,
    path: &Path,
    unlocked: &Unlocked,
    passphrase: &Secret,
    in_home: bool,
) -> Result<(), Error> {
    let in_file = |error| in_file(path, error);
    if in_home {
        disk::private_folder(&session.home.folder(Kind::Backup)).map_err(in_file)?;
    }
    let file = unlocked.lock(passphrase, session.kdf).map_err(in_file)?;
    disk::write(path, &file, Existing::Refuse).map_err(in_file)
}
