//! What a transfer pays: at least, usually, and to whom.
//!
//! ```text
//! ordinary = what a signed transaction of LENGTH bytes and the transfer's weight would pay
//! minimum  = ⌈ordinary / (1 - premium)⌉       least fee that is ordinary after the premium
//! standard = 5/4 · minimum, rounded up to three significant bits
//! burnt    = min(fee, minimum)
//! kept     = fee - burnt                      to the fee handler
//! ```
//!
//! The whole minimum is burnt, because a transfer mints a credit. What a block's author pays into his own pocket is no price:
//! if a part of the minimum were his, he would mint credits for the rest.
//!
//! The fee is bound by the proof, so it must be known before there is a proof. That is why the length
//! is the greatest that a transfer can have and not the one that it has.
//!
//! A fee is public, and one that only a certain wallet would choose marks its transactions. Wallets
//! pay the standard fee: it moves in steps of a fifth on average, and its margin outlasts the rise of the
//! ordinary fee while the transaction waits.

use codec::MaxEncodedLen;
use frame_support::{dispatch::DispatchClass, traits::Get, weights::Weight};
use polkadot_sdk::*;
use qloak_shielded::transaction::Transfer;
use sp_runtime::{transaction_validity::TransactionPriority, PerThing, Permill};

use crate::{BalanceOf, Config, OnWorkPaid, Pallet, WeightInfo};

/// What surrounds transfer and proof in an extrinsic: its own length (4 bytes), the version of the
/// format (1), the numbers of pallet and call (2), and the proof's length (4).
const FRAMING_BYTES: u32 = 11;

/// Fees have this many significant bits if wallets choose the standard.
const SIGNIFICANT_BITS: u32 = 3;

/// A deposit is worth at least so many standard fees: one to spend it, and as much that remains.
const DEPOSIT_FEES: u64 = 2;

/// A standard fee ranks like a tip of this part of it: roughly the premium.
const TIP_SHARE: u64 = 8;

/// The fee of an ordinary transaction.
pub trait TransactionFee<Balance> {
    /// What an extrinsic of so many bytes and such a weight pays, in the present state of
    /// congestion.
    fn of(length: u32, weight: Weight) -> Balance;
}

/// The parts of a fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Goes to the fee handler.
    pub kept: u64,
    /// Goes nowhere.
    pub burnt: u64,
}

/// The parts of `fee` where `minimum` is demanded.
pub fn split(fee: u64, minimum: u64) -> Split {
    let burnt = fee.min(minimum);
    Split {
        kept: fee.saturating_sub(burnt),
        burnt,
    }
}

/// The least fee that is no less than `ordinary` after the premium. `u64::MAX` if there is none.
pub fn minimum(ordinary: u128, premium: Permill) -> u64 {
    let million = u128::from(Permill::one().deconstruct());
    let kept = u128::from(premium.left_from_one().deconstruct());
    let scaled = ordinary.saturating_mul(million);
    let fee = match scaled.checked_rem(kept) {
        None => return u64::MAX,
        Some(0) => scaled / kept,
        Some(_) => scaled / kept + 1,
    };
    u64::try_from(fee).unwrap_or(u64::MAX)
}

/// What wallets pay where `minimum` is demanded.
pub fn standard(minimum: u64) -> u64 {
    let with_margin = minimum.saturating_add(minimum.div_ceil(4));
    let step = 1u64 << (u64::BITS - with_margin.leading_zeros()).saturating_sub(SIGNIFICANT_BITS);
    with_margin
        .checked_next_multiple_of(step)
        .unwrap_or(u64::MAX)
}

impl<T: Config> Pallet<T> {
    /// The greatest number of bytes of a transfer's extrinsic.
    pub fn transfer_length() -> u32 {
        let transfer = u32::try_from(Transfer::max_encoded_len()).unwrap_or(u32::MAX);
        FRAMING_BYTES
            .saturating_add(transfer)
            .saturating_add(T::MaxProofBytes::get())
    }

    /// The weight of a transfer: of its verification before it is dispatched and of what it does.
    pub fn transfer_weight() -> Weight {
        T::WeightInfo::transfer()
            .saturating_add(T::WeightInfo::verify_proof())
            .saturating_add(T::OnWorkPaid::weight())
    }

    /// The least fee of a transfer in this block, in units of QLK.
    pub fn minimum_fee() -> u64 {
        let ordinary: BalanceOf<T> =
            T::TransactionFee::of(Self::transfer_length(), Self::transfer_weight());
        minimum(ordinary.into(), T::Premium::get())
    }

    /// The fee that wallets choose, in units of QLK.
    pub fn standard_fee() -> u64 {
        standard(Self::minimum_fee())
    }

    /// The least deposit in this block, in units of QLK: worth more than what it costs to spend it.
    pub fn minimum_deposit() -> u64 {
        let fees = Self::standard_fee().saturating_mul(DEPOSIT_FEES);
        fees.max(T::MinimumDeposit::get())
    }

    /// The rank of a transfer in the pool of transactions, for the part of a block that it takes: the one
    /// that the SDK gives to a signed transaction with a tip of an eighth of each whole standard fee that is paid.
    ///
    /// A transfer is replaced by one of the same note that ranks higher. Every node verifies the new one, and passes
    /// on its 80 kB; so a step up costs a whole standard fee, which is more than the chain asks for that. Standard fees are few, so a
    /// step does not come free either as the minimum moves from block to block.
    pub(crate) fn priority(fee: u64, standard: u64) -> TransactionPriority {
        let steps = fee.checked_div(standard).unwrap_or(fee);
        let tip = standard
            .div_ceil(TIP_SHARE)
            .max(1)
            .saturating_mul(steps)
            .saturating_add(1);
        let limits = T::BlockWeights::get();
        let weight = Self::transfer_weight().max(Weight::from_parts(1, 1));
        let by_weight = limits
            .max_block
            .checked_div_per_component(&weight)
            .unwrap_or(1);
        let length = T::BlockLength::get();
        let by_length =
            u64::from(*length.max.get(DispatchClass::Normal)) / u64::from(Self::transfer_length());
        tip.saturating_mul(by_weight.min(by_length))
    }
}
