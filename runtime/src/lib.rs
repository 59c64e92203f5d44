//! The Qloak runtime: which pallets the chain is made of. How each is set up stands in
//! [`configs`], what the node may ask in [`apis`], how chains begin in [`genesis_presets`].
#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "256"]
#![allow(
    missing_docs,
    reason = "the SDK's macros make more public items than they document; what is written here is documented"
)]

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

extern crate alloc;

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod constants;
mod genesis;
pub mod genesis_presets;
#[cfg(feature = "std")]
pub mod verification;
pub mod weights;

use alloc::{borrow::Cow, vec::Vec};

use pallet_session::historical as pallet_session_historical;
use polkadot_sdk::*;
use sp_runtime::{
    generic,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
    MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

/// Identifies an account: a BLAKE2b-256 hash of its first key, or a classical public key.
pub type AccountId = <<MultiSignature as Verify>::Signer as IdentifyAccount>::AccountId;
/// An amount of the smallest unit, 10⁻¹² QLK.
pub type Balance = u128;
/// Counts the transactions of an account, from the number of the block that it was made in or higher.
pub type Nonce = u32;
/// A BLAKE2b-256 hash.
pub type Hash = sp_core::H256;
/// Counts blocks.
pub type BlockNumber = u32;
/// How an extrinsic names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// What an account signs with.
pub type Signature = qloak_pq_crypto::account_signature::AccountSignature;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// What a transaction carries beside its call.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
    frame_system::WeightReclaim<Runtime>,
);
/// An extrinsic, whose signature the key registry judges.
pub type UncheckedExtrinsic =
    pallet_pq_signatures::extrinsic::PqExtrinsic<Address, RuntimeCall, TxExtension, PqSignatures>;
/// Runs blocks.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

/// Types that know extrinsics only as bytes: what the node is built upon.
pub mod opaque {
    use super::*;

    pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

    /// A block's header.
    pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
    /// A block of opaque extrinsics.
    pub type Block = generic::Block<Header, UncheckedExtrinsic>;
}

sp_runtime::impl_opaque_keys! {
    /// The session keys of a validator: what it seals blocks with, and what it votes for finality with.
    pub struct SessionKeys {
        pub aura: Aura,
        pub grandpa: Grandpa,
    }
}

/// The version of this runtime.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("qloak"),
    impl_name: Cow::Borrowed("qloak"),
    authoring_version: 1,
    spec_version: 4,
    impl_version: 1,
    apis: apis::RUNTIME_API_VERSIONS,
    transaction_version: 2,
    system_version: 1,
};

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Aura = pallet_aura;
    #[runtime::pallet_index(3)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(4)]
    pub type TransactionPayment = pallet_transaction_payment;
    #[runtime::pallet_index(5)]
    pub type Utility = pallet_utility;
    #[runtime::pallet_index(6)]
    pub type Sudo = pallet_sudo;
    #[runtime::pallet_index(7)]
    pub type Authorship = pallet_authorship;
    #[runtime::pallet_index(10)]
    pub type PqSignatures = pallet_pq_signatures;
    // Pallets begin in the order of their indices. Staking comes before Session, which asks it for the
    // first validators.
    #[runtime::pallet_index(11)]
    pub type Staking = pallet_staking;
    #[runtime::pallet_index(12)]
    pub type Offences = pallet_offences;
    #[runtime::pallet_index(13)]
    pub type Session = pallet_session;
    #[runtime::pallet_index(14)]
    pub type Historical = pallet_session_historical;
    #[runtime::pallet_index(15)]
    pub type Grandpa = pallet_grandpa;
    #[runtime::pallet_index(16)]
    pub type ValidatorOffences = pallet_validator_offences;
    #[runtime::pallet_index(17)]
    pub type PrivacyCredit = pallet_privacy_credit;
    #[runtime::pallet_index(18)]
    pub type AddressDirectory = pallet_address_directory;
}
