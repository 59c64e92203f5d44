//! A peer that sends rubbish to the voters is dropped, one that floods the pool is hardly heard, and nobody else
//! notices.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use codec::{Compact, Encode};
use qloak_e2e::{
    network::{
        operator::{payment, payment_to},
        Network, Plan,
    },
    stranger::{
        votes::{catch_up_request, Hand, Round, Stage, VoterKey},
        Audience, Stranger,
    },
};
use qloak_pq_crypto::{
    account::account_id, account_signature::AccountSignature, scheme::Scheme, signing::SecretKey,
};
use qloak_runtime::constants::currency::QLK;
use qloak_wallet::address::AccountId;
use serde_json::json;

/// The longest message that voters take.
const MOST_BYTES: usize = 1 << 20;

/// Far more messages than a node should need to see through a peer.
const PATIENCE: usize = 4_000;

/// The node that was molested works, with all its proper peers.
fn undisturbed(network: &mut Network) {
    network.finalizes("Alice", 5);
    network.until_state("Alice has her three peers", "Alice", |node| {
        node.rpc("system_health", json!([]))["peers"] == 3
    });
    network.settle("Alice", "Alice", payment("Bob", QLK));
    network.nothing_is_lost();
}

/// Says it until the node has had enough of it.
fn insist(stranger: &Stranger, mut message: impl FnMut(usize) -> Vec<u8>) {
    for turn in 0..PATIENCE {
        if stranger.send(message(turn)).is_err() {
            break;
        }
    }
    // The node may need a moment to close what it does not listen to any more.
    stranger.wait_until_thrown_out();
}

/// The round in which a node is, and its best block.
fn now(network: &Network, name: &str) -> (Round, (u64, [u8; 32])) {
    let state = network.rpc(name, "grandpa_roundState", json!([]));
    let round = Round {
        set: state["setId"].as_u64().unwrap(),
        number: state["best"]["round"].as_u64().unwrap(),
    };
    (round, network.view().heads(name).best.unwrap())
}

/// The peer is banned, not just disconnected.
fn stays_outside(network: &mut Network, node_key: u8) {
    network.node_mut("Alice").wait_for("Banned, disconnecting");
    let again = Stranger::connect(&network.address("Alice"), network.genesis(), node_key);
    assert!(
        again.wait_until_inside().is_err(),
        "a banned peer was let in again"
    );
}

#[test]
fn an_oversized_message_ends_the_conversation() {
    let mut network = Network::start(&Plan::four());
    let stranger = Stranger::connect(&network.address("Alice"), network.genesis(), 0xf0);
    stranger.wait_until_inside().expect("anybody may listen");
    // The stranger's side may take it before the node has refused it.
    let _ = stranger.send(vec![0; MOST_BYTES + 1]);
    stranger.wait_until_thrown_out();
    drop(stranger);
    undisturbed(&mut network);
}

#[test]
fn a_flood_of_undecodable_messages_gets_its_sender_banned() {
    let mut network = Network::start(&Plan::four());
    let stranger = Stranger::connect(&network.address("Alice"), network.genesis(), 0xf1);
    stranger.wait_until_inside().expect("anybody may listen");
    // No message begins with this byte.
    let rubbish = |salt: usize| {
        let mut message = vec![0xff; 5347];
        message[1..9].copy_from_slice(&salt.to_le_bytes());
        message
    };
    insist(&stranger, rubbish);
    drop(stranger);
    stays_outside(&mut network, 0xf1);
    undisturbed(&mut network);
}

#[test]
fn a_flood_of_votes_with_bad_signatures_gets_its_sender_banned() {
    let mut network = Network::start(&Plan::four());
    let stranger = Stranger::connect(&network.address("Alice"), network.genesis(), 0xf3);
    stranger.wait_until_inside().expect("anybody may listen");
    let (round, block) = now(&network, "Alice");
    let good = VoterKey::developer("Dave").vote(Stage::Precommit, round, block);
    let forged = |salt: usize| {
        let mut message = good.clone();
        // In the signature proper. No two alike, so that none is known already.
        message[3000] ^= 1;
        message[3001..3009].copy_from_slice(&salt.to_le_bytes());
        message
    };
    insist(&stranger, forged);
    drop(stranger);
    stays_outside(&mut network, 0xf3);
    undisturbed(&mut network);
}

/// Makes one thing wrong with a vote; see `votes` for what stands where.
type Spoil = fn(Vec<u8>) -> Vec<u8>;

fn changed(mut message: Vec<u8>, position: usize) -> Vec<u8> {
    message[position] ^= 1;
    message
}

#[test]
fn each_kind_of_false_vote_gets_its_sender_thrown_out() {
    let mut network = Network::start(&Plan::four());
    let broken: [(&str, Spoil); 7] = [
        ("Dave", |vote| changed(vote, 20)),               // the block
        ("Dave", |vote| changed(vote, 60)), // the key, which then hashes to another id
        ("Dave", |vote| changed(vote, 3000)), // the signature
        ("Dave", |vote| changed(vote, 5346)), // the id
        ("Dave", |vote| vote[..vote.len() - 1].to_vec()), // the length
        ("Dave", |vote| vote[..2000].to_vec()), // no signature
        ("Eve", |vote| vote),               // no voter
    ];
    for (node_key, (name, spoil)) in (0xe0..).zip(broken) {
        let stranger = Stranger::connect(&network.address("Alice"), network.genesis(), node_key);
        stranger.wait_until_inside().expect("anybody may listen");
        let voter = VoterKey::developer(name);
        insist(&stranger, |_| {
            // Votes of rounds that are over are not looked at.
            let (round, block) = now(&network, "Alice");
            spoil(voter.vote(Stage::Precommit, round, block))
        });
    }
    undisturbed(&mut network);
}

