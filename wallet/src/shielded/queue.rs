//! The queue between the two halves of a scan, from the reader to the finder.

use std::sync::mpsc::Sender;

use qloak_shielded::pool::FullEntry;
use qloak_shielded::scan::CompactOutput;
use qloak_shielded::transaction::Output;

use super::source::BlockId;
use super::state::Checkpoint;

/// Blocks with what they did.
pub type Page = Vec<(BlockId, Vec<FullEntry>)>;

/// What the reader tells the finder.
pub enum News {
    /// The chain is read from the end of this block on, and nothing before it is known.
    Begin(Checkpoint),
    /// What came after this block is not in the chain.
    Return(Checkpoint),
    /// The next blocks, with the marks of their notes.
    Page {
        /// The blocks.
        page: Page,
        /// What [`Scanner::mark`] says of their notes, from the birthday on.
        marks: Vec<u8>,
        /// The first block of which a checkpoint is kept.
        recent: u32,
        /// Notes that the chain has.
        total: u32,
    },
    /// The tree is the chain's.
    Trust,
    /// It is not: what came since it was is forgotten.
    Distrust,
    /// A good moment to save the state.
    Pause,
}

/// Where the reader's news go.
pub type Queue = Sender<News>;

/// The notes of a page that are tried, in order.
pub fn tried(page: &Page, birthday: u32) -> Vec<CompactOutput> {
    page.iter()
        .filter(|(block, _)| block.number >= birthday)
        .flat_map(|(_, entries)| entries)
        .flat_map(|entry| entry.outputs.iter().map(Output::compact))
        .collect()
}
