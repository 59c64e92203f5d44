//! Shielded payments of Qloak beside those of Zcash's Orchard, in one run on one machine.
//!
//! ```text
//! cd benches/peers
//! cargo run --release                                            # all cores
//! RAYON_NUM_THREADS=1 cargo run --release                        # one core
//! RUSTFLAGS="-C target-cpu=x86-64-v3" cargo run --release        # with AVX2, which both sides may use
//! cargo run --release -- --json --rounds 10
//! ```
//!
//! Each round measures one side right after the other, so that both meet the same machine. A figure is the
//! median and the least of its times; where other programs run too, the least is nearer to the truth. Memory is
//! that of a process of its own: the peak while it proves, less what it had before.

mod memory;
mod orchards;
mod ours;
mod report;
mod times;

use std::error::Error;

/// Rounds, if `--rounds` does not say it.
const ROUNDS: u32 = 5;

/// What the command line says.
struct Options {
    rounds: u32,
    json: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, side] = &arguments[..] {
        if flag == memory::FLAG {
            return memory::measure_here(side);
        }
    }
    let options = options(&arguments)?;
    let mut ours = ours::Ours::new()?;
    let mut orchard = orchards::Orchard::new()?;
    for round in 1..=options.rounds {
        eprintln!("round {round} of {}", options.rounds);
        ours.round()?;
        orchard.round()?;
    }
    let ours = ours.figures(memory::of("ours")?)?;
    let orchard = orchard.figures(memory::of("orchard")?)?;
    report::print(options.json, &ours, &orchard);
    Ok(())
}

fn options(arguments: &[String]) -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        rounds: ROUNDS,
        json: false,
    };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => options.json = true,
            "--rounds" => options.rounds = arguments.next().ok_or("how many rounds?")?.parse()?,
            other => return Err(format!("{other}: --rounds NUMBER and --json are known").into()),
        }
    }
    if options.rounds == 0 {
        return Err("there is at least one round".into());
    }
    Ok(options)
}
