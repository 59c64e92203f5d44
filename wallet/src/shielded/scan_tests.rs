#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;
use crate::shielded::draft::Order;
use crate::shielded::history::Item;
use crate::shielded::keys::Sight;
use crate::shielded::model::{block_on, Fault, Person, Saved, TestChain, CREDITS, FEE};
use crate::shielded::source::block_of_note;
use crate::shielded::state::{State, GAP, LOOKAHEAD};
use qloak_shielded::note::Asset;
use qloak_shielded::transaction::Action;

/// Alice has two notes of 100 and 50, at an anchor.
fn funded() -> (TestChain, Person, Person) {
    let mut chain = TestChain::new();
    let (mut alice, bob) = (Person::new("//Alice"), Person::new("//Bob"));
    chain.quiet(3);
    chain.seal(&[alice.deposit(100), bob.deposit(7)], &[]);
    chain.seal(&[alice.deposit(50)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    assert_eq!(alice.balance(), 150);
    (chain, alice, bob)
}

fn paid() -> (TestChain, Person, Person) {
    let (mut chain, mut alice, mut bob) = funded();
    chain.seal(&[], &[alice.pay(&bob, 120, "rent")]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    bob.scan(&chain).unwrap();
    (chain, alice, bob)
}

fn kinds(person: &Person) -> Vec<(u32, &'static str, u64)> {
    let item = |block, item: &Item| match item {
        Item::Deposited(payment) => (block, "deposited", payment.value),
        Item::Received { payment, .. } => (block, "received", payment.value),
        Item::Sent(payment) => (block, "sent", payment.value),
        Item::Withdrawn { value, .. } => (block, "withdrawn", *value),
        Item::Worked { credits, .. } => (block, "worked", *credits),
        Item::Merged { value } => (block, "merged", *value),
        Item::Credited { value } => (block, "credited", *value),
    };
    let records = person.state.history.iter();
    records
        .flat_map(|record| record.items.iter().map(move |it| item(record.block, it)))
        .collect()
}

#[test]
fn a_payment_is_found_by_both_sides() {
    let (chain, alice, bob) = paid();
    assert_eq!(alice.balance(), u128::from(150 - 120 - FEE));
    assert_eq!(alice.credits(), u128::from(CREDITS));
    assert_eq!((bob.balance(), bob.credits()), (127, 0));
    assert_eq!(alice.state.root(), chain.root());
}

#[test]
fn the_history_tells_what_happened() {
    let (mut chain, mut alice, bob) = paid();
    assert_eq!(
        kinds(&alice),
        [
            (4, "deposited", 100),
            (5, "deposited", 50),
            (11, "sent", 120),
            (11, "credited", CREDITS)
        ]
    );
    assert_eq!(kinds(&bob), [(4, "deposited", 7), (11, "received", 120)]);
    let sent = &alice.state.history[2];
    assert_eq!(sent.fee, Some(FEE));
    assert_eq!(sent.items[0].payment().unwrap().memo().unwrap(), "rent");
    assert_eq!(
        sent.items[0].payment().unwrap().handle(),
        bob.address(0).handle()
    );
    let received = &bob.state.history[1].items[0];
    assert_eq!(received.payment().unwrap().memo().unwrap(), "rent");
    assert_eq!(bob.state.history[1].fee, None, "the payer paid it");

    let recipient = [9; 32];
    let withdrawal = alice.draft(
        None,
        Action::Withdraw {
            value: 20,
            recipient,
        },
    );
    chain.seal(&[], &[withdrawal.transfer]);
    alice.scan(&chain).unwrap();
    assert_eq!(kinds(&alice)[4], (21, "withdrawn", 20));
    assert_eq!(alice.balance(), 150 - 120 - 20 - 2 * u128::from(FEE));
}

#[test]
fn both_sides_can_disclose_the_payment() {
    let (chain, alice, bob) = paid();
    let (record, item) = bob.state.payment(3).unwrap();
    assert_eq!((record.block, record.position), (11, 3));
    let leaf = item.payment().unwrap().note().unwrap().commitment();
    let ciphertext = chain.output(3).ciphertext;
    for (person, with_memo) in [(&alice, true), (&bob, false)] {
        let (_, item) = person.state.payment(3).unwrap();
        let disclosure = item
            .disclose(&person.keys, chain_genesis(), with_memo)
            .unwrap();
        let shown = disclosure.verify(&chain_genesis(), &leaf).unwrap();
        assert_eq!((shown.asset, shown.value), (Asset::Qlk, 120));
        assert!(shown.is_to(&bob.address(0)));
        let memo = disclosure.memo(&ciphertext);
        assert_eq!(memo.is_ok(), with_memo);
        // Alice, who has sent it, proves that Bob can open it.
        let delivered = disclosure.verify_delivery(&bob.address(0), &ciphertext);
        assert_eq!(delivered.is_ok(), with_memo);
    }
    let block = block_on(block_of_note(&chain, 3)).unwrap().unwrap();
    assert_eq!(block.number, 11);
    assert_eq!(
        block_on(block_of_note(&chain, 0)).unwrap().unwrap().number,
        4
    );
    assert_eq!(
        block_on(block_of_note(&chain, 2)).unwrap().unwrap().number,
        5
    );
    assert_eq!(block_on(block_of_note(&chain, 6)).unwrap(), None);
}

fn chain_genesis() -> [u8; 32] {
    crate::shielded::model::GENESIS
}

#[test]
fn a_wallet_restored_from_its_words_knows_the_same() {
    let (chain, alice, _) = paid();
    let mut restored = Person::new("//Alice");
    restored.scan(&chain).unwrap();
    assert_eq!(restored.state.notes, alice.state.notes);
    assert_eq!(restored.state.history, alice.state.history);
}

#[test]
fn addresses_that_were_forgotten_are_found() {
    let mut chain = TestChain::new();
    let payer = Person::new("//Payer");
    let mut alice = Person::new("//Alice");
    // The later addresses are paid first: when they are known to exist their notes have gone by.
    for index in [6, 5, 3, 2] {
        chain.seal(&[payer.deposit_to(alice.address(index), 10)], &[]);
    }
    alice.scan(&chain).unwrap();
    assert_eq!(alice.balance(), 40);
    assert_eq!(alice.state.addresses, 7);
    // Their notes were tried with as many addresses from the first one on: nothing is asked for twice.
    assert_eq!(chain.asked.get(), chain.number());
    let index = alice.state.add_address();
    chain.seal(&[payer.deposit_to(alice.address(index), 1)], &[]);
    alice.scan(&chain).unwrap();
    assert_eq!((index, alice.balance()), (7, 41));
}

#[test]
fn a_restored_wallet_finds_addresses_behind_a_gap() {
    let mut chain = TestChain::new();
    let payer = Person::new("//Payer");
    let mut alice = Person::new("//Alice");
    for index in [GAP, GAP + 1] {
        chain.seal(&[payer.deposit_to(alice.address(index), 10)], &[]);
    }
    let summary = alice.scan(&chain).unwrap();
    // Twenty addresses after the first one, and no more: the second is one too far.
    assert_eq!((alice.balance(), alice.state.addresses), (10, GAP + 1));
    assert_eq!(summary.window_ends, Some(GAP + 1));
    let mut again = State::new(chain_genesis(), 0, alice.state.addresses);
    std::mem::swap(&mut again, &mut alice.state);
    alice.scan(&chain).unwrap();
    assert_eq!(alice.balance(), 20);
    // A wallet that has read the chain looks for few beyond its own, or each note would take longer for good.
    assert_eq!(alice.state.window(), alice.state.addresses + LOOKAHEAD);
}

#[test]
fn a_fork_takes_payments_back() {
    let (mut chain, mut alice, mut bob) = paid();
    let before = alice.state.clone();
    chain.fork_after(10);
    chain.quiet(4);
    let summary = alice.scan(&chain).unwrap();
    bob.scan(&chain).unwrap();
    assert_eq!(summary.rolled_back, 10);
    let lost = Lost {
        notes: 2,
        qlk: u128::from(150 - 120 - FEE),
        credits: CREDITS.into(),
        payments: 1,
        anew: false,
    };
    assert_eq!(summary.lost, lost);
    assert_eq!(
        (alice.balance(), alice.credits(), bob.balance()),
        (150, 0, 7)
    );
    assert_eq!(kinds(&alice).len(), 2);
    // The notes can be spent again, and differently.
    chain.seal(&[], &[alice.pay(&bob, 20, "")]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    bob.scan(&chain).unwrap();
    assert_eq!(
        (alice.balance(), bob.balance()),
        (u128::from(130 - FEE), 27)
    );
    assert_ne!(alice.state, before);
    let mut restored = Person::new("//Alice");
    restored.scan(&chain).unwrap();
    assert_eq!(restored.state.notes, alice.state.notes);
    assert_eq!(restored.state.history, alice.state.history);
}

#[test]
fn a_fork_deeper_than_all_checkpoints_begins_anew() {
    let (mut chain, mut alice, _) = paid();
    chain.fork_after(2);
    chain.seal(&[alice.deposit(5)], &[]);
    let summary = alice.scan(&chain).unwrap();
    assert_eq!(alice.balance(), 5);
    assert_eq!(alice.state.number(), 3);
    // A development chain that started again looks like this.
    assert!(summary.lost.anew);
    assert_eq!((summary.lost.notes, summary.lost.payments), (2, 1));
    let again = alice.scan(&chain).unwrap();
    assert!(again.lost.is_nothing(), "told once");
    let mut first = Person::new("//Alice");
    assert!(first.scan(&chain).unwrap().lost.is_nothing());
}

#[test]
fn what_a_fork_only_moves_is_not_called_lost() {
    let (mut chain, mut alice, bob) = funded();
    let transfer = alice.pay(&bob, 120, "rent");
    chain.seal(&[], std::slice::from_ref(&transfer));
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    chain.fork_after(10);
    chain.quiet(1);
    chain.seal(&[bob.deposit(1)], std::slice::from_ref(&transfer));
    let summary = alice.scan(&chain).unwrap();
    assert_eq!(summary.rolled_back, 10);
    assert!(summary.lost.is_nothing(), "{:?}", summary.lost);
    assert_eq!(alice.balance(), u128::from(150 - 120 - FEE));
}

#[test]
fn final_blocks_bound_the_checkpoints() {
    let (mut chain, mut alice, _) = funded();
    chain.quiet(1000);
    alice.scan(&chain).unwrap();
    let kept = alice.state.way_back().len();
    assert!((35..=42).contains(&kept), "{kept}");
    chain.finalized = 995;
    chain.quiet(1);
    alice.scan(&chain).unwrap();
    let kept: Vec<u32> = alice
        .state
        .way_back()
        .iter()
        .map(|point| point.block.number)
        .collect();
    assert_eq!(kept, [1011, 1010, 1000, 990]);
}

#[test]
fn quiet_stretches_are_passed_over() {
    let (mut chain, mut alice, _) = funded();
    chain.quiet(20_000);
    chain.seal(&[alice.deposit(1)], &[]);
    chain.quiet(1_000);
    for (finalized, most) in [(0, 6_000), (chain.number(), 1)] {
        chain.finalized = finalized;
        chain.asked.set(0);
        let mut state = alice.state.clone();
        std::mem::swap(&mut state, &mut alice.state);
        alice.scan(&chain).unwrap();
        assert_eq!(alice.balance(), 151);
        let asked = chain.asked.get();
        assert!(asked <= most, "{asked} blocks read");
        alice.state = state;
    }
}

#[test]
fn an_interrupted_scan_goes_on() {
    let mut chain = TestChain::new();
    let mut alice = Person::new("//Alice");
    for value in 1..1_500 {
        let deposits = if value % 50 == 0 {
            vec![alice.deposit(value)]
        } else {
            Vec::new()
        };
        chain.seal(&deposits, &[]);
    }
    chain.fault = Fault::BreaksAt(1_400);
    let saved = Saved::default();
    let mut state = alice.state.clone();
    let broken = block_on(scan(&chain, &alice.keys, &mut state, saved.clone()));
    assert!(matches!(broken, Err(Error::NotFound(_))));
    assert!(
        state.size() > 10,
        "what was found is kept, and the caller saves it"
    );
    let half = saved.state.lock().unwrap().take().unwrap();
    assert!(half.size() > 10 && half.number() < 1_400);
    chain.fault = Fault::None;
    let mut resumed = Person::new("//Alice");
    resumed.state = half;
    let summary = resumed.scan(&chain).unwrap();
    assert!(summary.from > 0);
    alice.scan(&chain).unwrap();
    assert_eq!(resumed.state.notes, alice.state.notes);
    assert_eq!(resumed.state.history, alice.state.history);
    let progress = saved.progress.lock().unwrap();
    assert!(progress
        .windows(2)
        .all(|pair| pair[0].notes <= pair[1].notes));
}

#[test]
fn a_node_that_leaves_something_out_is_found_out() {
    let (mut chain, mut alice, bob) = funded();
    chain.seal(&[], &[alice.pay(&bob, 20, "")]);
    let before = alice.state.clone();
    chain.fault = Fault::LeavesOut;
    let refused = alice.scan(&chain).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Shielded(ShieldedError::Inconsistent { block: 11 })
        ),
        "{refused}"
    );
    assert_eq!(alice.state, before, "nothing of it was taken over");
}

#[test]
fn a_birthday_ahead_of_the_chain_is_refused() {
    let (chain, _, _) = funded();
    let mut early = Person::new("//Alice");
    early.state = State::new(chain_genesis(), 5_000, 1);
    let refused = early.scan(&chain).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Shielded(ShieldedError::BirthdayAhead { .. })
        ),
        "{refused}"
    );
}

