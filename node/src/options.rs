//! Options of a node that the SDK's configuration has no place for.

use clap::ValueEnum;
use polkadot_sdk::sc_storage_monitor::StorageMonitorParams;
use qloak_consensus::{Checkpoint, DEFAULT_GOSSIP_DURATION};
use std::{path::PathBuf, time::Duration};

/// When blocks are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Sealing {
    /// One in every slot.
    #[default]
    Slots,
    /// One for each transaction.
    Instant,
}

/// Options of ours that the SDK's configuration has no place for.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// When blocks are made.
    pub sealing: Sealing,
    /// A file with the secret of a validator.
    pub consensus_seed_file: Option<PathBuf>,
    /// How long a vote is expected to take to everybody.
    pub gossip_duration: Duration,
    /// A block that the chain must have.
    pub checkpoint: Option<Checkpoint>,
    /// Free space that the database's disk must have.
    pub storage: StorageMonitorParams,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            sealing: Sealing::default(),
            consensus_seed_file: None,
            gossip_duration: DEFAULT_GOSSIP_DURATION,
            checkpoint: None,
            // With a threshold of zero the disk is not watched.
            storage: StorageMonitorParams::default(),
        }
    }
}
