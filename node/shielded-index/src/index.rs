//! The index of the shielded pool: what wallets read, kept beyond the state that it is read from.
//!
//! What a block did to the pool is told by the runtime, as long as the block's state is there: 256 blocks
//! unless the operator says otherwise. So each block is asked for when it is imported, and its
//! entries are written into the node's database under its hash. Once it is final, it gets its
//! place in the order of the note tree, in pages of [`PAGE`] positions. What is served by position is
//! final and never changes; a wallet that cannot wait reads the last blocks by their hashes.
//!
//! A node that began by a warp sync, or that lost power at the wrong moment, misses the entries of some blocks.
//! The index then begins anew after them, and says from which position on it is complete
//! ([`Covered`]).
//!
//! Nothing of it is part of consensus, and a wallet checks what it is told against the tree's root.

use codec::{Decode, Encode};
use futures::{future::ready, stream, StreamExt};
use polkadot_sdk::{
    sc_client_api::{AuxStore, BlockBackend, BlockchainEvents},
    sp_api::{ApiExt, ProvideRuntimeApi},
    sp_blockchain::{self, HeaderBackend},
    sp_core::H256,
};
use qloak_client::Client;
use qloak_runtime::{opaque::Block, BlockNumber};
use qloak_shielded::{
    api::PrivacyCreditApi,
    pool::{CompactEntry, Entry, FullEntry},
    tree::has_room,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

const LOG_TARGET: &str = "shielded-index";

/// Positions of a page. Answers are of a multiple of it.
pub const PAGE: u32 = 64;

/// The most positions of an answer: 1.3 MB of compact entries.
pub const LONGEST_ANSWER: u32 = 16 * PAGE;

/// The most notes of an entry. While there is room for so many, a block without new notes did nothing to the pool; when there is not,
/// it may have entries without notes, since a full tree can be left.
const LARGEST_ENTRY: u32 = 3;

/// Blocks without entries after which progress is written down.
const PROGRESS_PERIOD: BlockNumber = 256;

const PROGRESS: &[u8] = b"qloak/shielded-index/1/progress";
const RECORD: &[u8] = b"qloak/shielded-index/1/block/";
const PAGES: &[u8] = b"qloak/shielded-index/1/page/";

/// A key of the store, and its value.
type Stored = (Vec<u8>, Vec<u8>);

/// Why the index does not answer.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The number of positions is not one that every wallet could ask for.
    #[error("ask for a multiple of {PAGE} positions, at most {LONGEST_ANSWER}; not for {0}")]
    Limit(u32),
    /// The node does not have what is asked for any more, or never had it.
    #[error("this node's index begins at position {first}: ask another node for what is before")]
    Before {
        /// Where it begins.
        first: u32,
    },
    /// So many notes there are not yet.
    #[error("the final blocks have {size} notes so far")]
    Beyond {
        /// How many there are.
        size: u32,
    },
    /// No final block has been indexed.
    #[error("this node has indexed no final block yet: try again when it has synchronised")]
    Empty,
    /// The block is unknown, or its state is gone and it was not indexed.
    #[error("this node knows nothing of what block {0:?} did to the shielded pool")]
    UnknownBlock(H256),
    /// The database holds something else than was put into it.
    #[error("the database is damaged: {0}")]
    Damaged(&'static str),
    /// The database failed.
    #[error(transparent)]
    Store(Box<sp_blockchain::Error>),
}

impl From<sp_blockchain::Error> for IndexError {
    fn from(error: sp_blockchain::Error) -> Self {
        Self::Store(Box::new(error))
    }
}

/// What a block did to the pool.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Record {
    /// How many notes there were after it.
    pub size: u32,
    /// What its transactions did, in order.
    pub entries: Vec<FullEntry>,
}

impl Record {
    /// How many notes there were before it.
    fn size_before(&self) -> u32 {
        self.entries
            .first()
            .map_or(self.size, |entry| entry.position)
    }
}

/// The chain, as far as the index is concerned.
pub trait Chain {
    /// What a block did to the pool, by its own state. `None` if body or state is gone.
    fn read(&self, hash: H256) -> Option<Record>;

