//! What a node and a wallet know survives: the node its restart, the wallet the loss of everything but
//! its words.

use qloak_e2e::{
    node::{text, Node},
    shielded::{number, pool, Person},
};
use serde_json::{json, Value};

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

/// All entries of the final chain, as a node's index has them.
fn index(node: &Node) -> Value {
    node.rpc("shielded_entries", json!([0, 1024]))["entries"].clone()
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
    anna.pay(&bela, "40", &["--memo", "a horse", "--wait", "finalized"]);
    let before = [&anna, &bela].map(knowledge);
    let (words, pool_before) = (anna.words(), pool(&node, None).anchor);
    let entries = index(&node);
    let dead = node.process_id();
    drop(node);

    let node = start(&folder);
    assert_ne!(node.process_id(), dead);
    assert_eq!(pool(&node, None).anchor, pool_before);
    assert_eq!(index(&node), entries, "the node's index has lost something");
    for (person, before) in [&mut anna, &mut bela].into_iter().zip(&before) {
        person.wallet.move_to(&node);
        assert_eq!(knowledge(person), *before, "{}", person.name);
        let scanned = person.scan(&["--rescan"]);
        assert_eq!(scanned["notes_read"], pool_before.size);
        assert_eq!(knowledge(person), *before, "{} read anew", person.name);
    }
    let heir = Person::restored(&node, "heir", &words);
    assert_eq!(knowledge(&heir), before[0], "the words alone");
    what_was_found_can_be_spent(&heir, &bela);
}

/// The change of the payment, by the wallet that was made of words.
fn what_was_found_can_be_spent(heir: &Person, bela: &Person) {
    let (had, has) = (heir.shielded(), bela.shielded());
    let paid = heir.pay(bela, "5", &[]);
    let (amount, fee) = (number(&paid["amount"]), number(&paid["fee"]));
    assert_eq!(heir.shielded(), had - amount - fee);
    assert_eq!(bela.shielded(), has + amount);
}
