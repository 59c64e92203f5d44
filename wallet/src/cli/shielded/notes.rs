//! `qloak notes`

use serde_json::{json, Value as Json};

use super::known::Known;
use super::shown::Shown;
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
    let source = Shown::open(session, label, keys, arguments.no_scan).await?;
    let known = source.known();
    let shown: Vec<(u32, &OwnedNote)> = known
        .state
        .notes
        .iter()
        .filter(|(_, note)| arguments.all || note.spent_in.is_none())
        .map(|(position, note)| (*position, note))
        .collect();
    let mut json = json!({
        "account": known.label,
        "genesis": format!("0x{}", hex::encode(known.state.genesis)),
        "block": known.state.number(),
        "notes": shown.iter().map(|(position, note)| note_json(&known, *position, note)).collect::<Vec<_>>(),
    });
    known.add_balance(&mut json);
    session.output.result(&json, |report| {
        known.describe_extent(report);
        known.describe_balance(report);
        for (position, note) in &shown {
            let amount = known.amount(note.asset, note.value);
            report.line(format_args!(
                "  {position:>8}  {amount:>24}  block {:<9} {}",
                note.found_in,
                status(&known, *position, note)
            ));
        }
    })
}

/// Whether payments can refer to a note by now. Nothing if the keys do not see what was spent, or nobody was asked who
/// could say.
fn is_spendable(known: &Known<'_>, position: u32, note: &OwnedNote) -> Option<bool> {
    if known.keys.sight() != Sight::Full {
        return None;
    }
    let is_free = note.spent_in.is_none() && reserved(known, position).is_none();
    let anchor = known.anchor();
    match anchor.is_some_and(|anchor| note.found_in <= anchor.block.number) {
        true => Some(is_free),
        // Which blocks payments refer to, a node says.
        false => (known.asked || !is_free).then_some(false),
    }
}

/// The last block of a payment on its way that spends a note.
fn reserved(known: &Known<'_>, position: u32) -> Option<u32> {
    known.state.reserved().get(&position).copied()
}

fn status(known: &Known<'_>, position: u32, note: &OwnedNote) -> String {
    let place = match note.place {
        Place::Internal => "change or credit".into(),
        Place::Address(index) => format!("to address {index}"),
    };
    let state = match note.spent_in {
        Some(block) => format!(", spent in block {block}"),
        None if reserved(known, position).is_some() => {
            let until = reserved(known, position).unwrap_or_default();
            format!(", in a payment on its way, which ends by block {until}")
        }
        None if is_spendable(known, position, note) == Some(false) => {
            ", spendable in a few blocks".into()
        }
        None => String::new(),
    };
    format!("{place}{state}")
}

fn note_json(known: &Known<'_>, position: u32, note: &OwnedNote) -> Json {
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
        "reserved_until": reserved(known, position),
        "spendable": is_spendable(known, position, note),
    })
}