    /// The final block of this number.
    fn hash(&self, number: BlockNumber) -> Result<Option<H256>, sp_blockchain::Error>;

    /// The number of a block.
    fn number(&self, hash: H256) -> Result<Option<BlockNumber>, sp_blockchain::Error>;
}

impl Chain for Client {
    fn read(&self, hash: H256) -> Option<Record> {
        let size = size_at(self, hash)?;
        let parent = self.header(hash).ok()??.parent_hash;
        if size_at(self, parent) == Some(size) && has_room(size, LARGEST_ENTRY) {
            let entries = Vec::new();
            return Some(Record { size, entries });
        }
        let entries = match self.block_body(hash).ok()?? {
            body if size > 0 => self.runtime_api().entries(hash, body).ok()?,
            _ => Vec::new(),
        };
        Some(Record { size, entries })
    }

    fn hash(&self, number: BlockNumber) -> Result<Option<H256>, sp_blockchain::Error> {
        HeaderBackend::hash(self, number)
    }

    fn number(&self, hash: H256) -> Result<Option<BlockNumber>, sp_blockchain::Error> {
        HeaderBackend::number(self, hash)
    }
}

/// How many notes there were after a block. A runtime without a pool has none.
fn size_at(client: &Client, hash: H256) -> Option<u32> {
    let runtime = client.runtime_api();
    match runtime.has_api::<dyn PrivacyCreditApi<Block>>(hash) {
        Ok(true) => Some(runtime.pool(hash).ok()?.anchor.size),
        Ok(false) => Some(0),
        Err(_) => None,
    }
}

/// What of the final chain the index has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Covered {
    /// The first position.
    pub first: u32,
    /// The position after the last.
    pub next: u32,
    /// The last block.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: H256,
}

/// How far the index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
struct Progress {
    /// The number of the next block to become final.
    next_block: BlockNumber,
    /// `None` if the block before that is missing.
    covered: Option<Covered>,
}

/// What is found between two positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The entries, in the order of the tree.
    pub entries: Vec<CompactEntry>,
    /// The position to go on from.
    pub next: u32,
    /// What the index has.
    pub covered: Covered,
}

/// A final block that holds notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its number.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: H256,
    /// The position of its first note.
    pub position: u32,
}

/// The blocks that hold the notes between two positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holders {
    /// The blocks, in order.
    pub blocks: Vec<Holder>,
    /// The position to go on from.
    pub next: u32,
    /// What the index has.
    pub covered: Covered,
}

/// The index.
pub struct Index<C, S> {
    chain: Arc<C>,
    store: Arc<S>,
}

/// The node's index.
pub type ShieldedIndex = Index<Client, Client>;

impl<C: Chain, S: AuxStore> Index<C, S> {
    /// An index of this chain in this database.
    pub fn new(chain: Arc<C>, store: Arc<S>) -> Self {
        Self { chain, store }
    }

    fn load<T: Decode>(&self, key: &[u8]) -> Result<Option<T>, IndexError> {
        let Some(bytes) = self.store.get_aux(key)? else {
            return Ok(None);
        };
        let value = T::decode(&mut bytes.as_slice());
        value
            .map(Some)
            .map_err(|_| IndexError::Damaged("an entry of the shielded index does not decode"))
    }

    fn progress(&self) -> Result<Progress, IndexError> {
        Ok(self.load(PROGRESS)?.unwrap_or_default())
    }

    /// Writes down what a block did that has just been imported. `false` if it cannot be told.
    pub fn on_import(&self, number: BlockNumber, hash: H256) -> Result<bool, IndexError> {
        if number < self.progress()?.next_block {
            return Ok(true);
        }
        let Some(record) = self.chain.read(hash) else {
            return Ok(false);
        };
        let (key, value) = (record_key(hash), record.encode());
        self.store.insert_aux(&[(&key[..], &value[..])], &[])?;
        Ok(true)
    }

