//! The parts of an extrinsic before its call.

use polkadot_sdk::sp_runtime::generic;
use qloak_pq_crypto::account_signature::AccountSignature;
use qloak_runtime::{Address, TxExtension};

/// The parts of an extrinsic before its call.
pub type Preamble = generic::Preamble<Address, AccountSignature, TxExtension>;
