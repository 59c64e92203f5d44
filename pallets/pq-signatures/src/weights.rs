//! Weights of `pallet_pq_signatures`, measured by `qloak-node benchmark pallet` (64.0.0).
//!
//! Date: 2026-11-21. Steps: 20, repeats: 5. Host: vm, AMD EPYC.
//! WASM execution: Compiled, chain: Some("dev"), database cache: 1024.
//! Made with the template `pallets/pq-signatures/weights.hbs` by
//!
//! ```text
//! /work/target-benches/release/qloak-node
//! benchmark
//! pallet
//! --chain
//! dev
//! --pallet
//! pallet_pq_signatures
//! --extrinsic
//! *
//! --steps
//! 20
//! --repeat
//! 5
//! --template
//! pallets/pq-signatures/weights.hbs
//! --output
//! pallets/pq-signatures/src/weights.rs
//! ```

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, unused_parens, unused_imports, reason = "generated")]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::{constants::ParityDbWeight, Weight}};
use polkadot_sdk::*;

/// The weight of each call and of verification in each scheme.
pub trait WeightInfo {
    fn register_key() -> Weight;
    fn deregister_key() -> Weight;
    fn rotate_key() -> Weight;
    fn set_backup_key() -> Weight;
    fn freeze() -> Weight;
    fn recover() -> Weight;
    fn migrate_classical() -> Weight;
    fn mark_classical() -> Weight;
    fn set_scheme_status() -> Weight;
    fn set_fee_multiplier() -> Weight;
    fn forget_previous_key() -> Weight;
    fn auto_register() -> Weight;
    fn verify_classical() -> Weight;
    fn verify_ml_dsa_44() -> Weight;
    fn verify_ml_dsa_65() -> Weight;
    fn verify_ml_dsa_87() -> Weight;
    fn verify_slh_dsa_shake_128f() -> Weight;
    fn verify_slh_dsa_shake_128s() -> Weight;
    fn verify_fn_dsa_512() -> Weight;
    fn verify_hybrid_ed25519_ml_dsa_65() -> Weight;
}

