//! Offences of validators: who reports them, what is slashed, and who is excluded.

use alloc::vec::Vec;
use core::marker::PhantomData;

use polkadot_sdk::*;

use frame_support::{
    parameter_types,
    traits::{ConstU32, Get, InherentBuilder},
    weights::{constants::WEIGHT_REF_TIME_PER_MICROS, Weight},
};
use frame_system::offchain::{CreateBare, CreateTransactionBase};
use pallet_validator_offences::{ExcludeOffenders, Offender, OverSessions, WeightInfo as _};
use sp_consensus_aura::Slot;
use sp_staking::offence::{Offence, OffenceError, ReportOffence};

use crate::configs::session::{SessionLength, SessionsPerEra};
use crate::constants::{
    offences::EXCLUSION,
    staking::{BONDING_ERAS, MAX_NOMINATORS, MAX_VALIDATORS},
};
use crate::{
    AccountId, Authorship, BlockNumber, Offences, Runtime, RuntimeCall, RuntimeEvent, Staking,
    UncheckedExtrinsic,
};

parameter_types! {
    /// Blocks for which an offender is excluded. In the state, as the length of sessions is.
    pub storage ExclusionPeriod: BlockNumber = EXCLUSION;
    /// Blocks for which an offence can be reported: as long as the bond that pays for it is held.
    pub ReportLongevity: BlockNumber = {
        let session: BlockNumber = SessionLength::get();
        session.saturating_mul(SessionsPerEra::get()).saturating_mul(BONDING_ERAS)
    };
}

impl pallet_offences::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type IdentificationTuple = Offender<Self>;
    type OnOffenceHandler = ExcludeOffenders<Self, Staking>;
}

impl pallet_validator_offences::Config for Runtime {
    // One seals, one votes.
    type MaxKeys = ConstU32<{ 2 * MAX_VALIDATORS }>;
    type Reports = WhileBonded<Offences>;
    type SlashWeight = SlashWeight;
    type Sessions = OverSessions<Self>;
    type CurrentSlot = CurrentSlot;
    type BlockAuthor = BlockAuthor;
    type ExclusionPeriod = ExclusionPeriod;
    type MinimumValidators = MinimumValidators;
    type ReportLongevity = ReportLongevity;
    type WeightInfo = pallet_validator_offences::weights::SubstrateWeight<Self>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Self;
}

/// No fewer validators are left than staking would elect.
pub struct MinimumValidators;

impl Get<u32> for MinimumValidators {
    fn get() -> u32 {
        pallet_staking::MinimumValidatorCount::<Runtime>::get()
    }
}

/// Passes on offences of sessions whose bonds are still held, and refuses older ones.
///
/// The SDK's `FilterHistoricalOffences` accepts old ones and drops them. Since an accepted report is free and is
/// remembered only by whoever it is passed on to, the same one could be sent for nothing in every block.
pub struct WhileBonded<Reports>(PhantomData<Reports>);

/// The code with which a report of an older session is refused.
const NOT_BONDED: u8 = 1;

impl<Reporter, Who, O, Reports> ReportOffence<Reporter, Who, O> for WhileBonded<Reports>
where
    O: Offence<Who>,
    Reports: ReportOffence<Reporter, Who, O>,
{
    fn report_offence(reporters: Vec<Reporter>, offence: O) -> Result<(), OffenceError> {
        let is_bonded = pallet_staking::BondedEras::<Runtime>::get()
            .first()
            .is_some_and(|(_, start)| offence.session_index() >= *start);
        if !is_bonded {
            return Err(OffenceError::Other(NOT_BONDED));
        }
        Reports::report_offence(reporters, offence)
    }

    fn is_known_offence(offenders: &[Who], term: &O::Slot) -> bool {
        Reports::is_known_offence(offenders, term)
    }
}

/// The slot of the present block.
pub struct CurrentSlot;

impl Get<Slot> for CurrentSlot {
    fn get() -> Slot {
        pallet_aura::CurrentSlot::<Runtime>::get()
    }
}

/// The author of the present block.
pub struct BlockAuthor;

impl Get<Option<AccountId>> for BlockAuthor {
    fn get() -> Option<AccountId> {
        Authorship::author()
    }
}

/// The weight of slashing and excluding a validator whom every nominator stands behind.
///
/// The time per nominator is GRANDPA's own estimate in the SDK, and so are the accesses: three reads
/// and three writes for each, fourteen and ten for the offence.
pub struct SlashWeight;

impl Get<Weight> for SlashWeight {
    fn get() -> Weight {
        let nominators = u64::from(MAX_NOMINATORS);
        let microseconds = 110 + 25 * nominators;
        let accesses = <Runtime as frame_system::Config>::DbWeight::get()
            .reads_writes(14 + 3 * nominators, 10 + 3 * nominators);
        Weight::from_parts(microseconds * WEIGHT_REF_TIME_PER_MICROS, 0)
            .saturating_add(accesses)
            .saturating_add(
                pallet_validator_offences::weights::SubstrateWeight::<Runtime>::exclude(),
            )
    }
}

// Reports are extrinsics without a sender, which the runtime makes when the node asks it to.
impl<Call> CreateTransactionBase<Call> for Runtime
where
    RuntimeCall: From<Call>,
{
    type Extrinsic = UncheckedExtrinsic;
    type RuntimeCall = RuntimeCall;
}

impl<Call> CreateBare<Call> for Runtime
where
    RuntimeCall: From<Call>,
{
    fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
        UncheckedExtrinsic::new_inherent(call)
    }
}

#[cfg(feature = "runtime-benchmarks")]
impl pallet_validator_offences::benchmarking::Enrol<AccountId> for Runtime {
    fn enrol(authority: qloak_pq_crypto::authority::aura::AuthorityId) -> AccountId {
        let id = sp_io::hashing::blake2_256(authority.as_ref());
        let account = AccountId::from(id);
        let keys = crate::SessionKeys {
            aura: authority,
            grandpa: qloak_pq_crypto::authority::Public::from(id).into(),
        };
        pallet_session::NextKeys::<Runtime>::insert(&account, keys.clone());
        pallet_session::Validators::<Runtime>::append(&account);
        pallet_session::QueuedKeys::<Runtime>::append((account.clone(), keys));
        account
    }
}
