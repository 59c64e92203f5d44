//! `qloak key status`: what the chain knows of an account's keys, beside what lies in this wallet.

use std::path::PathBuf;

use serde_json::{json, Value as Json};

use super::backup_source::{self, is_key_of};
use super::key_arguments::StatusArguments;
use super::key_change::is_needed;
use super::Session;
use crate::address::AccountId;
use crate::chain::calendar::Calendar;
use crate::chain::registry::{choose_key, KeyRecord, Registration};
use crate::chain::Chain;
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::{KeyEntry, Kind};
use crate::output::Report;

/// What this wallet has of an account, compared with the chain.
#[derive(Debug, Default, PartialEq, Eq)]
struct Local {
    /// The account's name, if it has a key file.
    name: Option<String>,
    /// The path of the key that signs now.
    signs_with: Option<String>,
    /// Paths of keys in the file that the chain does not know.
    unknown_keys: Vec<String>,
    /// The files of backup keys for this account.
    backups: Vec<BackupFile>,
    /// New words of a recovery that perhaps did not reach the chain.
    recovering: Option<PathBuf>,
}

/// A backup key's file in the wallet's home.
#[derive(Debug, PartialEq, Eq)]
struct BackupFile {
    path: PathBuf,
    /// Whether the chain knows this key.
    is_set: bool,
}

impl Local {
    fn read(
        session: &Session,
        account: AccountId,
        registration: &Registration,
        block: u64,
    ) -> Result<Self, Error> {
        let home = &session.home;
        let mut local = match home.find(account)? {
            None => Self::default(),
            Some(stored) => Self {
                recovering: home.recovering_path(&stored.name).ok(),
                ..Self::compare(account, stored.name, &stored.file.keys, registration, block)
            },
        };
        local.recovering = local.recovering.filter(|path| path.exists());
        for name in home.names(Kind::Backup)? {
            let path = home.folder(Kind::Backup).join(format!("{name}.json"));
            let file = backup_source::read(&path).ok();
            if let Some(file) = file.filter(|file| file.account == account) {
                let registered = registration.backup.as_ref();
                let is_set = registered.is_some_and(|registered| is_key_of(&file, registered));
                local.backups.push(BackupFile { path, is_set });
            }
        }
        Ok(local)
    }

    fn compare(
        account: AccountId,
        name: String,
        keys: &[KeyEntry],
        registration: &Registration,
        block: u64,
    ) -> Self {
        let record = registration.key.as_ref();
        let chosen = choose_key(account, &name, keys, record, block).ok();
        let unknown = keys
            .iter()
            .filter(|key| !is_needed(key.scheme, &key.public, account, registration, block));
        Self {
            signs_with: chosen.map(|chosen| chosen.entry.path),
            unknown_keys: unknown.map(|key| key.path.clone()).collect(),
            name: Some(name),
            ..Self::default()
        }
    }

    fn describe(&self, report: &mut Report) {
        if let Some(name) = &self.name {
            match &self.signs_with {
                Some(path) => {
                    report.field("this wallet", format_args!("`{name}` has the key, at {path}"));
                }
                None => report.bad(format_args!(
                    "  this wallet    `{name}` does NOT have the key that the chain expects. It may be under the same words: {}",
                    follow_up::command(format_args!("key restore {name}"))
                )),
            }
            if !self.unknown_keys.is_empty() {
                report.field(
                    "other keys",
                    format_args!(
                        "{}: of attempts, or not valid any more. They do no harm",
                        self.unknown_keys.join(", ")
                    ),
                );
            }
        }
        if let Some(path) = &self.recovering {
            report.bad(format_args!(
                "  recovery       begun and not finished: its new words are in {}. Run the same qloak key recover again",
                path.display()
            ));
        }
        for backup in &self.backups {
            match backup.is_set {
                true => report.field("backup file", backup.path.display()),
                false => report.bad(format_args!(
                    "  backup file    {} holds a key that the chain does not know: it can neither freeze nor recover. qloak key backup with this file sends it again",
                    backup.path.display()
                )),
            }
        }
    }

    fn to_json(&self) -> Json {
        let backup = |backup: &BackupFile| json!({ "file": backup.path.display().to_string(), "is_set": backup.is_set });
        json!({
            "name": self.name,
            "signs_with": self.signs_with,
            "unknown_keys": self.unknown_keys,
            "backups": self.backups.iter().map(backup).collect::<Vec<_>>(),
            "recovering": self.recovering.as_ref().map(|path| path.display().to_string()),
        })
    }
}