/// The measured weights, with the runtime's database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::ClassicalAccounts` (r:1 w:0)
    /// Proof: `PqSignatures::ClassicalAccounts` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:1)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn register_key() -> Weight {
        // Minimum execution time: 81_071_000 picoseconds.
        Weight::from_parts(93_039_000, 8712)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:1)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Backups` (r:1 w:0)
    /// Proof: `PqSignatures::Backups` (`max_values`: None, `max_size`: Some(2643), added: 5118, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn deregister_key() -> Weight {
        // Minimum execution time: 67_571_000 picoseconds.
        Weight::from_parts(72_448_000, 8712)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::ClassicalAccounts` (r:1 w:0)
    /// Proof: `PqSignatures::ClassicalAccounts` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:1)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `System::BlockHash` (r:1 w:0)
    /// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn rotate_key() -> Weight {
        // Minimum execution time: 3_714_500_000 picoseconds.
        Weight::from_parts(4_006_255_000, 8712)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::ClassicalAccounts` (r:1 w:0)
    /// Proof: `PqSignatures::ClassicalAccounts` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Backups` (r:1 w:1)
    /// Proof: `PqSignatures::Backups` (`max_values`: None, `max_size`: Some(2643), added: 5118, mode: `MaxEncodedLen`)
    /// Storage: `System::BlockHash` (r:1 w:0)
    /// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::RecoveryNonce` (r:1 w:1)
    /// Proof: `PqSignatures::RecoveryNonce` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:0)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    fn set_backup_key() -> Weight {
        // Minimum execution time: 7_270_724_000 picoseconds.
        Weight::from_parts(7_643_780_000, 6108)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Storage: `PqSignatures::Backups` (r:1 w:0)
    /// Proof: `PqSignatures::Backups` (`max_values`: None, `max_size`: Some(2643), added: 5118, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Frozen` (r:1 w:1)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::RecoveryNonce` (r:1 w:1)
    /// Proof: `PqSignatures::RecoveryNonce` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    /// Storage: `System::BlockHash` (r:1 w:0)
    /// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    fn freeze() -> Weight {
        // Minimum execution time: 3_583_545_000 picoseconds.
        Weight::from_parts(3_890_402_000, 6108)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Storage: `PqSignatures::Backups` (r:1 w:0)
    /// Proof: `PqSignatures::Backups` (`max_values`: None, `max_size`: Some(2643), added: 5118, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::RecoveryNonce` (r:1 w:1)
    /// Proof: `PqSignatures::RecoveryNonce` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    /// Storage: `System::BlockHash` (r:1 w:0)
    /// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:1)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Frozen` (r:0 w:1)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn recover() -> Weight {
        // Minimum execution time: 7_297_153_000 picoseconds.
        Weight::from_parts(7_849_607_000, 8712)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    /// Storage: `PqSignatures::ClassicalAccounts` (r:1 w:1)
    /// Proof: `PqSignatures::ClassicalAccounts` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `System::BlockHash` (r:1 w:0)
    /// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:0 w:1)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    fn migrate_classical() -> Weight {
        // Minimum execution time: 3_675_342_000 picoseconds.
        Weight::from_parts(3_943_722_000, 3622)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `PqSignatures::ClassicalAccounts` (r:1 w:1)
    /// Proof: `PqSignatures::ClassicalAccounts` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:0)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Backups` (r:1 w:0)
    /// Proof: `PqSignatures::Backups` (`max_values`: None, `max_size`: Some(2643), added: 5118, mode: `MaxEncodedLen`)
    fn mark_classical() -> Weight {
        // Minimum execution time: 12_719_000 picoseconds.
        Weight::from_parts(16_245_000, 8712)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `PqSignatures::Catalog` (r:7 w:1)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    fn set_scheme_status() -> Weight {
        // Minimum execution time: 22_233_000 picoseconds.
        Weight::from_parts(26_039_000, 18455)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `PqSignatures::Catalog` (r:1 w:1)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    fn set_fee_multiplier() -> Weight {
        // Minimum execution time: 10_085_000 picoseconds.
        Weight::from_parts(12_218_000, 3485)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// Storage: `PqSignatures::Keys` (r:1 w:1)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn forget_previous_key() -> Weight {
        // Minimum execution time: 53_050_000 picoseconds.
        Weight::from_parts(62_764_000, 8712)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `PqSignatures::Keys` (r:1 w:1)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::ClassicalAccounts` (r:1 w:0)
    /// Proof: `PqSignatures::ClassicalAccounts` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn auto_register() -> Weight {
        // Minimum execution time: 84_897_000 picoseconds.
        Weight::from_parts(101_591_000, 8712)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// Storage: `PqSignatures::ClassicalAccounts` (r:1 w:0)
    /// Proof: `PqSignatures::ClassicalAccounts` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn verify_classical() -> Weight {
        // Minimum execution time: 30_606_000 picoseconds.
        Weight::from_parts(34_652_000, 3513)
            .saturating_add(T::DbWeight::get().reads(1_u64))
    }
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:0)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    fn verify_ml_dsa_44() -> Weight {
        // Minimum execution time: 50_496_000 picoseconds.
        Weight::from_parts(55_593_000, 8712)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:0)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    fn verify_ml_dsa_65() -> Weight {
        // Minimum execution time: 77_695_000 picoseconds.
        Weight::from_parts(102_002_000, 8712)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:0)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    fn verify_ml_dsa_87() -> Weight {
        // Minimum execution time: 114_722_000 picoseconds.
        Weight::from_parts(129_183_000, 8712)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:0)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    fn verify_slh_dsa_shake_128f() -> Weight {
        // Minimum execution time: 3_747_139_000 picoseconds.
        Weight::from_parts(4_133_275_000, 8712)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:0)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    fn verify_slh_dsa_shake_128s() -> Weight {
        // Minimum execution time: 1_354_340_000 picoseconds.
        Weight::from_parts(1_375_541_000, 8712)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:0)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    fn verify_fn_dsa_512() -> Weight {
        // Minimum execution time: 38_327_000 picoseconds.
        Weight::from_parts(66_510_000, 8712)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    /// Storage: `PqSignatures::Frozen` (r:1 w:0)
    /// Proof: `PqSignatures::Frozen` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Catalog` (r:1 w:0)
    /// Proof: `PqSignatures::Catalog` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    /// Storage: `PqSignatures::Keys` (r:1 w:0)
    /// Proof: `PqSignatures::Keys` (`max_values`: None, `max_size`: Some(5247), added: 7722, mode: `MaxEncodedLen`)
    fn verify_hybrid_ed25519_ml_dsa_65() -> Weight {
        // Minimum execution time: 127_931_000 picoseconds.
        Weight::from_parts(150_845_000, 8712)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
}

/// The measured weights with ParityDB's weights, for tests.
impl WeightInfo for () {
    fn register_key() -> Weight {
        Weight::from_parts(93_039_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(6_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn deregister_key() -> Weight {
        Weight::from_parts(72_448_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(5_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn rotate_key() -> Weight {
        Weight::from_parts(4_006_255_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(7_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn set_backup_key() -> Weight {
        Weight::from_parts(7_643_780_000, 6108)
            .saturating_add(ParityDbWeight::get().reads(7_u64))
            .saturating_add(ParityDbWeight::get().writes(2_u64))
    }
    fn freeze() -> Weight {
        Weight::from_parts(3_890_402_000, 6108)
            .saturating_add(ParityDbWeight::get().reads(5_u64))
            .saturating_add(ParityDbWeight::get().writes(2_u64))
    }
    fn recover() -> Weight {
        Weight::from_parts(7_849_607_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(7_u64))
            .saturating_add(ParityDbWeight::get().writes(5_u64))
    }
    fn migrate_classical() -> Weight {
        Weight::from_parts(3_943_722_000, 3622)
            .saturating_add(ParityDbWeight::get().reads(4_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn mark_classical() -> Weight {
        Weight::from_parts(16_245_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
            .saturating_add(ParityDbWeight::get().writes(1_u64))
    }
    fn set_scheme_status() -> Weight {
        Weight::from_parts(26_039_000, 18455)
            .saturating_add(ParityDbWeight::get().reads(7_u64))
            .saturating_add(ParityDbWeight::get().writes(1_u64))
    }
    fn set_fee_multiplier() -> Weight {
        Weight::from_parts(12_218_000, 3485)
            .saturating_add(ParityDbWeight::get().reads(1_u64))
            .saturating_add(ParityDbWeight::get().writes(1_u64))
    }
    fn forget_previous_key() -> Weight {
        Weight::from_parts(62_764_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn auto_register() -> Weight {
        Weight::from_parts(101_591_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(6_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn verify_classical() -> Weight {
        Weight::from_parts(34_652_000, 3513)
            .saturating_add(ParityDbWeight::get().reads(1_u64))
    }
    fn verify_ml_dsa_44() -> Weight {
        Weight::from_parts(55_593_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_ml_dsa_65() -> Weight {
        Weight::from_parts(102_002_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_ml_dsa_87() -> Weight {
        Weight::from_parts(129_183_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_slh_dsa_shake_128f() -> Weight {
        Weight::from_parts(4_133_275_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_slh_dsa_shake_128s() -> Weight {
        Weight::from_parts(1_375_541_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_fn_dsa_512() -> Weight {
        Weight::from_parts(66_510_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_hybrid_ed25519_ml_dsa_65() -> Weight {
        Weight::from_parts(150_845_000, 8712)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
}
