#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod allowances;
mod arbitrary;
mod commits;
mod copies;

use super::*;
use crate::equivocation::votes::{
    fixtures::{key, signed_by, Hand},
    Voters, MOST_VOTES,
};
use codec::Encode;
use futures::executor::block_on;
use polkadot_sdk::{
    sc_network::{
        error::Error as NetworkError,
        peer_store::BANNED_THRESHOLD,
        service::traits::{Direction, ValidationResult},
        MessageSink, ProtocolName,
    },
    sp_consensus_grandpa::{
        CatchUp, CompactCommit, Message, Precommit, Prevote, RoundNumber, SetId, SignedMessage,
    },
    sp_core::H256,
    substrate_prometheus_endpoint::Registry,
};
use qloak_runtime::opaque::Header;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::oneshot;

const SET: SetId = 3;
const ROUND: RoundNumber = 7;
const VOTER: &str = "Alice";

/// Where the parts of a vote begin; see `message` and docs/spec/finality.md.
const BLOCK: usize = 18;
const KEY: usize = 54;
const SIGNATURE: usize = KEY + 1952;
const ID: usize = SIGNATURE + 3309;
const VOTE_BYTES: usize = ID + 32;

type Log<T> = Arc<Mutex<Vec<T>>>;

fn log<T: Clone>(log: &Log<T>) -> Vec<T> {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn note<T>(log: &Log<T>, entry: T) {
    log.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(entry);
}

/// Remembers what peers have lost, and adds it up as the network does.
#[derive(Clone, Default)]
struct Ledger(Log<(PeerId, ReputationChange)>);

impl Ledger {
    fn losses(&self, peer: &PeerId) -> Vec<i32> {
        log(&self.0)
            .iter()
            .filter(|(somebody, _)| somebody == peer)
            .map(|(_, change)| change.value)
            .collect()
    }
}

impl Reputation for Ledger {
    fn change(&self, peer: PeerId, change: ReputationChange) {
        note(&self.0, (peer, change));
    }

    fn is_banned(&self, peer: &PeerId) -> bool {
        let sum = self.losses(peer).into_iter().fold(0, i32::saturating_add);
        sum < BANNED_THRESHOLD
    }
}

/// The voters of the set [`SET`].
#[derive(Clone)]
struct Electors(Arc<Voters>);

impl Electors {
    fn of(names: &[&str]) -> Self {
        let weights = names.iter().map(|name| (key(name), 1));
        Self(Arc::new(Voters::new(weights).unwrap()))
    }
}

impl Electorate for Electors {
    fn voters(&mut self, set: SetId) -> Option<Arc<Voters>> {
        (set == SET).then(|| self.0.clone())
    }
}

/// A protocol that tells what it was told to tell, and remembers what was asked of it.
#[derive(Debug)]
struct Protocol {
    name: ProtocolName,
    events: VecDeque<NotificationEvent>,
    asked: Log<String>,
}

impl Protocol {
    fn new(events: Vec<NotificationEvent>) -> Self {
        Self {
            name: "/votes/1".into(),
            events: events.into(),
            asked: Log::default(),
        }
    }
}

#[async_trait::async_trait]
impl NotificationService for Protocol {
    async fn open_substream(&mut self, _: PeerId) -> Result<(), ()> {
        note(&self.asked, "open".into());
        Ok(())
    }

    async fn close_substream(&mut self, _: PeerId) -> Result<(), ()> {
        note(&self.asked, "close".into());
        Err(())
    }

    fn send_sync_notification(&mut self, _: &PeerId, notification: Vec<u8>) {
        note(&self.asked, format!("send {notification:?}"));
    }

    async fn send_async_notification(
        &mut self,
        _: &PeerId,
        notification: Vec<u8>,
    ) -> Result<(), NetworkError> {
        note(&self.asked, format!("send later {notification:?}"));
        Ok(())
    }

    async fn set_handshake(&mut self, handshake: Vec<u8>) -> Result<(), ()> {
        note(&self.asked, format!("greet {handshake:?}"));
        Ok(())
    }

    fn try_set_handshake(&mut self, handshake: Vec<u8>) -> Result<(), ()> {
        note(&self.asked, format!("try to greet {handshake:?}"));
        Err(())
    }

    async fn next_event(&mut self) -> Option<NotificationEvent> {
        self.events.pop_front()
    }

    fn clone(&mut self) -> Result<Box<dyn NotificationService>, ()> {
        note(&self.asked, "clone".into());
        Ok(Box::new(Self {
            name: self.name.clone(),
            events: VecDeque::new(),
            asked: self.asked.clone(),
        }))
    }

    fn protocol(&self) -> &ProtocolName {
        &self.name
    }

    fn message_sink(&self, _: &PeerId) -> Option<Box<dyn MessageSink>> {
        note(&self.asked, "sink".into());
        None
    }
}

type TestGuard = VoteGuard<Ledger, Electors>;

fn guard_of(names: &[&str], protocol: Protocol) -> (TestGuard, Ledger) {
    let ledger = Ledger::default();
    let (witness, _) = Witness::new();
    let protocol = Box::new(protocol);
    let electors = Electors::of(names);
    let mut guard = VoteJudge::guard(protocol, ledger.clone(), electors, witness, None);
    guard.judge.hear(&PeerId::random(), &neighbour(1));
    (guard, ledger)
}

/// Before one voter, in the round [`ROUND`].
fn guard(protocol: Protocol) -> (TestGuard, Ledger) {
    guard_of(&[VOTER], protocol)
}

/// What the client gets to see of the events, and what peers lose.
fn let_through(events: Vec<NotificationEvent>) -> (Vec<NotificationEvent>, Ledger) {
    let (mut guard, ledger) = guard(Protocol::new(events));
    let mut seen = Vec::new();
    while let Some(event) = block_on(guard.next_event()) {
        seen.push(event);
    }
    (seen, ledger)
}

fn opened(peer: PeerId) -> NotificationEvent {
    NotificationEvent::NotificationStreamOpened {
        peer,
        direction: Direction::Inbound,
        handshake: vec![1],
        negotiated_fallback: None,
    }
}

fn received(peer: PeerId, notification: &[u8]) -> NotificationEvent {
    NotificationEvent::NotificationReceived {
        peer,
        notification: notification.to_vec(),
    }
}

/// The messages among the events.
fn messages(events: Vec<NotificationEvent>) -> Vec<(PeerId, Vec<u8>)> {
    let message = |event| match event {
        NotificationEvent::NotificationReceived { peer, notification } => {
            Some((peer, notification))
        }
        _ => None,
    };
    events.into_iter().filter_map(message).collect()
}

/// What becomes of one message of a peer that is not known yet.
fn fate(message: &[u8]) -> (bool, Vec<i32>) {
    let peer = PeerId::random();
    let (seen, ledger) = let_through(vec![opened(peer), received(peer, message)]);
    let seen = messages(seen);
    assert!(seen.iter().all(|(_, heard)| heard == message), "changed");
    (!seen.is_empty(), ledger.losses(&peer))
}

/// What becomes of one message after one of ours.
fn answer(ours: &[u8], theirs: &[u8]) -> (bool, Vec<i32>) {
    let peer = PeerId::random();
    let (mut guard, ledger) = guard(Protocol::new(vec![received(peer, theirs)]));
    assert!(guard.judge.passes(&opened(peer), Instant::now()));
    guard.send_sync_notification(&peer, ours.to_vec());
    let seen = block_on(guard.next_event());
    (seen.is_some(), ledger.losses(&peer))
}

const HEARD: (bool, Vec<i32>) = (true, Vec::new());

fn offence() -> (bool, Vec<i32>) {
    (false, vec![OFFENCE])
}

/// A vote for the block 5, the same each time.
fn signed(name: &str, set: SetId) -> SignedMessage<Header> {
    let vote = Prevote::<Header>::new(H256::repeat_byte(5), 9);
    let message = Message::<Header>::Prevote(vote);
    signed_by(name, message, (ROUND, set), Hand::Steady)
}

fn precommit(name: &str, block: u8, set: SetId, hand: Hand) -> SignedMessage<Header> {
    let vote = Precommit::<Header>::new(H256::repeat_byte(block), 9);
    let message = Message::<Header>::Precommit(vote);
    signed_by(name, message, (ROUND, set), hand)
}

/// A vote for the set that it was signed for.
fn vote(name: &str, set: SetId) -> Vec<u8> {
    (0u8, ROUND, set, signed(name, set)).encode()
}

fn changed(mut message: Vec<u8>, position: usize) -> Vec<u8> {
    message[position] ^= 1;
    message
}

/// A commit with so many precommits and so many signatures, of the set before.
fn commit(precommits: usize, signatures: usize) -> Vec<u8> {
    let vote = signed(VOTER, SET);
    let precommit = Precommit::<Header>::new(H256::repeat_byte(5), 9);
    let commit = CompactCommit::<Header> {
        target_hash: H256::repeat_byte(5),
        target_number: 9,
        precommits: vec![precommit; precommits],
        auth_data: vec![(vote.signature, vote.id); signatures],
    };
    (1u8, ROUND, SET - 1, commit).encode()
}

fn neighbour(version: u8) -> Vec<u8> {
    (2u8, version, ROUND, SET, 9u32).encode()
}

fn catch_up_request() -> Vec<u8> {
    (3u8, ROUND, SET).encode()
}

fn catch_up() -> Vec<u8> {
    let catch_up = CatchUp::<Header> {
        round_number: ROUND,
        prevotes: Vec::new(),
        precommits: Vec::new(),
        base_hash: H256::repeat_byte(5),
        base_number: 9,
    };
    (4u8, SET, catch_up).encode()
}

/// A catch-up with so many prevotes, written down since their type has no name here.
fn catch_up_with(prevotes: u32) -> Vec<u8> {
    let vote = signed(VOTER, SET);
    let prevote = (H256::repeat_byte(5), 9u32, vote.signature, vote.id).encode();
    let prevotes = [
        codec::Compact(prevotes).encode(),
        prevote.repeat(prevotes as usize),
    ];
    let before = (4u8, SET, ROUND).encode();
    let after = (codec::Compact(0u32), H256::repeat_byte(5), 9u32).encode();
    [before, prevotes.concat(), after].concat()
}

#[test]
fn good_messages_of_every_kind_pass_unchanged() {
    for message in [
        vote(VOTER, SET),
        commit(1, 1),
        commit(MOST_VOTES, MOST_VOTES),
        neighbour(1),
    ] {
        assert_eq!(fate(&message), HEARD, "{} bytes", message.len());
    }
    for (ours, theirs) in [
        (neighbour(1), catch_up_request()),
        (catch_up_request(), catch_up()),
        (catch_up_request(), catch_up_with(MOST_VOTES as u32)),
    ] {
        assert_eq!(answer(&ours, &theirs), HEARD, "{} bytes", theirs.len());
    }
}

#[test]
fn a_vote_in_which_anything_was_changed_is_an_offence() {
    let good = vote(VOTER, SET);
    assert_eq!(good.len(), VOTE_BYTES);
    for (what, position) in [
        ("the round", 1),
        ("the step", BLOCK - 1),
        ("the block", BLOCK),
        ("the number", KEY - 1),
        ("the key, which hashes to another id now", KEY),
        ("the signature", SIGNATURE),
        ("the end of the signature", ID - 1),
        ("the voter", ID),
    ] {
        assert_eq!(fate(&changed(good.clone(), position)), offence(), "{what}");
    }
}

#[test]
fn a_vote_moved_from_the_set_before_is_an_offence() {
    let moved = (0u8, ROUND, SET, signed(VOTER, SET - 1)).encode();
    assert_eq!(fate(&moved), offence());
}

#[test]
fn a_vote_by_somebody_who_has_none_is_an_offence() {
    assert_eq!(fate(&vote("Eve", SET)), offence());
}

#[test]
fn votes_of_other_sets_are_left_to_the_client() {
    for set in [SET - 1, SET + 1] {
        assert_eq!(fate(&vote(VOTER, set)), HEARD);
        let false_vote = changed(vote(VOTER, set), SIGNATURE);
        assert_eq!(fate(&false_vote), HEARD, "nor verified");
    }
}

#[test]
fn messages_that_do_not_decode_are_offences() {
    let good = vote(VOTER, SET);
    let no_step = [&good[..BLOCK - 1], &[3], &good[BLOCK..]].concat();
    for (what, message) in [
        ("nothing", Vec::new()),
        ("a kind alone", vec![0]),
        ("no kind", vec![5]),
        ("rubbish", vec![0xff; message::LONGEST]),
        ("a short signature", good[..ID - 1].to_vec()),
        ("no signature", good[..KEY].to_vec()),
        ("a byte too few", good[..VOTE_BYTES - 1].to_vec()),
        ("a byte too many", [&good[..], &[0]].concat()),
        ("no step of a round", no_step),
        ("an unknown version", neighbour(2)),
        (
            "a version with more in it",
            [neighbour(1), vec![0]].concat(),
        ),
        ("half a request", catch_up_request()[..9].to_vec()),
        ("a length without what it counts", {
            let head = (1u8, ROUND, SET, H256::zero(), 9u32).encode();
            [head, codec::Compact(u32::MAX).encode()].concat()
        }),
    ] {
        assert_eq!(fate(&message), offence(), "{what}");
    }
}

#[test]
fn impossible_numbers_of_votes_are_offences() {
    let most = MOST_VOTES;
    for (what, message) in [
        ("none", commit(0, 0)),
        ("fewer signatures", commit(2, 1)),
        ("more signatures", commit(1, 2)),
        ("too many precommits", commit(most + 1, most + 1)),
    ] {
        assert_eq!(fate(&message), offence(), "{what}");
    }
    for (what, message) in [
        ("too many prevotes", catch_up_with(most as u32 + 1)),
        ("half a catch-up", catch_up()[..20].to_vec()),
    ] {
        assert_eq!(answer(&catch_up_request(), &message), offence(), "{what}");
    }
}

#[test]
fn any_prefix_and_any_changed_byte_of_a_message_is_survived() {
    for good in [neighbour(1), commit(1, 1), vote(VOTER, SET)] {
        for end in (0..good.len()).step_by(7) {
            assert_eq!(fate(&good[..end]), offence(), "{end}");
        }
        for position in 0..good.len().min(80) {
            let mut message = good.clone();
            message[position] = 0xff;
            let (heard, losses) = fate(&message);
            assert_eq!(heard, losses.is_empty(), "{position}");
        }
    }
}

#[test]
fn the_third_offence_bans_and_a_banned_peer_is_not_heard() {
    let (bad, good) = (PeerId::random(), PeerId::random());
    let (false_vote, true_vote) = (changed(vote(VOTER, SET), SIGNATURE), vote(VOTER, SET));
    let mut events = vec![opened(bad), opened(good)];
    for _ in 0..2 {
        events.push(received(bad, &false_vote));
        events.push(received(bad, &true_vote));
    }
    events.push(received(bad, &false_vote));
    events.push(received(bad, &true_vote));
    events.push(received(bad, &false_vote));
    events.push(received(good, &true_vote));
    let (seen, ledger) = let_through(events);
    let heard: Vec<PeerId> = messages(seen).iter().map(|(peer, _)| *peer).collect();
    assert_eq!(heard, [bad, bad, good]);
    let losses = [OFFENCE, OFFENCE, OFFENCE, BAN];
    assert_eq!(ledger.losses(&bad), losses, "nothing after the ban");
    assert!(ledger.is_banned(&bad));
    assert!(ledger.losses(&good).is_empty());
}

#[test]
fn events_without_messages_pass_as_they_are() {
    let peer = PeerId::random();
    let (result_tx, mut result) = oneshot::channel();
    let validate = NotificationEvent::ValidateInboundSubstream {
        peer,
        handshake: vec![4],
        result_tx,
    };
    let closed = NotificationEvent::NotificationStreamClosed { peer };
    let (seen, ledger) = let_through(vec![validate, opened(peer), closed]);
    let mut seen = seen.into_iter();
    let Some(NotificationEvent::ValidateInboundSubstream {
        handshake,
        result_tx,
        ..
    }) = seen.next()
    else {
        unreachable!("the first event has changed");
    };
    assert_eq!(handshake, [4]);
    result_tx.send(ValidationResult::Accept).unwrap();
    assert_eq!(result.try_recv(), Ok(ValidationResult::Accept));
    assert!(matches!(
        seen.next(),
        Some(NotificationEvent::NotificationStreamOpened { handshake, .. }) if handshake == [1]
    ));
    assert!(matches!(
        seen.next(),
        Some(NotificationEvent::NotificationStreamClosed { peer: gone }) if gone == peer
    ));
    assert!(seen.next().is_none());
    assert!(ledger.losses(&peer).is_empty());
}

#[test]
fn peers_are_forgotten_when_they_go_and_strangers_are_not_remembered() {
    let (mut guard, _) = guard(Protocol::new(Vec::new()));
    let judge = &mut guard.judge;
    let (peer, now) = (PeerId::random(), Instant::now());
    assert!(judge.passes(&received(peer, &neighbour(1)), now));
    assert!(judge.peers.is_empty());
    judge.passes(&opened(peer), now);
    assert_eq!(judge.peers.len(), 1);
    judge.passes(&NotificationEvent::NotificationStreamClosed { peer }, now);
    assert!(judge.peers.is_empty());
}

#[test]
fn all_else_is_asked_of_the_protocol() {
    let protocol = Protocol::new(Vec::new());
    let asked = protocol.asked.clone();
    let (mut guard, _) = guard(protocol);
    let peer = PeerId::random();
    assert_eq!(block_on(guard.open_substream(peer)), Ok(()));
    assert_eq!(block_on(guard.close_substream(peer)), Err(()));
    guard.send_sync_notification(&peer, vec![1]);
    block_on(guard.send_async_notification(&peer, vec![2])).unwrap();
    assert_eq!(block_on(guard.set_handshake(vec![3])), Ok(()));
    assert_eq!(guard.try_set_handshake(vec![4]), Err(()));
    assert!(guard.message_sink(&peer).is_none());
    assert_eq!(&**guard.protocol(), "/votes/1");
    let mut copy = NotificationService::clone(&mut guard).unwrap();
    assert_eq!(&**copy.protocol(), "/votes/1");
    assert!(block_on(copy.next_event()).is_none());
    assert_eq!(
        log(&asked),
        [
            "open",
            "close",
            "send [1]",
            "send later [2]",
            "greet [3]",
            "try to greet [4]",
            "sink",
            "clone",
        ]
    );
}

#[test]
fn a_copy_guards_as_well() {
    let peer = PeerId::random();
    let (mut guard, ledger) = guard(Protocol::new(Vec::new()));
    let mut judge = guard.judge.clone();
    assert!(NotificationService::clone(&mut guard).is_ok());
    assert!(!judge.passes(&received(peer, &[5]), Instant::now()));
    assert_eq!(ledger.losses(&peer), [OFFENCE]);
}

#[test]
fn refusals_are_counted() {
    let registry = Registry::new();
    let peer = PeerId::random();
    let mut guard = VoteJudge::guard(
        Box::new(Protocol::new(Vec::new())),
        Ledger::default(),
        Electors::of(&[VOTER]),
        Witness::new().0,
        RefusedVotes::register(Some(&registry)).unwrap(),
    );
    assert!(!guard.judge.listens(peer, &[5], Instant::now()));
    assert!(guard.judge.listens(peer, &neighbour(1), Instant::now()));
    let families = registry.gather();
    let metric = &families[0].get_metric()[0];
    assert_eq!(metric.get_label()[0].get_value(), "malformed");
}
