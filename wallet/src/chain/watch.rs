//! Sending a transaction, waiting until it is in a block, and finding it there.
//!
//! Once its bytes have left the wallet, a transaction can be included until its lifetime ends, whatever the node says of
//! it: dropped from one pool, it may be in another's. So every error here names the transaction and the last block that can
//! include it: [`Error::RefusedByNode`] with the judgement of the node's runtime, as the node gives it, and
//! [`Error::Unsettled`] for all else.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::Duration;

use subxt::config::substrate::H256;
use subxt::rpcs::methods::legacy::TransactionStatus;

use super::outcome::{self, Outcome};
use super::refusal::Refusal;
use super::search::{Range, Search, Searcher, LONGEST_LIFE};
use super::trace::Trace;
use super::transaction::{Signed, Submittable};
use super::Chain;
use crate::error::Error;

/// How far to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Wait {
    /// Until it is in a best block, which a fork can still take back.
    Included,
    /// Until its block is final. A chain without finality never says so.
    Finalized,
}

impl Wait {
    fn goal(self) -> &'static str {
        match self {
            Self::Included => "in a block",
            Self::Finalized => "final",
        }
    }
}

/// Where a transaction is, for whoever watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// In the node's pool.
    Pooled,
    /// In a best block.
    Included(H256),
    /// Its block was abandoned; it waits for another.
    Retracted,
}

impl Progress {
    /// The progress in words, to stand behind a spinner.
    pub fn words(self) -> String {
        match self {
            Self::Pooled => "in the node's pool, waiting for a block".into(),
            Self::Included(block) => format!("in block {block:?}, waiting for finality"),
            Self::Retracted => "its block was abandoned, waiting for another".into(),
        }
    }
}

/// What is sent: the encoded transaction and what it is followed by.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    /// The encoded transaction.
    pub bytes: &'a [u8],
    /// Its name and lifetime.
    pub trace: Trace,
}

impl<'a> From<&'a Signed> for Parcel<'a> {
    fn from(signed: &'a Signed) -> Self {
        Self {
            bytes: signed.encoded(),
            trace: signed.trace(),
        }
    }
}

impl<'a> From<&'a Submittable> for Parcel<'a> {
    fn from(transaction: &'a Submittable) -> Self {
        Self {
            bytes: transaction.encoded(),
            trace: Trace {
                hash: outcome::hash_of(transaction.encoded()),
                nonce: None,
                valid_until: None,
            },
        }
    }
}

/// How following a transaction ended without a block.
enum Stop {
    /// The runtime judged it before the pool took it.
    Refused(Refusal),
    /// Nobody knows, for this reason.
    Open(String),
}

/// Sends, and waits as long as told to; `report` hears of each step.
///
/// # Errors
/// [`Error::RefusedByNode`] if the node says that its runtime judged it invalid before the pool took it, else
/// [`Error::Unsettled`].
pub async fn submit<'a>(
    chain: &Chain,
    parcel: impl Into<Parcel<'a>>,
    wait: Wait,
    timeout: Duration,
    mut report: impl FnMut(Progress),
) -> Result<Outcome, Error> {
    let parcel = parcel.into();
    let trace = parcel.trace;
    let last = Cell::new(Last::Pooled);
    let following = submit_and_follow(chain, parcel, wait, |step| {
        last.set(step);
        report(step.into());
    });
    let block = match tokio::time::timeout(timeout, following).await {
        Ok(Ok(block)) => block,
        Ok(Err(Stop::Refused(refusal))) => return Err(Error::RefusedByNode { refusal, trace }),
        Ok(Err(Stop::Open(why))) => return Err(unsettled(trace, last.get(), why)),
        Err(_) => {
            let (goal, seconds) = (wait.goal(), timeout.as_secs());
            let why = format!("it was not {goal} after {seconds} seconds");
            return Err(unsettled(trace, last.get(), why));
        }
    };
    let included = Last::Included(block);
    match outcome::find(chain, block, trace.hash, wait == Wait::Finalized).await {
        Ok(Some(outcome)) => Ok(outcome),
        Ok(None) => {
            let why = format!("the node said that it is in block {block:?}, and it is not there");
            Err(unsettled(trace, Last::Retracted, why))
        }
        Err(error) => {
            let why = format!("what it did there cannot be read: {error}");
            Err(unsettled(trace, included, why))
        }
    }
}

