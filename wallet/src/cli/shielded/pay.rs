//! `qloak send` and `qloak unshield`

use std::time::{Duration, Instant};

use futures::future::join_all;
use qloak_shielded::encryption::Payment;
use qloak_shielded::note::Asset;
use qloak_shielded::pool::PoolInfo;
use qloak_shielded::transaction::Action;
use serde_json::{json, Value as Json};

use super::shield::call_index;
use super::wallet::Wallet;
use super::{directory, input, PayArguments, PoolArguments, UnshieldArguments};
use crate::chain::outcome::Outcome;
use crate::chain::refusal::Refusal;
use crate::chain::watch::{self, Progress};
use crate::cli::{sending, Session};
use crate::error::Error;
use crate::shielded::draft::{self, Draft, Order};
use crate::shielded::history::Item;
use crate::shielded::select::{self, Coin, Plan, Step, TooLittle};
use crate::shielded::ShieldedError;

/// A payment out of the pool or inside of it.
struct Job<'a> {
    payment: Option<Payment>,
    action: Action,
    amount: u64,
    what: Vec<(&'static str, String)>,
    arguments: &'a PoolArguments,
}

/// What became of it.
struct Done {
    outcome: Outcome,
    fee: u64,
    merged: usize,
}

pub async fn send(session: &Session, arguments: &PayArguments) -> Result<(), Error> {
    let from = input::payer(session, &arguments.from, None)?;
    let to = input::recipient(&arguments.to)?;
    input::require_handle(&to, arguments.handle.as_deref())?;
    let memo = input::memo(&arguments.memo)?;
    let source = arguments.pool.passphrase.source();
    let keys = input::keys(session, &from, &source)?;
    let mut wallet = Wallet::open(session, from.label().into(), keys).await?;
    let amount = wallet.parse_amount(&arguments.amount)?;
    let to = directory::resolve(session, &wallet.chain, to).await?;
    let (handle, text) = (to.handle().to_string(), wallet.coins(amount));
    let job = Job {
        payment: Some(Payment {
            address: to,
            asset: Asset::Qlk,
            value: amount,
            memo,
        }),
        action: Action::Send,
        amount,
        what: vec![
            ("from", format!("{}, hidden", wallet.label)),
            ("to", format!("{handle}, hidden")),
            ("amount", format!("{text}, hidden")),
        ],
        arguments: &arguments.pool,
    };
    let done = run(&mut wallet, &job).await?;
    let json = json!({ "account": wallet.label, "to": handle, "amount": amount.to_string() });
    finish(&wallet, &done, json, &format!("Sent {text} to {handle}."))
}

pub async fn unshield(session: &Session, arguments: &UnshieldArguments) -> Result<(), Error> {
    let from = input::payer(session, &arguments.from, None)?;
    let keys = input::keys(session, &from, &arguments.pool.passphrase.source())?;
    let mut wallet = Wallet::open(session, from.label().into(), keys).await?;
    let prefix = wallet.chain.prefix;
    let to = session
        .home
        .account_id(&arguments.to, prefix, arguments.to_scheme)?;
    let amount = wallet.parse_amount(&arguments.amount)?;
    let (receiver, text) = (wallet.chain.address(to), wallet.coins(amount));
    let job = Job {
        payment: None,
        action: Action::Withdraw {
            value: amount,
            recipient: to.0,
        },
        amount,
        what: vec![
            ("from", format!("{}, hidden", wallet.label)),
            (
                "to",
                format!("{}, public", sending::named(&arguments.to, &receiver)),
            ),
            ("amount", format!("{text}, public")),
        ],
        arguments: &arguments.pool,
    };
    let done = run(&mut wallet, &job).await?;
    let json = json!({ "account": wallet.label, "to": receiver, "amount": amount.to_string() });
    finish(
        &wallet,
        &done,
        json,
        &format!("Unshielded {text} to {receiver}."),
    )
}

fn finish(wallet: &Wallet<'_>, done: &Done, mut json: Json, headline: &str) -> Result<(), Error> {
    json["fee"] = done.fee.to_string().into();
    json["merged"] = done.merged.into();
    json["transaction"] = json!(done.outcome);
    sending::finish(
        wallet.session,
        &wallet.chain,
        &done.outcome,
        &json,
        headline,
    )
}

