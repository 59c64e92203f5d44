//! Measures what a wallet's state costs with as many notes as given (1,000,000 unless told): reading blocks with notes of
//! others, reading its own, the file, and spending one.
//!
//! ```text
//! cargo bench --workspace --bench notes -- --notes 1000000
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a measurement that fails, fails"
)]

use std::time::{Duration, Instant};

use clap::Parser;
use qloak_shielded::encryption::{self, Payment};
use qloak_shielded::memo::Memo;
use qloak_shielded::note::{Asset, Note};
use qloak_shielded::pool::FullEntry;
use qloak_shielded::transaction::Output;
use qloak_wallet::shielded::draft;
use qloak_wallet::shielded::file::Store;
use qloak_wallet::shielded::keys::Keys;
use qloak_wallet::shielded::source::BlockId;
use qloak_wallet::shielded::state::{Checkpoint, Hit, Place, State};

const GENESIS: [u8; 32] = [42; 32];
/// Outputs of a block.
const PER_BLOCK: u32 = 100;

#[derive(Parser)]
#[command(about = "What a wallet's state costs with many notes")]
struct Options {
    /// How many notes: of others in the first table, of the wallet in the second
    #[arg(long, default_value_t = 1_000_000)]
    notes: u32,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// A wallet, and an output that pays to its first address.
struct Subject {
    keys: Keys,
    output: Output,
    note: Note,
}

impl Subject {
    fn new() -> Self {
        let keys = Keys::of_development("//Alice").unwrap();
        let address = keys.address(0).unwrap();
        let payment = Payment {
            address: address.address().clone(),
            asset: Asset::Qlk,
            value: 5,
            memo: Memo::new("").unwrap(),
        };
        let output = draft::deposit(&keys, &payment).unwrap().output();
        let compact = &output.ciphertext.compact;
        let note = encryption::open(&address, &output.commitment, compact).unwrap();
        Self { keys, output, note }
    }

    fn state() -> State {
        let mut state = State::new(GENESIS, 0, 1);
        state.restart(Checkpoint::empty(block(0)));
        state
    }

    /// Reads blocks with `notes` outputs, which are the wallet's or not, and returns how long that took.
    fn read(&self, state: &mut State, first: u32, notes: u32, own: bool) -> Duration {
        let started = Instant::now();
        for (number, _) in (first..).zip(0..notes / PER_BLOCK) {
            for _ in 0..PER_BLOCK {
                let entry = FullEntry {
                    position: state.size(),
                    outputs: vec![self.output.clone()],
                    transfer: None,
                };
                let hits = vec![own.then(|| Hit {
                    place: Place::Address(0),
                    note: self.note.clone(),
                })];
                state.apply(&self.keys, number, &entry, hits).unwrap();
            }
            state.finish(block(number), true);
            state.trust();
            state.prune(number);
        }
        started.elapsed()
    }
}

fn block(number: u32) -> BlockId {
    BlockId {
        number,
        hash: [7; 32],
    }
}

fn timed<R>(what: impl FnOnce() -> R) -> (R, Duration) {
    let started = Instant::now();
    let result = what();
    (result, started.elapsed())
}

fn main() {
    let notes = Options::parse().notes / PER_BLOCK * PER_BLOCK;
    let subject = Subject::new();

    println!("{notes} notes of others, read after the wallet has a few");
    for own in [0, 1_000, 10_000] {
        let mut state = Subject::state();
        subject.read(&mut state, 1, own, true);
        let took = subject.read(&mut state, own / PER_BLOCK + 1, notes, false);
        println!("  {own:>8} own  {:>8.2} µs a note", micros(took, notes));
    }

    println!("{notes} notes of the wallet");
    let mut state = Subject::state();
    let took = subject.read(&mut state, 1, notes, true);
    println!("  reading   {:>8.2} µs a note", micros(took, notes));
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &subject.keys, GENESIS).unwrap();
    let ((), took) = timed(|| store.save(&state).unwrap());
    let bytes = std::fs::metadata(store.path()).unwrap().len();
    println!("  saving    {:>8.2} s", took.as_secs_f64());
    println!(
        "  the file  {:>8.1} B a note",
        bytes as f64 / f64::from(notes)
    );
    let (loaded, took) = timed(|| store.load().unwrap().unwrap());
    println!("  loading   {:>8.2} s", took.as_secs_f64());
    let anchor = loaded.anchor(true).unwrap();
    let (path, took) = timed(|| loaded.path(&anchor, notes / 2).unwrap());
    assert_eq!(path.root(&subject.output.commitment), anchor.tree.root());
    println!("  a path    {:>8.2} µs", took.as_secs_f64() * 1e6);
}

fn micros(took: Duration, notes: u32) -> f64 {
    took.as_secs_f64() * 1e6 / f64::from(notes.max(1))
}
