//! Weights of `frame_system` in this runtime, measured by `qloak-node benchmark pallet` (64.0.0).
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
//! frame_system
//! --extrinsic
//! *
//! --steps
//! 20
//! --repeat
//! 5
//! --template
//! runtime/weights.hbs
//! --output
//! runtime/src/weights/frame_system.rs
//! ```

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, unused_parens, unused_imports, reason = "generated")]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::Weight};
use polkadot_sdk::*;

/// The measured weights, with the runtime's database weights.
pub struct Measured<T>(PhantomData<T>);

impl<T: frame_system::Config> frame_system::WeightInfo for Measured<T> {
    /// `b` is from 0 to 7864320.
    fn remark(b: u32, ) -> Weight {
        // Minimum execution time: 1_943_000 picoseconds.
        Weight::from_parts(22_866_457, 0)
            // Standard error: 1
            .saturating_add(Weight::from_parts(217, 0).saturating_mul(b.into()))
    }
    /// `b` is from 0 to 7864320.
    fn remark_with_event(b: u32, ) -> Weight {
        // Minimum execution time: 4_897_000 picoseconds.
        Weight::from_parts(5_108_000, 0)
            // Standard error: 1
            .saturating_add(Weight::from_parts(1_496, 0).saturating_mul(b.into()))
    }
    /// Storage: UNKNOWN KEY `0x3a686561707061676573` (r:0 w:1)
    /// Proof: UNKNOWN KEY `0x3a686561707061676573` (r:0 w:1)
    fn set_heap_pages() -> Weight {
        // Minimum execution time: 3_375_000 picoseconds.
        Weight::from_parts(4_006_000, 0)
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: UNKNOWN KEY `0x3a636f6465` (r:0 w:1)
    /// Proof: UNKNOWN KEY `0x3a636f6465` (r:0 w:1)
    fn set_code() -> Weight {
        // Minimum execution time: 81_630_661_000 picoseconds.
        Weight::from_parts(86_669_988_000, 0)
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `Skipped::Metadata` (r:0 w:0)
    /// Proof: `Skipped::Metadata` (`max_values`: None, `max_size`: None, mode: `Measured`)
    /// `i` is from 0 to 1000.
    fn set_storage(i: u32, ) -> Weight {
        // Minimum execution time: 2_103_000 picoseconds.
        Weight::from_parts(2_263_000, 0)
            // Standard error: 545
            .saturating_add(Weight::from_parts(695_796, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(i.into())))
    }
    /// Storage: `Skipped::Metadata` (r:0 w:0)
    /// Proof: `Skipped::Metadata` (`max_values`: None, `max_size`: None, mode: `Measured`)
    /// `i` is from 0 to 1000.
    fn kill_storage(i: u32, ) -> Weight {
        // Minimum execution time: 2_193_000 picoseconds.
        Weight::from_parts(2_413_000, 0)
            // Standard error: 539
            .saturating_add(Weight::from_parts(504_283, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(i.into())))
    }
    /// Storage: `Skipped::Metadata` (r:0 w:0)
    /// Proof: `Skipped::Metadata` (`max_values`: None, `max_size`: None, mode: `Measured`)
    /// `p` is from 0 to 1000.
    fn kill_prefix(p: u32, ) -> Weight {
        // Minimum execution time: 3_585_000 picoseconds.
        Weight::from_parts(3_795_000, 46)
            // Standard error: 1_574
            .saturating_add(Weight::from_parts(1_120_633, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 70).saturating_mul(p.into()))
    }
    /// Storage: `System::AuthorizedUpgrade` (r:0 w:1)
    /// Proof: `System::AuthorizedUpgrade` (`max_values`: Some(1), `max_size`: Some(33), added: 528, mode: `MaxEncodedLen`)
    fn authorize_upgrade() -> Weight {
        // Minimum execution time: 7_191_000 picoseconds.
        Weight::from_parts(18_498_000, 0)
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `System::AuthorizedUpgrade` (r:1 w:1)
    /// Proof: `System::AuthorizedUpgrade` (`max_values`: Some(1), `max_size`: Some(33), added: 528, mode: `MaxEncodedLen`)
    /// Storage: UNKNOWN KEY `0x3a636f6465` (r:0 w:1)
    /// Proof: UNKNOWN KEY `0x3a636f6465` (r:0 w:1)
    fn apply_authorized_upgrade() -> Weight {
        // Minimum execution time: 92_080_157_000 picoseconds.
        Weight::from_parts(94_777_760_000, 1518)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
}
