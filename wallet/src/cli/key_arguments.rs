//! The arguments of `qloak key …`.

use std::path::PathBuf;

use clap::Args;
use qloak_pq_crypto::scheme::Scheme;

use super::arguments::{
    parse_backup_scheme, parse_scheme, BackupPassphraseArguments, PassphraseArguments,
    SendArguments,
};
use super::backup_source::{BackupSourceArguments, ReplacedArguments};

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

/// The new key that a recovery is to make.
#[derive(Debug, Default, Args)]
pub struct TargetArguments {
    /// The new key's scheme [default: that of the present key]
    #[arg(long, value_parser = parse_scheme)]
    pub scheme: Option<Scheme>,
    /// The name for the new key file, if the account has none here
    #[arg(long)]
    pub name: Option<String>,
    /// Take the next key of the account's own words, instead of new words: only if nobody else can
    /// know them
    #[arg(long, conflicts_with = "name")]
    pub same_words: bool,
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
