//! `--sealing instant`: a block for each transaction, at once.
//!
//! The blocks are ordinary AURA blocks, sealed with the authority's post-quantum key and valid for
//! every other node, and become final by the authority's vote, as in any chain. Only their time is bent: a slot holds one block, so the second block within a second takes
//! the next second's slot. A burst of transactions thus runs ahead of the clock. When it is more than a
//! slot ahead, other nodes refuse the newest blocks until their time has come, and a node restarted with
//! `--sealing slots` waits as long before it makes the next one.

use crate::error::Error as NodeError;
use futures::{channel::oneshot, StreamExt};
use polkadot_sdk::{
    sc_consensus::BlockImportParams,
    sc_consensus_aura::{standalone, AuraApi, SlotDuration},
    sc_consensus_manual_seal::{seal_block, ConsensusDataProvider, Error, SealBlockParams},
    sc_transaction_pool_api::TransactionPool as _,
    sp_api::{ProvideRuntimeApi, StorageProof},
    sp_blockchain::HeaderBackend,
    sp_consensus_aura::Slot,
    sp_core::H256,
    sp_inherents::{CreateInherentDataProviders, InherentData},
    sp_keystore::KeystorePtr,
    sp_runtime::Digest,
    sp_timestamp::{InherentDataProvider as TimestampProvider, Timestamp, TimestampInherentData},
    *,
};
use qloak_client::{BlockImport, Client, SelectChain, TransactionPool};
use qloak_keystore::PqKeystore;
use qloak_pq_crypto::authority::aura::{AuthorityId, AuthorityPair, AuthoritySignature};
use qloak_runtime::opaque::{Block, Header};
use std::sync::Arc;

const LOG_TARGET: &str = "sealing";

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Proposers = sc_basic_authorship::ProposerFactory<TransactionPool, Client>;

/// What instant sealing needs.
pub struct InstantSealing {
    /// The chain.
    pub client: Arc<Client>,
    /// Where finished blocks go.
    pub block_import: BlockImport,
    /// Transactions to seal.
    pub pool: Arc<TransactionPool>,
    /// The rule for the best block.
    pub select_chain: SelectChain,
    /// Makes blocks.
    pub proposers: Proposers,
    /// Holds the authority's key.
    pub keystore: Arc<PqKeystore>,
    /// Length of a slot.
    pub slot_duration: SlotDuration,
}

/// Instant sealing needs the key of every slot, so it works where there is one authority and its
/// key is here.
pub fn require_lone_authority(client: &Client, keystore: &PqKeystore) -> Result<(), NodeError> {
    let authorities = client.runtime_api().authorities(client.info().best_hash)?;
    let [authority] = &authorities[..] else {
        return Err(NodeError::InstantSealing(
            "needs a chain with exactly one authority, such as --dev",
        ));
    };
    let key = (
        AsRef::<[u8]>::as_ref(authority).to_vec(),
        sp_core::crypto::key_types::AURA,
    );
    if !sp_keystore::Keystore::has_keys(keystore, &[key]) {
        return Err(NodeError::InstantSealing(
            "needs the authority's key; on the development chain --alice brings it",
        ));
    }
    Ok(())
}

/// Seals a first, empty block on a new chain, so that the chain has a clock, and from then on a
/// block whenever transactions arrive.
pub async fn run(mut sealing: InstantSealing) {
    let mut arrivals = sealing.pool.import_notification_stream();
    let provider = AuraSeals {
        client: sealing.client.clone(),
        keystore: sealing.keystore.clone(),
        slot_duration: sealing.slot_duration,
    };
    if sealing.client.info().best_number == 0 {
        sealing.seal(&provider, true).await;
    }
    // Transactions may have come in before this task listened.
    while sealing.seal(&provider, false).await {}
    while arrivals.next().await.is_some() {
        // One block may not hold all that is waiting.
        while sealing.seal(&provider, false).await {}
    }
}

impl InstantSealing {
    /// Seals a block; `false` if there was nothing to seal or it failed.
    async fn seal(&mut self, provider: &AuraSeals, create_empty: bool) -> bool {
        let (sender, receiver) = oneshot::channel();
        let clock = SlotClock {
            client: self.client.clone(),
            slot_duration: self.slot_duration,
        };
        seal_block(SealBlockParams {
            sender: Some(sender),
            parent_hash: None,
            // By a vote, a moment later.
            finalize: false,
            create_empty,
            env: &mut self.proposers,
            select_chain: &self.select_chain,
            block_import: &mut self.block_import,
            consensus_data_provider: Some(provider),
            pool: self.pool.clone(),
            client: self.client.clone(),
            create_inherent_data_providers: &clock,
        })
        .await;
        match receiver.await {
            Ok(Ok(block)) => {
                log::info!(target: LOG_TARGET, "🧱 Sealed block {:?}", block.hash);
                true
            }
            Ok(Err(Error::EmptyTransactionPool)) | Err(_) => false,
            Ok(Err(error)) => {
                log::error!(target: LOG_TARGET, "sealing a block failed: {error}");
                false
            }
        }
    }
}

