//! One validator goes, another one comes, at a change of session.

use qloak_e2e::{
    network::{
        operator::{account, payment},
        staking, Identity, Network, Plan,
    },
    node::Node,
};
use qloak_runtime::constants::currency::QLK;
use serde_json::json;

/// A key and a signature of ML-DSA-65.
const VOTE_BYTES: usize = 1952 + 3309;

/// The first block is proved final by the justification with which the second set of voters began.
fn assert_first_set_is_proved(node: &Node) {
    let proof = node.rpc("grandpa_proveFinality", json!([1]));
    let bytes = proof.as_str().expect("a proof").len() / 2;
    assert!(bytes > 3 * VOTE_BYTES, "three votes make it: {bytes} bytes");
}

#[test]
fn a_newcomer_takes_the_seat_of_a_validator_that_leaves() {
    let (dave, eve) = (account("Dave").0, account("Eve").0);
    let mut network = Network::start(&Plan::four_with_sessions_of(10));
    network.join("Eve", Identity::Validator, &[]);
    let head = network.view().finalized("Alice");
    network.until("Eve has the chain", |view| view.finalized("Eve") >= head);

    let (set_keys, _) = staking::new_keys(network.node("Eve"), eve);
    network.settle("Eve", "Eve", staking::bond(100_000 * QLK));
    network.settle("Eve", "Eve", set_keys);
    network.settle("Eve", "Eve", staking::validate());
    network.settle("Dave", "Dave", staking::chill());

    network.until_state("Eve has Dave's seat", "Alice", |node| {
        let seats = staking::validators(node);
        seats.contains(&eve) && !seats.contains(&dave)
    });
    // Of Alice, Bob, Charlie and Eve, three have to vote: without Charlie, Eve has to.
    network.finalizes("Alice", 3);
    assert_first_set_is_proved(network.node("Alice"));
    network.kill("Dave");
    network.kill("Charlie");
    network.finalizes("Alice", 8);
    network.settle("Eve", "Alice", payment("Bob", QLK));

    network.restart("Charlie");
    network.nothing_is_lost();
}
