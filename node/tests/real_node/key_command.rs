//! `qloak-node key …`: where secrets come from, where they go, and who may read them.

use crate::common::{binary, fail, mode, run, succeed, text, write};
use serde_json::Value;
use std::{fs, io::Write, process::Stdio};

const ALICE: &str = "//Alice\n";

/// The keys of a validator: how a command names them, where they derive, and how their files begin.
const KEYS: [(&str, &str, &str); 2] = [
    ("aura", "//aura", "61757261"),
    ("gran", "//grandpa", "6772616e"),
];

fn json(output: &str) -> Value {
    serde_json::from_str(output).expect("JSON")
}

#[test]
fn a_generated_phrase_goes_into_a_private_file_and_makes_the_same_key_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("phrase");
    let made = json(&succeed(&[
        "key",
        "generate",
        "--json",
        "--output-file",
        text(&file),
    ]));
    assert_eq!(mode(&file), 0o600);
    assert!(
        made.get("phrase").is_none(),
        "the phrase is printed on request only"
    );
    let mut session_keys = String::from("0x");
    for (key_type, _, _) in KEYS {
        let key = &made[key_type];
        assert_eq!(key["keyType"], key_type);
        assert_eq!(key["scheme"], "ml-dsa-65");
        assert_eq!(key["publicKey"].as_str().unwrap().len(), 2 + 2 * 1952);
        session_keys += &key["authorityId"].as_str().unwrap()[2..];
    }
    assert_eq!(made["sessionKeys"], session_keys);
    assert_ne!(made["aura"]["authorityId"], made["gran"]["authorityId"]);

    let seen = json(&succeed(&[
        "key",
        "inspect",
        "--json",
        "--secret-file",
        text(&file),
    ]));
    for (key_type, _, _) in KEYS {
        assert_eq!(seen[key_type], made[key_type]);
    }

    let complaint = fail(&["key", "generate", "--output-file", text(&file)]);
    assert!(complaint.contains("cannot create"), "{complaint}");
}

/// One key of a validator by itself is the key of the same type among both.
#[test]
fn a_single_key_has_a_secret_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let inspect = |secret: &str, more: &[&str]| {
        let file = folder.path().join("secret");
        write(&file, secret, 0o600);
        let arguments = ["key", "inspect", "--json", "--secret-file", text(&file)];
        json(&succeed(&[&arguments[..], more].concat()))
    };
    let both = inspect(ALICE, &[]);
    for (key_type, junction, _) in KEYS {
        let secret = format!("{}{junction}\n", ALICE.trim());
        let one = inspect(&secret, &["--key-type", key_type]);
        assert_eq!(one, both[key_type]);
    }
}

#[test]
fn a_single_keys_secret_is_not_taken_for_a_validators() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    for (_, junction, _) in KEYS {
        write(&file, &format!("//Alice{junction}\n"), 0o600);
        let complaint = fail(&["key", "inspect", "--secret-file", text(&file)]);
        assert!(complaint.contains("names one key"), "{complaint}");
        assert!(!complaint.contains("Alice"), "{complaint}");
    }
}

#[test]
fn a_key_type_that_signs_nothing_is_refused() {
    let output = run(&["key", "generate", "--show-phrase", "--key-type", "babe"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("aura and gran"));
}

#[test]
fn a_phrase_is_shown_on_request() {
    let made = json(&succeed(&["key", "generate", "--json", "--show-phrase"]));
    assert_eq!(made["phrase"].as_str().unwrap().split(' ').count(), 24);
    let plain = succeed(&["key", "generate", "--show-phrase"]);
    assert!(plain.contains("Recovery phrase:"), "{plain}");
}

#[test]
fn a_secret_is_read_from_a_descriptor() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    write(&file, ALICE, 0o600);
    let from_file = succeed(&["key", "inspect", "--json", "--secret-file", text(&file)]);

    let mut child = binary()
        .args(["key", "inspect", "--json", "--secret-fd", "0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(ALICE.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), from_file);
}

#[test]
fn an_exposed_secret_file_is_refused_with_the_line_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    write(&file, ALICE, 0o644);
    let complaint = fail(&["key", "inspect", "--secret-file", text(&file)]);
    assert!(
        complaint.contains(&format!("chmod 600 {}", file.display())),
        "{complaint}"
    );
}

#[test]
fn bad_secrets_are_refused_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    for (secret, expected) in [
        ("0x1234\n", "64 hexadecimal digits"),
        ("correct horse battery staple\n", "word count"),
        ("//Alice/soft\n", "soft"),
        ("//Alice///password\n", "not supported"),
        ("\n", "empty"),
        ("one\ntwo\n", "more than one line"),
    ] {
        write(&file, secret, 0o600);
        let complaint = fail(&["key", "inspect", "--secret-file", text(&file)]);
        assert!(complaint.contains(expected), "{secret:?}: {complaint}");
        assert!(
            !complaint.contains("horse") && !complaint.contains("1234"),
            "{complaint}"
        );
    }
}

