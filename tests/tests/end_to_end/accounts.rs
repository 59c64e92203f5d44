//! Accounts of the real wallet on a real node.

use qloak_e2e::{
    node::{text, Node},
    wallet::Wallet,
};
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::constants::currency::QLK;

/// The words of a backup key.
const BACKUP_WORDS: &str =
    "legal winner thank year wave sausage worth useful legal winner thank yellow";

#[test]
fn a_transfer_signed_by_each_scheme_lands() {
    let node = Node::development();
    let wallet = Wallet::on(&node);
    for scheme in Scheme::ALL.map(|scheme| scheme.to_string()) {
        wallet.funded_account(&scheme, &scheme, "10");
        for (turn, with_key) in [(1, true), (2, false)] {
            let sent = wallet.transfer(&scheme, "//Bob", "1", &[]);
            assert_eq!(sent["signature"]["scheme"], scheme);
            assert_eq!(
                sent["signature"]["with_key"], with_key,
                "{scheme}, transfer {turn}"
            );
            assert!(sent["transaction"]["failure"].is_null());
        }
        let left = wallet.free(&scheme);
        assert!((7 * QLK..8 * QLK).contains(&left), "{scheme}: {left}");
    }
}

/// With a block for each transaction: where blocks go by between the question and the payment, the price moves with
/// them.
#[test]
fn the_fee_is_the_one_that_was_shown() {
    let node = Node::start(&["--dev", "--tmp", "--sealing", "instant"]);
    let wallet = Wallet::on(&node);
    wallet.funded_account("payer", "ml-dsa-65", "10");
    for _ in 0..2 {
        let sent = wallet.transfer("payer", "//Bob", "1", &[]);
        let (shown, paid) = (&sent["price"]["fee"], &sent["transaction"]["fee"]);
        assert_eq!(shown, paid, "{sent:#}");
        assert_eq!(sent["price"]["bytes"], sent["transaction"]["bytes"]);
    }
}

#[test]
fn a_rotated_account_keeps_its_address_balance_and_history() {
    let node = Node::development();
    let wallet = Wallet::on(&node);
    wallet.funded_account("mover", "ml-dsa-65", "10");
    wallet.transfer("mover", "//Bob", "1", &[]);
    let before = wallet.run(&["balance", "mover"]);

    // Two at once: each read the file before the other wrote it, and the file lacked the key of the chain.
    let rotate =
        || wallet.try_unlocked(&["key", "rotate", "--from", "mover", "--scheme", "ml-dsa-87"]);
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(rotate);
        (rotate(), one.join().expect("it does not panic"))
    });
    let (rotated, refused) = match (one, other) {
        (Ok(rotated), Err(refused)) | (Err(refused), Ok(rotated)) => (rotated, refused),
        both => panic!("one of two rotations has to wait for the overlap: {both:?}"),
    };
    assert!(refused.message.contains("signs until block"), "{refused:?}");
    assert_eq!(rotated["generation"], 1);
    let status = wallet.run(&["key", "status", "mover"]);
    assert_eq!(status["wallet"]["signs_with"], rotated["path"]);
    let after = wallet.run(&["balance", "mover"]);
    assert_eq!(after["address"], before["address"]);
    assert_eq!(
        after["nonce"].as_u64(),
        before["nonce"].as_u64().map(|nonce| nonce + 1)
    );

    let sent = wallet.transfer("mover", "//Bob", "1", &[]);
    assert_eq!(sent["signature"]["scheme"], "ml-dsa-87");
}

