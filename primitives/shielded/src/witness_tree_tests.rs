#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;
use crate::test_support::digest;
use proptest::prelude::*;

/// A tree of so many notes of strangers after this one, every `step`th of which is one's own.
fn tree(notes: u32, step: u32) -> WitnessTree {
    let mut tree = WitnessTree::default();
    for leaf in 0..notes {
        let appended = match leaf % step == 0 {
            true => tree.append_tracked(digest(leaf)),
            false => tree.append(digest(leaf)),
        };
        appended.unwrap();
    }
    tree
}

#[test]
fn a_note_costs_the_same_however_many_there_are() {
    // All notes one's own: each node is kept once, for all of them, but for the root and the right edge.
    for notes in [1_000, 4_000] {
        let tree = tree(notes, 1);
        assert!(tree.nodes() < 2 * notes as usize, "{}", tree.nodes());
    }
    // Every eighth: three nodes up to where the ways meet, and its share of those above.
    for notes in [1_000, 4_000] {
        let tree = tree(notes, 8);
        let own = tree.tracked().count();
        assert!(tree.nodes() <= 5 * own + 8, "{} for {own}", tree.nodes());
    }
}

#[test]
fn a_foreign_note_leaves_nothing_behind() {
    let mut tree = tree(1_000, 1);
    let fill = 1_024 - tree.size();
    for leaf in 0..fill {
        tree.append(digest(leaf)).unwrap();
    }
    let before = tree.nodes();
    // Of 100,000 strangers' notes the ways need a node for each level that they fill.
    for leaf in 0..100_000 {
        tree.append(digest(leaf)).unwrap();
    }
    assert!(tree.nodes() - before < DEPTH, "{}", tree.nodes() - before);
}

#[test]
fn what_is_forgotten_leaves_nothing_behind() {
    let mut tree = tree(500, 3);
    let own: Vec<u32> = tree.tracked().collect();
    own.iter().for_each(|position| tree.forget(*position));
    assert_eq!((tree.nodes(), tree.tracked().count()), (0, 0));
    let plain = WitnessTree::new(tree.frontier().clone());
    assert_eq!(tree, plain);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Ways at every earlier frontier, after notes were forgotten and the tree went back and on again.
    #[test]
    fn ways_lead_to_every_root_that_there_was(
        own in prop::collection::vec(any::<bool>(), 1..80),
        forgotten in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
        back in any::<prop::sample::Index>(),
        again in prop::collection::vec(any::<bool>(), 0..80),
    ) {
        let mut tree = WitnessTree::default();
        let mut frontiers = vec![Frontier::EMPTY];
        let mut leaves = Vec::new();
        let append = |tree: &mut WitnessTree, leaves: &mut Vec<Digest>, own: bool, seed: u32| {
            let leaf = digest(seed + leaves.len() as u32);
            leaves.push(leaf);
            match own {
                true => tree.append_tracked(leaf).unwrap(),
                false => tree.append(leaf).unwrap(),
            }
        };
        for own in own {
            append(&mut tree, &mut leaves, own, 0);
            frontiers.push(tree.frontier().clone());
        }
        let tracked: Vec<u32> = tree.tracked().collect();
        for index in forgotten {
            if !tracked.is_empty() {
                tree.forget(*index.get(&tracked));
            }
        }
        let kept = back.index(frontiers.len());
        frontiers.truncate(kept + 1);
        leaves.truncate(kept);
        tree.roll_back(frontiers[kept].clone());
        for own in again {
            append(&mut tree, &mut leaves, own, 10_000);
            frontiers.push(tree.frontier().clone());
        }
        let read = WitnessTree::decode(&mut tree.encode().as_slice()).unwrap();
        prop_assert_eq!(&read, &tree);
        for frontier in &frontiers {
            for position in tree.tracked() {
                let path = tree.path_at(frontier, position);
                prop_assert_eq!(path.is_some(), position < frontier.size());
                if let Some(path) = path {
                    prop_assert_eq!(path.root(&leaves[position as usize]), frontier.root());
                }
            }
        }
    }
}
