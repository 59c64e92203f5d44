//! The Qloak node: wiring between the SDK's client and the Qloak runtime.
//!
//! The binary `qloak-node` is [`command::run`] and the number of its version, and no more. The parts are public so that tests and
//! measurements can build on the node as it is.

pub mod benchmarking;
pub mod chain_spec;
pub mod cli;
pub mod command;
pub mod components;
pub mod error;
pub mod executor;
pub mod key_command;
pub mod key_view;
pub mod lifecycle;
pub mod metrics;
pub mod network;
pub mod node_key_command;
pub mod options;
pub mod pool_threads;
pub mod preflight;
pub mod rpc;
mod rpc_calls;
mod sdk_help;
pub mod service;
mod service_tasks;
pub mod version;
