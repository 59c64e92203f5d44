//! A validator changes its session keys and is in every session all the same.

use std::collections::BTreeMap;

use qloak_e2e::{
    network::{operator::account, staking, Network, Plan},
    node::Node,
};
use serde_json::{json, Value as Json};

/// Blocks of a session: enough that each of four validators has three turns in it.
const SESSION: u32 = 12;

/// A block by its height.
fn block(node: &Node, number: u64) -> Json {
    node.rpc("chain_getBlockHash", json!([number]))
}

#[test]
fn a_validator_changes_its_keys_without_missing_a_session() {
    let dave = account("Dave").0;
    let mut network = Network::start(&Plan::four_with_sessions_of(SESSION));
    network.finalizes("Alice", 2);
    let before = staking::sealers_at(network.node("Alice"), &Json::Null);
    let (set_keys, new) = staking::new_keys(network.node("Dave"), dave);
    assert!(!before.contains(&new));
    let asked = network.settle("Dave", "Dave", set_keys);

    network.until_state("the new keys are in use", "Alice", |node| {
        staking::sealers_at(node, &Json::Null).contains(&new)
    });
    let changed = staking::session(network.node("Alice"));
    network.until_state("a whole session with the new keys", "Alice", |node| {
        staking::session(node) > changed + 1
    });

    let node = network.node("Alice");
    let after = staking::sealers_at(node, &Json::Null);
    let old = *before.iter().find(|id| !after.contains(id)).unwrap();
    let first = staking::session_at(node, &block(node, asked.block_number));
    let mut turns: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    for number in asked.block_number.. {
        let hash = block(node, number);
        let session = staking::session_at(node, &hash);
        if session > changed + 1 {
            break;
        }
        assert!(
            staking::validators_at(node, &hash).contains(&dave),
            "block {number}"
        );
        let author = staking::author(node, &hash);
        let (by_old, by_new) = turns.entry(session).or_default();
        *by_old += u32::from(author == old);
        *by_new += u32::from(author == new);
    }
    // The first one had begun before, so Dave's turns may have been over.
    for session in first + 1..=changed + 1 {
        let (by_old, by_new) = turns[&session];
        assert!(
            by_old + by_new > 0,
            "no block of Dave's in session {session}"
        );
    }
    assert!(turns[&(changed + 1)].1 > 0, "the new key seals");

    // It votes, too: without Charlie all three others have to.
    network.kill("Charlie");
    network.finalizes("Alice", 8);
    network.restart("Charlie");
    network.nothing_is_lost();
}
