//! Puts the parts of a node together.

use crate::{
    components::{new_components, ServiceComponents},
    error::Error,
    lifecycle::{self, RunningNode},
    metrics::Observer,
    network::{Connection, NetworkParts},
    options::{NodeOptions, Sealing},
    service_tasks::ServiceTasks,
};
use futures::FutureExt;
use polkadot_sdk::{
    sc_client_api::Backend as _,
    sc_network::{service::traits::NetworkService, NetworkBackend},
    sc_service::{Configuration, TaskManager},
    sc_storage_monitor::StorageMonitorService,
    sp_core::H256,
    *,
};
use qloak_client::{Backend, Client, TransactionPool};
use qloak_consensus::{
    report_keys, require_lone_authority, Authoring, CommandLineKeys, Voter, VoterSettings,
};
use qloak_keystore::PqKeystore;
use qloak_runtime::opaque::Block;
use qloak_shielded_index::ShieldedIndex;
use std::sync::Arc;

/// Starts a node on the network library that the configuration chooses.
pub async fn start(mut config: Configuration, options: NodeOptions) -> Result<RunningNode, Error> {
    use sc_network::config::NetworkBackendType;
    if options.sealing == Sealing::Instant && !config.role.is_authority() {
        return Err(qloak_consensus::Error::InstantSealing(
            "needs a node that makes blocks: add --dev, --alice or --validator",
        )
        .into());
    }
    let keys = CommandLineKeys::read(&mut config, options.consensus_seed_file.as_deref())?;
    let components = new_components(&config)?;
    if let Err(error) = check_keys(keys, &options, &components) {
        // Stop the tasks first, or their logs follow the error.
        lifecycle::end_tasks(components.into_tasks()).await;
        return Err(error);
    }
    match config.network.network_backend {
        NetworkBackendType::Libp2p => {
            start_on::<sc_network::NetworkWorker<Block, H256>>(config, options, components)
        }
        NetworkBackendType::Litep2p => {
            start_on::<sc_network::Litep2pNetworkBackend>(config, options, components)
        }
    }
}

/// Puts keys of the command line into the keystore, and checks that the chosen way of sealing has its own and
/// that the chain is the one that the operator means.
fn check_keys(
    keys: CommandLineKeys,
    options: &NodeOptions,
    components: &ServiceComponents,
) -> Result<(), Error> {
    keys.insert(&components.keystore)?;
    if let Some(checkpoint) = options.checkpoint {
        checkpoint.check(&components.client)?;
    }
    if options.sealing == Sealing::Instant {
        require_lone_authority(&components.client, &components.keystore)?;
    }
    Ok(())
}

