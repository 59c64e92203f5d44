//! The parts of a node that touch the chain: storage, client, import queue, pool and keys.
//!
//! Commands that look at a chain without joining a network need these and no more.

use crate::{
    error::Error,
    executor,
    lifecycle::{PoolTasks, Stopping},
    metrics::Metrics,
};
use polkadot_sdk::{
    sc_client_api::Backend as _,
    sc_service::{
        config::KeystoreConfig, construct_genesis_block, resolve_state_version_from_wasm,
        Configuration, GenesisBlockBuilder, TaskManager,
    },
    sc_telemetry::{Telemetry, TelemetryHandle, TelemetryWorker},
    sp_api::ProvideRuntimeApi,
    sp_blockchain::HeaderBackend,
    sp_consensus_aura::AuraApi,
    sp_consensus_grandpa::GrandpaApi,
    sp_core::{storage::Storage, H256},
    sp_runtime::traits::{BlakeTwo256, Block as _},
    *,
};
use qloak_client::{Backend, Client, Executor, SelectChain, TransactionPool};
use qloak_consensus::{Finality, ImportQueueParts};
use qloak_keystore::PqKeystore;
use qloak_runtime::{apis::RuntimeApi, opaque::Block};
use std::sync::Arc;

/// What every command needs that touches the chain.
pub struct ServiceComponents {
    /// The chain.
    pub client: Arc<Client>,
    /// Its storage.
    pub backend: Arc<Backend>,
    /// Checks and imports blocks.
    pub import_queue: sc_consensus::DefaultImportQueue<Block>,
    /// Imports blocks and justifications, and will vote.
    pub finality: Finality,
    /// Keys.
    pub keystore: Arc<PqKeystore>,
    /// The rule for the best block.
    pub select_chain: SelectChain,
    /// Transactions.
    pub transaction_pool: Arc<TransactionPool>,
    /// Background tasks.
    pub task_manager: TaskManager,
    /// Raised before the tasks are told to stop.
    pub stopping: Stopping,
    /// Telemetry, if it is on.
    pub telemetry: Option<Telemetry>,
    /// Our own metrics, if metrics are on.
    pub metrics: Option<Metrics>,
}

impl ServiceComponents {
    /// Lets go of all but the tasks.
    pub fn into_tasks(self) -> TaskManager {
        self.task_manager
    }
}

/// The reason why a genesis is refused, without the backtrace of the runtime, which names nothing that a person could change.
fn bad_genesis(config: &Configuration, reason: &str) -> Error {
    let end = reason.find("WASM backtrace").unwrap_or(reason.len());
    Error::BadGenesis {
        chain: config.chain_spec.name().into(),
        reason: reason[..end].trim().into(),
    }
}

/// Opens the chain.
pub fn new_components(config: &Configuration) -> Result<ServiceComponents, Error> {
    let telemetry = new_telemetry(config)?;
    let telemetry_handle = telemetry.as_ref().map(|telemetry| telemetry.handle());
    let keystore = Arc::new(open_keystore(config)?);

    let executor = executor::new(&config.executor);
    let backend = open_database(config)?;
    let genesis = config
        .chain_spec
        .as_storage_builder()
        .build_storage()
        .map_err(|reason| bad_genesis(config, &reason))?;
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

    let stopping = Stopping::default();
    let transaction_pool = Arc::new(
        sc_transaction_pool::Builder::new(
            PoolTasks::new(&task_manager, stopping.clone()),
            client.clone(),
            config.role.is_authority().into(),
        )
        .with_options(config.transaction_pool.clone())
        .with_prometheus(config.prometheus_registry())
        .build(),
    );
    let select_chain = sc_consensus::LongestChain::new(backend.clone());
    let finality = Finality::open(&client, &select_chain, telemetry_handle.clone())?;
    let metrics = Metrics::register(config.prometheus_registry())?;
    let import_queue = ImportQueueParts {
        config,
        client: &client,
        finality: &finality,
        pool: &transaction_pool,
        task_manager: &task_manager,
        telemetry: telemetry_handle,
    }
    .build()?;
    Ok(ServiceComponents {
        select_chain,
        telemetry: telemetry.map(|telemetry| telemetry.spawn_worker(&task_manager)),
        client,
        backend,
        import_queue,
        finality,
        keystore,
        transaction_pool,
        task_manager,
        stopping,
        metrics,
    })
}

/// Telemetry whose worker does not run yet.
struct PendingTelemetry {
    worker: TelemetryWorker,
    telemetry: Telemetry,
}

impl PendingTelemetry {
    fn handle(&self) -> TelemetryHandle {
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

/// Opens the database. With `--blocks-pruning` it keeps blocks that carry a justification: proofs for
/// warp sync are made of them.
fn open_database(config: &Configuration) -> Result<Arc<Backend>, Error> {
    let mut settings = config.db_config();
    settings.pruning_filters = vec![Arc::new(sc_consensus_grandpa::GrandpaPruningFilter)];
    Ok(sc_service::new_db_backend::<Block>(settings)?)
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

/// Nobody could make blocks, or nobody could vote, for which GRANDPA's client has no error but a panic.
fn refuse_no_authority(config: &Configuration, client: &Client) -> Result<(), Error> {
    let best: H256 = client.info().best_hash;
    let runtime = client.runtime_api();
    if runtime.authorities(best)?.is_empty() || runtime.grandpa_authorities(best)?.is_empty() {
        return Err(Error::NoAuthority {
            chain: config.chain_spec.name().into(),
        });
    }
    Ok(())
}
