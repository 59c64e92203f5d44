//! `qloak balance` and `qloak transfer`.

use clap::Args;
use qloak_pq_crypto::scheme::Scheme;
use serde_json::{json, Value as Json};
use subxt::ext::scale_value::Value;

use super::arguments::{parse_scheme, PassphraseArguments, SendArguments};
use super::receiver::Receiver;
use super::shielded;
use super::{sending, Session};
use crate::chain::inspect::{existential_deposit, AccountInfo};
use crate::chain::outcome::Outcome;
use crate::chain::refusal::Refusal;
use crate::chain::registry::Registration;
use crate::chain::time;
use crate::chain::transaction::{address_value, call};
use crate::error::Error;
use crate::kind;
use crate::output::date;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qloak balance alice
  qloak balance //Alice --json
  qloak balance qk4nsQWkHuoQXVNejA6JqLoNvQ8Zm39JzpkS52pn9RU3mjJJb
  qloak balance alice --shielded                          with what is in the shielded pool

JSON: { account, address, block, time, free, reserved, frozen, account_frozen, spendable, nonce, shielded,
token: { symbol, decimals } }; amounts are text, in the smallest unit; shielded is { sees, balance: { qlk,
priv }, received } with --shielded.")]
pub struct BalanceArguments {
    /// Name, address or //Name
    account: String,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
    /// Look for the account's money in the shielded pool too, which takes its passphrase
    #[arg(long)]
    shielded: bool,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The fee is shown before anything is sent; it counts the bytes of the real signature. The first
transaction of an account carries its key, which the chain then keeps (against a deposit), so
that the following ones are 2 kB shorter.

Unless --allow-death is given, the sender keeps at least what an account needs to exist. While its key
is registered, an account keeps that and the deposit for the key even then.

The wallet points out a receiver that nobody may be able to spend for: an account of the chain itself,
or one of which nothing shows that a post-quantum key belongs to it.

Examples:
  qloak transfer --from alice --to bob --amount 1.5
  qloak transfer --from //Alice --to alice --amount '100 QLK' --yes
  qloak transfer --from alice --to qk4n… --all
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
    kind::require_holder(&session.home, &arguments.account)?;
    let chain = session.connect().await?;
    let account = session
        .home
        .look_up(&arguments.account, chain.prefix, arguments.scheme)?;
    let at = chain.best().await?;
    let info = AccountInfo::read(&chain, &at, account).await?;
    let frozen = Registration::read(&chain, &at, account).await?.frozen;
    let time = time::of(&at).await;
    let spendable = match frozen {
        true => 0,
        false => info.spendable(existential_deposit(&at)),
    };
    let mut json = json!({
        "account": arguments.account,
        "address": chain.address(account),
        "block": at.block_number(),
        "time": time,
        "free": info.data.free.to_string(),
        "reserved": info.data.reserved.to_string(),
        "frozen": info.data.frozen.to_string(),
        "account_frozen": frozen,
        "spendable": spendable.to_string(),
        "nonce": info.nonce,
        "shielded": null,
        "token": { "symbol": chain.token.symbol, "decimals": chain.token.decimals },
    });
    let pool = match arguments.shielded {
        true => {
            let source = arguments.passphrase.source();
            Some(shielded::opened(session, &arguments.account, &source).await?)
        }
        false => None,
    };
    if let Some(pool) = &pool {
        json["shielded"] = json!({});
        pool.add_balance(&mut json["shielded"]);
    }
    let is_ours = session.home.signer(&arguments.account, None).is_ok();
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
        match frozen {
            true => report.bad("  spendable      nothing: the account is frozen by its backup key (qloak key recover)"),
            false => report.field("spendable", chain.token.format(spendable)),
        }
        match &pool {
            Some(pool) => pool.describe_balance(report),
            None if is_ours => report.field("shielded", "not looked for: --shielded does"),
            None => {}
        }
        report.field("nonce", info.nonce);
        let when = time.map_or_else(String::new, |time| format!(", {}", date(time)));
        report.field("at block", format_args!("{}{when}", at.block_number()));
    })
}

