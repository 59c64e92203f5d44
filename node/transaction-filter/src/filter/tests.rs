#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;
use crate::{
    blame::{verdict, NotForOthers},
    ledger::{Ledger, Verdict},
};
use codec::Encode;
use futures::{executor::block_on, future::ready};
use polkadot_sdk::{
    sc_network::{
        error::Error as NetworkError, peer_store::BANNED_THRESHOLD, service::traits::Direction,
        MessageSink, ProtocolName,
    },
    sc_transaction_pool_api::error::{Error as PoolError, IntoPoolError},
    sp_runtime::{
        transaction_validity::{InvalidTransaction, UnknownTransaction},
        OpaqueExtrinsic,
    },
};
use qloak_pq_crypto::{account_signature::AccountSignature, scheme::Scheme};
use qloak_runtime::{
    verification::{SignatureRefusal, TransferRefusal},
    AccountId, Address,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
};
use tokio::sync::{oneshot, Semaphore};

/// What the nodes of this network lose and gain, added up as the network does.
#[derive(Clone, Default)]
struct Reputations(Arc<Mutex<HashMap<PeerId, i32>>>);

impl Reputations {
    fn of(&self, peer: &PeerId) -> i32 {
        self.0.lock().unwrap().get(peer).copied().unwrap_or(0)
    }
}

impl Reputation for Reputations {
    fn change(&self, peer: PeerId, change: ReputationChange) {
        let mut all = self.0.lock().unwrap();
        let one = all.entry(peer).or_default();
        *one = one.saturating_add(change.value);
    }

    fn is_banned(&self, peer: &PeerId) -> bool {
        self.of(peer) < BANNED_THRESHOLD
    }
}

/// A protocol that tells what it was told to tell, and then nothing more.
#[derive(Debug)]
struct Protocol {
    name: ProtocolName,
    events: VecDeque<NotificationEvent>,
}

#[async_trait::async_trait]
impl NotificationService for Protocol {
    async fn open_substream(&mut self, _: PeerId) -> Result<(), ()> {
        Err(())
    }

    async fn close_substream(&mut self, _: PeerId) -> Result<(), ()> {
        Err(())
    }

    fn send_sync_notification(&mut self, _: &PeerId, _: Vec<u8>) {}

    async fn send_async_notification(
        &mut self,
        _: &PeerId,
        _: Vec<u8>,
    ) -> Result<(), NetworkError> {
        Ok(())
    }

    async fn set_handshake(&mut self, _: Vec<u8>) -> Result<(), ()> {
        Err(())
    }

    fn try_set_handshake(&mut self, _: Vec<u8>) -> Result<(), ()> {
        Err(())
    }

    async fn next_event(&mut self) -> Option<NotificationEvent> {
        match self.events.pop_front() {
            Some(event) => Some(event),
            None => pending().await,
        }
    }

    fn clone(&mut self) -> Result<Box<dyn NotificationService>, ()> {
        Err(())
    }

    fn protocol(&self) -> &ProtocolName {
        &self.name
    }

    fn message_sink(&self, _: &PeerId) -> Option<Box<dyn MessageSink>> {
        None
    }
}

fn guard(events: Vec<NotificationEvent>) -> TransactionGuard<Reputations> {
    let protocol = Protocol {
        name: "/transactions/1".into(),
        events: events.into(),
    };
    TransactionJudge::guard(
        Box::new(protocol),
        Reputations::default(),
        Arc::new(Intake::default()),
    )
}

fn opened(peer: PeerId) -> NotificationEvent {
    NotificationEvent::NotificationStreamOpened {
        peer,
        direction: Direction::Inbound,
        handshake: Vec::new(),
        negotiated_fallback: None,
    }
}

fn said(peer: PeerId, message: Vec<u8>) -> NotificationEvent {
    NotificationEvent::NotificationReceived {
        peer,
        notification: message,
    }
}

/// The message with a transaction of the scheme whose signature is zeros. No two numbers make the same.
fn transaction(scheme: Scheme, number: u32) -> Vec<u8> {
    let signature = vec![0; scheme.parameters().signature_bytes];
    let signature = AccountSignature::new(scheme, None, signature).unwrap();
    let address = Address::Id(AccountId::new([7; 32]));
    let bytes = (address, signature, number).encode();
    let extrinsic = OpaqueExtrinsic::from_blob([&[0x84][..], &bytes].concat());
    vec![extrinsic].encode()
}

