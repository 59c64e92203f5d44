//! The command line.

use crate::{
    chain_spec,
    key_command::KeyCommand,
    options::{NodeOptions, Sealing},
    sdk_help, version,
};
use clap::{Args, Parser, Subcommand};
use polkadot_sdk::{
    sc_cli::{
        BuildSpecCmd, ChainInfoCmd, CheckBlockCmd, ExportBlocksCmd, ExportChainSpecCmd,
        ExportStateCmd, ImportBlocksCmd, PurgeChainCmd, RevertCmd, RunCmd, SubstrateCli,
    },
    sc_service,
    sc_storage_monitor::StorageMonitorParams,
};
use qloak_consensus::{Checkpoint, DEFAULT_GOSSIP_DURATION};
use std::{ops::RangeInclusive, path::PathBuf, time::Duration};

/// Transactions in the pool. The SDK's 8,192 are less than six full blocks of a busy second.
const POOL_LIMIT: &str = "16384";

/// Kilobytes in the pool: [`POOL_LIMIT`] transactions of 5.4 kB (signature and key) and a half more.
/// The SDK's 20,480 would be full after 3,900 of them.
const POOL_KILOBYTES: &str = "131072";

/// The RPC methods that are served unless the operator says otherwise. By the SDK's `auto`, any web page that is
/// open on the node's machine could call those that change keys: browsers let pages connect to
/// WebSockets of other origins, and the SDK's server does not look at the origin.
const RPC_METHODS: &str = "safe";

/// Answers that one connection may leave unread once they are handed to it; the SDK's default is 64. It is no bound on memory: the
/// server works on every request that it has read, and each answer waits, with up to 15 MB.
const RPC_UNREAD: &str = "8";

/// Connections to the RPC server; the SDK's default is 100.
const RPC_CONNECTIONS: &str = "40";

/// Subscriptions of one connection. A header has some 10 kB as JSON, and each subscription gets one a second.
const RPC_SUBSCRIPTIONS: &str = "128";

/// Milliseconds that a vote may be expected to take: from one machine to the far side of the world, with room.
const GOSSIP_RANGE: RangeInclusive<u64> = 10..=10_000;

const EXAMPLES: &str = "\
Examples:
  A chain of your own on this machine, a block every second, forgotten at the end:
    qloak-node --dev
  The same, kept in a folder, with a block for each transaction at once:
    qloak-node --dev --base-path /tmp/qloak --sealing instant
  Two validators of the local network, on one machine:
    qloak-node --chain local --alice --base-path /tmp/alice --unsafe-force-node-key-generation
    qloak-node --chain local --bob --base-path /tmp/bob \\
        --port 30334 --rpc-port 9945 --prometheus-port 9616 --unsafe-force-node-key-generation
  A validator with keys of its own, in an encrypted keystore:
    qloak-node key generate-node-key --chain net.json        # kept where the node looks for it
    qloak-node key generate --output-file phrase.txt
    qloak-node key insert --secret-file phrase.txt --chain net.json --password-interactive
    qloak-node --chain net.json --validator --password-interactive
  A node that skips the past of a long chain and starts at its latest final blocks:
    qloak-node --chain net.json --sync warp
  A node that follows the chain and serves wallets of this machine on port 9944:
    qloak-node --chain local

RPC answers at ws://127.0.0.1:9944 and metrics at http://127.0.0.1:9615/metrics.";

/// Arguments of the node.
#[derive(Debug, Parser)]
pub struct Cli {
    /// Anything but running the node.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Running the node.
    #[command(flatten)]
    pub run: RunArguments,
}

/// Options for running the node.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// When blocks are made.
    ///
    /// `slots`: one every second, by AURA. `instant`: one for each transaction, at once, on a chain with a
    /// single authority; for development.
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub sealing: Sealing,

    /// Take a validator's keys from a file that holds its secret in one line.
    ///
    /// The secret is a BIP-39 phrase with an optional path as in `word … word//validator//0`, or 0x and 64 hexadecimal
    /// digits. Below it, the key for sealing blocks has the path //aura and the key for voting //grandpa, as
    /// with `key insert`. The keys stay in memory. The file must be readable by its owner only (chmod 600).
    #[arg(long, value_name = "PATH")]
    pub consensus_seed_file: Option<PathBuf>,

    /// How many milliseconds a vote is expected to take to every validator.
    ///
    /// A validator prevotes twice this time after a round began, and precommits four times this time after it. A
    /// short time costs bandwidth and, where votes take longer, rounds that decide nothing; a long time delays
    /// finality. Never a matter of safety.
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value_t = DEFAULT_GOSSIP_DURATION.as_millis() as u64,
        value_parser = clap::value_parser!(u64).range(GOSSIP_RANGE),
    )]
    pub gossip_duration_ms: u64,

    /// A block that the chain must have, known from somebody whom you trust.
    ///
    /// For a node that syncs from genesis, above all by `--sync warp`: former validators could show it another
    /// history. Take the last block at which the validators changed, which nodes write into their log when they
    /// start. The node stops if another block of that number is final.
    #[arg(long, value_name = "NUMBER:HASH")]
    pub checkpoint: Option<Checkpoint>,
    /// Free space that the database's disk must have.
    #[command(flatten)]
    pub storage: StorageMonitorParams,

    /// What every Substrate node understands.
    #[command(flatten)]
    pub sdk: RunCmd,
}

