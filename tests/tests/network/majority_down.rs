//! Two validators of four are down: blocks go on, finality waits, and nothing that was final is lost.

use qloak_e2e::network::{operator::payment, Network, Plan};
use qloak_runtime::constants::currency::QLK;

/// Blocks after which votes that were under way have arrived.
const SETTLING: u64 = 3;

/// Blocks in which finality would show, if there were any.
const WATCHED: u64 = 8;

#[test]
fn without_two_of_four_authoring_goes_on_and_finality_waits() {
    let mut network = Network::start(&Plan::four());
    network.settle("Alice", "Alice", payment("Bob", QLK));

    network.kill("Charlie");
    network.kill("Dave");
    let height = network.view().best("Alice") + SETTLING;
    let stopped = network.until("the last votes are counted", |view| {
        view.best("Alice") >= height
    });
    let (last, height) = (stopped.finalized("Alice"), stopped.best("Alice") + WATCHED);
    let later = network.until("authoring goes on", |view| {
        view.best("Alice") >= height && view.best("Bob") >= height
    });
    assert_eq!(
        later.finalized("Alice"),
        last,
        "two of four finalised a block"
    );
    assert_eq!(later.finalized("Bob"), last);
    // In a block, but not final: that is what a wallet has to see now.
    let included = network.include("Alice", "Alice", payment("Bob", QLK));
    assert!(network.view().finalized("Alice") < included.block_number);

    network.restart("Charlie");
    network.until("three of four finalise all that waited", |view| {
        view.finalized("Alice") >= included.block_number
    });
    network.restart("Dave");
    let head = network.view().finalized("Alice") + 3;
    network.until("Dave is back as well", |view| {
        view.finalized("Dave") >= head
    });
    network.nothing_is_lost();
}
