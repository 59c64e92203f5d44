//! Weights of `pallet_validator_offences`, measured by `qloak-node benchmark pallet` (64.0.0).
//!
//! Date: 2026-11-21. Steps: 20, repeats: 5. Host: vm, AMD EPYC.
//! WASM execution: Compiled, chain: Some("dev"), database cache: 1024.
//!
//! Upper bounds since proofs of ownership are made from the keys in office: when this was measured, a report read
//! 65 registered keys to check one and to commit to the rest, and an exclusion 64. Now a report reads one root
//! in their place (`SessionRoots`), and an exclusion nothing.
//!
//! Made with the template `pallets/validator-offences/weights.hbs` by
//!
//! ```text
//! /work/target-benches/release/qloak-node
//! benchmark
//! pallet
//! --chain
//! dev
//! --pallet
//! pallet_validator_offences
//! --extrinsic
//! *
//! --steps
//! 20
//! --repeat
//! 5
//! --template
//! pallets/validator-offences/weights.hbs
//! --output
//! pallets/validator-offences/src/weights.rs
//! ```

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, unused_parens, unused_imports, reason = "generated")]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::{constants::ParityDbWeight, Weight}};
use polkadot_sdk::*;

/// The weight of each call and of an exclusion.
pub trait WeightInfo {
    fn report_double_authoring() -> Weight;
    fn exclude() -> Weight;
}

/// The measured weights, with the runtime's database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// Storage: UNKNOWN KEY `0x783270be59b0ce1db793a4e469870e12` (r:1 w:0)
    /// Proof: UNKNOWN KEY `0x783270be59b0ce1db793a4e469870e12` (r:1 w:0)
    /// Storage: UNKNOWN KEY `0xa779f0cd0cdde2961331fd80565829d8` (r:1 w:0)
    /// Proof: UNKNOWN KEY `0xa779f0cd0cdde2961331fd80565829d8` (r:1 w:0)
    /// Storage: `ValidatorOffences::SessionStarts` (r:2 w:0)
    /// Proof: `ValidatorOffences::SessionStarts` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    /// Storage: `Session::CurrentIndex` (r:1 w:0)
    /// Proof: `Session::CurrentIndex` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    /// Storage: `Session::Validators` (r:1 w:0)
    /// Proof: `Session::Validators` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    /// Storage: `Session::NextKeys` (r:65 w:0)
    /// Proof: `Session::NextKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
    /// Storage: `Staking::BondedEras` (r:1 w:0)
    /// Proof: `Staking::BondedEras` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    /// Storage: `Offences::ConcurrentReportsIndex` (r:1 w:1)
    /// Proof: `Offences::ConcurrentReportsIndex` (`max_values`: None, `max_size`: None, mode: `Measured`)
    /// Storage: `Offences::Reports` (r:1 w:1)
    /// Proof: `Offences::Reports` (`max_values`: None, `max_size`: None, mode: `Measured`)
    /// Storage: `Staking::SlashRewardFraction` (r:1 w:0)
    /// Proof: `Staking::SlashRewardFraction` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    /// Storage: `Staking::ActiveEra` (r:1 w:0)
    /// Proof: `Staking::ActiveEra` (`max_values`: Some(1), `max_size`: Some(13), added: 508, mode: `MaxEncodedLen`)
    /// Storage: `Staking::ErasStartSessionIndex` (r:1 w:0)
    /// Proof: `Staking::ErasStartSessionIndex` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    /// Storage: `Staking::Invulnerables` (r:1 w:0)
    /// Proof: `Staking::Invulnerables` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    /// Storage: `Staking::ErasStakersOverview` (r:1 w:0)
    /// Proof: `Staking::ErasStakersOverview` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
    /// Storage: `Staking::ErasStakers` (r:1 w:0)
    /// Proof: `Staking::ErasStakers` (`max_values`: None, `max_size`: None, mode: `Measured`)
    /// Storage: `Session::DisabledValidators` (r:1 w:1)
    /// Proof: `Session::DisabledValidators` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    /// Storage: `Staking::SlashingSpans` (r:1 w:1)
    /// Proof: `Staking::SlashingSpans` (`max_values`: None, `max_size`: None, mode: `Measured`)
    /// Storage: UNKNOWN KEY `0xa4fd74dcc4fc1cd0b441f683cb8d8265` (r:1 w:0)
    /// Proof: UNKNOWN KEY `0xa4fd74dcc4fc1cd0b441f683cb8d8265` (r:1 w:0)
    /// Storage: `ValidatorOffences::Excluded` (r:65 w:1)
    /// Proof: `ValidatorOffences::Excluded` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    /// Storage: `Session::QueuedKeys` (r:1 w:1)
    /// Proof: `Session::QueuedKeys` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    /// Storage: `Staking::MinimumValidatorCount` (r:1 w:0)
    /// Proof: `Staking::MinimumValidatorCount` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    /// Storage: `Historical::StoredRange` (r:1 w:1)
    /// Proof: `Historical::StoredRange` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    /// Storage: `Historical::HistoricalSessions` (r:0 w:1)
    /// Proof: `Historical::HistoricalSessions` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `Session::QueuedChanged` (r:0 w:1)
    /// Proof: `Session::QueuedChanged` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    fn report_double_authoring() -> Weight {
        // Minimum execution time: 1_846_735_000 picoseconds.
        Weight::from_parts(2_294_021_000, 178628)
            .saturating_add(T::DbWeight::get().reads(151_u64))
            .saturating_add(T::DbWeight::get().writes(9_u64))
    }
    /// Storage: UNKNOWN KEY `0xa4fd74dcc4fc1cd0b441f683cb8d8265` (r:1 w:0)
    /// Proof: UNKNOWN KEY `0xa4fd74dcc4fc1cd0b441f683cb8d8265` (r:1 w:0)
    /// Storage: `ValidatorOffences::Excluded` (r:65 w:1)
    /// Proof: `ValidatorOffences::Excluded` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    /// Storage: `Session::QueuedKeys` (r:1 w:1)
    /// Proof: `Session::QueuedKeys` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    /// Storage: `Staking::MinimumValidatorCount` (r:1 w:0)
    /// Proof: `Staking::MinimumValidatorCount` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    /// Storage: `Session::CurrentIndex` (r:1 w:0)
    /// Proof: `Session::CurrentIndex` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    /// Storage: `Historical::StoredRange` (r:1 w:1)
    /// Proof: `Historical::StoredRange` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    /// Storage: `Session::NextKeys` (r:64 w:0)
    /// Proof: `Session::NextKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
    /// Storage: `Historical::HistoricalSessions` (r:0 w:1)
    /// Proof: `Historical::HistoricalSessions` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `Session::QueuedChanged` (r:0 w:1)
    /// Proof: `Session::QueuedChanged` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    fn exclude() -> Weight {
        // Minimum execution time: 1_074_723_000 picoseconds.
        Weight::from_parts(1_204_887_000, 177474)
            .saturating_add(T::DbWeight::get().reads(134_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
}

/// The measured weights with ParityDB's weights, for tests.
impl WeightInfo for () {
    fn report_double_authoring() -> Weight {
        Weight::from_parts(2_294_021_000, 178628)
            .saturating_add(ParityDbWeight::get().reads(151_u64))
            .saturating_add(ParityDbWeight::get().writes(9_u64))
    }
    fn exclude() -> Weight {
        Weight::from_parts(1_204_887_000, 177474)
            .saturating_add(ParityDbWeight::get().reads(134_u64))
            .saturating_add(ParityDbWeight::get().writes(5_u64))
    }
}
