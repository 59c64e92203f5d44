//! Puts the parts of a node together.

use crate::{
    authoring::{self, Authoring, CommandLineKeys},
    block_verifier::SealFormVerifier,
    cli::Sealing,
    error::Error,
    finality, rpc,
};
use futures::FutureExt;
use polkadot_sdk::{
    sc_client_api::Backend as _,
    sc_consensus_aura::{BuildVerifierParams, CheckForEquivocation, SlotDuration},
    sc_executor::WasmExecutor,
    sc_network::NetworkBackend,
    sc_network_sync::SyncingService,
    sc_service::{
        config::KeystoreConfig, construct_genesis_block, resolve_state_version_from_wasm,
        BuildNetworkParams, Configuration, GenesisBlockBuilder, SpawnTasksParams, TFullBackend,
        TFullClient, TaskManager,
    },
    sc_telemetry::{Telemetry, TelemetryWorker},
    sp_api::ProvideRuntimeApi,
    sp_blockchain::HeaderBackend,
    sp_consensus_aura::AuraApi,
    sp_core::{storage::Storage, H256},
    sp_runtime::traits::{BlakeTwo256, Block as _},
    *,
};
use qloak_keystore::PqKeystore;
use qloak_pq_crypto::authority::aura::AuthorityPair;
use qloak_runtime::{apis::RuntimeApi, opaque::Block};
use std::{path::PathBuf, sync::Arc};

/// What the runtime may call in the node.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type HostFunctions = (
    sp_io::SubstrateHostFunctions,
    qloak_pq_crypto::host::HostFunctions,
);
/// What the runtime may call in the node.
#[cfg(feature = "runtime-benchmarks")]
pub type HostFunctions = (
    sp_io::SubstrateHostFunctions,
    qloak_pq_crypto::host::HostFunctions,
    frame_benchmarking::benchmarking::HostFunctions,
);

/// Runs the runtime.
pub type Executor = WasmExecutor<HostFunctions>;
/// The chain as this node has it.
pub type Client = TFullClient<Block, RuntimeApi, Executor>;
/// Where the chain is stored.
pub type Backend = TFullBackend<Block>;
/// The longest chain is the best.
pub type SelectChain = sc_consensus::LongestChain<Backend, Block>;
/// Transactions that wait.
pub type TransactionPool = sc_transaction_pool::TransactionPoolHandle<Block, Client>;

type Inherents = (
    sp_consensus_aura::inherents::InherentDataProvider,
    sp_timestamp::InherentDataProvider,
);

/// Options of ours that the SDK's configuration has no place for.
#[derive(Debug, Clone, Default)]
pub struct NodeOptions {
    /// When blocks are made.
    pub sealing: Sealing,
    /// A file with the secret of an authority key.
    pub consensus_seed_file: Option<PathBuf>,
}

/// What every command needs that touches the chain.
pub struct ServiceComponents {
    /// The chain.
    pub client: Arc<Client>,
    /// Its storage.
    pub backend: Arc<Backend>,
    /// Checks and imports blocks.
    pub import_queue: sc_consensus::DefaultImportQueue<Block>,
    /// Keys.
    pub keystore: Arc<PqKeystore>,
    /// The rule for the best block.
    pub select_chain: SelectChain,
    /// Transactions.
    pub transaction_pool: Arc<TransactionPool>,
    /// Background tasks.
    pub task_manager: TaskManager,
    /// Telemetry, if it is on.
    pub telemetry: Option<Telemetry>,
}

/// The timestamp of now and its slot, for blocks that are made or checked.
pub fn inherents(slot_duration: SlotDuration) -> Inherents {
    let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
    let slot = sp_consensus_aura::inherents::InherentDataProvider::from_timestamp_and_slot_duration(
        *timestamp,
        slot_duration,
    );
    (slot, timestamp)
}

