//! `qloak key status`: what the chain knows of an account's keys.

use serde_json::{json, Value as Json};

use super::key::StatusArguments;
use super::Session;
use crate::address::AccountId;
use crate::chain::registry::{KeyRecord, Registration};
use crate::chain::Chain;
use crate::error::Error;
use crate::output::Report;

pub async fn status(session: &Session, arguments: &StatusArguments) -> Result<(), Error> {
    let chain = session.connect().await?;
    let account = session
        .home
        .account_id(&arguments.account, chain.prefix, arguments.scheme)?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, account).await?;
    let json = status_json(&chain, account, at.block_number(), &registration);
    session.output.result(&json, |report| {
        report.heading(chain.address(account));
        match &registration.key {
            None => report.field(
                "key",
                "none registered; the next transaction attaches and registers it",
            ),
            Some(record) => describe_record(report, record, at.block_number()),
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
                "  FROZEN         only its backup key can give it a new key: qloak key recover",
            );
        }
    })
}

fn describe_record(report: &mut Report, record: &KeyRecord, block: u64) {
    let text = format!(
        "{}, generation {}, {}",
        record.scheme.0,
        record.generation,
        fingerprint(&record.public)
    );
    report.field("key", text);
    if let Some(previous) = &record.previous {
        let life = match u64::from(previous.valid_until) >= block {
            true => format!("signs until block {} (now {block})", previous.valid_until),
            false => format!("dead since block {}", previous.valid_until),
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
