//! The pallets whose weights `qloak-node benchmark pallet` measures.

use polkadot_sdk::*;

frame_benchmarking::define_benchmarks!(
    [frame_benchmarking, BaselineBench::<Runtime>]
    [frame_system, SystemBench::<Runtime>]
    [frame_system_extensions, SystemExtensionsBench::<Runtime>]
    [pallet_balances, Balances]
    [pallet_pq_signatures, PqSignatures]
    [pallet_sudo, Sudo]
    [pallet_timestamp, Timestamp]
    [pallet_transaction_payment, TransactionPayment]
    [pallet_utility, Utility]
);

impl pallet_transaction_payment::BenchmarkConfig for crate::Runtime {}

pub use {add_benchmarks, list_benchmarks};
