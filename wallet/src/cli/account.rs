//! `qloak account …`: everything that needs no node.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use qloak_pq_crypto::scheme::Scheme;
use serde_json::{json, Value as Json};

use super::account_manage::{self, PassphraseChangeArguments, RemoveArguments, RenameArguments};
use super::arguments::{parse_scheme, require_distinct, PassphraseArguments};
use super::words::{self, Restoring};
use super::Session;
use crate::accounts::{is_misnamed, AccountError, StoredAccount};
use crate::address::{AccountId, DEFAULT_PREFIX};
use crate::derivation::{Phrase, DEFAULT_PATH, DEFAULT_WORDS};
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::disk::{self, Existing};
use crate::keyfile::{KeyFile, Kind, Unlocked};
use crate::output::Report;
use crate::printable::escaped;
use crate::secret::{self, Source};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
None of these needs a node. The words restore an account (with `qloak key restore`, if it was
rotated), its passphrase only opens the file here.

Examples:
  qloak account new alice
  qloak account list
  qloak account export alice --phrase                     the words, to write down
  qloak account import alice                              the account again, from its words")]
pub enum AccountCommand {
    /// Make an account with a new phrase
    #[command(after_help = "\
The phrase (24 words of BIP-39) restores the account; the passphrase protects the file on this
machine. The phrase is shown once on a terminal, and later with `qloak account export NAME --phrase`.

The key is derived from phrase, scheme and path: PBKDF2 as in BIP-39, then HKDF-SHA512 with the
scheme's id and the junctions. The account is the hash of its first key.

Examples:
  qloak account new alice
  qloak account new strong --scheme ml-dsa-87
  qloak account new bot --passphrase-file ~/.secrets/bot --json")]
    New(NewArguments),
    /// Restore an account from its phrase, or take over a key file
    #[command(after_help = "\
Scheme and path must be those that the account was made with, or another account comes out. If its
key was rotated since, get the present one too: qloak key restore NAME

Examples:
  qloak account import alice                              asks for the phrase
  qloak account import alice --phrase-fd 3 3< phrase.txt
  qloak account import alice --key-file /media/usb/alice.json
  qloak account import dev --development //Alice          a development account, with a file")]
    Import(ImportArguments),
    /// List the stored accounts
    #[command(after_help = "Example:\n  qloak account list --json")]
    List,
    /// Show one account: address, keys, file
    #[command(after_help = "\
An account's address is the hash of its first key. Where that key is not in the file, as after a
recovery, the address could be anything that somebody wrote there: the passphrase tells.

Examples:
  qloak account show alice
  qloak account show //Alice --scheme ml-dsa-44")]
    Show(ShowArguments),
    /// Export the encrypted key file, the phrase, or the public key
    #[command(after_help = "\
Without an option the encrypted key file goes to standard output.

Examples:
  qloak account export alice --out /media/usb/alice.json
  qloak account export alice --phrase
  qloak account export alice --public-key")]
    Export(ExportArguments),
    /// Give a key file another passphrase
    #[command(after_help = "\
Examples:
  qloak account passphrase alice
  qloak account passphrase --backup /media/usb/alice-backup.json

JSON: { file }.")]
    Passphrase(PassphraseChangeArguments),
    /// Give an account another name on this machine
    #[command(after_help = "\
Its backup key's file is renamed with it, if it lies in the wallet's home under the account's name.

Example:
  qloak account rename alice savings

JSON: { name, address, file }.")]
    Rename(RenameArguments),
    /// Delete an account's key file
    #[command(after_help = "\
The account itself and its money stay on the chain; its words bring it back.

Example:
  qloak account remove alice

JSON: { name, address, removed, backup }.")]
    Remove(RemoveArguments),
}