/// What the node said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Pooled,
    /// Behind earlier transactions of its account that the pool does not have.
    Behind,
    Included(H256),
    Retracted,
}

impl From<Last> for Progress {
    fn from(last: Last) -> Self {
        match last {
            Last::Pooled | Last::Behind => Self::Pooled,
            Last::Included(block) => Self::Included(block),
            Last::Retracted => Self::Retracted,
        }
    }
}

fn unsettled(trace: Trace, last: Last, why: String) -> Error {
    let why = match last {
        Last::Included(block) => format!("is in block {block:?}, but {why}"),
        Last::Behind => {
            format!("was sent and waits for an earlier transaction of this account, but {why}")
        }
        Last::Pooled | Last::Retracted => format!("was sent, but {why}"),
    };
    Error::Unsettled { trace, why }
}

async fn submit_and_follow(
    chain: &Chain,
    parcel: Parcel<'_>,
    wait: Wait,
    mut report: impl FnMut(Last),
) -> Result<H256, Stop> {
    let mut statuses = chain
        .rpc()
        .author_submit_and_watch_extrinsic(parcel.bytes)
        .await
        .map_err(not_taken)?;
    while let Some(status) = statuses.next().await {
        let status = status.map_err(|error| {
            Stop::Open(format!(
                "the connection broke while it was followed ({error})"
            ))
        })?;
        match read_status(status, wait) {
            ControlFlow::Continue(step) => report(step),
            ControlFlow::Break(end) => return end.map_err(Stop::Open),
        }
    }
    let lost = "the connection to the node was lost while it was followed";
    Err(Stop::Open(lost.into()))
}

/// What the error of the submission call means. The runtime's judgement, and a pool that prefers another
/// transaction with this nonce, are refusals. A full pool and a broken connection are not: the bytes are out.
fn not_taken(error: subxt::rpcs::Error) -> Stop {
    let user = match error {
        subxt::rpcs::Error::User(user) => user,
        other => return Stop::Open(format!("the connection broke while it was sent ({other})")),
    };
    let data = user.data.as_ref().map(|data| data.get());
    match Refusal::from_rpc(user.code, &user.message, data) {
        Refusal::Pool(text) => Stop::Open(format!(
            "the node's transaction pool does not take it now ({text})"
        )),
        Refusal::AlreadyImported => Stop::Open("the node had it already".into()),
        Refusal::Other(text) => Stop::Open(format!("the node says: {text}")),
        refusal => Stop::Refused(refusal),
    }
}

/// What the node's word means: that it goes on, or how it ended.
fn read_status(
    status: TransactionStatus<H256>,
    wait: Wait,
) -> ControlFlow<Result<H256, String>, Last> {
    ControlFlow::Break(match status {
        TransactionStatus::Future => return ControlFlow::Continue(Last::Behind),
        TransactionStatus::Ready | TransactionStatus::Broadcast(_) => {
            return ControlFlow::Continue(Last::Pooled)
        }
        TransactionStatus::InBlock(block) if wait == Wait::Included => Ok(block),
        TransactionStatus::InBlock(block) => {
            return ControlFlow::Continue(Last::Included(block))
        }
        TransactionStatus::Retracted(_) => return ControlFlow::Continue(Last::Retracted),
        TransactionStatus::Finalized(block) => Ok(block),
        TransactionStatus::FinalityTimeout(block) => Err(format!(
            "block {block:?}, which it is in, is not final yet, and the node has stopped watching it"
        )),
        TransactionStatus::Usurped(other) => Err(format!(
            "the node prefers another one of this account with the same nonce, {other:?}: one of the two will be included"
        )),
        TransactionStatus::Dropped => {
            Err("the node's pool was full and let it go; other nodes may have it".into())
        }
        TransactionStatus::Invalid => {
            Err("the node finds it invalid at its present block; another block may take it".into())
        }
    })
}

