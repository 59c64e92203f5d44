//! A chain that runs: blocks, seals, finality, keys over RPC, a second node, restart, export and import.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod common;

use common::{succeed, text, write, Node};
use serde_json::{json, Value};

/// Key and signature.
const SEAL_BYTES: usize = 1952 + 3309;

fn number(header: &Value) -> u64 {
    let digits = header["number"]
        .as_str()
        .expect("a number")
        .trim_start_matches("0x");
    u64::from_str_radix(digits, 16).unwrap()
}

/// The seals in a header's digest: engine and content.
fn seals(header: &Value) -> Vec<Vec<u8>> {
    header["digest"]["logs"]
        .as_array()
        .expect("a digest")
        .iter()
        .map(|item| hex::decode(item.as_str().unwrap().trim_start_matches("0x")).unwrap())
        // SCALE: variant 5 is a seal, four bytes of engine, compact length in four bytes.
        .filter(|item| item[0] == 5)
        .inspect(|item| assert_eq!(&item[1..5], b"aura"))
        .map(|item| item[7..].to_vec())
        .collect()
}

#[test]
fn a_development_chain_makes_sealed_blocks_and_finalises_them() {
    let mut node = Node::start(&["--dev"]);
    node.wait_for("Imported #2 (");
    let header = node.call("chain_getHeader", json!([]));
    assert!(number(&header) >= 2);
    let seals = seals(&header);
    assert_eq!(seals.len(), 1);
    assert_eq!(seals[0].len(), SEAL_BYTES);

    node.wait_for("Finalised #2 (");
    let finalised = node.call("chain_getFinalizedHead", json!([]));
    let finalised = node.call("chain_getHeader", json!([finalised]));
    assert!(number(&finalised) >= 2);
}

#[test]
fn the_usual_rpc_methods_are_there() {
    let node = Node::start(&["--dev"]);
    let methods = node.call("rpc_methods", json!([]))["methods"].clone();
    let methods: Vec<&str> = methods
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for method in [
        "author_insertKey",
        "author_rotateKeys",
        "author_submitAndWatchExtrinsic",
        "chain_getBlock",
        "chainHead_v1_follow",
        "payment_queryInfo",
        "state_getMetadata",
        "system_accountNextIndex",
        "system_health",
        "transaction_v1_broadcast",
        "transactionWatch_v1_submitAndWatch",
    ] {
        assert!(methods.contains(&method), "{method}");
    }
    let properties = node.call("system_properties", json!([]));
    assert_eq!(properties["tokenSymbol"], "QLK");
    assert_eq!(properties["tokenDecimals"], 12);
}

#[test]
fn keys_are_rotated_and_inserted_over_rpc() {
    let node = Node::start(&["--dev"]);
    let rotated = node.call("author_rotateKeys", json!([]));
    let rotated = rotated.as_str().unwrap();
    assert_eq!(rotated.len(), 2 + 64, "one authority id");
    assert_eq!(node.call("author_hasSessionKeys", json!([rotated])), true);
    assert_eq!(node.call("author_hasKey", json!([rotated, "aura"])), true);

    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    write(&secret, "//Bob//aura\n", 0o600);
    let shown = succeed(&["key", "inspect", "--json", "--secret-file", text(&secret)]);
    let bob = serde_json::from_str::<Value>(&shown).unwrap()["authorityId"].clone();
    assert_eq!(node.call("author_hasKey", json!([bob, "aura"])), false);
    let error = node.rpc("author_insertKey", json!(["aura", "//Alice//aura", bob]));
    assert!(error.is_err(), "the secret is of another key");
    node.call("author_insertKey", json!(["aura", "//Bob//aura", bob]));
    assert_eq!(node.call("author_hasKey", json!([bob, "aura"])), true);
}

#[test]
fn a_second_node_follows_the_first() {
    let mut author = Node::start(&["--dev"]);
    author.wait_for("Imported #2 (");
    let mut follower = Node::start(&[
        "--chain",
        "dev",
        "--tmp",
        "--bootnodes",
        &author.address(),
        "--sync",
        "full",
    ]);
    let imported = follower.wait_for_block("Imported ");
    let hash = |node: &Node| node.call("chain_getBlockHash", json!([imported]));
    assert_eq!(hash(&follower), hash(&author));
    let finalised = follower.wait_for_block("Finalised ");
    assert!(finalised >= 2);
}

