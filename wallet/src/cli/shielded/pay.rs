//! `qloak send` and `qloak unshield`

use qloak_shielded::address::Address;
use qloak_shielded::element::Digest;
use qloak_shielded::encryption::Payment;
use qloak_shielded::memo::Memo;
use qloak_shielded::note::Asset;
use qloak_shielded::pool::PoolInfo;
use qloak_shielded::transaction::Action;
use serde_json::json;

use super::choosing::{choose, Choice};
use super::following::{self, Ticket};
use super::wallet::Wallet;
use super::{directory, input, AmountArguments, PayArguments, PoolArguments, UnshieldArguments};
use crate::chain::inspect::existential_deposit;
use crate::chain::outcome::Outcome;
use crate::cli::receiver::Receiver;
use crate::cli::{sending, Session};
use crate::error::Error;
use crate::kind;
use crate::shielded::attempt::{Attempt, Earlier, End, Purpose};
use crate::shielded::draft::Order;
use crate::shielded::fee::{self, Unfit};
use crate::shielded::history::Item;
use crate::shielded::select::{Coin, Step};
use crate::shielded::ShieldedError;

/// Who is paid.
enum Recipient {
    /// Inside the pool.
    Shielded(Box<(Address, Memo)>),
    /// Outside. With what an account must hold to exist.
    Public(Box<Receiver>, u128),
}

/// A payment out of the pool or inside of it.
struct Job<'a> {
    recipient: Recipient,
    /// How much; nothing for all that there is.
    amount: Option<u64>,
    /// Who pays whom, for people.
    what: Vec<(&'static str, String)>,
    arguments: &'a PoolArguments,
}

impl Job<'_> {
    fn purpose(&self) -> Purpose {
        let value = self.amount;
        match &self.recipient {
            Recipient::Shielded(to) => Purpose::Send {
                handle: to.0.handle().0,
                value,
            },
            Recipient::Public(receiver, _) => Purpose::Withdraw {
                recipient: receiver.id().0,
                value,
            },
        }
    }

    /// The transfer that pays an amount out of these notes.
    fn order(&self, inputs: &[Coin], value: u64, fee: u64) -> Order {
        let (payment, action) = match &self.recipient {
            Recipient::Shielded(to) => {
                let (address, memo) = &**to;
                let payment = Payment {
                    address: address.clone(),
                    asset: Asset::Qlk,
                    value,
                    memo: memo.clone(),
                };
                (Some(payment), Action::Send)
            }
            Recipient::Public(receiver, _) => {
                let recipient = receiver.id().0;
                (None, Action::Withdraw { value, recipient })
            }
        };
        Order {
            inputs: positions(inputs),
            payment,
            action,
            fee,
        }
    }

    /// The amount for people, with who sees it.
    fn shown(&self, wallet: &Wallet<'_>, choice: &Choice) -> String {
        let seen = match self.recipient {
            Recipient::Shielded(_) => "hidden",
            Recipient::Public(..) => "public",
        };
        let all = match (self.amount, choice.left) {
            (Some(_), _) => "",
            (None, 0) => "; all that there is, less the fees",
            (None, _) => "; all that can be paid now, less the fees",
        };
        format!("{}, {seen}{all}", wallet.coins(choice.amount))
    }
}

/// What became of it.
struct Done {
    name: Digest,
    amount: u64,
    /// Nothing if the payment was made long ago, and the node does not tell any more.
    outcome: Option<Outcome>,
    fee: u64,
    merged: usize,
    /// What stays in the pool, if all that there is was to be paid.
    left: Option<u128>,
    /// Whether an earlier try had paid, so that nothing was sent.
    earlier: bool,
}

fn amount_of(
    wallet: &Wallet<'_>,
    AmountArguments { amount, all: _ }: &AmountArguments,
) -> Result<Option<u64>, Error> {
    let amount = amount.as_deref();
    amount.map(|text| wallet.parse_amount(text)).transpose()
}

