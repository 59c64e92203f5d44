#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use qloak_shielded::note::Asset;
use qloak_shielded::transaction::Action;

use super::*;
use crate::shielded::draft::{Draft, Order, LIFETIME};
use crate::shielded::exclusion::{self, Exclusion};
use crate::shielded::model::{Person, TestChain, FEE};
use crate::shielded::select;
use crate::shielded::state::State;

/// Alice has notes of 100, 50 and 7, at an anchor.
fn funded() -> (TestChain, Person, Person) {
    let mut chain = TestChain::new();
    let (mut alice, bob) = (Person::new("//Alice"), Person::new("//Bob"));
    let deposits = [100, 50, 7].map(|value| alice.deposit(value));
    chain.seal(&deposits, &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    (chain, alice, bob)
}

fn purpose(to: &Person, value: u64) -> Purpose {
    Purpose::Send {
        handle: to.address(0).handle().0,
        value: Some(value),
    }
}

/// A payment that left the wallet.
fn sent(alice: &mut Person, bob: &Person, value: u64) -> Draft {
    let payment = Person::payment(bob.address(0), value, "");
    let draft = alice.draft(Some(payment), Action::Send);
    remember(alice, bob, value, &draft);
    draft
}

fn remember(alice: &mut Person, bob: &Person, value: u64, draft: &Draft) {
    show(alice, bob, value, draft);
    let name = draft.transfer.binding(&alice.state.genesis);
    alice.state.attempts.send(&name);
}

/// The node checks a payment, and is not asked to send it.
fn show(alice: &mut Person, bob: &Person, value: u64, draft: &Draft) {
    let attempt = alice
        .state
        .attempt(&draft.transfer, purpose(bob, value), value)
        .with_dummy(draft.dummy.clone());
    alice.state.attempts.begin(attempt);
}

/// A payment that the node did not take when it checked it.
fn refused(alice: &mut Person, bob: &Person, value: u64) -> Draft {
    let payment = Person::payment(bob.address(0), value, "");
    let draft = alice.draft(Some(payment), Action::Send);
    show(alice, bob, value, &draft);
    draft
}

/// The payment tried again, or another one after a payment that a node did not take, as the wallet does it.
fn tried_again(alice: &mut Person, bob: &Person, value: u64) -> Draft {
    let earlier = alice.state.earlier(&purpose(bob, value));
    assert!(
        matches!(earlier, Earlier::Possible { .. }),
        "the first try may still come"
    );
    let free = alice.coins();
    let exclusion = exclusion::of(&alice.state, &earlier, &free, Some(value), FEE);
    let Exclusion::Notes(coins) = exclusion else {
        panic!("{exclusion:?}")
    };
    let order = Order {
        inputs: coins.iter().map(|coin| coin.position).collect(),
        payment: Some(Person::payment(bob.address(0), value, "")),
        action: Action::Send,
        fee: FEE,
    };
    let anchor = alice.state.anchor(false).unwrap();
    let draft = order.draft(&alice.keys, &alice.state, &anchor).unwrap();
    remember(alice, bob, value, &draft);
    draft
}

fn end(person: &Person, draft: &Draft) -> Option<End> {
    let name = draft.transfer.binding(&person.state.genesis);
    person.state.attempts.of(&name).unwrap().end
}

#[test]
fn a_payment_is_known_by_its_name_whatever_it_was_wrapped_into() {
    let (mut chain, mut alice, bob) = funded();
    let draft = sent(&mut alice, &bob, 20);
    assert_eq!(end(&alice, &draft), None);
    // The model keeps no extrinsics: the name is all that it says of a transfer, as the pool's entries do.
    chain.seal(&[], std::slice::from_ref(&draft.transfer));
    alice.scan(&chain).unwrap();
    let block = chain.number();
    assert_eq!(end(&alice, &draft), Some(End::Included { block }));
    let Earlier::Landed(attempt) = alice.state.earlier(&purpose(&bob, 20)) else {
        panic!("it is paid")
    };
    assert_eq!(attempt.name, draft.transfer.binding(&alice.state.genesis));
    assert_eq!(alice.state.earlier(&purpose(&bob, 21)), Earlier::None);
    assert_eq!(alice.state.attempts.untold().len(), 1);
    assert_eq!(alice.state.attempts.untold(), []);
}

#[test]
fn a_payment_that_is_tried_again_is_paid_once() {
    let (mut chain, mut alice, bob) = funded();
    let first = sent(&mut alice, &bob, 20);
    let second = tried_again(&mut alice, &bob, 20);
    let third = tried_again(&mut alice, &bob, 20);
    let nullifiers = |draft: &Draft| draft.transfer.nullifiers;
    for (one, other) in [(&first, &second), (&first, &third), (&second, &third)] {
        let other = nullifiers(other);
        assert!(nullifiers(one).iter().any(|it| other.contains(it)));
    }
    chain.seal(&[], std::slice::from_ref(&first.transfer));
    alice.scan(&chain).unwrap();
    let block = chain.number();
    let by = first.transfer.binding(&alice.state.genesis);
    assert_eq!(end(&alice, &first), Some(End::Included { block }));
    assert_eq!(end(&alice, &second), Some(End::Outrun { by, block }));
    assert_eq!(end(&alice, &third), Some(End::Outrun { by, block }));
    let again = alice.state.earlier(&purpose(&bob, 20));
    assert!(matches!(again, Earlier::Landed(attempt) if attempt.name == by));
}

#[test]
fn notes_are_reserved_until_the_last_block_is_final() {
    let (mut chain, mut alice, bob) = funded();
    let draft = sent(&mut alice, &bob, 20);
    let left = alice.coins();
    let until = draft.transfer.valid_until;
    assert!(left.len() < 3);
    assert_eq!(alice.balance(), 157, "it is still there");
    assert!(alice.state.reserved().values().all(|it| *it == until));
    // A fork may still take the last blocks back.
    chain.quiet(LIFETIME + 5);
    chain.finalized = until - 1;
    alice.scan(&chain).unwrap();
    assert_eq!(alice.coins(), left);
    chain.finalized = until;
    alice.scan(&chain).unwrap();
    assert_eq!(alice.coins().len(), 3);
    assert_eq!(end(&alice, &draft), Some(End::Expired));
    // The node may have lied. Another try spends one of the notes all the same.
    let again = alice.state.earlier(&purpose(&bob, 20));
    assert!(matches!(again, Earlier::Ended { tries } if tries.len() == 1));
}

#[test]
fn a_copy_of_the_wallet_that_was_faster_is_told_from_an_expired_payment() {
    let (mut chain, mut alice, bob) = funded();
    let mut copy = Person::new("//Alice");
    copy.scan(&chain).unwrap();
    let mine = sent(&mut alice, &bob, 20);
    let theirs = sent(&mut copy, &bob, 30).transfer;
    let by = theirs.binding(&alice.state.genesis);
    assert!(mine
        .transfer
        .nullifiers
        .iter()
        .any(|it| theirs.nullifiers.contains(it)));
    chain.seal(&[], &[theirs]);
    alice.scan(&chain).unwrap();
    let block = chain.number();
    assert_eq!(end(&alice, &mine), Some(End::Outrun { by, block }));
    // The node may have made that up. As long as the payment could come, another one would have to exclude it.
    let until = mine.transfer.valid_until;
    let name = mine.transfer.binding(&alice.state.genesis);
    alice.state.attempts.done(&name);
    chain.quiet(until - chain.number() - 1);
    chain.finalized = chain.number();
    alice.scan(&chain).unwrap();
    let possible = Earlier::Possible {
        tries: vec![Vec::new()],
        until,
        same: true,
    };
    assert_eq!(alice.state.earlier(&purpose(&bob, 20)), possible);
    chain.quiet(1);
    chain.finalized = chain.number();
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.earlier(&purpose(&bob, 20)), Earlier::None);
}

