//! What a node and a wallet know survives: the node its restart, the wallet the loss of everything but
//! its words.

use std::process::{Command, Stdio};

use qloak_e2e::{
    binary,
    node::{text, Node},
    shielded::{number, pool, Person},
    wallet::Wallet,
};
use serde_json::{json, Value};

/// The exit status of what was not confirmed.
const DECLINED: i32 = 8;

fn start(folder: &tempfile::TempDir) -> Node {
    Node::start(&["--dev", "--base-path", text(folder.path())])
}

/// What does not depend on which block is the best.
fn timeless(listed: &Value, of: &str) -> Value {
    let mut notes = listed[of].clone();
    for note in notes.as_array_mut().expect("a list") {
        // A few blocks later it is spendable.
        if let Some(note) = note.as_object_mut() {
            note.remove("spendable");
        }
    }
    notes
}

fn knowledge(person: &Person) -> [Value; 2] {
    let (notes, history) = (person.notes(), person.history());
    [
        timeless(&notes, "notes"),
        timeless(&history, "transactions"),
    ]
}

/// The index may be so many final blocks late.
const DELAY: usize = 10;

/// All entries of the final chain, which has so many notes, as a node's index has them. The index follows
/// finality: it is asked again after another final block until it has them all.
fn index(node: &Node, notes: u32) -> Value {
    for _ in 0..DELAY {
        let page = node.rpc("shielded_entries", json!([0, 1024]));
        if page["size"] == notes {
            return page["entries"].clone();
        }
        let finally = ["--wait", "finalized"];
        Wallet::on(node).transfer("//Bob", "//Charlie", "1", &finally);
    }
    panic!("the node's index does not have {notes} notes");
}

#[test]
fn a_restarted_node_and_a_wallet_of_words_agree_with_what_was_before() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let node = start(&folder);
    let mut anna = Person::with_money(&node, "anna", "100");
    let mut bela = Person::new(&node, "bela");
    for amount in ["20", "30"] {
        anna.shield(amount);
    }
    // Of both notes, to be final when the node is killed.
    let paid = anna.pay(&bela, "40", &["--memo", "a horse", "--wait", "finalized"]);
    what_was_paid_can_be_watched(&anna, &bela, &paid);
    let before = [&anna, &bela].map(knowledge);
    let (words, pool_before) = (anna.words(), pool(&node, None).anchor);
    let entries = index(&node, pool_before.size);
    drop(node);

    let node = start(&folder);
    assert_eq!(pool(&node, None).anchor, pool_before);
    let entries_after = index(&node, pool_before.size);
    assert_eq!(entries_after, entries, "the index has lost something");
    for (person, before) in [&mut anna, &mut bela].into_iter().zip(&before) {
        person.wallet.move_to(&node);
        assert_eq!(knowledge(person), *before, "{}", person.name);
        let scanned = person.scan(&["--rescan"]);
        assert_eq!(scanned["notes_read"], pool_before.size);
        assert_eq!(knowledge(person), *before, "{} read anew", person.name);
    }
    let heir = Person::restored(&node, "heir", &words);
    assert_eq!(knowledge(&heir), before[0], "the words alone");
    whoever_has_only_words_is_asked(&node, &heir, &bela);
    what_was_found_can_be_spent(&heir, &bela);
}

/// By the wallet that made it and by the one that got it. Of another name both know nothing.
fn what_was_paid_can_be_watched(anna: &Person, bela: &Person, paid: &Value) {
    let watch = |whose: &Person, name: &str| {
        let watched = ["tx", "watch", name, "--account", &whose.name];
        whose.wallet.try_unlocked(&watched)
    };
    let unknown = format!("0x{}", "5a".repeat(32));
    for person in [anna, bela] {
        let watched = watch(person, text_of(&paid["name"])).expect("it is remembered");
        for field in ["hash", "block_hash", "block_number"] {
            assert_eq!(watched[field], paid["transaction"][field], "{field}");
        }
        let refused = watch(person, &unknown).expect_err("nobody paid that");
        let message = refused.message;
        assert!(message.contains("remembers no payment"), "{message}");
    }
}

fn text_of(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// A payment that the lost wallet had sent could still come.
fn whoever_has_only_words_is_asked(node: &Node, heir: &Person, bela: &Person) {
    let address = bela.address();
    let passphrase = heir.wallet.path("passphrase");
    let asked = Command::new(binary("qloak"))
        .args(["send", "--from", "heir", "--amount", "5", "--json"])
        .args(["--to", text(&address)])
        .args(["--passphrase-file", text(&passphrase)])
        .env("QLOAK_HOME", heir.wallet.path("home"))
        .env("QLOAK_NODE", node.url())
        .stdin(Stdio::null())
        .output()
        .expect("the wallet runs");
    let said = String::from_utf8_lossy(&asked.stderr);
    assert_eq!(asked.status.code(), Some(DECLINED), "{said}");
    assert!(said.contains("would pay it a second time"), "{said}");
}

/// The change of the payment, by the wallet that was made of words.
fn what_was_found_can_be_spent(heir: &Person, bela: &Person) {
    let (had, has) = (heir.shielded(), bela.shielded());
    let paid = heir.pay(bela, "5", &[]);
    let (amount, fee) = (number(&paid["amount"]), number(&paid["fee"]));
    assert_eq!(heir.shielded(), had - amount - fee);
    assert_eq!(bela.shielded(), has + amount);
}
