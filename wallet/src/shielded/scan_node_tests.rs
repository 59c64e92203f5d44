//! Nodes that forget, came late or lie; and what the honest ones learn.

use super::*;
use crate::shielded::source::Source;
use crate::shielded::state::Checkpoint;
use qloak_shielded::element::Digest;
use qloak_shielded::pool::FullEntry;

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
    assert_eq!(late.state.root(), chain.root());
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
fn a_lie_about_what_was_spent_is_found_out() {
    let mut chain = TestChain::new();
    let (mut alice, bob) = (Person::new("//Alice"), Person::new("//Bob"));
    chain.seal(&[alice.deposit(100), alice.deposit(50)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    chain.seal(&[], &[alice.pay(&bob, 120, "")]);
    chain.quiet(15);
    let paid_in = 11;
    let nullifier = |entries: &mut Vec<FullEntry>| {
        entries[0].transfer.as_mut().unwrap().nullifiers[0] = Digest::ZERO;
    };
    let fee = |entries: &mut Vec<FullEntry>| entries[0].transfer.as_mut().unwrap().fee += 1;
    let memo = |entries: &mut Vec<FullEntry>| {
        let copy = entries[0].outputs[1].ciphertext.clone();
        entries[0].outputs[0].ciphertext = copy;
    };
    let exit = |entries: &mut Vec<FullEntry>| {
        let transfer = entries[0].transfer.clone();
        entries.push(FullEntry {
            position: entries[0].position + 3,
            outputs: Vec::new(),
            transfer,
        });
    };
    let lies: [fn(&mut Vec<FullEntry>); 4] = [nullifier, fee, memo, exit];
    for lie in lies {
        let before = alice.state.clone();
        let mut liar = chain.clone();
        liar.lie(paid_in, false, lie);
        let refused = alice.scan(&liar).unwrap_err();
        let found_out = matches!(refused, Error::Shielded(ShieldedError::Inconsistent { .. }));
        assert!(found_out, "{refused}");
        assert_eq!(alice.state.notes, before.notes);
        assert_eq!(alice.state.number(), before.number());
    }
}

#[test]
fn a_lie_about_what_was_spent_does_not_outlive_the_node_that_keeps_to_it() {
    let mut chain = TestChain::new();
    let (mut alice, bob) = (Person::new("//Alice"), Person::new("//Bob"));
    chain.seal(&[alice.deposit(100), alice.deposit(50)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let mut honest = Person::new("//Alice");
    let mut liar = chain.clone();
    let transfer = alice.pay(&bob, 120, "");
    for chain in [&mut chain, &mut liar] {
        chain.seal(&[], std::slice::from_ref(&transfer));
        chain.quiet(25);
    }
    // The note is said to be unspent, in a block that the wallet then holds for true.
    liar.lie(11, true, |entries| {
        entries[0].transfer.as_mut().unwrap().nullifiers = [Digest::ZERO; 2];
    });
    alice.scan(&liar).unwrap();
    assert_eq!(alice.balance(), 150);
    alice.scan(&chain).unwrap();
    honest.scan(&chain).unwrap();
    assert_eq!(alice.balance(), honest.balance());
    assert_eq!(alice.state.notes, honest.state.notes);
    assert!(alice.balance() < 150);
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
        let path = late.state.path(&anchor, position).unwrap();
        assert_eq!(path.root(&leaf), anchor.tree.root());
    }
}

#[test]
fn a_tree_that_a_node_made_up_is_refused_and_does_not_stay() {
    let (mut chain, _) = long();
    let mut late = Person::new("//Alice");
    late.state = State::new(chain_genesis(), 850, 1);
    chain.fault = Fault::MakesUpFrontiers;
    let refused = late.scan(&chain).unwrap_err();
    let found_out = matches!(
        refused,
        Error::Shielded(ShieldedError::Inconsistent { block: 849 })
    );
    assert!(found_out, "{refused}");
    assert_eq!(late.state.tip, None);
    // One that keeps to its lie, as far as the wallet asks at the birthday, is found out at the next root. What it said is
    // forgotten: an honest node is believed then.
    let block = block_on(chain.block(849)).unwrap().unwrap();
    let tree = block_on(chain.frontier(block)).unwrap();
    let entries_hash = [0; 32];
    late.state.restart(Checkpoint {
        block,
        tree,
        entries_hash,
    });
    chain.fault = Fault::None;
    late.scan(&chain).unwrap();
    assert!(late.balance() > 0);
    assert_eq!(late.state.root(), chain.root());
}

/// Does not let the finder begin before the reader has asked its last question.
struct Waits(std::sync::mpsc::Receiver<()>);

impl Watcher for Waits {
    fn progress(&mut self, _: Progress) {
        // Once; afterwards nobody sends anything.
        let _ = self.0.recv();
    }

    fn save(&mut self, _: &State) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn no_question_waits_for_what_is_found() {
    // The finder holds the first page until all questions were asked. If one of them waited for it, the scan would not end.
    let (chain, mut alice) = long();
    let mut free = Person::new("//Alice");
    free.scan(&chain).unwrap();
    let all = chain.questions.take();
    let (sender, receiver) = std::sync::mpsc::channel();
    chain.last_question(all.len(), sender);
    let scanned = scan(&chain, &alice.keys, &mut alice.state, Waits(receiver));
    block_on(scanned).unwrap();
    assert_eq!(chain.questions.take(), all);
    assert_eq!(alice.state, free.state);
    assert!(alice.balance() > 1_000);
}

#[test]
fn a_note_takes_the_same_trying_whatever_is_found() {
    let (chain, mut alice) = long();
    let window = alice.state.window();
    let rich = alice.scan(&chain).unwrap();
    let mut nobody = Person::new("//Nobody");
    assert_eq!(nobody.state.window(), window);
    let poor = nobody.scan(&chain).unwrap();
    assert_eq!((rich.notes, rich.to), (poor.notes, poor.to));
    // Also when notes came to addresses that the wallet did not know of: it does not begin anew, nor look for more.
    let mut other = chain.clone();
    other.seal(&[nobody.deposit_to(alice.address(7), 5)], &[]);
    let [mut found, mut nothing] = ["//Alice", "//Nobody"].map(Person::new);
    other.questions.take();
    found.scan(&other).unwrap();
    let asked = other.questions.take();
    nothing.scan(&other).unwrap();
    assert_eq!(other.questions.take(), asked);
    assert_eq!((found.state.addresses, nothing.state.addresses), (8, 1));
}

#[test]
fn a_node_that_shifts_block_numbers_is_refused() {
    let mut chain = TestChain::new();
    let mut alice = Person::new("//Alice");
    chain.seal(&[alice.deposit(100)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let state = alice.state.clone();
    let mut shifted = chain.clone();
    shifted.hurry(30);
    let refused = alice.scan(&shifted).unwrap_err();
    let too_far = matches!(
        refused,
        Error::Shielded(ShieldedError::TooFar { slots: 1, .. })
    );
    assert!(too_far, "{refused}");
    assert_eq!(alice.state.number(), state.number());
    // Blocks that took their time are read.
    chain.quiet(30);
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.number(), chain.number());
    // A wallet that has read nothing has nothing to compare with but the clock.
    Person::new("//Bob").scan(&shifted).unwrap();
}
