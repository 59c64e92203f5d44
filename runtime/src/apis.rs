//! What a node may ask of the runtime.

use alloc::vec::Vec;

use polkadot_sdk::*;

use codec::Encode;
use frame_support::{
    genesis_builder_helper::get_preset, traits::KeyOwnerProofSystem, weights::Weight,
};
use pallet_pq_signatures::{runtime_api::KeyInfo, AccountStatus, CatalogEntry};
use pallet_transaction_payment::{FeeDetails, RuntimeDispatchInfo};
use qloak_offences::DoubleAuthoringProof;
use qloak_pq_crypto::{authority::aura::AuthorityId, scheme::Scheme};
use qloak_shielded::{
    element::Digest,
    pool::{FullEntry, PoolInfo},
    tree::Frontier,
};
use sp_consensus_grandpa::AuthorityId as VoterId;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_runtime::{
    traits::{Block as BlockT, NumberFor},
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult, OpaqueValue,
};
use sp_version::RuntimeVersion;

use crate::{
    genesis, genesis_presets, AccountId, Balance, Block, BlockNumber, Executive, Grandpa,
    InherentDataExt, Nonce, PqSignatures, PrivacyCredit, Runtime, RuntimeCall,
    RuntimeGenesisConfig, SessionKeys, Staking, System, TransactionPayment, ValidatorOffences,
    VERSION,
};

