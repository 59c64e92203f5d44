#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use qloak_shielded::transaction::Action;

use super::*;
use crate::shielded::attempt::Purpose;
use crate::shielded::draft::Order;
use crate::shielded::model::{Person, TestChain, FEE};
use crate::shielded::select::everything;

const ALL: fn(&Person) -> Purpose = |to| Purpose::Send {
    handle: to.address(0).handle().0,
    value: None,
};

/// Pays all that these notes are worth.
fn send_all(alice: &mut Person, bob: &Person, notes: &[Coin]) {
    let value = everything(notes, FEE);
    let order = Order {
        inputs: notes.iter().map(|coin| coin.position).collect(),
        payment: Some(Person::payment(bob.address(0), value, "")),
        action: Action::Send,
        fee: FEE,
    };
    let anchor = alice.state.anchor(false).unwrap();
    let draft = order.draft(&alice.keys, &alice.state, &anchor).unwrap();
    let attempt = alice.state.attempt(&draft.transfer, ALL(bob), value);
    alice.state.attempts.begin(attempt.clone());
    alice.state.attempts.send(&attempt.name);
}

#[test]
fn all_that_is_sent_again_takes_along_notes_that_came_later() {
    let mut chain = TestChain::new();
    let (mut alice, bob) = (Person::new("//Alice"), Person::new("//Bob"));
    chain.seal(&[alice.deposit(100)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let first = alice.coins();
    send_all(&mut alice, &bob, &first);
    chain.seal(&[alice.deposit(50), alice.deposit(7)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let earlier = alice.state.earlier(&ALL(&bob));
    let again = of(&alice.state, &earlier, &alice.coins(), None, FEE);
    let Exclusion::Notes(notes) = again else {
        panic!("{again:?}")
    };
    assert!(notes.contains(&first[0]), "one of the two comes");
    assert_eq!(everything(&notes, FEE), 150 - FEE);
    // What does not go along is there, and can be said.
    assert_eq!(alice.balance() - 150, 7);
}

#[test]
fn a_payment_that_cannot_exclude_an_earlier_one_is_not_made() {
    let mut chain = TestChain::new();
    let (mut alice, bob) = (Person::new("//Alice"), Person::new("//Bob"));
    chain.seal(
        &[alice.deposit(40), alice.deposit(30), alice.deposit(20)],
        &[],
    );
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let notes = alice.coins();
    send_all(&mut alice, &bob, &notes[..1]);
    let earlier = alice.state.earlier(&ALL(&bob));
    let amount = |amount| of(&alice.state, &earlier, &alice.coins(), Some(amount), FEE);
    assert!(matches!(amount(60), Exclusion::Notes(_)));
    assert!(matches!(
        amount(80),
        Exclusion::Impossible { same: true, .. }
    ));
    assert_eq!(
        of(&alice.state, &Earlier::None, &notes, None, FEE),
        Exclusion::Needless
    );
}
