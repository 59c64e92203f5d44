//! What the node says when it cannot start, and what it shows of itself.

use crate::common::{self, fail, succeed, text, write, Node};
use serde_json::{json, Value};
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, path::Path};

/// The development chain's specification, changed and written to a file.
fn specification(folder: &Path, name: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut spec: Value =
        serde_json::from_str(&succeed(&["export-chain-spec", "--chain", "dev"])).unwrap();
    change(&mut spec);
    let path = folder.join(name);
    fs::write(&path, spec.to_string()).unwrap();
    text(&path).to_owned()
}

/// The genesis configuration, which is a patch on the runtime's defaults.
fn genesis(spec: &mut Value) -> &mut Value {
    let runtime = &mut spec["genesis"]["runtimeGenesis"];
    let part = if runtime.get("patch").is_some() {
        "patch"
    } else {
        "config"
    };
    &mut runtime[part]
}

#[test]
fn help_teaches_by_examples() {
    let help = succeed(&["--help"]);
    for line in [
        "qloak-node --dev",
        "--chain local --bob",
        "--sealing instant",
        "key generate",
    ] {
        assert!(help.contains(line), "{line}");
    }
    let version = succeed(&["--version"]);
    assert!(version.starts_with("qloak-node 0."));
    // The commit follows, where there is one.
    let parts = |version: &str| version.split('-').count();
    assert_eq!(
        parts(&version),
        parts("qloak-node") - 1 + parts(qloak_version::version!())
    );
}

#[test]
fn an_unknown_chain_is_named() {
    let complaint = fail(&["--chain", "qloakland", "--tmp"]);
    assert!(
        complaint.contains("no chain called 'qloakland'"),
        "{complaint}"
    );
}

#[test]
fn a_chain_without_authorities_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let spec = specification(folder.path(), "spec.json", |spec| {
        genesis(spec)["session"]["keys"] = json!([]);
        genesis(spec)["staking"]["stakers"] = json!([]);
    });
    let complaint = fail(&[
        "--chain",
        &spec,
        "--tmp",
        "--port",
        "0",
        "--rpc-port",
        "0",
        "--no-prometheus",
    ]);
    assert!(complaint.contains("names no authority"), "{complaint}");
    assert!(complaint.contains("session.keys"), "{complaint}");
}

/// Writes an export without blocks: importing it makes a chain that has its genesis block only.
fn no_blocks(folder: &Path) -> String {
    let path = folder.join("no-blocks");
    fs::write(&path, 0u64.to_le_bytes()).unwrap();
    text(&path).to_owned()
}

/// Opens the development chain with that folder for caches, and returns what was said about it.
fn open_with_cache(cache: &Path) -> String {
    let base = tempfile::tempdir().unwrap();
    let blocks = no_blocks(base.path());
    let output = common::binary()
        .args(["import-blocks", "--dev", "-d", text(base.path())])
        .args(["--binary", &blocks])
        .env("XDG_CACHE_HOME", cache)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn a_command_that_looks_at_a_chain_does_not_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("nothing");
    let blocks = folder.path().join("blocks");
    let commands: [&[&str]; 5] = [
        &["chain-info"],
        &["export-state"],
        &["export-blocks", text(&blocks)],
        &["revert", "1"],
        &["check-block", "0"],
    ];
    for command in commands {
        let place = ["--chain", "local", "--base-path", text(&base)];
        let complaint = fail(&[command, &place].concat());
        assert!(complaint.contains("there is no chain in"), "{complaint}");
        assert!(complaint.contains(text(&base)), "{complaint}");
        assert!(!base.join("chains/local_testnet/paritydb").exists());
    }
    assert!(!blocks.exists());
}

#[test]
fn a_genesis_that_the_runtime_refuses_is_named_without_a_backtrace() {
    let folder = tempfile::tempdir().unwrap();
    let spec = specification(folder.path(), "spec.json", |spec| {
        // More than there is place for.
        genesis(spec)["balances"]["balances"] = json!("a lot");
    });
    let complaint = fail(&["--chain", &spec, "--tmp", "--port", "0", "--rpc-port", "0"]);
    assert!(
        complaint.contains("genesis that its runtime refuses"),
        "{complaint}"
    );
    assert!(
        !complaint.to_lowercase().contains("backtrace"),
        "{complaint}"
    );
    let panicking = specification(folder.path(), "panicking.json", |spec| {
        // Nobody may own less than the existential deposit at genesis.
        let balances = genesis(spec)["balances"]["balances"]
            .as_array_mut()
            .expect("balances");
        balances[0][1] = json!(1);
    });
    let complaint = fail(&[
        "--chain",
        &panicking,
        "--tmp",
        "--port",
        "0",
        "--rpc-port",
        "0",
    ]);
    assert!(
        complaint.contains("genesis that its runtime refuses"),
        "{complaint}"
    );
    assert!(
        !complaint.to_lowercase().contains("backtrace"),
        "{complaint}"
    );
}