#[test]
fn a_viewing_key_sees_the_same() {
    let (chain, alice, _) = paid();
    let mut viewer = Person::new("//Alice");
    viewer.keys = alice.watcher(Sight::Full).keys;
    viewer.scan(&chain).unwrap();
    assert_eq!(viewer.state.notes, alice.state.notes);
    assert_eq!(viewer.state.history, alice.state.history);
}

#[test]
fn an_incoming_key_sees_what_comes() {
    let (mut chain, mut alice, bob) = paid();
    chain.seal(&[bob.deposit_to(alice.address(1), 11)], &[]);
    chain.seal(&[], &[alice.pay(&bob, 5, "")]);
    alice.scan(&chain).unwrap();
    let mut viewer = alice.watcher(Sight::Incoming);
    viewer.scan(&chain).unwrap();
    // Its own deposits came to an address too. What it paid and got back as change does not show.
    assert_eq!(
        kinds(&viewer),
        [
            (4, "received", 100),
            (5, "received", 50),
            (21, "received", 11)
        ]
    );
    assert_eq!((viewer.balance(), viewer.credits()), (161, 0));
    assert!(viewer
        .state
        .notes
        .values()
        .all(|note| note.spent_in.is_none()));
    assert!(alice
        .state
        .notes
        .values()
        .any(|note| note.spent_in.is_some()));
    let payment = viewer.state.history[2].items[0].payment().unwrap();
    assert_eq!(payment.handle(), alice.address(1).handle());
    // A fork takes back what it saw.
    chain.fork_after(20);
    chain.quiet(3);
    viewer.scan(&chain).unwrap();
    assert_eq!(viewer.balance(), 150);
}

