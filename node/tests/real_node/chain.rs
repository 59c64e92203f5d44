//! A chain that runs: blocks, seals, finality, keys over RPC, a second node, restart, export and import.

use crate::common::{succeed, text, write, Node};
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

    let finalised = node.wait_for_finality(2);
    assert!(node.call("chain_getHeader", json!([finalised]))["number"].is_string());
}

#[test]
fn the_state_of_finality_is_shown_over_rpc() {
    let mut node = Node::start(&["--dev"]);
    node.wait_for_finality(1);
    let state = node.call("grandpa_roundState", json!([]));
    assert_eq!(state["best"]["totalWeight"], 1, "{state}");
    // A proof is the justification with which a later set of voters began, and this chain has had one
    // set only. (tests/tests/network_validator_swap.rs has a proof.)
    for (block, reason) in [
        (1, "not covered by authority set changes"),
        (1_000_000, "not yet finalized"),
    ] {
        let error = node.rpc("grandpa_proveFinality", json!([block]));
        let error = error.expect_err("there is nothing to prove");
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn without_grandpa_nothing_becomes_final_and_peers_come_all_the_same() {
    let mut node = Node::start(&["--dev", "--no-grandpa"]);
    node.wait_for("Imported #3 (");
    let finalised = node.call("chain_getFinalizedHead", json!([]));
    assert_eq!(finalised, node.call("chain_getBlockHash", json!([0])));

    let address = node.address();
    let place = ["--chain", "dev", "--tmp", "--sync", "full"];
    let mut follower =
        Node::start(&[&place[..], &["--no-grandpa", "--bootnodes", &address]].concat());
    let imported = follower.wait_for_block("Imported ");
    let hash = |node: &Node| node.call("chain_getBlockHash", json!([imported]));
    assert_eq!(hash(&follower), hash(&node));
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
        "grandpa_proveFinality",
        "grandpa_roundState",
        "grandpa_subscribeJustifications",
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

/// The fault: a page of any web site, open in a browser on the validator's machine, could have it change keys.
#[test]
fn unsafe_rpc_methods_are_refused_unless_the_operator_allows_them() {
    let node = Node::start(&["--dev"]);
    for (method, parameters) in [
        ("author_rotateKeys", json!([])),
        ("author_insertKey", json!(["aura", "//Bob//aura", "0x00"])),
        ("system_addReservedPeer", json!(["/ip4/127.0.0.1/tcp/1"])),
        (
            "offchain_localStorageSet",
            json!(["PERSISTENT", "0x00", "0x00"]),
        ),
    ] {
        let error = node.rpc(method, parameters).unwrap_err().to_string();
        assert!(error.contains("unsafe"), "{method}: {error}");
    }
}

#[test]
fn strangers_have_only_listed_functions_of_the_runtime_run() {
    let node = Node::start(&["--dev"]);
    let genesis = node.call("chain_getBlockHash", json!([0]));
    let build = ["GenesisBuilder_build_state", "0x00"];
    for parameters in [
        json!([build[0], build[1]]),
        json!([build[0], build[1], genesis]),
        json!(["GenesisBuilder_get_preset", "0x00"]),
        json!(["Core_execute_block", "0x"]),
    ] {
        let error = node.rpc("state_call", parameters).unwrap_err().to_string();
        assert!(error.contains("--rpc-methods unsafe"), "{error}");
    }
    let pool = node.call("state_call", json!(["PrivacyCreditApi_pool", "0x"]));
    assert!(pool.as_str().unwrap().starts_with("0x"));

    // Nor does the runtime itself make a genesis where there is one, whoever asks.
    let open = Node::start(&["--dev", "--rpc-methods", "unsafe"]);
    let genesis = open.call("chain_getBlockHash", json!([0]));
    // A `Vec<u8>` of the two bytes `{}`.
    let refused = open.call("state_call", json!([build[0], "0x087b7d", genesis]));
    let refused = refused.as_str().unwrap();
    assert!(refused.starts_with("0x01"), "an error: {refused}");
}

#[test]
fn keys_are_rotated_and_inserted_over_rpc() {
    let node = Node::start(&["--dev", "--rpc-methods", "unsafe"]);
    let rotated = node.call("author_rotateKeys", json!([]));
    let rotated = rotated.as_str().unwrap();
    assert_eq!(rotated.len(), 2 + 2 * 64, "an authority id for each duty");
    assert_eq!(node.call("author_hasSessionKeys", json!([rotated])), true);
    let (aura, gran) = (&rotated[..2 + 64], format!("0x{}", &rotated[2 + 64..]));
    assert_ne!(aura, gran);
    assert_eq!(node.call("author_hasKey", json!([aura, "aura"])), true);
    assert_eq!(node.call("author_hasKey", json!([gran, "gran"])), true);
    assert_eq!(node.call("author_hasKey", json!([aura, "gran"])), false);

    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    write(&secret, "//Bob\n", 0o600);
    let shown = succeed(&["key", "inspect", "--json", "--secret-file", text(&secret)]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    for (key_type, junction) in [("aura", "aura"), ("gran", "grandpa")] {
        let bob = shown[key_type]["authorityId"].clone();
        let present = || node.call("author_hasKey", json!([bob, key_type]));
        let insert = |name: &str| {
            let secret = format!("//{name}//{junction}");
            node.rpc("author_insertKey", json!([key_type, secret, bob]))
        };
        assert_eq!(present(), false);
        assert!(insert("Alice").is_err(), "the secret is of another key");
        insert("Bob").expect("the secret is of this key");
        assert_eq!(present(), true);
    }
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
    // It is no validator, and finalises by the votes of the one there is.
    let finalised = follower.wait_for_finality(2);
    author.wait_for_finality(2);
    let header = author.call("chain_getHeader", json!([finalised]));
    let number = number(&header);
    let there = author.call("chain_getBlockHash", json!([number]));
    assert_eq!(there, finalised);
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
    bob.wait_for("Voting on finality as authority");
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
        "two of four validators are too few to finalise"
    );
}

#[test]
fn instant_sealing_makes_a_first_block_and_then_waits_for_transactions() {
    let mut node = Node::start(&["--dev", "--sealing", "instant"]);
    node.wait_for("Sealed block");
    let header = node.call("chain_getHeader", json!([]));
    assert_eq!(number(&header), 1);
    assert_eq!(seals(&header)[0].len(), SEAL_BYTES);
    let finalised = node.wait_for_finality(1);
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
    write(&seed, "//Alice\n", 0o600);
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
    node.wait_for_finality(1);
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
    node.wait_for_finality(2);
    let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    for metric in [
        "substrate_block_height",
        "substrate_finality_grandpa_round",
        "qloak_finality_latency_seconds_bucket",
        "qloak_justification_bytes_count",
        "qloak_missed_slots_total",
        "qloak_offence_reports_total",
    ] {
        assert!(reply.contains(metric), "{metric} in {reply}");
    }
}