sp_api::impl_runtime_apis! {
    impl sp_api::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            VERSION
        }

        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            Executive::execute_block(block);
        }

        fn initialize_block(header: &<Block as BlockT>::Header) -> sp_runtime::ExtrinsicInclusionMode {
            Executive::initialize_block(header)
        }
    }

    impl sp_api::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata {
            OpaqueMetadata::new(Runtime::metadata().into())
        }

        fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
            Runtime::metadata_at_version(version)
        }

        fn metadata_versions() -> Vec<u32> {
            Runtime::metadata_versions()
        }
    }

    impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
        fn execute_view_function(
            id: frame_support::view_functions::ViewFunctionId,
            input: Vec<u8>,
        ) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
            Runtime::execute_view_function(id, input)
        }
    }

    impl sp_block_builder::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
            Executive::apply_extrinsic(extrinsic)
        }

        fn finalize_block() -> <Block as BlockT>::Header {
            Executive::finalize_block()
        }

        fn inherent_extrinsics(data: sp_inherents::InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
            data.create_extrinsics()
        }

        fn check_inherents(
            block: <Block as BlockT>::LazyBlock,
            data: sp_inherents::InherentData,
        ) -> sp_inherents::CheckInherentsResult {
            data.check_extrinsics(&block)
        }
    }

    impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(
            source: TransactionSource,
            transaction: <Block as BlockT>::Extrinsic,
            block_hash: <Block as BlockT>::Hash,
        ) -> TransactionValidity {
            Executive::validate_transaction(source, transaction, block_hash)
        }
    }

    impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
        fn offchain_worker(header: &<Block as BlockT>::Header) {
            Executive::offchain_worker(header)
        }
    }

    impl sp_consensus_aura::AuraApi<Block, AuthorityId> for Runtime {
        fn slot_duration() -> sp_consensus_aura::SlotDuration {
            sp_consensus_aura::SlotDuration::from_millis(crate::constants::time::SLOT_MILLISECONDS)
        }

        fn authorities() -> Vec<AuthorityId> {
            pallet_aura::Authorities::<Runtime>::get().into_inner()
        }
    }

    impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
        fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
            Grandpa::grandpa_authorities()
        }

        fn current_set_id() -> sp_consensus_grandpa::SetId {
            pallet_grandpa::CurrentSetId::<Runtime>::get()
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            proof: sp_consensus_grandpa::EquivocationProof<<Block as BlockT>::Hash, NumberFor<Block>>,
            key_owner_proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            Grandpa::submit_unsigned_equivocation_report(proof, key_owner_proof.decode()?)
        }

        fn generate_key_ownership_proof(
            _set_id: sp_consensus_grandpa::SetId,
            authority: VoterId,
        ) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
            let proof = ValidatorOffences::prove((sp_consensus_grandpa::KEY_TYPE, authority))?;
            Some(OpaqueValue::new(proof.encode()))
        }
    }

    impl qloak_offences::DoubleAuthoringApi<Block> for Runtime {
        fn generate_key_ownership_proof(
            _slot: sp_consensus_aura::Slot,
            authority: AuthorityId,
        ) -> Option<OpaqueValue> {
            let proof = ValidatorOffences::prove_key_ownership(authority)?;
            Some(OpaqueValue::new(proof.encode()))
        }

        fn submit_report_unsigned(
            proof: DoubleAuthoringProof<<Block as BlockT>::Header>,
            key_owner_proof: OpaqueValue,
        ) -> Option<()> {
            ValidatorOffences::submit_report(proof, key_owner_proof.decode()?)
        }
    }

    impl pallet_staking_runtime_api::StakingApi<Block, Balance, AccountId> for Runtime {
        fn nominations_quota(balance: Balance) -> u32 {
            Staking::api_nominations_quota(balance)
        }

        fn eras_stakers_page_count(era: sp_staking::EraIndex, account: AccountId) -> sp_staking::Page {
            Staking::api_eras_stakers_page_count(era, account)
        }

        fn pending_rewards(era: sp_staking::EraIndex, account: AccountId) -> bool {
            Staking::api_pending_rewards(era, account)
        }
    }

    impl sp_session::SessionKeys<Block> for Runtime {
        fn generate_session_keys(owner: Vec<u8>, seed: Option<Vec<u8>>) -> sp_session::OpaqueGeneratedSessionKeys {
            SessionKeys::generate(&owner, seed).into()
        }

        fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
            SessionKeys::decode_into_raw_public_keys(&encoded)
        }
    }

    impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(account: AccountId) -> Nonce {
            *System::account_nonce(account)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
        fn query_info(extrinsic: <Block as BlockT>::Extrinsic, length: u32) -> RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_info(extrinsic, length)
        }

        fn query_fee_details(extrinsic: <Block as BlockT>::Extrinsic, length: u32) -> FeeDetails<Balance> {
            TransactionPayment::query_fee_details(extrinsic, length)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<Block, Balance, RuntimeCall> for Runtime {
        fn query_call_info(call: RuntimeCall, length: u32) -> RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_call_info(call, length)
        }

        fn query_call_fee_details(call: RuntimeCall, length: u32) -> FeeDetails<Balance> {
            TransactionPayment::query_call_fee_details(call, length)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl pallet_pq_signatures::runtime_api::PqSignaturesApi<Block, AccountId, BlockNumber> for Runtime {
        fn key_of(account: AccountId) -> Option<KeyInfo<BlockNumber>> {
            PqSignatures::key_of(&account)
        }

        fn catalog() -> Vec<(Scheme, CatalogEntry<BlockNumber>)> {
            PqSignatures::catalog()
        }

        fn account_status(account: AccountId) -> AccountStatus {
            PqSignatures::account_status(&account)
        }
    }

    impl qloak_shielded::api::PrivacyCreditApi<Block> for Runtime {
        fn pool() -> PoolInfo {
            PrivacyCredit::info()
        }

        fn frontier() -> Frontier {
            PrivacyCredit::frontier()
        }

        fn anchors() -> Vec<(Digest, Option<NumberFor<Block>>)> {
            PrivacyCredit::anchors()
        }

        fn entries(body: Vec<<Block as BlockT>::Extrinsic>) -> Vec<FullEntry> {
            PrivacyCredit::entries(&body)
        }

        fn nullifiers(after: Option<Digest>, limit: u32) -> Vec<Digest> {
            PrivacyCredit::nullifiers(after, limit)
        }
    }

    impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
        fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
            genesis_presets::use_own_addresses();
            genesis::build(&config)
        }

        fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
            genesis_presets::use_own_addresses();
            get_preset::<RuntimeGenesisConfig>(id, genesis_presets::get_preset)
        }

        fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
            genesis_presets::preset_names()
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    impl frame_benchmarking::Benchmark<Block> for Runtime {
        fn benchmark_metadata(
            extra: bool,
        ) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
            use frame_benchmarking::baseline::Pallet as BaselineBench;
            use frame_support::traits::StorageInfoTrait;
            use frame_system_benchmarking::{extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench};
            use crate::{AddressDirectory, Balances, Sudo, Timestamp, Utility};

            let mut list = Vec::<frame_benchmarking::BenchmarkList>::new();
            crate::benchmarks::list_benchmarks!(list, extra);
            (list, crate::AllPalletsWithSystem::storage_info())
        }

        #[allow(non_local_definitions, reason = "the SDK's benchmarks ask for these impls here")]
        fn dispatch_benchmark(
            config: frame_benchmarking::BenchmarkConfig,
        ) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
            use frame_benchmarking::{baseline::Pallet as BaselineBench, BenchmarkBatch};
            use frame_support::traits::WhitelistedStorageKeys;
            use frame_system_benchmarking::{extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench};
            use sp_storage::TrackedStorageKey;
            use crate::{AddressDirectory, Balances, Sudo, Timestamp, Utility};

            impl frame_system_benchmarking::Config for Runtime {}
            impl frame_benchmarking::baseline::Config for Runtime {}

            let whitelist: Vec<TrackedStorageKey> = crate::AllPalletsWithSystem::whitelisted_storage_keys();
            let mut batches = Vec::<BenchmarkBatch>::new();
            let params = (&config, &whitelist);
            crate::benchmarks::add_benchmarks!(params, batches);
            Ok(batches)
        }
    }

    #[cfg(feature = "try-runtime")]
    impl frame_try_runtime::TryRuntime<Block> for Runtime {
        #[allow(clippy::expect_used, reason = "the API has no error; only a developer's tool calls it")]
        fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
            let weight = Executive::try_runtime_upgrade(checks).expect("the upgrade's checks hold");
            (weight, crate::configs::max_block_weight())
        }

        #[allow(clippy::expect_used, reason = "the API has no error; only a developer's tool calls it")]
        fn execute_block(
            block: <Block as BlockT>::LazyBlock,
            state_root_check: bool,
            signature_check: bool,
            select: frame_try_runtime::TryStateSelect,
        ) -> Weight {
            Executive::try_execute_block(block, state_root_check, signature_check, select)
                .expect("the block executes")
        }
    }
}
