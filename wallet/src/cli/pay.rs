//! `qloak balance` and `qloak transfer`.

use clap::Args;
use qloak_pq_crypto::scheme::Scheme;
use serde_json::json;
use subxt::ext::scale_value::Value;

use super::arguments::{parse_scheme, SendArguments};
use super::{sending, Session};
use crate::chain::inspect::{existential_deposit, AccountInfo};
use crate::chain::registry::Registration;
use crate::chain::transaction::{address_value, call};
use crate::error::Error;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qloak balance alice
  qloak balance //Alice --json
  qloak balance qk4nsQWkHuoQXVNejA6JqLoNvQ8Zm39JzpkS52pn9RU3mjJJb

JSON: { account, address, block, free, reserved, frozen, spendable, nonce, token: { symbol, decimals } };
amounts are text, in the smallest unit.")]
pub struct BalanceArguments {
    /// Name, address or //Name
    account: String,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The fee is shown before anything is sent; it counts the bytes of the real signature. The first
transaction of an account carries its key, which the chain then keeps (against a deposit), so
that the following ones are 2 kB shorter.

Unless --allow-death is given, the sender keeps at least what an account needs to exist.

Examples:
  qloak transfer --from alice --to bob --amount 1.5
  qloak transfer --from //Alice --to alice --amount '100 QLK' --yes
  qloak transfer --from alice --to 5Grw… --all
  qloak transfer --from alice --to bob --amount 1 --passphrase-fd 3 3< pass.txt --yes --json

JSON: { from, to, amount, signature: { scheme, with_key }, price: { fee, tip, key_deposit, weight_fee,
length_fee, bytes }, transaction: { hash, block_hash, block_number, index, bytes, finalized, failure, fee,
events } }; amounts are text, in the smallest unit.")]
pub struct TransferArguments {
    /// Who pays: a stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    from: String,
    /// Who receives: an address, a stored account, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    to: String,
    /// How much, in whole tokens with decimals
    #[arg(long, required_unless_present = "all", conflicts_with = "all")]
    amount: Option<String>,
    /// Everything that can be sent
    #[arg(long)]
    all: bool,
    /// The sender may end up empty, and be removed from the chain
    #[arg(long)]
    allow_death: bool,
    /// The scheme of a development account in --from
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
    /// The scheme of a development account in --to
    #[arg(long, value_parser = parse_scheme, value_name = "SCHEME")]
    to_scheme: Option<Scheme>,
    #[command(flatten)]
    send: SendArguments,
}

pub async fn balance(session: &Session, arguments: BalanceArguments) -> Result<(), Error> {
    let chain = session.connect().await?;
    let account = session
        .home
        .account_id(&arguments.account, chain.prefix, arguments.scheme)?;
    let at = chain.best().await?;
    let info = AccountInfo::read(&chain, &at, account).await?;
    let spendable = info.spendable(existential_deposit(&at));
    let json = json!({
        "account": arguments.account,
        "address": chain.address(account),
        "block": at.block_number(),
        "free": info.data.free.to_string(),
        "reserved": info.data.reserved.to_string(),
        "frozen": info.data.frozen.to_string(),
        "spendable": spendable.to_string(),
        "nonce": info.nonce,
        "token": { "symbol": chain.token.symbol, "decimals": chain.token.decimals },
    });
    session.output.result(&json, |report| {
        report.heading(chain.address(account));
        report.field("free", chain.token.format(info.data.free));
        if info.data.reserved > 0 {
            report.field(
                "held",
                format_args!("{} (deposits)", chain.token.format(info.data.reserved)),
            );
        }
        if info.data.frozen > 0 {
            report.field("frozen", chain.token.format(info.data.frozen));
        }
        report.field("spendable", chain.token.format(spendable));
        report.field("nonce", info.nonce);
    })
}

pub async fn transfer(session: &Session, arguments: TransferArguments) -> Result<(), Error> {
    let from = session.home.signer(&arguments.from, arguments.scheme)?;
    let chain = session.connect().await?;
    let to = session
        .home
        .account_id(&arguments.to, chain.prefix, arguments.to_scheme)?;
    let amount = arguments
        .amount
        .as_deref()
        .map(|amount| chain.token.parse(amount))
        .transpose()?;
    let at = chain.best().await?;
    let info = AccountInfo::read(&chain, &at, from.id()).await?;
    let registration = Registration::read(&chain, &at, from.id()).await?;

    let dest = ("dest", address_value(to));
    let call = match (amount, arguments.allow_death) {
        (None, allow_death) => call(
            "Balances",
            "transfer_all",
            vec![dest, ("keep_alive", Value::bool(!allow_death))],
        ),
        (Some(amount), false) => call(
            "Balances",
            "transfer_keep_alive",
            vec![dest, ("value", Value::u128(amount))],
        ),
        (Some(amount), true) => call(
            "Balances",
            "transfer_allow_death",
            vec![dest, ("value", Value::u128(amount))],
        ),
    };
    let kept = if arguments.allow_death {
        0
    } else {
        existential_deposit(&at)
    };
    let priced = sending::price(
        session,
        &chain,
        &at,
        &from,
        registration.key.as_ref(),
        call,
        &arguments.send,
    )
    .await?;
    let needed = amount
        .unwrap_or_default()
        .saturating_add(priced.price.fee)
        .saturating_add(priced.price.tip);
    let spendable = info.spendable(kept);
    if spendable < needed {
        return Err(Error::NotApplicable(format!(
            "`{}` can spend {}, but amount and fee are {}",
            from.label(),
            chain.token.format(spendable),
            chain.token.format(needed)
        )));
    }

    let text = amount.map_or_else(|| "everything".into(), |amount| chain.token.format(amount));
    let (sender, receiver) = (chain.address(from.id()), chain.address(to));
    let what = [
        ("from", sending::named(from.label(), &sender)),
        ("to", sending::named(&arguments.to, &receiver)),
        ("amount", text.clone()),
    ];
    let outcome = sending::send(session, &chain, &from, &priced, &what, &arguments.send).await?;
    let action = json!({
        "from": sender,
        "to": receiver,
        "amount": amount.map(|amount| amount.to_string()),
        "signature": { "scheme": priced.key.entry.scheme.to_string(), "with_key": !priced.key.registered },
    });
    let json = sending::sent_json(action, &priced.price, &outcome);
    sending::finish(
        session,
        &chain,
        &outcome,
        &json,
        &format!("Sent {text} to {receiver}."),
    )
}
