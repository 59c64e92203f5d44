//! The RPC methods: those that the SDK's service always offers, as it puts them together, and ours.

use jsonrpsee::{core::RegisterMethodError, RpcModule};
use polkadot_sdk::{
    pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer},
    sc_client_api::Backend as _,
    sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer},
    sc_network_sync::SyncingService,
    sc_rpc::{
        author::{Author, AuthorApiServer},
        chain::{self, ChainApiServer},
        offchain::{Offchain, OffchainApiServer},
        state::{self, ChildStateApiServer, StateApiServer},
        system::{self, SystemApiServer as NodeApiServer, SystemInfo},
        SubscriptionTaskExecutor,
    },
    sc_rpc_spec_v2::{
        archive::{Archive, ArchiveApiServer},
        bitswap::{Bitswap, BitswapApiServer},
        chain_head::{ChainHead, ChainHeadApiServer, ChainHeadConfig},
        chain_spec::{ChainSpec, ChainSpecApiServer},
        transaction::{
            Transaction, TransactionApiServer, TransactionBroadcast, TransactionBroadcastApiServer,
            TransactionMetrics,
        },
    },
    sc_service::Configuration,
    sc_utils::mpsc::TracingUnboundedSender,
    sp_blockchain::HeaderBackend,
    substrate_frame_rpc_system::{System, SystemApiServer},
};
use qloak_client::{Backend, Client, TransactionPool};
use qloak_consensus::FinalityRpc;
use qloak_keystore::PqKeystore;
use qloak_runtime::opaque::Block;
use qloak_shielded_index::{Shielded, ShieldedIndex};
use std::sync::Arc;

/// Transactions that one connection may have sent again and again, as in the SDK's service.
const BROADCASTS_PER_CONNECTION: usize = 16;

/// What the methods need.
pub struct Methods<'a> {
    /// The node's configuration.
    pub config: &'a Configuration,
    /// The chain.
    pub client: &'a Arc<Client>,
    /// Its storage.
    pub backend: Arc<Backend>,
    /// Transactions.
    pub pool: &'a Arc<TransactionPool>,
    /// Keys.
    pub keystore: Arc<PqKeystore>,
    /// Synchronises blocks.
    pub sync: Arc<SyncingService<Block>>,
    /// Takes questions to the network.
    pub system_rpc: TracingUnboundedSender<system::Request<Block>>,
    /// What finality tells.
    pub finality: FinalityRpc,
    /// What is known of the shielded pool.
    pub shielded: Arc<ShieldedIndex>,
    /// Runs what takes long.
    pub executor: SubscriptionTaskExecutor,
    /// Counts what becomes of transactions.
    pub metrics: Option<TransactionMetrics>,
}

/// All methods.
pub fn methods(parts: Methods<'_>) -> Result<RpcModule<()>, RegisterMethodError> {
    let Methods {
        config,
        client,
        backend,
        pool,
        executor,
        ..
    } = parts;
    let specification = config.chain_spec.as_ref();
    let genesis = client.info().genesis_hash;
    let mut module = RpcModule::new(());

    module.merge(
        Transaction::new(
            client.clone(),
            pool.clone(),
            executor.clone(),
            parts.metrics,
        )
        .into_rpc(),
    )?;
    let broadcast = TransactionBroadcast::new(
        client.clone(),
        pool.clone(),
        executor.clone(),
        BROADCASTS_PER_CONNECTION,
    );
    module.merge(broadcast.into_rpc())?;
    let head = ChainHead::new(
        client.clone(),
        backend.clone(),
        executor.clone(),
        ChainHeadConfig::default(),
    );
    module.merge(head.into_rpc())?;
    let keeps_states = config
        .state_pruning
        .as_ref()
        .is_some_and(|kept| kept.is_archive());
    if keeps_states && config.blocks_pruning.is_archive() {
        let archive = Archive::new(client.clone(), backend.clone(), genesis, executor.clone());
        module.merge(archive.into_rpc())?;
    }
    let named = ChainSpec::new(
        specification.name().into(),
        genesis,
        specification.properties(),
    );
    module.merge(named.into_rpc())?;
    module.merge(Bitswap::new(client.clone(), parts.sync).into_rpc())?;

    module.merge(chain::new_full(client.clone(), executor.clone()).into_rpc())?;
    let (state, child_state) = state::new_full(client.clone(), executor.clone(), None);
    module.merge(state.into_rpc())?;
    module.merge(child_state.into_rpc())?;
    let author = Author::new(
        client.clone(),
        pool.clone(),
        parts.keystore,
        executor.clone(),
    );
    module.merge(author.into_rpc())?;
    let node = SystemInfo {
        chain_name: specification.name().into(),
        impl_name: config.impl_name.clone(),
        impl_version: config.impl_version.clone(),
        properties: specification.properties(),
        chain_type: specification.chain_type(),
    };
    module.merge(NodeApiServer::into_rpc(system::System::new(
        node,
        parts.system_rpc,
    )))?;
    if let Some(storage) = backend.offchain_storage() {
        module.merge(Offchain::new(storage).into_rpc())?;
    }
    let ours = extensions(
        client.clone(),
        pool.clone(),
        parts.finality,
        parts.shielded,
        executor,
    )?;
    module.merge(ours)?;
    Ok(module)
}

/// The next nonce of an account, a dry run, the fee of a transaction, and the state of finality with its
/// proofs, and the shielded pool.
fn extensions(
    client: Arc<Client>,
    pool: Arc<TransactionPool>,
    finality: FinalityRpc,
    shielded: Arc<ShieldedIndex>,
    executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, RegisterMethodError> {
    let mut module = RpcModule::new(());
    module.merge(SystemApiServer::into_rpc(System::new(client.clone(), pool)))?;
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    module.merge(Shielded::new(client, shielded).into_rpc()?)?;
    let FinalityRpc {
        authority_set,
        voter_state,
        justifications,
        proofs,
    } = finality;
    let grandpa = Grandpa::new(executor, authority_set, voter_state, justifications, proofs);
    module.merge(grandpa.into_rpc())?;
    Ok(module)
}
