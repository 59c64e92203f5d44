//! A validator of four is killed, and comes back with what it had on disk.

use qloak_e2e::network::{operator::payment, Network, Plan};
use qloak_runtime::constants::currency::QLK;

#[test]
fn a_killed_validator_is_not_missed_and_votes_again_when_it_is_back() {
    let mut network = Network::start(&Plan::four());
    network.settle("Dave", "Alice", payment("Bob", QLK));

    network.kill("Dave");
    network.finalizes("Alice", 5);
    network.settle("Alice", "Alice", payment("Bob", QLK));

    network.restart("Dave");
    let head = network.view().finalized("Alice");
    network.until("Dave catches up", |view| view.finalized("Dave") >= head);

    // Without another one, three are left and all three have to vote.
    network.kill("Charlie");
    let view = network.finalizes("Alice", 8);
    let head = view.finalized("Alice");
    network.until("Dave follows", |view| view.finalized("Dave") >= head);

    network.restart("Charlie");
    network.nothing_is_lost();
}

#[test]
fn validators_killed_one_after_another_while_they_vote_never_contradict_themselves() {
    let mut network = Network::start(&Plan::four());
    for name in ["Alice", "Bob", "Charlie", "Dave"] {
        let witness = if name == "Alice" { "Bob" } else { "Alice" };
        network.settle(witness, "Alice", payment("Bob", QLK));
        // At the moment of a new best block, when votes for it are being written.
        let best = network.view().best(name);
        network.until("a block to vote for", |view| view.best(name) > best);
        network.kill(name);
        network.restart(name);
        let head = network.view().finalized(witness);
        network.until("the victim is back", |view| view.finalized(name) > head);
    }
    network.nothing_is_lost();
}
