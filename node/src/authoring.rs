//! Making blocks: which keys this node has, and the task that uses them.

use crate::{
    cli::Sealing,
    error::Error,
    sealing,
    service::{Client, NodeOptions, SelectChain, TransactionPool},
};
use polkadot_sdk::{
    sc_client_api::UsageProvider,
    sc_consensus_aura::{SlotDuration, SlotProportion, StartAuraParams},
    sc_network_sync::SyncingService,
    sc_service::{config::Configuration, TaskManager},
    sp_api::ProvideRuntimeApi,
    sp_consensus_aura::AuraApi,
    sp_core::crypto::key_types::AURA,
    *,
};
use qloak_keystore::{secret_file, secret_uri, PqKeystore};
use qloak_pq_crypto::authority::aura::AuthorityPair;
use qloak_runtime::opaque::Block;
use std::{path::Path, sync::Arc};
use zeroize::Zeroizing;

const LOG_TARGET: &str = "authoring";

/// Share of a slot for collecting transactions. The rest is for sealing, sending and importing.
const PROPOSAL_SHARE: f32 = 2.0 / 3.0;

/// Seeds of the authority keys that the command line names. They stay in memory.
pub struct CommandLineKeys(Vec<Zeroizing<[u8; 32]>>);

impl CommandLineKeys {
    /// Derives development keys and reads the seed file: before the chain is opened, which takes longer
    /// than noticing a mistake.
    ///
    /// The SDK would derive `--alice`'s key inside the runtime and from the path `//Alice`. Ours has
    /// the path `//Alice//aura`, so that an authority's key is never an account's, hence
    /// `dev_key_seed` is taken out of the configuration here.
    pub fn read(config: &mut Configuration, options: &NodeOptions) -> Result<Self, Error> {
        let mut seeds = Vec::new();
        if let Some(name) = config.dev_key_seed.take() {
            let uri = format!("{name}//aura");
            let seed =
                secret_uri::parse(&uri).map_err(|source| Error::DevelopmentKey { uri, source })?;
            seeds.push(seed);
        }
        if let Some(path) = &options.consensus_seed_file {
            seeds.push(read_seed_file(path).map_err(Error::SeedFile)?);
        }
        Ok(Self(seeds))
    }

    /// Puts the keys into the keystore.
    pub fn insert(self, keystore: &PqKeystore) -> Result<(), Error> {
        for seed in self.0 {
            keystore.insert_ephemeral(AURA, seed)?;
        }
        Ok(())
    }
}

fn read_seed_file(path: &Path) -> Result<Zeroizing<[u8; 32]>, qloak_keystore::Error> {
    Ok(secret_uri::parse(&secret_file::read_line(path)?)?)
}

/// Tells the operator whether this validator can author at all: a missing key is the usual mistake.
pub fn report_keys(client: &Client, keystore: &PqKeystore) -> Result<(), Error> {
    let authorities = client
        .runtime_api()
        .authorities(client.usage_info().chain.best_hash)?;
    let held = keystore.authority_ids(AURA)?;
    let ours: Vec<_> = authorities
        .iter()
        .filter(|authority| {
            held.iter()
                .any(|id| id[..] == *AsRef::<[u8]>::as_ref(*authority))
        })
        .collect();
    for authority in &ours {
        log::info!(
            target: LOG_TARGET,
            "🔑 Sealing blocks as authority 0x{} (one of {})",
            hex::encode(authority), authorities.len(),
        );
    }
    if ours.is_empty() {
        log::warn!(
            target: LOG_TARGET,
            "This validator holds the key of none of the {} authorities and will make no blocks. \
             Insert one with `key insert`, --consensus-seed-file or author_insertKey",
            authorities.len(),
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
    /// Starts the task for the chosen way of sealing.
    pub fn start(self, sealing: Sealing) -> Result<(), Error> {
        let slot_duration = sc_consensus_aura::slot_duration(&*self.client)?;
        match sealing {
            Sealing::Slots => self.start_slots(slot_duration),
            Sealing::Instant => self.start_instant(slot_duration),
        }
    }

    fn start_slots(self, slot_duration: SlotDuration) -> Result<(), Error> {
        let proposer_factory = self.proposers();
        let task = sc_consensus_aura::start_aura::<AuthorityPair, _, _, _, _, _, _, _, _, _, _>(
            StartAuraParams {
                slot_duration,
                client: self.client.clone(),
                select_chain: self.select_chain,
                block_import: self.client,
                proposer_factory,
                create_inherent_data_providers: move |_, ()| async move {
                    Ok(crate::service::inherents(slot_duration))
                },
                force_authoring: self.force,
                // Backing off while finality lags would stop a chain that has none yet.
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

    fn start_instant(self, slot_duration: SlotDuration) -> Result<(), Error> {
        sealing::require_lone_authority(&self.client, &self.keystore)?;
        let task = sealing::run(sealing::InstantSealing {
            proposers: self.proposers(),
            client: self.client,
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
        Ok(())
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
