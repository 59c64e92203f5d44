//! # Validator offences
//!
//! What happens to a validator that is caught: how double authoring is reported, how much an
//! equivocation costs, and for how long the offender stays out of the validator set.
//!
//! ## Pallet API
//!
//! See the [`pallet`] module for the calls, storage items, events, errors and the configuration
//! trait; [`offence`] for the slash fraction; [`exclusion`] for the two wrappers that a runtime puts
//! around its staking.
//!
//! ## Overview
//!
//! * **Reports of double authoring.** GRANDPA reports conflicting votes, AURA reports nothing. Two
//!   headers of one slot, sealed by one key, with a proof of who owned the key, are a report here
//!   ([`report_double_authoring`](Call::report_double_authoring)). A node that sees them makes a report of its
//!   own accord, unsigned ([`report_double_authoring_unsigned`](Call::report_double_authoring_unsigned)).
//! * **Fractions.** Every equivocation, of authors and of voters, costs the same: see
//!   [`offence::fraction`].
//! * **Exclusion.** An offender is out of the validator set for [`Config::ExclusionPeriod`], from the next
//!   session on, whatever its stake. [`Config::MinimumValidators`] stay in any case: a chain that
//!   excludes its last validators has stopped.
//!
//! ## Low level / implementation details
//!
//! ### What a report must show
//!
//! 1. Two headers of one slot that differ, be it in the seal alone, each with a seal that verifies for the
//!    accused key ([`qloak_offences::check_double_authoring`]).
//! 2. That the key was a validator's ([`ownership`]), in the session in which the headers' slot lies,
//!    or in the one after it, in which a report is often made. The
//!    offence counts for the former, whichever it was shown for: nobody who reports chooses whose
//!    stake pays. [`SessionStarts`] holds the slots. The count of validators is that of the session
//!    shown.
//! 3. That the session ended less than [`Config::ReportLongevity`] ago, and that the validator is not reported for
//!    it already.
//!
//! ### What an attacker can and cannot do
//!
//! * Report what did not happen: no, that takes two signatures by the accused key.
//! * Be slashed twice for one slot, or fill blocks and state for nothing: no, an offender and a session are one
//!   report. An offender that makes up headers pays for each session, and gets one free report for it.
//! * Report itself early, to be left alone later: no, that covers the session for which it pays. Headers with
//!   a made-up slot or number count for the session of the slot, and the real ones for theirs.
//! * Fill the pool with reports: unsigned ones are accepted from the node itself and in blocks only,
//!   and signed ones pay unless they are right and new.
//! * Register other session keys, before the offence or after it, and so escape the report: no, the keys
//!   that are in office count, and what is registered changes no proof.
//! * Have so many excluded that the rest decide alone: each of them must have signed twice, and
//!   [`Config::MinimumValidators`] ends it.
//!
//! ### State and what it costs
//!
//! [`Excluded`] holds an entry (52 bytes) per excluded validator and drops it at the first session after its
//! end. [`SessionStarts`] and [`SessionRoots`] hold an entry each (24 and 48 bytes) per session of the last
//! [`Config::ReportLongevity`]. [`KeysInOffice`] holds the keys of the present session (68 bytes each).

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(rustdoc::broken_intra_doc_links)]

extern crate alloc;

use polkadot_sdk::*;

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
pub mod exclusion;
mod key_name;
#[cfg(test)]
mod mock;
pub mod offence;
pub mod ownership;
mod reporting;
#[cfg(test)]
mod tests;
pub mod weights;

pub use exclusion::{ExcludeOffenders, ExcludingOffenders, OverSessions, Sessions};
pub use key_name::KeyName;
pub use offence::{DoubleAuthoring, Equivocation, Term, WithFraction};
pub use ownership::{Offender, OwnershipProof};
pub use pallet::*;
pub use weights::WeightInfo;

#[allow(
    missing_docs,
    clippy::expect_used,
    clippy::let_unit_value,
    reason = "the pallet macros generate items without documentation, `expect`s that hold, and bindings of ()"
)]
#[frame_support::pallet]
#[allow(
    deprecated,
    reason = "the SDK's other pallets and its extrinsics know no other way yet to check unsigned calls"
)]
pub mod pallet {
    use alloc::boxed::Box;

    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use qloak_offences::DoubleAuthoringProof;
    use qloak_pq_crypto::authority::aura::AuthorityId;
    use sp_consensus_slots::Slot;
    use sp_staking::{offence::ReportOffence, SessionIndex};

    use super::*;

    /// The version of the storage layout that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: polkadot_sdk::frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The most session keys that are in office at a time, of all validators together.
        type MaxKeys: Get<u32>;

        /// Where a proven offence goes: to whoever slashes.
        type Reports: ReportOffence<
            Self::AccountId,
            Offender<Self>,
            DoubleAuthoring<Offender<Self>>,
        >;

        /// The weight of what [`Config::Reports`] does with one offence.
        type SlashWeight: Get<Weight>;

        /// The present and the coming validators.
        type Sessions: Sessions<Self::AccountId>;

        /// The slot of this block; 0 at genesis.
        type CurrentSlot: Get<Slot>;

        /// The author of this block, who is the reporter of an unsigned report.
        type BlockAuthor: Get<Option<Self::AccountId>>;

        /// For how many blocks an offender is excluded.
        #[pallet::constant]
        type ExclusionPeriod: Get<BlockNumberFor<Self>>;

