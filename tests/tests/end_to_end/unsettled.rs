//! Transactions that were sent, and of which the wallet does not learn what became.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
    time::Duration,
};

use qloak_e2e::{
    binary,
    node::{text, Node},
    shielded::{pool, Person},
    wallet::Wallet,
};
use serde_json::{json, Value};

/// One of four validators: it makes blocks, and none becomes final.
fn lonely() -> Node {
    let keyed = ["--unsafe-force-node-key-generation", "--tmp"];
    let chain = ["--chain", "local", "--alice", "--force-authoring"];
    Node::start(&[&chain[..], &keyed].concat())
}

#[test]
fn a_node_that_stops_does_not_hide_what_was_sent() {
    let node = lonely();
    let home = tempfile::tempdir().expect("a temporary folder");
    let transfer = [
        "transfer", "--from", "//Alice", "--to", "//Bob", "--amount", "1",
    ];
    let mut wallet = Command::new(binary("qloak"))
        .args(transfer)
        .args(["--wait", "finalized", "--timeout", "600", "--json", "--yes"])
        .env("QLOAK_HOME", home.path())
        .env("QLOAK_NODE", node.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the wallet runs");
    let mut stderr = BufReader::new(wallet.stderr.take().expect("it is piped"));

    // Hash and last block are there before anything is waited for: this payment will not be final.
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    let sent: Value = serde_json::from_str(&line).expect("a line of JSON");
    let sent = &sent["sending"];
    let hash = sent["hash"].as_str().expect("a hash");
    assert_eq!(hash.len(), 66, "{sent}");
    let until = sent["valid_until"].as_u64().expect("a block");
    let follow = format!("qloak tx watch {hash} --until {until}");
    assert_eq!(sent["follow"], follow.as_str());
    assert!(sent["nonce"].is_u64(), "{sent}");

    drop(node);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("text");
    let status = wallet.wait().expect("the wallet ends");
    assert_eq!(status.code(), Some(7), "{rest}");
    let error: Value = serde_json::from_str(rest.lines().last().expect("an error")).expect("JSON");
    assert_eq!(error["error"]["kind"], "unsettled", "{rest}");
    assert_eq!(error["error"]["transaction"], *sent);
    let message = error["error"]["message"].as_str().expect("a message");
    assert!(
        message.contains(&follow) && message.contains("do not pay again"),
        "{message}"
    );
}

#[test]
fn a_state_that_cannot_be_saved_hides_no_payment() {
    let node = Node::development();
    let anna = Person::with_money(&node, "anna", "100");
    let bela = Person::new(&node, "bela");
    anna.shield("50");
    anna.scan(&[]);
    let address = bela.address();
    let passphrase = anna.wallet.path("passphrase");
    let size = pool(&node, None).anchor.size;
    let mut paying = Command::new(binary("qloak"))
        .args([
            "send",
            "--from",
            "anna",
            "--to",
            text(&address),
            "--amount",
            "7",
        ])
        .args(["--passphrase-file", text(&passphrase)])
        .args(["--wait", "finalized", "--json", "--yes"])
        .env("QLOAK_HOME", anna.wallet.path("home"))
        .env("QLOAK_NODE", node.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the wallet runs");
    // What was to be saved before the node got the payment is saved by now.
    let is_out = || {
        let pending = node.rpc("author_pendingExtrinsics", json!([]));
        pending.as_array().is_some_and(|all| !all.is_empty())
            || pool(&node, None).anchor.size > size
    };
    while !is_out() && paying.try_wait().expect("it runs").is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let (folder, away) = ["home/shielded", "home/away"]
        .map(|name| anna.wallet.path(name))
        .into();
    std::fs::rename(&folder, &away).expect("the folder can be moved");
    let paid = paying.wait_with_output().expect("the wallet ends");
    std::fs::rename(&away, &folder).expect("the folder can be moved");

    let said = String::from_utf8_lossy(&paid.stderr);
    assert!(paid.status.success(), "{said}");
    assert!(said.contains("could not be saved"), "{said}");
    let sending = said.lines().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        line.get("sending").cloned()
    });
    let sending = sending.expect("it was named before it was sent");
    let paid: Value = serde_json::from_slice(&paid.stdout).expect("JSON");
    assert_eq!(paid["transaction"]["finalized"], true);
    assert_eq!(paid["name"], sending["name"]);
    let follow = format!(
        "qloak tx watch {} --account anna",
        sending["name"].as_str().expect("a name")
    );
    assert_eq!(sending["follow"], follow.as_str());
    // The state of before says that it is on its way. So it is not paid twice.
    let again = anna.pay(&bela, "7", &[]);
    assert_eq!(again["earlier"], true, "{again}");
    assert_eq!(again["name"], paid["name"]);
}

#[test]
fn a_transfer_that_would_only_cost_a_fee_is_refused_before() {
    let node = Node::development();
    let wallet = Wallet::on(&node);
    let before = wallet.free("//Alice");
    let fresh = format!("0x{}", "07".repeat(32));
    let refused = |to: &str, amount: &str| {
        let arguments = [
            "transfer", "--from", "//Alice", "--to", to, "--amount", amount,
        ];
        wallet
            .try_run(&arguments)
            .expect_err("it is refused")
            .message
    };
    let dust = refused(&fresh, "0.0001");
    assert!(dust.contains("must hold at least 0.001 QLK"), "{dust}");
    let nothing = refused("//Bob", "0");
    assert!(nothing.contains("greater than zero"), "{nothing}");
    let ahead = ["--nonce", "1000000"];
    let arguments = [
        "transfer", "--from", "//Alice", "--to", "//Bob", "--amount", "1",
    ];
    let ahead = wallet
        .try_run(&[&arguments[..], &ahead].concat())
        .expect_err("it is refused");
    assert!(
        ahead.message.contains("ahead of the account's next nonce"),
        "{ahead:?}"
    );
    let fee = ["--max-fee", "0.0001"];
    let fee = wallet
        .try_run(&[&arguments[..], &fee].concat())
        .expect_err("it is refused");
    assert!(
        fee.message.contains("--max-fee allows 0.0001 QLK"),
        "{fee:?}"
    );
    assert_eq!(wallet.free("//Alice"), before, "none of them cost a fee");
}

#[test]
fn a_block_whose_state_is_pruned_still_shows_its_transactions() {
    const KEPT: u64 = 4;
    let pruning = ["--sealing", "instant", "--state-pruning", "4"];
    let node = Node::start(&[&["--dev", "--tmp"][..], &pruning].concat());
    let wallet = Wallet::on(&node);
    let pay = || wallet.transfer("//Alice", "//Bob", "1", &["--wait", "finalized"]);
    let first = pay()["transaction"].clone();
    let hash = first["hash"].as_str().expect("a hash");
    let shown = wallet.run(&["tx", "show", hash]);
    assert_eq!(shown["pruned"], false);
    assert!(
        shown["time"].as_u64().is_some_and(|time| time > 0),
        "{shown}"
    );
    // A pruned state is gone some blocks after it became final.
    for _ in 0..3 * KEPT {
        pay();
    }
    let shown = wallet.run(&["tx", "show", hash]);
    assert_eq!(shown["pruned"], true, "{shown}");
    for same in ["hash", "block_hash", "block_number", "index", "bytes"] {
        assert_eq!(shown[same], first[same], "{same}");
    }
    assert_eq!(shown["call"], "Balances::transfer_keep_alive");
    assert_eq!(shown["arguments"]["value"], "1000000000000");
    for unknown in ["fee", "failure"] {
        assert!(shown[unknown].is_null(), "{unknown}");
    }
}