impl RunArguments {
    /// The options that are ours.
    pub fn options(&self) -> NodeOptions {
        NodeOptions {
            sealing: self.sealing,
            consensus_seed_file: self.consensus_seed_file.clone(),
            gossip_duration: Duration::from_millis(self.gossip_duration_ms),
            checkpoint: self.checkpoint,
            storage: self.storage.clone(),
        }
    }
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make, insert and look at post-quantum authority keys, and node keys.
    #[command(subcommand)]
    Key(KeyCommand),

    /// Build a chain specification (export-chain-spec is its successor).
    BuildSpec(BuildSpecCmd),

    /// Write a chain specification to a file.
    ExportChainSpec(ExportChainSpecCmd),

    /// Validate blocks.
    CheckBlock(CheckBlockCmd),

    /// Export blocks.
    ExportBlocks(ExportBlocksCmd),

    /// Export the state of a given block into a chain specification.
    ExportState(ExportStateCmd),

    /// Import blocks.
    ImportBlocks(ImportBlocksCmd),

    /// Remove the whole chain.
    PurgeChain(PurgeChainCmd),

    /// Revert the chain to a previous state.
    ///
    /// Final blocks stay, and all but the latest few blocks are final.
    Revert(RevertCmd),

    /// Database meta columns information.
    ChainInfo(ChainInfoCmd),

    /// Measure pallets, storage, blocks and this machine.
    #[cfg(feature = "runtime-benchmarks")]
    #[command(subcommand)]
    Benchmark(Box<polkadot_sdk::frame_benchmarking_cli::BenchmarkCmd>),

