//! Sessions: when validators and their keys change.

use polkadot_sdk::*;

use frame_support::{
    parameter_types,
    traits::{ConstU128, ConstU32},
    weights::Weight,
};
use pallet_pq_signatures::WeightInfo as _;
use pallet_session::{
    disabling::UpToLimitWithReEnablingDisablingStrategy, historical as pallet_session_historical,
    PeriodicSessions,
};
use pallet_validator_offences::ExcludingOffenders;
use sp_runtime::traits::{ConvertInto, OpaqueKeys};

use crate::constants::session::{KEY_DEPOSIT, LENGTH, PER_ERA};
use crate::{AccountId, Balances, BlockNumber, Runtime, RuntimeEvent, SessionKeys, Staking};

parameter_types! {
    /// Blocks of a session.
    ///
    /// In the state, so that a chain specification for tests can shorten it (at the key
    /// `twox_128(":SessionLength:")`) and still run the very same runtime. Zero is not allowed.
    pub storage SessionLength: BlockNumber = LENGTH;
    /// Sessions of an era, in the state likewise.
    pub storage SessionsPerEra: u32 = PER_ERA;
}

/// A session ends when its blocks are over.
type Periods = PeriodicSessions<SessionLength, ConstU32<0>>;

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = Periods;
    type NextSessionRotation = Periods;
    // Which notes the keys that come into office, too. The SDK's history is not kept beside it: that goes by the
    // keys which are registered, so that an offender can have others in time.
    type SessionManager = ExcludingOffenders<Self, Staking>;
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    type DisablingStrategy = UpToLimitWithReEnablingDisablingStrategy;
    type WeightInfo = Weights;
    type Currency = Balances;
    type KeyDeposit = ConstU128<KEY_DEPOSIT>;
}

// Staking names offenders in its terms. It keeps nothing.
impl pallet_session_historical::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type FullIdentification = ();
    type FullIdentificationOf = pallet_staking::UnitIdentificationOf<Self>;
}

/// The SDK's weights, and the proofs of possession that it does not weigh.
pub struct Weights;

impl pallet_session::WeightInfo for Weights {
    /// Two proofs, each an ML-DSA-65 signature.
    fn set_keys() -> Weight {
        let proof = pallet_pq_signatures::weights::SubstrateWeight::<Runtime>::verify_ml_dsa_65();
        <pallet_session::weights::SubstrateWeight<Runtime> as pallet_session::WeightInfo>::set_keys(
        )
        .saturating_add(proof.saturating_mul(2))
    }

    fn purge_keys() -> Weight {
        <pallet_session::weights::SubstrateWeight<Runtime> as pallet_session::WeightInfo>::purge_keys()
    }
}
