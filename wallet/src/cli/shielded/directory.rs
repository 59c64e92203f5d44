//! `qloak address publish`, `withdraw` and `find`; and recipients that are written as handles.

use std::path::PathBuf;

use clap::Args;
use qloak_pq_crypto::scheme::Scheme;
use qloak_shielded::address::{Address, Handle};
use serde_json::json;
use subxt::ext::scale_value::Value;

use super::input::{self, Recipient, Who};
use super::wallet::Wallet;
use crate::accounts::Account;
use crate::address::AccountId;
use crate::chain::inspect::{existential_deposit, AccountInfo};
use crate::chain::registry::Registration;
use crate::chain::transaction::{call, Call};
use crate::chain::{AtBlock, Chain};
use crate::cli::arguments::{parse_scheme, SendArguments};
use crate::cli::sending::{self, Opened, Priced};
use crate::cli::Session;
use crate::error::Error;
use crate::follow_up;
use crate::shielded::directory::{self, Listing, OnChain, PALLET};

#[derive(Debug, Args)]
pub struct PublishArguments {
    /// Who signs and pays: a stored account, its address, or //Name
    account: String,
    /// Which of the account's own addresses
    #[arg(
        long,
        default_value_t = 0,
        value_name = "N",
        conflicts_with = "address"
    )]
    index: u32,
    /// Publish this address instead: the address, or a file with it (written with its folder, or ending in
    /// .address)
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
    #[command(flatten)]
    send: SendArguments,
}

#[derive(Debug, Args)]
pub struct WithdrawArguments {
    /// Who published it: a stored account, its address, or //Name
    account: String,
    /// The handle of the address
    #[arg(value_parser = parse_handle)]
    handle: Handle,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
    #[command(flatten)]
    send: SendArguments,
}

#[derive(Debug, Args)]
pub struct FindArguments {
    /// The handle of the address
    #[arg(value_parser = parse_handle)]
    handle: Handle,
    /// Write the address into this new file
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Print the whole address
    #[arg(long)]
    full: bool,
}

fn parse_handle(text: &str) -> Result<Handle, String> {
    text.trim()
        .parse()
        .map_err(|error| format!("this is no handle of an address: {error}"))
}

/// What the chain's directory has under a handle.
async fn find_any(
    session: &Session,
    chain: &Chain,
    at: &AtBlock,
    handle: Handle,
) -> Result<Option<Listing>, Error> {
    let _spinner = session.output.spinner("reading the address directory");
    directory::find_any(&OnChain::new(chain, at)?, handle).await
}

async fn find_listing(session: &Session, chain: &Chain, handle: Handle) -> Result<Listing, Error> {
    let at = chain.best().await?;
    let _spinner = session.output.spinner("reading the address directory");
    directory::find(&OnChain::new(chain, &at)?, handle).await
}

/// The recipient's address, out of the directory if only its handle was written.
pub async fn resolve(
    session: &Session,
    chain: &Chain,
    recipient: &Recipient,
) -> Result<Address, Error> {
    match recipient.who() {
        Who::Address(address) => Ok(address.clone()),
        Who::Handle(handle) => {
            let listing = find_listing(session, chain, *handle).await?;
            let publisher = chain.address(AccountId(listing.publisher));
            session.output.explain(format_args!(
                "{handle} is in the address directory, published by {publisher}."
            ));
            Ok(listing.address)
        }
    }
}

pub async fn find(session: &Session, arguments: &FindArguments) -> Result<(), Error> {
    let chain = session.connect().await?;
    let listing = find_listing(session, &chain, arguments.handle).await?;
    let text = listing.address.to_string();
    if let Some(path) = &arguments.out {
        input::write_new(path, &text, 0o644)?;
    }
    let file = arguments
        .out
        .as_ref()
        .map(|path| path.display().to_string());
    let handle = arguments.handle.to_string();
    let publisher = chain.address(AccountId(listing.publisher));
    let json = json!({ "handle": handle, "address": text, "publisher": publisher, "file": file });
    session.output.result(&json, |report| {
        report.good("The address is in the directory, and it is the handle's.");
        report.field("handle", &handle);
        report.field("published by", &publisher);
        match (&file, arguments.full) {
            (Some(file), _) => report.field("file", file),
            (None, true) => report.line(&text),
            (None, false) => {
                report.line(
                    "  Pay to the handle: qloak send --to takes it. --full prints the address.",
                );
            }
        }
    })
}

/// A call to the directory, ready to be confirmed, and what it is about.
struct Order<'a> {
    account: &'a Account,
    opened: Opened<'a>,
    arguments: &'a SendArguments,
    /// What will be held, beside the fee.
    deposit: u128,
    handle: String,
}

