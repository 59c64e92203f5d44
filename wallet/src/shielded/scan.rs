//! Reading the chain.
//!
//! 1. Back to the latest checkpoint that the best chain still has, if a fork took blocks back.
//! 2. From there to the best block, by a [route](super::route) that follows from what everybody can see.
//! 3. Each page's notes are tried on all cores while the next page is on its way: it is asked for *before* the
//!    wallet knows whether this one holds notes of its own, so that the node cannot tell by the pause.
//! 4. At the end of each page the wallet's tree must have the root that the chain has. A node that leaves
//!    out a note, adds one or changes one is found out. Of old blocks it has no state to compare with;
//!    what they add to the tree is compared at the next block of which it has, and is taken back if it was wrong.
//!
//! Notes from before the birthday go into the tree untried, if the node no longer has the tree of that day.
//!
//! The state is saved as it goes, so an interrupted scan goes on where it was.

use std::num::NonZero;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use qloak_shielded::encryption::OpenError;
use qloak_shielded::pool::{Anchor, FullEntry};
use qloak_shielded::scan::{CompactOutput, Found, Scanner};
use qloak_shielded::transaction::Output;
use qloak_shielded::tree::Frontier;

use super::keys::Keys;
use super::route::{Goal, Route, Stop};
use super::source::{BlockId, Source};
use super::state::{Hit, Place, State};
use super::ShieldedError;
use crate::error::Error;

/// Questions that are on their way at the same time.
const CONCURRENT: usize = 16;

/// How often a page that a fork cut in two is read again.
const ATTEMPTS: u32 = 3;

/// Pages after which the state is saved, and the node is asked anew where the chain is: what is final in the
/// meantime can lose its state.
const PASS_PAGES: u32 = 16;

/// How far a scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Notes of the chain that were read.
    pub notes: u32,
    /// Notes that the chain has.
    pub total: u32,
    /// The last block that was read.
    pub block: u32,
}

/// What a scan did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Notes of the chain that were read.
    pub notes: u32,
    /// The last block before the scan, or the one to which a fork took the wallet back.
    pub from: u32,
    /// The last block now.
    pub to: u32,
    /// How many blocks a fork took back.
    pub rolled_back: u32,
}

/// Who hears of a scan, and keeps its state.
pub trait Watcher {
    /// Something was read.
    fn progress(&mut self, progress: Progress);
    /// A good moment to save the state.
    ///
    /// # Errors
    /// What saving fails with.
    fn save(&mut self, state: &State) -> Result<(), Error>;
}

/// Reads the chain up to its best block.
///
/// # Errors
/// [`Error::Shielded`] if the node contradicts itself or has forgotten old states; what asking it fails with.
pub async fn scan<S: Source>(
    source: &S,
    keys: &Keys,
    state: &mut State,
    watcher: &mut impl Watcher,
) -> Result<Summary, Error> {
    let mut summary = Summary::default();
    let mut attempt = 1;
    loop {
        match pass(source, keys, state, watcher, &mut summary).await {
            // A fork in the middle looks like a lie at first.
            Err(Error::Shielded(ShieldedError::Inconsistent { .. })) if attempt < ATTEMPTS => {
                attempt += 1;
            }
            Err(error) => return Err(error),
            Ok(End::Paused) => {
                attempt = 1;
                watcher.save(state)?;
            }
            Ok(End::Reached) if window_suffices(state) => break,
            // A note came to an address that this wallet did not know of: those after it may have been
            // paid before. Each time there are more addresses, up to the most.
            Ok(End::Reached) => state.forget_chain(),
        }
    }
    state.prune(source.finalized().await?);
    watcher.save(state)?;
    summary.to = state.number();
    Ok(summary)
}

/// How far a pass came.
enum End {
    /// To the block that was the best when it began.
    Reached,
    /// Not so far.
    Paused,
}

/// Whether every note was tried with enough addresses.
fn window_suffices(state: &State) -> bool {
    use super::state::{LOOKAHEAD, MAX_ADDRESSES};
    let wanted = state.addresses.saturating_add(LOOKAHEAD);
    state.window >= wanted.min(MAX_ADDRESSES)
}

