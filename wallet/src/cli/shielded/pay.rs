//! `qloak send` and `qloak unshield`

use qloak_shielded::element::Digest;
use qloak_shielded::encryption::Payment;
use qloak_shielded::note::Asset;
use qloak_shielded::pool::PoolInfo;
use qloak_shielded::transaction::Action;
use serde_json::{json, Value as Json};

use super::following::{self, Ticket};
use super::wallet::Wallet;
use super::{directory, input, PayArguments, PoolArguments, UnshieldArguments};
use crate::chain::outcome::Outcome;
use crate::cli::{sending, Session};
use crate::error::Error;
use crate::shielded::attempt::{Attempt, Earlier, End, Purpose};
use crate::shielded::draft::Order;
use crate::shielded::fee::{self, Unfit};
use crate::shielded::history::Item;
use crate::shielded::select::{self, Coin, Plan, Step, TooLittle};
use crate::shielded::state::OwnedNote;
use crate::shielded::ShieldedError;

/// A payment out of the pool or inside of it.
struct Job<'a> {
    payment: Option<Payment>,
    action: Action,
    purpose: Purpose,
    amount: u64,
    what: Vec<(&'static str, String)>,
    arguments: &'a PoolArguments,
}

/// What became of it.
struct Done {
    name: Digest,
    /// Nothing if the payment was made long ago, and the node does not tell any more.
    outcome: Option<Outcome>,
    fee: u64,
    merged: usize,
    /// Whether an earlier try had paid, so that nothing was sent.
    earlier: bool,
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
    let to_handle = to.handle();
    let (handle, text) = (to_handle.to_string(), wallet.coins(amount));
    let job = Job {
        payment: Some(Payment {
            address: to,
            asset: Asset::Qlk,
            value: amount,
            memo,
        }),
        action: Action::Send,
        purpose: Purpose::Send {
            handle: to_handle.0,
            value: Some(amount),
        },
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
        purpose: Purpose::Withdraw {
            recipient: to.0,
            value: Some(amount),
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
    json["name"] = format!("0x{}", done.name).into();
    json["earlier"] = done.earlier.into();
    json["transaction"] = json!(done.outcome);
    if let Some(outcome) = &done.outcome {
        outcome.require_success(&wallet.chain)?;
    }
    wallet.session.output.result(&json, |report| {
        report.good(headline);
        if done.earlier {
            report.line("  An earlier try had paid already, so nothing was sent now. To pay once more: --another");
        }
        report.field("name", format_args!("0x{}", done.name));
        if let Some(outcome) = &done.outcome {
            sending::describe(report, &wallet.chain, outcome);
        }
    })
}

async fn run(wallet: &mut Wallet<'_>, job: &Job<'_>) -> Result<Done, Error> {
    wallet.keys.spend()?;
    wallet.sync().await?;
    let earlier = match job.arguments.another {
        true => Earlier::None,
        false => wallet.state.earlier(&job.purpose),
    };
    if let Earlier::Landed(attempt) = &earlier {
        return paid_already(wallet, attempt).await;
    }
    let pool = wallet.pool().await?;
    let fee = fee::of(&pool).map_err(|unfit| unfit_fee(wallet, unfit))?;
    let mut plan = match retry(wallet, job, &earlier, fee)? {
        Some(inputs) => Plan {
            step: Step::Pay(inputs),
            transactions: 1,
        },
        None => ready_plan(wallet, job, fee).await?,
    };
    warn_of_link(wallet, job);
    explain(wallet, job, &plan, &pool);
    if let Earlier::Possible { until, .. } = earlier {
        wallet.session.output.explain(format_args!(
            "  {:14} an earlier try may still come, until block {until}. This one spends a note of it, so that only one of the two can come",
            "tried again"
        ));
    }
    confirm(wallet, job, &pool, plan.transactions)?;
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
                let ticket = Ticket {
                    order,
                    purpose: job.purpose,
                    value: job.amount,
                };
                let settled = following::carry_out(wallet, job.arguments, vec![ticket]).await?;
                let last = settled.into_iter().last();
                let last = last.ok_or_else(|| Error::NotFound("nothing was sent".into()))?;
                return Ok(Done {
                    name: last.name,
                    outcome: Some(last.outcome),
                    fee,
                    merged,
                    earlier: last.earlier,
                });
            }
            Step::Merge(pairs) => {
                let merging = |pair: &[Coin; 2]| Ticket {
                    order: Order {
                        inputs: positions(pair),
                        payment: None,
                        action: Action::Send,
                        fee,
                    },
                    purpose: Purpose::Merge,
                    value: 0,
                };
                let tickets: Vec<Ticket> = pairs.iter().map(merging).collect();
                merged += tickets.len();
                for settled in following::carry_out(wallet, job.arguments, tickets).await? {
                    settled.outcome.require_success(&wallet.chain)?;
                }
                plan = ready_plan(wallet, job, fee).await?;
            }
        }
    }
}

/// Asks whether to send, and before that about fees that are more than usual.
fn confirm(
    wallet: &Wallet<'_>,
    job: &Job<'_>,
    pool: &PoolInfo,
    transactions: usize,
) -> Result<(), Error> {
    let output = &wallet.session.output;
    let most = job.arguments.max_fee.as_deref();
    let most = most.map(|most| wallet.parse_amount(most)).transpose()?;
    match fee::judge(pool, transactions, most) {
        Ok(_) => {}
        Err(Unfit::Above {
            fees, said: false, ..
        }) if !output.yes => {
            output.confirm(&format!(
                "The fees are {} in all, far more than usual. Pay them?",
                wallet.coins(fees)
            ))?;
        }
        Err(unfit) => return Err(unfit_fee(wallet, unfit)),
    }
    output.confirm("Send it?")
}

