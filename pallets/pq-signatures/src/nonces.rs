//! The nonce that a new account begins with.
//!
//! An account that is emptied is removed with its nonce. Were the next one of the same id to begin at
//! zero, all that the first one ever signed could be sent again. So an account begins at the block's number,
//! or at [`NonceFloor`] if an account of the past came further than that by sending more
//! transactions than there were blocks.

use frame_support::{
    traits::{Get, OnKilledAccount},
    weights::Weight,
};
use frame_system::pallet_prelude::BlockNumberFor;
use polkadot_sdk::*;
use sp_runtime::{traits::UniqueSaturatedInto, SaturatedConversion};

use crate::{Config, NonceFloor, Pallet};

impl<T: Config> Pallet<T> {
    /// The nonce of an account that comes into being now: none that a removed account has used, whichever
    /// it was.
    ///
    /// For the runtime's `Nonce`, whose default it is. A handler of new accounts could not set it: the
    /// system pallet writes the new account after calling that.
    pub fn first_nonce() -> u32 {
        NonceFloor::<T>::get().max(Self::now().saturated_into())
    }

    /// Forgets the floor once the block's number has come up to it.
    pub(crate) fn lower_nonce_floor(now: BlockNumberFor<T>) -> Weight {
        let floor = NonceFloor::<T>::get();
        if floor != 0 && floor <= now.saturated_into() {
            NonceFloor::<T>::kill();
        }
        // The write is also for what `on_killed_account` writes in this block.
        T::DbWeight::get().reads_writes(1, 1)
    }
}

impl<T: Config> OnKilledAccount<T::AccountId> for Pallet<T> {
    /// Called while the record of the account is still there.
    fn on_killed_account(who: &T::AccountId) {
        let next: u32 = frame_system::Pallet::<T>::account_nonce(who).unique_saturated_into();
        if next > Self::first_nonce() {
            NonceFloor::<T>::put(next);
        }
    }
}
