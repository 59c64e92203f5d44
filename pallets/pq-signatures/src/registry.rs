//! Registered keys: how they come, are replaced and go, and the deposits for them.

use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::{
        fungible::hold::{Inspect, Mutate},
        tokens::{Fortitude, Precision, Preservation},
        Get,
    },
};
use frame_system::pallet_prelude::BlockNumberFor;
use polkadot_sdk::*;
use qloak_pq_crypto::{account::account_id, context::Context, host, scheme::Scheme};
use sp_runtime::{
    traits::{Saturating, Zero},
    DispatchError,
};

use crate::{
    payload, BalanceOf, ClassicalAccounts, Config, Error, Event, Frozen, HoldReason, KeyRecord,
    KeyRecordOf, Keys, Pallet, PreviousKey, PublicKey, SignatureBytes,
};

impl<T: Config> Pallet<T> {
    /// Stores the key that `who` is the hash of.
    pub(crate) fn do_register(
        who: &T::AccountId,
        scheme: Scheme,
        public: PublicKey,
    ) -> DispatchResult {
        Self::ensure_in_control(who)?;
        ensure!(!Keys::<T>::contains_key(who), Error::<T>::AlreadyRegistered);
        Self::ensure_accepted(scheme)?;
        Self::ensure_public_length(scheme, &public)?;
        ensure!(
            Self::is_derived(who, scheme, &public),
            Error::<T>::KeyNotDerived
        );

        let record = KeyRecord {
            scheme,
            public,
            generation: 0,
            previous: None,
        };
        Self::hold_for_record(who, &record)?;
        Keys::<T>::insert(who, record);
        Self::deposit_event(Event::KeyRegistered {
            account: who.clone(),
            scheme,
        });
        Ok(())
    }

    pub(crate) fn do_deregister(who: &T::AccountId) -> DispatchResult {
        ensure!(!Frozen::<T>::contains_key(who), Error::<T>::AccountFrozen);
        let record = Keys::<T>::get(who).ok_or(Error::<T>::NotRegistered)?;
        ensure!(record.generation == 0, Error::<T>::AlreadyRotated);
        ensure!(
            Self::is_derived(who, record.scheme, &record.public),
            Error::<T>::MigratedAccount
        );
        ensure!(
            !crate::Backups::<T>::contains_key(who),
            Error::<T>::BackupKeyExists
        );

        T::Currency::set_on_hold(&HoldReason::KeyDeposit.into(), who, Zero::zero())?;
        Keys::<T>::remove(who);
        Self::deposit_event(Event::KeyDeregistered {
            account: who.clone(),
        });
        Ok(())
    }

    pub(crate) fn do_rotate(
        who: &T::AccountId,
        scheme: Scheme,
        public: PublicKey,
        proof: &SignatureBytes,
    ) -> DispatchResult {
        Self::ensure_in_control(who)?;
        let old = Keys::<T>::get(who);
        Self::ensure_no_overlap(old.as_ref())?;
        let generation = Self::ensure_new_key(who, old.as_ref(), scheme, &public, proof)?;

        let previous = old.map(|old| PreviousKey {
            scheme: old.scheme,
            public: old.public,
            valid_until: Self::now().saturating_add(T::RotationOverlap::get()),
        });
        let previous_valid_until = previous.as_ref().map(|key| key.valid_until);
        let record = KeyRecord {
            scheme,
            public,
            generation,
            previous,
        };
        Self::hold_for_record(who, &record)?;
        Keys::<T>::insert(who, record);
        Self::deposit_event(Event::KeyRotated {
            account: who.clone(),
            scheme,
            generation,
            previous_valid_until,
        });
        Ok(())
    }

    pub(crate) fn do_forget_previous(account: &T::AccountId) -> DispatchResult {
        let mut record = Keys::<T>::get(account).ok_or(Error::<T>::NotRegistered)?;
        ensure!(record.previous.is_some(), Error::<T>::NoPreviousKey);
        Self::ensure_no_overlap(Some(&record))?;

        record.previous = None;
        Self::hold_for_record(account, &record)?;
        Keys::<T>::insert(account, record);
        Self::deposit_event(Event::PreviousKeyForgotten {
            account: account.clone(),
        });
        Ok(())
    }

