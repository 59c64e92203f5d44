//! How fast a node takes a block full of transfers that it has not seen, by the scheme that signs them.
//!
//! One real node (its client, its WebAssembly executor, ParityDB in a temporary folder) authors blocks
//! of transfers; fresh nodes then import the very same sealed blocks, the first time with nothing in
//! the cache of verified signatures, the second time with all of them in it. All classes of accounts
//! live on one chain of the development preset's runtime and are measured in turn, in one run. So are shielded
//! transfers, which a proof stands for instead of a signature; their proofs are made before, on all cores.
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
mod shielded;

use accounts::{Class, Kind, Signing};
use chain::Node;
use clap::Parser;
use measure::{Batch, Measurement};
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::Hash;
use shielded::Pool;

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

    /// Shielded transfers to fill a block with; 0 measures none. Twice as many are proven.
    #[arg(long, default_value_t = 110)]
    shielded: usize,

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
        (options.transactions, options.repetitions, options.shielded) = (8, 1, 2);
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
    let mut measurements = Author::new(&author, &progress).author_all(&mut classes, &options);
    author.close();

    for repetition in 1..=options.repetitions {
        // Every signature and proof is new in the first pass and none in the second.
        measure::clear_caches();
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

/// Makes the chain.
struct Author<'a> {
    node: &'a Node,
    genesis: Hash,
    progress: &'a dyn Fn(&str),
    blocks: Vec<Measurement>,
}

impl<'a> Author<'a> {
    fn new(node: &'a Node, progress: &'a dyn Fn(&str)) -> Self {
        Self {
            node,
            genesis: node.client().chain_info().genesis_hash,
            progress,
            blocks: Vec::new(),
        }
    }

    /// First each class's keys are registered by their first use and notes are deposited, then every way to
    /// sign gets a block, and then another in reverse order, so that none gains by its place.
    fn author_all(mut self, classes: &mut [Class], options: &Options) -> Vec<Measurement> {
        self.register(classes);
        let mut pool = Pool::new();
        while pool.notes() < 2 * options.shielded {
            self.deposit(&mut classes[0], &mut pool);
        }
        (self.progress)("proving");
        let mut shielded = [0, options.shielded]
            .map(|first| pool.transfers(self.node, first..first + options.shielded));

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
        self.transparent(&plan, classes, options.repetitions);
        if options.shielded > 0 {
            for batch in &mut shielded {
                self.block(batch, options.repetitions);
            }
        }
        self.transparent(&reversed, classes, options.repetitions);
        self.blocks
    }

    fn register(&mut self, classes: &mut [Class]) {
        for class in classes
            .iter_mut()
            .filter(|class| class.kind != Kind::Sr25519)
        {
            while class.has_unused() {
                self.signed(class, Signing::FirstUse, 1);
            }
        }
    }

    fn deposit(&mut self, class: &mut Class, pool: &mut Pool) {
        let (mut batch, notes) = pool.deposits(class, self.genesis);
        self.block(&mut batch, 1);
        class.included(&batch.transfers);
        pool.deposited(notes.into_iter().take(batch.transfers.len()));
    }

    fn transparent(&mut self, plan: &[(usize, Signing)], classes: &mut [Class], repetitions: u32) {
        for (index, signing) in plan {
            self.signed(&mut classes[*index], *signing, repetitions);
        }
    }

    fn signed(&mut self, class: &mut Class, signing: Signing, repetitions: u32) {
        let mut batch = Batch {
            label: class.label(signing),
            signing,
            transfers: class.transfers(signing, self.genesis),
        };
        self.block(&mut batch, repetitions);
        class.included(&batch.transfers);
    }

    fn block(&mut self, batch: &mut Batch, repetitions: u32) {
        let block = Measurement::author(self.node, batch, repetitions);
        (self.progress)(&format!(
            "block of {}: {} transfers",
            block.label, block.transfers
        ));
        self.blocks.push(block);
    }
}
