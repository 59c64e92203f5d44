//! Who may author a block, and when.

use polkadot_sdk::*;

use frame_support::traits::{ConstBool, ConstU32, ConstU64};
use qloak_pq_crypto::authority::aura::AuthorityId;

use crate::constants::time::SLOT_MILLISECONDS;
use crate::{Aura, Runtime};

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Aura;
    type MinimumPeriod = ConstU64<{ SLOT_MILLISECONDS / 2 }>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuthorityId;
    type DisabledValidators = ();
    type MaxAuthorities = ConstU32<64>;
    type AllowMultipleBlocksPerSlot = ConstBool<false>;
    type SlotDuration = ConstU64<SLOT_MILLISECONDS>;
}
