//! The pallets whose weights `qloak-node benchmark pallet` measures. GRANDPA's own benchmark carries an
//! ed25519 proof; `configs::finality` weighs its reports instead.

use polkadot_sdk::*;

frame_benchmarking::define_benchmarks!(
    [frame_benchmarking, BaselineBench::<Runtime>]
    [frame_system, SystemBench::<Runtime>]
    [frame_system_extensions, SystemExtensionsBench::<Runtime>]
    [pallet_address_directory, AddressDirectory]
    [pallet_balances, Balances]
    [pallet_pq_signatures, PqSignatures]
    [pallet_privacy_credit, PrivacyCredit]
    [pallet_staking, Staking]
    [pallet_sudo, Sudo]
    [pallet_timestamp, Timestamp]
    [pallet_transaction_payment, TransactionPayment]
    [pallet_utility, Utility]
    [pallet_validator_offences, ValidatorOffences]
);

impl pallet_transaction_payment::BenchmarkConfig for crate::Runtime {}

pub use {add_benchmarks, list_benchmarks};
