//! `qloak key …`: the keys of an account on the chain.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use qloak_pq_crypto::context::Context;
use qloak_pq_crypto::scheme::Scheme;
use serde_json::json;
use subxt::ext::scale_value::Value;

use super::arguments::{
    parse_backup_scheme, parse_scheme, BackupPassphraseArguments, PassphraseArguments,
    SendArguments,
};
use super::{key_backup, key_migrate, key_restore, key_status, sending, Session};
use crate::accounts::Account;
use crate::address::AccountId;
use crate::chain::registry::{KeyRecord, Registration, PALLET};
use crate::chain::transaction::{call, scheme_value};
use crate::chain::Chain;
use crate::derivation::DerivedKey;
use crate::error::Error;
use crate::keyfile::Unlocked;
use crate::payload::{self, Scope};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
An account keeps its address while its keys change. A backup key, made in good time and kept
elsewhere, takes the account back when its key is lost or stolen.

Examples:
  qloak key status alice
  qloak key rotate --from alice
  qloak key backup --from alice --out /media/usb/alice-backup.json
  qloak key recover --account alice --backup /media/usb/alice-backup.json --pay-from bob")]
pub enum KeyCommand {
    /// Put the account's key into the chain's registry
    #[command(after_help = "\
The first transaction of an account registers its key by itself if the account can pay the deposit;
this does it on its own.

Example:
  qloak key register --from alice")]
    Register(RegisterArguments),
    /// Give the account a new key; address, balance and history stay
    #[command(after_help = "\
The new key is the next one of the account's phrase. It is in the key file before the chain hears
of it, and the old one stays there too; it signs until its overlap on the chain is over.

Examples:
  qloak key rotate --from alice
  qloak key rotate --from alice --scheme ml-dsa-87")]
    Rotate(RotateArguments),
    /// Make a backup key that can freeze and recover the account
    #[command(after_help = "\
A backup key is hash-based (SLH-DSA), has a phrase and a passphrase of its own, and can do nothing but
freeze the account and give it a new key. Keep its file on another medium.

Examples:
  qloak key backup --from alice --out /media/usb/alice-backup.json
  qloak key backup --from alice --out new.json --replace /media/usb/alice-backup.json")]
    Backup(BackupArguments),
    /// Stop an account whose key may be stolen; anybody can pay for it
    #[command(
        after_help = "Example:\n  qloak key freeze --account alice --backup /media/usb/alice-backup.json --pay-from bob"
    )]
    Freeze(FreezeArguments),
    /// Give an account a new key with its backup key, at once, and thaw it
    #[command(after_help = "\
If the account's key file is gone, --name stores the new one under that name.

Examples:
  qloak key recover --account alice --backup /media/usb/alice-backup.json --pay-from bob
  qloak key recover --account 5F3s… --name alice --backup alice-backup.json --pay-from bob")]
    Recover(RecoverArguments),
    /// Derive the key that the chain expects from the account's phrase
    #[command(after_help = "\
An account that was imported from its words has its first key. If it was rotated since, the chain
expects a later one: this looks for it under the same words, and puts it into the key file.

Example:
  qloak key restore alice")]
    Restore(RestoreArguments),
    /// Give an account with a classical (sr25519) key a post-quantum key, for good
    #[command(after_help = "\
Examples:
  qloak key migrate --name alice --uri-fd 3 3< secret.txt
  qloak key migrate --name dev --development //Alice")]
    Migrate(MigrateArguments),
    /// Show what the chain knows of an account's keys
    #[command(after_help = "Example:\n  qloak key status alice --json")]
    Status(StatusArguments),
}

#[derive(Debug, Args)]
pub struct RegisterArguments {
    /// A stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    from: String,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
    #[command(flatten)]
    send: SendArguments,
}

#[derive(Debug, Args)]
pub struct RotateArguments {
    /// A stored account or its address
    #[arg(long, value_name = "ACCOUNT")]
    from: String,
    /// The new key's scheme [default: that of the present key]
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
    #[command(flatten)]
    send: SendArguments,
}

