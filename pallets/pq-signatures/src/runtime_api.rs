//! What wallets ask the runtime.

use alloc::vec::Vec;

use codec::Codec;
use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;

use crate::{AccountStatus, CatalogEntry, KeyRecord};

/// What [`PqSignaturesApi::key_of`] returns.
pub type KeyInfo<BlockNumber> = KeyRecord<BlockNumber>;

sp_api::decl_runtime_apis! {
    /// The keys of accounts and the schemes that are accepted.
    pub trait PqSignaturesApi<AccountId, BlockNumber>
    where
        AccountId: Codec,
        BlockNumber: Codec,
    {
        /// The registered key of `account` and, from a rotation on, its previous one. An account
        /// without one attaches its key to each transaction.
        fn key_of(account: AccountId) -> Option<KeyInfo<BlockNumber>>;

        /// The schemes that the chain knows, in the order of their ids.
        fn catalog() -> Vec<(Scheme, CatalogEntry<BlockNumber>)>;

        /// What a wallet must know before it signs for `account`, or orders its recovery.
        fn account_status(account: AccountId) -> AccountStatus;
    }
}

impl<T: crate::Config> crate::Pallet<T> {
    /// The answer to [`PqSignaturesApi::account_status`].
    pub fn account_status(account: &T::AccountId) -> AccountStatus {
        AccountStatus {
            frozen: crate::Frozen::<T>::contains_key(account),
            classical: crate::ClassicalAccounts::<T>::contains_key(account),
            has_backup: crate::Backups::<T>::contains_key(account),
            recovery_nonce: crate::RecoveryNonce::<T>::get(account),
            generation: crate::Keys::<T>::get(account).map_or(0, |record| record.generation),
        }
    }

    /// The answer to [`PqSignaturesApi::key_of`].
    pub fn key_of(account: &T::AccountId) -> Option<crate::KeyRecordOf<T>> {
        crate::Keys::<T>::get(account)
    }
}
