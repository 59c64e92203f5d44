//! # Post-quantum signatures
//!
//! The keys of accounts: which key signs for an account, how it is replaced, who can stop it, and
//! which schemes the chain accepts.
//!
//! ## Pallet API
//!
//! See the [`pallet`] module for the calls, storage items, events, errors and the configuration
//! trait; [`policy`] for the verdict on a transaction's signature; [`payload`] for the bytes that
//! keys sign about each other; [`runtime_api`] for what wallets ask.
//!
//! ## Overview
//!
//! An account's id is a hash: `blake2_256("qloak/account/v1" ‖ scheme ‖ public key)`. That keeps a
//! post-quantum key of up to 2,592 bytes out of every place where an account is named, but the chain
//! then needs the key itself to check a signature, and a key that *is* the account's name can never
//! be replaced. This pallet solves both.
//!
//! * **Registry.** The first transaction of an account carries its key. Once the chain has applied
//!   it, [`Keys`] holds the key (if the account can pay the deposit), and later transactions leave
//!   it out: 1,954 of some 5,350 bytes for ML-DSA-65.
//! * **Rotation.** [`rotate_key`](Call::rotate_key) gives the account a new key of any enabled
//!   scheme and leaves its id, balance and history alone. The old key still signs for
//!   [`Config::RotationOverlap`] blocks, so that transactions under way and a second device are not
//!   cut off, and is dead afterwards.
//! * **Recovery.** [`set_backup_key`](Call::set_backup_key) names an SLH-DSA key, kept on paper,
//!   whose security rests on a hash function alone. It can do three things:
//!   [`freeze`](Call::freeze) the account, [`recover`](Call::recover) it with a new key, and agree to
//!   be replaced. Anybody may submit the first two, since the account itself may be frozen or
//!   emptied.
//! * **Catalog.** For each scheme, [`Catalog`] says whether its signatures are accepted, for how long,
//!   and by how much their weight is multiplied. [`Config::AdminOrigin`] retires a broken scheme by a
//!   call rather than a fork.
//!   To disable a scheme at once locks the accounts that have no other key, until their
//!   backup keys recover them; to deprecate it gives them time to rotate.
//! * **Classical accounts.** Ed25519, Sr25519 and ECDSA are refused, except for accounts that carry
//!   a mark in [`ClassicalAccounts`]. A classical account id is a raw curve point (or the hash of
//!   one), and about half of all post-quantum account ids are valid points as well: were classical
//!   signatures accepted everywhere, a quantum computer could sign for those.
//!   [`migrate_classical`](Call::migrate_classical) exchanges the mark for a post-quantum key, and
//!   nothing exchanges it back.
//!
//! ### Example
//!
//! A key is replaced; the old one signs in the overlap and not after it:
#![doc = docify::embed!("src/tests/rotation.rs", the_old_key_signs_in_the_overlap_and_not_after)]
//! A stolen account is frozen and recovered by its backup key:
#![doc = docify::embed!("src/tests/recovery.rs", a_backup_key_freezes_and_recovers)]
//!
//! * **First nonces.** The runtime takes [`Pallet::first_nonce`] for the nonce that an account begins with
//!   and tells the pallet of accounts that are removed, so that what an emptied account has signed is
//!   worth nothing to the next one of its id. A registered key's deposit keeps an account from being removed; one
//!   without a registered key has nothing else.
//!
//! ## Low level / implementation details
//!
//! ### Domain separation
//!
//! Every signature is made under one of the contexts of
//! [`qloak_pq_crypto::context::Context`], which goes into the signature as its FIPS 204 or FIPS 205
//! context string: `Transaction` for transactions, `KeyPossession` for the proof that a new key's
//! holder has its secret, `Recovery` for what the backup key orders. Within a context, [`payload`]
//! separates by purpose, chain (genesis hash), account and a number that is used once: the
//! generation of a key or the account's [`RecoveryNonce`].
//!
//! ### What an attacker with a key can and cannot do
//!
//! * With the current key: sign as the account, which includes rotating it. If a backup key is set,
//!   its holder freezes the account and recovers it; the attacker cannot exchange the backup key,
//!   which takes the backup key's own consent.
//! * With the old key during an overlap: sign as the account, but neither rotate it (a second
//!   rotation waits for the end of the overlap) nor set a first backup key. Whoever rotates because
//!   a key leaked should move funds of value at once, or recover, which has no overlap.
//! * Without a key, passing a transaction on: nothing. The signature covers account and form
//!   ([`qloak_pq_crypto::payload::transaction`]): nobody can make the sender pay for 2 kB more, nor another
//!   account that has the same key pay as well.
//! * With the backup key: freeze and recover, that is, take the account over. It is as precious as
//!   the account; its whole use is that it never needs to be near a running machine.
//!
//! ### State and what it costs
//!
//! A record in [`Keys`] takes 48 bytes of map key and, for ML-DSA-65, 1,960 bytes of value: scheme 1,
//! length 2, key 1,952, generation 4, absence of a previous key 1. During an overlap the previous key
//! adds up to 2,599 bytes. The holder pays [`Config::KeyDepositBase`] plus
//! [`Config::DepositPerByte`] for each byte of key material, held under [`HoldReason::KeyDeposit`];
//! [`forget_previous_key`](Call::forget_previous_key) drops an expired key and returns its share.
//! A backup key pays in the same way under [`HoldReason::BackupDeposit`] (32 bytes of key).
//! [`RecoveryNonce`] (52 bytes) stays for good, since a number that starts again at zero would let
//! old orders of a backup key count twice; it exists only beside a backup key, whose base deposit
//! covers it. Marks in [`ClassicalAccounts`] (48 bytes) are set by governance and pay nothing. [`NonceFloor`] is
//! one number for all accounts, read in each block, and there only for a while.
//!
//! Deposits follow the constants of the runtime at the time of the last change to the record. A
//! runtime upgrade that changes the constants must migrate the holds with them; the try-state check
//! says so by failing.

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(rustdoc::broken_intra_doc_links)]

