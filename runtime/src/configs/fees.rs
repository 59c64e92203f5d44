//! Balances, and what transactions cost.

use polkadot_sdk::*;

use frame_support::{
    parameter_types,
    traits::{fungible::Credit, ConstU128, ConstU32, ConstU8, OnUnbalanced, VariantCountOf},
    weights::{constants::WEIGHT_REF_TIME_PER_MICROS, Weight},
};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_runtime::{traits::Bounded, FixedPointNumber, Perquintill};

use crate::configs::shielded::ToAuthor;
use crate::constants::{currency::EXISTENTIAL_DEPOSIT, fee};
use crate::{
    weights, AccountId, Balance, Balances, Runtime, RuntimeEvent, RuntimeFreezeReason,
    RuntimeHoldReason, System,
};

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type Balance = Balance;
    type DustRemoval = ();
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
    type WeightInfo = weights::pallet_balances::Measured<Runtime>;
}

parameter_types! {
    /// The price per byte.
    pub const BytePrice: Balance = fee::PER_BYTE;
    /// Blocks a quarter full leave fees as they are.
    pub const TargetFullness: Perquintill = Perquintill::from_percent(25);
    /// Fees move by a factor of at most e^0.000056 from one block to the next: 1.2 × in an hour of full
    /// one-second blocks.
    pub AdjustmentSpeed: Multiplier = Multiplier::saturating_from_rational(75, 1_000_000);
    /// Fees fall no lower than to a tenth of their base.
    pub LowestMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 10u128);
    /// Congestion has no ceiling.
    pub HighestMultiplier: Multiplier = Bounded::max_value();
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, TipsToAuthor>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightToFee = fee::WeightToFee;
    type LengthToFee = frame_support::weights::ConstantMultiplier<Balance, BytePrice>;
    type FeeMultiplierUpdate = TargetedFeeAdjustment<
        Self,
        TargetFullness,
        AdjustmentSpeed,
        LowestMultiplier,
        HighestMultiplier,
    >;
    type WeightInfo = ChargingWithTip;
}

/// Burns fees, and gives tips to the block's author.
///
/// An author pays the fee of its own transactions like anybody: if it got fees back, it could fill its blocks for nothing, and
/// drive everybody's fees up. A tip buys nothing of the chain, only precedence, which is the author's to give.
pub struct TipsToAuthor;

impl OnUnbalanced<Credit<AccountId, Balances>> for TipsToAuthor {
    fn on_unbalanceds(mut fee_then_tip: impl Iterator<Item = Credit<AccountId, Balances>>) {
        // What is dropped is burnt.
        drop(fee_then_tip.next());
        fee_then_tip.for_each(ToAuthor::on_unbalanced);
    }
}

/// What was measured for a transaction without a tip, and what a tip takes.
pub struct ChargingWithTip;

impl pallet_transaction_payment::WeightInfo for ChargingWithTip {
    /// A tip is one more payment into an account, with an event. A withdrawal and a refund, with theirs, are 45 µs
    /// in the measurement. Who the author is, and its account, are read and written once in a block,
    /// however many tips it gets.
    fn charge_transaction_payment() -> Weight {
        weights::pallet_transaction_payment::Measured::<Runtime>::charge_transaction_payment()
            .saturating_add(Weight::from_parts(23 * WEIGHT_REF_TIME_PER_MICROS, 0))
    }
}