pub async fn send(session: &Session, arguments: &PayArguments) -> Result<(), Error> {
    let from = input::payer(session, &arguments.from, None)?;
    let to = input::recipient(session, &arguments.to)?;
    input::require_handle(&to, arguments.handle.as_deref())?;
    let memo = input::memo(&arguments.memo)?;
    let source = arguments.pool.passphrase.source();
    let keys = input::keys(session, &from, &source)?;
    let mut wallet = Wallet::open(session, from.label().into(), keys).await?;
    let amount = amount_of(&wallet, &arguments.amount)?;
    let address = directory::resolve(session, &wallet.chain, &to).await?;
    let handle = address.handle().to_string();
    let job = Job {
        recipient: Recipient::Shielded(Box::new((address, memo))),
        amount,
        what: vec![
            ("from", format!("{}, hidden", wallet.label)),
            ("to", format!("{}, hidden", to.shown())),
        ],
        arguments: &arguments.pool,
    };
    let done = run(&mut wallet, &job).await?;
    finish(&wallet, &done, "Sent", &handle)
}

pub async fn unshield(session: &Session, arguments: &UnshieldArguments) -> Result<(), Error> {
    let from = input::payer(session, &arguments.from, None)?;
    kind::require_payee(&session.home, &arguments.to)?;
    let keys = input::keys(session, &from, &arguments.pool.passphrase.source())?;
    let mut wallet = Wallet::open(session, from.label().into(), keys).await?;
    let prefix = wallet.chain.prefix;
    let to = session
        .home
        .account_id(&arguments.to, prefix, arguments.to_scheme)?;
    let amount = amount_of(&wallet, &arguments.amount)?;
    let at = wallet.chain.best().await?;
    let known = Receiver::read(session, &wallet.chain, &at, &arguments.to, to).await?;
    for doubt in known.doubts_of_spending() {
        session.output.warn(doubt);
    }
    let receiver = wallet.chain.address(to);
    let job = Job {
        recipient: Recipient::Public(Box::new(known), existential_deposit(&at)),
        amount,
        what: vec![
            ("from", format!("{}, hidden", wallet.label)),
            (
                "to",
                format!("{}, public", sending::named(&arguments.to, &receiver)),
            ),
        ],
        arguments: &arguments.pool,
    };
    let done = run(&mut wallet, &job).await?;
    finish(&wallet, &done, "Unshielded", &receiver)
}

