//! An address is published, found by its handle, paid, and withdrawn.

use qloak_e2e::{node::Node, shielded::Person};
use qloak_runtime::constants::currency::QLK;

/// The exit status of what the wallet refuses, and of what is not there.
const REFUSED: i32 = 4;
const NOT_FOUND: i32 = 6;

#[test]
fn a_published_address_is_found_and_paid_by_its_handle_until_it_is_withdrawn() {
    let node = Node::development();
    let anna = Person::with_money(&node, "anna", "100");
    let bela = Person::with_money(&node, "bela", "1");
    anna.shield("50");

    let published = bela.wallet.unlocked(&["address", "publish", "bela"]);
    let handle = published["handle"].as_str().expect("a handle");
    let after_publishing = bela.wallet.free("bela");
    let found = anna.wallet.run(&["address", "find", handle]);
    let shown = std::fs::read_to_string(bela.address()).expect("an address file");
    assert_eq!(found["address"], shown.trim());

    let to_handle = |amount| {
        let payment = ["send", "--from", "anna", "--to", handle, "--amount", amount];
        anna.wallet.try_unlocked(&payment)
    };
    to_handle("12").expect("the handle is enough");
    assert_eq!(bela.shielded(), 12 * QLK);

    let again = ["address", "publish", "bela"];
    let refused = bela.wallet.try_unlocked(&again).expect_err("it is there");
    assert_eq!(refused.status, REFUSED, "{refused:?}");
    let foreign = ["address", "withdraw", "anna", handle];
    let refused = anna.wallet.try_unlocked(&foreign).expect_err("not hers");
    assert_eq!(refused.status, REFUSED, "{refused:?}");

    bela.wallet
        .unlocked(&["address", "withdraw", "bela", handle]);
    assert!(
        bela.wallet.free("bela") > after_publishing,
        "the deposit is larger than the fee, and comes back"
    );
    let find = ["address", "find", handle];
    let refused = anna.wallet.try_run(&find).expect_err("it is withdrawn");
    assert_eq!(refused.status, NOT_FOUND, "{refused:?}");
    let refused = to_handle("1").expect_err("nobody is there");
    assert_eq!(refused.status, NOT_FOUND, "{refused:?}");
}
