//! Why the pallet refuses a call.

use polkadot_sdk::frame_support::pallet_macros::pallet_section;

/// The errors of the pallet.
#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// A deposit is worth less than two standard fees of a transfer, and one is what it costs to spend it.
        DepositTooSmall,
        /// The tree has no room for another note.
        TreeFull,
        /// A transfer breaks a rule, or a deposit would break the turnstile.
        Refused(Refusal),
        /// The transfer did not come as a transaction of its own.
        NotAdmitted,
    }
}
