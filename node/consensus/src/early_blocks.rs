//! Blocks that come a moment before their time.
//!
//! AURA takes a block from one slot before its own on, by this node's clock, and the network part with whoever
//! sends an earlier one. Clocks differ. An author could seal a block so early that one honest node takes it
//! and passes it on to another, whose clock is behind, and which would then punish the first. So a
//! block that its slot's author sealed is waited for if it is early by no more than honest clocks differ.
//!
//! Only the author can make a node wait, only in its own slot, and for no longer than if it let the slot pass.

use futures::future::BoxFuture;
use polkadot_sdk::{
    sc_consensus::{BlockImportParams, Verifier},
    sc_consensus_aura::{
        standalone::{find_pre_digest, slot_author},
        SlotDuration,
    },
    sp_api::ProvideRuntimeApi,
    sp_consensus_aura::{AuraApi, Slot, AURA_ENGINE_ID},
    sp_core::{Pair, H256},
    sp_runtime::{traits::Header as _, DigestItem},
    sp_timestamp::Timestamp,
};
use qloak_client::Client;
use qloak_pq_crypto::authority::aura::{AuthorityId, AuthorityPair, AuthoritySignature};
use qloak_runtime::opaque::{Block, Header};
use std::{sync::Arc, time::Duration};

/// How far two honest clocks may be apart.
const CLOCKS_DIFFER: Duration = Duration::from_millis(500);

/// Knows who authors blocks.
pub trait Authors: Send + Sync {
    /// The authorities of the children of a block. None if its state is not here.
    fn after(&self, parent: H256) -> Vec<AuthorityId>;
}

impl Authors for Arc<Client> {
    fn after(&self, parent: H256) -> Vec<AuthorityId> {
        self.runtime_api().authorities(parent).unwrap_or_default()
    }
}