#[test]
fn a_disk_that_is_too_full_is_named_before_the_database_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let place = [
        "--dev",
        "--base-path",
        text(&base),
        "--port",
        "0",
        "--rpc-port",
        "0",
    ];
    let limit = ["--no-prometheus", "--db-storage-threshold", "999999999999"];
    let complaint = fail(&[&place[..], &limit].concat());
    assert!(complaint.contains("MiB free"), "{complaint}");
    assert!(complaint.contains(text(folder.path())), "{complaint}");
    assert!(complaint.contains("--db-storage-threshold"), "{complaint}");
    assert!(!base.join("chains/dev/paritydb").exists());
}

#[test]
fn a_node_that_is_told_to_stop_reports_no_failure() {
    let mut node = Node::start(&["--dev", "--tmp"]);
    node.wait_for_finality(2);
    // Fails on any line about a task that failed.
    node.stop();
}

/// How many files there are below a folder. Wasmtime writes files with extensions beside its modules, at
/// times of its own; those do not count.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => files(&entry.path()),
            false => usize::from(entry.path().extension().is_none()),
        })
        .sum()
}

#[test]
fn a_compiled_runtime_is_kept_and_found_again() {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().join("qloak-node/compiled-runtimes");
    open_with_cache(cache.path());
    assert_eq!(common::mode(&folder), 0o700);
    let modules = folder.join("modules");
    let kept = files(&modules);
    assert!(kept > 0);
    open_with_cache(cache.path());
    assert_eq!(files(&modules), kept);
}

#[test]
fn compiled_runtimes_are_not_kept_where_others_could_change_them() {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().join("qloak-node/compiled-runtimes");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    let said = open_with_cache(cache.path());
    assert!(said.contains("chmod 700"), "{said}");
    assert_eq!(files(&folder), 0);
}

#[test]
fn the_data_of_another_chain_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let blocks = no_blocks(folder.path());
    let open = |spec: &str| {
        [
            "import-blocks",
            "--chain",
            spec,
            "--base-path",
            text(&base),
            "--binary",
            &blocks,
        ]
        .map(str::to_owned)
    };
    let first = specification(folder.path(), "first.json", |_| {});
    // Another chain with the same id, as another version of the software makes it.
    let second = specification(folder.path(), "second.json", |spec| {
        let balances = genesis(spec)["balances"]["balances"]
            .as_array_mut()
            .expect("balances");
        balances.pop();
    });
    succeed(&open(&first));
    succeed(&open(&first));
    let complaint = fail(&open(&second));
    assert!(
        complaint.contains("belongs to another chain"),
        "{complaint}"
    );
    assert!(complaint.contains("purge-chain"), "{complaint}");
}

#[test]
fn a_taken_rpc_port_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let complaint = fail(&[
        "--dev",
        "--port",
        "0",
        "--no-prometheus",
        "--rpc-port",
        &port,
    ]);
    assert!(
        complaint.contains(&format!("RPC port {port} is in use")),
        "{complaint}"
    );
    assert!(complaint.contains("--rpc-port"), "{complaint}");
}

#[test]
fn a_taken_p2p_port_is_named() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let complaint = fail(&[
        "--dev",
        "--rpc-port",
        "0",
        "--no-prometheus",
        "--port",
        &port,
    ]);
    assert!(
        complaint.contains(&format!("P2P port {port} is in use")),
        "{complaint}"
    );
    assert!(complaint.contains("--port"), "{complaint}");
}

#[test]
fn a_bad_seed_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seed");
    let start = |file: &Path| {
        fail(&[
            "--chain",
            "local",
            "--validator",
            "--tmp",
            "--port",
            "0",
            "--rpc-port",
            "0",
            "--no-prometheus",
            "--unsafe-force-node-key-generation",
            "--consensus-seed-file",
            text(file),
        ])
    };
    let missing = start(&file);
    assert!(
        missing.contains("--consensus-seed-file: cannot open"),
        "{missing}"
    );
    write(&file, "//Bob\n", 0o640);
    let exposed = start(&file);
    assert!(exposed.contains("chmod 600"), "{exposed}");
    write(&file, "0x00\n", 0o600);
    let short = start(&file);
    assert!(short.contains("64 hexadecimal digits"), "{short}");
    write(&file, "//Bob//aura\n", 0o600);
    let single = start(&file);
    assert!(single.contains("names one key"), "{single}");
}

