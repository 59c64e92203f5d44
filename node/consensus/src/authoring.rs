//! What a validator does: which keys it has, and the task that makes blocks.

use crate::{error::Error, inherents::inherents, sealing};
use polkadot_sdk::{
    sc_client_api::UsageProvider,
    sc_consensus_aura::{SlotDuration, SlotProportion, StartAuraParams},
    sc_network_sync::SyncingService,
    sc_service::{config::Configuration, TaskManager},
    sp_api::ProvideRuntimeApi,
    sp_consensus_aura::AuraApi,
    sp_consensus_grandpa::GrandpaApi,
    sp_core::crypto::{
        key_types::{AURA, GRANDPA},
        KeyTypeId,
    },
    *,
};
use qloak_client::{BlockImport, Client, SelectChain, TransactionPool};
use qloak_keystore::{
    secret_file,
    validator_keys::{self, ValidatorKeys},
    PqKeystore,
};
use qloak_pq_crypto::authority::aura::AuthorityPair;
use qloak_runtime::opaque::Block;
use std::{path::Path, sync::Arc};
use zeroize::Zeroizing;

const LOG_TARGET: &str = "authoring";

/// Share of a slot for collecting transactions. The rest is for sealing, sending and importing.
const PROPOSAL_SHARE: f32 = 2.0 / 3.0;

/// Seeds of the keys that the command line names, by key type. They stay in memory.
pub struct CommandLineKeys(Vec<(KeyTypeId, Zeroizing<[u8; 32]>)>);

impl CommandLineKeys {
    /// Derives development keys and reads the seed file: before the chain is opened, which takes longer
    /// than noticing a mistake.
    ///
    /// The SDK would derive `--alice`'s keys inside the runtime and all from the path `//Alice`. Ours have
    /// the paths `//Alice//aura` and `//Alice//grandpa`, so that no key serves two ends and an
    /// authority's is never an account's, hence `dev_key_seed` is taken out of the configuration
    /// here.
    pub fn read(config: &mut Configuration, seed_file: Option<&Path>) -> Result<Self, Error> {
        let mut keys = Vec::new();
        if let Some(name) = config.dev_key_seed.take() {
            let derived =
                validator_keys::derive(&name).map_err(|source| Error::DevelopmentKey {
                    uri: name.clone(),
                    source,
                })?;
            keys.extend(derived);
        }
        if let Some(path) = seed_file {
            keys.extend(read_seed_file(path).map_err(Error::SeedFile)?);
        }
        Ok(Self(keys))
    }

    /// Puts the keys into the keystore.
    pub fn insert(self, keystore: &PqKeystore) -> Result<(), Error> {
        for (key_type, seed) in self.0 {
            keystore.insert_ephemeral(key_type, seed)?;
        }
        Ok(())
    }
}

fn read_seed_file(path: &Path) -> Result<ValidatorKeys, qloak_keystore::Error> {
    Ok(validator_keys::derive(&secret_file::read_line(path)?)?)
}

/// Tells the operator whether this validator can author and vote at all: a missing key is the usual
/// mistake.
pub fn report_keys(client: &Client, keystore: &PqKeystore) -> Result<(), Error> {
    let best = client.usage_info().chain.best_hash;
    let authors = client.runtime_api().authorities(best)?;
    let voters = client.runtime_api().grandpa_authorities(best)?;
    let authors: Vec<&[u8]> = authors.iter().map(AsRef::as_ref).collect();
    let voters: Vec<&[u8]> = voters.iter().map(|(id, _)| id.as_ref()).collect();
    report_keys_of(AURA, "Sealing blocks as authority", &authors, keystore)?;
    report_keys_of(
        GRANDPA,
        "Voting on finality as authority",
        &voters,
        keystore,
    )
}

