//! Looking for a transaction in blocks, and saying which blocks were looked through.
//!
//! Nodes keep no index of transactions. So a search that found nothing says something about the blocks that it read, and
//! nothing about others: how far back a transaction could have been included is for its caller to know.

use std::collections::HashSet;
use std::fmt;

use futures::future::try_join_all;
use subxt::config::substrate::H256;
use subxt::rpcs::client::RpcParams;

use super::outcome::{self, Outcome};
use super::{transaction, Chain};
use crate::error::Error;
use crate::shielded::draft;

/// How many blocks are asked for at once.
const PAGE: u64 = 32;

/// How many blocks can include a transaction of this wallet: those of a shielded payment, which waits for longer than a
/// signed one.
pub const LONGEST_LIFE: u64 = draft::LIFETIME as u64;

const _: () = assert!(transaction::LIFETIME <= LONGEST_LIFE);

/// Blocks of the best chain, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl Range {
    /// So many blocks, the last of which is this one. The block at genesis has no transactions.
    pub fn up_to(last: u64, count: u64) -> Self {
        let before = count.saturating_sub(1);
        let first = last.saturating_sub(before).max(1);
        Self { first, last }
    }

    /// The same, and the blocks before it from another one on.
    pub fn back_to(self, first: u64) -> Self {
        let first = self.first.min(first.max(1));
        Self { first, ..self }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.first, self.last)
    }
}

/// What a search came to.
#[derive(Debug)]
pub enum Search {
    /// It is there.
    Found(Box<Outcome>),
    /// It is in none of the blocks.
    Absent,
    /// It is in none of the blocks after this one, which the node does not have.
    Incomplete(u64),
}

/// A search for one transaction, by its hash or by the name of a shielded payment.
pub struct Searcher<'a> {
    chain: &'a Chain,
    sought: H256,
    /// Blocks that were looked through.
    seen: HashSet<H256>,
}

impl<'a> Searcher<'a> {
    /// Looks for a transaction on a chain.
    pub fn new(chain: &'a Chain, sought: H256) -> Self {
        Self {
            chain,
            sought,
            seen: HashSet::new(),
        }
    }

    /// Looks through blocks of the best chain, from the last one downwards. A page of blocks is asked for at once: one
    /// after the other, each would cost the way to the node and back.
    ///
    /// # Errors
    /// [`Error::Node`].
    pub async fn through(&mut self, range: Range, finalized: u64) -> Result<Search, Error> {
        let mut last = range.last;
        while last >= range.first {
            let page = Range::up_to(last, PAGE);
            let page = Range {
                first: page.first.max(range.first),
                ..page
            };
            match self.page(page, finalized).await? {
                Search::Absent => last = page.first.saturating_sub(1),
                end => return Ok(end),
            }
        }
        Ok(Search::Absent)
    }

    async fn page(&mut self, page: Range, finalized: u64) -> Result<Search, Error> {
        let chain = self.chain;
        let numbers: Vec<u64> = (page.first..=page.last).rev().collect();
        let mut arguments = RpcParams::new();
        arguments
            .push(&numbers)
            .map_err(chain.failed("asking for blocks"))?;
        let hashes: Vec<Option<H256>> = chain
            .request_with("chain_getBlockHash", arguments)
            .await
            .map_err(chain.failed("asking for blocks"))?;
        let body = async |block: Option<H256>| match block {
            Some(block) => outcome::body(chain, block).await,
            None => Ok(None),
        };
        let bodies = try_join_all(hashes.iter().map(|block| body(*block))).await?;
        // A node that answers with fewer hashes does not have the other blocks.
        let mut blocks = hashes.into_iter().zip(bodies);
        let mut missing = None;
        for number in numbers {
            let Some((Some(block), Some(body))) = blocks.next() else {
                missing = missing.or(Some(number));
                continue;
            };
            self.seen.insert(block);
            let finalized = body.number <= finalized;
            let found = outcome::in_body(chain, block, body, self.sought, finalized).await?;
            if let Some(found) = found {
                return Ok(Search::Found(Box::new(found)));
            }
        }
        Ok(missing.map_or(Search::Absent, Search::Incomplete))
    }

    /// Looks through a new block, and those before it that were not looked through: a node does not tell of each block
    /// when it imports several at once, nor of all blocks of another fork.
    ///
    /// # Errors
    /// [`Error::Node`].
    pub async fn back_from(&mut self, block: H256) -> Result<Option<Outcome>, Error> {
        let mut next = block;
        for _ in 0..LONGEST_LIFE {
            if self.seen.contains(&next) {
                break;
            }
            let Some(body) = outcome::body(self.chain, next).await? else {
                break;
            };
            self.seen.insert(next);
            let block = std::mem::replace(&mut next, body.parent);
            let found = outcome::in_body(self.chain, block, body, self.sought, false).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// A fork took a block back. It is looked through again if it returns.
    pub fn forget(&mut self, block: &H256) {
        self.seen.remove(block);
    }
}