/// Lets everything pass that may, and has the pool find it so. Returns how much each peer's transactions cost.
fn drain(
    guard: &mut TransactionGuard<Reputations>,
    now: Instant,
    verdict: impl Fn(&PeerId) -> Verdict,
) -> HashMap<PeerId, (usize, Duration)> {
    let mut passed: HashMap<PeerId, (usize, Duration)> = HashMap::new();
    while let Next::Pass(event) = guard.judge.next(now) {
        let NotificationEvent::NotificationReceived { peer, notification } = event else {
            continue;
        };
        let (count, cost) = passed.entry(peer).or_default();
        *count += 1;
        *cost += cost::declared(only(&notification).unwrap());
        let mut ledger = guard.judge.intake.ledger();
        ledger.settle(&hash(&notification), verdict(&peer), now);
    }
    passed
}

const TICK: Duration = Duration::from_millis(100);

/// The fault: 600 invalid SLH-DSA transactions a second from one peer took all of the node's time, 8 ms each.
#[test]
fn a_peer_that_floods_with_invalid_slh_dsa_transactions_is_hardly_heard() {
    let (flooder, honest) = (PeerId::random(), PeerId::random());
    let mut guard = guard(Vec::new());
    let start = Instant::now();
    for peer in [flooder, honest] {
        guard.judge.take(opened(peer), start);
    }
    let verdict = |peer: &PeerId| match *peer == flooder {
        true => Verdict::Faulty,
        false => Verdict::Fine,
    };
    let (mut spent, mut heard) = (Duration::ZERO, 0);
    for tick in 0..600u32 {
        let now = start + tick * TICK;
        for number in 0..60 {
            guard.judge.take(
                said(
                    flooder,
                    transaction(Scheme::SlhDsaShake128f, 60 * tick + number),
                ),
                now,
            );
        }
        guard
            .judge
            .take(said(honest, transaction(Scheme::MlDsa65, tick)), now);
        let passed = drain(&mut guard, now, verdict);
        spent += passed
            .get(&flooder)
            .map_or(Duration::ZERO, |(_, cost)| *cost);
        heard += passed.get(&honest).map_or(0, |(count, _)| *count);
    }
    assert_eq!(heard, 600, "the honest peer waits for nothing");
    assert!(
        spent < Duration::from_secs(1),
        "a minute of flooding took {spent:?} of the pool's time"
    );
    assert_eq!(guard.judge.reputation.of(&honest), 0);
}

/// Whoever pays for them can make an honest node pass on any number of good transactions.
#[test]
fn an_honest_peer_s_burst_waits_and_costs_it_nothing() {
    let honest = PeerId::random();
    let mut guard = guard(Vec::new());
    let start = Instant::now();
    guard.judge.take(opened(honest), start);
    for number in 0..2_500 {
        let message = transaction(Scheme::MlDsa65, number);
        assert_eq!(
            guard.judge.take(said(honest, message), start).map(|_| ()),
            None
        );
    }
    let mut heard = 0;
    for tick in 0..60 {
        let now = start + tick * TICK;
        let passed = drain(&mut guard, now, |_| Verdict::Fine);
        heard += passed.get(&honest).map_or(0, |(count, _)| *count);
    }
    assert_eq!(heard, 2_500, "none is lost");
    assert_eq!(guard.judge.reputation.of(&honest), 0);
}

/// An honest node may be a block ahead: what it sends is refused here, for a moment.
#[test]
fn what_comes_too_early_or_too_late_costs_no_reputation() {
    let honest = PeerId::random();
    let mut guard = guard(Vec::new());
    let start = Instant::now();
    guard.judge.take(opened(honest), start);
    let mut heard = 0;
    for tick in 0..100 {
        let now = start + tick * TICK;
        guard
            .judge
            .take(said(honest, transaction(Scheme::MlDsa65, tick)), now);
        let passed = drain(&mut guard, now, |_| Verdict::Untimely);
        heard += passed.get(&honest).map_or(0, |(count, _)| *count);
    }
    assert_eq!(heard, 100);
    assert_eq!(guard.judge.reputation.of(&honest), 0);
}

#[test]
fn what_no_node_sends_is_an_offence_and_three_are_a_ban() {
    let one = transaction(Scheme::MlDsa44, 0);
    let extrinsic = OpaqueExtrinsic::from_blob(vec![4; 10]);
    let malformed = [
        Vec::new(),
        vec![0],
        one[..one.len() - 1].to_vec(),
        [&one[..], &[0]].concat(),
        vec![extrinsic; 2].encode(),
        // So many that the SDK would make half a gigabyte of them.
        vec![0; 1 << 24],
    ];
    for message in malformed {
        let mut guard = guard(Vec::new());
        let (peer, now) = (PeerId::random(), Instant::now());
        guard.judge.take(opened(peer), now);
        for offence in 1..=3 {
            guard.judge.take(said(peer, message.clone()), now);
            assert_eq!(guard.judge.reputation.is_banned(&peer), offence == 3);
        }
        guard.judge.take(said(peer, one.clone()), now);
        assert!(guard.judge.held.is_empty(), "a banned peer is not heard");
    }
}

