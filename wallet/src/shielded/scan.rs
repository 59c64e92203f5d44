//! Reading the chain.
//!
//! A scan has two halves that meet in a queue. The reader (`reader.rs`) asks the node and checks the answers; whatever it
//! does, and when, follows from what everybody can see. The finder, on a thread of its own, opens what is the
//! wallet's, and changes the state. The reader never waits for the finder. So neither the questions nor the time between
//! them tells the node what was found.
//!
//! 1. Back to the latest checkpoint that the best chain still has, if a fork took blocks back.
//! 2. From there to the best block, by a [route](super::route) that follows from what everybody can see.
//! 3. Each page's notes are tried by the *reader*, on all cores, while the next page is on its way. Trying takes the same
//!    time for each note, and is most of the work: so the queue stays short without a bound to it.
//! 4. At the end of each page the tree must have the root that the chain has. A node that leaves
//!    out a note, adds one or changes one is found out. Of old blocks it has no state to compare with;
//!    what they add to the tree is compared at the next block of which it has, and is taken back if it was wrong.
//!
//! Notes from before the birthday go into the tree untried, if the node no longer has the tree of that day.
//!
//! The state is saved as it goes, so an interrupted scan goes on where it was. To save a large state takes long; it is done
//! when a quarter as many notes were read as the wallet has, so that the savings of a scan together grow no faster than the chain.

use std::sync::mpsc::Receiver;
use std::sync::Arc;

use qloak_shielded::encryption::OpenError;
use qloak_shielded::note::Note;
use qloak_shielded::scan::{Found, Scanner};

use super::keys::Keys;
use super::lost::{Forgotten, Lost};
use super::queue::{tried, News, Page};
use super::reader::{Reader, Stopped};
use super::source::Source;
use super::state::{Hit, Place, State};
use super::ShieldedError;
use crate::error::Error;

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
    /// What was in them and is not in the chain any more.
    pub lost: Lost,
    /// The number of addresses that were looked for, if notes came to so late a one that there may be more.
    pub window_ends: Option<u32>,
}

/// Who hears of a scan, and keeps its state while it goes on. It is called on the finder's thread.
pub trait Watcher: Send + 'static {
    /// Something was read.
    fn progress(&mut self, progress: Progress);
    /// A good moment to save the state. At the end it is the caller who does.
    ///
    /// # Errors
    /// What saving fails with.
    fn save(&mut self, state: &State) -> Result<(), Error>;
}

/// Reads the chain up to its best block. The caller saves the state.
///
/// # Errors
/// [`Error::Shielded`] if the node contradicts itself or has forgotten old states; what asking it fails with.
pub async fn scan<S: Source>(
    source: &S,
    keys: &Arc<Keys>,
    state: &mut State,
    watcher: impl Watcher,
) -> Result<Summary, Error> {
    // What decides the time that a note takes is fixed before the first one is looked at.
    let window = state.window();
    let addresses = state.addresses;
    let incoming = keys.incoming();
    let scanner = incoming.map(|key| Arc::new(Scanner::new(key, 0..window)));
    let before = state.number();
    let mut reader = Reader::new(source, scanner.clone(), state);
    let (sender, receiver) = std::sync::mpsc::channel();
    let finder = Finder {
        keys: keys.clone(),
        scanner,
        birthday: state.birthday,
        state: std::mem::replace(state, State::new(state.genesis, 0, 1)),
        watcher,
        unsaved: 0,
        from: None,
        forgotten: None,
    };
    let finding = tokio::task::spawn_blocking(move || finder.run(&receiver));
    let read = reader.run(&sender).await;
    drop(sender);
    let (mut found, result) = match finding.await {
        Ok(end) => end,
        // Nothing is left of the state to go on with.
        Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
        Err(failed) => return Err(std::io::Error::other(failed).into()),
    };
    let lost = found.lost();
    *state = found.state;
    result?;
    read.map_err(Stopped::into_error)?;
    state.reached();
    state.prune(reader.finalized());
    let from = found.from.unwrap_or(before);
    let more = state.addresses > addresses && state.window() < super::state::MAX_ADDRESSES;
    Ok(Summary {
        notes: reader.read(),
        from,
        to: state.number(),
        rolled_back: before.saturating_sub(from),
        lost,
        window_ends: more.then_some(window),
    })
}

