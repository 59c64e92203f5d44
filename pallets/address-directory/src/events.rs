//! What the pallet announces.

use polkadot_sdk::frame_support::pallet_macros::pallet_section;

/// The events of the pallet.
#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An address is in the directory now.
        AddressPublished {
            /// Who published it.
            publisher: T::AccountId,
            /// Its handle.
            handle: Handle,
            /// What is on hold for it.
            deposit: BalanceOf<T>,
        },
        /// An address is no longer in the directory.
        AddressWithdrawn {
            /// Who had published it.
            publisher: T::AccountId,
            /// Its handle.
            handle: Handle,
        },
    }
}