extern crate alloc;

use polkadot_sdk::*;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod catalog;
mod classical;
mod errors;
mod events;
pub mod extrinsic;
#[cfg(any(test, feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
mod nonces;
pub use qloak_pq_crypto::payload;
pub mod policy;
mod recovery;
mod registry;
pub mod runtime_api;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

pub use pallet::*;
pub use policy::{Refusal, SignaturePolicy};
pub use types::*;
pub use weights::WeightInfo;

use frame_support::{pallet_macros::import_section, traits::fungible};

/// The balance of the currency that deposits are held in.
pub type BalanceOf<T> =
    <<T as Config>::Currency as fungible::Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// A key record of the runtime.
pub type KeyRecordOf<T> = KeyRecord<frame_system::pallet_prelude::BlockNumberFor<T>>;

/// A catalog entry of the runtime.
pub type CatalogEntryOf<T> = CatalogEntry<frame_system::pallet_prelude::BlockNumberFor<T>>;

#[allow(
    missing_docs,
    clippy::expect_used,
    reason = "the pallet macros generate items without documentation, and `expect`s that hold"
)]
#[import_section(crate::errors::errors)]
#[import_section(crate::events::events)]
#[frame_support::pallet]
pub mod pallet {
    use alloc::vec::Vec;

    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use qloak_pq_crypto::scheme::Scheme;

    use super::*;

    /// The version of the storage layout that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<
        AccountId: From<[u8; 32]> + Into<[u8; 32]>,
        RuntimeEvent: From<Event<Self>>,
    >
    {
        /// The currency that deposits are held in.
        type Currency: fungible::Mutate<Self::AccountId>
            + fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// The runtime's list of hold reasons.
        type RuntimeHoldReason: From<HoldReason>;

        /// Who changes the catalog and marks classical accounts.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// The part of a key's deposit that does not depend on the key's length. It pays for the
        /// storage entry itself.
        #[pallet::constant]
        type KeyDepositBase: Get<BalanceOf<Self>>;

        /// The deposit per byte of a stored key.
        #[pallet::constant]
        type DepositPerByte: Get<BalanceOf<Self>>;

        /// For how many blocks after a rotation the old key still signs.
        #[pallet::constant]
        type RotationOverlap: Get<BlockNumberFor<Self>>;

        /// The weights of this pallet's calls and of verification in each scheme.
        type WeightInfo: WeightInfo;
    }

