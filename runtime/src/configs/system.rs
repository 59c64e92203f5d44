//! Blocks and their limits, batches, and the root origin of development chains.

use polkadot_sdk::*;

use frame_support::dispatch::DispatchClass;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU32, Get},
    weights::constants::{BlockExecutionWeight, ExtrinsicBaseWeight, ParityDbWeight},
};
use frame_system::limits::{BlockLength, BlockWeights};
use sp_runtime::type_with_default::TypeWithDefault;

use crate::constants::block::{BYTES, EXECUTION, HEADER_BYTES, NORMAL_SHARE};
use crate::{
    weights, AccountId, Balance, Block, Hash, Nonce, OriginCaller, PalletInfo, PqSignatures,
    Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, RuntimeTask, VERSION,
};

parameter_types! {
    pub const BlockHashCount: crate::BlockNumber = 4_096;
    pub const Version: sp_version::RuntimeVersion = VERSION;
    pub const SS58Prefix: u16 = qloak_pq_crypto::account::SS58_PREFIX;
    pub Length: BlockLength = BlockLength::builder().max_length(BYTES)
        .max_header_size(HEADER_BYTES)
        .modify_max_length_for_class(DispatchClass::Normal, |length| *length = NORMAL_SHARE * BYTES)
        .build();
    pub Weights: BlockWeights = BlockWeights::builder()
        .base_block(BlockExecutionWeight::get())
        .for_class(DispatchClass::all(), |weights| weights.base_extrinsic = ExtrinsicBaseWeight::get())
        .for_class(DispatchClass::Normal, |weights| weights.max_total = Some(NORMAL_SHARE * EXECUTION))
        .for_class(DispatchClass::Operational, |weights| {
            weights.max_total = Some(EXECUTION);
            weights.reserved = Some(EXECUTION - NORMAL_SHARE * EXECUTION);
        })
        .build_or_panic();
}

/// The nonce that a new account begins with.
#[derive(Debug)]
pub struct FirstNonce;

impl Get<Nonce> for FirstNonce {
    fn get() -> Nonce {
        PqSignatures::first_nonce()
    }
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type BlockWeights = Weights;
    type BlockLength = Length;
    type BlockHashCount = BlockHashCount;
    type AccountId = AccountId;
    /// Metadata and encoding are those of the number.
    type Nonce = TypeWithDefault<Nonce, FirstNonce>;
    type Hash = Hash;
    type DbWeight = ParityDbWeight;
    type Version = Version;
    type AccountData = pallet_balances::AccountData<Balance>;
    type OnKilledAccount = PqSignatures;
    type SS58Prefix = SS58Prefix;
    type MaxConsumers = ConstU32<16>;
    type SystemWeightInfo = weights::frame_system::Measured<Runtime>;
    type ExtensionsWeightInfo = weights::frame_system_extensions::Measured<Runtime>;
}

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = weights::pallet_utility::Measured<Runtime>;
}

impl pallet_sudo::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WeightInfo = weights::pallet_sudo::Measured<Runtime>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_runtime::{Digest, DigestItem};

    /// The fault: 2 MiB were taken, and nodes cannot announce more than one.
    #[test]
    #[should_panic(expected = "exceeds max header size")]
    fn a_block_with_a_large_header_is_not_executed() {
        let item = DigestItem::PreRuntime(*b"FATT", alloc::vec![0; HEADER_BYTES as usize]);
        let digest = Digest {
            logs: alloc::vec![item],
        };
        sp_io::TestExternalities::new_empty()
            .execute_with(|| crate::System::initialize(&1, &Hash::default(), &digest));
    }
}