/// Opens the chain.
pub fn new_components(config: &Configuration) -> Result<ServiceComponents, Error> {
    let telemetry = new_telemetry(config)?;
    let telemetry_handle = telemetry.as_ref().map(|telemetry| telemetry.handle());
    let keystore = Arc::new(open_keystore(config)?);

    let executor: Executor = sc_service::new_wasm_executor(&config.executor);
    let backend = sc_service::new_db_backend::<Block>(config.db_config())?;
    let genesis = config
        .chain_spec
        .as_storage_builder()
        .build_storage()
        .map_err(sp_blockchain::Error::Storage)?;
    refuse_other_chain(config, &backend, &genesis, &executor)?;
    let genesis = GenesisBlockBuilder::new_with_storage(
        genesis,
        !config.no_genesis(),
        backend.clone(),
        executor.clone(),
    )?;
    let (client, backend, _, task_manager) =
        sc_service::new_full_parts_with_genesis_builder::<Block, RuntimeApi, _, _>(
            config,
            telemetry_handle.clone(),
            executor,
            backend,
            genesis,
            false,
        )?;
    let client = Arc::new(client);
    refuse_no_authority(config, &client)?;

    let transaction_pool = Arc::new(
        sc_transaction_pool::Builder::new(
            task_manager.spawn_essential_handle(),
            client.clone(),
            config.role.is_authority().into(),
        )
        .with_options(config.transaction_pool.clone())
        .with_prometheus(config.prometheus_registry())
        .build(),
    );
    let import_queue = new_import_queue(config, &client, &task_manager, telemetry_handle)?;
    Ok(ServiceComponents {
        select_chain: sc_consensus::LongestChain::new(backend.clone()),
        telemetry: telemetry.map(|telemetry| telemetry.spawn_worker(&task_manager)),
        client,
        backend,
        import_queue,
        keystore,
        transaction_pool,
        task_manager,
    })
}

/// Telemetry whose worker does not run yet.
struct PendingTelemetry {
    worker: TelemetryWorker,
    telemetry: Telemetry,
}

impl PendingTelemetry {
    fn handle(&self) -> sc_telemetry::TelemetryHandle {
        self.telemetry.handle()
    }

    fn spawn_worker(self, task_manager: &TaskManager) -> Telemetry {
        task_manager
            .spawn_handle()
            .spawn("telemetry", None, self.worker.run());
        self.telemetry
    }
}

fn new_telemetry(config: &Configuration) -> Result<Option<PendingTelemetry>, Error> {
    let Some(endpoints) = config
        .telemetry_endpoints
        .clone()
        .filter(|endpoints| !endpoints.is_empty())
    else {
        return Ok(None);
    };
    let worker = TelemetryWorker::new(16).map_err(sc_service::Error::from)?;
    let telemetry = worker.handle().new_telemetry(endpoints);
    Ok(Some(PendingTelemetry { worker, telemetry }))
}

fn open_keystore(config: &Configuration) -> Result<PqKeystore, Error> {
    Ok(match &config.keystore {
        KeystoreConfig::Path { path, password } => PqKeystore::open(path, password.clone())?,
        KeystoreConfig::InMemory => PqKeystore::in_memory(),
    })
}

/// The SDK takes whatever chain it finds in the database, specification or not, and then finds no
/// peers that agree with it.
fn refuse_other_chain(
    config: &Configuration,
    backend: &Backend,
    genesis: &Storage,
    executor: &Executor,
) -> Result<(), Error> {
    let Some(found) = backend.blockchain().hash(0)? else {
        return Ok(());
    };
    let version = resolve_state_version_from_wasm::<_, BlakeTwo256>(genesis, executor)?;
    // The operation is dropped and changes nothing; only the root of the state is wanted.
    let root = sc_client_api::BlockImportOperation::set_genesis_state(
        &mut backend.begin_operation()?,
        genesis.clone(),
        false,
        version,
    )?;
    let expected = construct_genesis_block::<Block>(root, version)
        .header()
        .hash();
    if found == expected {
        return Ok(());
    }
    Err(Error::OtherChain {
        path: config.database.path().unwrap_or(&config.data_path).into(),
        chain: config.chain_spec.name().into(),
        found: format!("{found:?}"),
        expected: format!("{expected:?}"),
    })
}

fn refuse_no_authority(config: &Configuration, client: &Client) -> Result<(), Error> {
    let best: H256 = client.info().best_hash;
    if client.runtime_api().authorities(best)?.is_empty() {
        return Err(Error::NoAuthority {
            chain: config.chain_spec.name().into(),
        });
    }
    Ok(())
}

fn new_import_queue(
    config: &Configuration,
    client: &Arc<Client>,
    task_manager: &TaskManager,
    telemetry: Option<sc_telemetry::TelemetryHandle>,
) -> Result<sc_consensus::DefaultImportQueue<Block>, Error> {
    let slot_duration = sc_consensus_aura::slot_duration(&**client)?;
    let aura = sc_consensus_aura::build_verifier::<AuthorityPair, _, _, Block>(
        BuildVerifierParams {
            client: client.clone(),
            create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
            check_for_equivocation: CheckForEquivocation::Yes,
            telemetry,
            compatibility_mode: Default::default(),
        },
    );
    Ok(sc_consensus::BasicQueue::new(
        SealFormVerifier(aura),
        Box::new(client.clone()),
        None,
        &task_manager.spawn_essential_handle(),
        config.prometheus_registry(),
    ))
}

