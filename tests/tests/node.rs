//! What a node does with bad starts and bad transactions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]
#![allow(missing_docs, reason = "tests are named after what they show")]

use std::net::TcpListener;

use qloak_e2e::node::{free_port, text, Node};
use serde_json::json;

#[track_caller]
fn assert_refused(arguments: &[&str], reasons: &[&str]) {
    let refusal = Node::refuse(arguments);
    assert!(!refusal.status.success());
    for reason in reasons {
        assert!(
            refusal.output.contains(reason),
            "no «{reason}» in:\n{}",
            refusal.output
        );
    }
}

#[test]
fn an_occupied_rpc_port_is_named() {
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = occupied.local_addr().unwrap().port().to_string();
    assert_refused(
        &[
            "--dev",
            "--tmp",
            "--port",
            "0",
            "--no-prometheus",
            "--rpc-port",
            &port,
        ],
        &[&port, "--rpc-port"],
    );
}

#[test]
fn an_occupied_network_port_is_named() {
    let occupied = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = occupied.local_addr().unwrap().port().to_string();
    let rpc = free_port().to_string();
    assert_refused(
        &[
            "--dev",
            "--tmp",
            "--no-prometheus",
            "--rpc-port",
            &rpc,
            "--port",
            &port,
        ],
        &[&port, "--port"],
    );
}

/// The specification of the development chain, changed by `change`, in a file.
fn changed_specification(
    folder: &std::path::Path,
    change: impl FnOnce(&mut serde_json::Value),
) -> std::path::PathBuf {
    let output = std::process::Command::new(qloak_e2e::binary("qloak-node"))
        .args(["build-spec", "--chain", "dev"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let mut specification = serde_json::from_slice(&output.stdout).unwrap();
    change(&mut specification);
    let path = folder.join("changed.json");
    std::fs::write(&path, specification.to_string()).unwrap();
    path
}

#[test]
fn a_specification_without_authority_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = changed_specification(folder.path(), |specification| {
        specification["genesis"]["runtimeGenesis"]["patch"]["aura"]["authorities"] = json!([]);
    });
    assert_refused(
        &[
            "--chain",
            text(&path),
            "--tmp",
            "--port",
            "0",
            "--no-prometheus",
        ],
        &["authorit"],
    );
}

#[test]
fn a_data_folder_of_another_chain_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("data");
    let mut first = Node::start(&["--chain", "dev", "--base-path", text(&base), "--port", "0"]);
    first.wait_for("Running JSON-RPC server");
    first.stop();
    let path = changed_specification(folder.path(), |specification| {
        specification["genesis"]["runtimeGenesis"]["patch"]["balances"]["balances"][0][1] =
            json!(1);
    });
    assert_refused(
        &[
            "--chain",
            text(&path),
            "--base-path",
            text(&base),
            "--port",
            "0",
            "--no-prometheus",
        ],
        &["purge-chain"],
    );
    let again = Node::start(&["--chain", "dev", "--base-path", text(&base), "--port", "0"]);
    assert_eq!(again.height(), 0);
}

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
        // Twelve megabytes.
        "84".repeat(12 << 20),
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
fn session_keys_are_rotated_over_rpc() {
    let node = Node::start(&["--dev", "--tmp", "--rpc-methods", "unsafe"]);
    let keys = node.rpc("author_rotateKeys", json!([]));
    let keys = keys.as_str().unwrap();
    assert_eq!(keys.len(), 2 + 64, "one 32-byte authority id: {keys}");
    assert_eq!(node.rpc("author_hasSessionKeys", json!([keys])), true);
    assert_ne!(node.rpc("author_rotateKeys", json!([])), keys);
}

#[test]
fn instant_sealing_makes_a_block_for_a_transaction_and_none_without() {
    use qloak_e2e::wallet::Wallet;
    let node = Node::start(&["--dev", "--tmp", "--sealing", "instant"]);
    let wallet = Wallet::on(&node);
    let before = node.height();
    for count in 1..=3 {
        let sent = wallet.transfer("//Alice", "//Bob", "1", &["--wait", "finalized"]);
        assert_eq!(sent["transaction"]["block_number"], before + count);
    }
}