async fn pass<S: Source>(
    source: &S,
    keys: &Keys,
    state: &mut State,
    watcher: &mut impl Watcher,
    summary: &mut Summary,
) -> Result<End, Error> {
    let head = source.head().await?;
    let before = state.number();
    settle(source, keys, state, head).await?;
    if summary.notes == 0 {
        summary.from = state.number();
    }
    summary.rolled_back = summary
        .rolled_back
        .max(before.saturating_sub(state.number()));
    let goal = Goal {
        head,
        finalized: source.finalized().await?,
        total: source.pool(head).await?.anchor.size,
    };
    let incoming = keys.incoming();
    let scanner = incoming.map(|key| Arc::new(Scanner::new(key, 0..state.window)));
    let mut reader = Reader {
        source,
        keys,
        scanner,
        goal,
        birthday: state.birthday,
        read: 0,
    };
    let end = reader.read(state, watcher).await;
    summary.notes = summary.notes.saturating_add(reader.read);
    end
}

/// Goes back to where the best chain and the wallet agree; to the birthday if they agree nowhere.
async fn settle<S: Source>(
    source: &S,
    keys: &Keys,
    state: &mut State,
    head: BlockId,
) -> Result<(), Error> {
    for block in state.way_back() {
        if block.number <= head.number && source.block(block.number).await? == Some(block) {
            state.roll_back(block);
            state.revive(keys);
            return Ok(());
        }
    }
    let number = state.birthday.saturating_sub(1);
    let ahead = || ShieldedError::BirthdayAhead {
        birthday: state.birthday,
        head: head.number,
    };
    let birth = source.block(number).await?.ok_or_else(ahead)?;
    let frontier = match number {
        0 => Ok(Frontier::EMPTY),
        _ => source.frontier(birth).await,
    };
    match frontier {
        Ok(frontier) => state.restart(birth, frontier),
        // The node forgot the tree of that day. All that came before makes it again.
        Err(Error::Shielded(ShieldedError::StateGone { .. })) => {
            let first = source.block(0).await?.ok_or_else(ahead)?;
            state.restart(first, Frontier::EMPTY);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

type Page = Vec<(BlockId, Vec<FullEntry>)>;

struct Reader<'a, S> {
    source: &'a S,
    keys: &'a Keys,
    /// Nothing if the keys do not see what comes.
    scanner: Option<Arc<Scanner>>,
    goal: Goal,
    birthday: u32,
    read: u32,
}

impl<S: Source> Reader<'_, S> {
    async fn read(&mut self, state: &mut State, watcher: &mut impl Watcher) -> Result<End, Error> {
        let mut route = Route::new(self.source, self.goal, state.number(), state.size());
        let mut page = self.fetch(&mut route).await?;
        for pages in 1.. {
            if page.is_empty() {
                break;
            }
            // The page is looked through while the next one is on its way.
            let (next, looked) = tokio::join!(self.fetch(&mut route), self.look(page));
            let (looked, hits) = looked?;
            self.take(state, looked, hits, watcher).await?;
            if pages == PASS_PAGES {
                return Ok(End::Paused);
            }
            page = next?;
        }
        Ok(End::Reached)
    }

    /// The next blocks of the way, with what they did.
    async fn fetch(&self, route: &mut Route<'_, S>) -> Result<Page, Error> {
        let stops = route.next().await?;
        let page: Page = futures::stream::iter(stops.into_iter().map(|stop| self.visit(stop)))
            .buffered(CONCURRENT)
            .try_collect()
            .await?;
        route.passed(page.iter().map(leaves).sum());
        Ok(page)
    }

    async fn visit(&self, stop: Stop) -> Result<(BlockId, Vec<FullEntry>), Error> {
        let block = match stop.block {
            Some(block) => Some(block),
            None => self.source.block(stop.number).await?,
        };
        let gone = ShieldedError::Inconsistent { block: stop.number };
        let block = block.ok_or(gone)?;
        if stop.quiet {
            return Ok((block, Vec::new()));
        }
        match self.source.entries(block).await {
            // Of old blocks that did nothing nodes remember nothing. Whether it was that, the root tells.
            Err(Error::Shielded(ShieldedError::StateGone { .. }))
                if block.number <= self.goal.finalized =>
            {
                Ok((block, Vec::new()))
            }
            entries => Ok((block, entries?)),
        }
    }

    /// Tries all notes of a page, on all cores.
    async fn look(&self, page: Page) -> Result<(Page, Vec<Found>), Error> {
        let Some(scanner) = self.scanner.clone() else {
            return Ok((page, Vec::new()));
        };
        let outputs: Vec<CompactOutput> = page
            .iter()
            .filter(|(block, _)| block.number >= self.birthday)
            .flat_map(|(_, entries)| entries)
            .flat_map(|entry| entry.outputs.iter().map(Output::compact))
            .collect();
        if outputs.is_empty() {
            return Ok((page, Vec::new()));
        }
        let found = tokio::task::spawn_blocking(move || on_all_cores(&scanner, &outputs));
        match found.await {
            Ok(found) => Ok((page, found)),
            Err(failed) => Err(std::io::Error::other(failed).into()),
        }
    }

    /// Takes a page over. If its end does not have the root that the chain has, everything is taken back that was
    /// read since a root was right.
    async fn take(
        &mut self,
        state: &mut State,
        page: Page,
        found: Vec<Found>,
        watcher: &mut impl Watcher,
    ) -> Result<(), Error> {
        let Some(last) = page.last().map(|(block, _)| *block) else {
            return Ok(());
        };
        let size = state.size();
        let right = match self.apply(state, &page, found) {
            Ok(()) => self.is_right(state, last).await,
            Err(ShieldedError::Inconsistent { .. }) => Ok(Some(false)),
            Err(error) => Err(error.into()),
        };
        match right {
            Ok(Some(true)) => state.trust(),
            Ok(None) => {}
            wrong => {
                state.distrust(self.keys);
                wrong?;
                return Err(ShieldedError::Inconsistent { block: last.number }.into());
            }
        }
        self.read = self.read.saturating_add(state.size().saturating_sub(size));
        watcher.progress(Progress {
            notes: state.size(),
            total: self.goal.total,
            block: last.number,
        });
        Ok(())
    }

    /// Whether the tree is the chain's at the end of a block. Nothing if the block is so old that the node cannot
    /// say; of the last final block and those after it, it must.
    async fn is_right(&self, state: &State, block: BlockId) -> Result<Option<bool>, Error> {
        let tree = state.tip.as_ref().map(|tip| &tip.tree);
        let ours = tree.map(|tree| Anchor {
            root: tree.root(),
            size: tree.size(),
        });
        match self.source.pool(block).await {
            Ok(pool) => Ok(Some(ours == Some(pool.anchor))),
            Err(Error::Shielded(ShieldedError::StateGone { .. }))
                if block.number < self.goal.finalized =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn apply(
        &self,
        state: &mut State,
        page: &Page,
        found: Vec<Found>,
    ) -> Result<(), ShieldedError> {
        let mut found = found.into_iter().peekable();
        let mut output = 0;
        for (block, entries) in page {
            for entry in entries {
                if block.number < self.birthday {
                    state.pass_over(block.number, entry)?;
                    continue;
                }
                let mut hits: Vec<Option<Hit>> = entry.outputs.iter().map(|_| None).collect();
                let end = output + hits.len();
                while let Some(hit) = found.next_if(|hit| hit.output < end) {
                    if let Some(slot) = hits.get_mut(hit.output - output) {
                        *slot = slot.take().or(usable(hit.address, hit.note));
                    }
                }
                output = end;
                state.apply(self.keys, block.number, entry, hits)?;
            }
            state.finish(*block, self.goal.is_recent(block.number));
        }
        Ok(())
    }
}

/// How many leaves a block added.
fn leaves((_, entries): &(BlockId, Vec<FullEntry>)) -> u32 {
    let of_entry = |entry: &FullEntry| entry.outputs.len() + usize::from(entry.transfer.is_some());
    entries.iter().map(of_entry).sum::<usize>() as u32
}

/// A note that its sender made well. What was made badly cannot be spent by anybody.
fn usable(address: u32, note: Result<qloak_shielded::note::Note, OpenError>) -> Option<Hit> {
    Some(Hit {
        place: Place::Address(address),
        note: note.ok()?,
    })
}

/// What [`Scanner::scan`] finds, with the notes divided among threads.
fn on_all_cores(scanner: &Scanner, outputs: &[CompactOutput]) -> Vec<Found> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = outputs.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = outputs
            .chunks(share)
            .enumerate()
            .map(|(part, outputs)| {
                let look = move || {
                    let mut found = scanner.scan(outputs);
                    found.iter_mut().for_each(|hit| hit.output += part * share);
                    found
                };
                scope.spawn(look)
            })
            .collect();
        let results = parts.into_iter().map(std::thread::ScopedJoinHandle::join);
        // A thread that panicked would have found something or not; nobody can say.
        results
            .flat_map(|found| found.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
