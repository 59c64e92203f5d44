//! What the pallet announces.

use polkadot_sdk::frame_support::pallet_macros::pallet_section;

/// The events of the pallet.
#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An account's key is now stored on chain.
        KeyRegistered {
            /// Whose key.
            account: T::AccountId,
            /// The key's scheme.
            scheme: Scheme,
        },
        /// An account's key is no longer stored on chain; the account's id still stands for it.
        KeyDeregistered {
            /// Whose key.
            account: T::AccountId,
        },
        /// An account has a new key.
        KeyRotated {
            /// Whose key.
            account: T::AccountId,
            /// The new key's scheme.
            scheme: Scheme,
            /// The new key's generation.
            generation: u32,
            /// The last block in which the old key signs; `None` if it is dead already.
            previous_valid_until: Option<BlockNumberFor<T>>,
        },
        /// An expired key was dropped and its deposit returned.
        PreviousKeyForgotten {
            /// Whose key.
            account: T::AccountId,
        },
        /// An account has a new backup key.
        BackupKeySet {
            /// Whose backup key.
            account: T::AccountId,
            /// The backup key's scheme.
            scheme: Scheme,
        },
        /// A backup key has frozen its account.
        AccountFrozen {
            /// The account.
            account: T::AccountId,
        },
        /// A backup key has given its account a new key; the account is not frozen (any more).
        AccountRecovered {
            /// The account.
            account: T::AccountId,
            /// The new key's scheme.
            scheme: Scheme,
            /// The new key's generation.
            generation: u32,
        },
        /// An account may sign with its classical key.
        ClassicalMarked {
            /// The account.
            account: T::AccountId,
        },
        /// A classical account now signs with a post-quantum key, and only with that.
        ClassicalMigrated {
            /// The account.
            account: T::AccountId,
            /// The new key's scheme.
            scheme: Scheme,
        },
        /// A scheme's status in the catalog was set.
        SchemeStatusSet {
            /// The scheme.
            scheme: Scheme,
            /// Its status from now on.
            status: SchemeStatus<BlockNumberFor<T>>,
        },
        /// A scheme's fee multiplier was set.
        FeeMultiplierSet {
            /// The scheme.
            scheme: Scheme,
            /// Its multiplier from now on, in percent.
            percent: u32,
        },
    }
}
