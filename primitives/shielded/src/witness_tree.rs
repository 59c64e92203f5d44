//! The note tree as a wallet keeps it: the frontier, and the ways from the wallet's own notes to the root.
//!
//! ```text
//! node (l, i) is kept  <=>  it is full, and a remembered note is below its sibling (l, i ^ 1)
//! ```
//!
//! So a node that several ways share is kept once, and each note adds fewer nodes than the tree has levels, whatever the
//! number of notes. Somebody else's note costs what it costs the chain: one hash on average, and of each subtree that it
//! fills one bit tells whether a remembered note is below the left neighbour.
//!
//! A full node never changes. So a checkpoint is a [`Frontier`] and no more: the nodes that were full then, and the
//! frontier's edge, are the ways at that time ([`WitnessTree::path_at`]), and going back to it means to forget what became
//! full afterwards ([`WitnessTree::roll_back`]).
//!
//! The crate `shardtree` does the same for trees that begin with whole shards. It cannot begin from the chain's frontier,
//! which does not have the last leaf, and keeps its shards in a form of its own.

use alloc::collections::{BTreeMap, BTreeSet};
use codec::{Decode, Encode, Input};

use crate::{
    element::Digest,
    tree::{empty_node, Frontier, Path, TreeFull, DEPTH},
};

/// A node by its level and its index there.
type Place = (u8, u32);

/// A frontier that remembers the ways from one's own notes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode)]
pub struct WitnessTree {
    frontier: Frontier,
    notes: BTreeSet<u32>,
    nodes: BTreeMap<Place, Digest>,
    /// Bit l: a remembered note is in the frontier's full subtree of 2^l notes.
    #[codec(skip)]
    marked: u32,
}

impl Decode for WitnessTree {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let (frontier, notes, nodes) = Decode::decode(input)?;
        let mut tree = Self {
            frontier,
            notes,
            nodes,
            marked: 0,
        };
        tree.mark();
        Ok(tree)
    }
}

impl WitnessTree {
    /// Goes on from a frontier: of the empty tree, or of the tree at the wallet's birth.
    pub fn new(frontier: Frontier) -> Self {
        Self {
            frontier,
            ..Self::default()
        }
    }

    /// How many notes the whole tree has.
    pub fn size(&self) -> u32 {
        self.frontier.size()
    }

    /// The tree's root.
    pub fn root(&self) -> Digest {
        self.frontier.root()
    }

    /// The frontier.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Appends somebody's note. Answers with its position.
    pub fn append(&mut self, leaf: Digest) -> Result<u32, TreeFull> {
        self.add(leaf, false)
    }

    /// Appends a note and remembers the way from it. Answers with its position.
    pub fn append_tracked(&mut self, leaf: Digest) -> Result<u32, TreeFull> {
        // The siblings on the left are full already.
        let position = self.size();
        let left = |level: usize| Some((level, *self.frontier.left(level)?));
        let left: [Option<(usize, Digest)>; DEPTH] = core::array::from_fn(left);
        self.add(leaf, true)?;
        for (level, node) in left.into_iter().flatten() {
            self.nodes.insert(sibling(level, position), node);
        }
        self.notes.insert(position);
        Ok(position)
    }

    fn add(&mut self, leaf: Digest, own: bool) -> Result<u32, TreeFull> {
        let position = self.size();
        let Self {
            frontier,
            nodes,
            marked,
            ..
        } = self;
        let mut is_marked = own;
        frontier.append_with(leaf, |level, index, full| {
            let bit = 1u32 << level;
            if index & 1 == 1 {
                // It is joined to its left neighbour.
                if *marked & bit != 0 {
                    nodes.insert((level as u8, index), *full);
                    is_marked = true;
                }
                *marked &= !bit;
            } else if is_marked {
                *marked |= bit;
            }
        })?;
        Ok(position)
    }

    /// Which full subtrees of the frontier have remembered notes.
    fn mark(&mut self) {
        let size = self.size();
        self.marked = 0;
        for level in 0..DEPTH {
            if size >> level & 1 == 1 && self.has_notes(level, (size >> level) - 1) {
                self.marked |= 1 << level;
            }
        }
    }

    /// Whether a remembered note is below a node.
    fn has_notes(&self, level: usize, index: u32) -> bool {
        let first = index << level;
        let last = first | ((1u32 << level) - 1);
        self.notes.range(first..=last).next().is_some()
    }

    /// Forgets the way from a note, which was spent for good.
    pub fn forget(&mut self, position: u32) {
        if !self.notes.remove(&position) {
            return;
        }
        for level in 0..DEPTH {
            // Those above serve another note, too.
            if self.has_notes(level, position >> level) {
                break;
            }
            self.nodes.remove(&sibling(level, position));
        }
        self.mark();
    }

    /// Goes back to the tree of which this was the frontier. Of a tree that has another beginning nothing good comes.
    pub fn roll_back(&mut self, frontier: Frontier) {
        let size = frontier.size();
        self.frontier = frontier;
        self.notes.split_off(&size);
        for level in 0..DEPTH as u8 {
            let first = size >> level;
            let later = self.nodes.range((level, first)..(level + 1, 0));
            let later: alloc::vec::Vec<Place> = later.map(|(place, _)| *place).collect();
            for place in later {
                self.nodes.remove(&place);
            }
        }
        self.mark();
    }

    /// The positions of the notes that are remembered.
    pub fn tracked(&self) -> impl Iterator<Item = u32> + '_ {
        self.notes.iter().copied()
    }

    /// How many nodes are kept for the ways.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The way from a remembered note to the root, as the tree is now.
    pub fn path(&self, position: u32) -> Option<Path> {
        self.path_at(&self.frontier, position)
    }

    /// The way from a remembered note to the root, as the tree was when this was its frontier; nothing if the note came
    /// later.
    pub fn path_at(&self, frontier: &Frontier, position: u32) -> Option<Path> {
        let size = frontier.size();
        if position >= size || !self.notes.contains(&position) {
            return None;
        }
        let edge = frontier.edge();
        let mut siblings = [Digest::ZERO; DEPTH];
        for (level, node) in siblings.iter_mut().enumerate() {
            let place = sibling(level, position);
            // Full, at the edge, or beyond it.
            *node = match place.1.cmp(&(size >> level)) {
                core::cmp::Ordering::Less => *self.nodes.get(&place)?,
                core::cmp::Ordering::Equal => edge[level],
                core::cmp::Ordering::Greater => *empty_node(level),
            };
        }
        Some(Path { position, siblings })
    }
}

/// What stands beside the way from a note at a level.
fn sibling(level: usize, position: u32) -> Place {
    (level as u8, position >> level ^ 1)
}

#[cfg(test)]
#[path = "witness_tree_tests.rs"]
mod tests;