/// Looks for a transaction in the latest `depth` blocks. Tells which those are, too.
///
/// # Errors
/// [`Error::Node`].
pub async fn search(chain: &Chain, hash: H256, depth: u32) -> Result<(Search, Range), Error> {
    let finalized = finalized_number(chain).await?;
    let range = Range::up_to(number_of(chain, None).await?, depth.into());
    let found = Searcher::new(chain, hash).through(range, finalized).await?;
    Ok((found, range))
}

/// The number of a block, or of the best one.
async fn number_of(chain: &Chain, hash: Option<H256>) -> Result<u64, Error> {
    let header = chain
        .rpc()
        .chain_get_header(hash)
        .await
        .map_err(chain.failed("reading a header"))?;
    Ok(header.map_or(0, |header| header.number))
}

/// The number of the last final block.
///
/// # Errors
/// [`Error::Node`].
pub async fn finalized_number(chain: &Chain) -> Result<u64, Error> {
    let hash = chain
        .rpc()
        .chain_get_finalized_head()
        .await
        .map_err(chain.failed("asking for the last final block"))?;
    number_of(chain, Some(hash)).await
}

/// What `tx watch` waits for.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// The transaction's hash, or a shielded payment's name.
    pub hash: H256,
    /// How many of the latest blocks are looked into first; at least as many as can have a transaction of this wallet.
    pub depth: u32,
    /// The last block that can include it, if that is known.
    pub until: Option<u64>,
    /// How far to wait.
    pub wait: Wait,
    /// How long to wait.
    pub timeout: Duration,
}

impl Watch {
    /// The blocks that can have it so far. Without a last block, those before the best one that could have what this wallet
    /// sent just now.
    fn past(&self, best: u64) -> Range {
        let latest = Range::up_to(best, u64::from(self.depth).max(LONGEST_LIFE));
        match self.until {
            Some(until) => Range::up_to(until.min(best), LONGEST_LIFE)
                .back_to(Range::up_to(until, LONGEST_LIFE).first)
                .back_to(Range::up_to(best, self.depth.into()).first),
            None => latest,
        }
    }
}

/// Waits until a transaction that somebody sent is in a block, or can be in none any more.
///
/// # Errors
/// [`Error::NotFound`] if it can no longer be included, [`Error::Timeout`], [`Error::Node`].
pub async fn watch(chain: &Chain, watch: Watch) -> Result<Outcome, Error> {
    let known = Cell::new(Known::Nothing);
    tokio::time::timeout(watch.timeout, follow(chain, watch, &known))
        .await
        .unwrap_or_else(|_| Err(Error::Timeout(waited(&watch, known.get()))))
}

/// What is known of a transaction while it is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Nothing,
    /// None of these blocks has it.
    Absent(Range),
    /// This block has it.
    In(u64),
}

/// What is said when the time is over.
fn waited(watch: &Watch, known: Known) -> String {
    let trace = Trace {
        hash: watch.hash,
        nonce: None,
        valid_until: watch.until,
    };
    let known = match known {
        Known::In(block) => format!("it is in block {block}"),
        Known::Absent(Range { first: 1, last }) => format!("no block up to {last} has it"),
        Known::Absent(range) if watch.until.is_some() => {
            format!("none of the blocks {range} has it")
        }
        Known::Absent(range) => format!(
            "none of the blocks {range} has it, and those before them were not looked through (--depth)"
        ),
        Known::Nothing => "no block was looked through".into(),
    };
    format!(
        "transaction {:?} is not {} after {} seconds: {known}. It may still be{}. Do not repeat it before you know: {}",
        watch.hash,
        watch.wait.goal(),
        watch.timeout.as_secs(),
        trace.until(),
        trace.command(),
    )
}

