//! # Address directory
//!
//! Shielded addresses under their short handles. An address has 1,974 characters, for it holds a key
//! that withstands quantum computers; its *handle* is a hash of it and has 62. Whoever wants to be paid
//! by people who have only the handle publishes the address here.
//!
//! ## Pallet API
//!
//! See the [`pallet`] module for the calls, storage items, events, errors and the configuration
//! trait. `docs/spec/shielded.md` says what nodes and observers learn.
//!
//! ## Overview
//!
//! * **Publish.** [`publish`](Call::publish) stores an address. The chain computes the handle itself, so no entry
//!   is under a wrong one, and refuses bytes that are no address. It holds a deposit of the publisher.
//! * **Withdraw.** [`withdraw`](Call::withdraw) removes what the caller published, and returns exactly the
//!   deposit that was held for it.
//! * **Look up.** Nobody asks the pallet for one handle. Wallets read a whole *bucket*, all entries
//!   whose handles begin with the same byte, and pick theirs at home.
//!
//! ### Example
//!
#![doc = docify::embed!("src/tests/publishing.rs", an_address_is_found_under_its_handle)]
//!
//! ## Low level / implementation details
//!
//! ### Trust
//!
//! A handle fixes its address: another one with the same handle is a second preimage of BLAKE2b-256.
//! So it does not matter who publishes an address, and the pallet does not ask whether it is the publisher's.
//! Somebody else who knows an address can publish it first, at his own cost, and can withdraw it again; he gains
//! nothing by it but that the owner cannot publish this address (of 2³²) himself in the meantime.
//!
//! ### State and what it costs
//!
//! An entry of [`Addresses`] takes 64 bytes of key and 1,264 of value: publisher 32, deposit 16, address
//! 1,216. [`Published`] takes 80 and 4 for each account with entries. The publisher pays
//! [`Config::DepositBase`] and [`Config::DepositPerByte`] for each byte of the address. What is held for
//! an entry stands in the entry, so later changes of these constants concern later entries only, and need no migration.
//!
//! ### Buckets
//!
//! [`Addresses`] has the identity for a hasher. Anybody can choose addresses whose handles begin alike (256 tries for the
//! first byte), and make a bucket large: each entry costs a deposit, wallets stop at a size of their own, and no
//! call of this pallet reads more than one entry. The trie is not made deeper by more than the attacker's own work: a
//! common prefix of n bits takes 2^n hashes.

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(rustdoc::broken_intra_doc_links)]

extern crate alloc;

use polkadot_sdk::*;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod directory;
mod errors;
mod events;
#[cfg(any(test, feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

pub use pallet::*;
pub use qloak_shielded::address::{Handle, ADDRESS_BYTES};
pub use types::Listing;
pub use weights::WeightInfo;

use frame_support::{pallet_macros::import_section, traits::fungible};

/// The balance of the currency that deposits are held in.
pub type BalanceOf<T> =
    <<T as Config>::Currency as fungible::Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// An entry of the runtime's directory.
pub type ListingOf<T> = Listing<<T as frame_system::Config>::AccountId, BalanceOf<T>>;

#[allow(
    missing_docs,
    clippy::expect_used,
    reason = "the pallet macros generate items without documentation, and `expect`s that hold"
)]
#[import_section(crate::errors::errors)]
#[import_section(crate::events::events)]
#[frame_support::pallet]
pub mod pallet {
    use alloc::boxed::Box;

    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;

    use super::*;

    /// The version of the storage layout that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: polkadot_sdk::frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The currency that deposits are held in.
        type Currency: fungible::Mutate<Self::AccountId>
            + fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// The runtime's list of hold reasons.
        type RuntimeHoldReason: From<HoldReason>;

        /// The part of an entry's deposit that does not depend on its length.
        #[pallet::constant]
        type DepositBase: Get<BalanceOf<Self>>;

        /// The deposit per byte of an address.
        #[pallet::constant]
        type DepositPerByte: Get<BalanceOf<Self>>;

        /// The greatest number of addresses that one account publishes at a time.
        #[pallet::constant]
        type MaxAddresses: Get<u32>;

        /// The weights of this pallet's calls.
        type WeightInfo: WeightInfo;
    }

    /// Why this pallet holds an account's funds.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// For the addresses that the account has published.
        AddressDeposit,
    }

    /// The published addresses by their handles. A handle is a hash already, and stands in its own
    /// order: a wallet reads all that begin with the same byte, so that a node does not learn which it wants.
    #[pallet::storage]
    pub type Addresses<T: Config> = StorageMap<_, Identity, Handle, ListingOf<T>, OptionQuery>;

    /// How many addresses each account has published.
    #[pallet::storage]
    pub type Published<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(
            _: BlockNumberFor<T>,
        ) -> Result<(), frame_support::sp_runtime::TryRuntimeError> {
            Self::check_invariants()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Stores an address under its handle, and holds a deposit of the caller for it.
        ///
        /// The origin must be _Signed_. `address` is owner and KEM key, as
        /// [`Address::to_bytes`](qloak_shielded::address::Address::to_bytes) writes them. Everybody sees who published it.
        ///
        /// # Events
        /// [`Event::AddressPublished`].
        ///
        /// # Errors
        /// * [`Error::InvalidOwner`], [`Error::InvalidKemKey`]: the bytes are no address.
        /// * [`Error::AlreadyPublished`]: the directory has it.
        /// * [`Error::TooManyAddresses`]: the caller has published as many as one account may.
        /// * [`Error::DepositUnavailable`]: the caller cannot pay the deposit.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::publish())]
        pub fn publish(origin: OriginFor<T>, address: Box<[u8; ADDRESS_BYTES]>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_publish(who, *address)
        }

        /// Removes an address that the caller published, and returns its deposit.
        ///
        /// The origin must be _Signed_.
        ///
        /// # Events
        /// [`Event::AddressWithdrawn`].
        ///
        /// # Errors
        /// * [`Error::NotPublished`]: the directory has nothing under this handle.
        /// * [`Error::NotPublisher`]: another account published it.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::withdraw())]
        pub fn withdraw(origin: OriginFor<T>, handle: Handle) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw(who, handle)
        }
    }
}
