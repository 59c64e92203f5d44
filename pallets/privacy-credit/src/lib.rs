//! # Privacy credit
//!
//! The shielded pool: QLK go in from public accounts, change hands inside where nobody sees who pays
//! whom how much, and come out again. Each payment earns its sender a *privacy credit*, PRIV, which
//! pays for confidential work.
//!
//! ## Pallet API
//!
//! See the [`pallet`] module for the calls, storage items, events, errors and the configuration
//! trait; [`admission`] for the checks of a transfer and their order; [`fee`] for what it pays;
//! [`anchors`] for which roots of the tree it may refer to; [`controller`] for the credit's rate;
//! [`runtime_api`] for what wallets read. `docs/spec/privacy-credit.md` is the
//! specification, `docs/spec/shielded.md` that of notes and proofs.
//!
//! ## Overview
//!
//! * **Deposit.** [`shield`](Call::shield) moves QLK of the signer into the pool's account. The
//!   value is public, so the chain makes the note's commitment itself.
//! * **Transfer.** [`transfer`](Call::transfer) spends two notes and makes two, by a proof. It has no
//!   sender and no signature, and pays its fee out of the pool. Beside that it does nothing that can be
//!   seen, or pays QLK to a public account, or PRIV for work.
//! * **Turnstile.** For each asset [`Turnstiles`] counts what entered and what left, and nothing leaves
//!   that did not enter, even if the proof system is broken. QLK in the pool are on hold in the
//!   pool's account: the hold *is* the turnstile's balance, and what strangers send to that account
//!   lies beside it.
//! * **Credit.** Each transfer mints a note of PRIV for its sender, at a rate that the
//!   [`controller`] sets. PRIV exist in the pool only.
//! * **Fee.** A transfer pays at least what an ordinary transaction of its size and weight pays, and a premium. That minimum
//!   is burnt, and the rest goes to the runtime's fee handler: so nobody mints credits for less, authors of blocks included.
//!
//! ## Low level / implementation details
//!
//! ### Why transfers are bare extrinsics
//!
//! A transfer is an extrinsic without signature and without transaction extensions, checked by
//! `ValidateUnsigned`. The SDK would rather have an authorised call in a *general* extrinsic. But
//! that carries the extensions' data (era, nonce, tip), which nobody signs: whoever passes the transaction
//! on could change them, make any number of different transactions of it, and have each verified
//! everywhere. Here everything in the extrinsic is either the transfer, to which the proof is bound,
//! or the proof. When the SDK drops `ValidateUnsigned`, [`admission`] stays and three lines
//! change.
//!
//! ### State and what it costs
//!
//! | item | grows | bytes |
//! |---|---|---|
//! | [`Nullifiers`] | by two for each transfer, for good | 64 of key and none of value, about 100 in the trie |
//! | [`Tree`] | not | 1,028 |
//! | [`RetiredAnchors`], [`AnchorQueue`] | to [`Config::AnchorWindow`] + 1 entries each | 148 for both |
//! | the others | not | 160 of value in all |
//!
//! Commitments are not kept, the tree's frontier stands for them. Ciphertexts are not kept
//! either: see [`qloak_shielded::pool`].

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(rustdoc::broken_intra_doc_links)]

extern crate alloc;

use polkadot_sdk::*;

pub mod admission;
pub mod anchors;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod controller;
mod errors;
mod events;
pub mod fee;
#[cfg(any(test, feature = "runtime-benchmarks"))]
mod fixture;
mod invariants;
mod issuance;
#[cfg(test)]
mod mock;
mod pool;
pub mod runtime_api;
#[cfg(test)]
mod tests;
pub mod verifier;
pub mod weights;

pub use admission::Refusal;
pub use controller::Policy;
pub use fee::TransactionFee;
pub use pallet::*;
pub use qloak_shielded::pool::{
    Anchor, CompactEntry, Entry, FullEntry, Passage, PoolInfo, Spent, Turnstile,
    NULLIFIERS_PER_PAGE,
};
pub use verifier::{InRuntime, ProofVerifier};
pub use weights::WeightInfo;

use frame_support::{pallet_macros::import_section, traits::fungible, weights::Weight};

/// The balance of the currency that is shielded.
pub type BalanceOf<T> =
    <<T as Config>::Currency as fungible::Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// QLK that have left the pool as a fee and are on their way.
pub type CreditOf<T> =
    fungible::Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

/// Who is told that confidential work was paid for.
pub trait OnWorkPaid {
    /// So many units of PRIV are burnt for the work with this digest. It must not fail: whoever
    /// pays for work that does not exist has paid.
    fn on_work_paid(work: &[u8; 32], credits: u64);