/// Assigns slots to blocks that do not wait for theirs.
struct SlotClock {
    client: Arc<Client>,
    slot_duration: SlotDuration,
}

impl SlotClock {
    /// The last millisecond of the present slot, or of the one after the parent's if that is later.
    ///
    /// The last millisecond lies a full slot after any time in the slot before, as the timestamp
    /// pallet's minimum period demands.
    fn next_timestamp(&self, parent: H256) -> Result<Timestamp, BoxError> {
        let header = self
            .client
            .header(parent)?
            .ok_or("the parent block is gone")?;
        let parent = standalone::find_pre_digest::<Block, AuthoritySignature>(&header)?;
        let now = Slot::from_timestamp(Timestamp::current(), self.slot_duration);
        next_timestamp(parent, now, self.slot_duration)
            .ok_or_else(|| "the slot number overflows".into())
    }
}

#[async_trait::async_trait]
impl CreateInherentDataProviders<Block, ()> for SlotClock {
    type InherentDataProviders = TimestampProvider;

    async fn create_inherent_data_providers(
        &self,
        parent: H256,
        (): (),
    ) -> Result<TimestampProvider, BoxError> {
        self.next_timestamp(parent).map(TimestampProvider::new)
    }
}

fn next_timestamp(parent: Slot, now: Slot, slot_duration: SlotDuration) -> Option<Timestamp> {
    let slot = u64::from(parent).checked_add(1)?.max(now.into());
    let end = slot
        .checked_add(1)?
        .checked_mul(slot_duration.as_millis())?;
    end.checked_sub(1).map(Timestamp::new)
}

/// Adds AURA's slot to a new block and its seal to a finished one.
struct AuraSeals {
    client: Arc<Client>,
    keystore: Arc<PqKeystore>,
    slot_duration: SlotDuration,
}

impl AuraSeals {
    fn slot(&self, inherents: &InherentData) -> Result<Slot, Error> {
        let timestamp = inherents
            .timestamp_inherent_data()?
            .ok_or_else(|| Error::StringError("the block has no timestamp".into()))?;
        Ok(Slot::from_timestamp(timestamp, self.slot_duration))
    }
}

impl ConsensusDataProvider<Block> for AuraSeals {
    fn create_digest(&self, _parent: &Header, inherents: &InherentData) -> Result<Digest, Error> {
        let slot = self.slot(inherents)?;
        Ok(Digest {
            logs: vec![standalone::pre_digest::<AuthorityPair>(slot)],
        })
    }

    fn append_block_import(
        &self,
        parent: &Header,
        block: &mut BlockImportParams<Block>,
        inherents: &InherentData,
        _proof: StorageProof,
    ) -> Result<(), Error> {
        let authorities =
            standalone::fetch_authorities::<AuthorityId, Block, _>(&*self.client, parent.hash())?;
        let author = standalone::slot_author::<AuthorityPair>(self.slot(inherents)?, &authorities)
            .ok_or_else(|| Error::StringError("the chain has no authority".into()))?;
        let keystore: KeystorePtr = self.keystore.clone();
        let seal = standalone::seal::<_, AuthorityPair>(&block.header.hash(), author, &keystore)?;
        block.post_digests.push(seal);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )]

    use super::*;

    const SECOND: SlotDuration = SlotDuration::from_millis(1000);

    fn next(parent: u64, now: u64) -> Option<u64> {
        next_timestamp(parent.into(), now.into(), SECOND).map(|timestamp| timestamp.as_millis())
    }

    #[test]
    fn a_block_takes_the_present_slot_if_it_is_free() {
        assert_eq!(next(4, 10), Some(10_999));
    }

    #[test]
    fn a_second_block_in_a_slot_takes_the_next() {
        assert_eq!(next(10, 10), Some(11_999));
        assert_eq!(next(15, 10), Some(16_999));
    }

    #[test]
    fn an_absurd_slot_is_an_error() {
        assert_eq!(next(u64::MAX, 10), None);
        assert_eq!(next(u64::MAX / 1000, 10), None);
    }
}
