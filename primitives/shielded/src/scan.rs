//! Looking through the chain's notes for one's own.
//!
//! Every note is tried against every address, some 20 µs each. An attacker who can measure how
//! long a wallet takes over each note, or see what it does next, learns which notes are its own (Tramèr, Boneh, Paterson,
//! "Remote Side-Channel Attacks on Anonymous Transactions", USENIX Security 2020). So there are
//! two passes: the first does the same for each note and branches on nothing secret; the second opens what the
//! first marked. What the second takes tells how many of a page's notes are one's own: a wallet
//! does it apart from asking, which never waits for it.

use crate::{
    address::AddressSecret,
    element::Digest,
    encryption::{open, CompactCiphertext, NoteSecret, OpenError},
    keys::IncomingViewingKey,
    note::Note,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A note as a wallet gets it for scanning: 1,205 bytes.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct CompactOutput {
    /// The commitment, which is the leaf of the tree.
    pub commitment: Digest,
    /// What finds and opens the note.
    pub ciphertext: CompactCiphertext,
}

/// A note that is for one of our addresses.
#[derive(Debug)]
pub struct Found {
    /// Where it stands in what was scanned.
    pub output: usize,
    /// The number of the address.
    pub address: u32,
    /// The note, or what its sender did wrong.
    pub note: Result<Note, OpenError>,
}

/// An account's addresses, ready to look for notes. It can be shared between threads.
#[derive(Debug)]
pub struct Scanner {
    addresses: Vec<AddressSecret>,
}

impl Scanner {
    /// Looks for notes to these addresses.
    pub fn new(key: &IncomingViewingKey, addresses: impl IntoIterator<Item = u32>) -> Self {
        Self {
            addresses: addresses
                .into_iter()
                .map(|index| key.address(index))
                .collect(),
        }
    }

    /// The addresses that are looked for.
    pub fn addresses(&self) -> &[AddressSecret] {
        &self.addresses
    }

    /// The notes that are for our addresses, in the order in which they stand.
    pub fn scan(&self, outputs: &[CompactOutput]) -> Vec<Found> {
        self.open(outputs, &self.mark(outputs))
    }

    /// The first pass: 1 for each note and address that belong together, 0 for all others. It takes the same time
    /// whatever it finds.
    pub fn mark(&self, outputs: &[CompactOutput]) -> Vec<u8> {
        outputs
            .iter()
            .flat_map(|output| self.addresses.iter().map(|address| mark(address, output)))
            .collect()
    }

    /// The second pass: opens what the first has marked. What it takes tells how much that is.
    pub fn open(&self, outputs: &[CompactOutput], marks: &[u8]) -> Vec<Found> {
        let candidates = outputs
            .iter()
            .enumerate()
            .flat_map(|output| self.addresses.iter().map(move |address| (output, address)));
        candidates
            .zip(marks)
            .filter(|(_, mark)| **mark == 1)
            .map(|(((output, compact), address), _)| Found {
                output,
                address: address.index(),
                note: open(address, &compact.commitment, &compact.ciphertext),
            })
            .collect()
    }
}

/// 1 if the note is for the address, 0 if not, in the same time.
fn mark(address: &AddressSecret, output: &CompactOutput) -> u8 {
    NoteSecret::of_recipient(address, &output.ciphertext)
        .recognises(&output.commitment, &output.ciphertext)
        .unwrap_u8()
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
