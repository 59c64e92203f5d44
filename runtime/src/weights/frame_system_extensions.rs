//! Weights of `frame_system_extensions` in this runtime, measured by `qloak-node benchmark pallet` (64.0.0).
//!
//! Date: 2026-11-21. Steps: 20, repeats: 5. Host: vm, AMD EPYC.
//! WASM execution: Compiled, chain: Some("dev"), database cache: 1024.
//! Made with the template `runtime/weights.hbs` by
//!
//! ```text
//! /work/target-benches/release/qloak-node
//! benchmark
//! pallet
//! --chain
//! dev
//! --pallet
//! frame_system_extensions
//! --extrinsic
//! *
//! --steps
//! 20
//! --repeat
//! 5
//! --template
//! runtime/weights.hbs
//! --output
//! runtime/src/weights/frame_system_extensions.rs
//! ```

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, unused_parens, unused_imports, reason = "generated")]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::Weight};
use polkadot_sdk::*;

/// The measured weights, with the runtime's database weights.
pub struct Measured<T>(PhantomData<T>);

impl<T: frame_system::Config> frame_system::ExtensionsWeightInfo for Measured<T> {
    fn check_genesis() -> Weight {
        // Minimum execution time: 1_563_000 picoseconds.
        Weight::from_parts(1_843_000, 0)
    }
    fn check_mortality_mortal_transaction() -> Weight {
        // Minimum execution time: 3_445_000 picoseconds.
        Weight::from_parts(3_816_000, 0)
    }
    fn check_mortality_immortal_transaction() -> Weight {
        // Minimum execution time: 3_375_000 picoseconds.
        Weight::from_parts(3_786_000, 0)
    }
    fn check_non_zero_sender() -> Weight {
        // Minimum execution time: 461_000 picoseconds.
        Weight::from_parts(551_000, 0)
    }
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn check_nonce() -> Weight {
        // Minimum execution time: 6_841_000 picoseconds.
        Weight::from_parts(7_811_000, 3593)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn check_spec_version() -> Weight {
        // Minimum execution time: 350_000 picoseconds.
        Weight::from_parts(411_000, 0)
    }
    fn check_tx_version() -> Weight {
        // Minimum execution time: 350_000 picoseconds.
        Weight::from_parts(420_000, 0)
    }
    fn check_weight() -> Weight {
        // Minimum execution time: 3_456_000 picoseconds.
        Weight::from_parts(3_896_000, 0)
    }
    fn weight_reclaim() -> Weight {
        // Minimum execution time: 2_013_000 picoseconds.
        Weight::from_parts(2_274_000, 0)
    }
}
