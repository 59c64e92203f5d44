#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;
use crate::equivocation::votes::fixtures::{key, signed_by, Hand};
use codec::Encode;
use futures::channel::mpsc::Receiver;
use polkadot_sdk::{
    sp_consensus_grandpa::{check_equivocation_proof, Commit, Precommit, Prevote, PrimaryPropose},
    sp_core::H256,
};

const SET: SetId = 3;
const ROUND: RoundNumber = 7;
const NAMES: [&str; 4] = ["Alice", "Bob", "Charlie", "Dave"];

fn voters() -> Voters {
    Voters::new(NAMES.iter().map(|name| (key(name), 1))).unwrap()
}

fn block(tag: u8) -> H256 {
    H256::repeat_byte(tag)
}

fn vote(name: &str, round: RoundNumber, set: SetId, tag: u8, hand: Hand) -> Vote {
    let message = Message::<Header>::Precommit(Precommit::<Header>::new(block(tag), 9));
    let signed = signed_by(name, message, (round, set), hand);
    Vote { set, round, signed }
}

fn justification(votes: Vec<Vote>) -> Vec<u8> {
    let round = votes[0].round;
    let precommits = votes.into_iter().map(|vote| {
        let Message::<Header>::Precommit(precommit) = vote.signed.message else {
            unreachable!("justifications are made of precommits");
        };
        finality_grandpa::SignedPrecommit {
            precommit,
            signature: vote.signed.signature,
            id: vote.signed.id,
        }
    });
    let commit = Commit::<Header> {
        target_hash: block(5),
        target_number: 9,
        precommits: precommits.collect(),
    };
    GrandpaJustification::<Header> {
        round,
        commit,
        votes_ancestries: Vec::new(),
    }
    .encode()
}

/// Steady votes of these for block 5.
fn steady(names: &[&str], set: SetId) -> Vec<Vote> {
    let vote = |name: &&str| vote(name, ROUND, set, 5, Hand::Steady);
    names.iter().map(vote).collect()
}

fn witness() -> (Witness, Receiver<Proof>) {
    let (witness, proofs) = Witness::new();
    witness.turn_to(SET, ROUND);
    (witness, proofs)
}

fn found(proofs: &mut Receiver<Proof>) -> Vec<Proof> {
    let found: Vec<Proof> = std::iter::from_fn(|| proofs.try_recv().ok()).collect();
    for proof in &found {
        assert!(
            check_equivocation_proof(proof.clone()),
            "the runtime's own check"
        );
    }
    found
}

#[test]
fn two_votes_of_one_step_are_found_and_one_vote_twice_is_not() {
    for (second, expected) in [
        (vote("Bob", ROUND, SET, 6, Hand::Steady), 1),
        (vote("Bob", ROUND, SET, 5, Hand::Hedged(1)), 1),
        (vote("Bob", ROUND, SET, 5, Hand::Steady), 0),
        (vote("Bob", ROUND + 1, SET, 6, Hand::Steady), 0),
        (vote("Charlie", ROUND, SET, 6, Hand::Steady), 0),
    ] {
        let (witness, mut proofs) = witness();
        witness.enter(vote("Bob", ROUND, SET, 5, Hand::Steady));
        witness.enter(second);
        assert_eq!(found(&mut proofs).len(), expected);
    }
}

#[test]
fn a_prevote_and_a_precommit_are_no_pair_and_proposals_convict_nobody() {
    let (witness, mut proofs) = witness();
    let time = (ROUND, SET);
    for tag in [5, 6] {
        let message =
            Message::<Header>::PrimaryPropose(PrimaryPropose::<Header>::new(block(tag), 9));
        let signed = signed_by("Bob", message, time, Hand::Steady);
        witness.enter(Vote {
            set: SET,
            round: ROUND,
            signed,
        });
    }
    let message = Message::<Header>::Prevote(Prevote::<Header>::new(block(5), 9));
    let signed = signed_by("Bob", message, time, Hand::Steady);
    witness.enter(Vote {
        set: SET,
        round: ROUND,
        signed,
    });
    witness.enter(vote("Bob", ROUND, SET, 6, Hand::Steady));
    assert!(found(&mut proofs).is_empty());
}

#[test]
fn a_third_vote_is_not_reported_again() {
    let (witness, mut proofs) = witness();
    for salt in 0..5 {
        witness.enter(vote("Bob", ROUND, SET, 5, Hand::Hedged(salt)));
    }
    assert_eq!(found(&mut proofs).len(), 1);
}

#[test]
fn a_pair_that_appears_only_in_a_justification_is_proved() {
    // Also in one of a set that is over, of which nothing is remembered.
    for set in [SET, SET - 1] {
        let (witness, mut proofs) = witness();
        let mut votes = steady(&NAMES[1..], set);
        votes.push(vote("Dave", ROUND, set, 5, Hand::Hedged(1)));
        witness.see_justification(set, &voters(), &justification(votes));
        let found = found(&mut proofs);
        assert_eq!(found.len(), 1, "set {set}");
        assert_eq!(*found[0].offender(), key("Dave"));
    }
}

#[test]
fn a_pair_of_a_gossiped_vote_and_a_justification_is_proved() {
    let (witness, mut proofs) = witness();
    witness.enter(vote("Bob", ROUND, SET, 6, Hand::Steady));
    let justification = justification(steady(&NAMES[..3], SET));
    witness.see_justification(SET, &voters(), &justification);
    let found = found(&mut proofs);
    assert_eq!(found.len(), 1);
    assert_eq!(*found[0].offender(), key("Bob"));
}

#[test]
fn justifications_that_prove_nothing_are_not_remembered() {
    let mut damaged = steady(&NAMES[..3], SET);
    damaged[2].signed.signature = damaged[1].signed.signature.clone();
    let stranger = vote("Eve", ROUND, SET, 5, Hand::Steady);
    for votes in [
        damaged,
        steady(&NAMES[..2], SET),
        steady(&NAMES[..3], SET)
            .into_iter()
            .chain([stranger])
            .collect(),
        // Of another set than it is shown for.
        steady(&NAMES[..3], SET + 1),
    ] {
        let (witness, _) = witness();
        witness.see_justification(SET, &voters(), &justification(votes));
        assert!(!witness.has_round(SET, ROUND));
    }
    let (witness, _) = witness();
    witness.see_justification(SET, &voters(), &[1, 2, 3]);
    assert!(!witness.has_round(SET, ROUND));
}

#[test]
fn rounds_made_up_in_the_far_future_push_no_present_ones_out() {
    let mut ledger = Ledger::new(SET);
    ledger.turn_to(SET, ROUND);
    let last = ROUND + 40;
    let made_up = last + 1_000_000_000;
    for round in (made_up..made_up + 20).chain(ROUND - 1..=last) {
        let entered = vote("Bob", round, SET, 5, Hand::Steady);
        assert!(ledger.enter(entered).is_none());
    }
    let kept: Vec<RoundNumber> = (0..=last)
        .filter(|round| ledger.has_round(*round))
        .collect();
    let nearest: Vec<RoundNumber> = (ROUND - 1..=ROUND + 18).collect();
    assert_eq!(kept, nearest);
    assert!(!(made_up..made_up + 20).any(|round| ledger.has_round(round)));
    ledger.turn_to(SET + 1, 1);
    assert!(!ledger.has_round(last), "another set begins");
}
