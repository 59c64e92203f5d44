//! Weights of `pallet_utility` in this runtime, measured by `qloak-node benchmark pallet` (64.0.0).
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
//! pallet_utility
//! --extrinsic
//! *
//! --steps
//! 20
//! --repeat
//! 5
//! --template
//! runtime/weights.hbs
//! --output
//! runtime/src/weights/pallet_utility.rs
//! ```

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, unused_parens, unused_imports, reason = "generated")]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::Weight};
use polkadot_sdk::*;

/// The measured weights, with the runtime's database weights.
pub struct Measured<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_utility::WeightInfo for Measured<T> {
    /// `c` is from 0 to 1000.
    fn batch(c: u32, ) -> Weight {
        // Minimum execution time: 4_226_000 picoseconds.
        Weight::from_parts(10_545_588, 0)
            // Standard error: 1_213
            .saturating_add(Weight::from_parts(2_898_651, 0).saturating_mul(c.into()))
    }
    fn as_derivative() -> Weight {
        // Minimum execution time: 4_036_000 picoseconds.
        Weight::from_parts(4_777_000, 0)
    }
    /// `c` is from 0 to 1000.
    fn batch_all(c: u32, ) -> Weight {
        // Minimum execution time: 4_056_000 picoseconds.
        Weight::from_parts(13_451_270, 0)
            // Standard error: 1_371
            .saturating_add(Weight::from_parts(3_080_224, 0).saturating_mul(c.into()))
    }
    fn dispatch_as() -> Weight {
        // Minimum execution time: 5_678_000 picoseconds.
        Weight::from_parts(6_450_000, 0)
    }
    /// `c` is from 0 to 1000.
    fn force_batch(c: u32, ) -> Weight {
        // Minimum execution time: 4_196_000 picoseconds.
        Weight::from_parts(21_705_073, 0)
            // Standard error: 1_307
            .saturating_add(Weight::from_parts(2_837_134, 0).saturating_mul(c.into()))
    }
    fn dispatch_as_fallible() -> Weight {
        // Minimum execution time: 5_658_000 picoseconds.
        Weight::from_parts(6_560_000, 0)
    }
    fn if_else() -> Weight {
        // Minimum execution time: 7_061_000 picoseconds.
        Weight::from_parts(7_832_000, 0)
    }
}
