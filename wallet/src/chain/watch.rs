//! Sending a transaction and waiting until it is in a block.

use std::time::Duration;

use subxt::config::substrate::H256;
use subxt::rpcs::methods::legacy::TransactionStatus;

use super::outcome::{self, Outcome};
use super::refusal::Refusal;
use super::transaction::{submission_error, Signed};
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

/// Sends, and waits as long as told to; `report` hears of each step.
///
/// # Errors
/// [`Error::Refused`], [`Error::Timeout`], [`Error::Node`].
pub async fn submit(
    chain: &Chain,
    signed: &Signed,
    wait: Wait,
    timeout: Duration,
    report: impl FnMut(Progress),
) -> Result<Outcome, Error> {
    let hash = outcome::hash_of(signed.encoded());
    let waiting = submit_and_follow(chain, signed, wait, report);
    match tokio::time::timeout(timeout, waiting).await {
        Ok(block) => {
            let found = outcome::find(chain, block?, hash, wait == Wait::Finalized).await?;
            found.ok_or_else(|| {
                Error::NotFound(format!(
                    "transaction {hash:?} is not in the block that it was said to be in"
                ))
            })
        }
        Err(_) => Err(timed_out(hash, timeout, wait)),
    }
}

fn timed_out(hash: H256, timeout: Duration, wait: Wait) -> Error {
    let what = match wait {
        Wait::Included => "in a block",
        Wait::Finalized => "final",
    };
    Error::Timeout(format!(
        "transaction {hash:?} is not {what} after {} seconds. It may be later: qloak tx watch {hash:?}",
        timeout.as_secs()
    ))
}

async fn submit_and_follow(
    chain: &Chain,
    signed: &Signed,
    wait: Wait,
    mut report: impl FnMut(Progress),
) -> Result<H256, Error> {
    let mut statuses = chain
        .rpc()
        .author_submit_and_watch_extrinsic(signed.encoded())
        .await
        .map_err(|error| submission_error(chain, error))?;
    while let Some(status) = statuses.next().await {
        match status.map_err(chain.failed("following the transaction"))? {
            TransactionStatus::Future
            | TransactionStatus::Ready
            | TransactionStatus::Broadcast(_) => report(Progress::Pooled),
            TransactionStatus::InBlock(block) if wait == Wait::Included => return Ok(block),
            TransactionStatus::InBlock(block) => report(Progress::Included(block)),
            TransactionStatus::Retracted(_) => report(Progress::Retracted),
            TransactionStatus::Finalized(block) => return Ok(block),
            TransactionStatus::FinalityTimeout(_) => {
                return Err(dropped("its block was not finalised in time"))
            }
            TransactionStatus::Usurped(_) => return Err(dropped("another one took its nonce")),
            TransactionStatus::Dropped => return Err(dropped("the pool was full")),
            TransactionStatus::Invalid => return Err(dropped("it became invalid")),
        }
    }
    Err(chain.failed("following the transaction")(
        "the connection was closed",
    ))
}

fn dropped(why: &str) -> Error {
    Error::Refused(Refusal::Dropped(why.into()))
}

/// Looks for a transaction in the best block and so many before it.
///
/// # Errors
/// [`Error::Node`].
pub async fn search(chain: &Chain, hash: H256, depth: u32) -> Result<Option<Outcome>, Error> {
    let finalized = finalized_number(chain).await?;
    let mut next = Some(chain.best().await?.block_hash());
    for _ in 0..depth {
        let Some(block) = next else { break };
        let header = chain
            .rpc()
            .chain_get_header(Some(block))
            .await
            .map_err(chain.failed("reading a header"))?;
        // Pruned away, or before the first block.
        let Some(header) = header else { break };
        if let Some(found) = outcome::find(chain, block, hash, header.number <= finalized).await? {
            return Ok(Some(found));
        }
        next = (header.number > 0).then_some(header.parent_hash);
    }
    Ok(None)
}

/// The number of the last final block.
///
/// # Errors
/// [`Error::Node`].
pub async fn finalized_number(chain: &Chain) -> Result<u64, Error> {
    let asking = "asking for the last final block";
    let hash = chain
        .rpc()
        .chain_get_finalized_head()
        .await
        .map_err(chain.failed(asking))?;
    let header = chain
        .rpc()
        .chain_get_header(Some(hash))
        .await
        .map_err(chain.failed(asking))?;
    Ok(header.map_or(0, |header| header.number))
}

/// Waits until a transaction that somebody sent is in a block, having looked at the `depth` latest blocks first.
///
/// # Errors
/// [`Error::Timeout`], [`Error::Node`].
pub async fn watch(
    chain: &Chain,
    hash: H256,
    depth: u32,
    wait: Wait,
    timeout: Duration,
) -> Result<Outcome, Error> {
    let following = follow(chain, hash, depth, wait);
    tokio::time::timeout(timeout, following)
        .await
        .unwrap_or_else(|_| Err(timed_out(hash, timeout, wait)))
}

async fn follow(chain: &Chain, hash: H256, depth: u32, wait: Wait) -> Result<Outcome, Error> {
    let doing = "following the chain";
    // Subscribed before the search, so that no block falls between the two.
    let mut heads = chain
        .rpc()
        .chain_subscribe_new_heads()
        .await
        .map_err(chain.failed(doing))?;
    let mut found = search(chain, hash, depth).await?;
    loop {
        if let Some(outcome) = found.take_if(|outcome| wait == Wait::Included || outcome.finalized)
        {
            return Ok(outcome);
        }
        let head = heads
            .next()
            .await
            .ok_or_else(|| chain.failed(doing)("the connection was closed"))?;
        let head = head.map_err(chain.failed(doing))?;
        found = match found {
            // In a block already; is it final now?
            Some(outcome) => still_there(chain, outcome).await?,
            None => {
                let block = subxt::config::Hasher::hash(
                    &subxt::config::substrate::BlakeTwo256,
                    &codec::Encode::encode(&head),
                );
                outcome::find(chain, block, hash, false).await?
            }
        };
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