/// Starts a node from opened parts.
pub fn start_on<Network: NetworkBackend<Block, H256>>(
    config: Configuration,
    options: NodeOptions,
    components: ServiceComponents,
) -> Result<RunningNode, Error> {
    let ServiceComponents {
        client,
        backend,
        import_queue,
        finality,
        keystore,
        select_chain,
        transaction_pool,
        mut task_manager,
        stopping,
        mut telemetry,
        metrics,
    } = components;
    let prometheus = config.prometheus_registry().cloned();
    let is_authority = config.role.is_authority();
    let force = config.force_authoring;
    let telemetry_handle = telemetry.as_ref().map(|telemetry| telemetry.handle());
    let slot_duration = sc_consensus_aura::slot_duration(&*client)?;
    if let Some(path) = config.database.path() {
        StorageMonitorService::try_spawn(
            options.storage,
            path.into(),
            &task_manager.spawn_essential_handle(),
        )
        .map_err(|error| sc_service::Error::Application(error.into()))?;
    }

    let network = Connection::build::<Network>(NetworkParts {
        config: &config,
        client: &client,
        backend: &backend,
        pool: &transaction_pool,
        finality: &finality,
        checkpoint: options.checkpoint,
        import_queue,
        task_manager: &task_manager,
    })?;
    if let Some(checkpoint) = finality.last_change(&client) {
        log::info!("🔖 The voters changed last at --checkpoint {checkpoint}");
    }
    if let Some(checkpoint) = options.checkpoint {
        task_manager.spawn_essential_handle().spawn(
            "checkpoint",
            Some("finality"),
            checkpoint.watch(client.clone()),
        );
    }
    if config.offchain_worker.enabled {
        let workers = OffchainParts {
            client: &client,
            backend: &backend,
            keystore: &keystore,
            pool: &transaction_pool,
            network: network.service.clone(),
            is_authority,
        };
        workers.spawn(&task_manager)?;
    }

    let shielded = Arc::new(ShieldedIndex::new(client.clone(), client.clone()));
    task_manager
        .spawn_handle()
        .spawn_blocking("shielded-index", None, shielded.clone().run());
    let finality_rpc = finality.rpc(&backend);
    let voter_state = finality_rpc.voter_state.clone();
    let justifications = finality.justifications();
    let block_import = finality.block_import();
    let voter = network.votes.map(|protocol| {
        let settings = VoterSettings::new(
            &config,
            &keystore,
            options.gossip_duration,
            telemetry_handle.clone(),
        );
        (protocol, settings)
    });
    ServiceTasks {
        config,
        client: &client,
        backend,
        keystore: keystore.clone(),
        pool: &transaction_pool,
        network: network.service.clone(),
        sync: network.sync.clone(),
        system_rpc: network.system_rpc,
        transactions: network.transactions,
        finality: finality_rpc,
        shielded,
        telemetry: telemetry.as_mut(),
        task_manager: &mut task_manager,
    }
    .spawn()?;

    if let Some(metrics) = metrics {
        let observer = Observer {
            metrics,
            client: client.clone(),
            sync: network.sync.clone(),
            slot_duration,
            justifications,
        };
        task_manager
            .spawn_handle()
            .spawn("metrics", Some("finality"), observer.run());
    }
    if let Some((protocol, settings)) = voter {
        Voter {
            task_manager: &task_manager,
            client: client.clone(),
            finality,
            protocol,
            network: network.service,
            sync: network.sync.clone(),
            pool: transaction_pool.clone(),
            voter_state,
            prometheus: prometheus.clone(),
            settings,
        }
        .start()?;
    }
    if is_authority {
        report_keys(&client, &keystore)?;
        let authoring = Authoring {
            task_manager: &task_manager,
            client,
            block_import,
            select_chain,
            pool: transaction_pool,
            keystore,
            sync: network.sync,
            force,
            prometheus,
            telemetry: telemetry_handle,
        };
        match options.sealing {
            Sealing::Slots => authoring.start_slots(slot_duration)?,
            Sealing::Instant => authoring.start_instant(slot_duration),
        }
    }
    Ok(RunningNode {
        tasks: task_manager,
        stopping,
    })
}

/// What offchain workers need.
struct OffchainParts<'a> {
    client: &'a Arc<Client>,
    backend: &'a Backend,
    keystore: &'a Arc<PqKeystore>,
    pool: &'a Arc<TransactionPool>,
    network: Arc<dyn NetworkService>,
    is_authority: bool,
}

impl OffchainParts<'_> {
    fn spawn(self, task_manager: &TaskManager) -> Result<(), Error> {
        let pool = sc_transaction_pool_api::OffchainTransactionPoolFactory::new(self.pool.clone());
        let workers = sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
            runtime_api_provider: self.client.clone(),
            keystore: Some(self.keystore.clone()),
            offchain_db: self.backend.offchain_storage(),
            transaction_pool: Some(pool),
            network_provider: Arc::new(self.network),
            is_validator: self.is_authority,
            enable_http_requests: true,
            custom_extensions: |_| Vec::new(),
        })
        .map_err(sc_service::Error::from)?;
        task_manager.spawn_handle().spawn(
            "offchain-workers-runner",
            Some("offchain-worker"),
            workers
                .run(self.client.clone(), task_manager.spawn_handle())
                .boxed(),
        );
        Ok(())
    }
}