fn report_keys_of(
    key_type: KeyTypeId,
    duty: &str,
    authorities: &[&[u8]],
    keystore: &PqKeystore,
) -> Result<(), Error> {
    let held = keystore.authority_ids(key_type)?;
    let ours: Vec<_> = authorities
        .iter()
        .filter(|authority| held.iter().any(|id| id[..] == ***authority))
        .collect();
    for authority in &ours {
        log::info!(
            target: LOG_TARGET,
            "🔑 {duty} 0x{} (one of {})",
            hex::encode(authority), authorities.len(),
        );
    }
    if ours.is_empty() {
        log::warn!(
            target: LOG_TARGET,
            "This validator holds the '{}' key of none of the {} authorities and will {}. \
             Insert one with `key insert`, --consensus-seed-file or author_insertKey",
            qloak_keystore::error::display_key_type(key_type),
            authorities.len(),
            if key_type == AURA { "make no blocks" } else { "cast no votes" },
        );
    }
    Ok(())
}

/// What authoring needs.
pub struct Authoring<'a> {
    /// Where the task runs.
    pub task_manager: &'a TaskManager,
    /// The chain.
    pub client: Arc<Client>,
    /// Where finished blocks go.
    pub block_import: BlockImport,
    /// The rule for the best block.
    pub select_chain: SelectChain,
    /// Transactions.
    pub pool: Arc<TransactionPool>,
    /// Keys.
    pub keystore: Arc<PqKeystore>,
    /// Knows whether the node is still catching up.
    pub sync: Arc<SyncingService<Block>>,
    /// Author even if there are no peers.
    pub force: bool,
    /// Metrics.
    pub prometheus: Option<substrate_prometheus_endpoint::Registry>,
    /// Telemetry.
    pub telemetry: Option<sc_telemetry::TelemetryHandle>,
}

impl Authoring<'_> {
    /// Starts the task that makes a block in each slot of this node's authority.
    pub fn start_slots(self, slot_duration: SlotDuration) -> Result<(), Error> {
        let proposer_factory = self.proposers();
        let task = sc_consensus_aura::start_aura::<AuthorityPair, _, _, _, _, _, _, _, _, _, _>(
            StartAuraParams {
                slot_duration,
                client: self.client,
                select_chain: self.select_chain,
                block_import: self.block_import,
                proposer_factory,
                create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
                force_authoring: self.force,
                // While too few validators vote, blocks go on: they are final once the others are back.
                backoff_authoring_blocks: None::<()>,
                keystore: self.keystore,
                sync_oracle: self.sync.clone(),
                justification_sync_link: self.sync,
                block_proposal_slot_portion: SlotProportion::new(PROPOSAL_SHARE),
                max_block_proposal_slot_portion: None,
                telemetry: self.telemetry,
                compatibility_mode: Default::default(),
            },
        )?;
        // Without its author a validator is better stopped than idle.
        self.task_manager.spawn_essential_handle().spawn_blocking(
            "aura",
            Some("block-authoring"),
            task,
        );
        Ok(())
    }

    /// Starts the task that makes a block for each transaction.
    pub fn start_instant(self, slot_duration: SlotDuration) {
        let task = sealing::run(sealing::InstantSealing {
            proposers: self.proposers(),
            client: self.client,
            block_import: self.block_import,
            pool: self.pool,
            select_chain: self.select_chain,
            keystore: self.keystore,
            slot_duration,
        });
        self.task_manager.spawn_essential_handle().spawn_blocking(
            "instant-sealing",
            Some("block-authoring"),
            task,
        );
    }

    fn proposers(&self) -> sc_basic_authorship::ProposerFactory<TransactionPool, Client> {
        let mut proposers = sc_basic_authorship::ProposerFactory::new(
            self.task_manager.spawn_handle(),
            self.client.clone(),
            self.pool.clone(),
            self.prometheus.as_ref(),
            self.telemetry.clone(),
        );
        proposers.set_default_block_size_limit(block_size_limit());
        proposers
    }
}

/// As much as the runtime allows: the SDK's 4 MiB are some 750 transfers with attached keys.
fn block_size_limit() -> usize {
    let length = <qloak_runtime::Runtime as frame_system::Config>::BlockLength::get();
    *length
        .max
        .get(frame_support::dispatch::DispatchClass::Normal) as usize
}