        /// How many validators stay, excluded or not.
        type MinimumValidators: Get<u32>;

        /// For how many blocks double authoring can be reported.
        #[pallet::constant]
        type ReportLongevity: Get<BlockNumberFor<Self>>;

        /// The weights of this pallet.
        type WeightInfo: WeightInfo;

        /// How a benchmark comes by a validator.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: benchmarking::Enrol<Self::AccountId>;
    }

    /// The validators that are excluded, and the block at which that ends.
    #[pallet::storage]
    pub type Excluded<T: Config> =
        StorageMap<_, Blake2_128Concat, T::AccountId, BlockNumberFor<T>, OptionQuery>;

    /// The block in which each session of late began, and its slot. The session's validators author the slots
    /// after it, up to the one in which the next begins.
    #[pallet::storage]
    pub type SessionStarts<T: Config> =
        StorageMap<_, Twox64Concat, SessionIndex, (BlockNumberFor<T>, Slot), OptionQuery>;

    /// For each session of late the root of the tree over the keys that were in office, and how many validators
    /// had them.
    #[pallet::storage]
    pub type SessionRoots<T: Config> =
        StorageMap<_, Twox64Concat, SessionIndex, (T::Hash, u32), OptionQuery>;

    /// The present session, and the keys that are in office in it with their owners.
    #[pallet::storage]
    pub type KeysInOffice<T: Config> = StorageValue<
        _,
        (
            SessionIndex,
            BoundedVec<(KeyName, T::AccountId), T::MaxKeys>,
        ),
        OptionQuery,
    >;

    /// The first session in [`SessionStarts`] and [`SessionRoots`].
    #[pallet::storage]
    pub type OldestSession<T: Config> = StorageValue<_, SessionIndex, OptionQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A validator is out of the set until a block.
        Excluded {
            /// Who.
            validator: T::AccountId,
            /// The first block in which it may be chosen again.
            until: BlockNumberFor<T>,
        },
        /// An authority sealed two blocks in one slot.
        DoubleAuthoringReported {
            /// The AURA key that sealed both.
            authority: AuthorityId,
            /// The slot.
            slot: Slot,
            /// The session for which the offence counts.
            session: SessionIndex,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// Both headers are one, with one seal.
        SameHeader,
        /// A header does not name exactly one slot.
        SlotForm,
        /// A header is of another slot than the report says.
        NotTheSlot,
        /// A header has no seal.
        MissingSeal,
        /// A header's seal is not a single AURA seal at the end of its digest.
        SealForm,
        /// A seal was not made by the accused key.
        BadSeal,
        /// The accused key was no validator's in the session of the proof.
        InvalidKeyOwnershipProof,
        /// The key's ownership is shown for another session than the one of the headers.
        WrongSession,
        /// The validator is reported for this session already.
        DuplicateReport,
        /// The headers' slot is older than reports may be about.
        StaleReport,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Reports that an authority sealed two blocks in one slot.
        ///
        /// The origin must be _Signed_. A report that is right and new costs nothing, and staking may
        /// reward its sender.
        ///
        /// # Events
        /// [`Event::DoubleAuthoringReported`], and those of whoever slashes and excludes.
        ///
        /// # Errors
        /// * [`Error::SameHeader`], [`Error::SlotForm`], [`Error::NotTheSlot`], [`Error::MissingSeal`],
        ///   [`Error::SealForm`], [`Error::BadSeal`]: the headers prove nothing.
        /// * [`Error::InvalidKeyOwnershipProof`], [`Error::WrongSession`]: the key was not a
        ///   validator's then.
        /// * [`Error::DuplicateReport`], [`Error::StaleReport`]: known, or too old.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::report_double_authoring().saturating_add(T::SlashWeight::get()))]
        pub fn report_double_authoring(
            origin: OriginFor<T>,
            proof: Box<DoubleAuthoringProof<HeaderFor<T>>>,
            key_owner_proof: OwnershipProof<T::AccountId>,
        ) -> DispatchResultWithPostInfo {
            let reporter = ensure_signed(origin)?;
            Self::process_report(Some(reporter), &proof, key_owner_proof)?;
            Ok(Pays::No.into())
        }

        /// The same without a sender, by the node that authors the block.
        ///
        /// The origin must be _None_. Other nodes do not pass it on.
        ///
        /// # Events
        /// As [`Call::report_double_authoring`].
        ///
        /// # Errors
        /// As [`Call::report_double_authoring`].
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::report_double_authoring().saturating_add(T::SlashWeight::get()))]
        pub fn report_double_authoring_unsigned(
            origin: OriginFor<T>,
            proof: Box<DoubleAuthoringProof<HeaderFor<T>>>,
            key_owner_proof: OwnershipProof<T::AccountId>,
        ) -> DispatchResultWithPostInfo {
            ensure_none(origin)?;
            Self::process_report(T::BlockAuthor::get(), &proof, key_owner_proof)?;
            Ok(Pays::No.into())
        }
    }

    #[pallet::validate_unsigned]
    impl<T: Config> ValidateUnsigned for Pallet<T> {
        type Call = Call<T>;

        fn validate_unsigned(source: TransactionSource, call: &Self::Call) -> TransactionValidity {
            Self::validate_report(source, call)
        }

        fn pre_dispatch(call: &Self::Call) -> Result<(), TransactionValidityError> {
            Self::check_before_dispatch(call).map(|_| ())
        }
    }
}
