//! Why the pallet refuses a call: one error for each check.

use polkadot_sdk::frame_support::pallet_macros::pallet_section;

/// The errors of the pallet.
#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// The address's owner is no digest: one of its elements is not canonical.
        InvalidOwner,
        /// The address's key is no ML-KEM-768 key: one of its coefficients is not reduced.
        InvalidKemKey,
        /// The directory has this address already.
        AlreadyPublished,
        /// The account has published as many addresses as one account may.
        TooManyAddresses,
        /// The account cannot pay the deposit.
        DepositUnavailable,
        /// The directory has nothing under this handle.
        NotPublished,
        /// Another account published the address.
        NotPublisher,
    }
}