fn unfit_fee(wallet: &Wallet<'_>, unfit: Unfit) -> Error {
    match unfit {
        Unfit::Odd { told, right } => ShieldedError::OddFee {
            told: wallet.coins(told),
            right: wallet.coins(right),
        },
        Unfit::Above { fees, most, said } => {
            let fees = wallet.coins(fees);
            ShieldedError::FeeAbove {
                number: fees.split(' ').next().unwrap_or_default().into(),
                fees,
                most: wallet.coins(most),
                why: match said {
                    true => "--max-fee allows",
                    false => "is paid without a question",
                },
            }
        }
    }
    .into()
}

/// An earlier try is in the chain: to send another one would be to pay twice.
async fn paid_already(wallet: &mut Wallet<'_>, attempt: &Attempt) -> Result<Done, Error> {
    let mut outcome = None;
    if let Some(End::Included { block }) = attempt.end {
        // Of an old block the node may not tell what happened, and it does not matter.
        let found = following::outcome_of(wallet, &attempt.name, block).await;
        outcome = found.ok().flatten();
    }
    let records = wallet.state.history.iter();
    let mut paid = records.filter(|record| record.name == Some(attempt.name));
    let fee = paid.next().and_then(|record| record.fee);
    wallet.state.attempts.done(&attempt.name);
    wallet.save()?;
    Ok(Done {
        name: attempt.name,
        outcome,
        fee: fee.unwrap_or_default(),
        merged: 0,
        earlier: true,
    })
}

/// The notes for another try at a payment that may still come: one of each earlier try is among them. Nothing if
/// there was none, or none that matters.
fn retry(
    wallet: &Wallet<'_>,
    job: &Job<'_>,
    earlier: &Earlier,
    fee: u64,
) -> Result<Option<Vec<Coin>>, Error> {
    let (tries, until) = match earlier {
        Earlier::None | Earlier::Landed(_) => return Ok(None),
        Earlier::Possible { tries, until } => (tries, Some(*until)),
        Earlier::Ended { tries } => (tries, None),
    };
    let coin = |position: &u32| {
        let note = wallet.state.notes.get(position)?;
        Some(Coin {
            position: *position,
            value: note.value,
        })
    };
    let coins_of = |positions: &Vec<u32>| positions.iter().filter_map(coin).collect();
    let tries: Vec<Vec<Coin>> = tries.iter().map(coins_of).collect();
    let anchor = wallet.anchor(job.arguments.fresh_anchor);
    let free = coins(
        wallet,
        anchor.map_or(0, |anchor| anchor.block.number),
        false,
    );
    let chosen = select::again(&tries, &free, job.amount, fee);
    match until {
        Some(until) if chosen.is_none() => Err(ShieldedError::NoRetry { until }.into()),
        _ => Ok(chosen),
    }
}

fn positions(coins: &[Coin]) -> Vec<u32> {
    coins.iter().map(|coin| coin.position).collect()
}

/// The plan with the notes that payments can refer to. Waits for those that are too young if there is no
/// plan without them, or a longer one.
async fn ready_plan(wallet: &mut Wallet<'_>, job: &Job<'_>, fee: u64) -> Result<Plan, Error> {
    let deadline = job.arguments.deadline();
    let spinner = wallet.session.output.spinner("choosing notes");
    loop {
        let with = |merging| {
            let all = coins(wallet, u32::MAX, merging);
            select::plan(&all, job.amount, fee).map(|plan| (plan, merging))
        };
        // Notes that are being merged are touched only if the others do not suffice.
        let (all, merging) = with(false)
            .or_else(|_| with(true))
            .map_err(|little| insufficient(wallet, job, fee, little))?;
        let anchor = wallet.anchor(job.arguments.fresh_anchor);
        let anchored = anchor.map_or(0, |anchor| anchor.block.number);
        match select::plan(&coins(wallet, anchored, merging), job.amount, fee) {
            Ok(plan) if plan.transactions <= all.transactions => return Ok(plan),
            _ => {}
        }
        spinner.say("waiting until the latest money can be spent: at the next tenth block");
        let what = "the money that came in last did not become spendable";
        wallet.next_block(deadline, what).await?;
    }
}

/// The notes that came in up to a block and can pay; with those that are being merged, if they are wanted.
fn coins(wallet: &Wallet<'_>, up_to: u32, merging: bool) -> Vec<Coin> {
    let coin = |(position, note): (u32, &OwnedNote)| Coin {
        position,
        value: note.value,
    };
    let is_there = |(_, note): &(u32, &OwnedNote)| note.found_in <= up_to;
    let state = &wallet.state;
    match merging {
        false => {
            let free = state.spendable(Asset::Qlk).filter(is_there);
            free.map(coin).collect()
        }
        true => {
            let all = state.spendable_or_merging(Asset::Qlk).filter(is_there);
            all.map(coin).collect()
        }
    }
}

fn insufficient(wallet: &Wallet<'_>, job: &Job<'_>, fee: u64, little: TooLittle) -> Error {
    let have: u128 = coins(wallet, u32::MAX, true)
        .iter()
        .map(|coin| u128::from(coin.value))
        .sum();
    let fees = u128::from(fee).saturating_mul(little.transactions as u128);
    let held = wallet.state.balance(Asset::Qlk).saturating_sub(have);
    let until = wallet.state.reserved().into_values().max();
    let waiting = match (held, until) {
        (0, _) | (_, None) => String::new(),
        (held, Some(until)) => format!(
            "; {} more are in payments on their way, which end by block {until}: what they leave over comes back then",
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
    let fee = fee::standard(pool.minimum_fee);
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