#[derive(Debug, Args)]
pub struct NewArguments {
    /// The account's name on this machine
    name: String,
    /// Its signature scheme
    #[arg(long, value_parser = parse_scheme, default_value = "ml-dsa-65")]
    scheme: Scheme,
    /// How many words: 12, 15, 18, 21 or 24
    #[arg(long, default_value_t = DEFAULT_WORDS)]
    words: usize,
    /// The derivation path, hard junctions only
    #[arg(long, default_value = DEFAULT_PATH)]
    path: String,
    /// Print the phrase although standard output is no terminal
    #[arg(long)]
    show_phrase: bool,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The account's name on this machine
    name: String,
    /// Its signature scheme
    #[arg(long, value_parser = parse_scheme, default_value = "ml-dsa-65", conflicts_with = "key_file")]
    scheme: Scheme,
    /// The derivation path, hard junctions only
    #[arg(long, default_value = DEFAULT_PATH, conflicts_with_all = ["key_file", "development"])]
    path: String,
    /// The account that the keys are for, if another key founded it: one that was recovered or migrated
    /// to these words. The command that shows such words shows this too
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["key_file", "development"])]
    account: Option<String>,
    /// Read the phrase from this open file descriptor
    #[arg(long, value_name = "N", conflicts_with_all = ["phrase_file", "key_file", "development"], help_heading = "Secrets")]
    phrase_fd: Option<u32>,
    /// Read the phrase from this file (mode 0600)
    #[arg(long, value_name = "PATH", conflicts_with_all = ["key_file", "development"], help_heading = "Secrets")]
    phrase_file: Option<PathBuf>,
    /// Take over this encrypted key file; its passphrase stays
    #[arg(long, value_name = "PATH", conflicts_with = "development")]
    key_file: Option<PathBuf>,
    /// Import a development account such as //Alice, whose phrase is public
    #[arg(long, value_name = "//NAME")]
    development: Option<String>,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// Name, address or //Name
    account: String,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

