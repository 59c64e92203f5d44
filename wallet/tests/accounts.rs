#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
//! What the commands do with accounts and key files on this machine, without a node.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use common::{text, Wallet, PHRASE};
use serde_json::Value as Json;

#[test]
fn no_account_gets_a_name_that_reads_as_an_address() {
    let wallet = Wallet::new();
    let address = wallet.json("account show //Bob")["address"].clone();
    let handle = wallet.json("address show //Bob")["handle"].clone();
    wallet.new_account("alice");
    wallet.json("account export alice --out alice.json");
    wallet.json("viewkey export //Alice --kind full --out alice.view --yes");
    for name in [text(&address), text(&handle)] {
        for line in [
            format!("account new {name} --passphrase-file pass"),
            format!("account import {name} --phrase-file phrase --passphrase-file pass"),
            format!("account import {name} --key-file alice.json"),
            format!("account import {name} --development //Alice --passphrase-file pass"),
            format!("viewkey import {name} --key-file alice.view"),
            format!("key migrate --name {name} --development //Alice"),
        ] {
            let refused = wallet.refusal(2, &line);
            assert!(refused.contains("reads as an address"), "{line}: {refused}");
        }
    }
}

/// Every way to a name: also the new one of an account that is there, with or without a backup key.
#[test]
fn no_account_is_renamed_to_what_reads_as_an_address() {
    let wallet = Wallet::new();
    let address = wallet.json("account show //Bob")["address"].clone();
    let handle = wallet.json("address show //Bob")["handle"].clone();
    wallet.new_account("carol");
    wallet.json(
        "key import-backup --account carol --phrase-file phrase --backup-passphrase-file pass",
    );
    let mistyped = text(&address).replacen('k', "j", 1);
    for name in [
        text(&address),
        text(&handle),
        &mistyped,
        // An address of another network.
        "5DXj5nRsJPTFNsVAEGTbcQJkFJs4FwFyrRfPQkFmYxzDkCKX",
        "0xabc",
        "qshield1",
    ] {
        let refused = wallet.refusal(2, &format!("account rename carol {name}"));
        assert!(refused.contains("reads as an address"), "{name}: {refused}");
    }
    // As it is written where there is no room for the whole.
    let refused = wallet.refusal(2, "account rename carol 5DXj…");
    assert!(refused.contains("cannot name an account"), "{refused}");
    let listed = wallet.json("account list");
    assert_eq!(listed["accounts"][0]["name"], "carol");
    assert_eq!(listed["backups"], serde_json::json!(["carol"]));
}

#[test]
fn a_file_named_like_an_address_does_not_stand_for_that() {
    let wallet = Wallet::new();
    let bob = wallet.json("account show //Bob")["address"].clone();
    let thief = wallet.new_account("thief");
    fs::rename(wallet.key_file("thief"), wallet.key_file(text(&bob))).unwrap();
    let refused = wallet.refusal(5, &format!("account show {}", text(&bob)));
    assert!(refused.contains("no key for"), "{refused}");
    // It is listed, with what is wrong, and its own address finds it.
    let (listed, warning) = wallet.told("account list");
    assert_eq!(listed["accounts"][0]["address"], thief["address"]);
    assert!(warning.contains("is named like an address"), "{warning}");
    let shown = wallet.json(&format!("account show {}", text(&thief["address"])));
    assert_eq!(shown["keys"], thief["keys"]);
}

