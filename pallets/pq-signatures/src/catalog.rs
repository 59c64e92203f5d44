//! Which schemes the chain accepts.

use alloc::vec::Vec;

use frame_support::{ensure, pallet_prelude::DispatchResult};
use frame_system::pallet_prelude::BlockNumberFor;
use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;

use crate::{
    Catalog, CatalogEntry, CatalogEntryOf, Config, Error, Event, Pallet, SchemeStatus,
    MAX_FEE_MULTIPLIER, MIN_FEE_MULTIPLIER,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_status(
        scheme: Scheme,
        status: SchemeStatus<BlockNumberFor<T>>,
    ) -> DispatchResult {
        if let SchemeStatus::Deprecated { until } = status {
            ensure!(until >= Self::now(), Error::<T>::DeprecationInThePast);
        }
        let another_is_enabled = || {
            Scheme::ALL
                .iter()
                .any(|s| *s != scheme && Self::takes_new_keys(*s))
        };
        ensure!(
            status == SchemeStatus::Enabled || another_is_enabled(),
            Error::<T>::LastEnabledScheme
        );

        Catalog::<T>::mutate(scheme, |entry| {
            entry
                .get_or_insert_with(|| CatalogEntry::enabled(scheme))
                .status = status;
        });
        Self::deposit_event(Event::SchemeStatusSet { scheme, status });
        Ok(())
    }

    pub(crate) fn do_set_fee_multiplier(scheme: Scheme, percent: u32) -> DispatchResult {
        ensure!(
            (MIN_FEE_MULTIPLIER..=MAX_FEE_MULTIPLIER).contains(&percent),
            Error::<T>::FeeMultiplierOutOfRange
        );
        Catalog::<T>::try_mutate(scheme, |entry| {
            entry
                .as_mut()
                .ok_or(Error::<T>::SchemeDisabled)?
                .fee_multiplier = percent;
            Self::deposit_event(Event::FeeMultiplierSet { scheme, percent });
            Ok(())
        })
    }

    /// Checks that signatures of `scheme` count in this block.
    pub(crate) fn ensure_accepted(scheme: Scheme) -> Result<(), Error<T>> {
        Self::ensure_status_accepted(&Self::status(scheme))
    }

    /// Checks that signatures of a scheme with this status count in this block.
    pub(crate) fn ensure_status_accepted(
        status: &SchemeStatus<BlockNumberFor<T>>,
    ) -> Result<(), Error<T>> {
        match status {
            SchemeStatus::Enabled => Ok(()),
            SchemeStatus::Deprecated { until } if Self::now() <= *until => Ok(()),
            SchemeStatus::Deprecated { .. } => Err(Error::<T>::SchemeDeprecated),
            SchemeStatus::Disabled => Err(Error::<T>::SchemeDisabled),
        }
    }

    /// Checks that an account may change to a key of `scheme`. A scheme on its way out takes none.
    pub(crate) fn ensure_takes_new_keys(scheme: Scheme) -> Result<(), Error<T>> {
        match Self::status(scheme) {
            SchemeStatus::Enabled => Ok(()),
            SchemeStatus::Deprecated { .. } => Err(Error::<T>::SchemeDeprecated),
            SchemeStatus::Disabled => Err(Error::<T>::SchemeDisabled),
        }
    }

    /// The status of `scheme`. One that governance never admitted is disabled.
    pub(crate) fn status(scheme: Scheme) -> SchemeStatus<BlockNumberFor<T>> {
        Catalog::<T>::get(scheme).map_or(SchemeStatus::Disabled, |entry| entry.status)
    }

    fn takes_new_keys(scheme: Scheme) -> bool {
        Self::status(scheme) == SchemeStatus::Enabled
    }

    /// The whole catalog, in the order of the scheme ids.
    pub fn catalog() -> Vec<(Scheme, CatalogEntryOf<T>)> {
        let entry = |scheme: Scheme| Catalog::<T>::get(scheme).map(|entry| (scheme, entry));
        Scheme::ALL.into_iter().filter_map(entry).collect()
    }
}
