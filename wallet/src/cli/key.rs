//! `qloak key …`: the keys of an account on the chain.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use qloak_pq_crypto::scheme::Scheme;

use super::arguments::{
    parse_backup_scheme, parse_scheme, BackupPassphraseArguments, PassphraseArguments,
    SendArguments,
};
use super::backup_source::{BackupSourceArguments, ReplacedArguments};
use super::recovery_target::TargetArguments;
use super::{
    key_backup, key_backup_file, key_change, key_migrate, key_recover, key_restore, key_status,
    Session,
};
use crate::error::Error;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
An account keeps its address while its keys change. A backup key, made in good time and kept
elsewhere, takes the account back when its key is lost or stolen.

Examples:
  qloak key status alice
  qloak key rotate --from alice
  qloak key backup --from alice --out /media/usb/alice-backup.json
  qloak key recover --account alice --backup /media/usb/alice-backup.json --pay-from bob

One command at a time changes an account's keys; another one waits.")]
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

A rotation helps against whoever has the old key. Whoever has the words has the new key too, and the
shielded money; for that there is `qloak key recover`.

Examples:
  qloak key rotate --from alice
  qloak key rotate --from alice --scheme ml-dsa-87")]
    Rotate(RotateArguments),
    /// Make a backup key that can freeze and recover the account
    #[command(after_help = "\
A backup key is hash-based (SLH-DSA), has a phrase and a passphrase of its own, and can do nothing but
freeze the account and give it a new key. Either its file or its words do that: keep the file on
another medium, and the words on paper.

If the file holds a backup key of the account that the chain does not know, because sending it
failed, that key is sent again.

Examples:
  qloak key backup --from alice --out /media/usb/alice-backup.json
  qloak key backup --from alice --out new.json --replace /media/usb/alice-backup.json
  qloak key backup --from alice --out new.json --replaced-words")]
    Backup(BackupArguments),
    /// Make the file of a backup key from its words
    #[command(after_help = "\
It needs no node. Whether the chain knows this key, `qloak key status` tells.

Examples:
  qloak key import-backup --account alice --out /media/usb/alice-backup.json
  qloak key import-backup --account qk6G… --out backup.json --scheme slh-dsa-shake-128f")]
    ImportBackup(ImportBackupArguments),
    /// Show what the file of a backup key holds, and its words if asked
    #[command(after_help = "\
Examples:
  qloak key show-backup /media/usb/alice-backup.json
  qloak key show-backup /media/usb/alice-backup.json --phrase")]
    ShowBackup(ShowBackupArguments),
    /// Stop an account whose key may be stolen; anybody can pay for it
    #[command(after_help = "\
Nothing that the account signs counts any more. Its shielded money is not frozen: whoever has the
account's words can still spend it. Move it to another account if somebody else may have them.

Examples:
  qloak key freeze --account alice --backup /media/usb/alice-backup.json --pay-from bob
  qloak key freeze --account qk6G… --backup-words --pay-from bob")]
    Freeze(FreezeArguments),
    /// Give an account a new key with its backup key, at once, and thaw it
    #[command(after_help = "\
The new key comes from new words, since the old ones may be stolen with the key. They are shown as
`qloak account new` shows them, and take the place of the old ones under the account's name; the old
ones stay as NAME.before-recovery. If the account's key file is gone, --name stores the new one
under that name. If nobody else can know the old words, --same-words takes their next key.

Shielded money does not move by itself: it stays under the old words, and whoever has them can spend
it. When the recovery is done it offers to send it all to the new words. The account's shielded
addresses are other ones under new words; give payers the new ones.

Examples:
  qloak key recover --account alice --backup /media/usb/alice-backup.json --pay-from bob
  qloak key recover --account qk6G… --name alice --backup-words --pay-from bob")]
    Recover(RecoverArguments),
    /// Have the chain forget the account's key, and return its deposit
    #[command(after_help = "\
The account goes on: its address stands for the key, which travels with each transaction again. An
account whose key was ever changed, or that has a backup key, keeps it registered.

Example:
  qloak key deregister --from alice")]
    Deregister(DeregisterArguments),
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
    pub from: String,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    pub scheme: Option<Scheme>,
    #[command(flatten)]
    pub send: SendArguments,
}

#[derive(Debug, Args)]
pub struct RotateArguments {
    /// A stored account or its address
    #[arg(long, value_name = "ACCOUNT")]
    pub from: String,
    /// The new key's scheme [default: that of the present key]
    #[arg(long, value_parser = parse_scheme)]
    pub scheme: Option<Scheme>,
    #[command(flatten)]
    pub send: SendArguments,
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
    #[command(flatten)]
    pub replaced: ReplacedArguments,
    /// Print the backup key's phrase although standard output is no terminal
    #[arg(long)]
    pub show_phrase: bool,
    #[command(flatten)]
    pub backup_passphrase: BackupPassphraseArguments,
    #[command(flatten)]
    pub send: SendArguments,
}

