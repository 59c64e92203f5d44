//! Accounts of the real wallet on a real node.

use qloak_e2e::{
    node::{text, Node},
    wallet::Wallet,
};
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::constants::currency::QLK;

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

    let rotated = wallet.unlocked(&["key", "rotate", "--from", "mover", "--scheme", "ml-dsa-87"]);
    assert_eq!(rotated["generation"], 1);
    let after = wallet.run(&["balance", "mover"]);
    assert_eq!(after["address"], before["address"]);
    assert_eq!(
        after["nonce"].as_u64(),
        before["nonce"].as_u64().map(|nonce| nonce + 1)
    );

    let sent = wallet.transfer("mover", "//Bob", "1", &[]);
    assert_eq!(sent["signature"]["scheme"], "ml-dsa-87");
    let again = wallet
        .try_unlocked(&["key", "rotate", "--from", "mover"])
        .expect_err("the overlap still runs");
    assert!(again.message.contains("signs until block"), "{again:?}");
}

#[test]
fn a_frozen_account_moves_nothing_until_its_backup_key_recovers_it() {
    let node = Node::development();
    let wallet = Wallet::on(&node);
    wallet.funded_account("owner", "ml-dsa-65", "10");
    let (passphrase, backup) = (wallet.path("passphrase"), wallet.path("backup.json"));
    let (passphrase, backup) = (text(&passphrase), text(&backup));
    let secret = ["--backup-passphrase-file", passphrase];
    wallet.unlocked(
        &[
            &["key", "backup", "--from", "owner", "--out", backup][..],
            &secret,
        ]
        .concat(),
    );

    let order = [
        "--account",
        "owner",
        "--backup",
        backup,
        "--pay-from",
        "//Bob",
    ];
    wallet.run(&[&["key", "freeze"][..], &order, &secret].concat());
    let refused = wallet
        .try_unlocked(&[
            "transfer", "--from", "owner", "--to", "//Bob", "--amount", "1",
        ])
        .expect_err("a frozen account moves nothing");
    assert!(refused.message.contains("frozen"), "{refused:?}");

    let recovery = ["--account-passphrase-file", passphrase];
    wallet.run(&[&["key", "recover"][..], &order, &secret, &recovery].concat());
    wallet.transfer("owner", "//Bob", "1", &[]);
    assert!(wallet.free("owner") > 8 * QLK);
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
