//! RPC methods for wallets of the shielded pool.
//!
//! No question names a note, a commitment or a nullifier of one's own: a node does not learn what is
//! looked for. Every answer is bounded, and is SCALE in hexadecimal where it holds more than
//! numbers (`docs/spec/privacy-credit.md`, What wallets and nodes read).

use crate::index::{Covered, Holder, IndexError, ShieldedIndex};
use codec::{DecodeAll, Encode};
use jsonrpsee::{
    core::RegisterMethodError,
    types::{ErrorObject, ErrorObjectOwned},
    RpcModule,
};
use polkadot_sdk::{
    sp_api::{ApiError, ProvideRuntimeApi},
    sp_blockchain::HeaderBackend,
    sp_core::{Bytes, H256},
};
use qloak_client::Client;
use qloak_runtime::BlockNumber;
use qloak_shielded::{api::PrivacyCreditApi, element::Digest, pool::NULLIFIERS_PER_PAGE};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The code of the first [`ShieldedRpcError`].
const FIRST_CODE: i32 = 12_000;

/// Why a question about the shielded pool is not answered.
#[derive(Debug, thiserror::Error)]
pub enum ShieldedRpcError {
    /// By the index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// `after` is no nullifier.
    #[error("'after' is not the 32 bytes of a nullifier")]
    NoNullifier,
    /// Too many nullifiers are asked for.
    #[error("ask for 1 to {NULLIFIERS_PER_PAGE} nullifiers")]
    NullifierLimit,
    /// The runtime does not answer: the block is unknown, its state is gone, or it has no pool.
    #[error("the state of block {block:?} does not answer: {error}")]
    State {
        /// The block.
        block: H256,
        /// The runtime's error.
        error: Box<ApiError>,
    },
}

impl ShieldedRpcError {
    /// The number that callers see.
    pub fn code(&self) -> i32 {
        let offset = match self {
            Self::Index(IndexError::Limit(_)) => 0,
            Self::Index(IndexError::Before { .. }) => 1,
            Self::Index(IndexError::Beyond { .. }) => 2,
            Self::Index(IndexError::Empty) => 3,
            Self::Index(IndexError::UnknownBlock(_)) => 4,
            Self::Index(IndexError::Damaged(_) | IndexError::Store(_)) => 5,
            Self::NoNullifier => 6,
            Self::NullifierLimit => 7,
            Self::State { .. } => 8,
        };
        FIRST_CODE + offset
    }
}

impl From<ShieldedRpcError> for ErrorObjectOwned {
    fn from(error: ShieldedRpcError) -> Self {
        ErrorObject::owned(error.code(), error.to_string(), None::<()>)
    }
}

/// Entries of the final chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntriesPage {
    /// SCALE `Vec<CompactEntry>`.
    pub entries: Bytes,
    /// The position to go on from.
    pub next: u32,
    /// The first position that this node has.
    pub first: u32,
    /// How many notes the final chain has.
    pub size: u32,
    /// The number of the last final block that is in the index.
    pub block_number: BlockNumber,
    /// Its hash.
    pub block_hash: H256,
}

/// Final blocks that hold notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlocksPage {
    /// The blocks, in order.
    pub blocks: Vec<Holder>,
    /// The position to go on from.
    pub next: u32,
    /// The first position that this node has.
    pub first: u32,
    /// How many notes the final chain has.
    pub size: u32,
    /// The number of the last final block that is in the index.
    pub block_number: BlockNumber,
    /// Its hash.
    pub block_hash: H256,
}

/// An answer out of a block's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtBlock {
    /// The block's hash.
    pub block_hash: H256,
    /// The answer in SCALE.
    pub answer: Bytes,
}

/// Answers wallets.
pub struct Shielded {
    client: Arc<Client>,
    index: Arc<ShieldedIndex>,
}

impl Shielded {
    /// Answers by this chain and this index.
    pub fn new(client: Arc<Client>, index: Arc<ShieldedIndex>) -> Self {
        Self { client, index }
    }

    /// The methods. They are registered one by one, because the macro that would do it compiles only
    /// where a crate and its dependencies have debug assertions alike.
    pub fn into_rpc(self) -> Result<RpcModule<Self>, RegisterMethodError> {
        let mut module = RpcModule::new(self);
        module.register_blocking_method("shielded_entries", |asked, this, _| {
            let mut asked = asked.sequence();
            this.entries(asked.next()?, asked.next()?)
                .map_err(ErrorObjectOwned::from)
        })?;
        module.register_blocking_method("shielded_blocks", |asked, this, _| {
            let mut asked = asked.sequence();
            this.blocks(asked.next()?, asked.next()?)
                .map_err(ErrorObjectOwned::from)
        })?;
        module.register_blocking_method("shielded_block", |asked, this, _| {
            this.block(asked.one()?).map_err(ErrorObjectOwned::from)
        })?;
        module.register_blocking_method("shielded_pool", |asked, this, _| {
            this.pool(asked.sequence().optional_next()?)
                .map_err(ErrorObjectOwned::from)
        })?;
        module.register_blocking_method("shielded_frontier", |asked, this, _| {
            this.frontier(asked.sequence().optional_next()?)
                .map_err(ErrorObjectOwned::from)
        })?;
        module.register_blocking_method("shielded_nullifiers", |asked, this, _| {
            let mut asked = asked.sequence();
            let (after, limit) = (asked.next()?, asked.next()?);
            this.nullifiers(after, limit, asked.optional_next()?)
                .map_err(ErrorObjectOwned::from)
        })?;
        Ok(module)
    }