pub async fn transfer(session: &Session, arguments: TransferArguments) -> Result<(), Error> {
    let from = session.home.signer(&arguments.from, arguments.scheme)?;
    kind::require_payee(&session.home, &arguments.to)?;
    let chain = session.connect().await?;
    let to = session
        .home
        .account_id(&arguments.to, chain.prefix, arguments.to_scheme)?;
    let amount = arguments
        .amount
        .as_deref()
        .map(|amount| chain.token.parse_payment(amount))
        .transpose()?;
    let at = chain.best().await?;
    let info = AccountInfo::read(&chain, &at, from.id()).await?;
    let registration = Registration::read(&chain, &at, from.id()).await?;
    if registration.frozen {
        return Err(Error::Refused(Refusal::AccountFrozen));
    }

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
    let existential_deposit = existential_deposit(&at);
    let kept = info.kept(arguments.allow_death, existential_deposit);
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
    let costs = priced.price.fee.saturating_add(priced.price.tip);
    let needed = amount.unwrap_or(1).saturating_add(costs);
    let spendable = info.spendable(kept);
    if spendable < needed {
        return Err(Error::NotApplicable(format!(
            "`{}` can spend {}, but amount and fee are {}",
            from.label(),
            chain.token.format(spendable),
            chain.token.format(needed)
        )));
    }
    let value = amount.unwrap_or_else(|| spendable.saturating_sub(costs));
    let left = info.data.free.saturating_sub(value).saturating_sub(costs);

    let receiver = Receiver::read(session, &chain, &at, &arguments.to, to).await?;
    receiver.require_room(&chain.token, value, existential_deposit)?;
    let mut doubts = receiver.doubts(from.id());
    if arguments.allow_death && kept == 0 && (1..existential_deposit).contains(&left) {
        doubts.push(format!(
            "{} would be left, less than an account must hold to exist: the account is removed and this is lost. --all sends it too",
            chain.token.format(left)
        ));
    }

    let text = match amount {
        Some(amount) => chain.token.format(amount),
        None => format!("{}, all that can be sent", chain.token.format(value)),
    };
    let (sender, address) = (chain.address(from.id()), chain.address(to));
    let mut what = vec![
        ("from", sending::named(from.label(), &sender)),
        ("to", sending::named(&arguments.to, &address)),
        ("amount", text),
    ];
    let stays = left.saturating_add(info.data.reserved);
    if amount.is_none() && stays > 0 {
        let why = match info.data.reserved {
            0 => "what an account must hold to exist",
            _ => "deposits, such as for the registered key, and what an account must hold to exist",
        };
        what.push(("stays", format!("{}: {why}", chain.token.format(stays))));
    }
    for doubt in doubts {
        session.output.warn(doubt);
    }
    let outcome = sending::send(session, &chain, &from, &priced, &what, &arguments.send).await?;
    let action = json!({
        "from": sender,
        "to": address,
        "amount": amount.map(|amount| amount.to_string()),
        "signature": { "scheme": priced.key.entry.scheme.to_string(), "with_key": !priced.key.registered },
    });
    let json = sending::sent_json(action, &priced.price, &outcome);
    let sent = chain
        .token
        .format(moved(&outcome, &address).unwrap_or(value));
    let headline = format!("Sent {sent} to {address}.");
    sending::finish(session, &chain, &outcome, &json, &headline)
}

/// What a transfer really moved, by its event.
fn moved(outcome: &Outcome, to: &str) -> Option<u128> {
    let is_it = |fields: &Json| fields["to"] == to;
    let event = outcome.events.iter().find(|event| {
        event.pallet == "Balances" && event.name == "Transfer" && is_it(&event.fields)
    })?;
    let amount = &event.fields["amount"];
    amount
        .as_u64()
        .map(u128::from)
        .or_else(|| amount.as_str()?.parse().ok())
}