    /// What that weighs.
    fn weight() -> Weight;
}

/// Nobody is told.
impl OnWorkPaid for () {
    fn on_work_paid(_: &[u8; 32], _: u64) {}

    fn weight() -> Weight {
        Weight::zero()
    }
}

#[allow(
    missing_docs,
    clippy::expect_used,
    reason = "the pallet macros generate items without documentation, and `expect`s that hold"
)]
#[import_section(crate::errors::errors)]
#[import_section(crate::events::events)]
#[frame_support::pallet]
#[allow(
    deprecated,
    clippy::let_unit_value,
    reason = "the SDK's replacement for ValidateUnsigned is not what this needs: see the crate's documentation"
)]
pub mod pallet {
    use alloc::boxed::Box;

    use frame_support::{pallet_prelude::*, traits::OnUnbalanced, PalletId};
    use frame_system::pallet_prelude::*;
    use qloak_shielded::{
        element::Digest,
        parameters::Parameters,
        proof::max_proof_bytes,
        statement::INPUTS,
        transaction::{Deposit, Output, Transfer},
        tree::Frontier,
    };
    use sp_runtime::Permill;

    use super::*;
    use crate::controller::{Controller, Sample};

    /// The version of the storage layout that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<
        AccountId: From<[u8; 32]>,
        Hash: Into<[u8; 32]>,
        RuntimeEvent: From<Event<Self>> + TryInto<Event<Self>>,
    >
    {
        /// The currency that is shielded.
        type Currency: fungible::Inspect<Self::AccountId, Balance: From<u64> + Into<u128>>
            + fungible::Balanced<Self::AccountId>
            + fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// The runtime's list of hold reasons.
        type RuntimeHoldReason: From<HoldReason>;

        /// Who verifies proofs.
        type ProofVerifier: ProofVerifier;

        /// What an ordinary transaction pays.
        type TransactionFee: TransactionFee<BalanceOf<Self>>;

        /// Who gets what a fee is above the minimum, which is burnt.
        type FeeHandler: OnUnbalanced<CreditOf<Self>>;

        /// Who is told that confidential work was paid for.
        type OnWorkPaid: OnWorkPaid;

        /// What the pool's account is made from.
        #[pallet::constant]
        type PoolId: Get<PalletId>;

        /// The privacy premium: the share of the least fee by which it exceeds an ordinary one.
        #[pallet::constant]
        type Premium: Get<Permill>;

        /// The greatest number of bytes of a proof:
        /// [`max_proof_bytes`] of the [standard parameters](Parameters::STANDARD).
        #[pallet::constant]
        type MaxProofBytes: Get<u32>;

        /// For how many blocks a root of the tree is an anchor after another has taken its place.
        #[pallet::constant]
        type AnchorWindow: Get<BlockNumberFor<Self>>;

        /// How many blocks away the last block of a transfer may be. A wallet's own transfers end sooner, unless a node told it a
        /// height that the chain does not have. Without a bound, a transfer made on such a word could land for as long as nobody
        /// else appends to the tree, and its notes would be in doubt until then.
        #[pallet::constant]
        type MaxLifetime: Get<u32>;

        /// The least deposit whatever fees are, in units of QLK. No less than the currency's existential deposit. While two standard
        /// fees are more, they are the least.
        #[pallet::constant]
        type MinimumDeposit: Get<u64>;

        /// The parameters of the credit's issuance.
        #[pallet::constant]
        type IssuancePolicy: Get<Policy>;

        /// How many extrinsics of each block are inherents, which are no transactions.
        type InherentsPerBlock: Get<u32>;

        /// The weights of this pallet.
        type WeightInfo: WeightInfo;
    }

