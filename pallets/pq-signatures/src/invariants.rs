//! What must hold of the pallet's state in every block.

use frame_support::{ensure, traits::fungible::hold::Inspect};
use polkadot_sdk::*;
use sp_runtime::{traits::Zero, TryRuntimeError};

use crate::{
    recovery::is_backup_scheme, BackupKey, Backups, Catalog, ClassicalAccounts, Config, Frozen,
    HoldReason, KeyRecordOf, Keys, Pallet, RecoveryNonce, SchemeStatus, MAX_FEE_MULTIPLIER,
    MIN_FEE_MULTIPLIER,
};

impl<T: Config> Pallet<T> {
    /// Checks every invariant of the pallet.
    pub fn check_invariants() -> Result<(), TryRuntimeError> {
        Keys::<T>::iter()
            .try_for_each(|(account, record)| Self::check_record(&account, &record))?;
        Backups::<T>::iter().try_for_each(|(account, key)| Self::check_backup(&account, &key))?;
        for account in Frozen::<T>::iter_keys() {
            ensure!(
                Backups::<T>::contains_key(&account),
                "a frozen account has no backup key"
            );
        }
        for account in ClassicalAccounts::<T>::iter_keys() {
            ensure!(
                !Keys::<T>::contains_key(&account),
                "a classical account has a PQ key"
            );
            ensure!(
                !Backups::<T>::contains_key(&account),
                "a classical account has a backup key"
            );
        }
        Self::check_catalog()
    }

    fn check_record(
        account: &T::AccountId,
        record: &KeyRecordOf<T>,
    ) -> Result<(), TryRuntimeError> {
        let length = record.scheme.parameters().public_bytes;
        ensure!(
            record.public.len() == length,
            "a registered key has the wrong length"
        );
        if let Some(previous) = &record.previous {
            let length = previous.scheme.parameters().public_bytes;
            ensure!(
                previous.public.len() == length,
                "a previous key has the wrong length"
            );
            ensure!(record.generation > 0, "a first key has a predecessor");
            ensure!(
                !previous.is(record.scheme, &record.public),
                "a key was rotated to itself"
            );
        }
        let held = T::Currency::balance_on_hold(&HoldReason::KeyDeposit.into(), account);
        ensure!(
            held == Self::deposit_for(record.key_bytes()),
            "the hold for a key is not its deposit"
        );
        Ok(())
    }

    fn check_backup(account: &T::AccountId, key: &BackupKey) -> Result<(), TryRuntimeError> {
        ensure!(
            is_backup_scheme(key.scheme),
            "a backup key is not of an SLH-DSA scheme"
        );
        let length = key.scheme.parameters().public_bytes;
        ensure!(
            key.public.len() == length,
            "a backup key has the wrong length"
        );
        ensure!(
            !RecoveryNonce::<T>::get(account).is_zero(),
            "a backup key came without an order"
        );
        let held = T::Currency::balance_on_hold(&HoldReason::BackupDeposit.into(), account);
        ensure!(
            held == Self::deposit_for(key.public.len() as u32),
            "the hold for a backup key is not its deposit"
        );
        Ok(())
    }

    fn check_catalog() -> Result<(), TryRuntimeError> {
        let range = MIN_FEE_MULTIPLIER..=MAX_FEE_MULTIPLIER;
        for entry in Catalog::<T>::iter_values() {
            ensure!(
                range.contains(&entry.fee_multiplier),
                "a fee multiplier is out of range"
            );
        }
        ensure!(
            Catalog::<T>::iter_values().any(|entry| entry.status == SchemeStatus::Enabled),
            "no scheme is enabled"
        );
        Ok(())
    }
}
