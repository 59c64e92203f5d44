//! A validator's way, from its stash's first bond to its last, by the real wallet on a real node; and
//! what it is told when it strays. (That keys and stakes then seat validators is shown by the network
//! tests, whose sessions are short.)

use qloak_e2e::{
    network::{operator::account, staking},
    node::{text, Node},
    wallet::{Failure, Wallet},
};
use qloak_runtime::constants::{
    currency::QLK,
    session::{ERA, KEY_DEPOSIT, LENGTH},
    staking::{BONDING_ERAS, DEVELOPMENT_VALIDATOR_BOND, MIN_NOMINATOR_BOND},
    time::SLOT_MILLISECONDS,
};
use serde_json::{json, Value};

/// The exit status of what the wallet or the chain refuses.
const REFUSED: i32 = 4;
/// The exit status of what makes no sense.
const USAGE: i32 = 2;

/// A command line, as words.
fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// Runs a command that works, and expects its transaction to have succeeded.
fn sent(wallet: &Wallet, line: &str) -> Value {
    let report = wallet.run(&words(line));
    assert!(report["transaction"]["failure"].is_null(), "{report:#}");
    assert!(report["price"]["fee"].is_string(), "{report:#}");
    report
}

/// Runs a command that must fail, and expects why.
fn refused(wallet: &Wallet, line: &str, status: i32, why: &str) -> Failure {
    let failure = wallet
        .try_run(&words(line))
        .expect_err("the command has to be refused");
    assert_eq!(failure.status, status, "{line}: {failure:?}");
    assert!(failure.message.contains(why), "{line}: {failure:?}");
    failure
}

fn status(wallet: &Wallet, who: &str) -> Value {
    wallet.run(&["validator", "status", who])
}

/// An amount as JSON has it.
fn amount(amount: u128) -> Value {
    amount.to_string().into()
}

/// A development node that makes and shows session keys over RPC.
fn validator_node() -> Node {
    Node::start(&["--dev", "--tmp", "--rpc-methods", "unsafe"])
}

/// New session keys in the node, as its own method answers: keys and proof.
fn keys_for(node: &Node, owner: &str) -> (String, String) {
    let owner = account(owner).to_hex();
    let made = node.rpc("author_rotateKeysWithOwner", json!([owner]));
    let part = |name: &str| made[name].as_str().expect("hexadecimal").to_owned();
    (part("keys"), part("proof"))
}

#[test]
fn bob_becomes_a_candidate_and_leaves_again() {
    let node = validator_node();
    let wallet = Wallet::on(&node);
    let free = wallet.free("//Bob");

    let bonded = sent(&wallet, "validator bond --from //Bob --amount 2000");
    assert_eq!(bonded["amount"], amount(2_000 * QLK));
    assert_eq!(bonded["signature"]["with_key"], true);
    sent(&wallet, "validator bond-more --from //Bob --amount 500");
    assert_eq!(staking::bonded(&node, account("Bob").0), Some(2_500 * QLK));
    assert!(wallet.free("//Bob") < free - 2_500 * QLK);

    let (keys, proof) = keys_for(&node, "Bob");
    let line = format!("validator set-keys --from //Bob --keys {keys} --proof {proof}");
    let registered = sent(&wallet, &line);
    assert_eq!(registered["keys"], keys);
    let validating = sent(
        &wallet,
        "validator validate --from //Bob --commission 2.5 --wait finalized",
    );
    assert_eq!(validating["transaction"]["finalized"], true);

    let bob = status(&wallet, "//Bob");
    assert_eq!(bob["bond"]["active"], amount(2_500 * QLK));
    assert_eq!(bob["role"], "candidate");
    assert_eq!(bob["commission_percent"], "2.5");
    assert_eq!(bob["session_keys"]["registered"], keys);
    assert_eq!(bob["session_keys"]["on_this_node"], true);
    // The first session still runs, with Alice alone.
    assert_eq!(bob["validating"], false);
    assert!(bob["session_keys"]["queued"].is_null());
    assert!(bob["excluded_until"].is_null());

    let purge = "validator purge-keys --from //Bob";
    refused(&wallet, purge, REFUSED, "stands for election");
    sent(&wallet, "validator chill --from //Bob");
    assert!(status(&wallet, "//Bob")["role"].is_null());
    let free = wallet.free("//Bob");
    sent(&wallet, purge);
    assert!(status(&wallet, "//Bob")["session_keys"]["registered"].is_null());
    assert!(
        wallet.free("//Bob") > free,
        "the deposit is more than the fee"
    );
    refused(&wallet, purge, REFUSED, "no session keys");
    sent(&wallet, "validator unbond --from //Bob --amount 1999");
    let unbonded = sent(&wallet, "validator unbond --from //Bob --all");
    assert_eq!(unbonded["amount"], amount(501 * QLK));
    let bond = &status(&wallet, "//Bob")["bond"];
    assert_eq!(bond["total"], amount(2_500 * QLK));
    assert_eq!(bond["active"], "0");
    let mut thawing = bond["thawing"].clone();
    let time = thawing[0]["time"].take();
    assert!(time.is_u64(), "{time}");
    let part = json!({ "amount": amount(2_500 * QLK), "era": BONDING_ERAS, "thawed": false, "time": null });
    assert_eq!(thawing, json!([part]), "one era, one part");
}