    fn at(&self, hash: Option<H256>) -> H256 {
        hash.unwrap_or_else(|| self.client.info().best_hash)
    }
}

fn answer<T: Encode>(
    block: H256,
    answer: Result<T, ApiError>,
) -> Result<AtBlock, ShieldedRpcError> {
    match answer {
        Ok(answer) => Ok(AtBlock {
            block_hash: block,
            answer: answer.encode().into(),
        }),
        Err(error) => Err(ShieldedRpcError::State {
            block,
            error: Box::new(error),
        }),
    }
}

/// The nullifier that a page begins after.
fn nullifier(bytes: Bytes) -> Result<Digest, ShieldedRpcError> {
    Digest::decode_all(&mut &bytes[..]).map_err(|_| ShieldedRpcError::NoNullifier)
}

impl Shielded {
    /// `shielded_entries`: the compact entries of the final chain that begin at the positions from `from`
    /// on, up to `limit` of them: a multiple of 64, at most 1,024. A wallet asks from the size of the
    /// tree that it has, and always for as many.
    pub fn entries(&self, from: u32, limit: u32) -> Result<EntriesPage, ShieldedRpcError> {
        let page = self.index.entries(from, limit)?;
        let Covered {
            first,
            next: size,
            number,
            hash,
        } = page.covered;
        Ok(EntriesPage {
            entries: page.entries.encode().into(),
            next: page.next,
            first,
            size,
            block_number: number,
            block_hash: hash,
        })
    }

    /// `shielded_blocks`: the final blocks that hold notes at the positions from `from` on, up to `limit` of
    /// them: a multiple of 64, at most 1,024. A wallet that reads all these blocks reads all notes.
    pub fn blocks(&self, from: u32, limit: u32) -> Result<BlocksPage, ShieldedRpcError> {
        let holders = self.index.holders(from, limit)?;
        let Covered {
            first,
            next: size,
            number,
            hash,
        } = holders.covered;
        Ok(BlocksPage {
            blocks: holders.blocks,
            next: holders.next,
            first,
            size,
            block_number: number,
            block_hash: hash,
        })
    }

    /// `shielded_block`: all that a block did to the pool, final or not, with memos: SCALE
    /// `Vec<FullEntry>`.
    pub fn block(&self, hash: H256) -> Result<Bytes, ShieldedRpcError> {
        Ok(self.index.block(hash)?.encode().into())
    }

    /// `shielded_pool`: the pool after a block, the best one if none is named: SCALE `PoolInfo`.
    pub fn pool(&self, at: Option<H256>) -> Result<AtBlock, ShieldedRpcError> {
        let block = self.at(at);
        answer(block, self.client.runtime_api().pool(block))
    }

    /// `shielded_frontier`: the right edge of the note tree after a block: SCALE `Frontier`.
    pub fn frontier(&self, at: Option<H256>) -> Result<AtBlock, ShieldedRpcError> {
        let block = self.at(at);
        answer(block, self.client.runtime_api().frontier(block))
    }

    /// `shielded_nullifiers`: those after `after` in the order of their bytes, in the state after a block:
    /// SCALE `Vec<Digest>`. Fewer than `limit` are the end.
    pub fn nullifiers(
        &self,
        after: Option<Bytes>,
        limit: u32,
        at: Option<H256>,
    ) -> Result<AtBlock, ShieldedRpcError> {
        if !(1..=NULLIFIERS_PER_PAGE).contains(&limit) {
            return Err(ShieldedRpcError::NullifierLimit);
        }
        let after = after.map(nullifier).transpose()?;
        let block = self.at(at);
        answer(
            block,
            self.client.runtime_api().nullifiers(block, after, limit),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_page_begins_after_32_canonical_bytes() {
        assert_eq!(nullifier(vec![0; 32].into()).unwrap(), Digest::ZERO);
        for wrong in [vec![], vec![0; 31], vec![0; 33], vec![0xff; 32]] {
            let error = nullifier(wrong.into()).unwrap_err();
            assert!(matches!(error, ShieldedRpcError::NoNullifier));
        }
    }

    #[test]
    fn errors_have_codes_of_their_own() {
        let block = H256::zero();
        let errors = [
            IndexError::Limit(1).into(),
            IndexError::Before { first: 1 }.into(),
            IndexError::Beyond { size: 1 }.into(),
            IndexError::Empty.into(),
            IndexError::UnknownBlock(block).into(),
            IndexError::Damaged("").into(),
            ShieldedRpcError::NoNullifier,
            ShieldedRpcError::NullifierLimit,
            ShieldedRpcError::State {
                block,
                error: Box::new(ApiError::StateBackendIsNotTrie),
            },
        ];
        let codes: Vec<i32> = errors.iter().map(ShieldedRpcError::code).collect();
        assert_eq!(codes, (12_000..12_009).collect::<Vec<_>>());
    }
}
