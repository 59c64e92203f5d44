//! Offenders out of the validator set.
//!
//! A runtime wraps its staking twice: [`ExcludeOffenders`] around what slashes, so that an offender is
//! excluded as it is slashed, and [`ExcludingOffenders`] around what plans sessions, so that no session
//! is planned with an excluded validator, nor with one that has no session keys. In between lies the session that was planned before the
//! offence was known; [`Sessions::keep_next`] takes the offender out of that one.

use alloc::{collections::BTreeSet, vec::Vec};
use core::marker::PhantomData;

use polkadot_sdk::*;

use frame_support::{traits::Get, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_session::SessionManager;
use sp_runtime::{
    traits::{OpaqueKeys, Saturating},
    Perbill,
};
use sp_staking::{
    offence::{OffenceDetails, OnOffenceHandler},
    SessionIndex,
};

use crate::{
    key_name::{key_name, KeyName},
    Config, Event, Excluded, Pallet, WeightInfo,
};

/// The validators of the session under way and of the next, which is planned already.
pub trait Sessions<AccountId> {
    /// The validators of the session under way.
    fn current() -> Vec<AccountId>;
    /// The validators of the next session.
    fn next() -> Vec<AccountId>;
    /// The keys that they will have in it, and whose they are. While a session starts, these are the keys
    /// that come into office.
    fn next_keys() -> Vec<(KeyName, AccountId)>;
    /// Whether a validator has registered session keys. One that has none cannot sit in a session that is planned.
    fn has_keys(validator: &AccountId) -> bool;
    /// Takes all but `validators` out of the next session.
    fn keep_next(validators: &[AccountId]);
}

/// [`Sessions`] of the session pallet.
pub struct OverSessions<T>(PhantomData<T>);

impl<T> Sessions<T::AccountId> for OverSessions<T>
where
    T: pallet_session::Config<ValidatorId = <T as frame_system::Config>::AccountId>,
{
    fn current() -> Vec<T::AccountId> {
        pallet_session::Pallet::<T>::validators()
    }

    fn next() -> Vec<T::AccountId> {
        pallet_session::QueuedKeys::<T>::get()
            .into_iter()
            .map(|(validator, _)| validator)
            .collect()
    }

    fn next_keys() -> Vec<(KeyName, T::AccountId)> {
        let mut names = Vec::new();
        for (validator, keys) in pallet_session::QueuedKeys::<T>::get() {
            for kind in T::Keys::key_ids() {
                let name = key_name(*kind, keys.get_raw(*kind));
                names.extend(name.map(|name| (name, validator.clone())));
            }
        }
        names
    }

    fn has_keys(validator: &T::AccountId) -> bool {
        pallet_session::NextKeys::<T>::contains_key(validator)
    }

    fn keep_next(validators: &[T::AccountId]) {
        pallet_session::QueuedKeys::<T>::mutate(|queued| {
            queued.retain(|(validator, _)| validators.contains(validator));
        });
        pallet_session::QueuedChanged::<T>::put(true);
    }
}

impl<T: Config> Pallet<T> {
    /// Whether `validator` is excluded in this block.
    pub fn is_excluded(validator: &T::AccountId) -> bool {
        Self::excluded_until(validator).is_some()
    }

    fn excluded_until(validator: &T::AccountId) -> Option<BlockNumberFor<T>> {
        let now = frame_system::Pallet::<T>::block_number();
        Excluded::<T>::get(validator).filter(|until| *until > now)
    }

    /// Excludes `validators` from now on, and takes them out of the next session.
    pub(crate) fn exclude(validators: &[T::AccountId]) {
        let until =
            frame_system::Pallet::<T>::block_number().saturating_add(T::ExclusionPeriod::get());
        for validator in validators {
            if Excluded::<T>::get(validator).is_some_and(|present| present >= until) {
                continue;
            }
            Excluded::<T>::insert(validator, until);
            Self::deposit_event(Event::Excluded {
                validator: validator.clone(),
                until,
            });
        }
        let planned = T::Sessions::next();
        let count = planned.len();
        let admitted = Self::admitted(planned);
        if admitted.len() < count {
            T::Sessions::keep_next(&admitted);
        }
    }

    /// `candidates` without the excluded, in their order.
    ///
    /// Should fewer than the minimum be left, those excluded stay whose time ends first.
    fn admitted(candidates: Vec<T::AccountId>) -> Vec<T::AccountId> {
        let mut excluded: Vec<_> = candidates
            .iter()
            .filter_map(|candidate| Some((Self::excluded_until(candidate)?, candidate.clone())))
            .collect();
        excluded.sort();
        let left = candidates.len().saturating_sub(excluded.len());
        let minimum = usize::try_from(T::MinimumValidators::get().max(1)).unwrap_or(usize::MAX);
        let out: BTreeSet<_> = excluded
            .into_iter()
            .skip(minimum.saturating_sub(left))
            .map(|(_, candidate)| candidate)
            .collect();
        candidates
            .into_iter()
            .filter(|candidate| !out.contains(candidate))
            .collect()
    }

    /// The validators of a new session: those elected, or those present if nobody was, without those
    /// that have no session keys and without the excluded. `None` if that changes nothing.
    ///
    /// The minimum is of validators that will really sit, so whoever has no keys leaves before it is counted. The session
    /// pallet would drop it anyway, and if it were the last of the list without noticing that the
    /// validators change: its keys would go on sealing and voting, in no session's name.
    fn plan(elected: Option<Vec<T::AccountId>>) -> Option<Vec<T::AccountId>> {
        Self::forget_ended();
        let is_new = elected.is_some();
        let mut validators = elected.unwrap_or_else(T::Sessions::current);
        let count = validators.len();
        validators.retain(T::Sessions::has_keys);
        let admitted = Self::admitted(validators);
        (is_new || admitted.len() < count).then_some(admitted)
    }

    fn forget_ended() {
        let now = frame_system::Pallet::<T>::block_number();
        let ended: Vec<_> = Excluded::<T>::iter()
            .filter_map(|(validator, until)| (until <= now).then_some(validator))
            .collect();
        for validator in ended {
            Excluded::<T>::remove(validator);
        }
    }
}

/// Plans sessions as `Inner` does, without excluded validators.
pub struct ExcludingOffenders<T, Inner>(PhantomData<(T, Inner)>);

impl<T, Inner> SessionManager<T::AccountId> for ExcludingOffenders<T, Inner>
where
    T: Config,
    Inner: SessionManager<T::AccountId>,
{
    fn new_session(index: SessionIndex) -> Option<Vec<T::AccountId>> {
        Pallet::<T>::plan(Inner::new_session(index))
    }

    fn new_session_genesis(index: SessionIndex) -> Option<Vec<T::AccountId>> {
        Inner::new_session_genesis(index)
    }

    fn end_session(index: SessionIndex) {
        Inner::end_session(index)
    }

    fn start_session(index: SessionIndex) {
        Pallet::<T>::note_session_start(index);
        Inner::start_session(index)
    }
}

/// Lets `Inner` punish an offence, then excludes the offenders.
pub struct ExcludeOffenders<T, Inner>(PhantomData<(T, Inner)>);

impl<T, Reporter, Full, Inner> OnOffenceHandler<Reporter, (T::AccountId, Full), Weight>
    for ExcludeOffenders<T, Inner>
where
    T: Config,
    Inner: OnOffenceHandler<Reporter, (T::AccountId, Full), Weight>,
{
    fn on_offence(
        offenders: &[OffenceDetails<Reporter, (T::AccountId, Full)>],
        fractions: &[Perbill],
        session: SessionIndex,
    ) -> Weight {
        let weight = Inner::on_offence(offenders, fractions, session);
        let validators: Vec<_> = offenders
            .iter()
            .map(|details| details.offender.0.clone())
            .collect();
        Pallet::<T>::exclude(&validators);
        weight.saturating_add(T::WeightInfo::exclude())
    }
}
