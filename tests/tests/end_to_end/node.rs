//! What a node does with transactions, good and bad. (How it starts, and which blocks it refuses, is
//! tested in the node's own crate.)

use qloak_e2e::{node::Node, stranger::introduction, wallet::Wallet};
use serde_json::json;

#[test]
fn garbage_truncated_and_huge_extrinsics_are_answered_with_an_error() {
    let node = Node::development();
    for garbage in [
        String::new(),
        "00".into(),
        "ff".repeat(64),
        // Signed, version 4, and then nothing.
        "0484".into(),
        // A claimed length of half a gigabyte.
        "feffff7f84".into(),
        // Six megabytes, which the RPC server still takes.
        "84".repeat(6 << 20),
    ] {
        let answer = node.try_rpc("author_submitExtrinsic", json!([format!("0x{garbage}")]));
        assert!(answer.is_err(), "{} hex digits were taken", garbage.len());
    }
    assert!(
        node.rpc("system_health", json!([]))["peers"].is_u64(),
        "the node still answers"
    );
}

#[test]
fn instant_sealing_makes_a_block_for_a_transaction_and_none_without() {
    let mut node = Node::start(&["--dev", "--tmp", "--sealing", "instant"]);
    // The RPC server answers before the chain's first block, which is empty, is made.
    node.wait_for("Sealed block");
    let wallet = Wallet::on(&node);
    let before = node.height();
    assert_eq!(
        before, 1,
        "nothing was sent, and more than the first block is there"
    );
    for count in 1..=3 {
        let sent = wallet.transfer("//Alice", "//Bob", "1", &["--wait", "finalized"]);
        assert_eq!(sent["transaction"]["block_number"], before + count);
    }
}

/// By that of light clients a stranger has functions of the runtime run, with arguments of their choice.
#[test]
fn a_node_does_not_speak_the_protocol_of_light_clients() {
    let node = Node::development();
    let addresses = node.rpc("system_localListenAddresses", json!([]));
    let mut addresses = addresses.as_array().expect("a list").iter();
    let local = addresses.find_map(|it| it.as_str().filter(|it| it.contains("127.0.0.1")));
    let spoken = introduction::protocols(local.expect("it listens here"));
    let ends = |end: &str| spoken.iter().any(|protocol| protocol.ends_with(end));
    assert!(ends("/sync/2"), "it serves blocks: {spoken:?}");
    assert!(!ends("/light/2"), "{spoken:?}");
}
