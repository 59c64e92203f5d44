//! States that earlier versions of the wallet wrote.
//!
//! Whatever a scan finds again is left to the scan. What it would not find again is taken over: the birthday, how many
//! addresses there are, and which notes are in payments on their way.

use std::collections::{BTreeMap, VecDeque};

use codec::Decode;
use qloak_shielded::element::Digest;
use qloak_shielded::tree::{Frontier, WitnessTree, DEPTH};

use super::attempt::Attempts;
use super::source::BlockId;
use super::state::{OwnedNote, State};

/// The versions that are read here.
pub const VERSIONS: [u8; 2] = [1, 2];

/// A checkpoint: a block, its frontier, and what was known of the ways of the wallet's notes.
type Checkpoint = (BlockId, Frontier, BTreeMap<u32, [Option<Digest>; DEPTH]>);

/// A state of version 1 up to what is taken of it.
#[derive(Decode)]
struct Beginning {
    genesis: [u8; 32],
    birthday: u32,
    addresses: u32,
    _window: u32,
    _tip: Option<Checkpoint>,
    _notes: BTreeMap<u32, OwnedNote>,
    unspent: BTreeMap<Digest, u32>,
    /// Positions of notes in payments on their way, and the last blocks of those.
    pending: BTreeMap<u32, u32>,
}

/// A state of version 2 up to what is taken of it. It had no hash over what the chain's transactions did.
#[derive(Decode)]
struct Second {
    genesis: [u8; 32],
    birthday: u32,
    addresses: u32,
    _whole: bool,
    _tip: Option<BlockId>,
    _tree: WitnessTree,
    _notes: BTreeMap<u32, OwnedNote>,
    _unspent: BTreeMap<Digest, u32>,
    _leaving: VecDeque<(u32, u32, Digest)>,
    attempts: Attempts,
}

/// What is taken of a state of an earlier version; nothing if it is none.
pub fn read(version: u8, bytes: &[u8]) -> Option<State> {
    match version {
        1 => read_first(bytes),
        2 => read_second(bytes),
        _ => None,
    }
}

fn read_second(mut bytes: &[u8]) -> Option<State> {
    let old = Second::decode(&mut bytes).ok()?;
    let mut state = State::new(old.genesis, old.birthday, old.addresses);
    state.attempts = old.attempts;
    Some(state)
}

fn read_first(mut bytes: &[u8]) -> Option<State> {
    let old = Beginning::decode(&mut bytes).ok()?;
    let mut state = State::new(old.genesis, old.birthday, old.addresses);
    let reserved = old.unspent.into_iter().filter_map(|(nullifier, position)| {
        let until = old.pending.get(&position)?;
        Some((nullifier, *until))
    });
    state.attempts.adopt(reserved);
    Some(state)
}
