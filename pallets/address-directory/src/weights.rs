//! Weights of `pallet_address_directory`, measured by `qloak-node benchmark pallet` (64.0.0).
//!
//! Date: 2026-11-21. Steps: 20, repeats: 5. Host: vm, AMD EPYC.
//! WASM execution: Compiled, chain: Some("dev"), database cache: 1024.
//! Made with the template `pallets/address-directory/weights.hbs` by
//!
//! ```text
//! /work/target-benches/release/qloak-node
//! benchmark
//! pallet
//! --chain
//! dev
//! --pallet
//! pallet_address_directory
//! --extrinsic
//! *
//! --steps
//! 20
//! --repeat
//! 5
//! --template
//! pallets/address-directory/weights.hbs
//! --output
//! pallets/address-directory/src/weights.rs
//! ```

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, unused_parens, unused_imports, reason = "generated")]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::{constants::ParityDbWeight, Weight}};
use polkadot_sdk::*;

/// The weight of each call.
pub trait WeightInfo {
    fn publish() -> Weight;
    fn withdraw() -> Weight;
}

/// The measured weights, with the runtime's database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// Storage: `AddressDirectory::Addresses` (r:1 w:1)
    /// Proof: `AddressDirectory::Addresses` (`max_values`: None, `max_size`: Some(1296), added: 3771, mode: `MaxEncodedLen`)
    /// Storage: `AddressDirectory::Published` (r:1 w:1)
    /// Proof: `AddressDirectory::Published` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    fn publish() -> Weight {
        // Minimum execution time: 72_398_000 picoseconds.
        Weight::from_parts(87_441_000, 4761)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `AddressDirectory::Addresses` (r:1 w:1)
    /// Proof: `AddressDirectory::Addresses` (`max_values`: None, `max_size`: Some(1296), added: 3771, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    /// Storage: `AddressDirectory::Published` (r:1 w:1)
    /// Proof: `AddressDirectory::Published` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    fn withdraw() -> Weight {
        // Minimum execution time: 57_315_000 picoseconds.
        Weight::from_parts(81_371_000, 4761)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
}

/// The measured weights with ParityDB's weights, for tests.
impl WeightInfo for () {
    fn publish() -> Weight {
        Weight::from_parts(87_441_000, 4761)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn withdraw() -> Weight {
        Weight::from_parts(81_371_000, 4761)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
}