#[test]
fn secrets_on_the_command_line_are_refused() {
    let output = run(&["key", "insert", "--suri", "//Alice"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--suri"));
}

#[test]
fn keys_are_inserted_plainly_or_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    let password = folder.path().join("password");
    write(&secret, ALICE, 0o600);
    write(&password, "open sesame\n", 0o600);
    for (name, encrypted) in [("plain", false), ("encrypted", true)] {
        let keystore = folder.path().join(name);
        let mut arguments = vec!["key", "insert", "--json", "--chain", "local"];
        arguments.extend([
            "--keystore-path",
            text(&keystore),
            "--secret-file",
            text(&secret),
        ]);
        if encrypted {
            arguments.extend(["--password-filename", text(&password)]);
        }
        let made = json(&succeed(&arguments));
        for (key_type, _, prefix) in KEYS {
            let id = made[key_type]["authorityId"].as_str().unwrap();
            let name = format!("{prefix}{}.json", id.trim_start_matches("0x"));
            let file = keystore.join("pq").join(name);
            assert_eq!(mode(&file), 0o600);
            let content = fs::read_to_string(&file).unwrap();
            assert_eq!(content.contains("argon2id"), encrypted);
        }
        assert_eq!(mode(&keystore.join("pq")), 0o700);
    }

    // The keystore opens at every insertion, so a wrong password is noticed by the next one.
    let keystore = folder.path().join("encrypted");
    write(&password, "open barley\n", 0o600);
    let complaint = fail(&[
        "key",
        "insert",
        "--chain",
        "local",
        "--keystore-path",
        text(&keystore),
        "--secret-file",
        text(&secret),
        "--password-filename",
        text(&password),
    ]);
    assert!(complaint.contains("wrong keystore password"), "{complaint}");
}

#[test]
fn a_key_is_not_inserted_into_a_folder_that_will_not_last() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    write(&secret, "//Alice\n", 0o600);
    let insert = ["key", "insert", "--dev", "--secret-file", text(&secret)];
    let complaint = fail(&insert);
    assert!(complaint.contains("--base-path"), "{complaint}");
    let lasting = ["--base-path", text(folder.path())];
    succeed(&[&insert[..], &lasting].concat());
    assert!(folder.path().join("chains/dev/keystore/pq").is_dir());
}

#[test]
fn a_key_of_one_type_is_inserted_alone() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    let keystore = folder.path().join("keystore");
    write(&secret, "//Alice//grandpa\n", 0o600);
    let made = json(&succeed(&[
        "key",
        "insert",
        "--json",
        "--chain",
        "local",
        "--key-type",
        "gran",
        "--keystore-path",
        text(&keystore),
        "--secret-file",
        text(&secret),
    ]));
    let id = made["authorityId"].as_str().unwrap();
    let files: Vec<_> = fs::read_dir(keystore.join("pq"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, [format!("6772616e{}.json", &id[2..])]);
}

#[test]
fn a_node_key_is_stored_where_the_node_looks_for_it_and_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let base = text(folder.path());
    let make = ["key", "generate-node-key", "--chain", "local", "-d", base];
    let made = run(&make);
    assert!(made.status.success());
    let file = folder
        .path()
        .join("chains/local_testnet/network/secret_ed25519");
    let secret = fs::read_to_string(&file).unwrap();
    for output in [&made.stdout, &made.stderr] {
        assert!(!String::from_utf8_lossy(output).contains(&secret));
    }
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    let peer = succeed(&["key", "inspect-node-key", "--file", text(&file)]);
    assert_eq!(peer, String::from_utf8(made.stdout).unwrap());

    let again = fail(&make);
    assert!(again.contains("has a node key already"), "{again}");
    assert_eq!(fs::read_to_string(&file).unwrap(), secret);

    write(&file, &secret, 0o644);
    let start = ["--chain", "local", "--alice", "-d", base];
    let ports = ["--port", "0", "--rpc-port", "0", "--no-prometheus"];
    let exposed = fail(&[&start[..], &ports].concat());
    assert!(
        exposed.contains(&format!("chmod 600 {}", file.display())),
        "{exposed}"
    );
}

#[test]
fn a_node_key_goes_into_a_file_of_ones_choice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node-key");
    succeed(&["key", "generate-node-key", "--file", text(&file)]);
    assert_eq!(mode(&file), 0o600);
    let peer = succeed(&["key", "inspect-node-key", "--file", text(&file)]);
    assert!(peer.starts_with("12D3"), "{peer}");
}
