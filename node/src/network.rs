//! The network, put together from the SDK's parts.
//!
//! `sc_service::build_network` puts the same parts together, but makes the transactions' protocol by itself and
//! gives the pool to it as it is. Here a guard stands before that protocol, and the pool has an entrance for others
//! (`qloak-transaction-filter`). What the tasks are called and how they run is as there.
//!
//! The protocol of light clients is left out. By it, any stranger has this node run a function of the runtime with
//! arguments of their choice, for as long as that takes, and nobody here uses it: wallets ask by RPC.

use crate::error::Error;
use futures::StreamExt;
use polkadot_sdk::{
    sc_client_api::BlockchainEvents,
    sc_network::{
        config::{FullNetworkConfiguration, NotificationHandshake, Params, SetConfig},
        error::Error as NetworkError,
        peer_store::PeerStoreProvider,
        request_responses::IncomingRequest,
        service::{
            traits::{NetworkService, NotificationService, PeerStore as _},
            NotificationMetrics,
        },
        types::ProtocolName,
        NetworkBackend, NetworkBlock,
    },
    sc_network_sync::{service::network::NetworkServiceProvider, SyncingService},
    sc_network_transactions::{TransactionsHandlerController, TransactionsHandlerPrototype},
    sc_service::{
        build_default_syncing_engine, build_system_rpc_future, default_gap_sync_body_policy,
        Configuration, DefaultSyncingEngineConfig, ImportQueue, TaskManager,
        TransactionPoolAdapter,
    },
    sc_utils::mpsc::{tracing_unbounded, TracingUnboundedSender},
    sp_blockchain::HeaderBackend,
    sp_consensus::block_validation::DefaultBlockAnnounceValidator,
    sp_core::H256,
    substrate_prometheus_endpoint::Registry,
    *,
};
use qloak_client::{Backend, Client, TransactionPool};
use qloak_consensus::{Checkpoint, Finality, VoteProtocol};
use qloak_runtime::opaque::Block;
use qloak_transaction_filter::{ForOthers, Intake, RefusedTransactions, TransactionJudge};
use std::{cell::RefCell, sync::Arc, time::Duration};

/// The group of the network's tasks in metrics.
const GROUP: Option<&str> = Some("networking");

/// Questions to the network by RPC that may wait before the SDK warns.
const RPC_QUEUE: usize = 10_000;

/// What the network is made of.
pub struct NetworkParts<'a> {
    /// The node's configuration.
    pub config: &'a Configuration,
    /// The chain.
    pub client: &'a Arc<Client>,
    /// Its storage.
    pub backend: &'a Arc<Backend>,
    /// Transactions.
    pub pool: &'a Arc<TransactionPool>,
    /// Answers warp sync, and votes.
    pub finality: &'a Finality,
    /// A block that the chain must have.
    pub checkpoint: Option<Checkpoint>,
    /// Takes blocks.
    pub import_queue: sc_consensus::DefaultImportQueue<Block>,
    /// Runs the tasks.
    pub task_manager: &'a TaskManager,
}

/// The network and what hangs on it.
pub struct Connection {
    /// The network.
    pub service: Arc<dyn NetworkService>,
    /// Synchronises blocks.
    pub sync: Arc<SyncingService<Block>>,
    /// Takes questions of RPC methods.
    pub system_rpc: TracingUnboundedSender<sc_rpc::system::Request<Block>>,
    /// Sends transactions.
    pub transactions: TransactionsHandlerController<H256>,
    /// Takes votes, unless the node does not follow them.
    pub votes: Option<VoteProtocol>,
}

