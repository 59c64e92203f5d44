//! Asking a node about the shielded pool, by the methods of its index (`docs/spec/privacy-credit.md`, What wallets
//! and nodes read).
//!
//! No question names a note, a commitment or a nullifier. A wallet asks which *final* blocks hold notes, in pages that
//! begin at a multiple of 64 positions and are always equally long, and reads all of those blocks; then
//! all blocks after them that changed the tree's size, which is public. So what it asks for follows from what it has read
//! before and from what everybody paid, and not from what it found. The node learns when this wallet
//! read the chain last, to some 64 notes, where its birthday is if it has one, and its network address.
//!
//! Whole entries are asked for and not compact ones. They are twice as long; but a wallet that asked for memos and for
//! what it sent itself only where it found something would show the node in which blocks that is.

use std::future::Future;
use std::time::{SystemTime, UNIX_EPOCH};

use codec::{Decode, DecodeAll, Encode};
use qloak_shielded::pool::{FullEntry, PoolInfo};
use qloak_shielded::tree::Frontier;
use serde::Deserialize;
use subxt::config::substrate::H256;
use subxt::rpcs::client::RpcParams;
use subxt::rpcs::methods::legacy::{Bytes, NumberOrHex};
use subxt::rpcs::{Error as RpcError, UserError};

use super::ShieldedError;
use crate::chain::{header, Chain};
use crate::error::Error;

/// Lists of blocks begin at a multiple of this many positions, so that they do not tell how far exactly a
/// wallet has read. The node's index has pages of this size.
const PAGE: u32 = 64;

/// Positions that a list of blocks is asked for: as many as a node answers.
const LIST: u32 = 16 * PAGE;

/// How long a slot takes (`SLOT_MILLISECONDS` of the runtime). A chain with longer ones has fewer blocks, not more.
const SLOT_SECONDS: u64 = 1;

/// The codes of the node's errors (`docs/spec/privacy-credit.md`, RPC).
mod code {
    /// The index begins later.
    pub const BEFORE: i32 = 12_001;
    /// There are not so many notes.
    pub const BEYOND: i32 = 12_002;
    /// Nothing is indexed yet.
    pub const EMPTY: i32 = 12_003;
    /// The block is unknown, or its state was gone before it was indexed.
    pub const UNKNOWN_BLOCK: i32 = 12_004;
    /// The block's state does not answer.
    pub const STATE: i32 = 12_008;
    /// JSON-RPC 2.0, section 5.1.
    pub const NO_METHOD: i32 = -32_601;
}

/// A block's number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
pub struct BlockId {
    /// Its number.
    pub number: u32,
    /// Its hash.
    #[serde(deserialize_with = "hash")]
    pub hash: [u8; 32],
}

fn hash<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    H256::deserialize(deserializer).map(|hash| hash.0)
}

/// A final block that holds notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Holder {
    /// The block.
    #[serde(flatten)]
    pub block: BlockId,
    /// The position of its first note.
    pub position: u32,
}

/// Final blocks that hold notes, in order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holders {
    /// The blocks with notes at the positions that were asked for.
    pub blocks: Vec<Holder>,
    /// The position to go on from.
    pub next: u32,
    /// How many notes the final chain has.
    pub size: u32,
    /// The number of the last final block that the node has indexed.
    block_number: u32,
    /// Its hash.
    block_hash: H256,
}

impl Holders {
    /// What a list of blocks up to this final one says.
    pub fn new(blocks: Vec<Holder>, next: u32, size: u32, last: BlockId) -> Self {
        Self {
            blocks,
            next,
            size,
            block_number: last.number,
            block_hash: H256(last.hash),
        }
    }

    /// The last final block that the node has indexed.
    pub fn last(&self) -> BlockId {
        BlockId {
            number: self.block_number,
            hash: self.block_hash.0,
        }
    }
}

