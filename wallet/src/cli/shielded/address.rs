//! `qloak address …`

use qloak_shielded::address::Address;
use serde_json::json;

use super::wallet::Wallet;
use super::{
    directory, input, AddressCommand, AddressForm, NewAddressArguments, ShowAddressArguments,
};
use crate::cli::Session;
use crate::error::Error;
use crate::follow_up;
use crate::shielded::parts;
use crate::shielded::state::MAX_ADDRESSES;

/// Columns of a terminal that does not say how many it has.
const USUAL_COLUMNS: u16 = 80;

pub async fn address(session: &Session, command: AddressCommand) -> Result<(), Error> {
    match command {
        AddressCommand::New(arguments) => new(session, &arguments).await,
        AddressCommand::Show(arguments) => show(session, &arguments).await,
        AddressCommand::Publish(arguments) => directory::publish(session, &arguments).await,
        AddressCommand::Withdraw(arguments) => directory::withdraw(session, &arguments).await,
        AddressCommand::Find(arguments) => directory::find(session, &arguments).await,
    }
}

async fn new(session: &Session, arguments: &NewAddressArguments) -> Result<(), Error> {
    let (label, keys) = input::holder(session, &arguments.account, &arguments.passphrase.source())?;
    keys.address(0)?;
    let mut wallet = Wallet::open(session, label, keys).await?;
    if wallet.state.addresses >= MAX_ADDRESSES {
        return Err(Error::NotApplicable(format!(
            "`{}` has {MAX_ADDRESSES} shielded addresses already, and each makes scanning slower. `qloak address show --index N` shows them",
            wallet.label
        )));
    }
    let index = wallet.state.add_address();
    let address = wallet.keys.address(index)?.address().clone();
    // Remembered before it is told to anybody.
    wallet.save()?;
    present(session, &wallet.label, index, &address, &arguments.form)
}

async fn show(session: &Session, arguments: &ShowAddressArguments) -> Result<(), Error> {
    let (label, keys) = input::holder(session, &arguments.account, &arguments.passphrase.source())?;
    let index = arguments.index;
    let address = keys.address(index)?.address().clone();
    // The first one needs no node; of others the wallet must know, or it would not find what is paid to them.
    if index > 0 {
        let wallet = Wallet::open(session, label.clone(), keys).await?;
        if index >= wallet.state.addresses {
            return Err(Error::NotFound(format!(
                "`{}` has no shielded address {index}; it has {}. Make another: {}",
                wallet.label,
                wallet.state.addresses,
                follow_up::command(format_args!("address new {}", arguments.account))
            )));
        }
    }
    present(session, &label, index, &address, &arguments.form)
}

fn present(
    session: &Session,
    label: &str,
    index: u32,
    address: &Address,
    form: &AddressForm,
) -> Result<(), Error> {
    let text = address.to_string();
    if let Some(path) = &form.out {
        input::write_new(path, &text, 0o644)?;
    }
    let codes = match form.qr || form.pieces {
        true => parts::codes(&text, columns(form.pieces))?,
        false => Vec::new(),
    };
    let file = form.out.as_ref().map(|path| path.display().to_string());
    let handle = address.handle().to_string();
    let json = json!({ "account": label, "index": index, "handle": handle, "address": text, "file": file });
    session.output.result(&json, |report| {
        report.heading(format_args!("Shielded address {index} of {label}"));
        report.field("handle", &handle);
        match (&file, form.full) {
            (Some(file), _) => report.field("file", file),
            (None, true) => report.line(&text),
            (None, false) if codes.is_empty() => report.line(
                "  To be paid, give others the whole address: --out FILE writes it, --qr draws it, --full prints it.\n  \
                 The handle lets both sides check that it is the right one.",
            ),
            (None, false) => {}
        }
        for (caption, code) in &codes {
            report.line("");
            report.line(code);
            report.field("code", caption);
        }
    })
}

fn columns(pieces: bool) -> u16 {
    match (pieces, terminal_size::terminal_size()) {
        (false, Some((width, _))) => width.0,
        _ => USUAL_COLUMNS,
    }
}
