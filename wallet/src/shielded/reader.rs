//! The half of a scan that asks the node: it knows no key that opens a note, and nothing of what was found.
//!
//! It keeps the tree's right edge for itself, and compares it with the chain's root. What it has checked goes to the
//! finder by a queue, without waiting.

use std::num::NonZero;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use qloak_shielded::pool::FullEntry;
use qloak_shielded::scan::{CompactOutput, Scanner};

use super::found::leaves;
use super::heights;
use super::queue::{tried, News, Page, Queue};
use super::route::{Goal, Route, Stop, RECENT_BLOCKS};
use super::source::{BlockId, Source};
use super::state::{Checkpoint, State, ANCHOR_STEP};
use super::ShieldedError;
use crate::error::Error;

/// Questions that are on their way at the same time.
const CONCURRENT: usize = 16;

/// How often a page that a fork cut in two is read again.
const ATTEMPTS: u32 = 3;

/// Pages after which the node is asked anew where the chain is: what is final in the
/// meantime can lose its state.
const PASS_PAGES: u32 = 16;

/// Blocks of the past that the reader can go back to if the chain did.
const POINTS: usize = 64;

/// Why the reader stopped early.
pub enum Stopped {
    /// The finder takes nothing more. It says why.
    Finder,
    /// A node, or what it said.
    Node(Error),
}

impl Stopped {
    pub fn into_error(self) -> Error {
        match self {
            Self::Finder => std::io::Error::other("the scan ended before its time").into(),
            Self::Node(error) => error,
        }
    }

    fn is_inconsistent(&self) -> bool {
        matches!(
            self,
            Self::Node(Error::Shielded(ShieldedError::Inconsistent { .. }))
        )
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Node(error)
    }
}

impl From<ShieldedError> for Stopped {
    fn from(error: ShieldedError) -> Self {
        Self::Node(error.into())
    }
}

/// How far a pass came.
enum End {
    /// To the block that was the best when it began.
    Reached,
    /// Not so far.
    Paused,
}

pub struct Reader<'a, S> {
    source: &'a S,
    /// Tries notes. Nothing if the keys do not see what comes.
    scanner: Option<Arc<Scanner>>,
    birthday: u32,
    /// The tree at the end of the last block that was read; nothing before the first.
    at: Option<Checkpoint>,
    /// Blocks that the chain may still agree with, the latest last.
    points: Vec<Checkpoint>,
    trusted: Option<Checkpoint>,
    finalized: u32,
    read: u32,
}

impl<'a, S: Source> Reader<'a, S> {
    /// Goes on from where a state is.
    pub fn new(source: &'a S, scanner: Option<Arc<Scanner>>, state: &State) -> Self {
        let mut points = state.way_back();
        points.reverse();
        Self {
            source,
            scanner,
            birthday: state.birthday,
            at: points.last().cloned(),
            points,
            trusted: state.trusted().cloned(),
            finalized: 0,
            read: 0,
        }
    }

    /// The number of the last final block.
    pub fn finalized(&self) -> u32 {
        self.finalized
    }

    /// How many notes were read.
    pub fn read(&self) -> u32 {
        self.read
    }

    /// Asks for all up to the best block.
    pub async fn run(&mut self, queue: &Queue) -> Result<(), Stopped> {
        let mut attempt = 1;
        loop {
            match self.pass(queue).await {
                // A fork in the middle looks like a lie at first.
                Err(stopped) if stopped.is_inconsistent() && attempt < ATTEMPTS => attempt += 1,
                Err(stopped) => return Err(stopped),
                Ok(End::Paused) => {
                    attempt = 1;
                    tell(queue, News::Pause)?;
                }
                Ok(End::Reached) => return Ok(()),
            }
        }
    }

    async fn pass(&mut self, queue: &Queue) -> Result<End, Stopped> {
        let head = self.source.head().await?;
        let at = self.settle(head, queue).await?;
        self.finalized = self.source.finalized().await?;
        let goal = Goal {
            head,
            finalized: self.finalized,
            total: self.source.pool(head).await?.anchor.size,
        };
        let mut route = Route::new(self.source, goal, at.block.number, at.tree.size());
        let mut page = self.fetch(&mut route, goal).await?;
        for pages in 1.. {
            if page.is_empty() {
                break;
            }
            // The page's notes are tried while the next one is on its way.
            let (next, tried) = tokio::join!(self.fetch(&mut route, goal), self.try_all(page));
            let (tried, marks) = tried?;
            self.pass_on(tried, marks, goal, queue).await?;
            if pages == PASS_PAGES {
                return Ok(End::Paused);
            }
            page = next?;
        }
        Ok(End::Reached)
    }