async fn follow(chain: &Chain, watch: Watch, known: &Cell<Known>) -> Result<Outcome, Error> {
    let doing = "following the chain";
    let mut searcher = Searcher::new(chain, watch.hash);
    // Subscribed before the search, so that no block falls between the two.
    let mut heads = chain
        .rpc()
        .chain_subscribe_new_heads()
        .await
        .map_err(chain.failed(doing))?;
    let past = watch.past(number_of(chain, None).await?);
    let searched = searcher.through(past, finalized_number(chain).await?);
    let mut found = match searched.await? {
        Search::Found(outcome) => Some(*outcome),
        Search::Absent => {
            known.set(Known::Absent(past));
            None
        }
        Search::Incomplete(missing) => {
            let first = missing.saturating_add(1);
            if first <= past.last {
                known.set(Known::Absent(Range { first, ..past }));
            }
            None
        }
    };
    loop {
        let is_enough = |outcome: &mut Outcome| watch.wait == Wait::Included || outcome.finalized;
        if let Some(outcome) = found.take_if(is_enough) {
            return Ok(outcome);
        }
        if let Some(outcome) = &found {
            known.set(Known::In(outcome.block_number));
        }
        if let (None, Some(until)) = (&found, watch.until) {
            let lifetime = Range::up_to(until, LONGEST_LIFE).back_to(past.first);
            if let Some(outcome) = settle(chain, watch.hash, lifetime).await? {
                return Ok(outcome);
            }
        }
        let head = heads
            .next()
            .await
            .ok_or_else(|| chain.failed(doing)("the connection was closed"))?;
        let head = head.map_err(chain.failed(doing))?;
        found = match found {
            // In a block already; is it final now?
            Some(outcome) => {
                let block = outcome.block_hash;
                let still = still_there(chain, outcome).await?;
                if still.is_none() {
                    searcher.forget(&block);
                }
                still
            }
            None => None,
        };
        if found.is_none() {
            let block = subxt::config::Hasher::hash(
                &subxt::config::substrate::BlakeTwo256,
                &codec::Encode::encode(&head),
            );
            found = searcher.back_from(block).await?;
            known.set(match known.get() {
                Known::Absent(range) => Known::Absent(Range {
                    last: range.last.max(head.number),
                    ..range
                }),
                _ => Known::Absent(Range::up_to(head.number, 1)),
            });
        }
    }
}

/// Decides whether a transaction can still be included. It cannot once the last block that can have it is final: then
/// either one of the final blocks has it, or none ever will.
async fn settle(chain: &Chain, hash: H256, lifetime: Range) -> Result<Option<Outcome>, Error> {
    let finalized = finalized_number(chain).await?;
    let until = lifetime.last;
    if finalized < until {
        return Ok(None);
    }
    let mut searcher = Searcher::new(chain, hash);
    match searcher.through(lifetime, finalized).await? {
        Search::Found(outcome) => Ok(Some(*outcome)),
        Search::Absent => Err(Error::NotFound(format!(
            "transaction {hash:?} was not included, and no longer can be: block {until}, the last that could have it, is final, and none \
             of the blocks {lifetime} has it. A transaction of this wallet waits for {LONGEST_LIFE} blocks at most, so what it was to do \
             can be sent again. One of another program may wait for longer: --depth looks further back"
        ))),
        Search::Incomplete(missing) => Err(Error::NotFound(format!(
            "block {until}, the last that could include transaction {hash:?}, is final, but this node does not have block {missing}, \
             which may have it. Whether it was included is not known here. Ask a node that keeps all blocks (--blocks-pruning archive) \
             before you send it again"
        ))),
    }
}

/// The outcome with its finality brought up to date; nothing if a fork took the block back.
async fn still_there(chain: &Chain, mut outcome: Outcome) -> Result<Option<Outcome>, Error> {
    let number = subxt::rpcs::methods::legacy::NumberOrHex::Number(outcome.block_number);
    let canonical = chain
        .rpc()
        .chain_get_block_hash(Some(number))
        .await
        .map_err(chain.failed("following the chain"))?;
    if canonical != Some(outcome.block_hash) {
        return Ok(None);
    }
    outcome.finalized = outcome.block_number <= finalized_number(chain).await?;
    Ok(Some(outcome))
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