#[test]
fn all_at_once_gives_up_the_candidacy_too() {
    let node = validator_node();
    let wallet = Wallet::on(&node);
    sent(&wallet, "validator bond --from //Bob --amount 2000");
    sent(&wallet, "validator validate --from //Bob");
    // A part that thaws already must not keep the rest from being all.
    sent(&wallet, "validator unbond --from //Bob --amount 1000");
    sent(&wallet, "validator unbond --from //Bob --all");
    let bob = status(&wallet, "//Bob");
    assert!(bob["role"].is_null());
    assert_eq!(bob["bond"]["active"], "0");
}

#[test]
fn a_node_makes_keys_for_a_stash_that_signs_elsewhere() {
    let node = validator_node();
    let wallet = Wallet::on(&node);
    wallet.funded_account("stash", "ml-dsa-87", "10");
    let address = wallet.run(&["account", "show", "stash"])["address"].clone();
    let address = address.as_str().unwrap();

    // On the validator's machine: an address is enough, and nothing is sent.
    let machine = Wallet::on(&node);
    let line = format!("validator rotate-keys --from {address} --no-send");
    let shown = machine.run(&words(&line));
    assert!(shown.get("transaction").is_none());
    assert!(status(&wallet, "stash")["session_keys"]["registered"].is_null());

    // Where the stash's key is.
    let file = wallet.path("keys.json");
    std::fs::write(&file, shown.to_string()).unwrap();
    let line = format!("validator set-keys --from stash --file {}", text(&file));
    let before = wallet.free("stash");
    let registered = wallet.unlocked(&words(&line));
    assert_eq!(registered["keys"], shown["keys"]);
    assert!(wallet.free("stash") < before - KEY_DEPOSIT);

    // And in one step, with keys that replace those.
    let rotated = wallet.unlocked(&words("validator rotate-keys --from stash"));
    assert_ne!(rotated["keys"], shown["keys"]);
    let keys = &status(&wallet, "stash")["session_keys"];
    assert_eq!(keys["registered"], rotated["keys"]);
    assert_eq!(keys["on_this_node"], true);
}

#[test]
fn a_nominator_stands_behind_candidates() {
    let node = validator_node();
    let wallet = Wallet::on(&node);
    sent(&wallet, "validator bond --from //Dave --amount 30");
    let nominated = sent(&wallet, "nominate --from //Dave //Alice");
    let alice = status(&wallet, "//Alice");
    assert_eq!(nominated["targets"], json!([alice["address"]]));
    assert_eq!(alice["validating"], true);
    assert_eq!(alice["backing"]["nominators"], 0, "not in this era");
    let dave = status(&wallet, "//Dave");
    assert_eq!(dave["role"], "nominator");
    assert_eq!(dave["nominating"], json!([alice["address"]]));
    let expected = json!([{ "address": dave["address"], "active": amount(30 * QLK) }]);
    assert_eq!(alice["nominators"], expected);

    let set = wallet.run(&["validator", "status"]);
    assert_eq!(
        set["minimum"]["validator"],
        amount(DEVELOPMENT_VALIDATOR_BOND)
    );
    assert_eq!(set["minimum"]["nominator"], amount(MIN_NOMINATOR_BOND));
    assert_eq!(set["validators"][0]["address"], alice["address"]);
    assert_eq!(set["candidates"][0]["validating"], true);
    // The first session and the first era, and when they end.
    for shown in [&set, &alice, &wallet.run(&["chain", "info"])] {
        let (session, era) = (&shown["next_session"], &shown["next_era"]);
        assert_eq!(
            (&session["block"], &era["block"]),
            (&json!(LENGTH), &json!(ERA))
        );
        let time = |moment: &Value| moment["time"].as_u64().expect("a time");
        let between = u64::from(ERA - LENGTH) * SLOT_MILLISECONDS;
        assert_eq!(time(era) - time(session), between);
    }

    refused(
        &wallet,
        "nominate --from //Dave //Eve",
        REFUSED,
        "does not stand for election",
    );
    refused(
        &wallet,
        "nominate --from //Dave //Alice //Alice",
        USAGE,
        "named twice",
    );
    refused(
        &wallet,
        "nominate --from //Dave //Dave",
        USAGE,
        "nominator itself",
    );
    refused(
        &wallet,
        "nominate --from //Eve //Alice",
        REFUSED,
        "nothing bonded",
    );
    refused(
        &wallet,
        "validator unbond --from //Dave --amount 21",
        REFUSED,
        "a nominator needs at least 10 QLK",
    );
}