#[derive(Debug, Args)]
pub struct ExportArguments {
    /// Name or address
    account: String,
    /// Print the phrase: whoever reads it owns the account
    #[arg(long, conflicts_with_all = ["public_key", "out"])]
    phrase: bool,
    /// Print the newest public key in hexadecimal
    #[arg(long, conflicts_with = "out")]
    public_key: bool,
    /// Write the encrypted key file here, with mode 0600
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

pub fn run(session: &Session, command: AccountCommand) -> Result<(), Error> {
    match command {
        AccountCommand::New(arguments) => new(session, arguments),
        AccountCommand::Import(arguments) => import(session, arguments),
        AccountCommand::List => list(session),
        AccountCommand::Show(arguments) => show(session, &arguments),
        AccountCommand::Export(arguments) => export(session, &arguments),
        AccountCommand::Passphrase(arguments) => {
            account_manage::change_passphrase(session, &arguments)
        }
        AccountCommand::Rename(arguments) => account_manage::rename(session, &arguments),
        AccountCommand::Remove(arguments) => account_manage::remove(session, &arguments),
    }
}

fn new(session: &Session, arguments: NewArguments) -> Result<(), Error> {
    session.home.require_free(Kind::Account, &arguments.name)?;
    session.warn_of(arguments.scheme);
    let phrase = Phrase::generate(arguments.words)?;
    let shown = phrase.words();
    let in_memory = |error| Error::KeyFile {
        path: arguments.name.clone(),
        error,
    };
    let unlocked =
        Unlocked::from_new_phrase(Kind::Account, phrase, arguments.scheme, &arguments.path)
            .map_err(in_memory)?;
    let passphrase = secret::new_passphrase(
        &arguments.passphrase.source(),
        "--passphrase",
        "New passphrase for this account: ",
    )?;
    let path = store(session, &arguments.name, &unlocked, &passphrase)?;
    let show = words::are_shown(session, arguments.show_phrase);
    let mut json = created(&arguments.name, &unlocked, &path);
    if show {
        json["phrase"] = shown.expose().into();
    }
    session.output.result(&json, |report| {
        report.good(format_args!("Account `{}` is made.", arguments.name));
        describe(report, &json);
        match show {
            true => words::describe(report, &shown, "They restore the account"),
            false => report.line(format_args!(
                "  The phrase was not shown: {}",
                follow_up::here(format_args!("account export {} --phrase", arguments.name))
            )),
        }
    })
}

fn import(session: &Session, arguments: ImportArguments) -> Result<(), Error> {
    session.home.require_free(Kind::Account, &arguments.name)?;
    let (account, json) = match &arguments.key_file {
        Some(path) => import_file(session, &arguments, path)?,
        None => import_phrase(session, &arguments)?,
    };
    session.output.result(&json, |report| {
        report.good(format_args!(
            "Account `{}` is imported: {}",
            arguments.name,
            account.to_address(DEFAULT_PREFIX)
        ));
        describe(report, &json);
    })
}

fn import_file(
    session: &Session,
    arguments: &ImportArguments,
    path: &Path,
) -> Result<(AccountId, Json), Error> {
    let in_file = |error| Error::KeyFile {
        path: path.display().to_string(),
        error,
    };
    let name = &arguments.name;
    let file = disk::read(path).map_err(in_file)?;
    file.require(Kind::Account).map_err(in_file)?;
    let copy = StoredAccount {
        name: name.clone(),
        path: path.into(),
        file,
    };
    prove_address(&copy, &arguments.passphrase.source())?;
    let stored = session.home.store_new(name, &copy.file)?;
    let json = describe_file(name, &copy.file, &stored);
    Ok((copy.file.account, json))
}

/// Makes sure that the address in a key file is not one that somebody wrote there. Where its keys do not
/// show that, or a passphrase is given, the file is opened, which no edited one survives.
fn prove_address(stored: &StoredAccount, source: &Source) -> Result<(), Error> {
    let can_ask = std::io::IsTerminal::is_terminal(&std::io::stdin());
    match (stored.file.has_founder(), source) {
        (true, Source::Prompt) => Ok(()),
        (false, Source::Prompt) if !can_ask => {
            Err(AccountError::Unproven(stored.path.display().to_string()).into())
        }
        _ => {
            let prompt = format!("Passphrase of `{}`, to prove its address: ", stored.name);
            stored.unlock(&secret::passphrase(source, &prompt)?)?;
            Ok(())
        }
    }
}

fn import_phrase(
    session: &Session,
    arguments: &ImportArguments,
) -> Result<(AccountId, Json), Error> {
    session.warn_of(arguments.scheme);
    let phrase_source = Source::from_options(arguments.phrase_fd, arguments.phrase_file.clone());
    let passphrase_source = arguments.passphrase.source();
    let (phrase, path) = match &arguments.development {
        Some(path) => (Phrase::development()?, path),
        None => {
            require_distinct(&[&phrase_source, &passphrase_source])?;
            let words = secret::read(&phrase_source, "phrase", "--phrase", "Phrase: ")?;
            (Phrase::parse(&words)?, &arguments.path)
        }
    };
    let in_memory = |error| Error::KeyFile {
        path: arguments.name.clone(),
        error,
    };
    let mut unlocked =
        Unlocked::from_phrase(Kind::Account, phrase, arguments.scheme, path).map_err(in_memory)?;
    match &arguments.account {
        Some(account) => (unlocked.account, _) = crate::address::parse(account)?,
        // The chain keeps keys by account and not accounts by key, so that nobody can be asked.
        None if arguments.development.is_none() => session.output.warn(format_args!(
            "these words make {}. An account that was recovered or migrated to its words has another address: it stands with the words, and is given as --account ADDRESS",
            unlocked.account.to_address(DEFAULT_PREFIX)
        )),
        None => {}
    }
    let passphrase = secret::new_passphrase(
        &passphrase_source,
        "--passphrase",
        "New passphrase for this account: ",
    )?;
    let stored = store(session, &arguments.name, &unlocked, &passphrase)?;
    Ok((
        unlocked.account,
        created(&arguments.name, &unlocked, &stored),
    ))
}

fn store(
    session: &Session,
    name: &str,
    unlocked: &Unlocked,
    passphrase: &secret::Secret,
) -> Result<PathBuf, Error> {
    let _spinner = session.output.spinner("encrypting the key file");
    let in_memory = |error| Error::KeyFile {
        path: name.into(),
        error,
    };
    let file = unlocked.lock(passphrase, session.kdf).map_err(in_memory)?;
    Ok(session.home.store_new(name, &file)?)
}

fn created(name: &str, unlocked: &Unlocked, path: &Path) -> Json {
    let keys: Vec<_> = unlocked
        .keys
        .iter()
        .map(crate::keyfile::KeyEntry::of)
        .collect();
    summary(name, unlocked.account, &keys, Some(path))
}

fn describe_file(name: &str, file: &KeyFile, path: &Path) -> Json {
    summary(name, file.account, &file.keys, Some(path))
}

/// The stable shape of an account: `name, address, account_id, scheme, keys: [{scheme, path, public, bytes}], file`.
fn summary(
    name: &str,
    account: AccountId,
    keys: &[crate::keyfile::KeyEntry],
    file: Option<&Path>,
) -> Json {
    let key = |key: &crate::keyfile::KeyEntry| {
        json!({
            "scheme": key.scheme.to_string(),
            "path": key.path,
            "public": format!("0x{}", hex::encode(&key.public)),
            "bytes": key.public.len(),
        })
    };
    json!({
        "name": name,
        "address": account.to_address(DEFAULT_PREFIX),
        "account_id": account.to_hex(),
        "scheme": keys.last().map(|key| key.scheme.to_string()),
        "keys": keys.iter().map(key).collect::<Vec<_>>(),
        "file": file.map(|path| path.display().to_string()),
    })
}

fn describe(report: &mut Report, json: &Json) {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    report.field("address", text(&json["address"]));
    report.field("account id", text(&json["account_id"]));
    for key in json["keys"].as_array().into_iter().flatten() {
        let public = text(&key["public"]);
        let start = public.get(..18).unwrap_or(&public);
        report.field(
            "key",
            format_args!(
                "{} at {}, {} bytes, {start}…",
                text(&key["scheme"]),
                text(&key["path"]),
                key["bytes"]
            ),
        );
    }
    if let Some(file) = json["file"].as_str() {
        report.field("file", file);
    }
}

fn list(session: &Session) -> Result<(), Error> {
    let mut accounts = Vec::new();
    for name in session.home.names(Kind::Account)? {
        match session.home.read(&name) {
            Ok(StoredAccount { name, path, file }) => {
                if is_misnamed(&name) {
                    warn_of_name(session, file.account, &path);
                }
                let mut account = describe_file(&name, &file, &path);
                account["proven"] = file.has_founder().into();
                accounts.push(account);
            }
            Err(error) => {
                session.output.warn(&error);
                accounts.push(json!({ "name": name, "error": error.to_string() }));
            }
        }
    }
    let backups = session.home.names(Kind::Backup)?;
    let json = json!({ "accounts": accounts, "backups": backups });
    session.output.result(&json, |report| {
        if accounts.is_empty() {
            report.line(format_args!(
                "No accounts yet. Make one: {}",
                follow_up::here("account new NAME")
            ));
        }
        let width = accounts
            .iter()
            .filter_map(|account| account["name"].as_str())
            .map(str::len)
            .max()
            .unwrap_or(0);
        for account in &accounts {
            let name = account["name"].as_str().unwrap_or_default();
            match account["address"].as_str() {
                Some(address) => report.line(format_args!(
                    "{name:width$}  {address}  {}{}",
                    account["scheme"].as_str().unwrap_or_default(),
                    match account["proven"].as_bool() {
                        Some(false) => "  (address not proven: qloak account show)",
                        _ => "",
                    }
                )),
                None => report.bad(format_args!("{name:width$}  unreadable")),
            }
        }
        if !backups.is_empty() {
            report.line(format_args!(
                "Files of backup keys: {} (qloak key status tells whether the chain knows them)",
                backups.join(", ")
            ));
        }
    })
}

/// A file whose name reads as an address, from before such names were refused.
fn warn_of_name(session: &Session, account: AccountId, path: &Path) {
    session.output.warn(format_args!(
        "{} is named like an address, so it is not used by its name, but by its account's address only. Give the file another name, such as {}",
        path.display(),
        path.with_file_name(format!("renamed-{}.json", hex::encode(&account.0[..4]))).display()
    ));
}

fn show(session: &Session, arguments: &ShowArguments) -> Result<(), Error> {
    let account = session.home.signer(&arguments.account, arguments.scheme)?;
    let path = match &account {
        crate::accounts::Account::Stored(stored) => {
            prove_address(stored, &arguments.passphrase.source())?;
            Some(stored.path.as_path())
        }
        crate::accounts::Account::Development(_) => None,
    };
    let json = summary(account.label(), account.id(), &account.keys(), path);
    session.output.result(&json, |report| {
        report.heading(account.label());
        describe(report, &json);
        if path.is_none() {
            report.line("  A development account: its phrase is public, and so is its key.");
        }
    })
}

fn export(session: &Session, arguments: &ExportArguments) -> Result<(), Error> {
    let stored = session
        .home
        .signer(&arguments.account, None)?
        .into_stored()?;
    if arguments.phrase {
        return export_phrase(session, &stored, &arguments.passphrase.source());
    }
    let in_file = |error| Error::KeyFile {
        path: stored.path.display().to_string(),
        error,
    };
    if arguments.public_key {
        let key = stored
            .file
            .keys
            .last()
            .map(|key| format!("0x{}", hex::encode(&key.public)));
        let json = json!({ "name": stored.name, "public": key });
        return session
            .output
            .result(&json, |report| report.line(key.unwrap_or_default()));
    }
    match &arguments.out {
        None => {
            let text = stored.file.to_json().map_err(in_file)?;
            session.output.raw(&escaped(&text))
        }
        Some(out) => {
            let at_target = |error| Error::KeyFile {
                path: out.display().to_string(),
                error,
            };
            disk::write(out, &stored.file, Existing::Refuse).map_err(at_target)?;
            let json = describe_file(&stored.name, &stored.file, out);
            session.output.result(&json, |report| {
                report.good(format_args!(
                    "The encrypted key file of `{}` is in {}.",
                    stored.name,
                    out.display()
                ));
            })
        }
    }
}

fn export_phrase(session: &Session, stored: &StoredAccount, source: &Source) -> Result<(), Error> {
    let passphrase = secret::passphrase(source, &format!("Passphrase of `{}`: ", stored.name))?;
    let unlocked = stored.unlock(&passphrase)?;
    let in_file = |error| Error::KeyFile {
        path: stored.path.display().to_string(),
        error,
    };
    let phrase = unlocked
        .phrase
        .as_ref()
        .ok_or(crate::keyfile::KeyFileError::NoPhrase)
        .map_err(in_file)?;
    let words = phrase.words();
    let scheme = unlocked
        .keys
        .first()
        .map(|key| key.secret.scheme().to_string());
    let restoring = Restoring::of(&stored.name, &unlocked)?;
    let json = json!({
        "name": stored.name,
        "phrase": words.expose(),
        "path": unlocked.base_path,
        "scheme": scheme,
        "address": stored.file.account.to_address(DEFAULT_PREFIX),
        "import": restoring.command(),
    });
    session
        .output
        .result(&json, |report| report.line(words.expose()))?;
    // Beside the words and not among them: `account import` reads what `> FILE` keeps.
    if let Some(remark) = restoring.remark().filter(|_| !session.output.json) {
        for line in remark.lines() {
            session.output.explain(line);
        }
    }
    Ok(())
}
