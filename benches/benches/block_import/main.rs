//! How fast a node takes a block full of transfers that it has not seen, by the scheme that signs them.
//!
//! One real node (its client, its WebAssembly executor, ParityDB in a temporary folder) authors blocks
//! of transfers; fresh nodes then import the very same sealed blocks, the first time with nothing in
//! the cache of verified signatures, the second time with all of them in it. All classes of accounts
//! live on one chain of the development preset's runtime and are measured in turn, in one run.
//!
//! `cargo bench -p qloak-benches --bench block_import -- --help` lists the options.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that fails stops"
)]

mod accounts;
mod chain;
mod measure;
mod report;

use accounts::{Class, Kind, Signing};
use chain::Node;
use clap::Parser;
use measure::Measurement;
use qloak_pq_crypto::scheme::Scheme;

/// Measures authoring and importing blocks full of transfers.
#[derive(Debug, Parser)]
#[command(name = "block_import")]
struct Options {
    /// Accounts of each class, and so the most transfers in a block.
    #[arg(long, default_value_t = 1_500, value_parser = clap::value_parser!(u32).range(2..))]
    transactions: u32,

    /// Fresh nodes that import the chain with an empty cache, and as many with a full one.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,

    /// Measure FN-DSA-512 too, whose standard is not published.
    #[arg(long)]
    fn_dsa: bool,

    /// Run the chain on the runtime in this file, with or without compression, instead of the node's own.
    #[arg(long, value_name = "WASM")]
    runtime: Option<std::path::PathBuf>,

    /// Print JSON instead of Markdown.
    #[arg(long)]
    json: bool,

    /// What `cargo bench` passes. Without it, as in `cargo test`, a few transfers show that all works.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    fn kinds(&self) -> Vec<Kind> {
        let mut kinds = vec![
            Kind::Pq(Scheme::MlDsa44),
            Kind::Pq(Scheme::MlDsa65),
            Kind::Sr25519,
        ];
        if self.fn_dsa {
            kinds.push(Kind::Pq(Scheme::FnDsa512));
        }
        kinds
    }

    fn runtime(&self) -> Vec<u8> {
        let own = || {
            qloak_runtime::WASM_BINARY
                .expect("SKIP_WASM_BUILD was not set when this was built")
                .to_vec()
        };
        self.runtime
            .as_ref()
            .map_or_else(own, |path| std::fs::read(path).expect("the runtime's file"))
    }
}

fn main() {
    let mut options = Options::parse();
    if !options.bench {
        (options.transactions, options.repetitions) = (8, 1);
    }
    let started = std::time::Instant::now();
    let progress = |what: &str| eprintln!("{:>6.1} s  {what}", started.elapsed().as_secs_f32());

    progress("making accounts and the genesis state");
    let mut classes: Vec<Class> = options
        .kinds()
        .into_iter()
        .map(|kind| Class::new(kind, options.transactions))
        .collect();
    let specification = chain::Specification::new(&classes, &options.runtime());

    progress("authoring");
    let author = Node::open(&specification);
    let mut measurements = Vec::new();
    author_all(
        &author,
        &mut classes,
        &mut measurements,
        options.repetitions,
        progress,
    );
    author.close();

    for repetition in 1..=options.repetitions {
        // Every signature is new in the first pass and none in the second.
        qloak_pq_crypto::cache::clear();
        for cache in [measure::Cache::Cold, measure::Cache::Warm] {
            progress(&format!(
                "importing, repetition {repetition}, cache {cache:?}"
            ));
            let node = Node::open(&specification);
            measurements
                .iter_mut()
                .for_each(|block: &mut Measurement| block.import(&node, cache));
            node.close();
        }
    }
    progress("done");
    report::print(&options, &measurements);
}

/// Authors the chain: first each class's keys are registered by their first use, then every way to
/// sign gets a block, and then another in reverse order, so that none gains by its place.
fn author_all(
    node: &Node,
    classes: &mut [Class],
    measurements: &mut Vec<Measurement>,
    repetitions: u32,
    progress: impl Fn(&str),
) {
    let mut author = |class: &mut Class, signing: Signing, repetitions: u32| {
        let block = Measurement::author(node, class, signing, repetitions);
        progress(&format!(
            "block of {}: {} transfers",
            block.label, block.transfers
        ));
        measurements.push(block);
    };
    for class in classes
        .iter_mut()
        .filter(|class| class.kind != Kind::Sr25519)
    {
        while class.has_unused() {
            author(class, Signing::FirstUse, 1);
        }
    }
    let mut plan: Vec<(usize, Signing)> = Vec::new();
    for (index, class) in classes.iter().enumerate() {
        plan.extend(
            class
                .kind
                .signings()
                .iter()
                .map(|signing| (index, *signing)),
        );
    }
    let reversed: Vec<_> = plan.iter().rev().copied().collect();
    for (index, signing) in plan.into_iter().chain(reversed) {
        author(&mut classes[index], signing, repetitions);
    }
}
