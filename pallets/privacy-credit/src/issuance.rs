//! The measurement of blocks for the controller of the credit's rate.

use frame_support::{dispatch::DispatchClass, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use polkadot_sdk::*;
use sp_runtime::{traits::Zero, Permill};

use crate::{Config, Event, Issuance, Pallet, Period, ShieldedInBlock};

impl<T: Config> Pallet<T> {
    /// Measures the block that ends, and sets the rate if a period ends with it. The new rate is that
    /// of the next block: within a block it does not change.
    pub(crate) fn measure_block(now: BlockNumberFor<T>) {
        let policy = T::IssuancePolicy::get();
        let shielded = ShieldedInBlock::<T>::take();
        let transactions = frame_system::Pallet::<T>::extrinsic_count()
            .saturating_sub(T::InherentsPerBlock::get())
            .max(shielded);
        let mut sample = Period::<T>::get();
        sample.note_block(shielded, transactions, Self::fullness());
        if !(now % policy.period.max(1).into()).is_zero() {
            Period::<T>::put(sample);
            return;
        }
        Period::<T>::kill();
        let last = Issuance::<T>::get();
        let next = last.step(&policy, &sample);
        Issuance::<T>::put(next);
        if next.rate != last.rate {
            Self::deposit_event(Event::RateChanged { rate: next.rate });
        }
    }

    /// What this block takes of what its transactions may, in time, state or bytes, whichever is the
    /// most: time and state of the normal class; bytes of the whole block (header and inherents
    /// included) over those of the normal class.
    fn fullness() -> Permill {
        let class = DispatchClass::Normal;
        let limits = T::BlockWeights::get();
        let limit = limits.get(class).max_total.unwrap_or(limits.max_block);
        let used = *frame_system::Pallet::<T>::block_weight().get(class);
        let bytes = *T::BlockLength::get().max.get(class);
        [
            Permill::from_rational(used.ref_time(), limit.ref_time().max(1)),
            Permill::from_rational(used.proof_size(), limit.proof_size().max(1)),
            Permill::from_rational(frame_system::Pallet::<T>::block_size(), bytes.max(1)),
        ]
        .into_iter()
        .fold(Permill::zero(), Permill::max)
    }
}
