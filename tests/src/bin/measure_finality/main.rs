//! Measures how soon blocks are final in a network of real validators on this machine, and what that
//! costs: processor time, traffic, and the size of the proofs.

mod block;
mod error;
mod machine;
mod measurement;
mod report;
mod statistics;
mod usage;

use std::{
    io::{IsTerminal, Write},
    ops::RangeInclusive,
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use qloak_e2e::network::Plan;

use error::Error;
use machine::Machine;
use measurement::Measurement;

/// As the node takes it.
const GOSSIP_RANGE: RangeInclusive<u64> = 10..=10_000;

/// An hour. What the network library remembers of each block is copied whenever it is looked at: after
/// much longer times, looking would cost what is to be measured.
const BLOCKS_RANGE: RangeInclusive<u64> = 1..=3_600;

/// How often the progress is drawn.
const TICK: Duration = Duration::from_millis(200);

const EXAMPLES: &str = "\
Examples:
  Build all programs, and measure four validators for a minute:
    cargo build --release --workspace
    target/release/measure_finality
  Seven validators for ten minutes, with a shorter gossip duration than the node's default:
    target/release/measure_finality --validators 7 --blocks 600 --gossip-duration-ms 150
  For a program to read:
    target/release/measure_finality --json > finality.json

The validators share this machine with each other and with this program: the more else it does, the
later blocks are final. Another node than the one beside this program is named with QLOAK_NODE_BIN.";

/// Measure how soon blocks are final in a network of real validators on this machine.
///
/// Starts the validators, waits until they have warmed up, watches them while they make so many
/// blocks, and stops them again. Reports the time from the authoring of a block (its timestamp) until
/// each validator tells that it is final, the validators' processor time and traffic, the size of the
/// proofs of finality, and the slots that passed without a block.
#[derive(Debug, Parser)]
#[command(name = "measure_finality", version, after_help = EXAMPLES)]
struct Options {
    /// How many validators.
    #[arg(long, value_enum, default_value_t = Size::Four, value_name = "NUMBER")]
    validators: Size,

    /// How many blocks to measure.
    #[arg(
        long,
        default_value_t = 60,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u64).range(BLOCKS_RANGE),
    )]
    blocks: u64,

    /// How many blocks every validator has final before measuring begins.
    #[arg(
        long,
        default_value_t = 15,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u64).range(BLOCKS_RANGE),
    )]
    warm_up: u64,

    /// How many milliseconds the validators expect a vote to take; without it, the node's default.
    #[arg(
        long,
        value_name = "MILLISECONDS",
        value_parser = clap::value_parser!(u64).range(GOSSIP_RANGE),
    )]
    gossip_duration_ms: Option<u64>,

    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// The networks that the node has built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Size {
    /// Alice to Dave.
    #[value(name = "4")]
    Four,
    /// Alice to George.
    #[value(name = "7")]
    Seven,
}

impl Options {
    fn plan(&self) -> Plan {
        let plan = match self.validators {
            Size::Four => Plan::four(),
            Size::Seven => Plan::seven(),
        };
        let gossip = self.gossip_duration_ms;
        let arguments =
            gossip.map(|duration| ["--gossip-duration-ms".to_owned(), duration.to_string()]);
        Plan {
            metrics: true,
            arguments: arguments.into_iter().flatten().collect(),
            ..plan
        }
    }
}

/// What is going on, on standard error; silent unless that is a terminal.
struct Progress(ProgressBar);

impl Progress {
    fn new(blocks: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(blocks);
        let template = "{msg} {wide_bar} {pos}/{len} blocks ({elapsed})";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    fn say(&self, what: &'static str) {
        self.0.set_message(what);
    }

    fn one_more_block(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn run(options: &Options) -> Result<(), Error> {
    let machine = Machine::read()?;
    let progress = Progress::new(options.warm_up + options.blocks);
    let measurement = Measurement::take(options, &progress)?;
    drop(progress);
    let text = if options.json {
        format!("{:#}\n", report::json(options, &machine, &measurement))
    } else {
        report::table(options, &machine, &measurement)
    };
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    written.and_then(|()| stdout.flush()).map_err(Error::Output)
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
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

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["measure_finality"], arguments].concat())
    }

    #[test]
    fn the_command_line_is_consistent_and_shows_examples() {
        Options::command().debug_assert();
        let help = Options::command().render_long_help().to_string();
        assert!(help.contains("measure_finality --validators 7"), "{help}");
    }

    #[test]
    fn four_validators_run_with_the_defaults_of_the_node() {
        let options = parse(&[]).unwrap();
        assert_eq!((options.blocks, options.warm_up), (60, 15));
        let plan = options.plan();
        assert_eq!((plan.chain, plan.validators.len()), ("local", 4));
        assert!(plan.metrics && plan.arguments.is_empty());
    }

    #[test]
    fn seven_validators_are_told_the_gossip_duration() {
        let plan = parse(&["--validators", "7", "--gossip-duration-ms", "150"])
            .unwrap()
            .plan();
        assert_eq!((plan.chain, plan.validators.len()), ("local7", 7));
        assert_eq!(plan.arguments, ["--gossip-duration-ms", "150"]);
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        for wrong in [
            "--validators=5",
            "--blocks=0",
            "--warm-up=0",
            "--gossip-duration-ms=9",
        ] {
            assert!(parse(&[wrong]).is_err(), "{wrong}");
        }
    }
}
