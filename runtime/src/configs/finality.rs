//! Finality by GRANDPA, whose votes are ML-DSA-65 signatures.

use polkadot_sdk::*;

use frame_support::{
    traits::{ConstU32, ConstU64, Get},
    weights::{constants::WEIGHT_REF_TIME_PER_MICROS, Weight},
};
use pallet_pq_signatures::WeightInfo as _;
use pallet_validator_offences::{OwnershipProof, Term, WeightInfo as _, WithFraction};

use crate::configs::offences::{ReportLongevity, SlashWeight, WhileBonded};
use crate::constants::{
    session::PER_ERA,
    staking::{BONDING_ERAS, MAX_NOMINATORS, MAX_VALIDATORS},
};
use crate::{AccountId, Offences, Runtime, RuntimeEvent, ValidatorOffences};

// `[patch.crates-io]` falls back silently to the SDK's crate when a version moves. Then this fails.
const _: fn(qloak_pq_crypto::authority::grandpa::AuthorityId) -> sp_consensus_grandpa::AuthorityId =
    core::convert::identity;

/// Sets of voters that can be reported: one a session, for as long as bonds are held.
const MAX_SETS: u64 = BONDING_ERAS as u64 * PER_ERA as u64;

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = Weights;
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type MaxNominators = ConstU32<MAX_NOMINATORS>;
    type MaxSetIdSessionEntries = ConstU64<MAX_SETS>;
    type KeyOwnerProof = OwnershipProof<AccountId>;
    type EquivocationReportSystem = pallet_grandpa::EquivocationReportSystem<
        Self,
        WhileBonded<WithFraction<Offences, VoterSet>>,
        ValidatorOffences,
        ReportLongevity,
    >;
}

/// Double votes count once per set of voters. A set ends with its era at the latest.
pub struct VoterSet;

impl Term<pallet_grandpa::TimeSlot> for VoterSet {
    type Id = sp_consensus_grandpa::SetId;

    fn of(moment: &pallet_grandpa::TimeSlot) -> Self::Id {
        moment.set_id
    }
}

/// The weights of GRANDPA's calls. The SDK's assume two ed25519 verifications, in 95 µs.
pub struct Weights;

impl pallet_grandpa::WeightInfo for Weights {
    /// Like a report of double authoring, with the seals' two verifications in it, but either vote may be
    /// verified once more, for the set before; and two sets are looked up. The numbers that the
    /// caller gives are not used: they come from the reporter, and the limits are weighed instead.
    fn report_equivocation(_validators: u32, _nominators: u32) -> Weight {
        let vote = pallet_pq_signatures::weights::SubstrateWeight::<Runtime>::verify_ml_dsa_65();
        pallet_validator_offences::weights::SubstrateWeight::<Runtime>::report_double_authoring()
            .saturating_add(vote.saturating_mul(2))
            .saturating_add(<Runtime as frame_system::Config>::DbWeight::get().reads(2))
            .saturating_add(SlashWeight::get())
    }

    fn note_stalled() -> Weight {
        Weight::from_parts(3 * WEIGHT_REF_TIME_PER_MICROS, 0)
            .saturating_add(<Runtime as frame_system::Config>::DbWeight::get().writes(1))
    }
}
