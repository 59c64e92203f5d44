#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
//! What the command says of itself.

use std::process::Command;

fn help_pages() -> Vec<&'static str> {
    vec![
        "",
        "account",
        "account new",
        "account import",
        "account list",
        "account show",
        "account export",
        "account passphrase",
        "account rename",
        "account remove",
        "balance",
        "transfer",
        "key",
        "key register",
        "key rotate",
        "key backup",
        "key import-backup",
        "key show-backup",
        "key freeze",
        "key recover",
        "key deregister",
        "key restore",
        "key migrate",
        "key status",
        "validator",
        "validator bond",
        "validator bond-more",
        "validator validate",
        "validator set-keys",
        "validator rotate-keys",
        "validator purge-keys",
        "validator chill",
        "validator unbond",
        "validator withdraw",
        "validator status",
        "nominate",
        "shield",
        "send",
        "unshield",
        "scan",
        "notes",
        "history",
        "address",
        "address new",
        "address show",
        "address publish",
        "address withdraw",
        "address find",
        "viewkey",
        "viewkey export",
        "viewkey import",
        "viewkey list",
        "disclose",
        "verify-disclosure",
        "tx",
        "tx show",
        "tx watch",
        "chain",
        "chain info",
        "completions",
    ]
}

/// What the command prints, in a folder where it finds nothing.
fn output_of(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_qloak"));
    let command = command.env_clear().current_dir(folder.path());
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn help_of(command: &str) -> String {
    let words = command.split(' ').filter(|word| !word.is_empty());
    output_of(&words.chain(["--help"]).collect::<Vec<_>>())
}

/// The help is part of the interface: a change to it is read before it is accepted
/// (`INSTA_UPDATE=always cargo test -p qloak-wallet`).
#[test]
fn help_texts_are_as_reviewed() {
    for command in help_pages() {
        let name = format!("help {command}").trim_end().replace(' ', "_");
        insta::assert_snapshot!(name, help_of(command));
    }
}

#[test]
fn no_secret_is_an_argument_or_a_variable() {
    for command in help_pages() {
        let help = help_of(command);
        for secret in [
            "--passphrase <",
            "--password",
            "--phrase <",
            "--seed",
            "--mnemonic <",
            "--view-key <",
            "[env: QLOAK_PASS",
        ] {
            assert!(!help.contains(secret), "{command}: {secret}");
        }
    }
}

#[test]
fn completions_are_scripts() {
    for (shell, sign) in [
        ("bash", "_qloak()"),
        ("zsh", "#compdef qloak"),
        ("fish", "complete -c qloak"),
    ] {
        let script = output_of(&["completions", shell]);
        assert!(script.contains(sign), "{shell}");
    }
}
