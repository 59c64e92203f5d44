//! The note tree: an append-only binary tree of commitments, 32 levels deep.
//!
//! ```text
//! node at level 0, index i       = the commitment of the note at position i, or eight zeros
//! node at level l + 1, index i   = C(node at level l, index 2i; node at level l, index 2i + 1)
//! anchor                         = node at level 32, index 0
//! ```
//!
//! The chain keeps a [`Frontier`]: what it takes to append and to compute the root, and no more. A
//! wallet keeps a [`WitnessTree`]: a frontier and the paths of its own notes to the root.
//!
//! There is room for 2^32 - 1 notes. The last position is never used, so that a frontier is never
//! full to the brim and needs no case of its own for that.

mod empty_nodes;

use crate::{element::Digest, hash::node};
use codec::{Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use empty_nodes::EMPTY_NODES;
use scale_info::TypeInfo;

pub use crate::witness_tree::WitnessTree;

/// Levels between a leaf and the root.
pub const DEPTH: usize = 32;

/// Notes that the tree has room for.
pub const CAPACITY: u32 = u32::MAX;

/// Whether so many notes can be appended to a tree of this size.
pub const fn has_room(size: u32, notes: u32) -> bool {
    notes <= CAPACITY - size
}

/// The tree has no room for another note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the note tree holds {CAPACITY} notes and is full")]
pub struct TreeFull;

/// The root of a subtree of this many levels in which there is no note. `DEPTH` is the most.
pub fn empty_node(level: usize) -> &'static Digest {
    &EMPTY_NODES[level]
}

/// The right edge of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Encode, MaxEncodedLen, TypeInfo)]
pub struct Frontier {
    size: u32,
    /// At level l, if bit l of `size` is set: the last full subtree of 2^l notes. Zeros otherwise.
    left: [Digest; DEPTH],
}

impl Frontier {
    /// The frontier of the tree without notes.
    pub const EMPTY: Self = Self {
        size: 0,
        left: [Digest::ZERO; DEPTH],
    };

    /// How many notes there are, which is the next note's position.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Appends a note. One hash on average, 31 at most. Answers with its position.
    pub fn append(&mut self, leaf: Digest) -> Result<u32, TreeFull> {
        let position = self.size;
        self.append_with(leaf, |_, _, _| {})?;
        Ok(position)
    }

    /// Appends a note, and calls `full(level, index, node)` for each subtree that becomes full by
    /// it, from the leaf up.
    pub(crate) fn append_with(
        &mut self,
        leaf: Digest,
        mut full: impl FnMut(usize, u32, &Digest),
    ) -> Result<(), TreeFull> {
        if self.size == CAPACITY {
            return Err(TreeFull);
        }
        let mut current = leaf;
        // Below CAPACITY there is a bit that is not set, and its level is this.
        let free = self.size.trailing_ones() as usize;
        for (level, left) in self.left[..free].iter_mut().enumerate() {
            full(level, self.size >> level, &current);
            current = node(left, &current);
            *left = Digest::ZERO;
        }
        full(free, self.size >> free, &current);
        self.left[free] = current;
        self.size += 1;
        Ok(())
    }

    /// The root.
    pub fn root(&self) -> Digest {
        self.edge()[DEPTH]
    }

    /// At each level, the node above the first free position.
    pub(crate) fn edge(&self) -> [Digest; DEPTH + 1] {
        let mut edge = EMPTY_NODES;
        let lowest = (self.size.trailing_zeros() as usize).min(DEPTH);
        for level in lowest..DEPTH {
            edge[level + 1] = if self.is_set(level) {
                node(&self.left[level], &edge[level])
            } else {
                node(&edge[level], &EMPTY_NODES[level])
            };
        }
        edge
    }

    /// The last full subtree of 2^level notes, if it is not in a larger one.
    pub(crate) fn left(&self, level: usize) -> Option<&Digest> {
        self.is_set(level).then(|| &self.left[level])
    }

    fn is_set(&self, level: usize) -> bool {
        self.size >> level & 1 == 1
    }
}

impl Default for Frontier {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Decode for Frontier {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let (size, left) = Decode::decode(input)?;
        let frontier = Self { size, left };
        let stray = (0..DEPTH).any(|l| !frontier.is_set(l) && frontier.left[l] != Digest::ZERO);
        if stray {
            return Err("a frontier has a subtree that its size does not call for".into());
        }
        Ok(frontier)
    }
}

impl DecodeWithMemTracking for Frontier {}

/// The way from a note to the root.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Path {
    /// The note's position. Bit l tells on which side the node at level l is: 1 is the right.
    pub position: u32,
    /// What stands beside the way, from the leaf up.
    pub siblings: [Digest; DEPTH],
}

impl Path {
    /// The root above this leaf.
    pub fn root(&self, leaf: &Digest) -> Digest {
        let climb = |current, (level, sibling): (usize, &Digest)| {
            if self.position >> level & 1 == 1 {
                node(sibling, &current)
            } else {
                node(&current, sibling)
            }
        };
        self.siblings.iter().enumerate().fold(*leaf, climb)
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