#[derive(Debug, Args)]
pub struct BackupArguments {
    /// A stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    pub from: String,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    pub account_scheme: Option<Scheme>,
    /// The backup key's scheme
    #[arg(long, value_parser = parse_backup_scheme, default_value = "slh-dsa-shake-128s")]
    pub scheme: Scheme,
    /// Where its file goes [default: backups/ACCOUNT.json in the wallet's home]
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// The present backup key, which must consent to be replaced
    #[arg(long, value_name = "PATH")]
    pub replace: Option<PathBuf>,
    /// Read the present backup key's passphrase from this open file descriptor
    #[arg(long, value_name = "N", requires = "replace", help_heading = "Secrets")]
    pub replaced_passphrase_fd: Option<u32>,
    /// Read the present backup key's passphrase from this file (mode 0600)
    #[arg(
        long,
        value_name = "PATH",
        requires = "replace",
        help_heading = "Secrets"
    )]
    pub replaced_passphrase_file: Option<PathBuf>,
    /// Print the backup key's phrase
    #[arg(long)]
    pub show_phrase: bool,
    #[command(flatten)]
    pub backup_passphrase: BackupPassphraseArguments,
    #[command(flatten)]
    pub send: SendArguments,
}

#[derive(Debug, Args)]
pub struct FreezeArguments {
    /// The account that the backup key guards
    #[arg(long)]
    pub account: String,
    /// The backup key's file
    #[arg(long, value_name = "PATH")]
    pub backup: PathBuf,
    /// Who pays the fee: a stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    pub pay_from: String,
    /// The scheme of a development account in --pay-from
    #[arg(long, value_parser = parse_scheme, value_name = "SCHEME")]
    pub pay_scheme: Option<Scheme>,
    #[command(flatten)]
    pub backup_passphrase: BackupPassphraseArguments,
    #[command(flatten)]
    pub send: SendArguments,
}

#[derive(Debug, Args)]
pub struct RecoverArguments {
    #[command(flatten)]
    pub freeze: FreezeArguments,
    /// The new key's scheme
    #[arg(long, value_parser = parse_scheme, default_value = "ml-dsa-65")]
    pub scheme: Scheme,
    /// The name for the new key file, if the account has none here
    #[arg(long)]
    pub name: Option<String>,
    /// Read the recovered account's passphrase from this open file descriptor
    #[arg(long, value_name = "N", help_heading = "Secrets")]
    pub account_passphrase_fd: Option<u32>,
    /// Read the recovered account's passphrase from this file (mode 0600)
    #[arg(long, value_name = "PATH", help_heading = "Secrets")]
    pub account_passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// A stored account or its address
    pub account: String,
    #[command(flatten)]
    pub passphrase: PassphraseArguments,
}

#[derive(Debug, Args)]
pub struct MigrateArguments {
    /// The name for the new key file
    #[arg(long)]
    pub name: String,
    /// The new key's scheme
    #[arg(long, value_parser = parse_scheme, default_value = "ml-dsa-65")]
    pub scheme: Scheme,
    /// Read the classical secret (phrase or 0x seed, with junctions) from this open file descriptor
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "uri_file",
        help_heading = "Secrets"
    )]
    pub uri_fd: Option<u32>,
    /// Read the classical secret from this file (mode 0600)
    #[arg(long, value_name = "PATH", help_heading = "Secrets")]
    pub uri_file: Option<PathBuf>,
    /// Migrate a classical development account such as //Alice, whose secret is public
    #[arg(long, value_name = "//NAME", conflicts_with_all = ["uri_fd", "uri_file"])]
    pub development: Option<String>,
    #[command(flatten)]
    pub send: SendArguments,
}

#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Name, address or //Name
    pub account: String,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    pub scheme: Option<Scheme>,
}

pub async fn run(session: &Session, command: KeyCommand) -> Result<(), Error> {
    match command {
        KeyCommand::Register(arguments) => register(session, &arguments).await,
        KeyCommand::Rotate(arguments) => rotate(session, &arguments).await,
        KeyCommand::Backup(arguments) => key_backup::backup(session, &arguments).await,
        KeyCommand::Freeze(arguments) => key_backup::freeze(session, &arguments).await,
        KeyCommand::Recover(arguments) => key_backup::recover(session, &arguments).await,
        KeyCommand::Restore(arguments) => key_restore::restore(session, &arguments).await,
        KeyCommand::Migrate(arguments) => key_migrate::migrate(session, &arguments).await,
        KeyCommand::Status(arguments) => key_status::status(session, &arguments).await,
    }
}

/// The chain and account that proofs are for.
pub fn scope(chain: &Chain, account: AccountId) -> Scope {
    Scope {
        genesis: chain.genesis().0,
        account,
    }
}

