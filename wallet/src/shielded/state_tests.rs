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
    let bytes = alice.state.to_bytes(0);
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
    state.restart(Checkpoint::empty(block));
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
    assert!(alice.state.path(&newest, position).is_some());
    chain.quiet(YOUNG_CHAIN - 2);
    alice.scan(&chain).unwrap();
    assert!(alice.state.is_young());
    chain.quiet(1);
    alice.scan(&chain).unwrap();
    assert!(!alice.state.is_young());
    let anchor = alice.state.anchor(false).unwrap();
    assert!(alice.state.path(&anchor, position).is_some());
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
    alice.state.distrust();
    assert_eq!(alice.state, before);
}

/// Notes of the wallet's among ten times as many of others.
fn busy(own: u32) -> (Person, State) {
    let alice = Person::new("//Alice");
    let mut state = alice.state.clone();
    let block = |number| BlockId {
        number,
        hash: [7; 32],
    };
    state.restart(Checkpoint::empty(block(0)));
    let output = alice.deposit(5).output();
    let address = alice.keys.address(0).unwrap();
    let compact = &output.ciphertext.compact;
    let note = qloak_shielded::encryption::open(&address, &output.commitment, compact).unwrap();
    for number in 1..=own {
        for place in 0..11 {
            let entry = FullEntry {
                position: state.size(),
                outputs: vec![output.clone()],
                transfer: None,
            };
            let hit = (place == 0).then(|| Hit {
                place: Place::Address(0),
                note: note.clone(),
            });
            match hit {
                Some(hit) => state.apply(&alice.keys, number, &entry, vec![Some(hit)]),
                None => state.pass_over(number, &entry),
            }
            .unwrap();
        }
        state.finish(block(number), true);
        state.trust();
    }
    (alice, state)
}

#[test]
fn what_a_note_takes_does_not_depend_on_how_many_there_are() {
    let size = |own: u32| {
        let (_, mut state) = busy(own);
        state.prune(u32::MAX);
        assert_eq!(state.notes.len(), own as usize);
        state.to_bytes(0).len() as u32
    };
    // A checkpoint or forty are there in any case.
    let [none, few, many] = [0, 300, 1_200].map(size);
    let each = (many - none) / 1_200;
    assert!(each < 900, "{each} bytes");
    assert!(
        each <= (few - none) / 300,
        "{each} bytes, {} with few",
        (few - none) / 300
    );
}

#[test]
fn a_fork_brings_a_spent_note_and_its_way_back() {
    let mut chain = TestChain::new();
    let (mut alice, bob) = (Person::new("//Alice"), Person::new("//Bob"));
    chain.seal(&[alice.deposit(100), alice.deposit(50)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let before = alice.state.clone();
    chain.seal(&[], &[alice.pay(&bob, 120, "")]);
    chain.quiet(15);
    alice.scan(&chain).unwrap();
    chain.fork_after(10);
    chain.quiet(1);
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.notes, before.notes);
    let anchor = alice.state.anchor(false).unwrap();
    for position in alice.state.notes.keys() {
        let leaf = alice
            .state
            .note(&alice.keys, *position)
            .unwrap()
            .commitment();
        let path = alice.state.path(&anchor, *position).unwrap();
        assert_eq!(path.root(&leaf), anchor.tree.root());
    }
    // Once it is final that they are spent, nothing is kept for them but their history.
    chain.seal(&[], &[alice.pay(&bob, 120, "")]);
    chain.quiet(60);
    chain.finalized = chain.number();
    alice.scan(&chain).unwrap();
    assert!(alice.state.leaving.is_empty());
    let kept: Vec<u32> = alice.state.tree.tracked().collect();
    assert!(kept
        .iter()
        .all(|position| alice.state.notes[position].spent_in.is_none()));
}
