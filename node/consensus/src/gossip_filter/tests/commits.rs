//! Commits of the present set: what no honest node makes or passes on is an offence, and pairs are found.

use super::*;
use crate::equivocation::votes::Proof;
use futures::channel::mpsc::Receiver;

const NAMES: [&str; 4] = ["Alice", "Bob", "Charlie", "Dave"];

/// A commit for the block 5 at height `target`.
fn commit_of(votes: Vec<SignedMessage<Header>>, target: u32) -> Vec<u8> {
    let mut precommits = Vec::new();
    let mut auth_data = Vec::new();
    for vote in votes {
        let Message::<Header>::Precommit(precommit) = vote.message else {
            unreachable!("commits are made of precommits");
        };
        precommits.push(precommit);
        auth_data.push((vote.signature, vote.id));
    }
    let commit = CompactCommit::<Header> {
        target_hash: H256::repeat_byte(5),
        target_number: target,
        precommits,
        auth_data,
    };
    (1u8, ROUND, SET, commit).encode()
}

fn steady(names: &[&str]) -> Vec<SignedMessage<Header>> {
    let vote = |name: &&str| precommit(name, 5, SET, Hand::Steady);
    names.iter().map(vote).collect()
}

/// Whether each of the messages is heard, what their sender loses, and what it proves.
fn fates(messages: &[Vec<u8>]) -> (Vec<bool>, Vec<i32>, Vec<Proof>) {
    let (witness, mut proofs) = Witness::new();
    let ledger = Ledger::default();
    let protocol = Box::new(Protocol::new(Vec::new()));
    let electors = Electors::of(&NAMES);
    let mut guard = VoteJudge::guard(protocol, ledger.clone(), electors, witness, None);
    guard.judge.hear(&PeerId::random(), &neighbour(1));
    let (peer, now) = (PeerId::random(), Instant::now());
    assert!(guard.judge.passes(&opened(peer), now));
    let heard = messages
        .iter()
        .map(|message| guard.judge.listens(peer, message, now))
        .collect();
    (heard, ledger.losses(&peer), drain(&mut proofs))
}

fn drain(proofs: &mut Receiver<Proof>) -> Vec<Proof> {
    std::iter::from_fn(|| proofs.try_recv().ok()).collect()
}

#[test]
fn a_commit_of_three_of_four_voters_passes() {
    // A higher one than the view's, which the client verifies, and one that it refuses as old.
    for target in [10, 9] {
        let (heard, losses, proofs) = fates(&[commit_of(steady(&NAMES[..3]), target)]);
        assert_eq!((heard, losses), (vec![true], vec![]));
        assert!(proofs.is_empty());
    }
}

#[test]
fn commits_that_no_honest_node_passes_on_are_offences() {
    let mut damaged = steady(&NAMES[..3]);
    damaged[2].signature = damaged[1].signature.clone();
    let often = (0..3).map(|salt| precommit("Dave", 5, SET, Hand::Hedged(salt)));
    for (what, votes) in [
        ("a bad signature", damaged),
        ("too few voters", steady(&NAMES[..2])),
        ("one voter for three", often.clone().collect()),
        (
            "a voter three times",
            steady(&NAMES[..3]).into_iter().chain(often).collect(),
        ),
        ("a stranger", steady(&["Alice", "Bob", "Charlie", "Eve"])),
    ] {
        let (heard, losses, proofs) = fates(&[commit_of(votes, 10)]);
        assert_eq!((heard, losses), (vec![false], vec![OFFENCE]), "{what}");
        assert!(proofs.is_empty(), "{what}");
    }
}

#[test]
fn a_pair_that_appears_only_in_a_commit_is_proved() {
    for second in [
        precommit("Dave", 6, SET, Hand::Steady),
        precommit("Dave", 5, SET, Hand::Hedged(1)),
    ] {
        let mut votes = steady(&NAMES[1..]);
        votes.push(second);
        let (heard, losses, proofs) = fates(&[commit_of(votes, 10)]);
        assert_eq!((heard, losses), (vec![true], vec![]));
        assert_eq!(proofs.len(), 1);
        assert_eq!(*proofs[0].offender(), key("Dave"));
        assert_eq!((proofs[0].set_id(), proofs[0].round()), (SET, ROUND));
        let holds = polkadot_sdk::sp_consensus_grandpa::check_equivocation_proof;
        assert!(holds(proofs[0].clone()));
    }
}

#[test]
fn a_pair_across_two_commits_is_proved_though_the_client_refuses_the_second() {
    let elsewhere = ["Alice", "Bob"].map(|name| precommit(name, 6, SET, Hand::Steady));
    let other = elsewhere.into_iter().chain(steady(&["Charlie"])).collect();
    let first = commit_of(steady(&NAMES[..3]), 10);
    // As old as what the view has.
    let second = commit_of(other, 9);
    let (_, losses, proofs) = fates(&[first, second]);
    assert!(losses.is_empty());
    let accused: Vec<_> = proofs
        .iter()
        .map(|proof| proof.offender().clone())
        .collect();
    assert_eq!(accused, ["Alice", "Bob"].map(key));
}

#[test]
fn a_pair_of_a_gossiped_vote_and_a_commit_is_proved_once() {
    let gossiped = precommit("Alice", 6, SET, Hand::Steady);
    let gossiped = (0u8, ROUND, SET, gossiped).encode();
    let commit = commit_of(steady(&NAMES[..3]), 10);
    let (heard, _, proofs) = fates(&[gossiped, commit.clone(), commit]);
    assert_eq!(heard, [true; 3]);
    assert_eq!(proofs.len(), 1);
}

#[test]
fn a_false_commit_fills_no_places() {
    let mut damaged = steady(&NAMES[..3]);
    damaged[0] = precommit("Alice", 6, SET, Hand::Hedged(1));
    damaged[2].signature = damaged[1].signature.clone();
    let good = commit_of(steady(&NAMES[..3]), 10);
    let (heard, losses, proofs) = fates(&[commit_of(damaged, 10), good]);
    assert_eq!((heard, losses), (vec![false, true], vec![OFFENCE]));
    assert!(proofs.is_empty());
}
