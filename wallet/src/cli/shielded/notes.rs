//! `qloak notes`

use serde_json::{json, Value as Json};

use super::wallet::Wallet;
use super::{input, NotesArguments};
use crate::cli::Session;
use crate::error::Error;
use crate::shielded::keys::Sight;
use crate::shielded::state::{OwnedNote, Place};
use crate::shielded::ShieldedError;

pub async fn notes(session: &Session, arguments: &NotesArguments) -> Result<(), Error> {
    let (label, keys) = input::owner(session, &arguments.owner)?;
    if keys.sight() == Sight::Outgoing {
        return Err(ShieldedError::NoNotes.into());
    }
    let mut wallet = Wallet::open(session, label, keys).await?;
    if !arguments.no_scan {
        wallet.sync().await?;
    }
    let shown: Vec<(u32, &OwnedNote)> = wallet
        .state
        .notes
        .iter()
        .filter(|(_, note)| arguments.all || note.spent_in.is_none())
        .map(|(position, note)| (*position, note))
        .collect();
    let mut json = json!({
        "account": wallet.label,
        "block": wallet.state.number(),
        "notes": shown.iter().map(|(position, note)| note_json(&wallet, *position, note)).collect::<Vec<_>>(),
    });
    wallet.add_balance(&mut json);
    session.output.result(&json, |report| {
        report.heading(format_args!(
            "{} at block {}",
            wallet.label,
            wallet.state.number()
        ));
        wallet.describe_balance(report);
        for (position, note) in &shown {
            let amount = wallet.amount(note.asset, note.value);
            report.line(format_args!(
                "  {position:>8}  {amount:>24}  block {:<9} {}",
                note.found_in,
                status(&wallet, *position, note)
            ));
        }
    })
}

/// Whether payments can refer to a note by now. Nothing if the keys do not see what was spent.
fn is_spendable(wallet: &Wallet<'_>, position: u32, note: &OwnedNote) -> Option<bool> {
    let anchor = wallet.anchor(false);
    let spendable = note.spent_in.is_none()
        && reserved(wallet, position).is_none()
        && anchor.is_some_and(|anchor| note.found_in <= anchor.block.number);
    (wallet.keys.sight() == Sight::Full).then_some(spendable)
}

/// The last block of a payment on its way that spends a note.
fn reserved(wallet: &Wallet<'_>, position: u32) -> Option<u32> {
    wallet.state.reserved().get(&position).copied()
}

fn status(wallet: &Wallet<'_>, position: u32, note: &OwnedNote) -> String {
    let place = match note.place {
        Place::Internal => "change or credit".into(),
        Place::Address(index) => format!("to address {index}"),
    };
    let state = match note.spent_in {
        Some(block) => format!(", spent in block {block}"),
        None if reserved(wallet, position).is_some() => {
            let until = reserved(wallet, position).unwrap_or_default();
            format!(", in a payment on its way, which ends by block {until}")
        }
        None if is_spendable(wallet, position, note) == Some(false) => {
            ", spendable in a few blocks".into()
        }
        None => String::new(),
    };
    format!("{place}{state}")
}

fn note_json(wallet: &Wallet<'_>, position: u32, note: &OwnedNote) -> Json {
    json!({
        "position": position,
        "asset": note.asset.to_string(),
        "value": note.value.to_string(),
        "address": match note.place {
            Place::Internal => None,
            Place::Address(index) => Some(index),
        },
        "block": note.found_in,
        "spent_in": note.spent_in,
        "reserved_until": reserved(wallet, position),
        "spendable": is_spendable(wallet, position, note),
    })
}
