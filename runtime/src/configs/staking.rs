//! Stakes.

use alloc::vec::Vec;

use polkadot_sdk::*;

use frame_support::traits::{ConstU32, Nothing};
use frame_system::EnsureRoot;
use sp_staking::{offence::OffenceSeverity, SessionIndex};

use crate::configs::{election::CostlySeats, session::SessionsPerEra};
use crate::constants::staking::{
    BONDING_ERAS, HISTORY_ERAS, MAX_CANDIDATES, MAX_NOMINATIONS, MAX_NOMINATORS, MAX_VALIDATORS,
    SLASH_DEFER_ERAS,
};
use crate::{
    AccountId, Balance, Balances, Runtime, RuntimeEvent, RuntimeHoldReason, Session, Timestamp,
};

/// How much the benchmarks of staking set up.
pub struct BenchmarkSizes;

impl pallet_staking::BenchmarkingConfig for BenchmarkSizes {
    type MaxValidators = ConstU32<MAX_CANDIDATES>;
    type MaxNominators = ConstU32<MAX_NOMINATORS>;
}

/// What staking asks of the sessions.
pub struct Sessions;

impl pallet_staking::SessionInterface<AccountId> for Sessions {
    fn report_offence(validator: AccountId, severity: OffenceSeverity) {
        Session::report_offence(validator, severity)
    }

    fn validators() -> Vec<AccountId> {
        Session::validators()
    }

    /// Nothing: whose keys were in office is forgotten with the session's last report.
    fn prune_historical_up_to(_: SessionIndex) {}
}

impl pallet_staking::Config for Runtime {
    type OldCurrency = Balances;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CurrencyBalance = Balance;
    type UnixTime = Timestamp;
    type CurrencyToVote = sp_staking::currency_to_vote::U128CurrencyToVote;
    type ElectionProvider = CostlySeats;
    type GenesisElectionProvider = CostlySeats;
    type NominationsQuota = pallet_staking::FixedNominationsQuota<MAX_NOMINATIONS>;
    type HistoryDepth = ConstU32<HISTORY_ERAS>;
    type RewardRemainder = ();
    type RuntimeEvent = RuntimeEvent;
    // What is slashed is burnt, less the reporter's share.
    type Slash = ();
    type Reward = ();
    type SessionsPerEra = SessionsPerEra;
    type BondingDuration = ConstU32<BONDING_ERAS>;
    type SlashDeferDuration = ConstU32<SLASH_DEFER_ERAS>;
    type AdminOrigin = EnsureRoot<AccountId>;
    type SessionInterface = Sessions;
    // Nothing is paid out yet: issuance follows a controller of its own, which is another piece of work.
    type EraPayout = ();
    type NextNewSession = Session;
    type MaxExposurePageSize = ConstU32<256>;
    type MaxValidatorSet = ConstU32<MAX_VALIDATORS>;
    type VoterList = pallet_staking::UseNominatorsAndValidatorsMap<Self>;
    type TargetList = pallet_staking::UseValidatorsMap<Self>;
    type MaxUnlockingChunks = ConstU32<32>;
    type MaxControllersInDeprecationBatch = ConstU32<64>;
    type EventListeners = ();
    type Filter = Nothing;
    type BenchmarkingConfig = BenchmarkSizes;
    type WeightInfo = pallet_staking::weights::SubstrateWeight<Runtime>;
}
