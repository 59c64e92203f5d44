//! Weights of `pallet_pq_signatures`.
//!
//! Upper estimates, from native timings of each scheme's verification, until
//! `qloak-node benchmark pallet` writes this file by the template `weights.hbs`.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(missing_docs, unused_parens, unused_imports, reason = "generated")]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::{constants::ParityDbWeight, Weight}};
use polkadot_sdk::*;

/// The weight of each call and of verification in each scheme.
pub trait WeightInfo {
    fn auto_register() -> Weight;
    fn deregister_key() -> Weight;
    fn forget_previous_key() -> Weight;
    fn freeze() -> Weight;
    fn mark_classical() -> Weight;
    fn migrate_classical() -> Weight;
    fn recover() -> Weight;
    fn register_key() -> Weight;
    fn rotate_key() -> Weight;
    fn set_backup_key() -> Weight;
    fn set_fee_multiplier() -> Weight;
    fn set_scheme_status() -> Weight;
    fn verify_classical() -> Weight;
    fn verify_fn_dsa_512() -> Weight;
    fn verify_hybrid_ed25519_ml_dsa_65() -> Weight;
    fn verify_ml_dsa_44() -> Weight;
    fn verify_ml_dsa_65() -> Weight;
    fn verify_ml_dsa_87() -> Weight;
    fn verify_slh_dsa_shake_128f() -> Weight;
    fn verify_slh_dsa_shake_128s() -> Weight;
}

/// The measured weights, with the runtime's database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn auto_register() -> Weight {
        Weight::from_parts(65_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn deregister_key() -> Weight {
        Weight::from_parts(60_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    fn forget_previous_key() -> Weight {
        Weight::from_parts(60_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    fn freeze() -> Weight {
        Weight::from_parts(1_800_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn mark_classical() -> Weight {
        Weight::from_parts(25_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn migrate_classical() -> Weight {
        Weight::from_parts(1_800_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    fn recover() -> Weight {
        Weight::from_parts(3_500_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    fn register_key() -> Weight {
        Weight::from_parts(60_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn rotate_key() -> Weight {
        Weight::from_parts(1_800_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn set_backup_key() -> Weight {
        Weight::from_parts(3_500_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    fn set_fee_multiplier() -> Weight {
        Weight::from_parts(15_000_000, 3600)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn set_scheme_status() -> Weight {
        Weight::from_parts(40_000_000, 20000)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn verify_classical() -> Weight {
        Weight::from_parts(70_000_000, 3600)
            .saturating_add(T::DbWeight::get().reads(1_u64))
    }
    fn verify_fn_dsa_512() -> Weight {
        Weight::from_parts(60_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    fn verify_hybrid_ed25519_ml_dsa_65() -> Weight {
        Weight::from_parts(110_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    fn verify_ml_dsa_44() -> Weight {
        Weight::from_parts(60_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    fn verify_ml_dsa_65() -> Weight {
        Weight::from_parts(75_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    fn verify_ml_dsa_87() -> Weight {
        Weight::from_parts(110_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    fn verify_slh_dsa_shake_128f() -> Weight {
        Weight::from_parts(1_700_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    fn verify_slh_dsa_shake_128s() -> Weight {
        Weight::from_parts(600_000_000, 9000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
}

/// The measured weights with ParityDB's weights, for tests.
impl WeightInfo for () {
    fn auto_register() -> Weight {
        Weight::from_parts(65_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(6_u64))
            .saturating_add(ParityDbWeight::get().writes(2_u64))
    }
    fn deregister_key() -> Weight {
        Weight::from_parts(60_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(4_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn forget_previous_key() -> Weight {
        Weight::from_parts(60_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn freeze() -> Weight {
        Weight::from_parts(1_800_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(4_u64))
            .saturating_add(ParityDbWeight::get().writes(2_u64))
    }
    fn mark_classical() -> Weight {
        Weight::from_parts(25_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
            .saturating_add(ParityDbWeight::get().writes(1_u64))
    }
    fn migrate_classical() -> Weight {
        Weight::from_parts(1_800_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(4_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn recover() -> Weight {
        Weight::from_parts(3_500_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(6_u64))
            .saturating_add(ParityDbWeight::get().writes(4_u64))
    }
    fn register_key() -> Weight {
        Weight::from_parts(60_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(5_u64))
            .saturating_add(ParityDbWeight::get().writes(2_u64))
    }
    fn rotate_key() -> Weight {
        Weight::from_parts(1_800_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(6_u64))
            .saturating_add(ParityDbWeight::get().writes(2_u64))
    }
    fn set_backup_key() -> Weight {
        Weight::from_parts(3_500_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(7_u64))
            .saturating_add(ParityDbWeight::get().writes(3_u64))
    }
    fn set_fee_multiplier() -> Weight {
        Weight::from_parts(15_000_000, 3600)
            .saturating_add(ParityDbWeight::get().reads(1_u64))
            .saturating_add(ParityDbWeight::get().writes(1_u64))
    }
    fn set_scheme_status() -> Weight {
        Weight::from_parts(40_000_000, 20000)
            .saturating_add(ParityDbWeight::get().reads(7_u64))
            .saturating_add(ParityDbWeight::get().writes(1_u64))
    }
    fn verify_classical() -> Weight {
        Weight::from_parts(70_000_000, 3600)
            .saturating_add(ParityDbWeight::get().reads(1_u64))
    }
    fn verify_fn_dsa_512() -> Weight {
        Weight::from_parts(60_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_hybrid_ed25519_ml_dsa_65() -> Weight {
        Weight::from_parts(110_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_ml_dsa_44() -> Weight {
        Weight::from_parts(60_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_ml_dsa_65() -> Weight {
        Weight::from_parts(75_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_ml_dsa_87() -> Weight {
        Weight::from_parts(110_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_slh_dsa_shake_128f() -> Weight {
        Weight::from_parts(1_700_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
    fn verify_slh_dsa_shake_128s() -> Weight {
        Weight::from_parts(600_000_000, 9000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
    }
}
