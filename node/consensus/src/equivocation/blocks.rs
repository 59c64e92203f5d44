//! Two blocks by one author in one slot: found, proved and reported.
//!
//! Every block whose seal AURA has verified is remembered with its seal for the next thousand slots. A
//! second block of the same slot and author makes a proof of the two headers, which anybody can
//! check. A validator submits it to its own pool as an unsigned transaction; the
//! runtime takes it from there. Other nodes only say what they saw.
//!
//! Nothing here can stop a block from being imported. Both blocks are valid by themselves, and
//! refusing one of them would split nodes by which they saw first: choosing is finality's work.

mod metrics;
#[cfg(test)]
mod tests;

pub use metrics::Metrics;

use polkadot_sdk::{
    sc_client_api::AuxStore,
    sc_consensus::{BlockImportParams, Verifier},
    sc_consensus_aura::{standalone, SlotDuration},
    sc_consensus_slots::check_equivocation,
    sc_service::Configuration,
    sc_transaction_pool_api::OffchainTransactionPoolFactory,
    sp_api::{ApiError, ApiExt, ProvideRuntimeApi},
    sp_blockchain::{self, HeaderBackend},
    sp_consensus_aura::{Slot, AURA_ENGINE_ID},
    sp_core::{crypto::ByteArray, H256},
    sp_runtime::{traits::Header as _, DigestItem, OpaqueValue},
    sp_timestamp::Timestamp,
};
use qloak_client::{Client, TransactionPool};
use qloak_offences::{
    check_double_authoring, DoubleAuthoringApi, DoubleAuthoringProof, ProofError,
};
use qloak_pq_crypto::{
    account,
    authority::{
        aura::{AuthorityId, AuthoritySignature},
        KEY_BYTES, SCHEME,
    },
};
use qloak_runtime::opaque::{Block, Header};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

const LOG_TARGET: &str = "double-authoring";

/// How many offences are remembered, so that a third block of a slot is not reported again.
const MEMORY: usize = 1024;

type Proof = DoubleAuthoringProof<Header>;

/// Why a header could not be compared with earlier ones.
#[derive(Debug, thiserror::Error)]
pub enum DetectionError {
    /// The header does not end in a seal of AURA's. The verifier lets no such header through.
    #[error("the header has no seal")]
    Seal,
    /// The header names no slot.
    #[error("{0}")]
    Slot(standalone::PreDigestLookupError),
    /// The database failed.
    #[error(transparent)]
    Store(Box<sp_blockchain::Error>),
}

impl From<sp_blockchain::Error> for DetectionError {
    fn from(error: sp_blockchain::Error) -> Self {
        Self::Store(Box::new(error))
    }
}

/// Why an offence could not be reported.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The two headers prove nothing, as when a database was written by another version.
    #[error("the proof does not hold: {0}")]
    Proof(ProofError),
    /// The state knows no validator whom this key belongs to.
    #[error("the key belongs to no validator of the session")]
    UnknownKey,
    /// The runtime could not submit the report, or the pool refused it.
    #[error(
        "the pool did not take the report: the validator may be reported for this session already"
    )]
    NotTaken,
    /// The runtime failed.
    #[error(transparent)]
    Runtime(Box<ApiError>),
}

impl From<ApiError> for ReportError {
    fn from(error: ApiError) -> Self {
        Self::Runtime(Box::new(error))
    }
}

/// Remembers a sealed header, and returns a proof if its author has sealed another in the same slot.
pub fn detect<S: AuxStore>(
    store: &S,
    now: Slot,
    header: &Header,
) -> Result<Option<Proof>, DetectionError> {
    let slot = standalone::find_pre_digest::<Block, AuthoritySignature>(header)
        .map_err(DetectionError::Slot)?;
    let author = author(header).ok_or(DetectionError::Seal)?;
    Ok(check_equivocation(store, now, slot, header, &author)?)
}

/// The authority that a seal's key hashes to. AURA has checked that it is the slot's.
fn author(header: &Header) -> Option<AuthorityId> {
    let DigestItem::Seal(AURA_ENGINE_ID, seal) = header.digest().logs().last()? else {
        return None;
    };
    let id = account::authority_id(SCHEME, seal.get(..KEY_BYTES)?);
    AuthorityId::from_slice(&id).ok()
}

/// Verifies blocks by another verifier, and compares those that pass with earlier ones.
pub struct DoubleAuthoringVerifier<V> {
    verifier: V,
    client: Arc<Client>,
    slot_duration: SlotDuration,
    reporter: Reporter,
    metrics: Option<Metrics>,
}

impl<V> DoubleAuthoringVerifier<V> {
    /// Stands behind `verifier`.
    pub fn new(
        verifier: V,
        client: Arc<Client>,
        slot_duration: SlotDuration,
        reporter: Reporter,
        metrics: Option<Metrics>,
    ) -> Self {
        Self {
            verifier,
            client,
            slot_duration,
            reporter,
            metrics,
        }
    }

