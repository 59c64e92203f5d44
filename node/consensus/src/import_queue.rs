//! The queue of other nodes' blocks: who verifies them, in which order, and who imports them.

use crate::{
    block_verifier::HeaderFormVerifier,
    early_blocks::{PatientVerifier, SystemClock},
    equivocation::blocks::{DoubleAuthoringVerifier, Metrics, Reporter},
    error::Error,
    finality::Finality,
    inherents::inherents,
    pre_verification::EarlyVerifier,
};
use polkadot_sdk::{
    sc_consensus_aura::{BuildVerifierParams, CheckForEquivocation},
    sc_service::{Configuration, TaskManager},
    sc_telemetry::TelemetryHandle,
    *,
};
use qloak_client::{Client, TransactionPool};
use qloak_pq_crypto::authority::aura::AuthorityPair;
use qloak_runtime::opaque::Block;
use std::sync::Arc;

/// What the import queue is made of.
pub struct ImportQueueParts<'a> {
    /// The node's configuration.
    pub config: &'a Configuration,
    /// The chain.
    pub client: &'a Arc<Client>,
    /// Imports what has verified.
    pub finality: &'a Finality,
    /// Takes reports of authors that seal two blocks in a slot.
    pub pool: &'a Arc<TransactionPool>,
    /// Runs the queue.
    pub task_manager: &'a TaskManager,
    /// Telemetry.
    pub telemetry: Option<TelemetryHandle>,
}

impl ImportQueueParts<'_> {
    /// Starts the queue.
    pub fn build(self) -> Result<sc_consensus::DefaultImportQueue<Block>, Error> {
        let registry = self.config.prometheus_registry();
        let slot_duration = sc_consensus_aura::slot_duration(&**self.client)?;
        let aura = sc_consensus_aura::build_verifier::<AuthorityPair, _, _, Block>(
            BuildVerifierParams {
                client: self.client.clone(),
                create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
                // AURA would keep headers without their seals, which prove nothing. Ours keeps them whole.
                check_for_equivocation: CheckForEquivocation::No,
                telemetry: self.telemetry,
                compatibility_mode: Default::default(),
            },
        );
        let patient = PatientVerifier::new(aura, self.client.clone(), SystemClock, slot_duration);
        let watched = DoubleAuthoringVerifier::new(
            patient,
            self.client.clone(),
            slot_duration,
            Reporter::new(self.config, self.client, self.pool),
            Metrics::register(registry)?,
        );
        let early = EarlyVerifier::new(watched, self.client.clone());
        Ok(sc_consensus::BasicQueue::new(
            HeaderFormVerifier(early),
            Box::new(self.finality.watched_import(self.client)),
            Some(Box::new(self.finality.watched_import(self.client))),
            &self.task_manager.spawn_essential_handle(),
            registry,
        ))
    }
}
