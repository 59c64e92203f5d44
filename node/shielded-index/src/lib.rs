//! The index of the shielded pool, and the RPC methods by which wallets read it.
//!
//! [`ShieldedIndex`] follows the chain and writes down what each block did to the pool; [`Shielded`] answers wallets from
//! it. The specification is `docs/spec/privacy-credit.md`, What wallets and nodes read.

mod index;
mod rpc;

pub use index::{IndexError, ShieldedIndex};
pub use rpc::{Shielded, ShieldedRpcError};
