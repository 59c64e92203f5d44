//! What must hold of the pallet's state in every block.

use alloc::collections::BTreeMap;

use codec::Encode;
use frame_support::{
    ensure,
    traits::{fungible::hold::Inspect, Get},
};
use polkadot_sdk::*;
use qloak_shielded::address::Address;
use sp_runtime::{
    traits::{Saturating, Zero},
    TryRuntimeError,
};

use crate::{Addresses, BalanceOf, Config, HoldReason, Pallet, Published};

/// What the entries of one account add up to.
struct Sum<T: Config> {
    account: T::AccountId,
    count: u32,
    deposits: BalanceOf<T>,
}

impl<T: Config> Pallet<T> {
    /// Checks every invariant of the pallet.
    pub fn check_invariants() -> Result<(), TryRuntimeError> {
        let sums = Self::check_entries()?;
        for sum in sums.values() {
            ensure!(
                sum.count <= T::MaxAddresses::get(),
                "an account has published too many addresses"
            );
            ensure!(
                Published::<T>::get(&sum.account) == sum.count,
                "an account's addresses are miscounted"
            );
            let reason = HoldReason::AddressDeposit.into();
            ensure!(
                T::Currency::balance_on_hold(&reason, &sum.account) == sum.deposits,
                "the hold for an account's addresses is not their deposits"
            );
        }
        ensure!(
            Published::<T>::iter_keys().count() == sums.len(),
            "an account without addresses is counted"
        );
        Ok(())
    }

    /// Checks each entry by itself, and adds up what each account has.
    fn check_entries() -> Result<BTreeMap<alloc::vec::Vec<u8>, Sum<T>>, TryRuntimeError> {
        let mut sums = BTreeMap::new();
        for (handle, listing) in Addresses::<T>::iter() {
            let address = Address::from_bytes(&listing.address)
                .map_err(|_| "the directory holds what is no address")?;
            ensure!(
                address.handle() == handle,
                "an address is under another's handle"
            );
            let account = listing.publisher;
            let sum = sums.entry(account.encode()).or_insert_with(|| Sum::<T> {
                account,
                count: 0,
                deposits: Zero::zero(),
            });
            sum.count = sum.count.saturating_add(1);
            sum.deposits = sum.deposits.saturating_add(listing.deposit);
        }
        Ok(sums)
    }
}
