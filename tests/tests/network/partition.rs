//! The network falls into two halves, and grows together again.

use qloak_e2e::network::{operator::payment, switch::Switch, Network, Plan};
use qloak_runtime::constants::currency::QLK;
use serde_json::json;

/// Blocks for which the halves stay apart.
const APART: u64 = 8;

#[test]
fn two_halves_finalise_nothing_apart_and_the_same_together() {
    match Switch::check() {
        Ok(()) => halves_in_namespaces(),
        Err(reason) => {
            eprintln!("no network namespaces here ({reason}): pausing processes instead");
            halves_by_turns();
        }
    }
}

/// Both halves run at once, and each makes a chain of its own.
fn halves_in_namespaces() {
    let plan = Plan {
        namespaces: true,
        ..Plan::four()
    };
    let mut network = Network::start(&plan);
    network.settle("Alice", "Alice", payment("Bob", QLK));

    network.cut_off(&["Charlie", "Dave"]);
    let start = network.view();
    let apart = network.until("both halves make blocks", |view| {
        ["Alice", "Charlie"]
            .iter()
            .all(|name| view.best(name) >= start.best(name) + APART)
    });
    let (left, right) = (apart.heads("Alice"), apart.heads("Charlie"));
    assert_ne!(left.best, right.best, "the halves still hear each other");
    let pending = network.include("Charlie", "Charlie", payment("Dave", QLK));
    let last = ["Alice", "Bob", "Charlie", "Dave"]
        .map(|name| network.view().finalized(name))
        .into_iter()
        .max()
        .unwrap();
    // What was under way at the cut may still have become final; nothing that came after, which stands
    // in the chain of one half alone.
    let [left, right] =
        ["Alice", "Charlie"].map(|name| network.rpc(name, "chain_getBlockHash", json!([last])));
    assert_eq!(left, right, "a half alone made block {last} final");

    network.heal();
    // Beyond everything that either half made alone.
    let goal = network.view().best("Alice").max(pending.block_number) + 3;
    network.until("one chain again, final everywhere", |view| {
        plan.validators
            .iter()
            .all(|name| view.finalized(name) >= goal)
    });
    network.nothing_is_lost();
}

/// Where the system gives us no namespaces: first one half is paused, then the other, so that each is
/// alone for a while.
fn halves_by_turns() {
    let mut network = Network::start(&Plan::four());
    network.settle("Alice", "Alice", payment("Bob", QLK));
    for (paused, awake) in [
        (["Charlie", "Dave"], "Alice"),
        (["Alice", "Bob"], "Charlie"),
    ] {
        paused.iter().for_each(|name| network.pause(name));
        let height = network.view().best(awake) + APART;
        network.until("the other half makes blocks", |view| {
            view.best(awake) >= height
        });
        paused.iter().for_each(|name| network.resume(name));
    }
    let goal = network
        .view()
        .best("Charlie")
        .max(network.view().best("Alice"))
        + 3;
    network.until("one chain again, final everywhere", |view| {
        Plan::four()
            .validators
            .iter()
            .all(|name| view.finalized(name) >= goal)
    });
    network.nothing_is_lost();
}

#[test]
fn a_validator_that_was_cut_off_alone_catches_up_with_the_three() {
    if let Err(reason) = Switch::check() {
        eprintln!("no network namespaces here ({reason}): the tests of `kill` show the like");
        return;
    }
    let plan = Plan {
        namespaces: true,
        ..Plan::four()
    };
    let mut network = Network::start(&plan);
    network.cut_off(&["Dave"]);
    network.settle("Alice", "Alice", payment("Bob", QLK));
    let head = network.finalizes("Alice", APART).finalized("Alice");
    assert!(
        network.view().finalized("Dave") < head,
        "Dave still hears the others"
    );
    network.heal();
    network.until("Dave catches up", |view| view.finalized("Dave") > head);
    network.nothing_is_lost();
}