impl Connection {
    /// Starts the network.
    pub fn build<Network: NetworkBackend<Block, H256>>(
        parts: NetworkParts<'_>,
    ) -> Result<Self, Error> {
        let NetworkParts { config, client, .. } = parts;
        if config.network.ipfs_server {
            return Err(Error::NoFiles);
        }
        let tasks = parts.task_manager.spawn_handle();
        let registry = config.prometheus_registry();
        let genesis = client.info().genesis_hash;
        let (protocol_id, fork_id) = (config.protocol_id(), config.chain_spec.fork_id());
        let mut net_config =
            FullNetworkConfiguration::<_, _, Network>::new(&config.network, registry.cloned());
        let metrics = Network::register_notification_metrics(registry);
        // A protocol that nobody serves would end the network, and no peer would ever be connected.
        let votes = (!config.disable_grandpa)
            .then(|| VoteProtocol::register(config, genesis, &mut net_config, metrics.clone()));

        let provider = NetworkServiceProvider::new();
        let peers = &config.network.default_peers_set;
        let (sync, block_announce_config) =
            build_default_syncing_engine(DefaultSyncingEngineConfig {
                role: config.role,
                protocol_id: protocol_id.clone(),
                fork_id,
                net_config: &mut net_config,
                block_announce_validator: Box::new(DefaultBlockAnnounceValidator),
                network_service_handle: provider.handle(),
                warp_sync_config: Some(parts.finality.warp_sync(parts.backend, parts.checkpoint)),
                client: client.clone(),
                import_queue_service: parts.import_queue.service(),
                num_peers_hint: peers.in_peers.saturating_add(peers.out_peers) as usize,
                spawn_handle: &tasks,
                spawn_essential_handle: &parts.task_manager.spawn_essential_handle(),
                metrics_registry: registry,
                metrics: metrics.clone(),
                gap_sync_body_policy: default_gap_sync_body_policy(config.blocks_pruning),
            })?;
        let sync = Arc::new(sync);
        let transactions = Transactions::register(&parts, registry, &mut net_config, &metrics)?;

        tasks.spawn("peer-store", GROUP, net_config.take_peer_store().run());
        let network = Network::new(Params {
            role: config.role,
            executor: {
                let tasks = tasks.clone();
                Box::new(move |task| tasks.spawn("libp2p-node", GROUP, task))
            },
            network_config: net_config,
            protocol_id,
            genesis_hash: genesis,
            fork_id: fork_id.map(ToOwned::to_owned),
            metrics_registry: registry.cloned(),
            block_announce_config,
            ipfs_config: None,
            notification_metrics: metrics,
        })
        .map_err(sc_service::Error::from)?;
        let service = network.network_service();
        let transactions = transactions.run(&parts, &service, &sync, registry)?;

        let provided = Arc::new(service.clone());
        tasks.spawn_blocking(
            "chain-sync-network-service-provider",
            GROUP,
            provider.run(provided),
        );
        let (import_queue, imported) = (parts.import_queue, sync.clone());
        tasks.spawn("import-queue", None, async move {
            import_queue.run(&*imported).await;
        });
        let (system_rpc, questions) = tracing_unbounded("mpsc_system_rpc", RPC_QUEUE);
        tasks.spawn(
            "system-rpc-handler",
            GROUP,
            build_system_rpc_future::<_, _, H256>(
                config.role,
                service.clone(),
                sync.clone(),
                client.clone(),
                questions,
                !config.network.boot_nodes.is_empty(),
            ),
        );
        parts.task_manager.spawn_essential_handle().spawn_blocking(
            "network-worker",
            GROUP,
            run(network, client.clone(), sync.clone(), config.announce_block),
        );
        Ok(Self {
            service,
            sync,
            system_rpc,
            transactions,
            votes,
        })
    }
}

/// Runs the network, and tells the peers and the synchronisation of blocks that are imported or become final.
async fn run<Network: NetworkBackend<Block, H256>>(
    network: Network,
    client: Arc<Client>,
    sync: Arc<SyncingService<Block>>,
    announces: bool,
) {
    let imported = client.import_notification_stream().for_each(|block| {
        if announces {
            sync.announce_block(block.hash, None);
        }
        if block.is_new_best {
            sync.new_best_block_imported(block.hash, block.header.number);
        }
        std::future::ready(())
    });
    let finalised = client.finality_notification_stream().for_each(|block| {
        sync.on_block_finalized(block.hash, block.header);
        std::future::ready(())
    });
    // None of them ends before the node does. If one does, the node stops: this is an essential task.
    tokio::select! {
        () = network.run() => {}
        () = imported => {}
        () = finalised => {}
    }
}

/// The protocol of transactions, known to the network.
struct Transactions {
    handler: TransactionsHandlerPrototype,
    intake: Arc<Intake>,
}