#[test]
fn an_outgoing_key_sees_what_goes() {
    let (mut chain, mut alice, bob) = paid();
    let withdrawal = alice.draft(
        None,
        Action::Withdraw {
            value: 7,
            recipient: [9; 32],
        },
    );
    chain.seal(
        &[bob.deposit_to(alice.address(1), 11)],
        &[withdrawal.transfer],
    );
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let mut viewer = alice.watcher(Sight::Outgoing);
    viewer.scan(&chain).unwrap();
    assert_eq!(
        kinds(&viewer),
        [
            (4, "deposited", 100),
            (5, "deposited", 50),
            (11, "sent", 120),
            (21, "withdrawn", 7)
        ]
    );
    assert_eq!((viewer.balance(), viewer.state.notes.len()), (0, 0));
    let sent = &viewer.state.history[2];
    assert_eq!(sent.fee, Some(FEE));
    assert_eq!(sent.items[0].payment().unwrap().memo().unwrap(), "rent");
    assert_eq!(
        sent.items[0].payment().unwrap().handle(),
        bob.address(0).handle()
    );
    let payment = sent.items[0].payment().unwrap();
    assert!(payment.disclose(chain_genesis(), true).is_some());
    // Merging is no payment, and is seen too.
    let merged = Order {
        inputs: alice.coins().iter().map(|coin| coin.position).collect(),
        payment: None,
        action: Action::Send,
        fee: FEE,
    };
    let anchor = alice.state.anchor(false).unwrap();
    let merged = merged.draft(&alice.keys, &alice.state, &anchor).unwrap();
    let total: u64 = alice.coins().iter().map(|coin| coin.value).sum();
    chain.seal(&[], &[merged.transfer]);
    viewer.scan(&chain).unwrap();
    assert_eq!(kinds(&viewer)[4..], [(31, "merged", total - FEE)]);
}