#[test]
fn what_is_too_long_for_a_block_or_too_much_is_not_held_and_no_offence() {
    let (peer, now) = (PeerId::random(), Instant::now());
    let mut guard = guard(Vec::new());
    guard.judge.take(opened(peer), now);
    let long = OpaqueExtrinsic::from_blob(vec![4; BYTES as usize + 1]);
    guard.judge.take(said(peer, vec![long].encode()), now);
    assert!(guard.judge.held.is_empty());
    for number in 0..10_000 {
        guard.judge.take(
            said(peer, transaction(Scheme::SlhDsaShake128f, number)),
            now,
        );
    }
    let held = held_of(&mut guard.judge.held, &peer);
    assert!((1_800..2_000).contains(&held), "{held} of 17 kB are held");
    assert_eq!(guard.judge.reputation.of(&peer), 0);
}

/// Takes everything out, and counts what is of one peer.
fn held_of(held: &mut Held, one: &PeerId) -> usize {
    let all = std::iter::from_fn(|| held.pop(|_, _| Duration::ZERO).ok());
    all.filter(|(peer, _)| peer == one).count()
}

#[test]
fn peers_that_fill_the_room_leave_some_to_others() {
    let mut held = Held::default();
    let message = || Message {
        bytes: vec![0; 1 << 20],
        cost: Duration::ZERO,
    };
    for flooder in (0..5).map(|_| PeerId::random()) {
        for _ in 0..100 {
            held.push(flooder, message());
        }
    }
    let honest = PeerId::random();
    let dropped: usize = (0..10).map(|_| held.push(honest, message())).sum();
    assert!(dropped <= 11, "{dropped} of others for 10");
    assert_eq!(held_of(&mut held, &honest), 10);
    assert!(held.is_empty());
}

#[test]
fn a_debt_outlives_the_connection_and_a_new_peer_may_say_little() {
    let (peer, now) = (PeerId::random(), Instant::now());
    let cost = Duration::from_millis(5);
    let mut ledger = Ledger::default();
    ledger.arrive(peer, now);
    let mut said = 0;
    while ledger.wait(&peer, cost, now) == Duration::ZERO {
        ledger.charge(peer, H256::from_low_u64_be(said), cost, now);
        said += 1;
    }
    assert!(
        (30..45).contains(&said),
        "{said} of 5 ms in half a slot's worth"
    );
    ledger.settle(&H256::zero(), Verdict::Faulty, now);
    let debt = ledger.wait(&peer, cost, now);
    ledger.leave(&peer, now);
    ledger.arrive(peer, now);
    assert_eq!(ledger.wait(&peer, cost, now), debt);
    // The debt is limited, and so is what is remembered.
    for faulty in 0..1_000 {
        let transaction = H256::from_low_u64_be(faulty);
        ledger.charge(peer, transaction, cost, now);
        ledger.settle(&transaction, Verdict::Faulty, now);
    }
    assert!(ledger.wait(&peer, cost, now) <= Duration::from_secs(61));
    ledger.leave(&peer, now + Duration::from_secs(61));
    assert_eq!(ledger.len(), 0);
}

#[test]
fn events_pass_as_they_are() {
    let peer = PeerId::random();
    let message = transaction(Scheme::MlDsa44, 1);
    let mut guard = guard(vec![
        opened(peer),
        said(peer, message.clone()),
        NotificationEvent::NotificationStreamClosed { peer },
    ]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let event = guard.next_event().await;
        assert!(matches!(
            event,
            Some(NotificationEvent::NotificationStreamOpened { .. })
        ));
        let Some(NotificationEvent::NotificationReceived { notification, .. }) =
            guard.next_event().await
        else {
            panic!("the message passes");
        };
        assert_eq!(notification, message);
        let event = guard.next_event().await;
        assert!(matches!(
            event,
            Some(NotificationEvent::NotificationStreamClosed { .. })
        ));
    });
}