    /// Why this pallet holds an account's funds.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// They are the shielded pool's.
        ShieldedPool,
    }

    /// The right edge of the note tree.
    #[pallet::storage]
    pub type Tree<T: Config> = StorageValue<_, Frontier, ValueQuery>;

    /// The nullifiers of spent notes. They are hashes already and stand in their own order, so that
    /// wallets can be given all of a range.
    #[pallet::storage]
    pub type Nullifiers<T: Config> = StorageMap<_, Identity, Digest, (), OptionQuery>;

    /// The root of the tree at the end of the last block.
    #[pallet::storage]
    pub type CurrentAnchor<T: Config> = StorageValue<_, Anchor, ValueQuery>;

    /// Earlier roots, each with the block at whose end another took its place.
    #[pallet::storage]
    pub type RetiredAnchors<T: Config> =
        StorageMap<_, Identity, Digest, BlockNumberFor<T>, OptionQuery>;

    /// The retired anchors in their order.
    #[pallet::storage]
    pub type AnchorQueue<T: Config> = StorageMap<_, Twox64Concat, u64, Digest, OptionQuery>;

    /// The first number in [`AnchorQueue`], and the next that is free.
    #[pallet::storage]
    pub type AnchorRange<T: Config> = StorageValue<_, (u64, u64), ValueQuery>;

    /// What entered and left the pool, of each asset.
    #[pallet::storage]
    pub type Turnstiles<T: Config> = StorageValue<_, Turnstile, ValueQuery>;

    /// The controller of the credit's rate, and the rate.
    #[pallet::storage]
    pub type Issuance<T: Config> = StorageValue<_, Controller, ValueQuery, InitialController<T>>;

    /// The controller before the end of the first period.
    #[pallet::type_value]
    pub fn InitialController<T: Config>() -> Controller {
        Controller::new(&T::IssuancePolicy::get())
    }

    /// What was measured so far in this period.
    #[pallet::storage]
    pub type Period<T: Config> = StorageValue<_, Sample, ValueQuery>;

    /// Transfers in this block. Empty at its end.
    #[pallet::storage]
    pub type ShieldedInBlock<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// The transfer whose proof has been verified and which is dispatched next. Empty after that.
    #[pallet::storage]
    pub type Admitted<T: Config> = StorageValue<_, Digest, OptionQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            Pallet::<T>::found();
            Tree::<T>::put(Frontier::EMPTY);
            CurrentAnchor::<T>::put(Anchor::from(&Frontier::EMPTY));
            Issuance::<T>::put(Controller::new(&T::IssuancePolicy::get()));
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            Self::drop_expired_anchors(now);
            T::WeightInfo::on_block()
        }

        fn on_finalize(now: BlockNumberFor<T>) {
            Self::note_anchor(now);
            Self::measure_block(now);
        }

        /// # Panics
        /// If the configuration makes no sense.
        fn integrity_test() {
            assert!(T::IssuancePolicy::get().is_sound(), "the issuance policy");
            assert!(!T::Premium::get().is_one(), "a fee is not all premium");
            assert_eq!(
                usize::try_from(T::MaxProofBytes::get()),
                Ok(max_proof_bytes(&Parameters::STANDARD)),
                "the greatest number of bytes of a proof"
            );
            let least = BalanceOf::<T>::from(T::MinimumDeposit::get());
            assert!(
                least >= <T::Currency as fungible::Inspect<_>>::minimum_balance(),
                "the least deposit is below the existential deposit"
            );
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
        /// Moves QLK of the caller into the pool, where they become a note.
        ///
        /// The origin must be _Signed_. The value is public, and so is the caller. The caller's account
        /// must keep its existential deposit.
        ///
        /// # Events
        /// [`Event::Shielded`].
        ///
        /// # Errors
        /// * [`Error::DepositTooSmall`], [`Error::TreeFull`].
        /// * [`Error::Refused`] with [`Refusal::Overflow`], if the turnstile cannot count it.
        /// * Those of the currency, if the caller does not have so much.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::shield())]
        pub fn shield(origin: OriginFor<T>, deposit: Box<Deposit>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_shield(who, *deposit)
        }

        /// Spends two notes and makes two, and mints the credit's note. When the tree has no room for them, only an exit is
        /// accepted ([`Transfer::is_exit`]), which makes none.
        ///
        /// The origin must be _None_, and the extrinsic bare: the proof stands for a signature. It
        /// pays the fee that the transfer says, out of the pool.
        ///
        /// # Events
        /// [`Event::Transferred`]; and [`Event::Withdrawn`] or [`Event::WorkPaid`], by its action.
        ///
        /// # Errors
        /// A transaction that breaks a rule comes into no block: see [`Refusal`].
        /// [`Error::NotAdmitted`] if it was dispatched by another call.
        #[pallet::call_index(1)]
        #[pallet::weight(Pallet::<T>::transfer_weight())]
        pub fn transfer(
            origin: OriginFor<T>,
            transfer: Box<Transfer>,
            proof: BoundedVec<u8, T::MaxProofBytes>,
        ) -> DispatchResult {
            ensure_none(origin)?;
            // It was verified on admission, which `do_transfer` insists on.
            drop(proof);
            Self::do_transfer(&transfer)
        }
    }

    #[pallet::validate_unsigned]
    impl<T: Config> ValidateUnsigned for Pallet<T> {
        type Call = Call<T>;

        fn validate_unsigned(_: TransactionSource, call: &Self::Call) -> TransactionValidity {
            Self::validate_transfer(call)
        }

        fn pre_dispatch(call: &Self::Call) -> Result<(), TransactionValidityError> {
            Self::admit(call)
        }
    }
}