/// As in `qloak … | head`, for every command that prints without a node, and for errors and help.
#[test]
fn output_into_a_closed_pipe_is_no_panic() {
    let wallet = Wallet::new();
    wallet.new_account("alice");
    wallet.json("account export alice --out alice.json");
    wallet.json("viewkey export //Alice --kind full --out alice.view --yes");
    wallet.json(&import_backup("backup.json"));
    for (line, status) in [
        ("--help", 0),
        ("key recover --help", 0),
        ("--version", 0),
        ("completions bash", 0),
        ("account list", 0),
        ("account show alice", 0),
        ("account show //Alice --json", 0),
        ("account export alice", 0),
        ("account export alice --public-key", 0),
        ("account export alice --phrase --passphrase-file pass", 0),
        ("account new bob --passphrase-file pass", 0),
        ("account import carol --key-file alice.json", 0),
        (
            "account passphrase alice --passphrase-file pass --new-passphrase-file pass",
            0,
        ),
        ("account rename carol dave", 0),
        ("account remove dave --yes", 0),
        ("key show-backup backup.json", 0),
        ("address show //Alice --qr", 0),
        ("address show //Alice --full", 0),
        ("viewkey export //Alice --kind full --yes", 0),
        ("viewkey import seer --key-file alice.view", 0),
        ("viewkey list", 0),
        ("account show nobody", 6),
        ("account show nobody --json", 6),
        ("nonsense", 2),
        ("balance alice", 3),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let errors = writer.try_clone().unwrap();
        let output = wallet.command(line).stdout(writer).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{line}: {told}");
        assert!(!told.contains("panicked"), "{line}: {told}");
        if !line.starts_with("account re") && !line.contains("import") && !line.contains("new") {
            let status_of = wallet
                .command(line)
                .stdout(Stdio::null())
                .stderr(errors)
                .status();
            assert_eq!(status_of.unwrap().code(), Some(status), "{line}");
        }
    }
}

fn import_backup(out: &str) -> String {
    format!("key import-backup --account //Bob --phrase-file phrase --backup-passphrase-file pass --out {out}")
}

#[test]
fn the_words_of_a_backup_key_make_its_file() {
    let wallet = Wallet::new();
    let imported = wallet.json(&import_backup("backup.json"));
    let bob = wallet.json("account show //Bob")["address"].clone();
    assert_eq!(
        (&imported["account"], &imported["scheme"]),
        (&bob, &"slh-dsa-shake-128s".into())
    );
    let file = wallet.path("backup.json");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let shown = wallet.json("key show-backup backup.json");
    assert_eq!(shown["public"], imported["public"]);
    assert!(shown.get("phrase").is_none());
    let words = wallet.json("key show-backup backup.json --phrase --backup-passphrase-file pass");
    assert_eq!(words["phrase"], PHRASE);
    // Another scheme makes another key, an account's file is none, and nothing is overwritten.
    let other = format!(
        "{} --scheme slh-dsa-shake-128f",
        import_backup("other.json")
    );
    assert_ne!(wallet.json(&other)["public"], imported["public"]);
    assert!(wallet
        .refusal(5, &import_backup("backup.json"))
        .contains("exists"));
    wallet.new_account("alice");
    wallet.json("account export alice --out alice.json");
    let refused = wallet.refusal(5, "key show-backup alice.json");
    assert!(refused.contains("holds account keys"), "{refused}");
    // Under the account's name, if it has one here.
    let alice = wallet.json("account show alice")["address"].clone();
    let by_address = format!(
        "key import-backup --account {} --phrase-file phrase --backup-passphrase-file pass",
        text(&alice)
    );
    let path = wallet.json(&by_address)["file"].clone();
    assert!(text(&path).ends_with("backups/alice.json"), "{path}");
}

/// The file or the words, and one of them.
#[test]
fn a_backup_key_is_named_once() {
    let wallet = Wallet::new();
    let order = "key freeze --account //Bob --pay-from //Alice";
    for (key, status) in [
        ("", 2),
        (" --backup backup.json --backup-words", 2),
        (" --backup backup.json --backup-phrase-file phrase", 2),
        (" --backup-phrase-fd 3 --backup-phrase-file phrase", 2),
        (" --backup backup.json", 3),
        (" --backup-words", 3),
        (" --backup-phrase-file phrase", 3),
    ] {
        for order in [order.to_owned(), order.replace("freeze", "recover")] {
            let output = wallet.run(&format!("{order}{key}"));
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(status), "{order}{key}: {told}");
        }
    }
}

