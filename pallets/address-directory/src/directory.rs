//! How addresses come and go, and the deposits for them.

use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::{fungible::hold::Mutate, tokens::Precision, Get},
};
use polkadot_sdk::*;
use qloak_shielded::address::{Address, AddressError, Handle, ADDRESS_BYTES};
use sp_runtime::traits::Saturating;

use crate::{Addresses, BalanceOf, Config, Error, Event, HoldReason, Listing, Pallet, Published};

impl<T: Config> Pallet<T> {
    /// The deposit for an address.
    pub fn deposit() -> BalanceOf<T> {
        // An address is of 1,216 bytes.
        let bytes = ADDRESS_BYTES as u32;
        T::DepositBase::get().saturating_add(T::DepositPerByte::get().saturating_mul(bytes.into()))
    }

    /// The address that was published under a handle.
    pub fn look_up(handle: &Handle) -> Option<Address> {
        let listing = Addresses::<T>::get(handle)?;
        Address::from_bytes(&listing.address).ok()
    }

    pub(crate) fn do_publish(
        publisher: T::AccountId,
        address: [u8; ADDRESS_BYTES],
    ) -> DispatchResult {
        let handle = Self::parse(&address)?.handle();
        ensure!(
            !Addresses::<T>::contains_key(handle),
            Error::<T>::AlreadyPublished
        );
        let published = Published::<T>::get(&publisher);
        ensure!(
            published < T::MaxAddresses::get(),
            Error::<T>::TooManyAddresses
        );
        let deposit = Self::deposit();
        T::Currency::hold(&HoldReason::AddressDeposit.into(), &publisher, deposit)
            .map_err(|_| Error::<T>::DepositUnavailable)?;

        Published::<T>::insert(&publisher, published.saturating_add(1));
        let listing = Listing {
            publisher: publisher.clone(),
            deposit,
            address,
        };
        Addresses::<T>::insert(handle, listing);
        Self::deposit_event(Event::AddressPublished {
            publisher,
            handle,
            deposit,
        });
        Ok(())
    }

    pub(crate) fn do_withdraw(who: T::AccountId, handle: Handle) -> DispatchResult {
        let listing = Addresses::<T>::get(handle).ok_or(Error::<T>::NotPublished)?;
        ensure!(listing.publisher == who, Error::<T>::NotPublisher);

        // Whatever else has become of the hold, the entry can go.
        T::Currency::release(
            &HoldReason::AddressDeposit.into(),
            &who,
            listing.deposit,
            Precision::BestEffort,
        )?;
        Addresses::<T>::remove(handle);
        Published::<T>::mutate_exists(&who, |published| {
            *published = published
                .and_then(|count| count.checked_sub(1))
                .filter(|count| *count > 0);
        });
        Self::deposit_event(Event::AddressWithdrawn {
            publisher: who,
            handle,
        });
        Ok(())
    }

    fn parse(bytes: &[u8; ADDRESS_BYTES]) -> Result<Address, Error<T>> {
        Address::from_bytes(bytes).map_err(|error| match error {
            AddressError::Owner(_) => Error::InvalidOwner,
            // Nothing else is checked in an address that is not written as a text.
            _ => Error::InvalidKemKey,
        })
    }
}