#[test]
fn a_fork_makes_an_ended_payment_possible_again() {
    let (mut chain, mut alice, bob) = funded();
    let before = chain.number();
    let draft = sent(&mut alice, &bob, 20);
    chain.seal(&[], std::slice::from_ref(&draft.transfer));
    alice.scan(&chain).unwrap();
    alice.state.attempts.untold();
    chain.fork_after(before);
    chain.quiet(3);
    alice.scan(&chain).unwrap();
    assert_eq!(end(&alice, &draft), None);
    assert!(!alice.state.reserved().is_empty());
    assert!(matches!(
        alice.state.earlier(&purpose(&bob, 20)),
        Earlier::Possible { .. }
    ));
}

#[test]
fn a_scan_from_the_beginning_forgets_no_payment() {
    let (mut chain, mut alice, bob) = funded();
    let landed = sent(&mut alice, &bob, 20);
    chain.seal(&[], std::slice::from_ref(&landed.transfer));
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let open = sent(&mut alice, &bob, 5);
    alice.state.forget_chain();
    alice.scan(&chain).unwrap();
    assert!(matches!(end(&alice, &landed), Some(End::Included { .. })));
    assert_eq!(end(&alice, &open), None);
    assert!(!alice.state.reserved().is_empty());
}

#[test]
fn notes_that_are_merged_can_be_spent_otherwise() {
    let (_, mut alice, bob) = funded();
    let merging = alice.draft(None, Action::Send);
    let attempt = alice.state.attempt(&merging.transfer, Purpose::Merge, 0);
    let name = attempt.name;
    alice.state.attempts.begin(attempt);
    alice.state.attempts.send(&name);
    let free = alice.state.spendable(Asset::Qlk).count();
    assert!(free < 3);
    assert_eq!(alice.state.spendable_or_merging(Asset::Qlk).count(), 3);
    assert_eq!(alice.state.earlier(&Purpose::Merge), Earlier::None);
    sent(&mut alice, &bob, 1);
    assert!(alice.state.spendable_or_merging(Asset::Qlk).count() < 3);
}

