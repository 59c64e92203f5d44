#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::{hash::compress, test_support::digest};
use proptest::prelude::*;

/// The root by the definition: level by level, over all leaves.
fn root_by_definition(leaves: &[Digest]) -> Digest {
    let mut level = leaves.to_vec();
    let mut empty = Digest::ZERO;
    for _ in 0..DEPTH {
        if level.len() % 2 == 1 {
            level.push(empty);
        }
        level = level
            .chunks(2)
            .map(|pair| compress(&pair[0], &pair[1]))
            .collect();
        empty = compress(&empty, &empty);
    }
    level.first().copied().unwrap_or(empty)
}

fn leaves(count: u32) -> Vec<Digest> {
    (1..=count).map(digest).collect()
}

#[test]
fn empty_nodes_are_hashes_of_empty_nodes() {
    assert_eq!(*empty_node(0), Digest::ZERO);
    for level in 0..DEPTH {
        let below = empty_node(level);
        assert_eq!(*empty_node(level + 1), compress(below, below), "{level}");
    }
}

#[test]
fn the_root_is_the_definitions() {
    let mut frontier = Frontier::EMPTY;
    assert_eq!(frontier.root(), *empty_node(DEPTH));
    for (count, leaf) in leaves(40).into_iter().enumerate() {
        assert_eq!(frontier.append(leaf), Ok(count as u32));
        assert_eq!(
            frontier.root(),
            root_by_definition(&leaves(count as u32 + 1))
        );
    }
}

#[test]
fn order_and_position_matter() {
    let root = |leaves: &[Digest]| {
        let mut frontier = Frontier::EMPTY;
        for leaf in leaves {
            frontier.append(*leaf).unwrap();
        }
        frontier.root()
    };
    let (a, b) = (digest(1), digest(2));
    assert_ne!(root(&[a, b]), root(&[b, a]));
    assert_ne!(root(&[a]), root(&[a, a]));
    // An empty leaf and a note whose commitment is eight zeros are the same to the root; no note
    // has that commitment, which would be a preimage of zero.
    assert_eq!(root(&[a]), root(&[a, Digest::ZERO]));
}

/// Sets up a frontier of so many notes, all the same, without appending them one by one.
fn frontier_of(size: u32) -> Frontier {
    let mut full = digest(1);
    let mut frontier = Frontier {
        size,
        ..Frontier::EMPTY
    };
    for level in 0..DEPTH {
        if frontier.is_set(level) {
            frontier.left[level] = full;
        }
        full = compress(&full, &full);
    }
    frontier
}

#[test]
fn the_last_places_of_the_tree() {
    let mut witnesses = WitnessTree::new(frontier_of(CAPACITY - 2));
    let first = witnesses.append_tracked(digest(7)).unwrap();
    assert_eq!(first, CAPACITY - 2);
    let second = witnesses.append_tracked(digest(8)).unwrap();
    assert_eq!(witnesses.append(digest(9)), Err(TreeFull));
    assert_eq!(
        witnesses.frontier().clone().append(digest(9)),
        Err(TreeFull)
    );
    for (position, leaf) in [(first, digest(7)), (second, digest(8))] {
        let path = witnesses.path(position).unwrap();
        assert_eq!(path.root(&leaf), witnesses.root());
    }
    let mut plain = frontier_of(CAPACITY - 1);
    assert_ne!(plain.root(), witnesses.root());
    plain = frontier_of(CAPACITY);
    assert_eq!(plain.append(digest(1)), Err(TreeFull));
}

#[test]
fn a_full_frontier_is_the_sequence_of_appends() {
    let mut appended = Frontier::EMPTY;
    for size in 0..70 {
        assert_eq!(appended, frontier_of(size));
        appended.append(digest(1)).unwrap();
    }
}

#[test]
fn a_path_proves_its_leaf_at_its_position_and_nothing_else() {
    let mut tree = WitnessTree::default();
    for leaf in leaves(5) {
        tree.append(leaf).unwrap();
    }
    let position = tree.append_tracked(digest(50)).unwrap();
    for leaf in leaves(9) {
        tree.append(leaf).unwrap();
    }
    let path = tree.path(position).unwrap();
    let root = tree.root();
    assert_eq!(path.root(&digest(50)), root);
    assert_ne!(path.root(&digest(51)), root);
    for level in 0..DEPTH {
        let mut other = path.clone();
        other.position ^= 1 << level;
        assert_ne!(other.root(&digest(50)), root, "position, bit {level}");
        let mut other = path.clone();
        other.siblings[level] = digest(99);
        assert_ne!(other.root(&digest(50)), root, "sibling {level}");
    }
    assert_eq!(tree.path(position + 1), None);
    tree.forget(position);
    assert_eq!(tree.path(position), None);
}

#[test]
fn encodings_come_back_and_strays_are_refused() {
    let mut tree = WitnessTree::default();
    for leaf in leaves(11) {
        tree.append_tracked(leaf).unwrap();
    }
    assert_eq!(
        WitnessTree::decode(&mut tree.encode().as_slice()),
        Ok(tree.clone())
    );
    let frontier = tree.frontier().clone();
    assert_eq!(
        Frontier::decode(&mut frontier.encode().as_slice()),
        Ok(frontier.clone())
    );
    // 11 = 0b1011: level 2 has no subtree.
    let stray = Frontier {
        left: core::array::from_fn(|l| if l == 2 { digest(1) } else { frontier.left[l] }),
        ..frontier
    };
    assert!(Frontier::decode(&mut stray.encode().as_slice()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any notes of any tree can be remembered from any point on, and their paths lead to the
    /// root after every append.
    #[test]
    fn remembered_notes_have_paths(before in 0u32..70, own in prop::collection::vec(any::<bool>(), 1..40)) {
        let mut frontier = Frontier::EMPTY;
        for leaf in leaves(before) {
            frontier.append(leaf).unwrap();
        }
        let mut tree = WitnessTree::new(frontier.clone());
        let mut mine = Vec::new();
        for (index, own) in own.into_iter().enumerate() {
            let leaf = digest(1000 + index as u32);
            frontier.append(leaf).unwrap();
            if own {
                mine.push((tree.append_tracked(leaf).unwrap(), leaf));
            } else {
                tree.append(leaf).unwrap();
            }
            prop_assert_eq!(tree.root(), frontier.root());
            for (position, leaf) in &mine {
                prop_assert_eq!(tree.path(*position).unwrap().root(leaf), frontier.root());
            }
        }
        let positions: Vec<_> = mine.iter().map(|(position, _)| *position).collect();
        prop_assert_eq!(tree.tracked().collect::<Vec<_>>(), positions);
    }

    /// A checkpoint is a copy: what came after it leaves no trace.
    #[test]
    fn a_reorganisation_goes_back_to_a_checkpoint(kept in 1u32..20, undone in 1u32..20, redone in 1u32..20) {
        let mut tree = WitnessTree::default();
        let mine = tree.append_tracked(digest(500)).unwrap();
        let mut straight = tree.clone();
        for leaf in leaves(kept) {
            tree.append(leaf).unwrap();
        }
        let checkpoint = tree.clone();
        for leaf in leaves(undone) {
            tree.append(leaf).unwrap();
        }
        tree = checkpoint;
        for leaf in leaves(redone) {
            tree.append(leaf).unwrap();
        }
        for leaf in leaves(kept).into_iter().chain(leaves(redone)) {
            straight.append(leaf).unwrap();
        }
        prop_assert_eq!(&tree, &straight);
        prop_assert_eq!(tree.path(mine).unwrap().root(&digest(500)), tree.root());
    }
}