/// Has the intake admit work that ends when the sender is used or dropped.
fn waiting(intake: &Arc<Intake>, pool: &Arc<Semaphore>, cost: Duration) -> oneshot::Sender<()> {
    let (done, wait) = oneshot::channel();
    let (intake, pool) = (intake.clone(), pool.clone());
    tokio::spawn(async move {
        let work = async {
            let _thread = pool.acquire().await.unwrap();
            let _ = wait.await;
            Ok::<_, PoolError>(())
        };
        intake.admit(H256::random(), cost, work).await
    });
    done
}

/// The fault: what others had sent waited for the pool's two threads in front of what was submitted here.
#[test]
fn transactions_of_others_leave_a_thread_of_the_pool_to_local_submissions() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let intake = Arc::new(Intake::default());
        let pool = Arc::new(Semaphore::new(2));
        let flood: Vec<_> = (0..1_000)
            .map(|_| waiting(&intake, &pool, Duration::from_micros(1)))
            .collect();
        while pool.available_permits() == 2 {
            tokio::task::yield_now().await;
        }
        for _ in 0..10_000 {
            tokio::task::yield_now().await;
            assert!(pool.try_acquire().is_ok(), "a local submission waits");
        }
        drop(flood);
    });
}

#[test]
fn overload_is_bounded_and_blamed_on_nobody() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let intake = Arc::new(Intake::default());
        let pool = Arc::new(Semaphore::new(2));
        let flood: Vec<_> = (0..1_000)
            .map(|_| waiting(&intake, &pool, Duration::from_millis(4)))
            .collect();
        while intake.lane().has_room() {
            tokio::task::yield_now().await;
        }
        for _ in 0..2_000 {
            tokio::task::yield_now().await;
        }
        let refused = flood.iter().filter(|done| done.is_closed()).count();
        assert_eq!(refused, 750, "what waits is a second's work");
        let work = ready(Ok::<_, PoolError>(()));
        let one_more = intake.admit(H256::random(), Duration::from_millis(4), work);
        let error = one_more.await.unwrap_err();
        assert!(matches!(error, NotForOthers::Overloaded));
        assert!(
            error.into_pool_error().is_err(),
            "the SDK calls it no fault"
        );
        drop(flood);
        while !intake.lane().has_room() {
            tokio::task::yield_now().await;
        }
    });
}

/// What the SDK makes of the pool's error, after [`Intake::admit`].
fn blamed(error: PoolError) -> bool {
    let work = ready(Err::<(), _>(error));
    let intake = Intake::default();
    let error = block_on(intake.admit(H256::zero(), Duration::ZERO, work)).unwrap_err();
    match error.into_pool_error() {
        Ok(error) => !matches!(error, PoolError::AlreadyImported(_)),
        Err(_) => false,
    }
}

#[test]
fn a_sender_is_blamed_only_for_what_no_state_of_the_chain_makes_valid() {
    let custom = |code| PoolError::InvalidTransaction(InvalidTransaction::Custom(code));
    for faulty in [
        custom(SignatureRefusal::InvalidSignature.code()),
        custom(TransferRefusal::InvalidProof.code()),
        PoolError::InvalidTransaction(InvalidTransaction::BadProof),
    ] {
        assert!(blamed(faulty));
    }
    let unknown_anchor = TransferRefusal::UnknownAnchor.code();
    let too_far_ahead = TransferRefusal::TooFarAhead.code();
    let unknown = |reason| PoolError::UnknownTransaction(UnknownTransaction::Custom(reason));
    for innocent in [
        unknown(unknown_anchor),
        unknown(too_far_ahead),
        custom(SignatureRefusal::KeyNotRegistered.code()),
        custom(TransferRefusal::AlreadySpent.code()),
        PoolError::InvalidTransaction(InvalidTransaction::Stale),
        PoolError::InvalidTransaction(InvalidTransaction::AncientBirthBlock),
        PoolError::InvalidTransaction(InvalidTransaction::Payment),
        PoolError::TooLowPriority { old: 2, new: 1 },
        PoolError::TemporarilyBanned,
        PoolError::ImmediatelyDropped,
        PoolError::AlreadyImported(Box::new(H256::zero())),
    ] {
        assert!(!blamed(innocent));
    }
}

/// The fault: transactions that lose against one in the pool cost their sender as little as good ones, however many.
#[test]
fn what_does_not_outbid_the_pool_is_untimely() {
    let lost = PoolError::TooLowPriority { old: 1, new: 1 };
    assert_eq!(verdict(&lost), Verdict::Untimely);
    assert_eq!(verdict(&PoolError::ImmediatelyDropped), Verdict::Fine);
}
