//! The address directory.

use polkadot_sdk::*;

use frame_support::traits::{ConstU128, ConstU32};

use crate::constants::{
    currency::{DEPOSIT_PER_BYTE, DEPOSIT_PER_ITEM},
    directory::MAX_ADDRESSES,
};
use crate::{Balances, Runtime, RuntimeHoldReason};

impl pallet_address_directory::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type DepositBase = ConstU128<DEPOSIT_PER_ITEM>;
    type DepositPerByte = ConstU128<DEPOSIT_PER_BYTE>;
    type MaxAddresses = ConstU32<MAX_ADDRESSES>;
    type WeightInfo = pallet_address_directory::weights::SubstrateWeight<Runtime>;
}