pub async fn status(session: &Session, arguments: &StatusArguments) -> Result<(), Error> {
    let chain = session.connect().await?;
    let account = session
        .home
        .look_up(&arguments.account, chain.prefix, arguments.scheme)?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, account).await?;
    let local = Local::read(session, account, &registration, at.block_number())?;
    let mut json = status_json(&chain, account, at.block_number(), &registration);
    json["wallet"] = local.to_json();
    let calendar = Calendar::of_blocks(&at).await;
    session.output.result(&json, |report| {
        report.heading(chain.address(account));
        match &registration.key {
            None => report.field(
                "key",
                "none registered; the next transaction attaches and registers it",
            ),
            Some(record) => describe_record(report, record, at.block_number(), &calendar),
        }
        match &registration.backup {
            None => report.field("backup", "none. Make one: qloak key backup"),
            Some(backup) => report.field(
                "backup",
                format_args!("{}, {}", backup.scheme.0, fingerprint(&backup.public)),
            ),
        }
        if registration.classical {
            report.field("classical", "marked; move on with qloak key migrate");
        }
        if registration.frozen {
            report.bad(
                "  FROZEN         only its backup key can give it a new key: qloak key recover. Its shielded money is not frozen",
            );
        }
        local.describe(report);
    })
}

fn describe_record(report: &mut Report, record: &KeyRecord, block: u64, calendar: &Calendar) {
    let text = format!(
        "{}, generation {}, {}",
        record.scheme.0,
        record.generation,
        fingerprint(&record.public)
    );
    report.field("key", text);
    if let Some(previous) = &record.previous {
        let life = match u64::from(previous.valid_until) >= block {
            true => format!(
                "signs until {} (now {block})",
                calendar.describe(previous.valid_until.into())
            ),
            false => format!(
                "dead since {}",
                calendar.describe(previous.valid_until.into())
            ),
        };
        report.field(
            "previous key",
            format_args!(
                "{}, {}, {life}",
                previous.scheme.0,
                fingerprint(&previous.public)
            ),
        );
    }
}

fn fingerprint(public: &[u8]) -> String {
    format!(
        "{} bytes, 0x{}…",
        public.len(),
        hex::encode(public.get(..8).unwrap_or(public))
    )
}

fn status_json(chain: &Chain, account: AccountId, block: u64, registration: &Registration) -> Json {
    let hexadecimal = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
    json!({
        "address": chain.address(account),
        "block": block,
        "registered": registration.key.is_some(),
        "key": registration.key.as_ref().map(|key| json!({
            "scheme": key.scheme.0.to_string(),
            "public": hexadecimal(&key.public),
            "generation": key.generation,
        })),
        "previous": registration.key.as_ref().and_then(|key| key.previous.as_ref()).map(|previous| json!({
            "scheme": previous.scheme.0.to_string(),
            "public": hexadecimal(&previous.public),
            "valid_until": previous.valid_until,
        })),
        "backup": registration.backup.as_ref().map(|backup| json!({
            "scheme": backup.scheme.0.to_string(),
            "public": hexadecimal(&backup.public),
        })),
        "recovery_nonce": registration.recovery_nonce,
        "frozen": registration.frozen,
        "classical": registration.classical,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use qloak_pq_crypto::scheme::Scheme;
    use subxt::utils::Static;

    use super::*;
    use crate::derivation::Phrase;

    /// Two rotations at once could leave the chain with a key that the file lacks.
    #[test]
    fn a_file_without_the_key_of_the_chain_is_told() {
        let phrase = Phrase::development().unwrap();
        let key = |path| KeyEntry::of(&phrase.derive(Scheme::MlDsa44, path).unwrap());
        let keys = [key("//0"), key("//0//1"), key("//0//2")];
        let founder = crate::derivation::account_of(keys[0].scheme, &keys[0].public);
        let registration = Registration {
            key: Some(KeyRecord {
                scheme: Static(Scheme::MlDsa44),
                public: keys[1].public.clone(),
                generation: 1,
                previous: None,
            }),
            backup: None,
            recovery_nonce: 0,
            frozen: false,
            classical: false,
        };
        let compare = |keys: &[KeyEntry], registration: &Registration| {
            Local::compare(founder, "alice".into(), keys, registration, 5)
        };
        let right = compare(&keys, &registration);
        assert_eq!(right.signs_with.as_deref(), Some("//0//1"));
        assert_eq!(right.unknown_keys, ["//0", "//0//2"]);
        let wrong = compare(&[keys[0].clone(), keys[2].clone()], &registration);
        assert_eq!(wrong.signs_with, None);
        let unregistered = Registration {
            key: None,
            ..registration
        };
        let young = compare(&keys[..1], &unregistered);
        assert_eq!(young.signs_with.as_deref(), Some("//0"));
        assert!(young.unknown_keys.is_empty());
    }
}
