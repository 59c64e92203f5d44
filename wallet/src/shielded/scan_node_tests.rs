//! Nodes that forget, came late or lie; and what the honest ones learn.

use super::*;

/// A long chain with something to find for Alice here and there; its last 50 blocks are not final.
fn long() -> (TestChain, Person) {
    let mut chain = TestChain::new();
    let (alice, bob) = (Person::new("//Alice"), Person::new("//Bob"));
    for number in 1..1_000 {
        let deposits = match number % 9 {
            0 => vec![alice.deposit(number), bob.deposit(1)],
            4 => vec![bob.deposit(2)],
            _ => Vec::new(),
        };
        chain.seal(&deposits, &[]);
    }
    chain.finalized = chain.number() - 50;
    (chain, alice)
}

#[test]
fn states_that_are_gone_do_not_matter() {
    let (mut chain, mut alice) = long();
    let mut early = Person::new("//Alice");
    early.scan(&chain).unwrap();
    assert!(early.balance() > 1_000);
    chain.fault = Fault::Forgets(900);
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.notes, early.state.notes);
    assert_eq!(alice.state.history, early.state.history);
    assert_eq!(alice.state.anchor(false), early.state.anchor(false));
    // Not even for a wallet that begins in the middle: it makes the tree of that day itself.
    let mut late = Person::new("//Alice");
    late.state = State::new(chain_genesis(), 500, 1);
    late.scan(&chain).unwrap();
    let since: u64 = (500..1_000).filter(|number| number % 9 == 0).sum();
    assert_eq!(late.balance(), u128::from(since));
    assert_eq!(late.state.tip.as_ref().unwrap().tree.root(), chain.root());
}

#[test]
fn a_node_without_a_list_is_asked_for_every_block() {
    let (mut chain, mut alice) = long();
    let mut listed = Person::new("//Alice");
    listed.scan(&chain).unwrap();
    let with_list = chain.asked.take();
    chain.lists = false;
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.notes, listed.state.notes);
    assert!(chain.asked.get() > with_list);
    chain.fault = Fault::Forgets(900);
    let mut late = Person::new("//Alice");
    late.scan(&chain).unwrap();
    assert_eq!(late.state.notes, listed.state.notes);
}

#[test]
fn only_blocks_with_notes_are_read_of_the_final_chain() {
    let (chain, mut alice) = long();
    alice.scan(&chain).unwrap();
    let with_notes = (1..1_000).filter(|number| [0, 4].contains(&(number % 9)));
    let unlisted = 2 * crate::shielded::route::PAGE_BLOCKS;
    let most = with_notes.count() as u32 + unlisted;
    assert!(chain.asked.get() <= most, "{} > {most}", chain.asked.get());
}

#[test]
fn the_questions_do_not_tell_what_is_found() {
    let (mut chain, mut alice) = long();
    let mut nobody = Person::new("//Nobody");
    for _ in 0..2 {
        alice.scan(&chain).unwrap();
        let of_alice = chain.questions.take();
        nobody.scan(&chain).unwrap();
        assert_eq!(chain.questions.take(), of_alice);
        chain.seal(&[alice.deposit(1)], &[]);
        chain.quiet(100);
    }
    assert!(alice.balance() > 0 && nobody.balance() == 0);
}

#[test]
fn a_lie_about_old_blocks_is_found_out_and_taken_back() {
    let (mut chain, mut alice) = long();
    alice.scan(&chain).unwrap();
    let before = alice.state.clone();
    for number in 0..300u64 {
        chain.seal(&[alice.deposit(number + 1)], &[]);
    }
    chain.finalized = chain.number() - 10;
    let honest = chain.clone();
    chain.forge(1_001);
    chain.fault = Fault::Forgets(1_250);
    let refused = alice.scan(&chain).unwrap_err();
    assert!(
        matches!(refused, Error::Shielded(ShieldedError::Inconsistent { .. })),
        "{refused}"
    );
    assert_eq!(alice.state.notes, before.notes);
    assert_eq!(alice.state.number(), before.number());
    alice.scan(&honest).unwrap();
    let mut other = Person::new("//Alice");
    other.scan(&honest).unwrap();
    assert_eq!(alice.state.notes, other.state.notes);
}

#[test]
fn a_node_that_came_late_is_told_from_a_liar() {
    let (mut chain, _) = long();
    for lists in [true, false] {
        chain.lists = lists;
        chain.fault = Fault::CameLate(800);
        let refused = Person::new("//Alice").scan(&chain).unwrap_err();
        let told = match &refused {
            Error::Shielded(ShieldedError::IndexBeginsLater) => lists,
            Error::Shielded(ShieldedError::Inconsistent { .. }) => !lists,
            _ => false,
        };
        assert!(told, "{refused}");
        // With a birthday that the node remembers it works.
        let mut late = Person::new("//Alice");
        late.state = State::new(chain_genesis(), 850, 1);
        late.scan(&chain).unwrap();
        assert!(late.balance() > 0);
        let anchor = late.state.anchor(false).unwrap();
        let (position, _) = late.state.spendable(Asset::Qlk).next().unwrap();
        let leaf = late.state.note(&late.keys, position).unwrap().commitment();
        let path = State::path(anchor, position).unwrap();
        assert_eq!(path.root(&leaf), anchor.tree.root());
    }
}
