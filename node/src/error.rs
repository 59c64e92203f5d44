//! Why the node does not start, in words for the person who starts it.

use polkadot_sdk::*;
use std::path::PathBuf;

/// An error of the node.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// From the SDK's service.
    #[error(transparent)]
    Service(Box<sc_service::Error>),
    /// From the SDK's command line.
    #[error(transparent)]
    Cli(Box<sc_cli::Error>),
    /// From the database or the client.
    #[error(transparent)]
    Client(Box<sp_blockchain::Error>),
    /// From the runtime.
    #[error("the runtime refused a call: {0}")]
    Runtime(Box<sp_api::ApiError>),
    /// From authoring or finality.
    #[error(transparent)]
    Consensus(#[from] qloak_consensus::Error),
    /// From the keystore.
    #[error("keystore: {0}")]
    Keystore(#[from] qloak_keystore::Error),
    /// The database belongs to another chain.
    #[error(
        "the data folder {} belongs to another chain. Its genesis block is {found}, but chain \
         specification '{chain}' makes {expected}. If you switched to another version of this chain, \
         start with the specification that the data was made with (--chain FILE), choose another \
         --base-path, or delete the data with `qloak-node purge-chain` and the same options",
        path.display()
    )]
    OtherChain {
        /// The database.
        path: PathBuf,
        /// The name of the chain specification.
        chain: String,
        /// The genesis hash in the database.
        found: String,
        /// The genesis hash of the specification.
        expected: String,
    },
    /// The chain does not pass the operator's checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] qloak_consensus::CheckError),
    /// The specification's genesis configuration is refused by its runtime.
    #[error(
        "chain specification '{chain}' has a genesis that its runtime refuses: {reason}. Correct the \
         specification (a working one: qloak-node export-chain-spec --chain local)"
    )]
    BadGenesis {
        /// Name of the chain specification.
        chain: String,
        /// Reason given by the runtime, without its backtrace.
        reason: String,
    },
    /// A command that only looks at a chain finds none.
    #[error(
        "there is no chain in {}. Check --base-path and --chain, or start the node once to make one",
        path.display()
    )]
    NoChain {
        /// Folder of the database.
        path: PathBuf,
    },
    /// The disk is too full to open the database safely.
    #[error(
        "{} has {available} MiB free and {required} MiB are needed: a database that finds its disk full can \
         be damaged. Free some space, or move the data and name its folder with --base-path{hint}",
        path.display()
    )]
    DiskFull {
        /// Folder of the database, or the nearest one above it that exists.
        path: PathBuf,
        /// Free space in MiB.
        available: u64,
        /// Needed space in MiB.
        required: u64,
        /// Option that changes the limit, where there is one.
        hint: &'static str,
    },
    /// Nobody may make blocks, or nobody may vote.
    #[error(
        "chain specification '{chain}' names no authority, so no block could ever be made or become \
         final. Put at least one validator into genesis, with its keys (session.keys) and its stake \
         (staking.stakers)"
    )]
    NoAuthority {
        /// The name of the chain specification.
        chain: String,
    },
    /// A port is taken.
    #[error(
        "{purpose} port {port} is in use by another program. Stop that program, or choose another \
         port with {flag}"
    )]
    PortInUse {
        /// What the port would serve.
        purpose: &'static str,
        /// The port.
        port: u16,
        /// The option that changes it.
        flag: &'static str,
    },
    /// `--ipfs-server`, which this chain has nothing to serve with.
    #[error("this chain stores no files that --ipfs-server could serve. Start without the option")]
    NoFiles,
    /// A benchmark in a build without benchmarks.
    #[cfg_attr(
        feature = "runtime-benchmarks",
        allow(dead_code, reason = "this build has benchmarks")
    )]
    #[error(
        "this node was built without benchmarks; build it with: \
         cargo build --release --package qloak-node --features runtime-benchmarks"
    )]
    NoBenchmarks,
    /// Input of the `key` commands.
    #[error("{0}")]
    Key(String),
}

// The SDK's errors are large, hence the boxes.

impl From<sc_service::Error> for Error {
    fn from(error: sc_service::Error) -> Self {
        Self::Service(Box::new(error))
    }
}

impl From<sc_cli::Error> for Error {
    fn from(error: sc_cli::Error) -> Self {
        Self::Cli(Box::new(error))
    }
}

impl From<sp_blockchain::Error> for Error {
    fn from(error: sp_blockchain::Error) -> Self {
        Self::Client(Box::new(error))
    }
}

impl From<sp_api::ApiError> for Error {
    fn from(error: sp_api::ApiError) -> Self {
        Self::Runtime(Box::new(error))
    }
}

impl From<sp_consensus::Error> for Error {
    fn from(error: sp_consensus::Error) -> Self {
        sc_service::Error::from(error).into()
    }
}

impl From<substrate_prometheus_endpoint::PrometheusError> for Error {
    fn from(error: substrate_prometheus_endpoint::PrometheusError) -> Self {
        sc_service::Error::from(error).into()
    }
}
