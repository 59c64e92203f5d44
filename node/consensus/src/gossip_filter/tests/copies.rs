//! One vote under many signatures.

use super::*;
use std::ops::Range;

fn hedged(salts: Range<u8>) -> Vec<Vec<u8>> {
    salts
        .map(|salt| {
            let vote = precommit(VOTER, 5, SET, Hand::Hedged(salt));
            (0u8, ROUND, SET, vote).encode()
        })
        .collect()
}

#[test]
fn one_vote_under_many_signatures_gets_no_relay_banned() {
    // What a peer hears of the attacker it passes on, so each of its neighbours hears it, too.
    let copies = hedged(0..40);
    let relays = [PeerId::random(), PeerId::random(), PeerId::random()];
    let mut events: Vec<_> = relays.map(opened).into();
    for copy in &copies {
        events.extend(relays.map(|relay| received(relay, copy)));
    }
    let (seen, ledger) = let_through(events);
    let mut heard: Vec<Vec<u8>> = messages(seen).into_iter().map(|(_, copy)| copy).collect();
    heard.dedup();
    assert_eq!(heard, copies[..2], "two are enough to convict");
    for relay in relays {
        assert!(ledger.losses(&relay).is_empty());
    }
}

#[test]
fn what_a_guard_lets_through_no_guard_behind_it_charges_for() {
    let copies = hedged(0..6);
    let flooded: Vec<Vec<u8>> = (0..400).map(|turn| copies[turn % 6].clone()).collect();
    let (attacker, relay) = (PeerId::random(), PeerId::random());
    let events = flooded.iter().map(|copy| received(attacker, copy));
    let (passed_on, _) = let_through([opened(attacker)].into_iter().chain(events).collect());
    let events = messages(passed_on).into_iter();
    let events = events.map(|(_, copy)| received(relay, &copy));
    let (_, ledger) = let_through([opened(relay)].into_iter().chain(events).collect());
    assert!(ledger.losses(&relay).is_empty());
}

#[test]
fn each_voter_and_step_and_round_has_two_places_of_its_own() {
    let (mut guard, ledger) = guard_of(&["Alice", "Bob"], Protocol::new(Vec::new()));
    let (peer, now) = (PeerId::random(), Instant::now());
    assert!(guard.judge.passes(&opened(peer), now));
    for name in ["Alice", "Bob"] {
        for round in [ROUND - 1, ROUND, ROUND + 1] {
            let block = H256::repeat_byte(5);
            for message in [
                Message::<Header>::Prevote(Prevote::<Header>::new(block, 9)),
                Message::<Header>::Precommit(Precommit::<Header>::new(block, 9)),
            ] {
                let heard: Vec<bool> = (0..4)
                    .map(|salt| {
                        let hand = Hand::Hedged(salt);
                        let vote = signed_by(name, message.clone(), (round, SET), hand);
                        let vote = (0u8, round, SET, vote).encode();
                        guard.judge.listens(peer, &vote, now)
                    })
                    .collect();
                assert_eq!(heard, [true, true, false, false], "{name} {round}");
            }
        }
    }
    assert!(ledger.losses(&peer).is_empty());
}

#[test]
fn an_honest_vote_is_heard_beside_any_number_of_anothers() {
    let (mut guard, _) = guard_of(&["Alice", "Bob"], Protocol::new(Vec::new()));
    let (peer, now) = (PeerId::random(), Instant::now());
    assert!(guard.judge.passes(&opened(peer), now));
    for copy in hedged(0..20) {
        guard.judge.listens(peer, &copy, now);
    }
    let honest = precommit("Bob", 5, SET, Hand::Steady);
    let honest = (0u8, ROUND, SET, honest).encode();
    assert!(guard.judge.listens(peer, &honest, now));
}

#[test]
fn a_copy_that_is_heard_already_passes_again_and_a_third_one_does_not() {
    let copies = hedged(0..3);
    let peer = PeerId::random();
    let order = [0, 1, 2, 0, 1, 2];
    let events = order.map(|copy: usize| received(peer, &copies[copy]));
    let (seen, _) = let_through([opened(peer)].into_iter().chain(events).collect());
    let heard: Vec<Vec<u8>> = messages(seen).into_iter().map(|(_, copy)| copy).collect();
    let expected = [0, 1, 0, 1].map(|copy: usize| copies[copy].clone());
    assert_eq!(heard, expected);
}

#[test]
fn false_copies_behind_two_true_ones_get_their_sender_banned() {
    let (mut guard, ledger) = guard(Protocol::new(Vec::new()));
    let (good, bad, begin) = (PeerId::random(), PeerId::random(), Instant::now());
    for peer in [good, bad] {
        assert!(guard.judge.passes(&opened(peer), begin));
    }
    let copies = hedged(0..3);
    for copy in &copies[..2] {
        assert!(guard.judge.listens(good, copy, begin));
    }
    let false_copy = changed(copies[2].clone(), SIGNATURE);
    // A flood of a thousand a second.
    for turn in 0..1_000 {
        let now = begin + Duration::from_millis(turn);
        guard.judge.listens(bad, &false_copy, now);
    }
    let losses = [OFFENCE, OFFENCE, OFFENCE, BAN];
    assert_eq!(ledger.losses(&bad), losses);
    // True ones are checked as well, and found to be no fault.
    for turn in 0..1_000 {
        let now = begin + Duration::from_millis(turn);
        guard.judge.listens(good, &copies[2], now);
    }
    assert!(ledger.losses(&good).is_empty());
}

#[test]
fn memory_is_of_the_rounds_that_the_client_is_in() {
    let (mut guard, _) = guard(Protocol::new(Vec::new()));
    let (peer, now) = (PeerId::random(), Instant::now());
    assert!(guard.judge.passes(&opened(peer), now));
    let elsewhere = ROUND + 100;
    let message = Message::<Header>::Precommit(Precommit::<Header>::new(H256::zero(), 9));
    let vote = signed_by(VOTER, message, (elsewhere, SET), Hand::Steady);
    let vote = (0u8, elsewhere, SET, vote).encode();
    assert!(
        guard.judge.listens(peer, &vote, now),
        "the client refuses it"
    );
    assert!(!guard.judge.witness.has_round(SET, elsewhere));
    let next = (2u8, 1u8, elsewhere, SET, 9u32).encode();
    guard.send_sync_notification(&peer, next);
    assert!(guard.judge.listens(peer, &vote, now));
    assert!(guard.judge.witness.has_round(SET, elsewhere));
}
