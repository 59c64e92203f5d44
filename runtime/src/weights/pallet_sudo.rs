//! Weights of `pallet_sudo` in this runtime, measured by `qloak-node benchmark pallet` (64.0.0).
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
//! pallet_sudo
//! --extrinsic
//! *
//! --steps
//! 20
//! --repeat
//! 5
//! --template
//! runtime/weights.hbs
//! --output
//! runtime/src/weights/pallet_sudo.rs
//! ```

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, unused_parens, unused_imports, reason = "generated")]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::Weight};
use polkadot_sdk::*;

/// The measured weights, with the runtime's database weights.
pub struct Measured<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_sudo::WeightInfo for Measured<T> {
    /// Storage: `Sudo::Key` (r:1 w:1)
    /// Proof: `Sudo::Key` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
    fn set_key() -> Weight {
        // Minimum execution time: 7_652_000 picoseconds.
        Weight::from_parts(8_372_000, 1517)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `Sudo::Key` (r:1 w:0)
    /// Proof: `Sudo::Key` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
    fn sudo() -> Weight {
        // Minimum execution time: 8_573_000 picoseconds.
        Weight::from_parts(9_404_000, 1517)
            .saturating_add(T::DbWeight::get().reads(1_u64))
    }
    /// Storage: `Sudo::Key` (r:1 w:0)
    /// Proof: `Sudo::Key` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
    fn sudo_as() -> Weight {
        // Minimum execution time: 8_593_000 picoseconds.
        Weight::from_parts(9_414_000, 1517)
            .saturating_add(T::DbWeight::get().reads(1_u64))
    }
    /// Storage: `Sudo::Key` (r:1 w:1)
    /// Proof: `Sudo::Key` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
    fn remove_key() -> Weight {
        // Minimum execution time: 7_231_000 picoseconds.
        Weight::from_parts(7_901_000, 1517)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `Sudo::Key` (r:1 w:0)
    /// Proof: `Sudo::Key` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
    fn check_only_sudo_account() -> Weight {
        // Minimum execution time: 4_336_000 picoseconds.
        Weight::from_parts(4_787_000, 1517)
            .saturating_add(T::DbWeight::get().reads(1_u64))
    }
}