    fn watch(&self, block: &BlockImportParams<Block>) {
        // Without its seal taken off, a block came with its state and was not verified.
        if block.post_digests.is_empty() {
            return;
        }
        let mut header = block.header.clone();
        for seal in &block.post_digests {
            header.digest_mut().push(seal.clone());
        }
        // AURA, too, lets a clock be one slot behind.
        let now = Slot::from_timestamp(Timestamp::current(), self.slot_duration) + 1;
        match detect(&*self.client, now, &header) {
            Ok(Some(proof)) => self.handle(proof),
            Ok(None) => {}
            Err(error) => log::error!(
                target: LOG_TARGET,
                "cannot compare block {:?} with others of its slot: {error}",
                header.hash(),
            ),
        }
    }

    fn handle(&self, proof: Proof) {
        if !self.reporter.is_news(&proof) {
            return;
        }
        let offence = format!(
            "authority 0x{} sealed two blocks in slot {}: {:?} and {:?}",
            hex::encode(&proof.offender),
            proof.slot,
            proof.first_header.hash(),
            proof.second_header.hash(),
        );
        log::warn!(target: LOG_TARGET, "Double authoring: {offence}");
        if let Some(metrics) = &self.metrics {
            metrics.double_authoring_seen();
        }
        match self.reporter.report(proof) {
            Ok(true) => {
                log::info!(target: LOG_TARGET, "Reported that {offence}");
                if let Some(metrics) = &self.metrics {
                    metrics.offence_reported();
                }
            }
            Ok(false) => {}
            Err(error) => {
                log::error!(target: LOG_TARGET, "cannot report that {offence}: {error}");
            }
        }
    }
}

#[async_trait::async_trait]
impl<V: Verifier<Block>> Verifier<Block> for DoubleAuthoringVerifier<V> {
    async fn verify(
        &self,
        block: BlockImportParams<Block>,
    ) -> Result<BlockImportParams<Block>, String> {
        let block = self.verifier.verify(block).await?;
        self.watch(&block);
        Ok(block)
    }
}

/// Submits proofs to the local pool, on validators.
pub struct Reporter {
    client: Arc<Client>,
    pool: OffchainTransactionPoolFactory<Block>,
    is_authority: bool,
    known: Mutex<Known>,
}

impl Reporter {
    /// The reporter of a node.
    pub fn new(config: &Configuration, client: &Arc<Client>, pool: &Arc<TransactionPool>) -> Self {
        Self {
            client: client.clone(),
            pool: OffchainTransactionPoolFactory::new(pool.clone()),
            is_authority: config.role.is_authority(),
            known: Mutex::default(),
        }
    }

    /// Whether the offence was not seen before, and remembers it.
    fn is_news(&self, proof: &Proof) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(proof.slot, proof.offender.clone())
    }

    /// Submits a report; `false` on a node that is no validator. After an error the same offence is
    /// news again.
    fn report(&self, proof: Proof) -> Result<bool, ReportError> {
        if !self.is_authority {
            return Ok(false);
        }
        let (slot, offender) = (proof.slot, proof.offender.clone());
        self.submit(proof).map(|()| true).inspect_err(|_| {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.forget(slot, offender);
        })
    }

    fn submit(&self, proof: Proof) -> Result<(), ReportError> {
        check_double_authoring(&proof).map_err(ReportError::Proof)?;
        let best = self.client.info().best_hash;
        let key_owner = self.key_owner(&proof, best)?;
        let mut runtime = self.client.runtime_api();
        runtime.register_extension(self.pool.offchain_transaction_pool(best));
        runtime
            .submit_report_unsigned(best, proof, key_owner)?
            .ok_or(ReportError::NotTaken)
    }

    /// Proves which validator the key is of.
    ///
    /// At the block's parent the offender was an authority; at the best block a new session may
    /// have begun, in which it is missing or has other keys. The best block serves where the parent's
    /// state is gone.
    fn key_owner(&self, proof: &Proof, best: H256) -> Result<OpaqueValue, ReportError> {
        let prove = |at| {
            self.client
                .runtime_api()
                .generate_key_ownership_proof(at, proof.slot, proof.offender.clone())
                .map_err(ReportError::from)
        };
        match prove(*proof.second_header.parent_hash()) {
            Ok(Some(found)) => Ok(found),
            Ok(None) | Err(_) => prove(best)?.ok_or(ReportError::UnknownKey),
        }
    }
}

/// Offences that were seen: the newest slots.
#[derive(Default)]
struct Known(BTreeSet<(Slot, AuthorityId)>);

impl Known {
    fn insert(&mut self, slot: Slot, offender: AuthorityId) -> bool {
        let is_new = self.0.insert((slot, offender));
        if self.0.len() > MEMORY {
            self.0.pop_first();
        }
        is_new
    }

    fn forget(&mut self, slot: Slot, offender: AuthorityId) {
        self.0.remove(&(slot, offender));
    }
}