/// The half of a scan that knows what is the wallet's.
struct Finder<W> {
    keys: Arc<Keys>,
    scanner: Option<Arc<Scanner>>,
    birthday: u32,
    state: State,
    watcher: W,
    /// Notes that were read since the state was saved.
    unsaved: u32,
    /// The block from which on the chain was read first.
    from: Option<u32>,
    /// What the wallet knew of the blocks after that one.
    forgotten: Option<Forgotten>,
}

impl<W: Watcher> Finder<W> {
    /// Does what the reader says, to the end. The first error ends it, and leaves the state whole.
    fn run(mut self, news: &Receiver<News>) -> (Self, Result<(), Error>) {
        while let Ok(news) = news.recv() {
            if let Err(error) = self.hear(news) {
                return (self, Err(error));
            }
        }
        (self, Ok(()))
    }

    fn hear(&mut self, news: News) -> Result<(), Error> {
        match news {
            News::Begin(birth) => {
                self.leave(birth.block.number, true);
                self.state.restart(birth);
            }
            News::Return(checkpoint) => {
                self.leave(checkpoint.block.number, false);
                self.state.return_to(checkpoint);
            }
            News::Page {
                page,
                marks,
                recent,
                total,
            } => {
                let size = self.state.size();
                self.take(&page, &marks, recent)?;
                self.unsaved = self
                    .unsaved
                    .saturating_add(self.state.size().saturating_sub(size));
                self.watcher.progress(Progress {
                    notes: self.state.size(),
                    total,
                    block: self.state.number(),
                });
            }
            News::Trust => {
                self.state.trust();
            }
            News::Pause => {
                if self.unsaved as usize >= self.state.notes.len() / SHARE {
                    self.watcher.save(&self.state)?;
                    self.unsaved = 0;
                }
            }
            News::Distrust => self.state.distrust(),
        }
        Ok(())
    }

    /// What came after this block is about to be forgotten. Only the first time: what is read and forgotten within one scan
    /// was told to nobody.
    fn leave(&mut self, number: u32, anew: bool) {
        if self.from.is_none() {
            self.from = Some(number);
            let anew = anew && self.state.tip.is_some();
            self.forgotten = Some(Forgotten::after(number, &self.state, anew));
        }
    }

    fn lost(&mut self) -> Lost {
        let forgotten = self.forgotten.take();
        forgotten.map_or_else(Lost::default, |forgotten| forgotten.lost(&self.state))
    }

    /// Opens what is the wallet's, and takes the page over.
    fn take(&mut self, page: &Page, marks: &[u8], recent: u32) -> Result<(), ShieldedError> {
        let outputs = tried(page, self.birthday);
        let found = match &self.scanner {
            Some(scanner) => scanner.open(&outputs, marks),
            None => Vec::new(),
        };
        let mut found = found.into_iter().peekable();
        let mut output = 0;
        for (block, entries) in page {
            for entry in entries {
                if block.number < self.birthday {
                    self.state.pass_over(block.number, entry)?;
                    continue;
                }
                let mut hits: Vec<Option<Hit>> = entry.outputs.iter().map(|_| None).collect();
                let end = output + hits.len();
                while let Some(hit) = found.next_if(|hit: &Found| hit.output < end) {
                    if let Some(slot) = hits.get_mut(hit.output - output) {
                        *slot = slot.take().or(usable(hit.address, hit.note));
                    }
                }
                output = end;
                self.state.apply(&self.keys, block.number, entry, hits)?;
            }
            self.state.finish(*block, block.number >= recent);
        }
        Ok(())
    }
}

/// The state is saved when a quarter as many notes were read as the wallet has.
const SHARE: usize = 4;

/// A note that its sender made well. What was made badly cannot be spent by anybody.
fn usable(address: u32, note: Result<Note, OpenError>) -> Option<Hit> {
    Some(Hit {
        place: Place::Address(address),
        note: note.ok()?,
    })
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
