//! The shielded pool and the privacy credit.

use polkadot_sdk::*;

use frame_support::{
    dispatch::DispatchInfo,
    parameter_types,
    traits::{fungible::Balanced, ConstU32, OnUnbalanced},
    weights::Weight,
    PalletId,
};
use pallet_privacy_credit::{CreditOf, Policy, ProofVerifier, TransactionFee};
use qloak_shielded::{host, parameters::Parameters, proof::max_proof_bytes, statement::Statement};
use sp_runtime::Permill;

use crate::constants::shielded::{ANCHOR_WINDOW, ISSUANCE, MAX_LIFETIME, MINIMUM_DEPOSIT, PREMIUM};
use crate::{
    Authorship, Balance, Balances, BlockNumber, Runtime, RuntimeHoldReason, TransactionPayment,
};

parameter_types! {
    /// The pool's account is made from it.
    pub const PoolId: PalletId = PalletId(*b"qlk/pool");
    pub const Premium: Permill = PREMIUM;
    /// Bytes of the longest proof. The pallet compares it with the proof system's own figure.
    pub MaxProofBytes: u32 = u32::try_from(max_proof_bytes(&Parameters::STANDARD)).unwrap_or(0);
    pub const AnchorWindow: BlockNumber = ANCHOR_WINDOW;
    pub const MaxLifetime: BlockNumber = MAX_LIFETIME;
    pub const MinimumDeposit: u64 = MINIMUM_DEPOSIT;
    pub const IssuancePolicy: Policy = ISSUANCE;
}

impl pallet_privacy_credit::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ProofVerifier = Host;
    type TransactionFee = OrdinaryFee;
    type FeeHandler = ToAuthor;
    // Nobody works yet: the credits are burnt all the same.
    type OnWorkPaid = ();
    type PoolId = PoolId;
    type Premium = Premium;
    type MaxProofBytes = MaxProofBytes;
    type AnchorWindow = AnchorWindow;
    type MaxLifetime = MaxLifetime;
    type MinimumDeposit = MinimumDeposit;
    type IssuancePolicy = IssuancePolicy;
    // The timestamp.
    type InherentsPerBlock = ConstU32<1>;
    type WeightInfo = pallet_privacy_credit::weights::SubstrateWeight<Runtime>;
}

/// Has the node verify, or verifies here if the feature `host-crypto` is off.
pub struct Host;

impl ProofVerifier for Host {
    fn verify(proof: &[u8], statement: &Statement) -> bool {
        host::verify(proof, statement)
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn verify_afresh(proof: &[u8], statement: &Statement) -> bool {
        host::verify_afresh(proof, statement)
    }
}

/// What a signed transaction without a tip pays.
pub struct OrdinaryFee;

impl TransactionFee<Balance> for OrdinaryFee {
    fn of(length: u32, weight: Weight) -> Balance {
        let info = DispatchInfo {
            call_weight: weight,
            ..Default::default()
        };
        TransactionPayment::compute_fee(length, &info, 0)
    }
}

/// What a fee is above the minimum goes to the block's author. If the author cannot take it (an account
/// that does not exist, and a fee below what an account has at least), it is burnt too.
pub struct ToAuthor;

impl OnUnbalanced<CreditOf<Runtime>> for ToAuthor {
    fn on_nonzero_unbalanced(credit: CreditOf<Runtime>) {
        if let Some(author) = Authorship::author() {
            // What comes back is dropped, which burns it.
            drop(Balances::resolve(&author, credit));
        }
    }
}