/// A key as arguments of a call: `scheme` and `public`.
pub fn key_arguments(key: &DerivedKey) -> Vec<(&'static str, Value)> {
    let secret = &key.secret;
    vec![
        ("scheme", scheme_value(secret.scheme())),
        ("public", Value::from_bytes(secret.public_key())),
    ]
}

async fn register(session: &Session, arguments: &RegisterArguments) -> Result<(), Error> {
    let account = session.home.signer(&arguments.from, arguments.scheme)?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, account.id()).await?;
    if let Some(record) = &registration.key {
        return Err(Error::NotApplicable(format!(
            "the chain has a key of `{}` already ({}, generation {}). To change it: qloak key rotate --from {}",
            account.label(),
            record.scheme.0,
            record.generation,
            account.label()
        )));
    }
    let keys = account.keys();
    let chosen = crate::chain::registry::choose_key(
        account.id(),
        account.label(),
        &keys,
        None,
        at.block_number(),
    )?;
    let (scheme, public) = (chosen.entry.scheme, chosen.entry.public);
    let call = call(
        PALLET,
        "register_key",
        vec![
            ("scheme", scheme_value(scheme)),
            ("public", Value::from_bytes(&public)),
        ],
    );
    let priced =
        sending::price(session, &chain, &at, &account, None, call, &arguments.send).await?;
    let what = [
        ("register", format!("{scheme} key, {} bytes", public.len())),
        ("for", chain.address(account.id())),
    ];
    let outcome = sending::send(session, &chain, &account, &priced, &what, &arguments.send).await?;
    let action = json!({ "account": chain.address(account.id()), "scheme": scheme.to_string(), "generation": 0 });
    let json = sending::sent_json(action, &priced.price, &outcome);
    sending::finish(session, &chain, &outcome, &json, "The key is registered.")
}

async fn rotate(session: &Session, arguments: &RotateArguments) -> Result<(), Error> {
    let mut stored = session.home.signer(&arguments.from, None)?.into_stored()?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, stored.file.account).await?;
    refuse_in_overlap(&registration, at.block_number(), &stored.name)?;

    let source = arguments.send.passphrase.source();
    let passphrase = sending::ask_passphrase(&stored.name, &source)?;
    let mut unlocked = stored.unlock(&passphrase)?;
    let in_file = |error| Error::KeyFile {
        path: stored.path.display().to_string(),
        error,
    };
    make_room(&mut unlocked, &registration, at.block_number());
    let present = registration
        .key
        .as_ref()
        .map(|key| (key.scheme.0, key.public.len()));
    let founder = unlocked
        .keys
        .first()
        .map(|key| (key.secret.scheme(), key.secret.public_key().len()));
    let (present, present_bytes) = present.or(founder).unwrap_or((Scheme::MlDsa65, 0));
    let scheme = arguments.scheme.unwrap_or(present);
    session.warn_of(scheme);
    let generation = registration.next_generation();
    let new = unlocked.append_next_key(scheme).map_err(in_file)?;
    let message =
        scope(&chain, stored.file.account).possession(generation, scheme, new.secret.public_key());
    let proof = payload::sign(&new.secret, Context::KeyPossession, &message)?;
    let mut call_arguments = key_arguments(new);
    call_arguments.push(("proof", Value::from_bytes(proof)));
    let path = new.path.clone();

    let account = Account::Stored(stored.clone());
    let call = call(PALLET, "rotate_key", call_arguments);
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
            "rotate",
            format!("{} {}", stored.name, chain.address(stored.file.account)),
        ),
        (
            "new key",
            format!("{scheme} at {path}, generation {generation}"),
        ),
        (
            "deposit",
            format!(
                "{} for both keys in the overlap",
                sending::deposit(
                    &chain,
                    &at,
                    present_bytes + scheme.parameters().public_bytes
                )
            ),
        ),
    ];
    priced.confirm(session, &chain, &what)?;
    let entry = &priced.key.entry;
    let secret = &unlocked
        .key(entry)
        .map_err(|error| Error::KeyFile {
            path: entry.path.clone(),
            error,
        })?
        .secret;
    let signed = priced.draft.sign(secret).await?;
    // From here on the new key cannot be lost, whatever happens to this process or the machine.
    stored.replace(&unlocked, &passphrase)?;
    let outcome = sending::submit(session, &chain, &signed, &arguments.send).await?;
    let json = json!({ "account": chain.address(account.id()), "scheme": scheme.to_string(), "path": path, "generation": generation });
    let json = sending::sent_json(json, &priced.price, &outcome);
    let headline = match registration.key {
        Some(_) => "The account has a new key. The old one signs until its overlap ends.",
        // A key that the chain never kept has no overlap.
        None => "The account has a new key. The old one is dead.",
    };
    sending::finish(session, &chain, &outcome, &json, headline)
}

