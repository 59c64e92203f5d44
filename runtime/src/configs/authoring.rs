//! Who may author a block, and when.

use polkadot_sdk::*;

use frame_support::traits::{ConstBool, ConstU32, ConstU64};
use qloak_pq_crypto::authority::aura::AuthorityId;

use crate::constants::{staking::MAX_VALIDATORS, time::SLOT_MILLISECONDS};
use crate::{weights, Aura, Runtime, Session, Staking};

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Aura;
    type MinimumPeriod = ConstU64<{ SLOT_MILLISECONDS / 2 }>;
    type WeightInfo = weights::pallet_timestamp::Measured<Runtime>;
}

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuthorityId;
    type DisabledValidators = Session;
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type AllowMultipleBlocksPerSlot = ConstBool<false>;
    type SlotDuration = ConstU64<SLOT_MILLISECONDS>;
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Aura>;
    type EventHandler = Staking;
}