#[test]
fn a_frozen_account_moves_nothing_until_its_backup_key_recovers_it() {
    let node = Node::development();
    let wallet = Wallet::on(&node);
    wallet.funded_account("owner", "ml-dsa-44", "10");
    let passphrase = wallet.path("passphrase");
    let secret = ["--backup-passphrase-file", text(&passphrase)];

    // A backup key in a file of which the chain does not know, as after a submission that failed.
    let words = wallet.path("words");
    qloak_e2e::wallet::write_secret(&words, BACKUP_WORDS);
    let import = [
        "key",
        "import-backup",
        "--account",
        "owner",
        "--phrase-file",
        text(&words),
    ];
    let imported = wallet.run(&[&import[..], &secret].concat());
    let backup = imported["file"].as_str().expect("a path").to_owned();
    let is_set =
        || wallet.run(&["key", "status", "owner"])["wallet"]["backups"][0]["is_set"].clone();
    assert_eq!(is_set(), false);
    let set = wallet.unlocked(&[&["key", "backup", "--from", "owner"][..], &secret].concat());
    assert_eq!(set["file"], backup);
    assert_eq!(is_set(), true);

    // Its words are enough.
    let order = ["--account", "owner", "--pay-from", "//Bob"];
    let by_words = ["--backup-phrase-file", text(&words)];
    let wrong = wallet.path("phrase");
    let exported = wallet.unlocked(&["account", "export", "owner", "--phrase"]);
    let own_words = exported["phrase"].as_str().expect("words");
    qloak_e2e::wallet::write_secret(&wrong, own_words);
    let refused = wallet
        .try_run(
            &[
                &["key", "freeze", "--backup-phrase-file", text(&wrong)][..],
                &order,
            ]
            .concat(),
        )
        .expect_err("these are the account's words");
    assert!(
        refused.message.contains("another backup key"),
        "{refused:?}"
    );
    let frozen = wallet.run(&[&["key", "freeze"][..], &order, &by_words].concat());
    assert_eq!(frozen["shielded_money_frozen"], false);
    let refused = wallet
        .try_unlocked(&[
            "transfer", "--from", "owner", "--to", "//Bob", "--amount", "1",
        ])
        .expect_err("a frozen account moves nothing");
    assert!(refused.message.contains("frozen"), "{refused:?}");

    let recovery = [
        "--account-passphrase-file",
        text(&passphrase),
        "--show-phrase",
    ];
    let by_file = ["--backup", backup.as_str()];
    let recovered = wallet.run(
        &[
            &["key", "recover"][..],
            &order,
            &by_file,
            &secret,
            &recovery,
        ]
        .concat(),
    );
    assert_eq!(recovered["scheme"], "ml-dsa-44");
    assert_eq!(recovered["replaced"], "owner.before-recovery");
    // Whoever has the old words has nothing of the new ones, which are told.
    let new_words = wallet.unlocked(&["account", "export", "owner", "--phrase"]);
    assert_ne!(new_words["phrase"], own_words);
    assert_eq!(new_words["phrase"], recovered["phrase"]);
    let shown = wallet.unlocked(&["address", "show", "owner"]);
    assert_eq!(shown["handle"], recovered["shielded_handle"]);
    wallet.transfer("owner", "//Bob", "1", &[]);
    assert!(wallet.free("owner") > 8 * QLK);
}

#[test]
fn a_deregistered_key_travels_again() {
    let node = Node::development();
    let wallet = Wallet::on(&node);
    wallet.funded_account("frugal", "ml-dsa-44", "10");
    wallet.transfer("frugal", "//Bob", "1", &[]);
    assert_eq!(wallet.run(&["key", "status", "frugal"])["registered"], true);
    wallet.unlocked(&["key", "deregister", "--from", "frugal"]);
    assert_eq!(
        wallet.run(&["key", "status", "frugal"])["registered"],
        false
    );
    let sent = wallet.transfer("frugal", "//Bob", "1", &[]);
    assert_eq!(sent["signature"]["with_key"], true);
}

/// Another machine's wallet, with an account of ML-DSA-44 imported as `second` from the words of `first`.
fn restored(node: &Node, wallet: &Wallet) -> Wallet {
    let exported = wallet.unlocked(&["account", "export", "first", "--phrase"]);
    let phrase = wallet.path("phrase");
    qloak_e2e::wallet::write_secret(&phrase, exported["phrase"].as_str().unwrap());

    let other = Wallet::on(node);
    other.unlocked(&[
        "account",
        "import",
        "second",
        "--scheme",
        "ml-dsa-44",
        "--phrase-file",
        text(&phrase),
    ]);
    other
}

#[test]
fn a_rotated_account_is_restored_from_its_phrase() {
    let node = Node::development();
    let wallet = Wallet::on(&node);
    wallet.funded_account("first", "ml-dsa-44", "10");
    wallet.unlocked(&["key", "rotate", "--from", "first", "--scheme", "fn-dsa-512"]);

    let other = restored(&node, &wallet);
    let pay = ["--from", "second", "--to", "//Bob", "--amount", "1"];
    let refused = other
        .try_unlocked(&[&["transfer"][..], &pay].concat())
        .expect_err("the first key is dead");
    assert!(
        refused.message.contains("qloak key restore second"),
        "{refused:?}"
    );
    let found = other.unlocked(&["key", "restore", "second"]);
    assert_eq!(found["path"], "//0//1");
    assert_eq!(found["scheme"], "fn-dsa-512");
    other.transfer("second", "//Bob", "1", &[]);
    let again = other
        .try_unlocked(&["key", "restore", "second"])
        .expect_err("it is there");
    assert!(again.message.contains("already"), "{again:?}");
}

#[test]
fn an_account_restored_from_its_phrase_is_the_same() {
    let node = Node::development();
    let wallet = Wallet::on(&node);
    wallet.funded_account("first", "ml-dsa-44", "10");
    let other = restored(&node, &wallet);
    assert_eq!(other.free("second"), 10 * QLK);
    other.transfer("second", "//Bob", "1", &[]);
}