/// While a rotated key still signs, the chain changes no keys: its holder could change them back.
pub fn refuse_in_overlap(registration: &Registration, block: u64, name: &str) -> Result<(), Error> {
    let previous = registration
        .key
        .as_ref()
        .and_then(|key| key.previous.as_ref());
    match previous.filter(|previous| u64::from(previous.valid_until) >= block) {
        Some(previous) => Err(Error::NotApplicable(format!(
            "`{name}` was rotated a short while ago: the key before signs until block {}, and this is block {block}. Its keys can be changed again after that",
            previous.valid_until
        ))),
        None => Ok(()),
    }
}

/// Makes room for a key in a full file. Only then: on another chain (a test network, say) an older key may
/// still be the present one.
pub fn make_room(unlocked: &mut Unlocked, registration: &Registration, block: u64) {
    let account = unlocked.account;
    unlocked.make_room(|key| is_needed(key, account, registration, block));
}

/// Whether the chain may still ask for this key. The others are leftovers of attempts and finished overlaps.
fn is_needed(
    key: &DerivedKey,
    account: AccountId,
    registration: &Registration,
    block: u64,
) -> bool {
    let (scheme, public) = (key.secret.scheme(), key.secret.public_key());
    let Some(KeyRecord {
        scheme: current_scheme,
        public: current,
        previous,
        ..
    }) = &registration.key
    else {
        return key.account() == account;
    };
    let is_current = current_scheme.0 == scheme && current == public;
    let is_previous = previous.as_ref().is_some_and(|previous| {
        previous.scheme.0 == scheme
            && previous.public == public
            && u64::from(previous.valid_until) >= block
    });
    is_current || is_previous
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::chain::registry::PreviousKey;
    use crate::derivation::Phrase;
    use subxt::utils::Static;

    fn key(path: &str) -> DerivedKey {
        let phrase = Phrase::development().unwrap();
        phrase.derive(Scheme::MlDsa44, path).unwrap()
    }

    fn registration(current: &DerivedKey, previous: Option<(&DerivedKey, u32)>) -> Registration {
        let public = |key: &DerivedKey| key.secret.public_key().to_vec();
        let previous = previous.map(|(key, valid_until)| PreviousKey {
            scheme: Static(Scheme::MlDsa44),
            public: public(key),
            valid_until,
        });
        let record = KeyRecord {
            scheme: Static(Scheme::MlDsa44),
            public: public(current),
            generation: 1,
            previous,
        };
        Registration {
            key: Some(record),
            backup: None,
            recovery_nonce: 0,
            frozen: false,
            classical: false,
        }
    }

    #[test]
    fn only_keys_that_the_chain_may_ask_for_are_needed() {
        let (first, second, third) = (key("//0"), key("//0//1"), key("//0//2"));
        let account = first.account();
        let rotated = registration(&second, Some((&first, 10)));
        let needed = |key, block| is_needed(key, account, &rotated, block);
        assert!(needed(&second, 5) && needed(&second, 11));
        assert!(needed(&first, 10) && !needed(&first, 11));
        assert!(!needed(&third, 5), "an attempt that the chain never took");

        let unregistered = Registration {
            key: None,
            ..rotated.clone()
        };
        assert!(is_needed(&first, account, &unregistered, 0));
        assert!(!is_needed(&second, account, &unregistered, 0));
    }

    #[test]
    fn a_second_rotation_waits_for_the_end_of_the_overlap() {
        let (first, second) = (key("//0"), key("//0//1"));
        let rotated = registration(&second, Some((&first, 10)));
        let refused = refuse_in_overlap(&rotated, 10, "alice").unwrap_err();
        assert!(matches!(refused, Error::NotApplicable(_)), "{refused}");
        assert_eq!(refused.exit_status(), 4);
        assert!(refuse_in_overlap(&rotated, 11, "alice").is_ok());
        assert!(refuse_in_overlap(&registration(&second, None), 0, "alice").is_ok());
    }
}