    /// Gives the blocks up to this one their places, and forgets blocks of abandoned branches.
    pub fn on_finality(&self, last: BlockNumber, stale: &[H256]) -> Result<(), IndexError> {
        let mut progress = self.progress()?;
        while progress.next_block <= last {
            progress = self.append(progress, progress.next_block == last)?;
        }
        let keys: Vec<_> = stale.iter().map(|hash| record_key(*hash)).collect();
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        self.store.insert_aux(&[], &keys)?;
        Ok(())
    }

    fn append(&self, progress: Progress, is_last: bool) -> Result<Progress, IndexError> {
        let number = progress.next_block;
        let found = match self.chain.hash(number)? {
            Some(hash) => self.record(hash)?.map(|record| (hash, record)),
            None => None,
        };
        let covered = found
            .as_ref()
            .map(|(hash, record)| cover(progress.covered, number, *hash, record));
        let next = Progress {
            next_block: number.saturating_add(1),
            covered,
        };
        let mut insert = Vec::new();
        let mut delete = Vec::new();
        if let Some((hash, record)) = &found {
            match record.entries.is_empty() {
                true => delete.push(record_key(*hash)),
                false => {
                    insert.push((record_key(*hash), record.encode()));
                    insert.extend(self.pages_with(*hash, record)?);
                }
            }
        }
        if is_last || !insert.is_empty() || number.is_multiple_of(PROGRESS_PERIOD) {
            insert.push((PROGRESS.to_vec(), next.encode()));
        }
        let insert: Vec<(&[u8], &[u8])> = insert.iter().map(|(k, v)| (&k[..], &v[..])).collect();
        let delete: Vec<&[u8]> = delete.iter().map(Vec::as_slice).collect();
        self.store.insert_aux(&insert, &delete)?;
        Ok(next)
    }

    /// The pages that a block's entries stand in, with the block in them.
    fn pages_with(&self, hash: H256, record: &Record) -> Result<Vec<Stored>, IndexError> {
        let pages: BTreeSet<u32> = record.entries.iter().map(|it| it.position / PAGE).collect();
        let with_block = |page| {
            let mut blocks: Vec<H256> = self.load(&page_key(page))?.unwrap_or_default();
            if !blocks.contains(&hash) {
                blocks.push(hash);
            }
            Ok((page_key(page), blocks.encode()))
        };
        pages.into_iter().map(with_block).collect()
    }

    fn record(&self, hash: H256) -> Result<Option<Record>, IndexError> {
        let stored = self.load(&record_key(hash))?;
        Ok(stored.or_else(|| self.chain.read(hash)))
    }

    /// What the index has of the final chain.
    pub fn covered(&self) -> Result<Covered, IndexError> {
        self.progress()?.covered.ok_or(IndexError::Empty)
    }

    /// The entries that begin at these positions of the final chain.
    pub fn entries(&self, from: u32, limit: u32) -> Result<Page, IndexError> {
        if limit == 0 || limit > LONGEST_ANSWER || !limit.is_multiple_of(PAGE) {
            return Err(IndexError::Limit(limit));
        }
        let covered = self.covered()?;
        let Covered { first, next, .. } = covered;
        if from < first {
            return Err(IndexError::Before { first });
        }
        if from > next {
            return Err(IndexError::Beyond { size: next });
        }
        let end = from.saturating_add(limit).min(next);
        let mut entries = Vec::new();
        for hash in self.listed(from, end)? {
            let record = self.listed_record(hash)?;
            let asked = record.entries.iter();
            let asked = asked.filter(|entry| {
                let position = entry.position;
                (from..end).contains(&position) || is_at_the_end(position, end, covered)
            });
            entries.extend(asked.map(Entry::compact));
        }
        let next = entries.last().map_or(next, after);
        Ok(Page {
            entries,
            next,
            covered,
        })
    }