/// A chain, as far as scanning is concerned.
pub trait Source {
    /// The best block.
    fn head(&self) -> impl Future<Output = Result<BlockId, Error>>;
    /// The slot in which a block was made, as its header says, which has to be that of the block; nothing of the first block.
    fn slot(&self, block: BlockId) -> impl Future<Output = Result<Option<u64>, Error>>;
    /// The slot that it is now, by the clock here; nothing if blocks of this chain do not wait for their slots.
    fn present_slot(&self) -> impl Future<Output = Option<u64>>;
    /// The number of the last final block.
    fn finalized(&self) -> impl Future<Output = Result<u32, Error>>;
    /// The block of this number on the best chain.
    fn block(&self, number: u32) -> impl Future<Output = Result<Option<BlockId>, Error>>;
    /// The pool at the end of a block. [`ShieldedError::StateGone`] if the node does not have its state.
    fn pool(&self, block: BlockId) -> impl Future<Output = Result<PoolInfo, Error>>;
    /// The right edge of the tree at the end of a block. [`ShieldedError::StateGone`] likewise.
    fn frontier(&self, block: BlockId) -> impl Future<Output = Result<Frontier, Error>>;
    /// What a block did to the pool. [`ShieldedError::StateGone`] of a block that was not indexed, and of a
    /// final one that did nothing and is so old that the node forgot its state.
    fn entries(&self, block: BlockId) -> impl Future<Output = Result<Vec<FullEntry>, Error>>;
    /// The final blocks that hold the notes from a position on, or from a few before it. Nothing if the node has
    /// no final note so far, or cannot tell.
    fn holders(&self, from: u32) -> impl Future<Output = Result<Option<Holders>, Error>>;
}

impl Chain {
    async fn ask_pool<Answer: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        arguments: RpcParams,
        block: u32,
    ) -> Result<Answer, Error> {
        let answer = self.request_with(method, arguments).await;
        answer.map_err(|error| self.unanswered(error, block))
    }

    /// An answer out of the state of a block.
    async fn ask_state<Answer: Decode>(&self, method: &str, at: BlockId) -> Result<Answer, Error> {
        #[derive(Deserialize)]
        struct AtBlock {
            answer: Bytes,
        }
        let arguments = parameters([H256(at.hash)])?;
        let AtBlock { answer } = self.ask_pool(method, arguments, at.number).await?;
        decode(&answer)
    }

    fn unanswered(&self, error: RpcError, block: u32) -> Error {
        match code_of(&error) {
            Some(code::UNKNOWN_BLOCK | code::STATE) => ShieldedError::StateGone { block }.into(),
            Some(code::NO_METHOD) => {
                Error::NotQloak("shielded pool that its node tells wallets of".into())
            }
            Some(code::BEFORE) => ShieldedError::IndexBeginsLater.into(),
            _ => self.failed("reading the shielded pool")(error),
        }
    }
}

fn code_of(error: &RpcError) -> Option<i32> {
    match error {
        RpcError::User(UserError { code, .. }) => Some(*code),
        _ => None,
    }
}

fn parameters<T: serde::Serialize>(
    values: impl IntoIterator<Item = T>,
) -> Result<RpcParams, Error> {
    let mut parameters = RpcParams::new();
    for value in values {
        parameters
            .push(value)
            .map_err(|error| Error::Output(std::io::Error::other(error)))?;
    }
    Ok(parameters)
}

fn decode<T: Decode>(bytes: &Bytes) -> Result<T, Error> {
    T::decode_all(&mut &bytes.0[..])
        .map_err(|_| Error::NotQloak("shielded pool of the form that this wallet knows".into()))
}

impl Source for Chain {
    async fn head(&self) -> Result<BlockId, Error> {
        let doing = "asking for the best block";
        let hash = self.rpc().chain_get_block_hash(None).await;
        let hash = hash.map_err(self.failed(doing))?;
        let hash = hash.ok_or_else(|| self.failed(doing)("it has none"))?;
        Ok(BlockId {
            number: block_number(self.header(hash).await?.number)?,
            hash: hash.0,
        })
    }

    async fn slot(&self, block: BlockId) -> Result<Option<u64>, Error> {
        let header = self.header(H256(block.hash)).await?;
        match header.number == u64::from(block.number) {
            true => Ok(header::slot(&header)),
            false => Err(Error::ForgedHeader {
                url: self.url().into(),
            }),
        }
    }

