//! Weights of `pallet_privacy_credit`, measured by `qloak-node benchmark pallet` (64.0.0).
//!
//! Date: 2026-11-21. Steps: 20, repeats: 5. Host: vm, AMD EPYC.
//! WASM execution: Compiled, chain: Some("dev"), database cache: 1024.
//! Made with the template `pallets/privacy-credit/weights.hbs` by
//!
//! ```text
//! /work/target-benches/release/qloak-node
//! benchmark
//! pallet
//! --chain
//! dev
//! --pallet
//! pallet_privacy_credit
//! --extrinsic
//! *
//! --steps
//! 20
//! --repeat
//! 5
//! --template
//! pallets/privacy-credit/weights.hbs
//! --output
//! pallets/privacy-credit/src/weights.rs
//! ```

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, unused_parens, unused_imports, reason = "generated")]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::{constants::ParityDbWeight, Weight}};
use polkadot_sdk::*;

/// The weight of each call, of a block and of the verification of a proof.
pub trait WeightInfo {
    fn shield() -> Weight;
    fn transfer() -> Weight;
    fn verify_proof() -> Weight;
    fn on_block() -> Weight;
}

/// The measured weights, with the runtime's database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// Storage: `PrivacyCredit::Turnstiles` (r:1 w:1)
    /// Proof: `PrivacyCredit::Turnstiles` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
    /// Storage: `System::Account` (r:1 w:1)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::Tree` (r:1 w:1)
    /// Proof: `PrivacyCredit::Tree` (`max_values`: Some(1), `max_size`: Some(1028), added: 1523, mode: `MaxEncodedLen`)
    fn shield() -> Weight {
        // Minimum execution time: 84_716_000 picoseconds.
        Weight::from_parts(95_482_000, 3622)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    /// Storage: `System::BlockHash` (r:1 w:0)
    /// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::CurrentAnchor` (r:1 w:0)
    /// Proof: `PrivacyCredit::CurrentAnchor` (`max_values`: Some(1), `max_size`: Some(36), added: 531, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::RetiredAnchors` (r:1 w:0)
    /// Proof: `PrivacyCredit::RetiredAnchors` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::Nullifiers` (r:2 w:2)
    /// Proof: `PrivacyCredit::Nullifiers` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::Turnstiles` (r:1 w:1)
    /// Proof: `PrivacyCredit::Turnstiles` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::Issuance` (r:1 w:0)
    /// Proof: `PrivacyCredit::Issuance` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::Tree` (r:1 w:1)
    /// Proof: `PrivacyCredit::Tree` (`max_values`: Some(1), `max_size`: Some(1028), added: 1523, mode: `MaxEncodedLen`)
    /// Storage: `System::Account` (r:2 w:2)
    /// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    /// Storage: `Balances::Holds` (r:1 w:1)
    /// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::ShieldedInBlock` (r:1 w:1)
    /// Proof: `PrivacyCredit::ShieldedInBlock` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::Admitted` (r:0 w:1)
    /// Proof: `PrivacyCredit::Admitted` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
    fn transfer() -> Weight {
        // Minimum execution time: 189_974_000 picoseconds.
        Weight::from_parts(242_952_000, 6196)
            .saturating_add(T::DbWeight::get().reads(12_u64))
            .saturating_add(T::DbWeight::get().writes(9_u64))
    }
    fn verify_proof() -> Weight {
        // Minimum execution time: 602_508_000 picoseconds.
        Weight::from_parts(699_343_000, 0)
    }
    /// Storage: `PrivacyCredit::AnchorRange` (r:1 w:1)
    /// Proof: `PrivacyCredit::AnchorRange` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::AnchorQueue` (r:2 w:3)
    /// Proof: `PrivacyCredit::AnchorQueue` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::RetiredAnchors` (r:2 w:3)
    /// Proof: `PrivacyCredit::RetiredAnchors` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::Tree` (r:1 w:0)
    /// Proof: `PrivacyCredit::Tree` (`max_values`: Some(1), `max_size`: Some(1028), added: 1523, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::CurrentAnchor` (r:1 w:1)
    /// Proof: `PrivacyCredit::CurrentAnchor` (`max_values`: Some(1), `max_size`: Some(36), added: 531, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::ShieldedInBlock` (r:1 w:0)
    /// Proof: `PrivacyCredit::ShieldedInBlock` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::Period` (r:1 w:1)
    /// Proof: `PrivacyCredit::Period` (`max_values`: Some(1), `max_size`: Some(20), added: 515, mode: `MaxEncodedLen`)
    /// Storage: `PrivacyCredit::Issuance` (r:1 w:1)
    /// Proof: `PrivacyCredit::Issuance` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `MaxEncodedLen`)
    fn on_block() -> Weight {
        // Minimum execution time: 65_698_000 picoseconds.
        Weight::from_parts(85_768_000, 6036)
            .saturating_add(T::DbWeight::get().reads(10_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
}

/// The measured weights with ParityDB's weights, for tests.
impl WeightInfo for () {
    fn shield() -> Weight {
        Weight::from_parts(95_482_000, 3622)
            .saturating_add(ParityDbWeight::get().reads(4_u64))
            .saturating_add(ParityDbWeight::get().writes(4_u64))
    }
    fn transfer() -> Weight {
        Weight::from_parts(242_952_000, 6196)
            .saturating_add(ParityDbWeight::get().reads(12_u64))
            .saturating_add(ParityDbWeight::get().writes(9_u64))
    }
    fn verify_proof() -> Weight {
        Weight::from_parts(699_343_000, 0)
    }
    fn on_block() -> Weight {
        Weight::from_parts(85_768_000, 6036)
            .saturating_add(ParityDbWeight::get().reads(10_u64))
            .saturating_add(ParityDbWeight::get().writes(10_u64))
    }
}
