//! A node that comes late gets the chain: block by block, or by a proof of finality.

use qloak_e2e::network::{
    operator::{account, payment},
    staking, Identity, Network, Plan,
};
use qloak_runtime::constants::currency::QLK;

/// Sessions before the late node starts, so that the proof has a change of voters to show.
const SESSIONS: u32 = 2;

fn grown_network() -> Network {
    let mut network = Network::start(&Plan::four_with_sessions_of(10));
    network.settle("Alice", "Alice", payment("Bob", QLK));
    network.until_state("two sessions are over", "Alice", |node| {
        staking::session(node) > SESSIONS
    });
    network.settle("Alice", "Alice", payment("Bob", QLK));
    network
}

#[test]
fn a_late_node_syncs_every_block() {
    let mut network = grown_network();
    network.join("Late", Identity::Follower, &["--sync", "full"]);
    let head = network.view().finalized("Alice");
    network.until("the late node has all that is final", |view| {
        view.finalized("Late") > head
    });
    network.nothing_is_lost();
    // It serves as well as any.
    network.settle("Late", "Alice", payment("Bob", QLK));
}

#[test]
fn a_late_node_syncs_by_a_proof_of_finality() {
    let mut network = grown_network();
    network.join("Late", Identity::Follower, &["--sync", "warp"]);
    network.node_mut("Late").wait_for("Warp sync is complete");
    let head = network.view().finalized("Alice");
    network.until("the late node follows", |view| {
        view.finalized("Late") > head
    });
    let bond = |name| staking::bonded(network.node(name), account("Bob").0);
    assert_eq!(bond("Late"), bond("Alice"), "it has the state");
    network.settle("Late", "Alice", payment("Bob", QLK));
}
