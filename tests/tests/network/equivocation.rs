//! A validator whose key says two things at once is reported by the others, slashed, and put out.

use qloak_e2e::{
    network::{
        operator::{account, payment},
        staking, Identity, Network, Plan,
    },
    node::Node,
    stranger::{
        votes::{commit, Hand, Round, Stage, VoterKey},
        Stranger,
    },
};
use qloak_runtime::constants::currency::QLK;
use serde_json::json;

/// What the genesis bonds for each validator.
const BOND: u128 = 100_000 * QLK;

/// The least that is slashed, 5 %.
const LEAST_SLASH: u128 = BOND / 20;

/// The most that one offender of four loses, however often he is reported.
const MOST_SLASHED: u128 = BOND / 2;

fn number(answer: &serde_json::Value) -> u64 {
    answer.as_u64().expect("a number")
}

fn round(node: &Node) -> Round {
    let state = node.rpc("grandpa_roundState", json!([]));
    Round {
        set: number(&state["setId"]),
        number: number(&state["best"]["round"]),
    }
}

/// Slashed, out of the next session, and the others go on.
fn punished(network: &mut Network) {
    let dave = account("Dave").0;
    network.until_state("Dave's bond is slashed", "Alice", |node| {
        staking::bonded(node, dave).is_none_or(|left| left <= BOND - LEAST_SLASH)
    });
    network.until_state("Dave is out of the session", "Alice", |node| {
        !staking::validators(node).contains(&dave)
    });
    let left = staking::bonded(network.node("Alice"), dave).expect("he is still bonded");
    assert!(left + MOST_SLASHED >= BOND, "{left} of {BOND} left");
    for name in ["Alice", "Bob", "Charlie"] {
        let honest = staking::bonded(network.node("Alice"), account(name).0);
        assert_eq!(honest, Some(BOND), "{name} did nothing");
        assert!(staking::validators(network.node("Alice")).contains(&account(name).0));
    }
    network.settle("Alice", "Alice", payment("Bob", QLK));
    network.finalizes("Bob", 3);
    network.nothing_is_lost();
}

#[test]
fn two_votes_in_one_round_are_reported_from_gossip_and_punished() {
    let mut network = Network::start(&Plan::four_with_sessions_of(10));
    network.finalizes("Alice", 2);
    // Somebody has Dave's key, and votes with it beside him.
    let stranger = Stranger::connect(&network.address("Alice"), network.genesis(), 0xda);
    stranger.wait_until_inside().expect("anybody may listen");
    let key = VoterKey::developer("Dave");
    network.until_state("the others report it", "Alice", |node| {
        let heads = network.view().heads("Alice");
        let (best, last) = (heads.best.unwrap(), heads.finalized.unwrap());
        let now = round(node);
        if best != last {
            // The round may be over when the votes arrive, so the next one gets two as well.
            for number in [now.number, now.number + 1] {
                for block in [best, last] {
                    let message = key.vote(Stage::Prevote, Round { number, ..now }, block);
                    stranger.send(message).expect("well-formed votes are heard");
                }
            }
        }
        staking::offences(node).contains(&staking::VOTED_TWICE)
    });
    punished(&mut network);
}

#[test]
fn one_vote_signed_twice_is_reported_from_gossip_and_punished() {
    let mut network = Network::start(&Plan::four_with_sessions_of(10));
    network.finalizes("Alice", 2);
    let stranger = Stranger::connect(&network.address("Alice"), network.genesis(), 0xdb);
    stranger.wait_until_inside().expect("anybody may listen");
    let key = VoterKey::developer("Dave");
    network.until_state("the others report it", "Alice", |node| {
        let block = network.view().heads("Alice").best.unwrap();
        let now = round(node);
        for number in [now.number, now.number + 1] {
            let round = Round { number, ..now };
            for salt in [1, 2] {
                let message = key.vote_by(Stage::Prevote, round, block, &Hand::Hedged(salt));
                stranger.send(message).expect("well-formed votes are heard");
            }
        }
        staking::offences(node).contains(&staking::VOTED_TWICE)
    });
    punished(&mut network);
}

#[test]
fn two_votes_seen_only_in_a_commit_are_reported_and_punished() {
    let mut network = Network::start(&Plan::four_with_sessions_of(10));
    network.finalizes("Alice", 2);
    let stranger = Stranger::connect(&network.address("Alice"), network.genesis(), 0xdc);
    stranger.wait_until_inside().expect("anybody may listen");
    let [bob, charlie, dave] = ["Bob", "Charlie", "Dave"].map(VoterKey::developer);
    network.until_state("the others report it", "Alice", |node| {
        let block = network.view().heads("Alice").best.unwrap();
        // A round for each block that the test does not reach, so that Bob and Charlie vote once in it.
        let far = Round {
            number: 100_000 + block.0,
            ..round(node)
        };
        let votes = [
            (&bob, Hand::Steady),
            (&charlie, Hand::Steady),
            (&dave, Hand::Steady),
            (&dave, Hand::Hedged(1)),
        ];
        let message = commit(far, block, &votes);
        stranger
            .send(message)
            .expect("well-formed commits are heard");
        staking::offences(node).contains(&staking::VOTED_TWICE)
    });
    punished(&mut network);
}

#[test]
fn two_blocks_in_one_slot_are_reported_and_punished() {
    let mut network = Network::start(&Plan::four_with_sessions_of(10));
    network.finalizes("Alice", 2);
    // The most common way to do it: a spare machine with the same keys.
    network.join("Dave2", Identity::Developer("Dave"), &[]);
    network.until_state("the others report it", "Alice", |node| {
        staking::offences(node).contains(&staking::AUTHORED_TWICE)
    });
    punished(&mut network);
}