#[test]
fn validators_take_turns() {
    let forced = "--unsafe-force-node-key-generation";
    let mut alice = Node::start(&["--chain", "local", "--alice", "--tmp", forced]);
    alice.wait_for("Sealing blocks as authority");
    let bootnode = alice.address();
    let mut bob = Node::start(&[
        "--chain",
        "local",
        "--bob",
        "--tmp",
        "--bootnodes",
        &bootnode,
        forced,
    ]);
    bob.wait_for("Sealing blocks as authority");
    // Bob's block is imported by Alice.
    let line = bob.wait_for("Pre-sealed block for proposal at ");
    let hash = line
        .split("Hash now ")
        .nth(1)
        .unwrap()
        .split(',')
        .next()
        .unwrap();
    let number = line
        .split("proposal at ")
        .nth(1)
        .unwrap()
        .split('.')
        .next()
        .unwrap();
    alice.wait_for(&format!("Imported #{number} ("));
    assert!(alice.call("chain_getHeader", json!([hash]))["number"].is_string());
    let finalised = alice.call("chain_getFinalizedHead", json!([]));
    let finalised = alice.call("chain_getHeader", json!([finalised]));
    assert_eq!(
        self::number(&finalised),
        0,
        "several authorities have no finality yet"
    );
}

#[test]
fn instant_sealing_makes_a_first_block_and_then_waits_for_transactions() {
    let mut node = Node::start(&["--dev", "--sealing", "instant"]);
    node.wait_for("Sealed block");
    let header = node.call("chain_getHeader", json!([]));
    assert_eq!(number(&header), 1);
    assert_eq!(seals(&header)[0].len(), SEAL_BYTES);
    let finalised = node.call("chain_getFinalizedHead", json!([]));
    assert_eq!(finalised, node.call("chain_getBlockHash", json!([1])));
}

#[test]
fn a_chain_survives_a_restart_and_its_export_imports_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let [base, other, blocks] = ["base", "other", "blocks"].map(|name| folder.path().join(name));
    let mut node = Node::start(&["--dev", "--base-path", text(&base)]);
    node.wait_for("Imported #3 (");
    let third = node.call("chain_getBlockHash", json!([3]));
    node.stop();

    succeed(&[
        "export-blocks",
        "--dev",
        "--base-path",
        text(&base),
        "--to",
        "3",
        text(&blocks),
    ]);
    succeed(&[
        "import-blocks",
        "--dev",
        "--base-path",
        text(&other),
        text(&blocks),
    ]);
    succeed(&["check-block", "--dev", "--base-path", text(&base), "3"]);
    let info = succeed(&["chain-info", "--dev", "--base-path", text(&other)]);
    let info: Value = serde_json::from_str(&info).expect("JSON");
    assert_eq!(info["best_number"], 3);
    assert_eq!(info["best_hash"], third);

    let mut node = Node::start(&["--dev", "--base-path", text(&base)]);
    node.wait_for("Imported #");
    assert_eq!(node.call("chain_getBlockHash", json!([3])), third);
    node.stop();
    succeed(&["purge-chain", "--dev", "--base-path", text(&base), "-y"]);
}

#[test]
fn a_seed_file_makes_a_validator() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed");
    write(&seed, "//Alice//aura\n", 0o600);
    let mut node = Node::start(&[
        "--chain",
        "dev",
        "--validator",
        "--tmp",
        "--force-authoring",
        "--unsafe-force-node-key-generation",
        "--consensus-seed-file",
        text(&seed),
    ]);
    node.wait_for("Imported #1 (");
}

#[test]
fn metrics_are_served() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    drop(listener);
    let mut node = Node::start_plain(&[
        "--dev",
        "--rpc-port",
        "0",
        "--port",
        "0",
        "--no-telemetry",
        "--no-mdns",
        "--prometheus-port",
        &port,
    ]);
    node.wait_for("Prometheus exporter started");
    let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.contains("substrate_block_height"), "{reply}");
}
