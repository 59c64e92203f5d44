#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
//! What people type wrongly, and what a node's address may lead to: each has an answer of its own.

mod common;

use common::{message, Wallet};

#[test]
fn usage_errors_are_json_where_json_is_asked_for() {
    let wallet = Wallet::new();
    let before: [&[&str]; 4] = [
        &["transfer"],
        &["nonsense"],
        &["account", "new", "a", "--scheme", "rsa"],
        &[],
    ];
    for arguments in before {
        let error = wallet.error(2, arguments);
        assert_eq!(error["kind"], "usage", "{arguments:?}");
        assert!(!message(&error).starts_with("error:"), "{error}");
    }
    // Help is help.
    let help = wallet.run(&["--json", "transfer", "--help"]);
    assert!(help.status.success() && help.stderr.is_empty());
    assert!(String::from_utf8_lossy(&help.stdout).contains("--max-fee"));
}

#[test]
fn no_number_on_the_command_line_makes_it_panic() {
    let wallet = Wallet::new();
    let hash = format!("0x{}", "ab".repeat(32));
    let most = u64::MAX.to_string();
    let pay = ["--from", "//Alice", "--to", "//Bob", "--amount", "1"];
    let address = "bob.address";
    let pool = ["--from", "//Alice", "--to", address, "--amount", "1"];
    let waits = [
        [&["transfer"][..], &pay].concat(),
        [&["shield"][..], &pool].concat(),
        vec!["key", "register", "--from", "//Alice"],
        vec!["validator", "chill", "--from", "//Alice"],
        vec!["tx", "watch", &hash],
    ];
    for arguments in waits {
        for seconds in [&most, "18446744073709551616", "-1", "31536001"] {
            let timeout = format!("--timeout={seconds}");
            let error = wallet.error(2, &[&arguments[..], &[&timeout]].concat());
            assert!(
                message(&error).contains("--timeout"),
                "{arguments:?}: {error}"
            );
        }
    }
    let counts: [&[&str]; 6] = [
        &["tx", "show", &hash, "--depth", &most],
        &["tx", "watch", &hash, "--depth", &most],
        &["scan", "//Alice", "--birthday", &most],
        &["scan", "//Alice", "--addresses", &most],
        &["address", "show", "//Alice", "--index", &most],
        &["account", "new", "a", "--words", &most],
    ];
    for arguments in counts {
        wallet.error(2, arguments);
    }
    // These are numbers that a node has to judge.
    let judged = [
        [&["transfer"][..], &pay, &["--nonce", &most]].concat(),
        vec![
            "tx",
            "watch",
            &hash,
            "--until",
            &most,
            "--depth",
            "4294967295",
        ],
        vec!["tx", "show", &hash, "--block", &most],
    ];
    for arguments in judged {
        wallet.error(3, &arguments);
    }
}

#[test]
fn an_address_of_the_wrong_kind_is_called_what_it_is() {
    let wallet = Wallet::new();
    let shown = wallet.json(&["account", "show", "//Bob"]);
    let public = shown["address"].as_str().unwrap();
    let handle = format!("qsh1{}", "q".repeat(58));
    let shielded = format!("qshield1{}", "q".repeat(1_966));
    for to in [&handle, &shielded] {
        let arguments = ["transfer", "--from", "//Alice", "--to", to, "--amount", "1"];
        let error = wallet.error(2, &arguments);
        assert!(message(&error).contains("is a shielded address"), "{error}");
        assert!(message(&error).contains("qloak send"), "{error}");
        let error = wallet.error(2, &["balance", to]);
        assert!(message(&error).contains("is a shielded address"), "{error}");
    }
    for command in ["send", "shield"] {
        for to in [public, shown["account_id"].as_str().unwrap()] {
            let arguments = [command, "--from", "//Alice", "--to", to, "--amount", "1"];
            let error = wallet.error(2, &arguments);
            assert!(message(&error).contains("is a public account"), "{error}");
            assert!(message(&error).contains("qloak transfer"), "{error}");
        }
    }
}

#[test]
fn a_node_at_its_connection_limit_is_not_called_absent() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://me:secret@{}", listener.local_addr().unwrap());
    let full = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).unwrap();
        let answer = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let wallet = Wallet::new();
    let error = wallet.error(3, &["balance", "//Alice", "--node", &url]);
    full.join().unwrap();
    assert!(
        message(&error).contains("as many connections as it takes"),
        "{error}"
    );
    assert!(!message(&error).contains("secret"), "{error}");
}