    /// Measure pallets, storage, blocks and this machine (in builds with runtime-benchmarks only).
    #[cfg(not(feature = "runtime-benchmarks"))]
    Benchmark {
        /// Whatever the benchmarks would take.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<String>,
    },
}

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "Qloak node".into()
    }

    fn impl_version() -> String {
        version::get().into()
    }

    fn executable_name() -> String {
        "qloak-node".into()
    }

    fn description() -> String {
        "A node of Qloak, a blockchain whose accounts, blocks and votes are signed with ML-DSA"
            .into()
    }

    fn author() -> String {
        env!("CARGO_PKG_AUTHORS").into()
    }

    fn support_url() -> String {
        concat!(env!("CARGO_PKG_REPOSITORY"), "/issues").into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    /// A specification that is to be written names its preset; one that is to be run brings its state.
    fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
        let load = match &self.command {
            Some(Command::BuildSpec(_) | Command::ExportChainSpec(_)) => chain_spec::load,
            _ => chain_spec::load_with_genesis,
        };
        Ok(Box::new(load(id)?))
    }

    /// The SDK's setup, our examples, defaults of the pool that suit large transactions, no unsafe methods, an RPC server for
    /// fewer at once, and texts that are true of this node.
    fn setup_command(command: clap::Command) -> clap::Command {
        sdk_help::corrected(command)
            .name(Self::executable_name())
            .version(Self::impl_version())
            .author(Self::author())
            .about(Self::description())
            .long_about(Self::description())
            .after_help(format!("{EXAMPLES}\n\nSupport: {}", Self::support_url()))
            .propagate_version(true)
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
            .mut_arg("rpc_methods", |argument| {
                argument.default_value(RPC_METHODS)
            })
            .mut_arg("rpc_max_connections", |argument| {
                argument.default_value(RPC_CONNECTIONS)
            })
            .mut_arg("rpc_message_buffer_capacity_per_connection", |argument| {
                argument.default_value(RPC_UNREAD)
            })
            .mut_arg("rpc_max_subscriptions_per_connection", |argument| {
                argument.default_value(RPC_SUBSCRIPTIONS)
            })
            .mut_arg("pool_limit", |argument| argument.default_value(POOL_LIMIT))
            .mut_arg("pool_kbytes", |argument| {
                argument.default_value(POOL_KILOBYTES)
            })
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )]

    use super::*;
    use clap::CommandFactory;
    use polkadot_sdk::sc_cli::RpcMethods;

    fn parse(arguments: &[&str]) -> Cli {
        Cli::try_from_iter([&["qloak-node"], arguments].concat()).expect("the arguments are fine")
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::setup_command(Cli::command()).debug_assert();
    }

    #[test]
    fn the_pool_is_wider_unless_the_operator_says_otherwise() {
        let pool = parse(&[]).run.sdk.pool_config;
        assert_eq!((pool.pool_limit, pool.pool_kbytes), (16_384, 131_072));
        let pool = parse(&["--pool-limit", "8192", "--pool-kbytes=20480"])
            .run
            .sdk
            .pool_config;
        assert_eq!((pool.pool_limit, pool.pool_kbytes), (8_192, 20_480));
    }

    #[test]
    fn the_rpc_server_serves_fewer_unless_the_operator_says_otherwise() {
        let limits = |arguments: &[&str]| {
            let rpc = parse(arguments).run.sdk.rpc_params;
            [
                rpc.rpc_message_buffer_capacity_per_connection,
                rpc.rpc_max_connections,
                rpc.rpc_max_subscriptions_per_connection,
            ]
        };
        assert_eq!(limits(&[]), [8, 40, 128]);
        assert_eq!(limits(&["--rpc-max-connections", "500"]), [8, 500, 128]);
    }

    #[test]
    fn unsafe_rpc_methods_are_off_unless_the_operator_says_otherwise() {
        let methods = |arguments: &[&str]| parse(arguments).run.sdk.rpc_params.rpc_methods;
        for arguments in [&[][..], &["--dev"], &["--alice"], &["--validator"]] {
            assert_eq!(methods(arguments), RpcMethods::Safe);
        }
        assert_eq!(methods(&["--rpc-methods", "unsafe"]), RpcMethods::Unsafe);
    }

    #[test]
    fn blocks_come_in_slots_unless_the_operator_says_otherwise() {
        assert_eq!(parse(&["--dev"]).run.sealing, Sealing::Slots);
        assert_eq!(
            parse(&["--dev", "--sealing", "instant"]).run.sealing,
            Sealing::Instant
        );
    }

    #[test]
    fn gossip_takes_150_ms_unless_the_operator_says_otherwise() {
        let duration = |arguments: &[&str]| parse(arguments).run.options().gossip_duration;
        assert_eq!(duration(&[]), Duration::from_millis(150));
        assert_eq!(duration(&[]), NodeOptions::default().gossip_duration);
        let slower = duration(&["--gossip-duration-ms", "1000"]);
        assert_eq!(slower, Duration::from_secs(1));
        for wrong in ["0", "9", "10001", "-1", "fast"] {
            let option = format!("--gossip-duration-ms={wrong}");
            assert!(
                Cli::try_from_iter(["qloak-node", &option]).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn help_shows_examples() {
        let help = Cli::setup_command(Cli::command()).render_help().to_string();
        assert!(help.contains("qloak-node --chain local --alice"), "{help}");
    }

    /// All that is said of all commands.
    fn pages(mut command: clap::Command) -> Vec<String> {
        let page = command.render_long_help().to_string();
        let below = command.get_subcommands().cloned();
        let mut all: Vec<_> = below.flat_map(pages).collect();
        all.push(page);
        all
    }

    #[test]
    fn no_help_text_speaks_of_what_is_not_here() {
        let pages = pages(Cli::setup_command(Cli::command()));
        assert!(pages.len() > 15, "{}", pages.len());
        for page in &pages {
            for untrue in [
                "staging",
                "ipfs",
                "omni-node",
                "appending an extra user-defined secret",
                "rocksdb",
                "build-spec` subcommand",
            ] {
                let line = page
                    .lines()
                    .find(|line| line.to_lowercase().contains(untrue));
                assert_eq!(line, None, "{untrue}");
            }
        }
        let with_chain = pages
            .iter()
            .filter(|page| page.contains("dev, local, local7"));
        assert!(with_chain.count() > 8, "subcommands too");
    }

    #[test]
    fn options_that_are_not_offered_still_work() {
        let cli = Cli::try_from_iter(["qloak-node", "--ipfs-server"]);
        assert!(cli.is_ok_and(|cli| cli.run.sdk.network_params.ipfs_server));
    }
}
