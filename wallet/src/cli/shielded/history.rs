//! `qloak history`

use serde_json::{json, Value as Json};

use super::viewkey::limits;
use super::wallet::Wallet;
use super::{input, HistoryArguments};
use crate::address::AccountId;
use crate::cli::Session;
use crate::error::Error;
use crate::output::Report;
use crate::shielded::history::{Item, Payment, Record};
use crate::shielded::keys::Sight;
use qloak_shielded::note::Asset;

pub async fn history(session: &Session, arguments: &HistoryArguments) -> Result<(), Error> {
    let (label, keys) = input::owner(session, &arguments.owner)?;
    let mut wallet = Wallet::open(session, label, keys).await?;
    if !arguments.no_scan {
        wallet.sync().await?;
    }
    let all = &wallet.state.history;
    let skipped = arguments
        .last
        .map_or(0, |last| all.len().saturating_sub(last));
    let shown = &all[skipped..];
    let json = json!({
        "account": wallet.label,
        "block": wallet.state.number(),
        "sees": wallet.keys.sight().to_string(),
        "transactions": shown.iter().map(|record| record_json(&wallet, record)).collect::<Vec<_>>(),
    });
    session.output.result(&json, |report| {
        report.heading(format_args!(
            "{} up to block {}",
            wallet.label,
            wallet.state.number()
        ));
        if wallet.keys.sight() != Sight::Full {
            report.field("viewing key", limits(wallet.keys.sight()));
        }
        if shown.is_empty() {
            report.line("  Nothing yet.");
        }
        shown
            .iter()
            .for_each(|record| describe(report, &wallet, record));
    })
}

fn describe(report: &mut Report, wallet: &Wallet<'_>, record: &Record) {
    let fee = record.fee.map(|fee| format!(", fee {}", wallet.coins(fee)));
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
            words(wallet, item),
            position.unwrap_or_default()
        ));
        if let Some(memo) = item.payment().and_then(Payment::memo) {
            report.line(format_args!("      “{memo}”"));
        }
    }
}

/// One thing that happened, in words.
fn words(wallet: &Wallet<'_>, item: &Item) -> String {
    match item {
        Item::Deposited(payment) => format!("shielded   {}", wallet.coins(payment.value)),
        Item::Received { address, payment } => format!(
            "received   {} at address {address}",
            wallet.amount(payment.asset, payment.value)
        ),
        Item::Sent(payment) => format!(
            "sent       {} to {}",
            wallet.amount(payment.asset, payment.value),
            payment.handle()
        ),
        Item::Withdrawn { value, recipient } => format!(
            "unshielded {} to {}",
            wallet.coins(*value),
            wallet.chain.address(AccountId(*recipient))
        ),
        Item::Worked { credits, work } => format!(
            "paid       {} for work 0x{}",
            wallet.amount(Asset::Priv, *credits),
            hex::encode(work)
        ),
        Item::Merged { value } => format!("merged     notes into {}", wallet.coins(*value)),
        Item::Credited { value } => {
            format!("credited   {}", wallet.amount(Asset::Priv, *value))
        }
    }
}

fn record_json(wallet: &Wallet<'_>, record: &Record) -> Json {
    let items: Vec<Json> = record
        .items
        .iter()
        .map(|item| item_json(wallet, item))
        .collect();
    json!({
        "block": record.block,
        "position": record.position,
        "name": record.name.map(|name| format!("0x{name}")),
        "fee": record.fee.map(|fee| fee.to_string()),
        "items": items,
    })
}

fn item_json(wallet: &Wallet<'_>, item: &Item) -> Json {
    let mut json = match item {
        Item::Deposited(_) => json!({ "kind": "deposited" }),
        Item::Received { address, .. } => json!({ "kind": "received", "address": address }),
        Item::Sent(_) => json!({ "kind": "sent" }),
        Item::Withdrawn { value, recipient } => json!({
            "kind": "withdrawn",
            "asset": Asset::Qlk.to_string(),
            "value": value.to_string(),
            "recipient": wallet.chain.address(AccountId(*recipient)),
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