    async fn present_slot(&self) -> Option<u64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let waits = !self.is_development_here().await;
        waits.then_some(now.as_secs() / SLOT_SECONDS)
    }

    async fn finalized(&self) -> Result<u32, Error> {
        let doing = "asking for the last final block";
        let hash = self.rpc().chain_get_finalized_head().await;
        let hash = hash.map_err(self.failed(doing))?;
        block_number(self.header(hash).await?.number)
    }

    async fn block(&self, number: u32) -> Result<Option<BlockId>, Error> {
        let asked = NumberOrHex::Number(number.into());
        let hash = self
            .rpc()
            .chain_get_block_hash(Some(asked))
            .await
            .map_err(self.failed("asking for a block"))?;
        Ok(hash.map(|hash| BlockId {
            number,
            hash: hash.0,
        }))
    }

    async fn pool(&self, block: BlockId) -> Result<PoolInfo, Error> {
        self.ask_state("shielded_pool", block).await
    }

    async fn frontier(&self, block: BlockId) -> Result<Frontier, Error> {
        self.ask_state("shielded_frontier", block).await
    }

    async fn entries(&self, block: BlockId) -> Result<Vec<FullEntry>, Error> {
        let arguments = parameters([H256(block.hash)])?;
        let answer: Bytes = self
            .ask_pool("shielded_block", arguments, block.number)
            .await?;
        decode(&answer)
    }

    async fn holders(&self, from: u32) -> Result<Option<Holders>, Error> {
        let arguments = parameters([from / PAGE * PAGE, LIST])?;
        let answer = self.request_with("shielded_blocks", arguments).await;
        match answer {
            Ok(holders) => Ok(Some(holders)),
            // A node that has nothing to list is asked for its blocks one by one.
            Err(error) if matches!(code_of(&error), Some(code::BEYOND | code::EMPTY)) => Ok(None),
            Err(error) => Err(self.unanswered(error, 0)),
        }
    }
}

fn block_number(number: u64) -> Result<u32, Error> {
    u32::try_from(number).map_err(|_| Error::NotQloak("block numbers of 32 bits".into()))
}

/// The block that brought the note at a position; nothing if the chain has none there.
///
/// # Errors
/// What asking the node fails with.
pub async fn block_of_note<S: Source>(source: &S, position: u32) -> Result<Option<BlockId>, Error> {
    if let Some(holders) = source.holders(position).await? {
        let before = holders
            .blocks
            .iter()
            .rfind(|holder| holder.position <= position);
        if let Some(holder) = before.filter(|_| position < holders.size) {
            return Ok(Some(holder.block));
        }
    }
    // It is in a block that is not final yet, whose states every node has.
    let head = source.head().await?;
    if source.pool(head).await?.anchor.size <= position {
        return Ok(None);
    }
    let has_it = async |number: u32| {
        let block = source.block(number).await?;
        let gone = ShieldedError::StateGone { block: number };
        let pool = source.pool(block.ok_or(gone)?).await?;
        Ok::<bool, Error>(pool.anchor.size > position)
    };
    // Backwards in steps that double, to a block without it; then halves.
    let (mut with, mut without, mut step) = (head.number, 0, 1);
    while with > 0 {
        let earlier = with.saturating_sub(step);
        if earlier == 0 || !has_it(earlier).await? {
            without = earlier;
            break;
        }
        with = earlier;
        step = step.saturating_mul(2);
    }
    while with - without > 1 {
        let middle = without + (with - without) / 2;
        match has_it(middle).await? {
            true => with = middle,
            false => without = middle,
        }
    }
    source.block(with).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_list_of_blocks_is_read_as_the_node_writes_it() {
        let hash = format!("0x{}", "07".repeat(32));
        let json = serde_json::json!({
            "blocks": [{ "number": 5, "hash": hash, "position": 60 }],
            "next": 70, "first": 0, "size": 70, "blockNumber": 9, "blockHash": hash,
        });
        let block = |number| BlockId {
            number,
            hash: [7; 32],
        };
        let holder = Holder {
            block: block(5),
            position: 60,
        };
        let expected = Holders::new(vec![holder], 70, 70, block(9));
        assert_eq!(serde_json::from_value::<Holders>(json).unwrap(), expected);
        assert_eq!(expected.last(), block(9));
    }
}