    /// The final blocks that hold notes at these positions. `from` may lie before the first position of the
    /// index by less than a page.
    pub fn holders(&self, from: u32, limit: u32) -> Result<Holders, IndexError> {
        if limit == 0 || limit > LONGEST_ANSWER || !limit.is_multiple_of(PAGE) {
            return Err(IndexError::Limit(limit));
        }
        let covered = self.covered()?;
        let Covered { first, next, .. } = covered;
        if from / PAGE < first / PAGE {
            return Err(IndexError::Before { first });
        }
        if from > next {
            return Err(IndexError::Beyond { size: next });
        }
        let end = from.saturating_add(limit).min(next);
        let mut blocks = Vec::new();
        for hash in self.listed(from, end)? {
            let record = self.listed_record(hash)?;
            let position = record.size_before();
            // A page can list blocks beside what was asked for, and from before a gap.
            let asked = position < end && record.size > from;
            if position >= first && (asked || is_at_the_end(position, end, covered)) {
                let number = self.chain.number(hash)?;
                let number = number.ok_or(IndexError::Damaged("a block of the index is gone"))?;
                blocks.push(Holder {
                    number,
                    hash,
                    position,
                });
            }
        }
        Ok(Holders {
            blocks,
            next: end,
            covered,
        })
    }

    /// The blocks that the pages of these positions list.
    fn listed(&self, from: u32, end: u32) -> Result<Vec<H256>, IndexError> {
        let mut blocks: Vec<H256> = Vec::new();
        for page in from / PAGE..end.div_ceil(PAGE) {
            let listed: Vec<H256> = self.load(&page_key(page))?.unwrap_or_default();
            let known = blocks.last().copied();
            blocks.extend(listed.into_iter().filter(|hash| Some(*hash) != known));
        }
        Ok(blocks)
    }

    fn listed_record(&self, hash: H256) -> Result<Record, IndexError> {
        let record: Option<Record> = self.load(&record_key(hash))?;
        record.ok_or(IndexError::Damaged("a page of the index lacks a block"))
    }

    /// All that a block did, final or not.
    pub fn block(&self, hash: H256) -> Result<Vec<FullEntry>, IndexError> {
        let record = self.record(hash)?;
        Ok(record.ok_or(IndexError::UnknownBlock(hash))?.entries)
    }
}

impl ShieldedIndex {
    /// Follows the chain until the node stops.
    pub async fn run(self: Arc<Self>) {
        let client = self.chain.clone();
        let imported = client.every_import_notification_stream();
        let finalised = client.finality_notification_stream();
        self.report(self.on_finality(client.info().finalized_number, &[]));
        // Both are read in the order in which they happened, as far as one can tell. What becomes final before
        // it was seen to be imported is read then.
        let imported = imported.map(|block| {
            let done = self.on_import(block.header.number, block.hash);
            self.report(done.map(|_| ()));
        });
        let finalised = finalised.map(|block| {
            let stale: Vec<H256> = block.stale_blocks.iter().map(|stale| stale.hash).collect();
            self.report(self.on_finality(block.header.number, &stale));
        });
        stream::select(imported, finalised)
            .for_each(|()| ready(()))
            .await;
    }

    fn report(&self, result: Result<(), IndexError>) {
        if let Err(error) = result {
            log::warn!(target: LOG_TARGET, "The index of the shielded pool falls behind: {error}");
        }
    }
}

/// What is covered after a block: more than before if nothing is missing between.
fn cover(before: Option<Covered>, number: BlockNumber, hash: H256, record: &Record) -> Covered {
    let first = match before {
        Some(covered) if covered.next == record.size_before() => covered.first,
        _ => record.size_before(),
    };
    Covered {
        first,
        next: record.size,
        number,
        hash,
    }
}

/// Whether something that begins here adds no notes to the tree, and stands behind the last: an exit out of a full tree.
fn is_at_the_end(position: u32, end: u32, covered: Covered) -> bool {
    position == end && end == covered.next
}

/// The position after an entry.
fn after(entry: &CompactEntry) -> u32 {
    let notes = u32::try_from(entry.leaves().count()).unwrap_or(u32::MAX);
    entry.position.saturating_add(notes)
}

fn record_key(hash: H256) -> Vec<u8> {
    [RECORD, hash.as_bytes()].concat()
}

fn page_key(page: u32) -> Vec<u8> {
    [PAGES, &page.to_be_bytes()[..]].concat()
}

#[cfg(test)]
mod tests;
