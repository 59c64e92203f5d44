//! Shielded payments in a network of validators: final in spite of faults, and right after a fork.

use qloak_e2e::{
    network::{switch::Switch, Network, Plan},
    node::text,
    shielded::{number, pool},
    wallet::Wallet,
};
use qloak_runtime::constants::currency::QLK;
use serde_json::Value;

const NAMES: [&str; 4] = ["Alice", "Bob", "Charlie", "Dave"];

fn wallet(network: &Network, through: &str) -> Wallet {
    Wallet::on(network.node(through))
}

fn shield(network: &mut Network, through: &str, from: &str, amount: &str) {
    let wallet = wallet(network, through);
    let shielded = wallet.run(&[
        "shield",
        "--from",
        from,
        "--amount",
        amount,
        "--wait",
        "finalized",
    ]);
    network.remember(&shielded["transaction"]);
}

/// A payment in the pool, by this wallet.
fn send(wallet: &Wallet, from: &str, to: &str, amount: &str, wait: &str) -> Value {
    let address = wallet.path(&format!("{}.address", to.trim_matches('/')));
    if !address.exists() {
        wallet.run(&["address", "show", to, "--out", text(&address)]);
    }
    let payment = [
        "send",
        "--from",
        from,
        "--to",
        text(&address),
        "--amount",
        amount,
        "--wait",
        wait,
    ];
    wallet.run(&payment)
}

/// What is shielded of an account, as a wallet without memory finds it through a node.
fn found(network: &Network, through: &str, account: &str) -> u128 {
    let scanned = wallet(network, through).run(&["scan", account]);
    number(&scanned["balance"]["qlk"])
}

/// Waits until all have the same final block, and asks each for the pool there.
fn all_agree(network: &Network) {
    let goal = NAMES.map(|name| network.view().best(name));
    let goal = goal.into_iter().max().expect("four names");
    let view = network.until("the same final block everywhere", |view| {
        NAMES.iter().all(|name| view.finalized(name) >= goal)
    });
    let hash = view.final_block(goal).expect("a final block");
    let hash = format!("0x{}", hex::encode(hash));
    let first = pool(network.node("Alice"), Some(&hash));
    for name in NAMES {
        assert_eq!(pool(network.node(name), Some(&hash)), first, "{name}");
    }
}

#[test]
fn shielded_payments_are_final_while_a_validator_is_killed_and_comes_back() {
    let mut network = Network::start(&Plan::four());
    shield(&mut network, "Alice", "//Alice", "50");

    network.kill("Dave");
    let alice = wallet(&network, "Alice");
    let there = send(&alice, "//Alice", "//Bob", "20", "finalized");
    network.remember(&there["transaction"]);
    network.restart("Dave");

    let bob = wallet(&network, "Bob");
    let back = send(&bob, "//Bob", "//Alice", "5", "finalized");
    network.remember(&back["transaction"]);
    all_agree(&network);
    let fee = |sent: &Value| number(&sent["fee"]);
    for name in NAMES {
        assert_eq!(
            found(&network, name, "//Alice"),
            35 * QLK - fee(&there),
            "{name}"
        );
        assert_eq!(
            found(&network, name, "//Bob"),
            15 * QLK - fee(&back),
            "{name}"
        );
    }
    network.nothing_is_lost();
}

#[test]
fn a_wallet_that_read_an_abandoned_fork_finds_what_the_chain_has() {
    if let Err(reason) = Switch::check() {
        eprintln!("no network namespaces here ({reason}): the wallet's own tests have forks");
        return;
    }
    let plan = Plan {
        namespaces: true,
        ..Plan::four()
    };
    let mut network = Network::start(&plan);
    shield(&mut network, "Alice", "//Alice", "50");
    // Until an anchor has it, so that the payment can be made on either side.
    let anchored = (network.view().finalized("Alice") / 10 + 1) * 10;
    network.until("an anchor that is final everywhere", |view| {
        NAMES.iter().all(|name| view.finalized(name) >= anchored)
    });

    network.cut_off(&["Dave"]);
    let cut = network.view().best("Dave");
    // Alone on Dave's chain: a payment, which is seen there by both sides of it.
    let (payer, payee) = (wallet(&network, "Dave"), wallet(&network, "Dave"));
    let sent = send(&payer, "//Alice", "//Bob", "20", "included");
    assert!(sent["transaction"]["block_number"].as_u64() > Some(cut));
    let scanned = payee.run(&["scan", "//Bob"]);
    assert_eq!(number(&scanned["balance"]["qlk"]), 20 * QLK);
    // And on the others' chain a deposit, which takes the place of the payment's notes in the tree.
    shield(&mut network, "Alice", "//Charlie", "7");

    network.heal();
    let head = network.view().finalized("Alice");
    network.until("Dave gives his blocks up", |view| {
        view.finalized("Dave") > head
    });
    // The payment is still good, and Dave has it still.
    network.until_state("the payment comes again", "Alice", |node| {
        pool(node, None).anchor.size == 5
    });
    all_agree(&network);

    let scanned = payee.run(&["scan", "//Bob"]);
    assert!(scanned["rolled_back"].as_u64() > Some(0), "{scanned}");
    assert_eq!(number(&scanned["balance"]["qlk"]), 20 * QLK);
    let left = 30 * QLK - number(&sent["fee"]);
    let payer = payer.run(&["scan", "//Alice"]);
    assert_eq!(number(&payer["balance"]["qlk"]), left);
    for name in NAMES {
        assert_eq!(found(&network, name, "//Bob"), 20 * QLK, "{name}");
        assert_eq!(found(&network, name, "//Alice"), left, "{name}");
    }
    network.nothing_is_lost();
}