fn finish(wallet: &Wallet<'_>, done: &Done, did: &str, to: &str) -> Result<(), Error> {
    let json = json!({
        "account": wallet.label,
        "to": to,
        "amount": done.amount.to_string(),
        "fee": done.fee.to_string(),
        "merged": done.merged,
        "left": done.left.map(|left| left.to_string()),
        "name": format!("0x{}", done.name),
        "earlier": done.earlier,
        "transaction": done.outcome,
    });
    if let Some(outcome) = &done.outcome {
        outcome.require_success(&wallet.chain)?;
    }
    wallet.session.output.result(&json, |report| {
        let amount = wallet.coins(done.amount);
        report.good(format_args!("{did} {amount} to {to}."));
        if done.earlier {
            report.line("  An earlier try had paid already, so nothing was sent now. To pay once more: --another");
        }
        if let Some(left) = done.left.filter(|left| *left > 0) {
            report.field("left", format_args!("{} stay in the pool", wallet.coins(left)));
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
    // This needs nothing of the node.
    if let Earlier::Landed(attempt) = earlier_tries(wallet, job) {
        return paid_already(wallet, job, &attempt).await;
    }
    let pool = wallet.pool().await?;
    let fee = fee::of(&pool).map_err(|unfit| unfit_fee(wallet, unfit))?;
    let mut merged = 0;
    // What was confirmed.
    let mut agreed: Option<Choice> = None;
    loop {
        let earlier = earlier_tries(wallet, job);
        if let Earlier::Landed(attempt) = &earlier {
            return paid_already(wallet, job, attempt).await;
        }
        let amount = agreed
            .as_ref()
            .map_or(job.amount, |agreed| Some(agreed.amount));
        let choice = choose(wallet, job.arguments, &earlier, amount, fee).await?;
        if agreed.is_none() {
            wallet.ask_of_the_forgotten()?;
            ask(wallet, job, &earlier, &choice, &pool)?;
        }
        let amount = choice.amount;
        match &choice.plan.step {
            Step::Pay(inputs) => {
                let ticket = Ticket {
                    order: job.order(inputs, amount, fee),
                    purpose: job.purpose(),
                    value: amount,
                };
                let settled = following::carry_out(wallet, job.arguments, vec![ticket]).await?;
                let last = settled.into_iter().last();
                let last = last.ok_or_else(|| Error::NotFound("nothing was sent".into()))?;
                return Ok(Done {
                    name: last.name,
                    // An earlier try at paying all may have paid something else.
                    amount: last.value,
                    outcome: Some(last.outcome),
                    fee,
                    merged,
                    left: left(wallet, job),
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
            }
        }
        agreed.get_or_insert(choice);
    }
}

/// What is in the pool, where all of it was to be paid.
fn left(wallet: &Wallet<'_>, job: &Job<'_>) -> Option<u128> {
    let all = job.amount.is_none();
    all.then(|| wallet.state.balance(Asset::Qlk))
}

fn earlier_tries(wallet: &Wallet<'_>, job: &Job<'_>) -> Earlier {
    match job.arguments.another {
        true => Earlier::None,
        false => wallet.state.earlier(&job.purpose()),
    }
}

/// Shows what will be paid, and asks.
fn ask(
    wallet: &Wallet<'_>,
    job: &Job<'_>,
    earlier: &Earlier,
    choice: &Choice,
    pool: &PoolInfo,
) -> Result<(), Error> {
    let (amount, plan) = (choice.amount, &choice.plan);
    // What the chain would refuse is not shown to a node: that would have it made for nothing.
    if let Recipient::Public(receiver, existential_deposit) = &job.recipient {
        receiver.require_room(&wallet.chain.token, amount.into(), *existential_deposit)?;
    }
    warn_of_link(wallet, job, amount);
    explain(wallet, job, choice, pool);
    let field = |name: &str, value: String| {
        let output = &wallet.session.output;
        output.explain(format_args!("  {name:14} {value}"));
    };
    match earlier {
        Earlier::Possible { until, same: true, .. } => field(
            "tried again",
            format!("an earlier try may still come, until block {until}. This one spends a note of it, so that only one of the two can come"),
        ),
        Earlier::Possible { until, same: false, .. } => field(
            "instead of",
            format!("a payment that the node did not take. Should it come all the same, until block {until}, this one does not: it spends a note of it"),
        ),
        _ => {}
    }
    confirm(wallet, job, pool, plan.transactions)
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
async fn paid_already(
    wallet: &mut Wallet<'_>,
    job: &Job<'_>,
    attempt: &Attempt,
) -> Result<Done, Error> {
    let mut outcome = None;
    if let Some(End::Included { block }) = attempt.end {
        // A node that made the payment up, and one that does not show the block, are not believed: nothing would be paid.
        let found = following::outcome_of(wallet, &attempt.name, block).await?;
        let missing = || ShieldedError::NotInBlock {
            name: format!("0x{}", attempt.name),
            block,
        };
        outcome = Some(found.ok_or_else(missing)?);
    }
    let records = wallet.state.history.iter();
    let mut paid = records.filter(|record| record.name == Some(attempt.name));
    let fee = paid.next().and_then(|record| record.fee);
    wallet.state.attempts.done(&attempt.name);
    wallet.keep();
    Ok(Done {
        name: attempt.name,
        amount: attempt.value,
        outcome,
        fee: fee.unwrap_or_default(),
        merged: 0,
        left: left(wallet, job),
        earlier: true,
    })
}

fn positions(coins: &[Coin]) -> Vec<u32> {
    coins.iter().map(|coin| coin.position).collect()
}

/// A withdrawal of what was deposited shows that both are the same person's.
fn warn_of_link(wallet: &Wallet<'_>, job: &Job<'_>, value: u64) {
    if matches!(job.recipient, Recipient::Shielded(_)) {
        return;
    }
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

/// Why something stays in the pool where all was to be paid.
fn why_left(wallet: &Wallet<'_>, choice: &Choice) -> String {
    let until = wallet.state.reserved().into_values().max();
    match (choice.excludes, until) {
        (true, _) => "a transaction spends two notes, and one of these has to be an earlier try's. To pay the rest, run the command again when this one is in a block".into(),
        (false, Some(until)) => format!("in payments on their way, which end by block {until}, or not worth the fee"),
        (false, None) => "in notes that are not worth the fee of spending them".into(),
    }
}

fn explain(wallet: &Wallet<'_>, job: &Job<'_>, choice: &Choice, pool: &PoolInfo) {
    let plan = &choice.plan;
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
    field("amount", job.shown(wallet, choice));
    if job.amount.is_none() && choice.left > 0 {
        let left = wallet.coins(choice.left);
        field("stays", format!("{left}: {}", why_left(wallet, choice)));
    }
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
