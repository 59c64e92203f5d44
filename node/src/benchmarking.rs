//! The `benchmark` commands, in builds with the feature `runtime-benchmarks`.

#[cfg(not(feature = "runtime-benchmarks"))]
pub use absent::run;
#[cfg(feature = "runtime-benchmarks")]
pub use present::run;

#[cfg(not(feature = "runtime-benchmarks"))]
mod absent {
    use crate::error::Error;

    /// Says how to get benchmarks.
    pub fn run() -> Result<(), Error> {
        Err(Error::NoBenchmarks)
    }
}

#[cfg(feature = "runtime-benchmarks")]
mod present {
    use crate::{
        cli::Cli,
        components::{new_components, ServiceComponents},
        error::Error,
    };
    use polkadot_sdk::{
        frame_benchmarking_cli::{
            BenchmarkCmd, ExtrinsicFactory, SubstrateRemarkBuilder, SUBSTRATE_REFERENCE_HARDWARE,
        },
        sc_cli::{Result as CliResult, SubstrateCli},
        sc_service::Configuration,
        sp_inherents::{InherentData, InherentDataProvider},
        sp_runtime::traits::HashingFor,
        sp_timestamp::Timestamp,
        *,
    };
    use qloak_client::{HostFunctions, OurHostFunctions};
    use qloak_runtime::opaque::Block;

    /// Runs a benchmark.
    pub fn run(cli: &Cli, command: &BenchmarkCmd) -> Result<(), Error> {
        let runner = cli.create_runner(command)?;
        runner.sync_run(|config| Ok(run_on(config, command)?))
    }

    fn run_on(config: Configuration, command: &BenchmarkCmd) -> CliResult<()> {
        match command {
            BenchmarkCmd::Pallet(command) => {
                command.run_with_spec::<HashingFor<Block>, HostFunctions>(Some(config.chain_spec))
            }
            BenchmarkCmd::Overhead(command) => command
                .run_with_default_builder_and_spec::<Block, OurHostFunctions>(Some(
                    config.chain_spec,
                )),
            BenchmarkCmd::Machine(command) => {
                command.run(&config, SUBSTRATE_REFERENCE_HARDWARE.clone())
            }
            BenchmarkCmd::Block(command) => command.run(open(&config)?.client),
            BenchmarkCmd::Storage(command) => {
                let ServiceComponents {
                    client,
                    backend,
                    task_manager: _tasks,
                    ..
                } = open(&config)?;
                let (database, storage) = (backend.expose_db(), backend.expose_storage());
                let cache = backend.expose_shared_trie_cache();
                command.run(config, client, database, storage, cache)
            }
            BenchmarkCmd::Extrinsic(command) => {
                let client = open(&config)?.client;
                let builders = ExtrinsicFactory(vec![Box::new(
                    SubstrateRemarkBuilder::new_from_client(client.clone())?,
                )]);
                // Without a slot in the digest AURA stays at slot 0, which is the timestamp's.
                command.run(client, inherent_data()?, Vec::new(), &builders)
            }
        }
    }

    fn open(config: &Configuration) -> CliResult<ServiceComponents> {
        new_components(config).map_err(|error| sc_cli::Error::Application(Box::new(error)))
    }

    /// The timestamp of slot 0.
    fn inherent_data() -> CliResult<InherentData> {
        let mut data = InherentData::new();
        let timestamp = sp_timestamp::InherentDataProvider::new(Timestamp::new(0));
        futures::executor::block_on(timestamp.provide_inherent_data(&mut data))
            .map_err(|error| sc_cli::Error::Application(Box::new(error)))?;
        Ok(data)
    }
}
