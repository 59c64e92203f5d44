#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
//! The shielded commands as people and programs run them, without a node.

mod common;

use std::fs;
use std::path::Path;

use common::{mode, Wallet};
use serde_json::Value as Json;

/// The first shielded address of an account or a viewing key.
fn address(wallet: &Wallet, account: &str) -> String {
    let shown = wallet.json(&format!("address show {account}"));
    common::text(&shown["address"]).into()
}

#[test]
fn every_command_that_asks_the_chain_needs_a_node() {
    let wallet = Wallet::new();
    wallet.file("bob.address", &address(&wallet, "//Bob"), 0o644);
    wallet.json("viewkey export //Alice --kind full --out alice.view --yes");
    let handle = wallet.json("address show //Bob")["handle"].clone();
    let handle = handle.as_str().unwrap();
    for line in [
        "shield --from //Alice --amount 1",
        "shield --from //Alice --to bob.address --amount 1",
        "send --from //Alice --to bob.address --amount 1",
        "unshield --from //Alice --to //Bob --amount 1",
        "scan //Alice",
        "notes //Alice",
        "notes --view-key-file alice.view",
        "history //Alice",
        "address new //Alice",
        "address show //Alice --index 1",
        "address publish //Alice",
        "address publish //Alice --address bob.address",
        "address withdraw //Alice HANDLE",
        "address find HANDLE",
        "disclose //Alice --position 3",
    ] {
        let line = &line.replace("HANDLE", handle);
        let message = wallet.refusal(3, line);
        assert!(message.contains("qloak-node --dev"), "{line}: {message}");
    }
}

#[test]
fn what_was_never_scanned_is_not_shown_as_nothing() {
    let wallet = Wallet::new();
    for line in ["notes //Alice --no-scan", "history //Alice --no-scan"] {
        let refused = wallet.refusal(6, line);
        assert!(refused.contains("was not scanned here"), "{refused}");
        assert!(refused.contains("qloak scan //Alice"), "{refused}");
    }
}

#[test]
fn an_address_is_shown_without_a_node() {
    let wallet = Wallet::new();
    insta::assert_snapshot!("address_show", wallet.text("address show //Alice"));
    let shown = wallet.json("address show //Alice --out alice.address");
    let file = fs::read_to_string(wallet.path("alice.address")).unwrap();
    assert_eq!(file.trim(), shown["address"]);
    assert_eq!(file.trim().len(), 1974);
    assert!(shown["handle"].as_str().unwrap().starts_with("qsh1"));
    let taken = wallet.refusal(1, "address show //Alice --out alice.address");
    assert!(
        taken.contains("cannot be written") && taken.contains("exists"),
        "{taken}"
    );
}

