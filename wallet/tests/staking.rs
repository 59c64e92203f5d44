#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
//! The staking commands as people and programs run them, without a node.

mod common;

use common::Wallet;

fn refusal(status: i32, arguments: &[&str]) -> String {
    Wallet::new().refusal(status, arguments)
}

/// A command line, as words.
fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn hexadecimal(bytes: usize) -> String {
    format!("0x{}", "ab".repeat(bytes))
}

#[test]
fn every_command_needs_a_node() {
    let set_keys = format!(
        "validator set-keys --from //Bob --keys {} --proof 0x00",
        hexadecimal(64)
    );
    for line in [
        "validator bond --from //Bob --amount 1",
        "validator bond-more --from //Bob --amount 1",
        "validator validate --from //Bob --commission 2.5",
        &set_keys,
        "validator rotate-keys --from //Bob",
        "validator rotate-keys --from //Bob --no-send",
        "validator chill --from //Bob",
        "validator unbond --from //Bob --all",
        "validator withdraw --from //Bob",
        "validator status",
        "validator status //Bob",
        "nominate --from //Bob //Alice",
    ] {
        let message = refusal(3, &words(line));
        assert!(message.contains("qloak-node --dev"), "{line}: {message}");
    }
}

#[test]
fn keys_and_proof_are_judged_before_a_node_is_asked() {
    let (good, short) = (hexadecimal(64), hexadecimal(63));
    for (options, expected) in [
        (format!("--keys {short} --proof 0x00"), "these are 63"),
        (
            format!("--keys {} --proof 0x00", &good[2..]),
            "written as 0x",
        ),
        (format!("--keys {good} --proof 0xg0"), "the proof must be"),
        (format!("--keys {good} --proof 0x"), "the proof is empty"),
        ("--file /nonexistent/keys".into(), "/nonexistent/keys: "),
    ] {
        let line = format!("validator set-keys --from //Bob {options}");
        let message = refusal(2, &words(&line));
        assert!(message.contains(expected), "{line}: {message}");
    }
}

#[test]
fn options_that_make_no_sense_are_named() {
    for (line, expected) in [
        (
            "validator validate --from //Bob --commission 101",
            "at most 100",
        ),
        (
            "validator validate --from //Bob --commission five",
            "such as 5",
        ),
        ("validator bond --from //Bob", "--amount"),
        ("validator unbond --from //Bob", "--amount"),
        (
            "validator unbond --from //Bob --amount 1 --all",
            "cannot be used with",
        ),
        ("validator set-keys --from //Bob --keys 0x00", "--proof"),
        (
            "validator set-keys --from //Bob --keys 0x --proof 0x --file x",
            "cannot be used with",
        ),
        ("validator chill", "--from"),
        ("nominate --from //Bob", "<TARGET>"),
    ] {
        let output = Wallet::new().run(&words(line));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {said}");
        assert!(said.contains(expected), "{line}: {said}");
    }
}
