//! Accounts that sign with a classical key, and their way to a post-quantum one.

use frame_support::{ensure, pallet_prelude::DispatchResult};
use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;

use crate::{
    Backups, ClassicalAccounts, Config, Error, Event, KeyRecord, Keys, Pallet, PublicKey,
    SignatureBytes,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_mark_classical(account: &T::AccountId) -> DispatchResult {
        ensure!(
            !ClassicalAccounts::<T>::contains_key(account),
            Error::<T>::AlreadyClassical
        );
        ensure!(
            !Keys::<T>::contains_key(account),
            Error::<T>::AlreadyRegistered
        );
        ensure!(
            !Backups::<T>::contains_key(account),
            Error::<T>::BackupKeyExists
        );

        ClassicalAccounts::<T>::insert(account, ());
        Self::deposit_event(Event::ClassicalMarked {
            account: account.clone(),
        });
        Ok(())
    }

    pub(crate) fn do_migrate_classical(
        who: &T::AccountId,
        scheme: Scheme,
        public: PublicKey,
        proof: &SignatureBytes,
    ) -> DispatchResult {
        ensure!(
            ClassicalAccounts::<T>::contains_key(who),
            Error::<T>::NotClassical
        );
        Self::ensure_takes_new_keys(scheme)?;
        Self::ensure_public_length(scheme, &public)?;
        Self::ensure_possession(who, 0, scheme, &public, proof)?;

        let record = KeyRecord {
            scheme,
            public,
            generation: 0,
            previous: None,
        };
        Self::hold_for_record(who, &record)?;
        Keys::<T>::insert(who, record);
        ClassicalAccounts::<T>::remove(who);
        Self::deposit_event(Event::ClassicalMigrated {
            account: who.clone(),
            scheme,
        });
        Ok(())
    }
}
