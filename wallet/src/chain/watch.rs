//! Sending a transaction and waiting until it is in a block.

use std::ops::ControlFlow;
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
    let waiting = submit_and_follow(chain, signed, hash, wait, report);
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
    hash: H256,
    wait: Wait,
    mut report: impl FnMut(Progress),
) -> Result<H256, Error> {
    let mut statuses = chain
        .rpc()
        .author_submit_and_watch_extrinsic(signed.encoded())
        .await
        .map_err(|error| submission_error(chain, error))?;
    while let Some(status) = statuses.next().await {
        let status = status.map_err(chain.failed("following the transaction"))?;
        match read_status(status, hash, wait) {
            ControlFlow::Continue(progress) => report(progress),
            ControlFlow::Break(end) => return end,
        }
    }
    Err(chain.failed("following the transaction")(
        "the connection was closed",
    ))
}

/// What the node's word means: that it goes on, or how it ended.
fn read_status(
    status: TransactionStatus<H256>,
    hash: H256,
    wait: Wait,
) -> ControlFlow<Result<H256, Error>, Progress> {
    ControlFlow::Break(match status {
        TransactionStatus::Future | TransactionStatus::Ready | TransactionStatus::Broadcast(_) => {
            return ControlFlow::Continue(Progress::Pooled)
        }
        TransactionStatus::InBlock(block) if wait == Wait::Included => Ok(block),
        TransactionStatus::InBlock(block) => {
            return ControlFlow::Continue(Progress::Included(block))
        }
        TransactionStatus::Retracted(_) => return ControlFlow::Continue(Progress::Retracted),
        TransactionStatus::Finalized(block) => Ok(block),
        // The node stops watching, but the transaction is in a block: to send it again would be to pay twice.
        TransactionStatus::FinalityTimeout(block) => Err(Error::Timeout(format!(
            "transaction {hash:?} is in block {block:?}, which is not final yet, and the node has stopped watching it. \
             Do not send it again: qloak tx watch {hash:?}"
        ))),
        TransactionStatus::Usurped(_) => Err(dropped("another one took its nonce")),
        TransactionStatus::Dropped => Err(dropped("the pool was full")),
        TransactionStatus::Invalid => Err(dropped("it became invalid")),
    })
}

fn dropped(why: &str) -> Error {
    Error::Refused(Refusal::Dropped(why.into()))
}

/// Looks for a transaction in the latest `depth` blocks.
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

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: H256 = H256([1; 32]);
    const BLOCK: H256 = H256([2; 32]);

    fn end(status: TransactionStatus<H256>, wait: Wait) -> Option<Result<H256, Error>> {
        read_status(status, HASH, wait).break_value()
    }

    #[test]
    fn a_block_is_enough_unless_a_final_one_is_wanted() {
        let included = || TransactionStatus::InBlock(BLOCK);
        assert!(matches!(end(included(), Wait::Included), Some(Ok(block)) if block == BLOCK));
        assert!(end(included(), Wait::Finalized).is_none());
        let finalized = TransactionStatus::Finalized(BLOCK);
        assert!(matches!(end(finalized, Wait::Finalized), Some(Ok(block)) if block == BLOCK));
    }

    #[test]
    fn only_what_is_in_no_block_may_be_sent_again() {
        for status in [
            TransactionStatus::Usurped(BLOCK),
            TransactionStatus::Dropped,
            TransactionStatus::Invalid,
        ] {
            let refused = end(status, Wait::Finalized);
            assert!(matches!(
                refused,
                Some(Err(Error::Refused(Refusal::Dropped(_))))
            ));
        }
        let waited = end(TransactionStatus::FinalityTimeout(BLOCK), Wait::Finalized);
        let text = match waited {
            Some(Err(error @ Error::Timeout(_))) => error.to_string(),
            other => format!("{other:?}"),
        };
        assert!(text.contains(&format!("qloak tx watch {HASH:?}")), "{text}");
    }
}