pub async fn publish(session: &Session, arguments: &PublishArguments) -> Result<(), Error> {
    let account = session.home.signer(&arguments.account, arguments.scheme)?;
    let given = arguments.address.as_deref();
    let given = given.map(|it| input::address(session, it)).transpose()?;
    let opened = sending::open(session, &account, &arguments.send.passphrase.source())?;
    let (chain, address) = match given {
        Some(address) => (session.connect().await?, address),
        None => own(session, &account, &opened, arguments.index).await?,
    };
    let at = chain.best().await?;
    let handle = address.handle();
    if let Some(listing) = find_any(session, &chain, &at, handle).await? {
        let publisher = chain.address(AccountId(listing.publisher));
        return Err(Error::NotApplicable(format!(
            "{handle} is in the directory already, published by {publisher}"
        )));
    }
    let no_directory = || Error::NotQloak("address directory".into());
    let deposit = directory::deposit(&at).ok_or_else(no_directory)?;
    warn_of_link(session, account.label());
    let call = call(
        PALLET,
        "publish",
        vec![("address", Value::from_bytes(address.to_bytes()))],
    );
    let order = Order {
        account: &account,
        opened,
        arguments: &arguments.send,
        deposit,
        handle: handle.to_string(),
    };
    let held = chain.token.format(deposit);
    let what = [
        ("publish", order.handle.clone()),
        ("deposit", format!("{held}, held until it is withdrawn")),
    ];
    let headline = format!("Published. Others can pay to {}.", order.handle);
    order
        .carry_out(session, &chain, &at, call, &what, &headline)
        .await
}

/// One of the account's own addresses, and the chain on which the wallet looks for notes to it.
async fn own(
    session: &Session,
    account: &Account,
    opened: &Opened<'_>,
    index: u32,
) -> Result<(Chain, Address), Error> {
    let keys = input::keys_of(account, opened)?;
    let wallet = Wallet::open(session, account.label().into(), keys).await?;
    if index >= wallet.state.addresses {
        return Err(Error::NotFound(format!(
            "`{}` has no shielded address {index}; it has {}. Make another: {}",
            wallet.label,
            wallet.state.addresses,
            follow_up::command(format_args!("address new {}", wallet.label))
        )));
    }
    let address = wallet.keys.address(index)?.address().clone();
    Ok((wallet.chain, address))
}

/// Who publishes is public, and for good: the chain's history keeps it after the withdrawal.
fn warn_of_link(session: &Session, label: &str) {
    session.output.warn(format_args!(
        "everybody will see that `{label}` published this address, also after it is withdrawn. What is paid to it stays hidden, but whoever knows whose account `{label}` is knows whose address it is. An account that is used for nothing else, funded by `qloak unshield`, keeps the two apart: qloak address publish OTHER --address FILE"
    ));
}

pub async fn withdraw(session: &Session, arguments: &WithdrawArguments) -> Result<(), Error> {
    let account = session.home.signer(&arguments.account, arguments.scheme)?;
    let handle = arguments.handle;
    let opened = sending::open(session, &account, &arguments.send.passphrase.source())?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let listing = find_any(session, &chain, &at, handle).await?;
    let listing = listing
        .ok_or_else(|| Error::NotFound(format!("the directory has nothing under {handle}")))?;
    if listing.publisher != account.id().0 {
        let publisher = chain.address(AccountId(listing.publisher));
        return Err(Error::NotApplicable(format!(
            "`{}` did not publish {handle}; {publisher} did, and can withdraw it",
            account.label()
        )));
    }
    // A struct of one array.
    let value = Value::unnamed_composite([Value::from_bytes(handle.0)]);
    let call = call(PALLET, "withdraw", vec![("handle", value)]);
    let order = Order {
        account: &account,
        opened,
        arguments: &arguments.send,
        deposit: 0,
        handle: handle.to_string(),
    };
    let returned = chain.token.format(listing.deposit);
    let what = [
        ("withdraw", order.handle.clone()),
        ("deposit", format!("{returned} come back")),
    ];
    let headline = format!("Withdrawn, and {returned} are free again.");
    order
        .carry_out(session, &chain, &at, call, &what, &headline)
        .await
}

impl Order<'_> {
    /// Prices, asks, signs, sends and reports.
    async fn carry_out(
        &self,
        session: &Session,
        chain: &Chain,
        at: &AtBlock,
        call: Call,
        what: &[(&str, String)],
        headline: &str,
    ) -> Result<(), Error> {
        let (account, arguments) = (self.account, self.arguments);
        let registration = Registration::read(chain, at, account.id()).await?;
        let key = registration.key.as_ref();
        let priced = sending::price(session, chain, at, account, key, call, arguments).await?;
        self.require_funds(chain, at, &priced).await?;
        let sender = chain.address(account.id());
        let by = [("by", sending::named(account.label(), &sender))];
        let what = [&by[..], what].concat();
        priced.confirm(session, chain, &what)?;
        let secret = self.opened.secret(&priced.key.entry)?;
        let signed = {
            let _spinner = session.output.spinner("signing");
            priced.draft.sign(secret).await?
        };
        let outcome = sending::submit(session, chain, &signed, arguments).await?;
        let action = json!({
            "account": sender,
            "handle": self.handle,
            "signature": { "scheme": priced.key.entry.scheme.to_string(), "with_key": !priced.key.registered },
        });
        let json = sending::sent_json(action, &priced.price, &outcome);
        sending::finish(session, chain, &outcome, &json, headline)
    }

    async fn require_funds(
        &self,
        chain: &Chain,
        at: &AtBlock,
        priced: &Priced<'_>,
    ) -> Result<(), Error> {
        let info = AccountInfo::read(chain, at, self.account.id()).await?;
        let spendable = info.spendable(existential_deposit(at));
        let needed = self.deposit.saturating_add(priced.price.total());
        if spendable >= needed {
            return Ok(());
        }
        Err(Error::NotApplicable(format!(
            "`{}` can spend {}, but deposit and fee are {}",
            self.account.label(),
            chain.token.format(spendable),
            chain.token.format(needed)
        )))
    }
}