#[test]
fn one_vote_under_many_signatures_makes_no_validators_ban_each_other() {
    let mut network = Network::start(&Plan::four());
    let names = ["Alice", "Bob", "Charlie"];
    let strangers = [0xf5, 0xf6, 0xf7].into_iter().zip(names);
    let strangers: Vec<Stranger> = strangers
        .map(|(node_key, name)| {
            let stranger = Stranger::connect(&network.address(name), network.genesis(), node_key);
            stranger.wait_until_inside().expect("anybody may listen");
            stranger
        })
        .collect();
    let dave = VoterKey::developer("Dave");
    let mut salts = 0..;
    // More than a validator may say in advance and in the time that this takes.
    for _ in 0..PATIENCE {
        let (round, block) = now(&network, "Alice");
        for stranger in strangers.iter().cycle().take(9) {
            let hand = Hand::Hedged(salts.next().expect("there is no end of them"));
            let vote = dave.vote_by(Stage::Precommit, round, block, &hand);
            stranger.send(vote).expect("votes that verify cost nothing");
        }
    }
    undisturbed(&mut network);
}

#[test]
fn a_flood_of_requests_gets_its_sender_banned() {
    let mut network = Network::start(&Plan::four());
    let stranger = Stranger::connect(&network.address("Alice"), network.genesis(), 0xf4);
    stranger.wait_until_inside().expect("anybody may listen");
    let (round, _) = now(&network, "Alice");
    // Each may have an answer of a megabyte, and few have an occasion.
    let request = catch_up_request(round);
    insist(&stranger, |_| request.clone());
    drop(stranger);
    stays_outside(&mut network, 0xf4);
    undisturbed(&mut network);
}

#[test]
fn votes_for_other_rounds_and_sets_finalise_nothing() {
    let mut network = Network::start(&Plan::four());
    let stranger = Stranger::connect(&network.address("Alice"), network.genesis(), 0xf2);
    stranger.wait_until_inside().expect("anybody may listen");
    let (round, block) = now(&network, "Alice");
    let (set, number) = (round.set, round.number);
    // Dave signed them, so nothing is wrong with them but when they are said. They cost little, so that
    // a node that is late is not thrown out.
    let dave = VoterKey::developer("Dave");
    for (ahead, sets) in (99..144).flat_map(|ahead| [(ahead, 0), (ahead, 9)]) {
        let elsewhere = Round {
            set: set + sets,
            number: number + ahead,
        };
        let vote = dave.vote(Stage::Precommit, elsewhere, block);
        stranger.send(vote).expect("a few of those are tolerated");
    }
    drop(stranger);
    undisturbed(&mut network);
}

/// The message with a transaction of an account with this key whose signature is false, and takes long to verify.
fn slow_and_false(key: &SecretKey, salt: u32) -> Vec<u8> {
    let (scheme, public) = (Scheme::SlhDsaShake128f, key.public_key());
    let mut signature = vec![0; scheme.parameters().signature_bytes];
    signature[..4].copy_from_slice(&salt.to_le_bytes());
    let signature = AccountSignature::new(scheme, Some(public.to_vec()), signature).unwrap();
    let extrinsic = [
        // Version 4 with a signature, an account's id.
        &[0x84, 0][..],
        &account_id(scheme, public),
        &signature.encode(),
        // Immortal, nonce 0, no tip, no hash of the metadata.
        &[0; 4],
        // A remark without content.
        &[0, 0, 0],
    ]
    .concat();
    (Compact(1u32), extrinsic).encode()
}

/// Ends the flood, also when the test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The fault: one peer at 600 a second kept honest submissions without an answer for minutes.
#[test]
fn a_flood_of_invalid_slh_dsa_transactions_keeps_no_honest_submission_waiting() {
    let mut network = Network::start(&Plan::four());
    let key = SecretKey::from_seed(Scheme::SlhDsaShake128f, &[9; 32]).unwrap();
    let account = account_id(Scheme::SlhDsaShake128f, key.public_key());
    network.settle("Bob", "Bob", payment_to(AccountId(account), QLK));
    let address = network.address("Alice");
    let stranger = Stranger::connect_to(Audience::Pool, &address, network.genesis(), 0xf5);
    stranger
        .wait_until_inside()
        .expect("anybody may send transactions");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // As many as the node reads.
            let mut salts = 0..;
            while !over.load(Ordering::Relaxed) {
                let salt = salts.next().unwrap();
                if stranger.send(slow_and_false(&key, salt)).is_err() {
                    break;
                }
            }
        });
        let _over = Over(&over);
        for _ in 0..10 {
            network.settle("Alice", "Alice", payment("Bob", QLK));
        }
    });
    drop(stranger);
    undisturbed(&mut network);
}
