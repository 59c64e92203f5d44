//! How much is heard of a peer, and that nobody is charged for what others make it send.

use super::*;
use crate::gossip_filter::allowance::{Pace, ADVANCE, UNIT_TIME};

/// A guard and a peer that is connected to it.
fn with_peer() -> (TestGuard, Ledger, PeerId, Instant) {
    let (mut guard, ledger) = guard(Protocol::new(Vec::new()));
    let (peer, now) = (PeerId::random(), Instant::now());
    assert!(guard.judge.passes(&opened(peer), now));
    (guard, ledger, peer, now)
}

#[test]
fn a_flood_of_messages_that_others_can_cause_is_cut_and_costs_nothing() {
    for message in [neighbour(1), vote(VOTER, SET + 1), commit(1, 1)] {
        let (mut guard, ledger, peer, now) = with_peer();
        let heard = (0..5_000).filter(|_| guard.judge.listens(peer, &message, now));
        // A commit with one vote is a unit, too.
        assert_eq!(heard.count(), 4_096);
        assert!(ledger.losses(&peer).is_empty());
        let other = PeerId::random();
        assert!(guard.judge.passes(&opened(other), now));
        assert!(
            guard.judge.listens(other, &message, now),
            "others are heard"
        );
    }
}

#[test]
fn a_new_vote_is_heard_of_a_peer_that_has_said_too_much() {
    let (mut guard, ledger, peer, now) = with_peer();
    let message = neighbour(1);
    for _ in 0..5_000 {
        guard.judge.listens(peer, &message, now);
    }
    assert!(!guard.judge.listens(peer, &message, now));
    let vote = vote(VOTER, SET);
    assert!(guard.judge.listens(peer, &vote, now));
    assert!(!guard.judge.listens(peer, &vote, now), "not a second time");
    assert!(ledger.losses(&peer).is_empty());
}

#[test]
fn a_request_for_a_catch_up_needs_a_neighbour_packet_of_ours() {
    let (mut guard, ledger, peer, now) = with_peer();
    let request = catch_up_request();
    assert!(!guard.judge.listens(peer, &request, now));
    assert_eq!(ledger.losses(&peer), [UNASKED]);
    for _ in 0..2 {
        guard.send_sync_notification(&peer, neighbour(1));
    }
    // What is said to others is no occasion.
    guard.send_sync_notification(&PeerId::random(), neighbour(1));
    let heard: Vec<bool> = (0..3)
        .map(|_| guard.judge.listens(peer, &request, now))
        .collect();
    assert_eq!(heard, [true, true, false]);
    assert_eq!(ledger.losses(&peer), [UNASKED; 2]);
}

#[test]
fn a_flood_of_unasked_requests_gets_its_sender_banned() {
    for message in [catch_up_request(), catch_up()] {
        let (mut guard, ledger, peer, now) = with_peer();
        let heard = (0..10_000).filter(|_| guard.judge.listens(peer, &message, now));
        assert_eq!(heard.count(), 0);
        let losses = [vec![UNASKED; 182], vec![BAN]].concat();
        assert_eq!(ledger.losses(&peer), losses, "so many are forgiven");
    }
}

#[test]
fn a_catch_up_is_heard_once_for_each_request_of_ours() {
    let (mut guard, ledger, peer, now) = with_peer();
    guard.send_sync_notification(&peer, catch_up_request());
    assert!(guard.judge.listens(peer, &catch_up(), now));
    assert!(!guard.judge.listens(peer, &catch_up(), now));
    assert_eq!(ledger.losses(&peer), [UNASKED]);
}

#[test]
fn a_request_weighs_as_much_as_its_answer() {
    let (mut guard, ledger, peer, now) = with_peer();
    for _ in 0..100 {
        guard.send_sync_notification(&peer, neighbour(1));
    }
    let request = catch_up_request();
    let heard = (0..100).filter(|_| guard.judge.listens(peer, &request, now));
    assert_eq!(heard.count(), 32);
    assert!(ledger.losses(&peer).is_empty(), "each had its occasion");
}

#[test]
fn long_messages_use_up_more_and_time_gives_it_back() {
    let now = Instant::now();
    let mut pace = Pace::new(now);
    let longest = message::LONGEST;
    assert_eq!((0..99).filter(|_| pace.admits(longest, now)).count(), 32);
    let later = now + UNIT_TIME * 128;
    assert!(pace.admits(longest, later));
    assert!(!pace.admits(1, later));
    let much_later = later + ADVANCE * 100;
    let again = (0..99).filter(|_| pace.admits(longest, much_later));
    assert_eq!(again.count(), 32, "what was not used is not saved up");
    assert!(!pace.admits(usize::MAX, much_later));
}
