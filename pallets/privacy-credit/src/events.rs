//! What the pallet announces.

use polkadot_sdk::frame_support::pallet_macros::pallet_section;

/// The events of the pallet.
#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// QLK of a public account are in the pool now.
        Shielded {
            /// Whose they were.
            who: T::AccountId,
            /// How much.
            value: u64,
            /// The position of the note in the tree.
            position: u32,
            /// The note, for whom it is to find it.
            output: Box<Output>,
        },
        /// Notes were spent, and others made.
        Transferred {
            /// The transfer's name: the digest of all that it says.
            name: Digest,
            /// The position of the first of its three notes in the tree. The size of the tree, if there is no room for them: then
            /// the transfer was an exit.
            position: u32,
            /// The nullifiers of the notes that were spent.
            nullifiers: [Digest; INPUTS],
            /// What was paid for it, in units of QLK.
            fee: u64,
            /// The part of the fee that is burnt.
            burnt: u64,
            /// What its sender was credited with, in units of PRIV.
            credits: u64,
        },
        /// QLK left the pool for a public account.
        Withdrawn {
            /// The name of the transfer that did it.
            name: Digest,
            /// To whom.
            recipient: T::AccountId,
            /// How much.
            value: u64,
        },
        /// Credits were burnt for confidential work.
        WorkPaid {
            /// The name of the transfer that did it.
            name: Digest,
            /// The digest of the call that they pay for.
            work: [u8; 32],
            /// How many, in units of PRIV.
            credits: u64,
        },
        /// Transfers bring another number of credits from the next block on.
        RateChanged {
            /// How many, in units of PRIV.
            rate: u64,
        },
    }
}