#[test]
fn bonds_that_are_too_small_or_too_large_cost_nothing() {
    let node = validator_node();
    let wallet = Wallet::on(&node);
    let free = wallet.free("//Bob");
    refused(
        &wallet,
        "validator bond --from //Bob --amount 9.999999999999",
        REFUSED,
        "a nominator needs at least 10 QLK, a validator 1000 QLK",
    );
    let all = format!("validator bond --from //Bob --amount {}", free / QLK);
    refused(&wallet, &all, REFUSED, "can spend");
    for line in [
        "validator bond-more --from //Bob --amount 1",
        "validator validate --from //Bob",
        "validator chill --from //Bob",
        "validator unbond --from //Bob --amount 1",
        "validator unbond --from //Bob --all",
        "validator withdraw --from //Bob",
    ] {
        refused(&wallet, line, REFUSED, "nothing bonded");
    }
    assert_eq!(wallet.free("//Bob"), free, "nothing was sent");

    sent(
        &wallet,
        "validator bond --from //Bob --amount 999.999999999999",
    );
    let free = wallet.free("//Bob");
    for (line, why) in [
        ("validator bond --from //Bob --amount 1000", "already"),
        (
            "validator validate --from //Bob",
            "a validator needs at least 1000 QLK",
        ),
        ("validator chill --from //Bob", "neither"),
        ("validator unbond --from //Bob --amount 1000", "has only"),
        ("validator withdraw --from //Bob", "given up nothing"),
    ] {
        refused(&wallet, line, REFUSED, why);
    }
    refused(
        &wallet,
        "validator bond-more --from //Bob --amount 0",
        USAGE,
        "changes nothing",
    );
    assert_eq!(wallet.free("//Bob"), free, "nothing was sent");

    sent(
        &wallet,
        "validator bond-more --from //Bob --amount 0.000000000001",
    );
    sent(&wallet, "validator validate --from //Bob");
    refused(
        &wallet,
        "validator unbond --from //Bob --amount 0.000000000001",
        REFUSED,
        "qloak validator chill",
    );
    sent(&wallet, "validator unbond --from //Bob --all");
    refused(
        &wallet,
        "validator withdraw --from //Bob",
        REFUSED,
        "nothing thawed yet",
    );
}

#[test]
fn keys_are_taken_only_with_the_proof_for_their_stash() {
    let node = validator_node();
    let wallet = Wallet::on(&node);
    let (keys, proof) = keys_for(&node, "Bob");
    let (others, for_another) = keys_for(&node, "Charlie");
    let set = |keys: &str, proof: &str| {
        format!("validator set-keys --from //Bob --keys {keys} --proof {proof}")
    };

    // Each breaks one thing. The chain would refuse the first three too, for a fee.
    let free = wallet.free("//Bob");
    let cut = &proof[..proof.len() - 2];
    for (keys, proof, why) in [
        (&others[..], &for_another[..], "made for another account"),
        (&others[..], &proof[..], "do not belong together"),
        (&keys[..], cut, "write it just as the node answered"),
    ] {
        refused(&wallet, &set(keys, proof), REFUSED, why);
    }
    refused(
        &wallet,
        &set(&keys[..keys.len() - 2], &proof),
        USAGE,
        "these are 63",
    );
    refused(
        &wallet,
        &set(&format!("{keys}00"), &proof),
        USAGE,
        "these are 65",
    );
    refused(&wallet, &set(&keys, "0x"), USAGE, "the proof is empty");
    refused(&wallet, &set(&keys, "proof"), USAGE, "hexadecimal");
    assert_eq!(wallet.free("//Bob"), free, "nothing was sent");
    assert!(status(&wallet, "//Bob")["session_keys"]["registered"].is_null());

    sent(&wallet, &set(&keys, &proof));
    assert_eq!(status(&wallet, "//Bob")["session_keys"]["registered"], keys);
}
