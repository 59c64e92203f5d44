//! Runs what the command line asks for.

use crate::{
    benchmarking,
    cli::{Cli, Command, RunArguments},
    components::{new_components, ServiceComponents},
    error::Error,
    lifecycle::Lifecycle,
    preflight, service, version,
};
use futures::Future;
use polkadot_sdk::{
    sc_cli::{self, CliConfiguration, SubstrateCli},
    sc_service::{Configuration, TaskManager},
    sp_core::crypto::set_default_ss58_version,
};
use qloak_client::{Backend, Client};
use qloak_consensus::revert;
use qloak_pq_crypto::account::SS58_PREFIX;
use qloak_runtime::{opaque::Block, BlockNumber};
use std::sync::Arc;

/// Parses the command line and does what it says, in a program of this version.
pub fn run(version: &'static str) -> Result<(), Error> {
    version::set(version);
    // The addresses that this process writes, and the only ones of an unregistered prefix that it reads.
    set_default_ss58_version(SS58_PREFIX.into());
    let cli = Cli::from_args();
    match &cli.command {
        None => run_node(&cli, &cli.run),
        Some(Command::Key(command)) => command.run(&cli),
        Some(Command::BuildSpec(command)) => {
            let runner = cli.create_runner(command)?;
            runner.sync_run(|config| Ok(command.run(config.chain_spec, config.network)?))
        }
        Some(Command::ExportChainSpec(command)) => {
            let chain_spec = cli
                .load_spec(&command.chain)
                .map_err(polkadot_sdk::sc_cli::Error::from)?;
            Ok(command.run(chain_spec)?)
        }
        Some(Command::CheckBlock(command)) => on_chain(&cli, command, |_, parts| {
            command.run(parts.client, parts.import_queue)
        }),
        Some(Command::ExportBlocks(command)) => on_chain(&cli, command, |config, parts| {
            command.run(parts.client, config.database)
        }),
        Some(Command::ExportState(command)) => on_chain(&cli, command, |config, parts| {
            command.run(parts.client, config.chain_spec)
        }),
        Some(Command::ImportBlocks(command)) => on_chain(&cli, command, |_, parts| {
            command.run(parts.client, parts.import_queue)
        }),
        Some(Command::Revert(command)) => on_chain(&cli, command, |_, parts| {
            command.run(parts.client, parts.backend, Some(Box::new(revert_finality)))
        }),
        Some(Command::PurgeChain(command)) => {
            let runner = cli.create_runner(command)?;
            runner.sync_run(|config| Ok(command.run(config.database)?))
        }
        Some(Command::ChainInfo(command)) => {
            let runner = cli.create_runner(command)?;
            runner.sync_run(|config| {
                preflight::require_chain(&config)?;
                preflight::check_command_space(&config)?;
                Ok(command.run::<Block>(&config)?)
            })
        }
        #[cfg(feature = "runtime-benchmarks")]
        Some(Command::Benchmark(command)) => benchmarking::run(&cli, command),
        #[cfg(not(feature = "runtime-benchmarks"))]
        Some(Command::Benchmark { .. }) => benchmarking::run(),
    }
}

/// Takes back what this node has voted for, with the blocks.
#[allow(clippy::result_large_err, reason = "the SDK prescribes the error")]
fn revert_finality(
    client: Arc<Client>,
    _: Arc<Backend>,
    blocks: BlockNumber,
) -> sc_cli::Result<()> {
    Ok(revert(client, blocks)?)
}

fn run_node(cli: &Cli, arguments: &RunArguments) -> Result<(), Error> {
    let options = arguments.options();
    let pool_bytes = arguments.sdk.pool_config.pool_kbytes.saturating_mul(1024);
    qloak_pq_crypto::cache::make_room_for_pool(pool_bytes);
    qloak_shielded::cache::make_room_for_pool(pool_bytes);
    let node = Lifecycle::prepare(cli, &arguments.sdk)?;
    preflight::check_ports(node.config())?;
    preflight::check_node_key(node.config())?;
    preflight::check_space(node.config(), options.storage.threshold)?;
    node.run_node::<Cli, _>(|config| service::start(config, options))
}

/// What a command on the chain needs of it, without the tasks that keep it running.
struct ChainParts {
    client: Arc<Client>,
    backend: Arc<Backend>,
    import_queue: polkadot_sdk::sc_consensus::DefaultImportQueue<Block>,
}

/// Runs a command on the chain of a data folder.
fn on_chain<C, F>(
    cli: &Cli,
    command: &C,
    run: impl FnOnce(Configuration, ChainParts) -> F,
) -> Result<(), Error>
where
    C: CliConfiguration,
    F: Future<Output = polkadot_sdk::sc_cli::Result<()>>,
{
    Lifecycle::prepare(cli, command)?.run_command(|config| {
        // `import-blocks` may begin a chain, all others look at one.
        if !matches!(cli.command, Some(Command::ImportBlocks(_))) {
            preflight::require_chain(&config)?;
        }
        preflight::check_command_space(&config)?;
        let (parts, task_manager) = open_chain(&config)?;
        Ok((run(config, parts), task_manager))
    })
}

fn open_chain(config: &Configuration) -> Result<(ChainParts, TaskManager), Error> {
    let ServiceComponents {
        client,
        backend,
        import_queue,
        task_manager,
        ..
    } = new_components(config)?;
    Ok((
        ChainParts {
            client,
            backend,
            import_queue,
        },
        task_manager,
    ))
}