#[test]
fn a_passphrase_is_changed() {
    let wallet = Wallet::new();
    wallet.secret("other", "battery staple horse");
    wallet.secret("short", "horse");
    wallet.new_account("alice");
    wallet.json(&import_backup("backup.json"));
    let before = fs::read(wallet.key_file("alice")).unwrap();
    let change = "account passphrase alice --passphrase-file pass --new-passphrase-file";
    assert!(wallet
        .refusal(5, &format!("{change} short"))
        .contains("at least 8"));
    let wrong = "account passphrase alice --passphrase-file other --new-passphrase-file pass";
    assert!(wallet.refusal(5, wrong).contains("wrong passphrase"));
    assert_eq!(fs::read(wallet.key_file("alice")).unwrap(), before);
    wallet.json(&format!("{change} other"));
    let phrase = "account export alice --phrase --passphrase-file";
    assert!(wallet
        .refusal(5, &format!("{phrase} pass"))
        .contains("wrong passphrase"));
    wallet.json(&format!("{phrase} other"));
    wallet.json("account passphrase --backup backup.json --passphrase-file pass --new-passphrase-file other");
    let shown = "key show-backup backup.json --phrase --backup-passphrase-file other";
    assert_eq!(wallet.json(shown)["phrase"], PHRASE);
}

#[test]
fn an_account_is_renamed_with_its_backup_key() {
    let wallet = Wallet::new();
    let made = wallet.new_account("alice");
    wallet.new_account("taken");
    wallet.json(
        "key import-backup --account alice --phrase-file phrase --backup-passphrase-file pass",
    );
    assert!(wallet
        .refusal(5, "account rename alice taken")
        .contains("exists"));
    wallet.refusal(
        2,
        &format!("account rename alice {}", text(&made["address"])),
    );
    wallet.refusal(6, "account rename nobody somebody");
    wallet.refusal(2, "account rename //Alice somebody");
    wallet.json("account rename alice savings");
    assert_eq!(
        wallet.json("account show savings")["address"],
        made["address"]
    );
    wallet.refusal(6, "account show alice");
    assert_eq!(
        wallet.json("account list")["backups"],
        serde_json::json!(["savings"])
    );
}

#[test]
fn an_account_is_removed_after_a_question() {
    let wallet = Wallet::new();
    wallet.new_account("alice");
    wallet.refusal(8, "account remove alice");
    assert!(wallet.key_file("alice").exists());
    let removed = wallet.json("account remove alice --yes");
    assert_eq!(
        Path::new(text(&removed["removed"])),
        wallet.key_file("alice")
    );
    assert!(!wallet.key_file("alice").exists());
}

#[test]
fn an_edited_address_in_a_key_file_is_not_believed() {
    let wallet = Wallet::new();
    wallet.new_account("alice");
    let thief = wallet.new_account("thief");
    let file = wallet.key_file("alice");
    let mut edited: Json = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    edited["account"] = thief["account_id"].clone();
    fs::remove_file(wallet.key_file("thief")).unwrap();
    fs::write(&file, edited.to_string()).unwrap();

    let unproven = wallet.refusal(5, "account show alice");
    assert!(unproven.contains("only the passphrase tells"), "{unproven}");
    let altered = wallet.refusal(5, "account show alice --passphrase-file pass");
    assert!(altered.contains("was altered"), "{altered}");
    assert_eq!(wallet.json("account list")["accounts"][0]["proven"], false);
    fs::copy(&file, wallet.path("edited.json")).unwrap();
    let import = "account import bob --key-file edited.json";
    wallet.refusal(5, import);
    let altered = wallet.refusal(5, &format!("{import} --passphrase-file pass"));
    assert!(altered.contains("was altered"), "{altered}");
}

/// An account that another key founded, as after a recovery, is shown to whoever has the passphrase.
#[test]
fn an_address_that_no_key_founded_is_shown_with_the_passphrase() {
    let wallet = Wallet::new();
    let bob = wallet.json("account show //Bob")["address"].clone();
    wallet.json(&format!(
        "account import moved --phrase-file phrase --passphrase-file pass --account {}",
        text(&bob)
    ));
    wallet.refusal(5, "account show moved");
    let shown = wallet.json("account show moved --passphrase-file pass");
    assert_eq!(shown["address"], bob);
}

