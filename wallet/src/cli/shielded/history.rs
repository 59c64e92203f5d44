//! `qloak history`

use serde_json::{json, Value as Json};

use super::known::Known;
use super::shown::Shown;
use super::viewkey::limits;
use super::{input, HistoryArguments};
use crate::cli::Session;
use crate::error::Error;
use crate::output::Report;
use crate::shielded::history::{Item, Payment, Record};
use crate::shielded::keys::Sight;
use qloak_shielded::note::Asset;

pub async fn history(session: &Session, arguments: &HistoryArguments) -> Result<(), Error> {
    let (label, keys) = input::owner(session, &arguments.owner)?;
    let source = Shown::open(session, label, keys, arguments.no_scan).await?;
    let known = source.known();
    let all = &known.state.history;
    let skipped = arguments
        .last
        .map_or(0, |last| all.len().saturating_sub(last));
    let shown = &all[skipped..];
    let json = json!({
        "account": known.label,
        "genesis": format!("0x{}", hex::encode(known.state.genesis)),
        "block": known.state.number(),
        "sees": known.keys.sight().to_string(),
        "transactions": shown.iter().map(|record| record_json(&known, record)).collect::<Vec<_>>(),
    });
    session.output.result(&json, |report| {
        known.describe_extent(report);
        if known.keys.sight() != Sight::Full {
            report.field("viewing key", limits(known.keys.sight()));
        }
        if shown.is_empty() {
            report.line("  Nothing yet.");
        }
        shown
            .iter()
            .for_each(|record| describe(report, &known, record));
    })
}

fn describe(report: &mut Report, known: &Known<'_>, record: &Record) {
    let fee = record.fee.map(|fee| format!(", fee {}", known.coins(fee)));
    report.line(format_args!(
        "block {}{}",
        record.block,
        fee.unwrap_or_default()
    ));
    for item in &record.items {
        let position = item
            .payment()
            .map(|payment| format!("  (position {})", payment.position));
        report.line(format_args!(
            "  {}{}",
            words(known, item),
            position.unwrap_or_default()
        ));
        if let Some(memo) = item.payment().and_then(Payment::memo) {
            report.line(format_args!("      “{memo}”"));
        }
    }
}

/// One thing that happened, in words.
fn words(known: &Known<'_>, item: &Item) -> String {
    match item {
        Item::Deposited(payment) => format!("shielded   {}", known.coins(payment.value)),
        Item::Received { address, payment } => format!(
            "received   {} at address {address}",
            known.amount(payment.asset, payment.value)
        ),
        Item::Sent(payment) => format!(
            "sent       {} to {}",
            known.amount(payment.asset, payment.value),
            payment.handle()
        ),
        Item::Withdrawn { value, recipient } => format!(
            "unshielded {} to {}",
            known.coins(*value),
            known.address(*recipient)
        ),
        Item::Worked { credits, work } => format!(
            "paid       {} for work 0x{}",
            known.amount(Asset::Priv, *credits),
            hex::encode(work)
        ),
        Item::Merged { value } => format!("merged     notes into {}", known.coins(*value)),
        Item::Credited { value } => {
            format!("credited   {}", known.amount(Asset::Priv, *value))
        }
    }
}

fn record_json(known: &Known<'_>, record: &Record) -> Json {
    let items: Vec<Json> = record
        .items
        .iter()
        .map(|item| item_json(known, item))
        .collect();
    json!({
        "block": record.block,
        "position": record.position,
        "name": record.name.map(|name| format!("0x{name}")),
        "fee": record.fee.map(|fee| fee.to_string()),
        "items": items,
    })
}

fn item_json(known: &Known<'_>, item: &Item) -> Json {
    let mut json = match item {
        Item::Deposited(_) => json!({ "kind": "deposited" }),
        Item::Received { address, .. } => json!({ "kind": "received", "address": address }),
        Item::Sent(_) => json!({ "kind": "sent" }),
        Item::Withdrawn { value, recipient } => json!({
            "kind": "withdrawn",
            "asset": Asset::Qlk.to_string(),
            "value": value.to_string(),
            "recipient": known.address(*recipient),
        }),
        Item::Worked { credits, work } => json!({
            "kind": "worked",
            "credits": credits.to_string(),
            "work": format!("0x{}", hex::encode(work)),
        }),
        Item::Merged { value } => json!({
            "kind": "merged",
            "asset": Asset::Qlk.to_string(),
            "value": value.to_string(),
        }),
        Item::Credited { value } => json!({
            "kind": "credited",
            "asset": Asset::Priv.to_string(),
            "value": value.to_string(),
        }),
    };
    if let Some(payment) = item.payment() {
        json["asset"] = payment.asset.to_string().into();
        json["value"] = payment.value.to_string().into();
        json["position"] = payment.position.into();
        json["handle"] = payment.handle().to_string().into();
        json["memo"] = payment.memo().into();
    }
    json
}
