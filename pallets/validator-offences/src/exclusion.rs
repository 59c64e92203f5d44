//! Offenders out of the validator set.
//!
//! A runtime wraps its staking twice: [`ExcludeOffenders`] around what slashes, so that an offender is
//! excluded as it is slashed, and [`ExcludingOffenders`] around what plans sessions, so that no session
//! is planned with an excluded validator. In between lies the session that was planned before the
//! offence was known; [`Sessions::keep_next`] takes the offender out of that one.

use alloc::{collections::BTreeSet, vec::Vec};
use core::marker::PhantomData;

use polkadot_sdk::*;

use frame_support::{traits::Get, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_session::{historical, SessionManager};
use sp_runtime::{traits::Saturating, Perbill};
use sp_staking::{
    offence::{OffenceDetails, OnOffenceHandler},
    SessionIndex,
};

use crate::{Config, Event, Excluded, Pallet, WeightInfo};

/// The validators of the session under way and of the next, which is planned already.
pub trait Sessions<AccountId> {
    /// The validators of the session under way.
    fn current() -> Vec<AccountId>;
    /// The validators of the next session.
    fn next() -> Vec<AccountId>;
    /// Takes all but `validators` out of the next session.
    fn keep_next(validators: &[AccountId]);
}

/// [`Sessions`] of the session pallet with its history.
pub struct OverSessions<T>(PhantomData<T>);

impl<T> Sessions<T::AccountId> for OverSessions<T>
where
    T: pallet_session::Config<ValidatorId = <T as frame_system::Config>::AccountId>
        + historical::Config,
    <T as historical::Config>::FullIdentification: Default,
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

    fn keep_next(validators: &[T::AccountId]) {
        pallet_session::QueuedKeys::<T>::mutate(|queued| {
            queued.retain(|(validator, _)| validators.contains(validator));
        });
        pallet_session::QueuedChanged::<T>::put(true);
        // The history holds a commitment to the session as it was planned. Made anew, it lets what
        // its validators do be reported after the session's end too.
        let next = pallet_session::Pallet::<T>::current_index().saturating_add(1);
        let _ = historical::NoteHistoricalRoot::<T, AsQueued<T>>::new_session(next);
    }
}

/// Plans the next session as it is in the queue.
struct AsQueued<T>(PhantomData<T>);

impl<T> SessionManager<T::AccountId> for AsQueued<T>
where
    OverSessions<T>: Sessions<T::AccountId>,
    T: frame_system::Config,
{
    fn new_session(_: SessionIndex) -> Option<Vec<T::AccountId>> {
        Some(OverSessions::<T>::next())
    }
    fn end_session(_: SessionIndex) {}
    fn start_session(_: SessionIndex) {}
}

impl<T, Full: Default> historical::SessionManager<T::AccountId, Full> for AsQueued<T>
where
    OverSessions<T>: Sessions<T::AccountId>,
    T: frame_system::Config,
{
    fn new_session(_: SessionIndex) -> Option<Vec<(T::AccountId, Full)>> {
        Some(identified(OverSessions::<T>::next()))
    }
    fn end_session(_: SessionIndex) {}
    fn start_session(_: SessionIndex) {}
}

fn identified<AccountId, Full: Default>(validators: Vec<AccountId>) -> Vec<(AccountId, Full)> {
    validators
        .into_iter()
        .map(|validator| (validator, Full::default()))
        .collect()
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
        let admitted = Self::admitted(planned, |validator| validator);
        if admitted.len() < count {
            T::Sessions::keep_next(&admitted);
        }
    }

    /// `candidates` without the excluded, in their order.
    ///
    /// Should fewer than the minimum be left, those excluded stay whose time ends first.
    fn admitted<V>(candidates: Vec<V>, account: impl Fn(&V) -> &T::AccountId) -> Vec<V> {
        let mut excluded: Vec<_> = candidates
            .iter()
            .filter_map(|candidate| {
                let account = account(candidate);
                Self::excluded_until(account).map(|until| (until, account.clone()))
            })
            .collect();
        excluded.sort();
        let left = candidates.len().saturating_sub(excluded.len());
        let minimum = usize::try_from(T::MinimumValidators::get().max(1)).unwrap_or(usize::MAX);
        let out: BTreeSet<_> = excluded
            .into_iter()
            .skip(minimum.saturating_sub(left))
            .map(|(_, account)| account)
            .collect();
        candidates
            .into_iter()
            .filter(|candidate| !out.contains(account(candidate)))
            .collect()
    }

    /// The validators of a new session: those elected, or those present if nobody was, without the
    /// excluded. `None` if that changes nothing.
    fn plan<V>(
        elected: Option<Vec<V>>,
        present: impl FnOnce() -> Vec<V>,
        account: impl Fn(&V) -> &T::AccountId,
    ) -> Option<Vec<V>> {
        Self::forget_ended();
        if let Some(elected) = elected {
            return Some(Self::admitted(elected, account));
        }
        let present = present();
        let count = present.len();
        let admitted = Self::admitted(present, account);
        (admitted.len() < count).then_some(admitted)
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
        Pallet::<T>::plan(Inner::new_session(index), T::Sessions::current, |v| v)
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

impl<T, Full, Inner> historical::SessionManager<T::AccountId, Full> for ExcludingOffenders<T, Inner>
where
    T: Config,
    Full: Default,
    Inner: historical::SessionManager<T::AccountId, Full>,
{
    fn new_session(index: SessionIndex) -> Option<Vec<(T::AccountId, Full)>> {
        let elected = <Inner as historical::SessionManager<_, Full>>::new_session(index);
        Pallet::<T>::plan(elected, || identified(T::Sessions::current()), |v| &v.0)
    }

    fn new_session_genesis(index: SessionIndex) -> Option<Vec<(T::AccountId, Full)>> {
        <Inner as historical::SessionManager<_, Full>>::new_session_genesis(index)
    }

    fn end_session(index: SessionIndex) {
        <Inner as historical::SessionManager<_, Full>>::end_session(index)
    }

    fn start_session(index: SessionIndex) {
        Pallet::<T>::note_session_start(index);
        <Inner as historical::SessionManager<_, Full>>::start_session(index)
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
