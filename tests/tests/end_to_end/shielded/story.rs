//! A shields, A pays B, B takes some of it out, and one payment is shown to C.

use std::fs;

use qloak_e2e::{
    node::{text, Node},
    shielded::{item, number, Person, Purse},
};
use qloak_runtime::constants::currency::QLK;
use qloak_shielded::{disclosure::Disclosure, note::Note};
use serde_json::Value;

const MEMO: &str = "rent for May, with thanks";

/// What a shielded transaction cost.
fn fee(sent: &Value) -> u128 {
    number(&sent["fee"])
}

/// The exit status of a disclosure that shows nothing.
const SHOWS_NOTHING: i32 = 9;

/// The exit status of a question for what is not there.
const NOT_FOUND: i32 = 6;

#[test]
fn what_is_shielded_arrives_is_seen_taken_out_and_shown_to_a_third_party() {
    let node = Node::development();
    let anna = Person::with_money(&node, "anna", "100");
    let bela = Person::new(&node, "bela");
    let clerk = Person::new(&node, "clerk");

    anna.shield("50");
    assert_eq!(anna.shielded(), 50 * QLK);
    // With the anchor that wallets take by themselves; on a chain for development, the newest.
    let paid = anna.pay(&bela, "12.5", &["--memo", MEMO]);
    assert!(paid["transaction"]["failure"].is_null());
    assert_eq!(anna.shielded(), 50 * QLK - 25 * QLK / 2 - fee(&paid));
    let position = both_have_it_in_their_history(&anna, &bela);

    let account = bela.wallet.run(&["account", "show", "bela"]);
    let account = account["address"].as_str().expect("an address");
    let taken = bela.unshield(account, "4.25", &["--fresh-anchor"]);
    assert_eq!(bela.wallet.free("bela"), 17 * QLK / 4);
    assert_eq!(bela.shielded(), 33 * QLK / 4 - fee(&taken));

    a_disclosure_is_checked(&anna, &bela, &clerk, position);
    changed_disclosures_are_refused(&anna, &clerk, position);
    a_claim_of_more_is_refused(&node, &anna, &clerk, position);
    somebody_elses_payment_is_not_disclosed(&clerk, position);
}

/// The position of the payment.
fn both_have_it_in_their_history(anna: &Person, bela: &Person) -> u64 {
    let scanned = bela.scan(&[]);
    assert_eq!(number(&scanned["balance"]["qlk"]), 25 * QLK / 2);
    let (sent, received) = (anna.history(), bela.history());
    let (sent, received) = (item(&sent, "sent"), item(&received, "received"));
    for of in [sent, received] {
        assert_eq!(number(&of["value"]), 25 * QLK / 2);
        assert_eq!(of["memo"], MEMO);
    }
    assert_eq!(sent["position"], received["position"]);
    assert_eq!(sent["handle"], received["handle"]);
    let position = sent["position"].as_u64();
    position.expect("a position")
}

fn a_disclosure_is_checked(anna: &Person, bela: &Person, clerk: &Person, position: u64) {
    let to = bela.address();
    let shown = anna.disclose(position, "shown", &[]);
    let verified = clerk
        .wallet
        .run(&["verify-disclosure", text(&shown), "--to", text(&to)]);
    assert_eq!(verified["valid"], true);
    assert_eq!(verified["position"], position);
    assert_eq!(number(&verified["value"]), 25 * QLK / 2);
    assert!(verified["memo"].is_null(), "the memo was not to be shown");
    assert_eq!(verified["delivered"], false, "which would show the memo");

    // With the memo the payer proves that the recipient can open the payment.
    let shown = anna.disclose(position, "delivered", &["--memo"]);
    let verified = clerk
        .wallet
        .run(&["verify-disclosure", text(&shown), "--to", text(&to)]);
    assert_eq!(verified["delivered"], true);

    // The recipient can show it as well, and the memo with it.
    let shown = bela.disclose(position, "received", &["--memo"]);
    let verified = clerk.wallet.run(&["verify-disclosure", text(&shown)]);
    assert_eq!(verified["memo"], MEMO);

    let shown = anna.disclose(position, "other", &[]);
    let own = anna.address();
    let refused = clerk
        .wallet
        .try_run(&["verify-disclosure", text(&shown), "--to", text(&own)])
        .expect_err("it was paid to somebody else");
    assert_eq!(refused.status, SHOWS_NOTHING, "{refused:?}");
}

/// The 32 characters of Bech32, without their order.
const CHARACTERS: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

fn changed_disclosures_are_refused(anna: &Person, clerk: &Person, position: u64) {
    let shown = anna.disclose(position, "whole", &[]);
    let whole = fs::read_to_string(shown).expect("our own file");
    let whole = whole.trim();
    for place in [whole.len() / 4, whole.len() / 2, whole.len() - 1] {
        let old = whole.as_bytes()[place];
        let mut others = CHARACTERS.bytes().filter(|other| *other != old);
        let new = char::from(others.next().expect("31 others"));
        let changed = format!("{}{new}{}", &whole[..place], &whole[place + 1..]);
        let path = clerk.wallet.path("changed");
        fs::write(&path, changed).expect("our own folder");
        let refused = clerk
            .wallet
            .try_run(&["verify-disclosure", text(&path)])
            .expect_err("a character was changed");
        assert_eq!(refused.status, SHOWS_NOTHING, "{place}: {refused:?}");
    }
}

/// A text with a good checksum, for a unit more than was paid, as a cheat would make it.
fn a_claim_of_more_is_refused(node: &Node, anna: &Person, clerk: &Person, position: u64) {
    let purse = Purse::open(node, anna.keys());
    let position = u32::try_from(position).expect("a position");
    let mut note = purse.paid(position);
    let claim = |note: &Note| {
        let claim = Disclosure::new(purse.genesis(), position, note.clone(), None).export();
        let path = clerk.wallet.path("claimed");
        fs::write(&path, claim.as_bytes()).expect("our own folder");
        clerk.wallet.try_run(&["verify-disclosure", text(&path)])
    };
    claim(&note).expect("the truth is accepted");
    note.value += 1;
    let refused = claim(&note).expect_err("a lie is not");
    assert_eq!(refused.status, SHOWS_NOTHING, "{refused:?}");
    assert!(refused.message.contains("no such payment"), "{refused:?}");
}

fn somebody_elses_payment_is_not_disclosed(clerk: &Person, position: u64) {
    let position = position.to_string();
    let refused = clerk
        .wallet
        .try_unlocked(&["disclose", "clerk", "--position", &position])
        .expect_err("the clerk did not make it");
    assert_eq!(refused.status, NOT_FOUND, "{refused:?}");
    let reason = format!("knows no payment at position {position}");
    assert!(refused.message.contains(&reason), "{refused:?}");
}
