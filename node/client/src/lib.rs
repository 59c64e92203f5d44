//! What the node's crates share: the types of the SDK's client as it runs Qloak's runtime, and protocols of the network
//! with somebody before them who decides which peers are listened to.
//!
//! The crates beside this one name these and not each other, so that each of them can be read, and tested, by
//! itself. `qloak-node` puts them together.

mod guarded_notifications;
mod reputation;

pub use guarded_notifications::{Guarded, Judge, Next};
pub use reputation::Reputation;

use polkadot_sdk::{
    sc_consensus::LongestChain,
    sc_consensus_grandpa::GrandpaBlockImport,
    sc_executor::WasmExecutor,
    sc_service::{TFullBackend, TFullClient},
    sc_transaction_pool::TransactionPoolHandle,
    *,
};
use qloak_runtime::{apis::RuntimeApi, opaque::Block};

/// What the runtime may call in the node beside what the SDK offers.
pub type OurHostFunctions = (
    qloak_pq_crypto::host::HostFunctions,
    qloak_shielded::host::HostFunctions,
);
/// What the runtime may call in the node.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type HostFunctions = (sp_io::SubstrateHostFunctions, OurHostFunctions);
/// What the runtime may call in the node.
#[cfg(feature = "runtime-benchmarks")]
pub type HostFunctions = (
    sp_io::SubstrateHostFunctions,
    OurHostFunctions,
    frame_benchmarking::benchmarking::HostFunctions,
);

/// Runs the runtime.
pub type Executor = WasmExecutor<HostFunctions>;
/// The chain as this node has it.
pub type Client = TFullClient<Block, RuntimeApi, Executor>;
/// Where the chain is stored.
pub type Backend = TFullBackend<Block>;
/// The longest chain is the best.
pub type SelectChain = LongestChain<Backend, Block>;
/// Transactions that wait.
pub type TransactionPool = TransactionPoolHandle<Block, Client>;
/// Imports blocks and notes changes of the set of voters.
pub type BlockImport = GrandpaBlockImport<Backend, Block, Client, SelectChain>;
