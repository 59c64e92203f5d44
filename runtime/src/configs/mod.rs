//! How each pallet is set up, a file an area.

mod accounts;
mod authoring;
mod directory;
mod election;
mod fees;
pub mod finality;
pub mod offences;
pub mod session;
pub mod shielded;
pub mod staking;
mod system;

/// The weight of a full block.
#[cfg(feature = "try-runtime")]
pub fn max_block_weight() -> polkadot_sdk::frame_support::weights::Weight {
    system::Weights::get().max_block
}
