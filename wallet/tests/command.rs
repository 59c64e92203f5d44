#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]
//! The command as people and programs run it, without a node.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use common::{message, mode, Wallet, PHRASE};
use serde_json::Value as Json;

#[test]
fn a_new_account_is_stored_privately_and_listed() {
    let wallet = Wallet::new();
    let made = wallet.new_account("alice");
    assert_eq!(made["name"], "alice");
    assert_eq!(made["scheme"], "ml-dsa-65");
    assert_eq!(made["keys"][0]["bytes"], 1952);
    assert_eq!(made["keys"][0]["path"], "//0");
    assert!(
        made.get("phrase").is_none(),
        "the phrase is shown only when asked for"
    );
    assert!(made["address"].as_str().unwrap().starts_with("qk"));
    assert_eq!(mode(&wallet.key_file("alice")), 0o600);
    assert_eq!(mode(&wallet.path("home/accounts")), 0o700);
    assert_eq!(mode(&wallet.path("home")), 0o700);

    let listed = wallet.json(&["account", "list"]);
    assert_eq!(listed["accounts"][0]["address"], made["address"]);
    let shown = wallet.json(&["account", "show", made["address"].as_str().unwrap()]);
    assert_eq!(shown, wallet.json(&["account", "show", "alice"]));
    assert_eq!(shown["account_id"], made["account_id"]);
}

#[test]
fn every_scheme_makes_an_account() {
    let wallet = Wallet::new();
    for scheme in [
        "ml-dsa-44",
        "ml-dsa-65",
        "ml-dsa-87",
        "slh-dsa-shake-128f",
        "slh-dsa-shake-128s",
        "fn-dsa-512",
        "hybrid-ed25519-ml-dsa-65",
    ] {
        let made = wallet.json(&[
            "account",
            "new",
            scheme,
            "--scheme",
            scheme,
            "--passphrase-file",
            &wallet.pass(),
        ]);
        assert_eq!(made["scheme"], scheme);
    }
    assert_eq!(
        wallet.json(&["account", "list"])["accounts"]
            .as_array()
            .unwrap()
            .len(),
        7
    );
}

#[test]
fn a_phrase_restores_the_account_on_another_machine() {
    let (here, there) = (Wallet::new(), Wallet::new());
    let made = here.json(&[
        "account",
        "new",
        "alice",
        "--show-phrase",
        "--passphrase-file",
        &here.pass(),
    ]);
    let phrase = made["phrase"].as_str().unwrap();
    assert_eq!(phrase.split(' ').count(), 24);
    let exported = here.json(&[
        "account",
        "export",
        "alice",
        "--phrase",
        "--passphrase-file",
        &here.pass(),
    ]);
    assert_eq!(exported["phrase"], phrase);

    let phrase_file = there.secret("words", phrase).display().to_string();
    let arguments = [
        "account",
        "import",
        "alice",
        "--phrase-file",
        &phrase_file,
        "--passphrase-file",
        &there.pass(),
    ];
    assert_eq!(there.json(&arguments)["address"], made["address"]);
}