/// The time, and how to let some of it pass.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Ends after a while.
    fn wait(&self, time: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::current()
    }

    fn wait(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Waits for blocks that are a little early, then asks the verifier behind it.
pub struct PatientVerifier<V, A, C = SystemClock> {
    verifier: V,
    authors: A,
    clock: C,
    slot_duration: SlotDuration,
}

impl<V, A: Authors, C: Clock> PatientVerifier<V, A, C> {
    /// Stands before `verifier`.
    pub fn new(verifier: V, authors: A, clock: C, slot_duration: SlotDuration) -> Self {
        Self {
            verifier,
            authors,
            clock,
            slot_duration,
        }
    }

    /// How long AURA would still refuse a block that is worth waiting for.
    fn patience(&self, header: &Header) -> Option<Duration> {
        let slot = find_pre_digest::<Block, AuthoritySignature>(header).ok()?;
        let early = earliness(slot, self.slot_duration, self.clock.now())?;
        let authors = self.authors.after(header.parent_hash);
        (early <= CLOCKS_DIFFER && is_sealed_by_author(header, slot, &authors)).then_some(early)
    }
}

/// How long it is until AURA takes a block of a slot. `None` if it does.
fn earliness(slot: Slot, slot_duration: SlotDuration, now: Timestamp) -> Option<Duration> {
    let slot_before = u64::from(slot).checked_sub(1)?;
    let begin = slot_before.checked_mul(slot_duration.as_millis())?;
    let early = begin.checked_sub(now.as_millis())?;
    (early > 0).then(|| Duration::from_millis(early))
}

fn is_sealed_by_author(header: &Header, slot: Slot, authors: &[AuthorityId]) -> bool {
    let mut unsealed = header.clone();
    let Some(DigestItem::Seal(AURA_ENGINE_ID, seal)) = unsealed.digest_mut().pop() else {
        return false;
    };
    let (Some(author), Ok(seal)) = (
        slot_author::<AuthorityPair>(slot, authors),
        AuthoritySignature::try_from(&seal[..]),
    ) else {
        return false;
    };
    AuthorityPair::verify(&seal, unsealed.hash(), author)
}

#[async_trait::async_trait]
impl<V: Verifier<Block>, A: Authors, C: Clock> Verifier<Block> for PatientVerifier<V, A, C> {
    async fn verify(
        &self,
        block: BlockImportParams<Block>,
    ) -> Result<BlockImportParams<Block>, String> {
        if let Some(early) = self.patience(&block.header) {
            self.clock.wait(early).await;
        }
        self.verifier.verify(block).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use futures::{executor::block_on, FutureExt};
    use polkadot_sdk::{
        sc_consensus_aura::standalone::pre_digest, sp_consensus::BlockOrigin, sp_runtime::Digest,
    };
    use std::sync::{
        atomic::{AtomicU64, Ordering},
        Mutex,
    };

    const SLOT: u64 = 1_000;
    const SECOND: SlotDuration = SlotDuration::from_millis(1_000);
    /// From here on AURA takes a block of the slot.
    const FIRST: u64 = (SLOT - 1) * 1_000;

    fn author(number: u8) -> AuthorityPair {
        AuthorityPair::from_seed(&[number; 32])
    }

    /// Two authors, of whom the first has the even slots.
    struct TwoAuthors;

    impl Authors for TwoAuthors {
        fn after(&self, parent: H256) -> Vec<AuthorityId> {
            assert_eq!(parent, H256::repeat_byte(7));
            [1, 2].map(|number| author(number).public()).into()
        }
    }

    /// A clock that goes when somebody waits.
    #[derive(Clone)]
    struct Hourglass(Arc<AtomicU64>);

    impl Clock for Hourglass {
        fn now(&self) -> Timestamp {
            Timestamp::new(self.0.load(Ordering::SeqCst))
        }

        fn wait(&self, time: Duration) -> BoxFuture<'static, ()> {
            self.0.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
            futures::future::ready(()).boxed()
        }
    }

    /// Notes when it was asked.
    struct Asked(Hourglass, Arc<Mutex<Vec<u64>>>);

    #[async_trait::async_trait]
    impl Verifier<Block> for Asked {
        async fn verify(
            &self,
            block: BlockImportParams<Block>,
        ) -> Result<BlockImportParams<Block>, String> {
            self.1.lock().unwrap().push(self.0.now().as_millis());
            Ok(block)
        }
    }

    fn sealed(number: u8, slot: u64) -> Header {
        let digest = Digest {
            logs: vec![pre_digest::<AuthorityPair>(slot.into())],
        };
        let zero = H256::zero();
        let mut header = Header::new(1, zero, zero, H256::repeat_byte(7), digest);
        let seal = author(number).sign(header.hash().as_ref());
        let seal: &[u8] = seal.as_ref();
        let seal = DigestItem::Seal(AURA_ENGINE_ID, seal.to_vec());
        header.digest_mut().push(seal);
        header
    }

    /// When AURA gets to see a header that arrives at a time.
    fn seen(header: Header, now: u64) -> u64 {
        let clock = Hourglass(Arc::new(AtomicU64::new(now)));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let verifier = Asked(clock.clone(), asked.clone());
        let patient = PatientVerifier::new(verifier, TwoAuthors, clock, SECOND);
        let block = BlockImportParams::new(BlockOrigin::NetworkBroadcast, header);
        assert!(block_on(patient.verify(block)).is_ok());
        let asked = asked.lock().unwrap();
        assert_eq!(asked.len(), 1);
        asked[0]
    }

    #[test]
    fn a_block_that_is_early_by_less_than_clocks_differ_makes_no_peer_pay() {
        for early in [1, 50, 500] {
            assert_eq!(seen(sealed(1, SLOT), FIRST - early), FIRST);
        }
    }

    #[test]
    fn blocks_in_time_and_blocks_far_too_early_are_not_waited_for() {
        for now in [FIRST, FIRST + 1, FIRST + 5_000, FIRST - 501, 0] {
            assert_eq!(seen(sealed(1, SLOT), now), now);
        }
        assert_eq!(seen(sealed(1, u64::MAX - 1), FIRST), FIRST);
    }

    #[test]
    fn only_the_slots_author_is_waited_for() {
        let now = FIRST - 50;
        assert_eq!(seen(sealed(2, SLOT), now), now, "another's slot");
        assert_eq!(seen(sealed(3, SLOT), now), now, "no author");
        let mut damaged = sealed(1, SLOT);
        damaged.state_root = H256::repeat_byte(1);
        assert_eq!(seen(damaged, now), now);
        let mut bare = sealed(1, SLOT);
        bare.digest_mut().pop();
        assert_eq!(seen(bare, now), now);
    }
}
