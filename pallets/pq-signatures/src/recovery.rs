//! Backup keys, and what they order: freeze and recovery.

use frame_support::{ensure, pallet_prelude::DispatchResult, traits::fungible::hold::Mutate};
use polkadot_sdk::*;
use qloak_pq_crypto::{context::Context, host, scheme::Scheme};

use crate::{
    payload, BackupKey, Backups, Config, Error, Event, Frozen, HoldReason, KeyRecord, Keys, Pallet,
    PublicKey, RecoveryNonce, SignatureBytes,
};

/// Whether keys of `scheme` may be backup keys: those that stand on a hash function alone.
pub const fn is_backup_scheme(scheme: Scheme) -> bool {
    matches!(scheme, Scheme::SlhDsaShake128f | Scheme::SlhDsaShake128s)
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_backup(
        who: &T::AccountId,
        scheme: Scheme,
        public: PublicKey,
        proof: &SignatureBytes,
        authorisation: Option<&SignatureBytes>,
    ) -> DispatchResult {
        Self::ensure_in_control(who)?;
        ensure!(is_backup_scheme(scheme), Error::<T>::NotABackupScheme);
        Self::ensure_takes_new_keys(scheme)?;
        Self::ensure_public_length(scheme, &public)?;
        let new = BackupKey { scheme, public };
        let present = Backups::<T>::get(who);
        ensure!(present.as_ref() != Some(&new), Error::<T>::SameKey);
        Self::ensure_backup_consent(who, present, &new, authorisation)?;
        let nonce = RecoveryNonce::<T>::get(who);
        let message =
            payload::backup_possession(&Self::genesis_hash(), who, nonce, scheme, &new.public);
        Self::ensure_proof(scheme, &new.public, &message, proof)?;

        Self::use_up_nonce(who)?;
        let due = Self::deposit_for(new.public.len() as u32);
        T::Currency::set_on_hold(&HoldReason::BackupDeposit.into(), who, due)?;
        Backups::<T>::insert(who, new);
        Self::deposit_event(Event::BackupKeySet {
            account: who.clone(),
            scheme,
        });
        Ok(())
    }

    /// Checks that the present backup key agrees to be replaced by `new`.
    ///
    /// A backup key whose scheme is no longer accepted can neither recover nor agree; it is treated
    /// as absent, or an account could never replace it.
    fn ensure_backup_consent(
        who: &T::AccountId,
        present: Option<BackupKey>,
        new: &BackupKey,
        authorisation: Option<&SignatureBytes>,
    ) -> DispatchResult {
        let present = present.filter(|key| Self::ensure_accepted(key.scheme).is_ok());
        match (present, authorisation) {
            (None, None) => Self::ensure_no_overlap(Keys::<T>::get(who).as_ref()),
            (None, Some(_)) => Err(Error::<T>::NoBackupKey.into()),
            (Some(_), None) => Err(Error::<T>::AuthorisationMissing.into()),
            (Some(present), Some(signature)) => {
                let message = payload::set_backup(
                    &Self::genesis_hash(),
                    who,
                    RecoveryNonce::<T>::get(who),
                    new.scheme,
                    &new.public,
                );
                Self::ensure_ordered(&present, &message, signature)
            }
        }
    }

    pub(crate) fn do_freeze(account: &T::AccountId, signature: &SignatureBytes) -> DispatchResult {
        let backup = Backups::<T>::get(account).ok_or(Error::<T>::NoBackupKey)?;
        ensure!(
            !Frozen::<T>::contains_key(account),
            Error::<T>::AlreadyFrozen
        );
        let nonce = RecoveryNonce::<T>::get(account);
        let message = payload::freeze(&Self::genesis_hash(), account, nonce);
        Self::ensure_ordered(&backup, &message, signature)?;

        Self::use_up_nonce(account)?;
        Frozen::<T>::insert(account, ());
        Self::deposit_event(Event::AccountFrozen {
            account: account.clone(),
        });
        Ok(())
    }

    pub(crate) fn do_recover(
        payer: &T::AccountId,
        account: &T::AccountId,
        scheme: Scheme,
        public: PublicKey,
        proof: &SignatureBytes,
        signature: &SignatureBytes,
    ) -> DispatchResult {
        let backup = Backups::<T>::get(account).ok_or(Error::<T>::NoBackupKey)?;
        let nonce = RecoveryNonce::<T>::get(account);
        let message = payload::recover(&Self::genesis_hash(), account, nonce, scheme, &public);
        Self::ensure_ordered(&backup, &message, signature)?;
        let old = Keys::<T>::get(account);
        let generation = Self::ensure_new_key(account, old.as_ref(), scheme, &public, proof)?;

        Self::use_up_nonce(account)?;
        let record = KeyRecord {
            scheme,
            public,
            generation,
            previous: None,
        };
        Self::hold_for_record_paid_by(payer, account, &record)?;
        Keys::<T>::insert(account, record);
        Frozen::<T>::remove(account);
        Self::deposit_event(Event::AccountRecovered {
            account: account.clone(),
            scheme,
            generation,
        });
        Ok(())
    }

    /// Checks that `signature` is one by `backup` over `message`, for recovery.
    fn ensure_ordered(
        backup: &BackupKey,
        message: &[u8],
        signature: &SignatureBytes,
    ) -> DispatchResult {
        Self::ensure_accepted(backup.scheme)?;
        ensure!(
            signature.len() == backup.scheme.parameters().signature_bytes,
            Error::<T>::SignatureLength
        );
        ensure!(
            host::verify(
                backup.scheme,
                &backup.public,
                Context::Recovery,
                message,
                signature
            ),
            Error::<T>::InvalidSignature
        );
        Ok(())
    }

    /// Makes the account's recovery nonce, and all that was signed for it, a thing of the past.
    fn use_up_nonce(account: &T::AccountId) -> DispatchResult {
        RecoveryNonce::<T>::try_mutate(account, |nonce| {
            *nonce = nonce.checked_add(1).ok_or(Error::<T>::CounterExhausted)?;
            Ok(())
        })
    }
}