    /// Goes back to where the best chain and the wallet agree; to the birthday if they agree nowhere.
    async fn settle(&mut self, head: BlockId, queue: &Queue) -> Result<Checkpoint, Stopped> {
        while let Some(point) = self.points.last().cloned() {
            let block = point.block;
            if block.number <= head.number
                && self.source.block(block.number).await? == Some(block)
                && self.is_point_of_the_chain(&point).await?
            {
                heights::require_possible(self.source, block, head).await?;
                self.at = Some(point.clone());
                if self
                    .trusted
                    .as_ref()
                    .is_some_and(|it| it.block.number > block.number)
                {
                    self.trusted = Some(point.clone());
                }
                tell(queue, News::Return(point.clone()))?;
                return Ok(point);
            }
            self.points.pop();
        }
        let birth = self.birth(head).await?;
        heights::require_possible(self.source, birth.block, head).await?;
        self.trusted = Some(birth.clone()).filter(|birth| birth.tree.size() == 0);
        self.points.push(birth.clone());
        self.at = Some(birth.clone());
        tell(queue, News::Begin(birth.clone()))?;
        Ok(birth)
    }

    /// Returns whether the chain's pool was at a block as the wallet was told, by another node perhaps. Of blocks whose state the
    /// node has no more, that is taken for granted.
    async fn is_point_of_the_chain(&self, point: &Checkpoint) -> Result<bool, Error> {
        match self.source.pool(point.block).await {
            Ok(pool) => Ok(point.agrees_with(&pool)),
            Err(Error::Shielded(ShieldedError::StateGone { .. })) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Where a wallet begins: with the tree at the end of the block before its birthday.
    async fn birth(&self, head: BlockId) -> Result<Checkpoint, Error> {
        let number = self.birthday.saturating_sub(1);
        let ahead = || ShieldedError::BirthdayAhead {
            birthday: self.birthday,
            head: head.number,
        };
        let block = self.source.block(number).await?.ok_or_else(ahead)?;
        if number == 0 {
            return Ok(Checkpoint::empty(block));
        }
        match self.source.frontier(block).await {
            Ok(tree) => {
                // From here on the tree is the wallet's own. It must begin as the chain's.
                let pool = self.source.pool(block).await?;
                let birth = Checkpoint {
                    block,
                    tree,
                    entries_hash: pool.turnstile.entries_hash,
                };
                if !birth.agrees_with(&pool) {
                    return Err(ShieldedError::Inconsistent { block: number }.into());
                }
                Ok(birth)
            }
            // The node forgot the tree of that day. All that came before makes it again.
            Err(Error::Shielded(ShieldedError::StateGone { .. })) => {
                let block = self.source.block(0).await?.ok_or_else(ahead)?;
                Ok(Checkpoint::empty(block))
            }
            Err(error) => Err(error),
        }
    }

    /// The next blocks of the way, with what they did.
    async fn fetch(&self, route: &mut Route<'_, S>, goal: Goal) -> Result<Page, Error> {
        let stops = route.next().await?;
        let visits = stops.into_iter().map(|stop| self.visit(stop, goal));
        let page: Page = futures::stream::iter(visits)
            .buffered(CONCURRENT)
            .try_collect()
            .await?;
        let added = page
            .iter()
            .flat_map(|(_, entries)| entries)
            .flat_map(leaves);
        route.passed(added.count() as u32);
        Ok(page)
    }

    async fn visit(&self, stop: Stop, goal: Goal) -> Result<(BlockId, Vec<FullEntry>), Error> {
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
                if block.number <= goal.finalized =>
            {
                Ok((block, Vec::new()))
            }
            entries => Ok((block, entries?)),
        }
    }

    /// Tries all notes of a page, on all cores.
    async fn try_all(&self, page: Page) -> Result<(Page, Vec<u8>), Error> {
        let Some(scanner) = self.scanner.clone() else {
            return Ok((page, Vec::new()));
        };
        let outputs = tried(&page, self.birthday);
        if outputs.is_empty() {
            return Ok((page, Vec::new()));
        }
        match tokio::task::spawn_blocking(move || on_all_cores(&scanner, &outputs)).await {
            Ok(marks) => Ok((page, marks)),
            Err(failed) => Err(std::io::Error::other(failed).into()),
        }
    }

    /// Compares a page with the chain, and passes it on. If its end does not have the root that the chain has,
    /// everything is taken back that was read since a root was right.
    async fn pass_on(
        &mut self,
        page: Page,
        marks: Vec<u8>,
        goal: Goal,
        queue: &Queue,
    ) -> Result<(), Stopped> {
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        let last = *last;
        let right = match self.append(&page, goal) {
            Ok(()) => self.is_right(last, goal).await,
            Err(ShieldedError::Inconsistent { .. }) => Ok(Some(false)),
            Err(error) => Err(error.into()),
        };
        if !matches!(right, Ok(None | Some(true))) {
            self.take_back();
            tell(queue, News::Distrust)?;
            right?;
            return Err(ShieldedError::Inconsistent { block: last.number }.into());
        }
        tell(
            queue,
            News::Page {
                page,
                marks,
                recent: goal.head.number.saturating_sub(RECENT_BLOCKS),
                total: goal.total,
            },
        )?;
        if matches!(right, Ok(Some(true))) {
            self.trusted.clone_from(&self.at);
            tell(queue, News::Trust)?;
        }
        Ok(())
    }

    /// Appends a page to the tree.
    fn append(&mut self, page: &Page, goal: Goal) -> Result<(), ShieldedError> {
        let Some(mut at) = self.at.clone() else {
            return Ok(());
        };
        let size = at.tree.size();
        for (block, entries) in page {
            for entry in entries {
                if entry.position != at.tree.size() {
                    return Err(ShieldedError::Inconsistent {
                        block: block.number,
                    });
                }
                at.entries_hash = entry.chained(&at.entries_hash);
                for leaf in leaves(entry) {
                    at.tree.append(leaf).map_err(|_| ShieldedError::TreeFull)?;
                }
            }
            at.block = *block;
            if goal.is_recent(block.number) && block.number.is_multiple_of(ANCHOR_STEP) {
                self.points.push(at.clone());
            }
        }
        self.points.push(at.clone());
        self.points.dedup_by_key(|point| point.block);
        while self.points.len() > POINTS {
            // The oldest stays, in case nothing becomes final for long.
            self.points.remove(1);
        }
        self.read = self.read.saturating_add(at.tree.size() - size);
        self.at = Some(at);
        Ok(())
    }

    /// Goes back to the last tree that was the chain's.
    fn take_back(&mut self) {
        match self.trusted.clone() {
            Some(trusted) => {
                let number = trusted.block.number;
                self.points.retain(|point| point.block.number < number);
                self.points.push(trusted);
            }
            None => self.points.clear(),
        }
        self.at = self.points.last().cloned();
    }

    /// Whether the tree is the chain's at the end of a block. Nothing if the block is so old that the node cannot
    /// say; of the last final block and those after it, it must.
    async fn is_right(&self, block: BlockId, goal: Goal) -> Result<Option<bool>, Error> {
        match self.source.pool(block).await {
            Ok(pool) => Ok(Some(
                self.at.as_ref().is_some_and(|at| at.agrees_with(&pool)),
            )),
            Err(Error::Shielded(ShieldedError::StateGone { .. }))
                if block.number < goal.finalized =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn tell(queue: &Queue, news: News) -> Result<(), Stopped> {
    queue.send(news).map_err(|_| Stopped::Finder)
}

/// What [`Scanner::mark`] says, with the notes divided among threads.
fn on_all_cores(scanner: &Scanner, outputs: &[CompactOutput]) -> Vec<u8> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = outputs.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = outputs
            .chunks(share)
            .map(|outputs| scope.spawn(move || scanner.mark(outputs)))
            .collect();
        let results = parts.into_iter().map(std::thread::ScopedJoinHandle::join);
        // A thread that panicked would have found something or not; nobody can say.
        results
            .flat_map(|marks| marks.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
