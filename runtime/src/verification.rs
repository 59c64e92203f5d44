//! What verifying an extrinsic takes: types and prices for the node, which verifies ahead of the runtime and charges its
//! peers for what it verifies.
//!
//! The node depends on no pallet; whatever it needs of them to read an extrinsic is named here. This module is not part
//! of the WebAssembly.

use crate::{Address, BlockNumber, PqSignatures, Runtime, RuntimeCall, TxExtension};
use pallet_pq_signatures::WeightInfo as _;
use pallet_privacy_credit::WeightInfo as _;
use polkadot_sdk::frame_support::weights::Weight;
use qloak_pq_crypto::scheme::Scheme;

pub use pallet_pq_signatures::{extrinsic::signed_payload, Refusal as SignatureRefusal};
pub use pallet_privacy_credit::Refusal as TransferRefusal;

/// An extrinsic as it is sent, unchecked.
pub type Wire = pallet_pq_signatures::extrinsic::Wire<Address, RuntimeCall, TxExtension>;

/// The registered keys of accounts, in the state.
pub type RegisteredKeys = pallet_pq_signatures::Keys<Runtime>;

/// The record of a registered key.
pub type KeyRecord = pallet_pq_signatures::KeyRecord<BlockNumber>;

/// A call of the shielded pool's pallet.
pub type PrivacyCreditCall = pallet_privacy_credit::Call<Runtime>;

/// The weight of verifying a post-quantum signature.
pub fn signature_weight(scheme: Scheme) -> Weight {
    PqSignatures::verification_weight(scheme)
}

/// The weight of verifying a classical signature.
pub fn classical_signature_weight() -> Weight {
    <Runtime as pallet_pq_signatures::Config>::WeightInfo::verify_classical()
}

/// The weight of verifying the proof of a shielded transfer.
pub fn proof_weight() -> Weight {
    <Runtime as pallet_privacy_credit::Config>::WeightInfo::verify_proof()
}
