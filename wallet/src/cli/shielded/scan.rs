//! `qloak scan`

use serde_json::json;

use super::wallet::Wallet;
use super::{input, ScanArguments};
use crate::cli::Session;
use crate::error::Error;
use crate::follow_up;
use crate::shielded::source::Source;
use crate::shielded::state::State;
use crate::shielded::ShieldedError;

pub async fn scan(session: &Session, arguments: &ScanArguments) -> Result<(), Error> {
    let (label, keys) = input::owner(session, &arguments.owner)?;
    let mut wallet = Wallet::open(session, label, keys).await?;
    begin(&mut wallet, arguments).await?;
    let summary = wallet.sync().await?;
    let mut json = json!({
        "account": wallet.label,
        "block": summary.to,
        "notes_read": summary.notes,
        "rolled_back": summary.rolled_back,
        "birthday": wallet.state.birthday,
        "addresses": wallet.state.addresses,
        "window_ends": summary.window_ends,
    });
    wallet.add_balance(&mut json);
    session.output.result(&json, |report| {
        report.good(format_args!(
            "Scanned {} notes up to block {}.",
            summary.notes, summary.to
        ));
        if wallet.state.birthday > 1 {
            report.line(format_args!(
                "  Looked from block {} on, the account's birthday. The whole chain: {}",
                wallet.state.birthday,
                follow_up::command(format_args!("scan {} --rescan --birthday 1", wallet.label))
            ));
        }
        if summary.rolled_back > 0 {
            report.line(format_args!(
                "  A fork took {} blocks back; what was in them was read anew.",
                summary.rolled_back
            ));
        }
        if let Some(window) = summary.window_ends {
            report.line(format_args!(
                "  Notes came to addresses that this wallet did not know of; it looked for {window}. If you gave out later ones: {}",
                follow_up::command(format_args!("scan {} --rescan", wallet.label))
            ));
        }
        wallet.describe_balance(report);
    })
}

/// Begins anew where that was asked for.
async fn begin(wallet: &mut Wallet<'_>, arguments: &ScanArguments) -> Result<(), Error> {
    let state = &wallet.state;
    let birthday = arguments.birthday.unwrap_or(state.birthday);
    let addresses = arguments.addresses.unwrap_or(state.addresses);
    let is_new = state.tip.is_none();
    let differs = birthday.max(1) != state.birthday || addresses > state.addresses;
    if !is_new && differs && !arguments.rescan {
        return Err(Error::Usage(
            "this account was scanned already; --birthday and --addresses need --rescan then"
                .into(),
        ));
    }
    if arguments.rescan && arguments.birthday.is_none() && state.birthday > 1 {
        wallet.session.output.warn(format_args!(
            "what came before block {} is not read: that is the account's birthday, by when its words were made or by what an earlier scan was given. To read the whole chain: --birthday 1",
            state.birthday
        ));
    }
    // A state that begins where nothing is yet would be kept, and hide what comes before.
    let head = Source::head(&wallet.chain).await?.number;
    if let Some(birthday) = arguments.birthday.filter(|birthday| *birthday > head) {
        return Err(ShieldedError::BirthdayAhead { birthday, head }.into());
    }
    // A block that is not read may have paid what was sent: it would be called unpaid, and paid again.
    let first = wallet.state.attempts.first_block();
    let birthday = match first.filter(|first| *first < birthday) {
        Some(first) => {
            wallet.session.output.warn(format_args!(
                "the chain is read from block {first} on, and not from block {birthday}: a payment that was sent may be in a block from there on"
            ));
            first
        }
        None => birthday,
    };
    if is_new || arguments.rescan {
        let attempts = std::mem::take(&mut wallet.state.attempts);
        let addresses = addresses.max(wallet.state.addresses);
        wallet.state = State::new(wallet.state.genesis, birthday, addresses);
        wallet.state.attempts = attempts;
    }
    Ok(())
}
