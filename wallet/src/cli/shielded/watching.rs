//! `qloak tx watch --account`: a shielded payment is followed by what the wallet remembers of it, its last block and the
//! notes that it spends. So its end is known for certain, and no block number has to be given.

use std::time::Duration;

use qloak_shielded::element::Digest;
use serde_json::json;
use tokio::time::Instant;

use super::following;
use super::input;
use super::wallet::Wallet;
use crate::chain::outcome::Outcome;
use crate::chain::watch::Wait;
use crate::cli::{sending, Session};
use crate::error::Error;
use crate::secret::Source;
use crate::shielded::attempt::{Attempt, End};
use crate::shielded::ShieldedError;

/// A payment that is waited for.
pub struct Watched<'a> {
    /// Who made it.
    pub account: &'a str,
    /// The payment's name.
    pub name: [u8; 32],
    /// How far to wait.
    pub wait: Wait,
    /// How long to wait.
    pub timeout: Duration,
}

/// Waits until a payment has ended, and says how.
pub async fn watch(
    session: &Session,
    payment: &Watched<'_>,
    passphrase: &Source,
) -> Result<(), Error> {
    let deadline = Instant::now() + payment.timeout;
    let (label, keys) = input::holder(session, payment.account, passphrase)?;
    let mut wallet = Wallet::open(session, label, keys).await?;
    wallet.sync().await?;
    let outcome = follow(&mut wallet, payment, deadline).await;
    wallet.keep();
    let outcome = outcome?;
    let headline = match outcome.finalized {
        true => "It is final.",
        false => "It is in a block.",
    };
    sending::finish(session, &wallet.chain, &outcome, &json!(outcome), headline)
}

async fn follow(
    wallet: &mut Wallet<'_>,
    payment: &Watched<'_>,
    deadline: Instant,
) -> Result<Outcome, Error> {
    let spinner = wallet.session.output.spinner("waiting for its end");
    loop {
        let (name, block) = match end(wallet, &payment.name)? {
            Fate::In { name, block } => (name, block),
            Fate::Open(until) => {
                next_block(wallet, deadline, &payment.name, until).await?;
                continue;
            }
        };
        let found = following::outcome_of(wallet, &name, block).await?;
        if let Some(outcome) = found {
            if payment.wait == Wait::Included || outcome.finalized {
                return Ok(outcome);
            }
        }
        spinner.say(format!("in block {block}, waiting for finality"));
        next_block(wallet, deadline, &payment.name, block).await?;
    }
}

/// What became of a payment.
enum Fate {
    /// It can still come, until this block.
    Open(u32),
    /// A block has it, or another try at the same payment.
    In { name: Digest, block: u32 },
}

fn end(wallet: &Wallet<'_>, name: &[u8; 32]) -> Result<Fate, Error> {
    let attempts = &wallet.state.attempts;
    let is_it = |other: &Digest| other.to_bytes() == *name;
    let Some(attempt) = attempts.iter().find(|it| is_it(&it.name)) else {
        // What is settled is forgotten, and stays in the history.
        let mut records = wallet.state.history.iter();
        let record = records.find(|it| it.name.as_ref().is_some_and(is_it));
        return match record.and_then(|record| Some((record.name?, record.block))) {
            Some((name, block)) => Ok(Fate::In { name, block }),
            None => Err(Error::NotFound(format!(
                "the wallet of `{}` remembers no payment 0x{}: another copy of it made it, or it ended without being paid more than a day ago. \
                 Without --account blocks are searched for it",
                wallet.label,
                hex::encode(name)
            ))),
        };
    };
    let name = attempt.name;
    match attempt.end {
        None => Ok(Fate::Open(attempt.valid_until)),
        Some(End::Included { block }) => Ok(Fate::In { name, block }),
        Some(End::Outrun { by, block }) => match attempts.of(&by) {
            Some(other) if is_same(attempt, other) => Ok(Fate::In { name: by, block }),
            _ => {
                let by = format!("0x{by}");
                let until = attempt.valid_until;
                Err(ShieldedError::Outrun { by, block, until }.into())
            }
        },
        Some(End::Expired) => Err(ShieldedError::Expired {
            name: format!("0x{name}"),
            until: attempt.valid_until,
        }
        .into()),
    }
}

/// Whether two are tries at one payment.
fn is_same(one: &Attempt, other: &Attempt) -> bool {
    one.purpose == other.purpose
}

async fn next_block(
    wallet: &mut Wallet<'_>,
    deadline: Instant,
    name: &[u8; 32],
    until: u32,
) -> Result<(), Error> {
    let next = wallet.next_block(deadline, "there is no new block").await;
    next.map_err(|error| match error {
        Error::Timeout(_) => Error::Timeout(format!(
            "the payment 0x{} is not settled yet: it can be until block {until} is final. Do not pay again before you know, or run the command that made \
             it again, which pays once",
            hex::encode(name)
        )),
        error => error,
    })
}