    /// Why this pallet holds an account's funds.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// For the account's registered key and, from a rotation on, its previous one.
        KeyDeposit,
        /// For the account's backup key.
        BackupDeposit,
    }

    /// The keys of registered accounts.
    ///
    /// An account without an entry signs with the key that its id is the hash of.
    #[pallet::storage]
    pub type Keys<T: Config> =
        StorageMap<_, Blake2_128Concat, T::AccountId, KeyRecordOf<T>, OptionQuery>;

    /// The backup keys of accounts. A backup key can be replaced, not removed.
    #[pallet::storage]
    pub type Backups<T: Config> =
        StorageMap<_, Blake2_128Concat, T::AccountId, BackupKey, OptionQuery>;

    /// How many orders of backup keys each account has seen. It goes into the next one.
    #[pallet::storage]
    pub type RecoveryNonce<T: Config> =
        StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

    /// The accounts that sign nothing until their backup key recovers them.
    #[pallet::storage]
    pub type Frozen<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, (), OptionQuery>;

    /// The schemes that the chain accepts. A scheme without an entry is disabled.
    #[pallet::storage]
    pub type Catalog<T: Config> =
        StorageMap<_, Twox64Concat, Scheme, CatalogEntryOf<T>, OptionQuery>;

    /// The accounts that sign with a classical key.
    #[pallet::storage]
    pub type ClassicalAccounts<T: Config> =
        StorageMap<_, Blake2_128Concat, T::AccountId, (), OptionQuery>;

    /// The greatest next nonce of an account that was removed, while the block number is below it.
    #[pallet::storage]
    #[pallet::whitelist_storage]
    pub type NonceFloor<T: Config> = StorageValue<_, u32, ValueQuery>;

    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// The catalog; by default every post-quantum scheme, at its measured weight, and enabled if its
        /// standard is final.
        pub catalog: Vec<(Scheme, CatalogEntryOf<T>)>,
        /// The accounts that sign with a classical key.
        pub classical_accounts: Vec<T::AccountId>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self {
                catalog: Scheme::ALL.map(|s| (s, CatalogEntry::initial(s))).to_vec(),
                classical_accounts: Vec::new(),
            }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        /// # Panics
        /// If the catalog names a scheme twice, holds a multiplier out of range or enables nothing:
        /// such a chain must not start.
        fn build(&self) {
            for (scheme, entry) in &self.catalog {
                assert!(
                    !Catalog::<T>::contains_key(scheme),
                    "pqSignatures.catalog names {scheme} twice"
                );
                assert!(
                    (MIN_FEE_MULTIPLIER..=MAX_FEE_MULTIPLIER).contains(&entry.fee_multiplier),
                    "pqSignatures.catalog: the fee multiplier of {scheme} is out of range"
                );
                Catalog::<T>::insert(scheme, entry);
            }
            assert!(
                self.catalog
                    .iter()
                    .any(|(_, entry)| entry.status == SchemeStatus::Enabled),
                "pqSignatures.catalog enables no scheme"
            );
            for account in &self.classical_accounts {
                ClassicalAccounts::<T>::insert(account, ());
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            Self::lower_nonce_floor(now)
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(
            _: BlockNumberFor<T>,
        ) -> Result<(), frame_support::sp_runtime::TryRuntimeError> {
            Self::check_invariants()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Stores the key that the caller's id is the hash of, so that later transactions can leave
        /// it out.
        ///
        /// The origin must be _Signed_. A transaction that carries its key registers it without this
        /// call, if the account can pay the deposit.
        ///
        /// # Events
        /// [`Event::KeyRegistered`].
        ///
        /// # Errors
        /// * [`Error::AccountFrozen`], [`Error::ClassicalAccount`], [`Error::AlreadyRegistered`]: the
        ///   caller cannot register.
        /// * [`Error::SchemeDisabled`], [`Error::SchemeDeprecated`]: the scheme is not accepted.
        /// * [`Error::PublicKeyLength`], [`Error::KeyNotDerived`]: the key is not the caller's.
        /// * Those of the currency, if the caller cannot pay the deposit.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register_key())]
        pub fn register_key(
            origin: OriginFor<T>,
            scheme: Scheme,
            public: PublicKey,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_register(&who, scheme, public)
        }

        /// Removes the caller's key from the chain and returns its deposit. The account's id still
        /// stands for the key, which signs as before, attached to each transaction.
        ///
        /// The origin must be _Signed_. A later transaction that carries the key registers it again.
        ///
        /// # Events
        /// [`Event::KeyDeregistered`].
        ///
        /// # Errors
        /// * [`Error::AccountFrozen`], [`Error::NotRegistered`]: there is nothing to remove.
        /// * [`Error::AlreadyRotated`]: generation 0 would begin again, and old proofs of possession
        ///   would count again.
        /// * [`Error::MigratedAccount`]: the account's id is not the hash of its key, which would be
        ///   lost.
        /// * [`Error::BackupKeyExists`]: an account that can be recovered keeps its record.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::deregister_key())]
        pub fn deregister_key(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_deregister(&who)
        }

        /// Gives the caller a new key. The old one signs for [`Config::RotationOverlap`] more blocks
        /// if it was registered; if it was not, the chain has no copy of it, and it is dead at once.
        ///
        /// The origin must be _Signed_. `proof` is the new key's signature over
        /// [`payload::possession`] for the next generation, under `KeyPossession`.
        ///
        /// # Events
        /// [`Event::KeyRotated`].
        ///
        /// # Errors
        /// * [`Error::AccountFrozen`], [`Error::ClassicalAccount`]: the caller cannot rotate.
        /// * [`Error::OverlapRunning`]: the last rotation's old key still signs. Were it not for this
        ///   check, its holder could undo the rotation by another one.
        /// * [`Error::SchemeDisabled`], [`Error::SchemeDeprecated`], [`Error::PublicKeyLength`],
        ///   [`Error::SameKey`]: the new key is refused.
        /// * [`Error::ProofLength`], [`Error::InvalidProof`]: possession is not proven.
        /// * [`Error::CounterExhausted`]: the account has had 2³² keys.
        /// * Those of the currency, if the caller cannot pay the deposit for both keys.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::rotate_key())]
        pub fn rotate_key(
            origin: OriginFor<T>,
            scheme: Scheme,
            public: PublicKey,
            proof: SignatureBytes,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_rotate(&who, scheme, public, &proof)
        }

        /// Sets or replaces the caller's backup key.
        ///
        /// The origin must be _Signed_. `proof` is the new backup key's signature over
        /// [`payload::backup_possession`], under `KeyPossession`; `authorisation`, needed when there
        /// is a backup key already, is that key's signature over [`payload::set_backup`], under
        /// `Recovery`. Each success uses up one recovery nonce.
        ///
        /// # Events
        /// [`Event::BackupKeySet`].
        ///
        /// # Errors
        /// * [`Error::AccountFrozen`], [`Error::ClassicalAccount`]: the caller cannot set one.
        /// * [`Error::OverlapRunning`]: a first backup key has to wait for the end of an overlap;
        ///   else the holder of the old key could take the account over for good.
        /// * [`Error::NotABackupScheme`], [`Error::SchemeDisabled`], [`Error::SchemeDeprecated`],
        ///   [`Error::PublicKeyLength`], [`Error::SameKey`]: the new backup key is refused.
        /// * [`Error::AuthorisationMissing`], [`Error::NoBackupKey`], [`Error::SignatureLength`],
        ///   [`Error::InvalidSignature`]: the authorisation is missing, surplus or wrong.
        /// * [`Error::ProofLength`], [`Error::InvalidProof`]: possession is not proven.
        /// * [`Error::CounterExhausted`]: the account's recovery nonce is used up.
        /// * Those of the currency, if the caller cannot pay the deposit.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_backup_key())]
        pub fn set_backup_key(
            origin: OriginFor<T>,
            scheme: Scheme,
            public: PublicKey,
            proof: SignatureBytes,
            authorisation: Option<SignatureBytes>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_backup(&who, scheme, public, &proof, authorisation.as_ref())
        }

        /// Freezes `account`: nothing that it signs is accepted until it is recovered.
        ///
        /// The origin must be _Signed_, by anybody, who pays. `signature` is the backup key's over
        /// [`payload::freeze`], under `Recovery`. Uses up one recovery nonce.
        ///
        /// # Events
        /// [`Event::AccountFrozen`].
        ///
        /// # Errors
        /// * [`Error::NoBackupKey`], [`Error::AlreadyFrozen`]: there is nothing to do.
        /// * [`Error::SchemeDisabled`], [`Error::SchemeDeprecated`]: the backup key's scheme is not
        ///   accepted any more.
        /// * [`Error::SignatureLength`], [`Error::InvalidSignature`]: the backup key did not order it.
        /// * [`Error::CounterExhausted`]: the account's recovery nonce is used up.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::freeze())]
        pub fn freeze(
            origin: OriginFor<T>,
            account: T::AccountId,
            signature: SignatureBytes,
        ) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_freeze(&account, &signature)
        }

        /// Gives `account` a new key, at once and alone, and ends its freeze if it is frozen.
        ///
        /// The origin must be _Signed_, by anybody, who pays; also what the new key's deposit exceeds
        /// the present hold by, unless `account` can pay all of that, since a thief may have emptied
        /// it. `proof` is the new key's signature over [`payload::possession`] for the next
        /// generation, under `KeyPossession`; `signature` the backup key's over
        /// [`payload::recover`], under `Recovery`. Uses up one recovery nonce.
        ///
        /// # Events
        /// [`Event::AccountRecovered`].
        ///
        /// # Errors
        /// * [`Error::NoBackupKey`]: nobody can order it.
        /// * [`Error::SchemeDisabled`], [`Error::SchemeDeprecated`]: the new key's or the backup key's
        ///   scheme is not accepted.
        /// * [`Error::PublicKeyLength`], [`Error::SameKey`]: the new key is refused.
        /// * [`Error::SignatureLength`], [`Error::InvalidSignature`]: the backup key did not order it.
        /// * [`Error::ProofLength`], [`Error::InvalidProof`]: possession is not proven.
        /// * [`Error::CounterExhausted`]: a counter of the account is used up.
        /// * Those of the currency, if neither can pay the deposit.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::recover())]
        pub fn recover(
            origin: OriginFor<T>,
            account: T::AccountId,
            scheme: Scheme,
            public: PublicKey,
            proof: SignatureBytes,
            signature: SignatureBytes,
        ) -> DispatchResult {
            let payer = ensure_signed(origin)?;
            Self::do_recover(&payer, &account, scheme, public, &proof, &signature)
        }

        /// Gives the caller, a classical account, a post-quantum key and removes its mark. There is
        /// no way back.
        ///
        /// The origin must be _Signed_. `proof` is the new key's signature over
        /// [`payload::possession`] for generation 0, under `KeyPossession`.
        ///
        /// # Events
        /// [`Event::ClassicalMigrated`].
        ///
        /// # Errors
        /// * [`Error::NotClassical`]: the caller is not marked.
        /// * [`Error::SchemeDisabled`], [`Error::SchemeDeprecated`], [`Error::PublicKeyLength`]: the
        ///   new key is refused.
        /// * [`Error::ProofLength`], [`Error::InvalidProof`]: possession is not proven.
        /// * Those of the currency, if the caller cannot pay the deposit.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::migrate_classical())]
        pub fn migrate_classical(
            origin: OriginFor<T>,
            scheme: Scheme,
            public: PublicKey,
            proof: SignatureBytes,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_migrate_classical(&who, scheme, public, &proof)
        }

        /// Lets `account` sign with its classical key.
        ///
        /// The origin must be [`Config::AdminOrigin`].
        ///
        /// # Events
        /// [`Event::ClassicalMarked`].
        ///
        /// # Errors
        /// * [`Error::AlreadyClassical`], [`Error::AlreadyRegistered`], [`Error::BackupKeyExists`]: the
        ///   account is marked, or known to have a post-quantum key.
        #[pallet::call_index(7)]
        #[pallet::weight((T::WeightInfo::mark_classical(), DispatchClass::Operational))]
        pub fn mark_classical(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_mark_classical(&account)
        }

        /// Sets whether signatures of `scheme` are accepted.
        ///
        /// The origin must be [`Config::AdminOrigin`]. A scheme that is not in the catalog enters it.
        ///
        /// # Events
        /// [`Event::SchemeStatusSet`].
        ///
        /// # Errors
        /// * [`Error::DeprecationInThePast`]: `until` has passed; to switch a scheme off at once,
        ///   disable it.
        /// * [`Error::LastEnabledScheme`]: nobody could sign, or get a new key, any more.
        #[pallet::call_index(8)]
        #[pallet::weight((T::WeightInfo::set_scheme_status(), DispatchClass::Operational))]
        pub fn set_scheme_status(
            origin: OriginFor<T>,
            scheme: Scheme,
            status: SchemeStatus<BlockNumberFor<T>>,
        ) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_set_status(scheme, status)
        }

        /// Sets by how much the weight of verifying signatures of `scheme` is multiplied, in percent.
        ///
        /// The origin must be [`Config::AdminOrigin`].
        ///
        /// # Events
        /// [`Event::FeeMultiplierSet`].
        ///
        /// # Errors
        /// * [`Error::FeeMultiplierOutOfRange`]: not in [`MIN_FEE_MULTIPLIER`] to
        ///   [`MAX_FEE_MULTIPLIER`].
        /// * [`Error::SchemeDisabled`]: the scheme is not in the catalog.
        #[pallet::call_index(9)]
        #[pallet::weight((T::WeightInfo::set_fee_multiplier(), DispatchClass::Operational))]
        pub fn set_fee_multiplier(
            origin: OriginFor<T>,
            scheme: Scheme,
            percent: u32,
        ) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_set_fee_multiplier(scheme, percent)
        }

        /// Drops the expired previous key of `account` and returns its share of the deposit.
        ///
        /// The origin must be _Signed_, by anybody.
        ///
        /// # Events
        /// [`Event::PreviousKeyForgotten`].
        ///
        /// # Errors
        /// * [`Error::NotRegistered`], [`Error::NoPreviousKey`]: there is nothing to forget.
        /// * [`Error::OverlapRunning`]: the key still signs.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::forget_previous_key())]
        pub fn forget_previous_key(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_forget_previous(&account)
        }
    }
}