#[test]
fn a_payment_that_the_user_knows_of_is_no_earlier_try() {
    let (mut chain, mut alice, bob) = funded();
    let draft = sent(&mut alice, &bob, 20);
    chain.seal(&[], std::slice::from_ref(&draft.transfer));
    alice.scan(&chain).unwrap();
    alice
        .state
        .attempts
        .done(&draft.transfer.binding(&alice.state.genesis));
    assert_eq!(alice.state.earlier(&purpose(&bob, 20)), Earlier::None);
}

#[test]
fn a_payment_that_was_told_as_paid_is_not_paid_twice_after_a_fork() {
    let (mut chain, mut alice, mut bob) = funded();
    chain.seal(&[alice.deposit(30)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let before = chain.number();
    let first = sent(&mut alice, &bob, 20);
    chain.seal(&[], std::slice::from_ref(&first.transfer));
    alice.scan(&chain).unwrap();
    // The command says that it is paid. Its block is not final.
    let name = first.transfer.binding(&alice.state.genesis);
    alice.state.attempts.done(&name);
    assert_eq!(alice.state.earlier(&purpose(&bob, 20)), Earlier::None);
    // Reading the chain again changes nothing of what the user knows.
    alice.state.forget_chain();
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.earlier(&purpose(&bob, 20)), Earlier::None);
    chain.fork_after(before);
    chain.seal(&[alice.deposit(24), alice.deposit(5)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    assert_eq!(alice.balance(), 157 + 30 + 24 + 5);
    assert_eq!(end(&alice, &first), None);
    assert!(!alice.state.reserved().is_empty());
    let second = tried_again(&mut alice, &bob, 20).transfer;
    let mut spent = first.transfer.nullifiers.iter();
    assert!(spent.any(|it| second.nullifiers.contains(it)));
    // Of the two, one is paid.
    chain.seal(&[], &[second]);
    alice.scan(&chain).unwrap();
    bob.scan(&chain).unwrap();
    assert_eq!(bob.balance(), 20);
    assert!(matches!(end(&alice, &first), Some(End::Outrun { .. })));
}

#[test]
fn a_payment_is_forgotten_when_its_block_is_final_and_the_user_knows() {
    let (mut chain, mut alice, bob) = funded();
    let draft = sent(&mut alice, &bob, 20);
    chain.seal(&[], std::slice::from_ref(&draft.transfer));
    let block = chain.number();
    chain.quiet(3);
    let name = draft.transfer.binding(&alice.state.genesis);
    for (finalized, known, remembered) in [
        (block, false, true),
        (block - 1, true, true),
        (block, true, false),
    ] {
        chain.finalized = finalized;
        if known {
            alice.state.attempts.done(&name);
        }
        alice.scan(&chain).unwrap();
        assert_eq!(alice.state.attempts.of(&name).is_some(), remembered);
    }
}

#[test]
fn a_fork_that_brings_a_note_again_does_not_let_a_payment_be_paid_twice() {
    let mut chain = TestChain::new();
    let (mut alice, mut bob) = (Person::new("//Alice"), Person::new("//Bob"));
    let old = [50, 100].map(|value| alice.deposit(value));
    chain.seal(&old, &[]);
    let before = chain.number();
    let lately = alice.deposit(30);
    chain.seal(std::slice::from_ref(&lately), &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let first = sent(&mut alice, &bob, 20).transfer;
    chain.fork_after(before);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    // One of its two notes is there.
    let second = tried_again(&mut alice, &bob, 20).transfer;
    let shared = |it: &Digest| second.nullifiers.contains(it);
    assert!(first.nullifiers.iter().any(shared));
    // The deposit comes again, at the same position, and the first payment with it.
    chain.seal(&[lately], &[]);
    chain.seal(&[], &[first]);
    bob.scan(&chain).unwrap();
    assert_eq!(bob.balance(), 20);
}

#[test]
fn a_payment_of_which_a_fork_took_all_notes_is_not_tried_again_until_it_cannot_come() {
    let mut chain = TestChain::new();
    let (mut alice, bob) = (Person::new("//Alice"), Person::new("//Bob"));
    let before = chain.number();
    chain.seal(&[alice.deposit(30)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let until = sent(&mut alice, &bob, 20).transfer.valid_until;
    chain.fork_after(before);
    chain.seal(&[alice.deposit(90)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let earlier = alice.state.earlier(&purpose(&bob, 20));
    assert_eq!(
        earlier,
        Earlier::Possible {
            tries: vec![Vec::new()],
            until,
            same: true
        }
    );
    // Nothing excludes it.
    assert_eq!(select::again(&[Vec::new()], &alice.coins(), 20, FEE), None);
    chain.quiet(LIFETIME + 5);
    chain.finalized = until;
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.earlier(&purpose(&bob, 20)), Earlier::None);
}

#[test]
fn a_payment_that_is_refused_before_it_was_sent_keeps_no_notes() {
    let (mut chain, mut alice, bob) = funded();
    let draft = refused(&mut alice, &bob, 20);
    assert_eq!(alice.coins().len(), 3);
    assert!(alice.state.reserved().is_empty());
    // Once the node is asked to send it, they are kept.
    let name = draft.transfer.binding(&alice.state.genesis);
    alice.state.attempts.send(&name);
    assert_eq!(alice.coins().len(), 1);
    // What is in a block is not sent again.
    chain.seal(&[], &[draft.transfer]);
    alice.scan(&chain).unwrap();
    alice.state.attempts.send(&name);
    assert_eq!(alice.state.attempts.untold().len(), 1);
}

#[test]
fn what_is_paid_after_a_refusal_excludes_what_a_lying_node_has_included_all_the_same() {
    let (mut chain, mut alice, mut bob) = funded();
    let first = refused(&mut alice, &bob, 20).transfer;
    // The payer changes the amount, or whom he pays.
    let second = tried_again(&mut alice, &bob, 21);
    let mut shared = first.nullifiers.iter();
    assert!(shared.any(|it| second.transfer.nullifiers.contains(it)));
    chain.seal(&[], std::slice::from_ref(&first));
    alice.scan(&chain).unwrap();
    bob.scan(&chain).unwrap();
    assert_eq!(bob.balance(), 20);
    let block = chain.number();
    let by = first.binding(&alice.state.genesis);
    assert_eq!(end(&alice, &second), Some(End::Outrun { by, block }));
    // The user believes that it was refused, and hears that it was not.
    let told = alice.state.attempts.untold();
    assert!(told
        .iter()
        .any(|it| it.name == by && it.end == Some(End::Included { block })));
}

#[test]
fn nothing_is_excluded_any_more_when_a_refused_payment_cannot_come() {
    let (mut chain, mut alice, bob) = funded();
    refused(&mut alice, &bob, 20);
    let second = tried_again(&mut alice, &bob, 21).transfer;
    // A third payment is one besides the second, which takes the first one's place.
    assert_eq!(alice.state.earlier(&purpose(&bob, 5)), Earlier::None);
    chain.seal(&[], &[second]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.earlier(&purpose(&bob, 5)), Earlier::None);
    // Nobody hears of an end that he knew already.
    let told = alice.state.attempts.untold();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].value, 21);
    // A merging that the node did not take pays nobody.
    let merging = alice.draft(None, Action::Send);
    let attempt = alice.state.attempt(&merging.transfer, Purpose::Merge, 0);
    alice.state.attempts.begin(attempt);
    assert_eq!(alice.state.earlier(&purpose(&bob, 5)), Earlier::None);
}

#[test]
fn notes_are_not_kept_for_ever_for_a_payment_that_was_made_at_a_made_up_height() {
    let (mut chain, mut alice, mut bob) = funded();
    let mut draft = alice.draft(Some(Person::payment(bob.address(0), 20, "")), Action::Send);
    draft.transfer.valid_until = 4_000_000_000;
    remember(&mut alice, &bob, 20, &draft);
    assert_eq!(alice.coins().len(), 3);
    assert!(alice.state.reserved().is_empty());
    // Nor can it be paid besides when it is tried again.
    let second = tried_again(&mut alice, &bob, 20).transfer;
    let mut shared = draft.transfer.nullifiers.iter();
    assert!(shared.any(|it| second.nullifiers.contains(it)));
    chain.seal(&[], &[second]);
    alice.scan(&chain).unwrap();
    bob.scan(&chain).unwrap();
    assert_eq!(bob.balance(), 20);
    assert!(matches!(end(&alice, &draft), Some(End::Outrun { .. })));
}

/// Alice has one note, of 100.
fn with_one_note() -> (Person, Person) {
    let mut chain = TestChain::new();
    let mut alice = Person::new("//Alice");
    chain.seal(&[alice.deposit(100)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    (alice, Person::new("//Bob"))
}

#[test]
fn a_retry_does_not_show_how_many_notes_a_payment_spends() {
    let (mut alice, bob) = with_one_note();
    let first = sent(&mut alice, &bob, 20);
    let [attempt] = &alice.state.attempts.0[..] else {
        panic!("there is one payment")
    };
    assert_eq!(attempt.nullifiers.len(), 1, "the other input is a dummy");
    assert_ne!(first.transfer.nullifiers[0], first.transfer.nullifiers[1]);
    // It is remembered over a restart.
    let bytes = alice.state.encode();
    alice.state = State::decode(&mut bytes.as_slice()).unwrap();
    let second = tried_again(&mut alice, &bob, 20);
    assert_eq!(second.transfer.nullifiers, first.transfer.nullifiers);
    assert_ne!(second.transfer.outputs, first.transfer.outputs);
    // Whoever does not remember the first try draws another dummy.
    alice.state.attempts = Attempts::default();
    let other = sent(&mut alice, &bob, 20);
    let shared = |it: &&Digest| first.transfer.nullifiers.contains(it);
    assert_eq!(other.transfer.nullifiers.iter().filter(shared).count(), 1);
}

#[test]
fn payments_without_a_dummy_are_written_as_earlier_versions_wrote_them() {
    let (mut alice, bob) = with_one_note();
    sent(&mut alice, &bob, 20);
    let mut attempt = alice.state.attempts.0.remove(0);
    assert!(attempt.dummy.is_some());
    assert_eq!(
        Attempt::decode(&mut attempt.encode().as_slice()).unwrap(),
        attempt
    );
    attempt.dummy = None;
    let earlier = (
        (attempt.name, attempt.purpose, attempt.value),
        (attempt.valid_until, attempt.end, attempt.stage),
        &attempt.nullifiers,
    );
    let earlier = earlier.encode();
    assert_eq!(attempt.encode(), earlier);
    assert_eq!(Attempt::decode(&mut earlier.as_slice()).unwrap(), attempt);
    // A byte that is neither is none of ours.
    let stage = earlier.len() - 1 - 1 - 32;
    let mut odd = earlier;
    odd[stage] = 0x24;
    assert!(Attempt::decode(&mut odd.as_slice()).is_err());
}

/// The fault: it was called unpaid after its last block, and was paid again.
#[test]
fn a_payment_is_found_although_its_notes_came_before_the_birthday() {
    let (mut chain, mut alice, bob) = funded();
    let draft = sent(&mut alice, &bob, 20);
    let attempts = std::mem::take(&mut alice.state.attempts);
    let first = attempts.first_block().unwrap();
    alice.state = State::new(alice.state.genesis, first, 1);
    alice.state.attempts = attempts;
    chain.seal(&[], std::slice::from_ref(&draft.transfer));
    let block = chain.number();
    assert!(first <= block);
    alice.scan(&chain).unwrap();
    assert_eq!(end(&alice, &draft), Some(End::Included { block }));
    chain.quiet(LIFETIME + 5);
    alice.scan(&chain).unwrap();
    assert!(matches!(
        alice.state.earlier(&purpose(&bob, 20)),
        Earlier::Landed(_)
    ));
}

#[test]
fn all_that_was_sent_can_be_in_no_block_before_the_first_one() {
    let (_, mut alice, bob) = funded();
    assert_eq!(alice.state.attempts.first_block(), None);
    alice.state.attempts.made_at(1);
    assert_eq!(
        alice.state.attempts.first_block(),
        None,
        "nobody knows what"
    );
    let draft = sent(&mut alice, &bob, 20);
    let anchor = alice.state.anchor(false).unwrap().block.number;
    assert_eq!(draft.transfer.valid_until, anchor + LIFETIME);
    assert_eq!(alice.state.attempts.first_block(), Some(anchor + 1));
}

#[test]
fn a_state_that_was_made_anew_knows_what_it_cannot_know() {
    let (mut chain, mut alice, _) = funded();
    let made = chain.number();
    alice.state = State::new(alice.state.genesis, 0, 1);
    alice.state.attempts.made_at(made);
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.forgotten(), Some(made));
    // It says so once, and after a second scan from the beginning still.
    alice.state.forget_chain();
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.forgotten(), Some(made));
    let mut told = alice.state.clone();
    told.attempts.told_of_the_forgotten();
    assert_eq!(told.forgotten(), None);
    // An account that had no money then cannot have paid.
    let mut carol = Person::new("//Carol");
    carol.state.attempts.made_at(made);
    chain.seal(&[carol.deposit(100)], &[]);
    chain.quiet(LIFETIME - 2);
    carol.scan(&chain).unwrap();
    assert_eq!(carol.balance(), 100);
    assert_eq!(carol.state.forgotten(), None);
    // What was sent before cannot come for longer than a lifetime.
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.forgotten(), Some(made));
    chain.quiet(1);
    alice.scan(&chain).unwrap();
    assert_eq!(alice.state.forgotten(), None);
    chain.finalized = chain.number();
    alice.scan(&chain).unwrap();
    assert!(alice.state.attempts.0.is_empty());
}

#[test]
fn a_payment_whose_time_a_node_said_was_over_is_possible_again_on_the_real_chain() {
    let (mut chain, mut alice, bob) = funded();
    let before = chain.number();
    let draft = sent(&mut alice, &bob, 20);
    let until = draft.transfer.valid_until;
    let mut other = chain.clone();
    other.quiet(LIFETIME + 5);
    other.finalized = until;
    alice.scan(&other).unwrap();
    assert_eq!(end(&alice, &draft), Some(End::Expired));
    assert_eq!(alice.state.attempts.untold().len(), 1);
    // Another node knows nothing of these blocks.
    chain.fork_after(before);
    chain.quiet(2);
    alice.scan(&chain).unwrap();
    assert_eq!(end(&alice, &draft), None);
    assert!(!alice.state.reserved().is_empty());
    chain.seal(&[], &[draft.transfer]);
    alice.scan(&chain).unwrap();
    let told = alice.state.attempts.untold();
    assert!(
        matches!(told[0].end, Some(End::Included { .. })),
        "{told:?}"
    );
}
