//! States that earlier versions of the wallet wrote.
//!
//! Whatever a scan finds again is left to the scan. What it would not find again is taken over: the birthday, how many
//! addresses there are, and which notes are in payments on their way.

use std::collections::BTreeMap;

use codec::Decode;
use qloak_shielded::element::Digest;
use qloak_shielded::tree::{Frontier, DEPTH};

use super::source::BlockId;
use super::state::{OwnedNote, State};

/// The version that is read here.
pub const VERSION: u8 = 1;

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

/// What is taken of a state of version 1; nothing if it is none.
pub fn read(mut bytes: &[u8]) -> Option<State> {
    let old = Beginning::decode(&mut bytes).ok()?;
    let mut state = State::new(old.genesis, old.birthday, old.addresses);
    let reserved = old.unspent.into_iter().filter_map(|(nullifier, position)| {
        let until = old.pending.get(&position)?;
        Some((nullifier, *until))
    });
    state.attempts.adopt(reserved);
    Some(state)
}