#[test]
fn an_absurd_gossip_duration_is_refused() {
    for duration in ["0", "60000"] {
        let output = common::run(&["--dev", "--gossip-duration-ms", duration]);
        assert_eq!(output.status.code(), Some(2));
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(complaint.contains("10..=10000"), "{complaint}");
    }
}

#[test]
fn a_raw_specification_is_the_same_every_time() {
    for chain in ["dev", "local", "local7"] {
        let export = || succeed(&["export-chain-spec", "--raw", "--chain", chain]);
        let first = export();
        assert_eq!(first, export(), "{chain}");
        let spec = json_of(&first);
        assert_eq!(spec["protocolId"], "qloak");
        assert_eq!(spec["properties"]["tokenSymbol"], "QLK");
        assert!(spec["genesis"]["raw"]["top"].is_object());
        assert_eq!(spec["bootNodes"], json!([]));
    }
}

#[test]
fn a_network_of_seven_has_seven_authorities() {
    let spec = json_of(&succeed(&["export-chain-spec", "--chain", "local7"]));
    assert_eq!(spec["id"], "local_testnet_7");
    let node = Node::start(&["--chain", "local7", "--tmp"]);
    let count = |name: &str| {
        let reply = node.call("state_call", json!([name, "0x"]));
        let reply = hex::decode(reply.as_str().unwrap().trim_start_matches("0x")).unwrap();
        // SCALE: the length of a short list, times four.
        reply[0] / 4
    };
    assert_eq!(count("AuraApi_authorities"), 7);
    assert_eq!(count("GrandpaApi_grandpa_authorities"), 7);
}

#[test]
fn instant_sealing_needs_a_single_authority_and_its_key() {
    let start = |arguments: &[&str]| {
        let common = [
            "--tmp",
            "--port",
            "0",
            "--rpc-port",
            "0",
            "--no-prometheus",
            "--sealing",
            "instant",
        ];
        fail(&[&common, arguments].concat())
    };
    let forced = "--unsafe-force-node-key-generation";
    let many = start(&["--chain", "local", "--alice", forced]);
    assert!(many.contains("exactly one authority"), "{many}");
    let other = start(&["--chain", "dev", "--bob", forced]);
    assert!(other.contains("needs the authority's key"), "{other}");
    let follower = start(&["--chain", "dev"]);
    assert!(follower.contains("--validator"), "{follower}");
}

#[test]
fn a_benchmark_in_a_build_without_them_says_how_to_get_them() {
    if cfg!(feature = "runtime-benchmarks") {
        return;
    }
    let complaint = fail(&["benchmark", "pallet", "--pallet", "x"]);
    assert!(
        complaint.contains("--features runtime-benchmarks"),
        "{complaint}"
    );
}

#[test]
fn a_keystore_that_others_can_read_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    let keystore = folder.path().join("keystore");
    write(&secret, "//Bob\n", 0o600);
    let keys = json_of(&succeed(&[
        "key",
        "insert",
        "--json",
        "--chain",
        "local",
        "--keystore-path",
        text(&keystore),
        "--secret-file",
        text(&secret),
    ]));
    let id = keys["aura"]["authorityId"]
        .as_str()
        .unwrap()
        .trim_start_matches("0x")
        .to_owned();
    let file = keystore.join("pq").join(format!("61757261{id}.json"));
    let content = fs::read_to_string(&file).unwrap();
    write(&file, &content, 0o644);
    let arguments = [
        "--chain",
        "local",
        "--validator",
        "--tmp",
        "--unsafe-force-node-key-generation",
        "--keystore-path",
        text(&keystore),
    ];
    let ports = ["--port", "0", "--rpc-port", "0", "--no-prometheus"];
    let complaint = fail(&[&arguments[..], &ports].concat());
    assert!(
        complaint.contains(&format!("chmod 600 {}", file.display())),
        "{complaint}"
    );

    write(&file, &content, 0o600);
    let mut node = Node::start(&arguments);
    node.wait_for(&format!("Sealing blocks as authority 0x{id}"));
    let vote = keys["gran"]["authorityId"].as_str().unwrap();
    node.wait_for(&format!("Voting on finality as authority {vote}"));
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
