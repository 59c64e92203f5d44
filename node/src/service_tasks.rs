//! The tasks that every node has beside network and consensus: RPC, metrics, telemetry, and what the log tells.
//!
//! `sc_service::spawn_tasks` starts the same ones, but lets nobody at the RPC methods between their making and their
//! being served. Here a guard is put before some of them ([`crate::rpc_calls`]). What the tasks are called and how they run is as there.

use crate::{
    error::Error,
    rpc::{self, Methods},
    rpc_calls,
};
use futures::FutureExt;
use polkadot_sdk::{
    sc_client_api::UsageProvider,
    sc_network::service::traits::NetworkService,
    sc_network_sync::SyncingService,
    sc_network_transactions::TransactionsHandlerController,
    sc_rpc_server::RpcSpawnHandle,
    sc_rpc_spec_v2::transaction::TransactionMetrics,
    sc_service::{
        config::PrometheusConfig, init_telemetry, propagate_transaction_notifications,
        start_rpc_servers, Configuration, MetricsService, TaskManager,
    },
    sc_telemetry::Telemetry,
    sc_utils::mpsc::TracingUnboundedSender,
    sp_core::H256,
    *,
};
use qloak_client::{Backend, Client, TransactionPool};
use qloak_consensus::FinalityRpc;
use qloak_keystore::PqKeystore;
use qloak_runtime::opaque::Block;
use qloak_shielded_index::ShieldedIndex;
use std::sync::Arc;

/// What the tasks need.
pub struct ServiceTasks<'a> {
    /// The node's configuration.
    pub config: Configuration,
    /// The chain.
    pub client: &'a Arc<Client>,
    /// Its storage.
    pub backend: Arc<Backend>,
    /// Keys.
    pub keystore: Arc<PqKeystore>,
    /// Transactions.
    pub pool: &'a Arc<TransactionPool>,
    /// The network.
    pub network: Arc<dyn NetworkService>,
    /// Synchronises blocks.
    pub sync: Arc<SyncingService<Block>>,
    /// Takes questions of RPC methods.
    pub system_rpc: TracingUnboundedSender<sc_rpc::system::Request<Block>>,
    /// Sends transactions.
    pub transactions: TransactionsHandlerController<H256>,
    /// What finality tells by RPC.
    pub finality: FinalityRpc,
    /// What is known of the shielded pool.
    pub shielded: Arc<ShieldedIndex>,
    /// Telemetry, if it is on.
    pub telemetry: Option<&'a mut Telemetry>,
    /// Runs the tasks.
    pub task_manager: &'a mut TaskManager,
}

impl ServiceTasks<'_> {
    /// Starts them.
    pub fn spawn(self) -> Result<(), Error> {
        let Self {
            mut config,
            client,
            backend,
            keystore,
            pool,
            network,
            sync,
            system_rpc,
            transactions,
            finality,
            shielded,
            telemetry,
            task_manager,
        } = self;
        let chain = client.usage_info().chain;
        let seeds = config.dev_key_seed.iter().cloned().collect();
        sp_session::generate_initial_session_keys(
            client.clone(),
            chain.best_hash,
            seeds,
            keystore.clone(),
        )?;
        let machine = sc_sysinfo::gather_sysinfo();
        sc_sysinfo::print_sysinfo(&machine);
        let telemetry = telemetry
            .map(|telemetry| {
                init_telemetry(
                    config.network.node_name.clone(),
                    config.impl_name.clone(),
                    config.impl_version.clone(),
                    config.chain_spec.name().to_owned(),
                    config.role.is_authority(),
                    network.clone(),
                    client.clone(),
                    telemetry,
                    Some(machine),
                )
            })
            .transpose()
            .map_err(sc_service::Error::from)?;
        log::info!("📦 Highest known block at #{}", chain.best_number);

        let tasks = task_manager.spawn_handle();
        tasks.spawn(
            "txpool-notifications",
            Some("transaction-pool"),
            sc_transaction_pool::notification_future(
                client.clone(),
                pool.clone(),
                config.transaction_pool.use_all_block_notifications(),
            ),
        );
        tasks.spawn(
            "on-transaction-imported",
            Some("transaction-pool"),
            propagate_transaction_notifications(pool.clone(), transactions, telemetry.clone()),
        );
        let metrics = match config.prometheus_config.clone() {
            Some(PrometheusConfig { port, registry }) => {
                let metrics = MetricsService::with_prometheus(
                    telemetry,
                    &registry,
                    config.role,
                    &config.network.node_name,
                    &config.impl_version,
                )?;
                tasks.spawn(
                    "prometheus-endpoint",
                    None,
                    substrate_prometheus_endpoint::init_prometheus(port, registry).map(drop),
                );
                metrics
            }
            None => MetricsService::new(telemetry),
        };
        tasks.spawn(
            "telemetry-periodic-send",
            None,
            metrics.run(client.clone(), pool.clone(), network.clone(), sync.clone()),
        );

        let server = {
            let registry = config.prometheus_registry().cloned();
            let rpc_metrics = registry.as_ref().map(TransactionMetrics::new).transpose()?;
            // RPC has threads of its own, so that slow answers do not hold up the node.
            let rpc_runtime = sc_service::create_rpc_runtime(config.rpc.max_connections)
                .map_err(sc_service::Error::from)?;
            let mut methods = rpc::methods(Methods {
                config: &config,
                client,
                backend,
                pool,
                keystore,
                sync: sync.clone(),
                system_rpc,
                finality,
                shielded,
                executor: Arc::new(RpcSpawnHandle::new(rpc_runtime.handle().clone())),
                metrics: rpc_metrics,
            })
            .map_err(|error| sc_service::Error::Application(error.into()))?;
            rpc_calls::guard(&mut methods)
                .map_err(|error| sc_service::Error::Application(error.into()))?;
            let ids = config.rpc.id_provider.take();
            start_rpc_servers(
                &config.rpc,
                registry.as_ref(),
                &config.tokio_handle,
                methods,
                rpc_runtime,
                ids,
            )?
        };
        tasks.spawn(
            "informant",
            None,
            sc_informant::build(client.clone(), network, sync),
        );
        task_manager.keep_alive((config.base_path, server));
        Ok(())
    }
}