/// Words of a recovered or migrated account: alone they make another one.
#[test]
fn words_are_exported_with_the_command_that_restores_the_account() {
    let (here, there) = (Wallet::new(), Wallet::new());
    let bob = here.json("account show //Bob")["address"].clone();
    let import = "--phrase-file phrase --passphrase-file pass";
    here.json(&format!(
        "account import moved --scheme ml-dsa-44 {import} --account {}",
        text(&bob)
    ));
    let export = "account export moved --phrase --passphrase-file pass";
    let exported = here.json(export);
    let command = format!(
        "qloak account import moved --account {} --scheme ml-dsa-44",
        text(&bob)
    );
    assert_eq!(exported["import"], command);
    // For people it stands beside the words, which a file takes as they are.
    let output = here.run(export);
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), PHRASE);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(&format!("\n  {command}\n")), "{told}");
    let again = format!("{} {import}", &command["qloak ".len()..]);
    assert_eq!(there.json(&again)["address"], bob);

    // Words that make the account say so by their silence.
    here.new_account("alice");
    let export = "account export alice --phrase --passphrase-file pass";
    assert_eq!(here.json(export)["import"], "qloak account import alice");
    assert!(here.run(export).stderr.is_empty());
}

/// Nobody can be asked: the chain keeps keys by account.
#[test]
fn words_that_are_imported_may_be_another_accounts() {
    let wallet = Wallet::new();
    let import = "account import alice --phrase-file phrase --passphrase-file pass";
    let (imported, told) = wallet.told(import);
    // One line, and JSON as all that is told where JSON is asked for.
    let warning: Json = serde_json::from_str(&told).unwrap();
    let warning = text(&warning["warning"]);
    assert!(warning.contains("--account ADDRESS"), "{warning}");
    assert!(warning.contains(text(&imported["address"])), "{warning}");
    let given = format!("--account {}", text(&imported["address"]));
    let import = import.replace("alice", "again");
    assert!(wallet.told(&format!("{import} {given}")).1.is_empty());
    let development = "account import dev --development //Alice --passphrase-file pass";
    assert!(wallet.told(development).1.is_empty());
}

#[test]
fn the_next_command_uses_the_home_that_was_given() {
    let wallet = Wallet::new();
    let made = wallet.text("account new alice --passphrase-file pass --home other");
    let next = "qloak account export alice --phrase --home other";
    assert!(made.contains(next), "{made}");
    let made = wallet.text("account new alice --passphrase-file pass");
    assert!(!made.contains("--home"), "{made}");
    let unknown = wallet.refusal(6, "account show bob --home other --node ws://127.0.0.1:2");
    assert!(
        unknown.contains("`qloak account list --home other`"),
        "{unknown}"
    );
}

/// The second command waits for the first and then does its work; it is not refused.
#[test]
fn a_command_waits_for_another_that_changes_the_keys() {
    use std::io::{BufRead, BufReader};
    let wallet = Wallet::new();
    let id = wallet.new_account("alice")["account_id"].clone();
    wallet.secret("other", "battery staple horse");
    // Any of these commands makes the file.
    wallet.json("account rename alice savings");
    wallet.json("account rename savings alice");
    let lock = wallet.path(&format!("home/locks/{}.keys", &text(&id)[2..]));
    let lock = fs::File::open(lock).unwrap();
    lock.lock().unwrap();
    let line = "account passphrase alice --passphrase-file pass --new-passphrase-file other";
    let mut waiting = wallet
        .command(line)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    let mut errors = BufReader::new(waiting.stderr.take().unwrap());
    errors.read_line(&mut told).unwrap();
    assert!(told.contains("Waiting until it is done"), "{told}");
    assert!(waiting.try_wait().unwrap().is_none());
    lock.unlock().unwrap();
    assert!(waiting.wait().unwrap().success());
    wallet.json("account export alice --phrase --passphrase-file other");
}
