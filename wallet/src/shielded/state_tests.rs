#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use codec::DecodeAll;

use super::*;
use crate::shielded::model::{Person, TestChain, GENESIS};

#[test]
fn a_state_is_read_back() {
    let mut chain = TestChain::new();
    let mut alice = Person::new("//Alice");
    chain.seal(&[alice.deposit(100)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let draft = alice.draft(None, qloak_shielded::transaction::Action::Send);
    let attempt = alice.state.attempt(&draft.transfer, Purpose::Merge, 0);
    alice.state.attempts.begin(attempt);
    let bytes = alice.state.to_bytes();
    assert_eq!(bytes.len(), bytes.capacity(), "no copy was left behind");
    assert_eq!(
        State::decode_all(&mut bytes.as_slice()),
        Ok(alice.state.clone())
    );
}

#[test]
fn an_entry_out_of_order_is_refused() {
    let alice = Person::new("//Alice");
    let mut state = State::new(GENESIS, 0, 1);
    let block = BlockId {
        number: 0,
        hash: GENESIS,
    };
    state.restart(block, Frontier::EMPTY);
    let entry = FullEntry {
        position: 5,
        outputs: vec![alice.deposit(1).output()],
        transfer: None,
    };
    let refused = state.apply(&alice.keys, 1, &entry, vec![None]);
    assert!(matches!(
        refused,
        Err(ShieldedError::Inconsistent { block: 1 })
    ));
}

#[test]
fn notes_of_no_value_are_not_kept() {
    let mut chain = TestChain::new();
    let (mut alice, bob) = (Person::new("//Alice"), Person::new("//Bob"));
    chain.seal(&[alice.deposit(103)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    chain.seal(&[], &[alice.pay(&bob, 100, "")]);
    alice.scan(&chain).unwrap();
    assert_eq!(alice.balance(), 0);
    assert_eq!(alice.coins(), []);
}

#[test]
fn debug_prints_no_secret() {
    let mut chain = TestChain::new();
    let mut alice = Person::new("//Alice");
    chain.seal(&[alice.deposit(123_456)], &[]);
    alice.scan(&chain).unwrap();
    assert_eq!(
        format!("{:?}", alice.state.notes[&0]),
        "OwnedNote(Qlk, of block 1)"
    );
}

#[test]
fn addresses_are_bounded() {
    assert_eq!(State::new(GENESIS, 0, 0).addresses, 1);
    assert_eq!(State::new(GENESIS, 0, u32::MAX).addresses, MAX_ADDRESSES);
}

#[test]
fn a_young_chain_is_told_by_its_blocks() {
    let mut chain = TestChain::new();
    let mut alice = Person::new("//Alice");
    chain.seal(&[alice.deposit(100)], &[]);
    alice.scan(&chain).unwrap();
    // There is no tenth block yet, and the newest has the note.
    assert!(alice.state.is_young());
    assert_eq!(alice.state.anchor(false), None);
    let newest = alice.state.anchor(true).unwrap();
    let (position, _) = alice.state.spendable(Asset::Qlk).next().unwrap();
    assert!(State::path(newest, position).is_some());
    chain.quiet(YOUNG_CHAIN - 2);
    alice.scan(&chain).unwrap();
    assert!(alice.state.is_young());
    chain.quiet(1);
    alice.scan(&chain).unwrap();
    assert!(!alice.state.is_young());
    assert!(State::path(alice.state.anchor(false).unwrap(), position).is_some());
}

#[test]
fn nothing_is_taken_for_granted_before_the_root_was_right() {
    let mut chain = TestChain::new();
    let mut alice = Person::new("//Alice");
    chain.seal(&[alice.deposit(100)], &[]);
    alice.scan(&chain).unwrap();
    let before = alice.state.clone();
    let entry = FullEntry {
        position: 1,
        outputs: vec![alice.deposit(1).output()],
        transfer: None,
    };
    alice
        .state
        .apply(&alice.keys, 2, &entry, vec![None])
        .unwrap();
    assert_eq!(alice.state.size(), 2);
    alice.state.distrust(&alice.keys);
    assert_eq!(alice.state, before);
}