async fn run(wallet: &mut Wallet<'_>, job: &Job<'_>) -> Result<Done, Error> {
    wallet.keys.spend()?;
    wallet.sync().await?;
    let pool = wallet.pool().await?;
    let fee = pool.standard_fee;
    let mut plan = ready_plan(wallet, job, fee).await?;
    warn_of_link(wallet, job);
    explain(wallet, job, &plan, &pool);
    wallet.session.output.confirm("Send it?")?;
    let mut merged = 0;
    loop {
        match plan.step {
            Step::Pay(inputs) => {
                let order = Order {
                    inputs: positions(&inputs),
                    payment: job.payment.clone(),
                    action: job.action.clone(),
                    fee,
                };
                let outcome = carry_out(wallet, job.arguments, vec![order]).await?.pop();
                let outcome = outcome.ok_or_else(|| Error::NotFound("nothing was sent".into()))?;
                return Ok(Done {
                    outcome,
                    fee,
                    merged,
                });
            }
            Step::Merge(pairs) => {
                let merging = |pair: &[Coin; 2]| Order {
                    inputs: positions(pair),
                    payment: None,
                    action: Action::Send,
                    fee,
                };
                let orders: Vec<Order> = pairs.iter().map(merging).collect();
                merged += orders.len();
                for outcome in carry_out(wallet, job.arguments, orders).await? {
                    outcome.require_success(&wallet.chain)?;
                }
                plan = ready_plan(wallet, job, fee).await?;
            }
        }
    }
}

fn positions(coins: &[Coin]) -> Vec<u32> {
    coins.iter().map(|coin| coin.position).collect()
}

/// The plan with the notes that payments can refer to. Waits for those that are too young if there is no
/// plan without them, or a longer one.
async fn ready_plan(wallet: &mut Wallet<'_>, job: &Job<'_>, fee: u64) -> Result<Plan, Error> {
    let deadline = Instant::now() + Duration::from_secs(job.arguments.timeout);
    let spinner = wallet.session.output.spinner("choosing notes");
    loop {
        let all = select::plan(&coins(wallet, u32::MAX), job.amount, fee)
            .map_err(|little| insufficient(wallet, job, fee, little))?;
        let anchor = wallet.anchor(job.arguments.fresh_anchor);
        let anchored = anchor.map_or(0, |anchor| anchor.block.number);
        match select::plan(&coins(wallet, anchored), job.amount, fee) {
            Ok(plan) if plan.transactions <= all.transactions => return Ok(plan),
            _ => {}
        }
        spinner.say("waiting until the latest money can be spent: at the next tenth block");
        let what = "the money that came in last did not become spendable";
        wallet.next_block(deadline, what).await?;
    }
}

/// The notes that came in up to a block and can pay.
fn coins(wallet: &Wallet<'_>, up_to: u32) -> Vec<Coin> {
    wallet
        .state
        .spendable(Asset::Qlk)
        .filter(|(_, note)| note.found_in <= up_to)
        .map(|(position, note)| Coin {
            position,
            value: note.value,
        })
        .collect()
}

fn insufficient(wallet: &Wallet<'_>, job: &Job<'_>, fee: u64, little: TooLittle) -> Error {
    let have: u128 = coins(wallet, u32::MAX)
        .iter()
        .map(|coin| u128::from(coin.value))
        .sum();
    let fees = u128::from(fee).saturating_mul(little.transactions as u128);
    let held = wallet.state.balance(Asset::Qlk).saturating_sub(have);
    let waiting = match held {
        0 => String::new(),
        held => format!(
            "; {} more are in a payment on its way, and what it leaves over comes back",
            wallet.coins(held)
        ),
    };
    ShieldedError::Insufficient {
        have: wallet.coins(have),
        need: wallet.coins(u128::from(job.amount).saturating_add(fees)),
        transactions: little.transactions,
        waiting,
    }
    .into()
}

/// A withdrawal of what was deposited shows that both are the same person's.
fn warn_of_link(wallet: &Wallet<'_>, job: &Job<'_>) {
    let Action::Withdraw { value, .. } = job.action else {
        return;
    };
    let items = wallet.state.history.iter().flat_map(|record| &record.items);
    let mut deposits = items.filter_map(|item| match item {
        Item::Deposited(payment) => Some(payment.value),
        _ => None,
    });
    if deposits.any(|deposit| deposit == value) {
        wallet.session.output.warn(
            "you once shielded exactly this amount. Whoever compares sees that this is the same money; another amount hides it",
        );
    }
}