impl Transactions {
    fn register<Network: NetworkBackend<Block, H256>>(
        parts: &NetworkParts<'_>,
        registry: Option<&Registry>,
        net_config: &mut FullNetworkConfiguration<Block, H256, Network>,
        metrics: &NotificationMetrics,
    ) -> Result<Self, Error> {
        let intake = Arc::new(Intake::new(RefusedTransactions::register(registry)?));
        let guarded = intake.clone();
        let (handler, protocol) = with_intake(guarded, || {
            TransactionsHandlerPrototype::new::<_, Block, Guarded<Network>>(
                parts.config.protocol_id(),
                parts.client.info().genesis_hash,
                parts.config.chain_spec.fork_id(),
                metrics.clone(),
                net_config.peer_store_handle(),
            )
        });
        net_config.add_notification_protocol(protocol);
        Ok(Self { handler, intake })
    }

    fn run(
        self,
        parts: &NetworkParts<'_>,
        service: &Arc<dyn NetworkService>,
        sync: &Arc<SyncingService<Block>>,
        registry: Option<&Registry>,
    ) -> Result<TransactionsHandlerController<H256>, Error> {
        let pool = Arc::new(ForOthers::new(parts.pool.clone(), self.intake));
        let pool = Arc::new(TransactionPoolAdapter::new(pool, parts.client.clone()));
        let (handler, controller) = self
            .handler
            .build(service.clone(), sync.clone(), pool, registry)
            .map_err(sc_service::Error::from)?;
        parts.task_manager.spawn_handle().spawn_blocking(
            "network-transactions-handler",
            GROUP,
            handler.run(),
        );
        Ok(controller)
    }
}

thread_local! {
    /// What the next guard shares with the pool.
    static INTAKE: RefCell<Option<Arc<Intake>>> = const { RefCell::new(None) };
}

/// Makes something with guards that share `intake`.
///
/// The SDK's handler of transactions takes no protocol, but the type of a network that makes one from nothing but
/// its arguments. So what the guard needs beside them is laid ready for the time of that call.
fn with_intake<T>(intake: Arc<Intake>, make: impl FnOnce() -> T) -> T {
    INTAKE.set(Some(intake));
    let made = make();
    INTAKE.take();
    made
}

/// A network whose protocols have a guard before them. The handler of transactions makes its protocol by this type;
/// nobody makes such a network.
struct Guarded<Network>(Network);

#[async_trait::async_trait]
impl<Network: NetworkBackend<Block, H256>> NetworkBackend<Block, H256> for Guarded<Network> {
    type NotificationProtocolConfig = Network::NotificationProtocolConfig;
    type RequestResponseProtocolConfig = Network::RequestResponseProtocolConfig;
    type NetworkService<B, H> = Network::NetworkService<B, H>;
    type PeerStore = Network::PeerStore;

    fn new(_: Params<Block, H256, Self>) -> Result<Self, NetworkError> {
        let message = "a guarded network is a type for making protocols only";
        Err(std::io::Error::other(message).into())
    }

    fn network_service(&self) -> Arc<dyn NetworkService> {
        self.0.network_service()
    }

    fn peer_store(
        bootnodes: Vec<sc_network::PeerId>,
        registry: Option<Registry>,
    ) -> Self::PeerStore {
        Network::peer_store(bootnodes, registry)
    }

    fn register_notification_metrics(registry: Option<&Registry>) -> NotificationMetrics {
        Network::register_notification_metrics(registry)
    }

    fn notification_config(
        name: ProtocolName,
        fallback_names: Vec<ProtocolName>,
        max_notification_size: u64,
        handshake: Option<NotificationHandshake>,
        set_config: SetConfig,
        metrics: NotificationMetrics,
        peer_store: Arc<dyn PeerStoreProvider>,
    ) -> (
        Self::NotificationProtocolConfig,
        Box<dyn NotificationService>,
    ) {
        let (config, protocol) = Network::notification_config(
            name,
            fallback_names,
            max_notification_size,
            handshake,
            set_config,
            metrics,
            peer_store.clone(),
        );
        let intake = INTAKE.with_borrow(Clone::clone).unwrap_or_default();
        let guard = TransactionJudge::guard(protocol, peer_store, intake);
        (config, Box::new(guard))
    }

    fn request_response_config(
        name: ProtocolName,
        fallback_names: Vec<ProtocolName>,
        max_request_size: u64,
        max_response_size: u64,
        request_timeout: Duration,
        inbound_queue: Option<async_channel::Sender<IncomingRequest>>,
    ) -> Self::RequestResponseProtocolConfig {
        Network::request_response_config(
            name,
            fallback_names,
            max_request_size,
            max_response_size,
            request_timeout,
            inbound_queue,
        )
    }

    async fn run(mut self) {
        self.0.run().await;
    }
}