    /// Checks all that a key must meet that replaces `old` (or the unregistered first key) as the key
    /// of `account`, and returns the generation that it will have.
    pub(crate) fn ensure_new_key(
        account: &T::AccountId,
        old: Option<&KeyRecordOf<T>>,
        scheme: Scheme,
        public: &PublicKey,
        proof: &SignatureBytes,
    ) -> Result<u32, DispatchError> {
        Self::ensure_takes_new_keys(scheme)?;
        Self::ensure_public_length(scheme, public)?;
        let (is_same, generation) = match old {
            Some(old) => (old.is_current(scheme, public), old.generation),
            None => (Self::is_derived(account, scheme, public), 0),
        };
        ensure!(!is_same, Error::<T>::SameKey);
        let generation = generation
            .checked_add(1)
            .ok_or(Error::<T>::CounterExhausted)?;
        Self::ensure_possession(account, generation, scheme, public, proof)?;
        Ok(generation)
    }

    /// Checks that `proof` shows possession of `public`, to be the key of `account` in `generation`.
    pub(crate) fn ensure_possession(
        account: &T::AccountId,
        generation: u32,
        scheme: Scheme,
        public: &PublicKey,
        proof: &SignatureBytes,
    ) -> DispatchResult {
        let genesis = Self::genesis_hash();
        let message = payload::possession(&genesis, account, generation, scheme, public);
        Self::ensure_proof(scheme, public, &message, proof)
    }

    /// Checks that `proof` is a signature by `public` over `message`, for possession.
    pub(crate) fn ensure_proof(
        scheme: Scheme,
        public: &PublicKey,
        message: &[u8],
        proof: &SignatureBytes,
    ) -> DispatchResult {
        ensure!(
            proof.len() == scheme.parameters().signature_bytes,
            Error::<T>::ProofLength
        );
        ensure!(
            host::verify(scheme, public, Context::KeyPossession, message, proof),
            Error::<T>::InvalidProof
        );
        Ok(())
    }

    pub(crate) fn ensure_public_length(scheme: Scheme, public: &PublicKey) -> DispatchResult {
        ensure!(
            public.len() == scheme.parameters().public_bytes,
            Error::<T>::PublicKeyLength
        );
        Ok(())
    }

    /// Checks that `who` may change its own keys. No signature of a frozen account gets this far, but
    /// an origin that another pallet made for it may.
    pub(crate) fn ensure_in_control(who: &T::AccountId) -> DispatchResult {
        ensure!(!Frozen::<T>::contains_key(who), Error::<T>::AccountFrozen);
        ensure!(
            !ClassicalAccounts::<T>::contains_key(who),
            Error::<T>::ClassicalAccount
        );
        Ok(())
    }

    pub(crate) fn ensure_no_overlap(record: Option<&KeyRecordOf<T>>) -> DispatchResult {
        let now = Self::now();
        let previous = record.and_then(|record| record.previous.as_ref());
        ensure!(
            !previous.is_some_and(|key| key.is_valid_at(&now)),
            Error::<T>::OverlapRunning
        );
        Ok(())
    }

    /// Whether `account` is the hash of `public`.
    pub(crate) fn is_derived(account: &T::AccountId, scheme: Scheme, public: &[u8]) -> bool {
        let account: [u8; 32] = account.clone().into();
        account == account_id(scheme, public)
    }

    pub(crate) fn now() -> BlockNumberFor<T> {
        frame_system::Pallet::<T>::block_number()
    }

    /// The hash of block 0, which the system pallet keeps for ever.
    pub(crate) fn genesis_hash() -> T::Hash {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
    }

    /// The deposit for `bytes` of key material in one entry.
    pub fn deposit_for(bytes: u32) -> BalanceOf<T> {
        T::KeyDepositBase::get()
            .saturating_add(T::DepositPerByte::get().saturating_mul(bytes.into()))
    }

    /// Brings the funds of `who` on hold for its keys to what `record` asks for.
    pub(crate) fn hold_for_record(who: &T::AccountId, record: &KeyRecordOf<T>) -> DispatchResult {
        let due = Self::deposit_for(record.key_bytes());
        T::Currency::set_on_hold(&HoldReason::KeyDeposit.into(), who, due)
    }

    /// As [`Self::hold_for_record`], with `payer` giving what is missing if `account` cannot.
    pub(crate) fn hold_for_record_paid_by(
        payer: &T::AccountId,
        account: &T::AccountId,
        record: &KeyRecordOf<T>,
    ) -> DispatchResult {
        let reason = HoldReason::KeyDeposit.into();
        let due = Self::deposit_for(record.key_bytes());
        let missing = due.saturating_sub(T::Currency::balance_on_hold(&reason, account));
        if T::Currency::can_hold(&reason, account, missing) {
            return T::Currency::set_on_hold(&reason, account, due);
        }
        T::Currency::transfer_and_hold(
            &reason,
            payer,
            account,
            missing,
            Precision::Exact,
            Preservation::Preserve,
            Fortitude::Polite,
        )?;
        Ok(())
    }
}