#[test]
fn secrets_come_through_file_descriptors() {
    let wallet = Wallet::new();
    let script = format!(
        "{} account import dev --path //Alice --phrase-fd 3 --passphrase-fd 4 --json 3< {} 4< {}",
        env!("CARGO_BIN_EXE_qloak"),
        wallet.path("development").display(),
        wallet.path("pass").display()
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("QLOAK_HOME", wallet.path("home"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let imported: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        imported["address"],
        wallet.json(&["account", "show", "//Alice"])["address"]
    );

    let error = wallet.error(
        2,
        &[
            "account",
            "import",
            "x",
            "--phrase-fd",
            "3",
            "--passphrase-fd",
            "3",
        ],
    );
    assert!(message(&error).contains("two secrets"), "{error}");
}

/// An account that was recovered with a new phrase, or migrated, has another founder than that phrase's key.
#[test]
fn a_phrase_restores_an_account_that_another_key_founded() {
    let (founder, wallet) = (Wallet::new(), Wallet::new());
    let address = founder.new_account("alice")["address"].clone();
    let phrase = wallet.path("phrase");
    let import = ["account", "import", "alice", "--phrase-file"];
    let (phrase, pass) = (phrase.to_str().unwrap(), wallet.pass());
    let import = [&import[..], &[phrase, "--passphrase-file", &pass]].concat();
    let error = wallet.error(2, &[&import[..], &["--account", "5nonsense"]].concat());
    assert!(message(&error).contains("5nonsense"), "{error}");
    let of = ["--account", address.as_str().unwrap()];
    let imported = wallet.json(&[&import[..], &of].concat());
    assert_eq!(imported["address"], address);
    assert_eq!(imported["keys"][0]["path"], "//0");
}

#[test]
fn an_exported_key_file_moves_to_another_machine() {
    let (here, there) = (Wallet::new(), Wallet::new());
    let made = here.new_account("alice");
    let out = here.path("exported.json");
    here.json(&["account", "export", "alice", "--out", out.to_str().unwrap()]);
    assert_eq!(mode(&out), 0o600);
    let imported = there.json(&[
        "account",
        "import",
        "bob",
        "--key-file",
        out.to_str().unwrap(),
    ]);
    assert_eq!(imported["address"], made["address"]);

    let raw = here.run(&["account", "export", "alice"]);
    assert_eq!(raw.stdout, fs::read(&out).unwrap());
    let public = here.json(&["account", "export", "alice", "--public-key"]);
    assert_eq!(public["public"], made["keys"][0]["public"]);
    let error = here.error(
        5,
        &["account", "export", "alice", "--out", out.to_str().unwrap()],
    );
    assert!(message(&error).contains("exists already"), "{error}");
}

#[test]
fn development_accounts_need_no_file() {
    let wallet = Wallet::new();
    let alice = wallet.json(&["account", "show", "//Alice"]);
    let small = wallet.json(&["account", "show", "//Alice", "--scheme", "ml-dsa-44"]);
    assert_ne!(alice["address"], small["address"]);
    let stored = [
        "account",
        "import",
        "dev",
        "--development",
        "//Alice",
        "--passphrase-file",
        &wallet.pass(),
    ];
    assert_eq!(wallet.json(&stored)["address"], alice["address"]);
}

#[test]
fn a_wrong_passphrase_is_called_that() {
    let wallet = Wallet::new();
    wallet.new_account("alice");
    let wrong = wallet
        .secret("wrong", "battery staple")
        .display()
        .to_string();
    let error = wallet.error(
        5,
        &[
            "account",
            "export",
            "alice",
            "--phrase",
            "--passphrase-file",
            &wrong,
        ],
    );
    assert!(message(&error).contains("wrong passphrase"), "{error}");
}

#[test]
fn a_world_readable_key_file_is_refused_with_the_repair() {
    let wallet = Wallet::new();
    wallet.new_account("alice");
    let path = wallet.key_file("alice");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let error = wallet.error(5, &["account", "show", "alice"]);
    assert!(
        message(&error).contains(&format!("chmod 600 {}", path.display())),
        "{error}"
    );
    // And a passphrase file like it.
    fs::set_permissions(wallet.path("pass"), fs::Permissions::from_mode(0o644)).unwrap();
    let error = wallet.error(
        5,
        &["account", "new", "bob", "--passphrase-file", &wallet.pass()],
    );
    assert!(message(&error).contains("chmod 600"), "{error}");
}

#[test]
fn a_corrupt_key_file_is_called_that_and_spoils_no_list() {
    let wallet = Wallet::new();
    wallet.new_account("alice");
    wallet.new_account("bob");
    fs::write(wallet.key_file("alice"), "{").unwrap();
    let error = wallet.error(5, &["account", "show", "alice"]);
    assert!(
        message(&error).contains("not a key file, or it is damaged"),
        "{error}"
    );
    let listed = wallet.json(&["account", "list"]);
    assert!(listed["accounts"][0]["error"].is_string());
    assert_eq!(listed["accounts"][1]["name"], "bob");
}

#[test]
fn an_account_is_never_overwritten() {
    let wallet = Wallet::new();
    let made = wallet.new_account("alice");
    let error = wallet.error(
        5,
        &[
            "account",
            "new",
            "alice",
            "--passphrase-file",
            &wallet.pass(),
        ],
    );
    assert!(message(&error).contains("exists already"), "{error}");
    assert_eq!(
        wallet.json(&["account", "show", "alice"])["address"],
        made["address"]
    );
}

#[test]
fn bad_input_has_its_own_status_and_message() {
    let wallet = Wallet::new();
    let pass = wallet.pass();
    let short = wallet.secret("short", "1234567").display().to_string();
    let typo = wallet
        .secret("typo", &PHRASE.replace("yellow", "yelow"))
        .display()
        .to_string();
    let cases: [(i32, &[&str], &str); 9] = [
        (
            2,
            &["account", "new", "../evil", "--passphrase-file", &pass],
            "cannot name an account",
        ),
        (
            2,
            &[
                "account",
                "new",
                "a",
                "--words",
                "13",
                "--passphrase-file",
                &pass,
            ],
            "not 13",
        ),
        (
            2,
            &[
                "account",
                "new",
                "a",
                "--path",
                "/soft",
                "--passphrase-file",
                &pass,
            ],
            "derivation path",
        ),
        (
            5,
            &["account", "new", "a", "--passphrase-file", &short],
            "at least 8",
        ),
        (
            5,
            &["account", "new", "a", "--passphrase-file", "/nonexistent"],
            "could not be read",
        ),
        (5, &["account", "new", "a"], "--passphrase-fd"),
        (
            5,
            &[
                "account",
                "import",
                "a",
                "--phrase-file",
                &typo,
                "--passphrase-file",
                &pass,
            ],
            "word 12",
        ),
        (6, &["account", "show", "nobody"], "no account `nobody`"),
        (
            2,
            &["account", "export", "//Alice", "--phrase"],
            "development account",
        ),
    ];
    for (status, arguments, expected) in cases {
        let error = wallet.error(status, arguments);
        assert!(message(&error).contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn a_missing_node_is_status_3_for_every_command_that_needs_one() {
    let wallet = Wallet::new();
    wallet.new_account("alice");
    let hash = format!("0x{}", "ab".repeat(32));
    let commands: [&[&str]; 9] = [
        &["balance", "alice"],
        &[
            "transfer", "--from", "alice", "--to", "//Bob", "--amount", "1",
        ],
        &["key", "register", "--from", "alice"],
        &["key", "rotate", "--from", "alice"],
        &["key", "backup", "--from", "alice"],
        &["key", "status", "alice"],
        &["tx", "show", &hash],
        &["tx", "watch", &hash],
        &["chain", "info"],
    ];
    for arguments in commands {
        let error = wallet.error(3, arguments);
        assert_eq!(error["kind"], "unreachable");
        assert!(
            message(&error).contains("qloak-node --dev"),
            "{arguments:?}: {error}"
        );
    }
}

#[test]
fn without_json_an_error_is_one_sentence_without_colour() {
    let wallet = Wallet::new();
    let output = wallet.run(&["account", "show", "nobody"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: no account `nobody`"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
    assert!(!stderr.contains('\x1b'));
}

#[test]
fn usage_errors_are_status_2() {
    let wallet = Wallet::new();
    for arguments in [
        &["transfer"][..],
        &["nonsense"],
        &["account", "new", "a", "--scheme", "rsa"],
        &["tx", "show", "0x12"],
    ] {
        let output = wallet.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    let output = wallet.run(&["account", "new", "a", "--scheme", "rsa"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("hybrid-ed25519-ml-dsa-65"));
}