#[derive(Debug, Args)]
pub struct ImportBackupArguments {
    /// The account that the backup key guards: a name or an address
    #[arg(long)]
    pub account: String,
    /// Where the file goes [default: backups/ACCOUNT.json in the wallet's home]
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// The backup key's scheme
    #[arg(long, value_parser = parse_backup_scheme, default_value = "slh-dsa-shake-128s")]
    pub scheme: Scheme,
    /// Read the backup key's words from this open file descriptor
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "phrase_file",
        help_heading = "Secrets"
    )]
    pub phrase_fd: Option<u32>,
    /// Read the backup key's words from this file (mode 0600)
    #[arg(long, value_name = "PATH", help_heading = "Secrets")]
    pub phrase_file: Option<PathBuf>,
    #[command(flatten)]
    pub backup_passphrase: BackupPassphraseArguments,
}

#[derive(Debug, Args)]
pub struct ShowBackupArguments {
    /// The backup key's file
    pub file: PathBuf,
    /// Print its words: whoever reads them can take the account over
    #[arg(long)]
    pub phrase: bool,
    #[command(flatten)]
    pub backup_passphrase: BackupPassphraseArguments,
}

/// An order of a backup key, and who pays for it.
#[derive(Debug, Args)]
pub struct OrderArguments {
    /// The account that the backup key guards
    #[arg(long)]
    pub account: String,
    #[command(flatten)]
    pub backup: BackupSourceArguments,
    /// Who pays the fee: a stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    pub pay_from: String,
    /// The scheme of a development account in --pay-from
    #[arg(long, value_parser = parse_scheme, value_name = "SCHEME")]
    pub pay_scheme: Option<Scheme>,
    #[command(flatten)]
    pub send: SendArguments,
}

#[derive(Debug, Args)]
pub struct FreezeArguments {
    #[command(flatten)]
    pub order: OrderArguments,
}

#[derive(Debug, Args)]
pub struct RecoverArguments {
    #[command(flatten)]
    pub order: OrderArguments,
    #[command(flatten)]
    pub target: TargetArguments,
    /// Print the new words although standard output is no terminal
    #[arg(long)]
    pub show_phrase: bool,
    /// Read the recovered account's passphrase from this open file descriptor
    #[arg(long, value_name = "N", help_heading = "Secrets")]
    pub account_passphrase_fd: Option<u32>,
    /// Read the recovered account's passphrase from this file (mode 0600)
    #[arg(long, value_name = "PATH", help_heading = "Secrets")]
    pub account_passphrase_file: Option<PathBuf>,
    /// Then send all shielded money from under the old words to the new ones, without asking whether to
    #[arg(long, conflicts_with = "same_words")]
    pub move_shielded: bool,
    /// Read the passphrase of the old key file from this open file descriptor, to move shielded money
    #[arg(
        long,
        value_name = "N",
        requires = "move_shielded",
        help_heading = "Secrets"
    )]
    pub old_passphrase_fd: Option<u32>,
    /// Read the passphrase of the old key file from this file (mode 0600)
    #[arg(
        long,
        value_name = "PATH",
        requires = "move_shielded",
        conflicts_with = "old_passphrase_fd",
        help_heading = "Secrets"
    )]
    pub old_passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct DeregisterArguments {
    /// A stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    pub from: String,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    pub scheme: Option<Scheme>,
    #[command(flatten)]
    pub send: SendArguments,
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
    /// Print the new words although standard output is no terminal
    #[arg(long)]
    pub show_phrase: bool,
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
        KeyCommand::Register(arguments) => key_change::register(session, &arguments).await,
        KeyCommand::Rotate(arguments) => key_change::rotate(session, &arguments).await,
        KeyCommand::Backup(arguments) => key_backup::backup(session, &arguments).await,
        KeyCommand::ImportBackup(arguments) => key_backup_file::import(session, &arguments),
        KeyCommand::ShowBackup(arguments) => key_backup_file::show(session, &arguments),
        KeyCommand::Freeze(arguments) => key_recover::freeze(session, &arguments).await,
        KeyCommand::Recover(arguments) => key_recover::recover(session, &arguments).await,
        KeyCommand::Deregister(arguments) => key_change::deregister(session, &arguments).await,
        KeyCommand::Restore(arguments) => key_restore::restore(session, &arguments).await,
        KeyCommand::Migrate(arguments) => key_migrate::migrate(session, &arguments).await,
        KeyCommand::Status(arguments) => key_status::status(session, &arguments).await,
    }
}