#[test]
fn codes_fit_eighty_columns() {
    let wallet = Wallet::new();
    let drawn = wallet.text("address show //Alice --qr");
    assert_eq!(drawn.matches("piece ").count(), 4);
    assert!(drawn.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn the_same_words_make_the_same_address() {
    let wallet = Wallet::new();
    for name in ["one", "two"] {
        wallet.json(&format!(
            "account import {name} --phrase-file phrase --passphrase-file pass --path //{name}"
        ));
    }
    let handle = |name: &str| {
        wallet.json(&format!("address show {name} --passphrase-file pass"))["handle"].clone()
    };
    assert_eq!(handle("one"), handle("two"));
    assert_ne!(handle("one"), wallet.json("address show //Alice")["handle"]);
}

#[test]
fn each_bad_recipient_has_its_own_error() {
    let wallet = Wallet::new();
    let address = address(&wallet, "//Bob");
    let handle = wallet.json("address show //Bob")["handle"].clone();
    let handle = handle.as_str().unwrap();
    wallet.file("good.address", &address, 0o644);
    wallet.file("handle.address", handle, 0o644);
    wallet.file("damaged.address", &address.replacen('q', "p", 2), 0o644);
    wallet.file(
        "piece.address",
        &format!("QSHIELD/1/4/{}", &address[..600]),
        0o644,
    );
    wallet.file("long.txt", &"q".repeat(20_000), 0o644);
    let send = |to: &str| format!("send --from //Alice --to {to} --amount 1");
    for (to, status, part) in [
        // A handle is looked up, for which it takes a node.
        (handle, 3, "qloak-node --dev"),
        ("handle.address", 3, "qloak-node --dev"),
        ("./handle.address", 3, "qloak-node --dev"),
        (&handle[..60], 2, "no handle"),
        ("damaged.address", 2, "no shielded address"),
        ("piece.address", 2, "piece 2 of 4 is missing"),
        ("./long.txt", 2, "too long"),
        ("nobody.address", 6, "cannot be read"),
        ("./nobody", 6, "cannot be read"),
        ("nobody", 6, "no account of this wallet has this name"),
        ("qshield1qqqq", 2, "no shielded address"),
        ("good.address --handle qsh1other", 2, "Do not pay"),
    ] {
        let message = wallet.refusal(status, &send(to));
        assert!(message.contains(part), "{to}: {message}");
    }
    wallet.refusal(3, &send(&format!("good.address --handle {handle}")));
    wallet.refusal(3, &send(&format!("{handle} --handle {handle}")));
    let other = wallet.json("address show //Charlie")["handle"].clone();
    let other = other.as_str().unwrap();
    let unequal = wallet.refusal(2, &send(&format!("{handle} --handle {other}")));
    assert!(unequal.contains("Do not pay"), "{unequal}");
}

#[test]
fn a_file_in_the_folder_takes_no_payment_that_is_meant_for_an_account() {
    let wallet = Wallet::new();
    wallet.json("account import bob --phrase-file phrase --passphrase-file pass");
    wallet.file("bob", &address(&wallet, "//Eve"), 0o644);
    wallet.file("carol", &address(&wallet, "//Eve"), 0o644);
    for line in [
        "send --from //Alice --to bob --amount 1",
        "shield --from //Alice --to bob --amount 1",
        "address publish //Alice --address bob",
    ] {
        let refused = wallet.refusal(2, line);
        assert!(
            refused.contains("`bob` is the name of an account in this wallet"),
            "{line}: {refused}"
        );
        // A file that no account is in the way of says that it is one.
        let refused = wallet.refusal(2, &line.replace("bob", "carol"));
        assert!(refused.contains("./carol"), "{refused}");
        wallet.refusal(3, &line.replace("bob", "./carol"));
    }
}

#[test]
fn arguments_of_the_wrong_kind_are_called_what_they_are() {
    let wallet = Wallet::new();
    wallet.json("account import bob --phrase-file phrase --passphrase-file pass");
    wallet.json("viewkey export //Alice --kind full --out key --yes");
    wallet.json("viewkey import audit --key-file key");
    wallet.file("eve.address", &address(&wallet, "//Eve"), 0o644);
    let key = fs::read_to_string(wallet.path("key")).unwrap();
    let shown = wallet.json("account show bob");
    let public = shown["address"].as_str().unwrap();
    let handle = wallet.json("address show //Bob")["handle"].clone();
    let handle = handle.as_str().unwrap();
    for command in ["send --from //Alice", "shield --from //Alice"] {
        for (to, part) in [
            ("bob", "`bob` is the name of an account"),
            ("//Bob", "`//Bob` is a public account"),
            (public, "is a public account"),
            ("audit", "`audit` is the name of a viewing key"),
            (key.trim(), "this is a viewing key"),
        ] {
            let refused = wallet.refusal(2, &format!("{command} --to {to} --amount 1"));
            assert!(refused.contains(part), "{command} --to {to}: {refused}");
            assert!(!refused.contains("No such file"), "{refused}");
            assert!(!refused.contains(key.trim()), "a secret is repeated");
        }
    }
    for command in ["transfer --from //Alice", "unshield --from //Alice"] {
        for (to, part) in [
            ("eve.address", "qloak send"),
            ("./eve.address", "qloak send"),
            (handle, "is a shielded address"),
            ("audit", "`audit` is the name of a viewing key"),
        ] {
            let refused = wallet.refusal(2, &format!("{command} --to {to} --amount 1"));
            assert!(refused.contains(part), "{command} --to {to}: {refused}");
        }
    }
    for (whose, part) in [
        (handle, "qloak notes ACCOUNT"),
        ("eve.address", "is written like a file"),
        ("audit", "qloak notes audit"),
    ] {
        let refused = wallet.refusal(2, &format!("balance {whose}"));
        assert!(refused.contains(part), "{whose}: {refused}");
    }
}

#[test]
fn an_address_is_published_by_itself_and_looked_up_by_its_handle() {
    let wallet = Wallet::new();
    let handle = wallet.json("address show //Bob --out bob.address")["handle"].clone();
    let handle = handle.as_str().unwrap();
    for (line, part) in [
        (
            format!("address publish //Alice --address {handle}"),
            "short handle",
        ),
        (
            "address publish //Alice --address ./pass".into(),
            "no shielded address",
        ),
        (
            "address publish //Alice --address bob.address --index 1".into(),
            "",
        ),
        (
            format!("address withdraw //Alice {}", &handle[..61]),
            "no handle",
        ),
        ("address find bob.address".into(), "no handle"),
    ] {
        let output = wallet.run(&line);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {errors}");
        assert!(errors.contains(part), "{line}: {errors}");
    }
    wallet.refusal(6, "address publish //Alice --address ./missing");
}

#[test]
fn a_memo_has_its_length() {
    let wallet = Wallet::new();
    wallet.file("to.address", &address(&wallet, "//Bob"), 0o644);
    wallet.file("memo", &"x".repeat(511), 0o644);
    let send = "send --from //Alice --to to.address --amount 1 --memo-file memo";
    assert!(wallet.refusal(2, send).contains("511 bytes"));
    let both = wallet.run(&format!("{send} --memo x"));
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn viewing_keys_are_exported_after_a_question() {
    let wallet = Wallet::new();
    wallet.refusal(8, "viewkey export //Alice --kind full");
    for (kind, prefix) in [
        ("full", "qshieldview1"),
        ("incoming", "qshieldincoming1"),
        ("outgoing", "qshieldoutgoing1"),
    ] {
        let shown = wallet.json(&format!("viewkey export //Alice --kind {kind} --yes"));
        assert!(
            shown["key"].as_str().unwrap().starts_with(prefix),
            "{shown}"
        );
    }
    let shown = wallet.json("viewkey export //Alice --kind incoming --out key --yes");
    assert_eq!(
        (&shown["file"], &shown["key"]),
        (&"key".into(), &Json::Null)
    );
    assert_eq!(mode(&wallet.path("key")), 0o600);
    insta::assert_snapshot!(
        "viewkey_export",
        wallet.text("viewkey export //Alice --kind outgoing --out other --yes")
    );
}

#[test]
fn a_viewing_key_must_be_one_and_private() {
    let wallet = Wallet::new();
    wallet.file("garbage", "qshieldview1xyz", 0o600);
    wallet.json("viewkey export //Alice --kind full --out full --yes");
    let open = fs::read_to_string(wallet.path("full")).unwrap();
    wallet.file("open", &open, 0o644);
    for (file, status, part) in [
        ("garbage", 5, "no viewing key"),
        ("open", 5, "chmod 600"),
        ("missing", 6, "cannot be read"),
    ] {
        let message = wallet.refusal(status, &format!("notes --view-key-file {file}"));
        assert!(message.contains(part), "{file}: {message}");
        let status = 5;
        let message = wallet.refusal(status, &format!("viewkey import a --key-file {file}"));
        assert!(
            message.contains(part) || file == "missing",
            "{file}: {message}"
        );
    }
    assert_eq!(wallet.run("notes").status.code(), Some(2));
    assert_eq!(
        wallet.json("viewkey list")["viewkeys"],
        serde_json::json!([])
    );
}

#[test]
fn imported_viewing_keys_look_and_do_not_spend() {
    let wallet = Wallet::new();
    wallet.file("bob.address", &address(&wallet, "//Bob"), 0o644);
    for kind in ["full", "incoming", "outgoing"] {
        wallet.json(&format!(
            "viewkey export //Alice --kind {kind} --out {kind}.key --yes"
        ));
        let shown = wallet.json(&format!("viewkey import my-{kind} --key-file {kind}.key"));
        assert_eq!(
            (&shown["name"], &shown["kind"]),
            (&format!("my-{kind}").into(), &kind.into())
        );
        assert_eq!(mode(Path::new(shown["file"].as_str().unwrap())), 0o600);
        // Looking needs the node, paying is refused before that.
        let (looked, notes) = match kind {
            "outgoing" => (5, "no notes"),
            _ => (3, "qloak-node"),
        };
        wallet.refusal(3, &format!("scan my-{kind}"));
        wallet.refusal(3, &format!("history my-{kind}"));
        let refused = wallet.refusal(looked, &format!("notes my-{kind}"));
        assert!(refused.contains(notes), "{refused}");
        for line in [
            format!("send --from my-{kind} --to bob.address --amount 1"),
            format!("unshield --from my-{kind} --to //Bob --amount 1"),
            format!("shield --from my-{kind} --amount 1"),
        ] {
            let refused = wallet.refusal(5, &line);
            let expected =
                format!("`my-{kind}` is a viewing key ({kind}), which sees and cannot spend");
            assert!(refused.contains(&expected), "{line}: {refused}");
        }
    }
    insta::assert_snapshot!("viewkey_list", wallet.text("viewkey list"));
    let listed = wallet.json("viewkey list");
    assert_eq!(listed["viewkeys"][1]["kind"], "incoming");
}

#[test]
fn an_incoming_key_makes_the_addresses_and_an_outgoing_one_none() {
    let wallet = Wallet::new();
    for kind in ["incoming", "outgoing"] {
        wallet.json(&format!(
            "viewkey export //Alice --kind {kind} --out {kind} --yes"
        ));
        wallet.json(&format!("viewkey import my-{kind} --key-file {kind}"));
    }
    assert_eq!(address(&wallet, "my-incoming"), address(&wallet, "//Alice"));
    for line in ["address show my-outgoing", "address new my-outgoing"] {
        let refused = wallet.refusal(5, line);
        assert!(
            refused.contains("outgoing viewing key makes no addresses"),
            "{refused}"
        );
    }
    let again = wallet.json("viewkey export my-incoming --kind incoming --yes");
    assert_eq!(
        again["key"],
        fs::read_to_string(wallet.path("incoming")).unwrap().trim()
    );
    let refused = wallet.refusal(5, "viewkey export my-incoming --kind full --yes");
    assert!(refused.contains("sees too little"), "{refused}");
}

#[test]
fn a_name_stands_for_an_account_or_a_viewing_key() {
    let wallet = Wallet::new();
    wallet.json("viewkey export //Alice --kind full --out key --yes");
    let import = "account import one --phrase-file phrase --passphrase-file pass";
    wallet.json(import);
    let refused = wallet.refusal(5, "viewkey import one --key-file key");
    assert!(refused.contains("exists"), "{refused}");
    wallet.json("viewkey import two --key-file key");
    for line in [
        &import.replace("one", "two"),
        "viewkey import two --key-file key",
    ] {
        let refused = wallet.refusal(5, line);
        assert!(refused.contains("exists"), "{line}: {refused}");
    }
    wallet.refusal(2, "viewkey import ../two --key-file key");
    // Never as an argument, which every process of the user can read.
    let key = fs::read_to_string(wallet.path("key")).unwrap();
    let given = wallet.run(&format!("viewkey import three {}", key.trim()));
    assert_eq!(given.status.code(), Some(2));
    let asked = wallet.refusal(5, "viewkey import three");
    assert!(asked.contains("--key-fd N or --key-file PATH"), "{asked}");
}

#[test]
fn a_damaged_disclosure_is_none() {
    let wallet = Wallet::new();
    wallet.file("paid", "qpaid1qqqqqqq", 0o600);
    assert!(wallet
        .refusal(9, "verify-disclosure paid")
        .contains("damaged"));
    wallet.refusal(6, "verify-disclosure missing");
}

#[test]
fn amounts_are_checked_by_the_command_line() {
    let wallet = Wallet::new();
    for line in [
        "send --from //Alice --amount 1",
        "shield --from //Alice",
        "scan //Alice --addresses 0",
        "scan //Alice --addresses 257",
        "viewkey export //Alice --kind all",
        "disclose //Alice",
    ] {
        assert_eq!(wallet.run(line).status.code(), Some(2), "{line}");
    }
}
