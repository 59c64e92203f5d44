//! `qloak key …`: the keys of an account on the chain.

use clap::Subcommand;

use super::key_arguments::{
    BackupArguments, DeregisterArguments, FreezeArguments, ImportBackupArguments, MigrateArguments,
    RecoverArguments, RegisterArguments, RestoreArguments, RotateArguments, ShowBackupArguments,
    StatusArguments,
};
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
