//! Every command that registers a new key puts it on disk before anything signed leaves: a key that the chain has and no
//! file does is an account lost.

use qloak_e2e::{
    node::{text, Node},
    wallet::Wallet,
};

/// Error of a key file, or of anything else that cannot be written.
const UNWRITTEN: [i32; 2] = [1, 5];

/// Runs a command on a disk that takes nothing more, and sees that the chain heard of nothing: not of the payer, and not of
/// the account whose key it is.
fn sends_nothing(node: &Node, wallet: &Wallet, who: &[&str], arguments: &[&str]) {
    let nonces = || {
        let nonce = |who: &&str| wallet.run(&["balance", who])["nonce"].clone();
        who.iter().map(nonce).collect::<Vec<_>>()
    };
    let before = nonces();
    let failure = wallet
        .run_on_a_full_disk(arguments)
        .expect_err("the key cannot be written");
    assert!(UNWRITTEN.contains(&failure.status), "{failure:?}");
    let told = &failure.message;
    assert!(!told.contains("\"sending\""), "{arguments:?}: {told}");
    let height = node.height();
    while node.height() < height + 2 {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(nonces(), before, "{arguments:?}");
}

#[test]
fn no_command_sends_a_key_that_is_not_on_disk() {
    let node = Node::development();
    let wallet = Wallet::on(&node);
    let passphrase = wallet.path("passphrase");
    let passphrase = text(&passphrase);
    wallet.funded_account("owner", "ml-dsa-44", "10");
    wallet.transfer("owner", "//Bob", "1", &[]);
    let rotate = [
        "key",
        "rotate",
        "--from",
        "owner",
        "--passphrase-file",
        passphrase,
    ];
    let backup = [
        "key",
        "backup",
        "--from",
        "owner",
        "--passphrase-file",
        passphrase,
        "--backup-passphrase-file",
        passphrase,
    ];
    let recover = [
        "key",
        "recover",
        "--account",
        "owner",
        "--pay-from",
        "//Bob",
        "--backup-passphrase-file",
        passphrase,
        "--account-passphrase-file",
        passphrase,
    ];
    let migrate = [
        "key",
        "migrate",
        "--name",
        "moved",
        "--development",
        "//Alice",
        "--passphrase-file",
        passphrase,
    ];
    sends_nothing(&node, &wallet, &["owner"], &rotate);
    sends_nothing(&node, &wallet, &["owner"], &backup);
    let backup_file = wallet.run(&backup)["file"].clone();
    let by_file = ["--backup", backup_file.as_str().expect("a path")];
    let recover = [&recover[..], &by_file].concat();
    let same_words = [&recover[..], &["--same-words"]].concat();
    sends_nothing(&node, &wallet, &["owner", "//Bob"], &recover);
    sends_nothing(&node, &wallet, &["owner", "//Bob"], &same_words);
    sends_nothing(&node, &wallet, &["owner"], &migrate);
    let status = wallet.run(&["key", "status", "owner"]);
    assert_eq!(status["key"]["generation"], 0, "{status}");

    // With room on the disk each of them does its work, the words with the command that takes them.
    let moved = wallet.run(&[&migrate[..], &["--show-phrase"]].concat());
    restores(&wallet, "moved", &moved);
    let recovered = wallet.run(&[&recover[..], &["--show-phrase"]].concat());
    restores(&wallet, "owner", &recovered);
}

/// The words alone make another account: the command that is printed with them makes this one.
fn restores(wallet: &Wallet, name: &str, done: &serde_json::Value) {
    let import = done["import"].as_str().expect("a command").to_owned();
    let exported = wallet.unlocked(&["account", "export", name, "--phrase"]);
    assert_eq!(exported["import"], import);
    assert_eq!(exported["phrase"], done["phrase"]);
    let address = done["account"].as_str().expect("an address");
    assert!(import.contains(&format!("--account {address}")), "{import}");

    let phrase = wallet.path("phrase");
    qloak_e2e::wallet::write_secret(&phrase, done["phrase"].as_str().expect("words"));
    let again = format!("{name}-again");
    let line = import.replacen(&format!(" {name} "), &format!(" {again} "), 1);
    let mut arguments: Vec<_> = line.split(' ').skip(1).collect();
    arguments.extend(["--phrase-file", text(&phrase)]);
    assert_eq!(wallet.unlocked(&arguments)["address"], address);
    wallet.transfer(&again, "//Bob", "1", &[]);
}
