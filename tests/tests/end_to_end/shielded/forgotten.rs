//! What a wallet shows without a node, and of a chain that has forgotten what was on it.

use qloak_e2e::{
    node::Node,
    shielded::{number, Person},
};
use qloak_runtime::constants::currency::QLK;
use serde_json::Value;

/// The warnings among what stands on standard error, which is nothing but lines of JSON.
fn warnings(told: &str) -> Vec<String> {
    let lines = told.lines().map(|line| {
        serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("no JSON: {line}"))
    });
    let text = |line: Value| line["warning"].as_str().map(str::to_owned);
    lines.filter_map(text).collect()
}

#[test]
fn what_is_known_is_shown_without_a_node() {
    let node = Node::development();
    let anna = Person::with_money(&node, "anna", "100");
    let listing = |what: &'static str| [what, "anna", "--no-scan"];
    let unknown = anna.wallet.try_unlocked(&listing("notes"));
    let unknown = unknown.expect_err("nothing was scanned");
    assert_eq!(unknown.status, 6, "{unknown:?}");
    anna.shield("30");
    // Each reads up to the block that is best then.
    let history = anna.history();
    let notes = anna.notes();
    drop(node);
    let kept = anna.wallet.unlocked(&listing("notes"));
    for field in ["balance", "block", "genesis"] {
        assert_eq!(kept[field], notes[field]);
    }
    assert_eq!(kept["notes"][0]["value"], notes["notes"][0]["value"]);
    let kept = anna.wallet.unlocked(&listing("history"));
    assert_eq!(kept["transactions"], history["transactions"]);
    let asking = anna.wallet.try_unlocked(&["notes", "anna"]);
    assert_eq!(asking.expect_err("nobody answers").status, 3);
}

/// Its genesis is the same, and all blocks are other ones.
#[test]
fn a_development_chain_that_starts_again_takes_the_money_with_a_word() {
    let node = Node::development();
    let mut anna = Person::with_money(&node, "anna", "100");
    anna.shield("30");
    assert_eq!(anna.shielded(), 30 * QLK);
    drop(node);
    let node = Node::development();
    anna.wallet.move_to(&node);
    // The first block of the new chain is there.
    anna.wallet.transfer("//Alice", "anna", "1", &[]);
    let (notes, told) = anna.wallet.told(&["notes", "anna"]);
    assert_eq!(number(&notes["balance"]["qlk"]), 0);
    let told = warnings(&told);
    let told = told.join("\n");
    for part in ["none of the blocks", "begun anew", "1 note(s) of 30 QLK"] {
        assert!(told.contains(part), "{told}");
    }
    // Once; by whichever command comes first.
    let (_, told) = anna.wallet.told(&["history", "anna"]);
    assert!(warnings(&told).is_empty(), "{told}");
}

/// The fault: the state that was to begin there was kept, and hid the money once the block was there.
#[test]
fn a_birthday_that_is_not_yet_is_refused_and_changes_nothing() {
    let node = Node::development();
    let anna = Person::with_money(&node, "anna", "100");
    anna.shield("30");
    let birthday = (node.height() + 1_000).to_string();
    let scan = ["scan", "anna", "--rescan", "--birthday", &birthday];
    let refused = anna.wallet.try_unlocked(&scan).expect_err("it is not yet");
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(
        refused.message.contains("does not exist yet"),
        "{refused:?}"
    );
    assert_eq!(anna.shielded(), 30 * QLK);
}

/// Whoever types the next command as it is printed asks the same node with the same accounts.
#[test]
fn a_printed_command_names_the_node_and_the_home_that_were_given() {
    let node = Node::development();
    let anna = Person::with_money(&node, "anna", "100");
    let home = anna.wallet.path("home");
    let home = home.to_str().expect("a path");
    let url = node.url();
    let pay = [
        "transfer", "--from", "//Alice", "--to", "anna", "--amount", "1",
    ];
    let given = ["--node", &url, "--home", home];
    let (_, told) = anna.wallet.told_elsewhere(&[&pay[..], &given].concat());
    let follow = |told: &str| -> String {
        let line = told.lines().find(|line| line.contains("\"sending\""));
        let line: Value = serde_json::from_str(line.expect("it is named")).expect("JSON");
        line["sending"]["follow"]
            .as_str()
            .expect("a command")
            .into()
    };
    let command = follow(&told);
    assert!(
        command.ends_with(&format!(" --node {url} --home {home}")),
        "{command}"
    );
    let arguments: Vec<_> = command.split(' ').skip(1).collect();
    let (watched, _) = anna.wallet.told_elsewhere(&arguments);
    assert!(watched["failure"].is_null());
    // What the environment says, the next command hears too.
    let (_, told) = anna.wallet.told(&pay);
    assert!(!follow(&told).contains("--node"), "{told}");
}
