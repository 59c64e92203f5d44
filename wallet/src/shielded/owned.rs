//! The wallet's notes, as they are kept.

use codec::{Decode, Encode};
use qloak_shielded::element::{read_elements, write_elements};
use qloak_shielded::hash::PAYLOAD_ELEMENTS;
use qloak_shielded::note::{Asset, Note, Randomness};
use zeroize::{Zeroize, Zeroizing};

pub(super) const RANDOMNESS_BYTES: usize = PAYLOAD_ELEMENTS * 4;

/// Which address a note was sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Place {
    /// One of those that others are told.
    #[codec(index = 0)]
    Address(u32),
    /// The one for change and credits.
    #[codec(index = 1)]
    Internal,
}

/// A note that was found in a block, before it is taken over.
pub struct Hit {
    /// Where it was sent.
    pub place: Place,
    /// The note.
    pub note: Note,
}

/// A note of the wallet's.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct OwnedNote {
    /// What it is worth units of.
    pub asset: Asset,
    /// How many units.
    pub value: u64,
    /// Where it was sent.
    pub place: Place,
    /// The block that it is in.
    pub found_in: u32,
    /// The block in which it was spent.
    pub spent_in: Option<u32>,
    pub(super) randomness: [u8; RANDOMNESS_BYTES],
}

impl std::fmt::Debug for OwnedNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnedNote({:?}, of block {})", self.asset, self.found_in)
    }
}

impl Drop for OwnedNote {
    fn drop(&mut self) {
        self.randomness.zeroize();
    }
}

impl OwnedNote {
    /// What hides the owner. Nothing if the state was tampered with by whoever has its key.
    pub fn randomness(&self) -> Option<Randomness> {
        let elements = read_elements::<PAYLOAD_ELEMENTS>(&self.randomness).ok()?;
        Some(elements.into())
    }
}

/// A note's randomness as it is kept.
pub(super) fn randomness_bytes(note: &Note) -> Zeroizing<[u8; RANDOMNESS_BYTES]> {
    let mut bytes = Zeroizing::new([0; RANDOMNESS_BYTES]);
    write_elements(&note.randomness.expose(), bytes.as_mut_slice());
    bytes
}