fn explain(wallet: &Wallet<'_>, job: &Job<'_>, plan: &Plan, pool: &PoolInfo) {
    let fee = pool.standard_fee;
    let field = |name: &str, value: String| {
        wallet
            .session
            .output
            .explain(format_args!("  {name:14} {value}"))
    };
    job.what
        .iter()
        .for_each(|(name, value)| field(name, value.clone()));
    if plan.transactions > 1 {
        let mergings = plan.transactions - 1;
        field(
            "merging",
            format!(
                "the amount is spread over {} notes, and a transaction spends two: {mergings} more transaction(s) merge notes first, each for a fee{}",
                mergings + 2,
                match wallet.newest_because(job.arguments.fresh_anchor) {
                    Some(_) => "",
                    None => ". Merged money can be spent from the next tenth block on",
                }
            ),
        );
    }
    let transactions = plan.transactions as u128;
    let in_all = |each: u64| u128::from(each).saturating_mul(transactions);
    let count = match plan.transactions {
        1 => String::new(),
        count => format!(", {} for each of {count} transactions", wallet.coins(fee)),
    };
    field(
        "fee",
        format!("{} out of the pool{count}", wallet.coins(in_all(fee))),
    );
    // `docs/spec/privacy-credit.md`, Fees.
    let burnt = wallet.coins(in_all(fee.min(pool.minimum_fee)));
    field(
        "burnt",
        format!("{burnt} of the fee; the block's author gets the rest"),
    );
    if pool.rate > 0 {
        let credits = wallet.amount(Asset::Priv, in_all(pool.rate));
        field("you get", format!("{credits}, hidden, at the present rate"));
    }
    if let Some(why) = wallet.newest_because(job.arguments.fresh_anchor) {
        field("refers to", format!("the newest block, {why}"));
    }
}

/// Proves and sends transactions that can go at the same time, and waits for all.
async fn carry_out(
    wallet: &mut Wallet<'_>,
    arguments: &PoolArguments,
    orders: Vec<Order>,
) -> Result<Vec<Outcome>, Error> {
    let mut extrinsics = Vec::with_capacity(orders.len());
    let at = wallet.chain.best().await?;
    let call = call_index(&at, "transfer")?;
    for order in &orders {
        let draft = draft(wallet, order, arguments.fresh_anchor)?;
        let valid_until = draft.transfer.valid_until;
        let proof = prove(wallet.session, draft.clone()).await?;
        let bytes = draft::extrinsic(call, &draft.transfer, &proof);
        let signed = at.transactions().from_bytes(bytes);
        let verdict = signed
            .validate()
            .await
            .map_err(wallet.chain.failed("checking the transaction"))?;
        if let Some(refusal) = Refusal::from_validation(&verdict) {
            return Err(Error::Refused(refusal));
        }
        for position in &order.inputs {
            wallet.state.pending.insert(*position, valid_until);
        }
        extrinsics.push(signed);
    }
    // Remembered before they are sent: whatever happens then, the notes are not spent twice.
    wallet.save()?;
    let spinner = wallet.session.output.spinner("sending");
    let timeout = Duration::from_secs(arguments.timeout);
    let submissions = extrinsics.iter().map(|signed| {
        let report = |progress| match progress {
            Progress::Pooled => spinner.say("in the node's pool, waiting for a block"),
            Progress::Included(block) => {
                spinner.say(format!("in block {block:?}, waiting for finality"))
            }
            Progress::Retracted => spinner.say("its block was abandoned, waiting for another"),
        };
        watch::submit(&wallet.chain, signed, arguments.wait, timeout, report)
    });
    let results = join_all(submissions).await;
    drop(spinner);
    settle(wallet, &orders, results).await
}

/// Frees the notes of transactions that were refused, and reads what the others did.
async fn settle(
    wallet: &mut Wallet<'_>,
    orders: &[Order],
    results: Vec<Result<Outcome, Error>>,
) -> Result<Vec<Outcome>, Error> {
    for (order, result) in orders.iter().zip(&results) {
        if matches!(result, Err(Error::Refused(_))) {
            for position in &order.inputs {
                wallet.state.pending.remove(position);
            }
        }
    }
    wallet.save()?;
    let outcomes = results.into_iter().collect::<Result<Vec<_>, _>>()?;
    wallet.sync().await?;
    Ok(outcomes)
}

fn draft(wallet: &Wallet<'_>, order: &Order, fresh: bool) -> Result<Draft, Error> {
    let first = order.inputs.first().copied().unwrap_or_default();
    let anchor = wallet.anchor(fresh);
    let anchor = anchor.ok_or(ShieldedError::NotAnchored(first))?;
    Ok(order.draft(&wallet.keys, &wallet.state, anchor)?)
}

/// Proves beside the connection, which would time out if a slow machine kept it waiting.
async fn prove(session: &Session, draft: Draft) -> Result<Vec<u8>, Error> {
    let _spinner = session.output.spinner("proving that the payment is right");
    match tokio::task::spawn_blocking(move || draft.prove()).await {
        Ok(proof) => Ok(proof?),
        Err(failed) => Err(std::io::Error::other(failed).into()),
    }
}