/// Starts a node on the network library that the configuration chooses.
pub async fn start(mut config: Configuration, options: NodeOptions) -> Result<TaskManager, Error> {
    use sc_network::config::NetworkBackendType;
    if options.sealing == Sealing::Instant && !config.role.is_authority() {
        return Err(Error::InstantSealing(
            "needs a node that makes blocks: add --dev, --alice or --validator",
        ));
    }
    let keys = CommandLineKeys::read(&mut config, &options)?;
    let components = new_components(&config)?;
    keys.insert(&components.keystore)?;
    match config.network.network_backend {
        NetworkBackendType::Libp2p => {
            start_on::<sc_network::NetworkWorker<Block, H256>>(config, options, components)
        }
        NetworkBackendType::Litep2p => {
            start_on::<sc_network::Litep2pNetworkBackend>(config, options, components)
        }
    }
}

/// Starts a node from opened parts.
pub fn start_on<Network: NetworkBackend<Block, H256>>(
    config: Configuration,
    options: NodeOptions,
    components: ServiceComponents,
) -> Result<TaskManager, Error> {
    let ServiceComponents {
        client,
        backend,
        import_queue,
        keystore,
        select_chain,
        transaction_pool,
        mut task_manager,
        mut telemetry,
    } = components;
    let prometheus = config.prometheus_registry().cloned();
    let is_authority = config.role.is_authority();
    let force = config.force_authoring;
    let telemetry_handle = telemetry.as_ref().map(|telemetry| telemetry.handle());

    let net_config = sc_network::config::FullNetworkConfiguration::<_, _, Network>::new(
        &config.network,
        prometheus.clone(),
    );
    let metrics = Network::register_notification_metrics(prometheus.as_ref());
    let (network, system_rpc_tx, tx_handler_controller, sync, _bitswap): (
        _,
        _,
        _,
        Arc<SyncingService<Block>>,
        _,
    ) = sc_service::build_network(BuildNetworkParams {
        config: &config,
        net_config,
        client: client.clone(),
        transaction_pool: transaction_pool.clone(),
        spawn_handle: task_manager.spawn_handle(),
        spawn_essential_handle: task_manager.spawn_essential_handle(),
        import_queue,
        block_announce_validator_builder: None,
        // Warp sync rests on proofs of finality, which come with GRANDPA.
        warp_sync_config: None,
        block_relay: None,
        metrics,
        gap_sync_body_policy: None,
    })?;

    if config.offchain_worker.enabled {
        let workers = OffchainParts {
            client: &client,
            backend: &backend,
            keystore: &keystore,
            pool: &transaction_pool,
            network: network.clone(),
            is_authority,
        };
        workers.spawn(&task_manager)?;
    }

    let rpc_builder = {
        let (client, pool) = (client.clone(), transaction_pool.clone());
        #[allow(clippy::result_large_err, reason = "the SDK prescribes the error")]
        Box::new(move |_| {
            rpc::extensions(client.clone(), pool.clone())
                .map_err(|error| sc_service::Error::Application(error.into()))
        })
    };
    sc_service::spawn_tasks(SpawnTasksParams {
        config,
        client: client.clone(),
        backend,
        task_manager: &mut task_manager,
        keystore: keystore.clone(),
        transaction_pool: transaction_pool.clone(),
        rpc_builder,
        network,
        system_rpc_tx,
        tx_handler_controller,
        sync_service: sync.clone(),
        telemetry: telemetry.as_mut(),
        tracing_execute_block: None,
    })?;

    task_manager.spawn_essential_handle().spawn_blocking(
        "lone-authority-finality",
        Some("finality"),
        finality::finalise_lone_authority(client.clone()),
    );
    if is_authority {
        authoring::report_keys(&client, &keystore)?;
        Authoring {
            task_manager: &task_manager,
            client,
            select_chain,
            pool: transaction_pool,
            keystore,
            sync,
            force,
            prometheus,
            telemetry: telemetry_handle,
        }
        .start(options.sealing)?;
    }
    Ok(task_manager)
}

/// What offchain workers need.
struct OffchainParts<'a> {
    client: &'a Arc<Client>,
    backend: &'a Backend,
    keystore: &'a Arc<PqKeystore>,
    pool: &'a Arc<TransactionPool>,
    network: Arc<dyn sc_network::service::traits::NetworkService>,
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
