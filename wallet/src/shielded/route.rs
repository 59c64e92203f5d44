//! Which blocks a scan reads: first the final ones that hold notes, as the node's index lists them, then those of the
//! last blocks in which the size of the tree, which is public, changed.

use std::collections::{BTreeMap, VecDeque};

use super::source::{BlockId, Source};
use super::state::ANCHOR_STEP;
use super::ShieldedError;
use crate::error::Error;

/// Blocks that are read at a time.
pub const PAGE_BLOCKS: u32 = 64;

/// From how many blocks before the best one checkpoints are kept.
pub const RECENT_BLOCKS: u32 = 400;

/// A block on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Its number.
    pub number: u32,
    /// The block, if it is known already.
    pub block: Option<BlockId>,
    /// Whether nothing happened in it: it is passed for the sake of a checkpoint.
    pub quiet: bool,
}

/// The chain at the beginning of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// The best block.
    pub head: BlockId,
    /// The number of the last final block.
    pub finalized: u32,
    /// How many notes the chain has.
    pub total: u32,
}

impl Goal {
    /// Whether payments may refer to the block, or a fork end at it.
    pub fn is_recent(&self, number: u32) -> bool {
        self.head.number.saturating_sub(number) <= RECENT_BLOCKS
    }
}

/// The way from the block that was read last to the best one.
pub struct Route<'a, S> {
    source: &'a S,
    goal: Goal,
    /// The last block that was planned to be read.
    at: u32,
    /// The notes up to it.
    size: u32,
    /// Final blocks that are listed and not planned yet.
    listed: VecDeque<BlockId>,
    /// The position from which on the list goes on; nothing when all final blocks are listed.
    list_from: Option<u32>,
    /// The last final block of the node's index, when all before it are listed.
    last_listed: Option<BlockId>,
}

impl<'a, S: Source> Route<'a, S> {
    /// The way on from a block after which there were so many notes.
    pub fn new(source: &'a S, goal: Goal, at: u32, size: u32) -> Self {
        Self {
            source,
            goal,
            at,
            size,
            listed: VecDeque::new(),
            // The states of the last final blocks are still there, and tell enough.
            list_from: (goal.finalized.saturating_sub(at) > PAGE_BLOCKS).then_some(size),
            last_listed: None,
        }
    }

    /// So many notes were in the blocks that were planned last.
    pub fn passed(&mut self, notes: u32) {
        self.size = self.size.saturating_add(notes);
    }

    /// The next blocks to read; none at the end.
    ///
    /// # Errors
    /// What asking the node fails with, [`ShieldedError::Inconsistent`].
    pub async fn next(&mut self) -> Result<Vec<Stop>, Error> {
        while let (Some(from), true) = (self.list_from, self.listed.is_empty()) {
            self.list(from).await?;
        }
        let stops = match self.listed.is_empty() && self.last_listed.is_none() {
            true => self.unlisted().await?,
            false => self.of_list(),
        };
        if let Some(last) = stops.last() {
            self.at = last.number;
        }
        Ok(stops)
    }

    /// Asks for the next page of the list.
    async fn list(&mut self, from: u32) -> Result<(), Error> {
        self.list_from = None;
        let Some(holders) = self.source.holders(from).await? else {
            return Ok(());
        };
        let last = holders.last();
        // The chain grows while it is read, and not by so much.
        if last.number.saturating_sub(self.goal.head.number) > PAGE_BLOCKS {
            return Err(ShieldedError::Inconsistent { block: last.number }.into());
        }
        let mut before = self.at;
        for holder in &holders.blocks {
            let block = holder.block;
            // A list begins a little before what is wanted.
            if block.number <= self.at {
                continue;
            }
            if block.number <= before || block.number > last.number {
                return Err(ShieldedError::Inconsistent { block: before }.into());
            }
            before = block.number;
            self.listed.push_back(block);
        }
        if holders.next < holders.size {
            // A list that does not go on would never end.
            let is_further = holders.next > from;
            let stuck = ShieldedError::Inconsistent { block: before };
            self.list_from = Some(is_further.then_some(holders.next).ok_or(stuck)?);
        } else if last.number > self.at {
            self.last_listed = Some(last);
        }
        Ok(())
    }

    /// Some of the listed blocks, and those between them that make checkpoints.
    fn of_list(&mut self) -> Vec<Stop> {
        let count = self.listed.len().min(PAGE_BLOCKS as usize);
        let mut stops: BTreeMap<u32, Stop> = BTreeMap::new();
        for block in self.listed.drain(..count) {
            stops.insert(block.number, known(block, false));
        }
        if self.listed.is_empty() && self.list_from.is_none() {
            if let Some(last) = self.last_listed.take() {
                stops.entry(last.number).or_insert(known(last, true));
            }
        }
        let end = stops
            .last_key_value()
            .map_or(self.at, |(number, _)| *number);
        for number in self.checkpoints(self.at, end) {
            stops.entry(number).or_insert(unknown(number, true));
        }
        stops.into_values().collect()
    }

    /// The blocks after one, up to another, that make checkpoints.
    fn checkpoints(&self, after: u32, last: u32) -> impl Iterator<Item = u32> {
        let recent = self.goal.head.number.saturating_sub(RECENT_BLOCKS);
        let first = recent.max(after) / ANCHOR_STEP + 1;
        (first..=last / ANCHOR_STEP).map(|ten| ten * ANCHOR_STEP)
    }

    /// The next page's worth of blocks, or those that make checkpoints in a longer stretch in which nothing
    /// happened.
    async fn unlisted(&self) -> Result<Vec<Stop>, Error> {
        let head = self.goal.head.number;
        if self.at >= head {
            return Ok(Vec::new());
        }
        if self.size == self.goal.total {
            return Ok(self.quiet(head));
        }
        let mut step = PAGE_BLOCKS;
        let mut last = self.at.saturating_add(step).min(head);
        if self.size_at(last).await? != Some(self.size) {
            let all = self.at + 1..=last;
            return Ok(all.map(|number| unknown(number, false)).collect());
        }
        // Twice as far each time, as long as nothing happened.
        while last < head {
            step = step.saturating_mul(2);
            let further = self.at.saturating_add(step).min(head);
            if self.size_at(further).await? != Some(self.size) {
                break;
            }
            last = further;
        }
        Ok(self.quiet(last))
    }

    fn quiet(&self, last: u32) -> Vec<Stop> {
        let tens = self.checkpoints(self.at, last);
        let stops = tens.filter(|ten| *ten < last).chain([last]);
        stops.map(|number| unknown(number, true)).collect()
    }

    /// How many notes there were after a block. Nothing if the node forgot.
    async fn size_at(&self, number: u32) -> Result<Option<u32>, Error> {
        if number == self.goal.head.number {
            return Ok(Some(self.goal.total));
        }
        let block = self.source.block(number).await?;
        let block = block.ok_or(ShieldedError::Inconsistent { block: number })?;
        match self.source.pool(block).await {
            Ok(pool) => Ok(Some(pool.anchor.size)),
            Err(Error::Shielded(ShieldedError::StateGone { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn known(block: BlockId, quiet: bool) -> Stop {
    Stop {
        block: Some(block),
        ..unknown(block.number, quiet)
    }
}

fn unknown(number: u32, quiet: bool) -> Stop {
    Stop {
        number,
        block: None,
        quiet,
    }
}
