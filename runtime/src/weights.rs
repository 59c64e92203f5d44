//! Weights of the SDK's pallets, measured in this runtime.
//!
//! The SDK brings weights of its own, measured elsewhere in a runtime of Parity's; where a configuration names
//! none, it weighs with those of another database. `./scripts/weights` measures these files.

pub mod frame_system;
pub mod frame_system_extensions;
pub mod pallet_balances;
pub mod pallet_sudo;
pub mod pallet_timestamp;
pub mod pallet_transaction_payment;
pub mod pallet_utility;