#[test]
fn a_payment_that_its_recipient_copied_is_seen_once() {
    let (mut chain, alice, mut bob) = paid();
    // Bob knows what opens the note, so he can make it again in a transaction of his own.
    bob.scan(&chain).unwrap();
    let mut copy = bob
        .draft(
            None,
            Action::Withdraw {
                value: 1,
                recipient: [8; 32],
            },
        )
        .transfer;
    let payment = alice.state.history[2].items[0].payment().unwrap();
    copy.outputs[0] = chain.output(payment.position);
    chain.seal(&[], &[copy]);
    let mut viewer = alice.watcher(Sight::Outgoing);
    viewer.scan(&chain).unwrap();
    assert_eq!(kinds(&viewer).len(), 3);
}

/// The one test with a proof: what the wallet puts together is what the chain verifies.
#[test]
fn a_draft_can_be_proven() {
    let (_, alice, bob) = funded();
    for draft in [
        alice.draft(
            Some(Person::payment(bob.address(0), 120, "rent")),
            Action::Send,
        ),
        alice.draft(
            None,
            Action::Withdraw {
                value: 30,
                recipient: [9; 32],
            },
        ),
    ] {
        let proof = draft.prove().unwrap();
        assert_eq!(
            qloak_shielded::verifier::verify(&proof, draft.statement()),
            Ok(())
        );
        assert_eq!(
            draft.transfer.statement(&chain_genesis()).unwrap(),
            *draft.statement()
        );
    }
}

#[test]
fn merged_notes_are_one_note() {
    let (mut chain, mut alice, _) = funded();
    let order = Order {
        inputs: alice.coins().iter().map(|coin| coin.position).collect(),
        payment: None,
        action: Action::Send,
        fee: FEE,
    };
    let anchor = alice.state.anchor(false).unwrap();
    let draft = order.draft(&alice.keys, &alice.state, &anchor).unwrap();
    chain.seal(&[], &[draft.transfer]);
    alice.scan(&chain).unwrap();
    assert_eq!(alice.coins().len(), 1);
    assert_eq!(alice.balance(), u128::from(150 - FEE));
    assert_eq!(
        kinds(&alice)[2..],
        [(11, "merged", 150 - FEE), (11, "credited", CREDITS)]
    );
}

#[path = "scan_node_tests.rs"]
mod node;
