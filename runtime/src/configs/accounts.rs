//! The key registry.

use polkadot_sdk::*;

use frame_support::traits::{ConstU128, ConstU32};
use frame_system::EnsureRoot;

use crate::constants::{
    currency::{DEPOSIT_PER_BYTE, DEPOSIT_PER_ITEM},
    keys::ROTATION_OVERLAP,
};
use crate::{AccountId, Balances, Runtime, RuntimeHoldReason};

impl pallet_pq_signatures::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type AdminOrigin = EnsureRoot<AccountId>;
    type KeyDepositBase = ConstU128<DEPOSIT_PER_ITEM>;
    type DepositPerByte = ConstU128<DEPOSIT_PER_BYTE>;
    type RotationOverlap = ConstU32<ROTATION_OVERLAP>;
    type WeightInfo = pallet_pq_signatures::weights::SubstrateWeight<Runtime>;
}
