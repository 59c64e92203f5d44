//! Time, size and memory of proofs.
//!
//! ```text
//! cargo bench -p qloak-shielded --features prover --bench shielded
//! cargo bench -p qloak-shielded --features prover --bench shielded -- curve   # other parameters too
//! ```
//!
//! Each figure is over proofs of as many different statements. Memory is the process's peak, read
//! before anything but proofs of the chain's parameters was made.

mod payment;

use payment::payment;
use qloak_shielded::{
    parameters::{soundness, Parameters},
    prover::prove_with,
    verifier::verify_with,
};
use std::{
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};

/// Proofs that a figure of the chain's parameters is taken over.
const PROOFS: u32 = 200;

/// Proofs that a point of the curve is taken over.
const CURVE_PROOFS: u32 = 30;

/// Verifications of one proof.
const VERIFICATIONS: u32 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let cores = std::thread::available_parallelism()?;
    let rayon = std::env::var("RAYON_NUM_THREADS").unwrap_or_else(|_| "all".into());
    println!("{cores} cores, {rayon} of them used; {}", packing());
    header();
    measure(&Parameters::STANDARD, PROOFS)?;
    println!("peak memory {} kB", peak_memory_kb().unwrap_or_default());
    refusals()?;
    if std::env::args().any(|argument| argument == "curve") {
        header();
        for parameters in curve() {
            measure(&parameters, CURVE_PROOFS)?;
        }
    }
    Ok(())
}

/// How wide the field's vectors were compiled to be.
fn packing() -> &'static str {
    match () {
        () if cfg!(target_feature = "avx512f") => "AVX-512",
        () if cfg!(target_feature = "avx2") => "AVX2",
        () => "no vectors beyond the target's own",
    }
}

/// Parameters of about the same security.
fn curve() -> Vec<Parameters> {
    let points = [
        (4, 43, 16, 5, 3),
        (5, 34, 16, 5, 3),
        (5, 34, 16, 6, 2),
        (6, 29, 16, 5, 3),
        (6, 29, 16, 6, 2),
        (6, 29, 16, 7, 1),
        (6, 28, 19, 6, 2),
        (7, 25, 16, 6, 2),
        (8, 22, 16, 6, 2),
        (8, 21, 18, 6, 2),
    ];
    let point =
        |(log_blowup, queries, query_grinding_bits, log_final_length, log_folding)| Parameters {
            log_blowup,
            queries,
            query_grinding_bits,
            log_final_length,
            log_folding,
        };
    points.map(point).to_vec()
}

fn header() {
    println!(
        "blow-up queries grinding final fold |  bytes mean     max | prove mean     best \
         |  verify mean      best | proven unique/Johnson conjectured"
    );
}

fn measure(parameters: &Parameters, proofs: u32) -> Result<(), Box<dyn Error>> {
    let (mut bytes, mut most_bytes) = (0, 0);
    let mut proving = Times::default();
    let mut verifying = Times::default();
    for seed in 0..proofs {
        let (statement, witness) = payment(seed)?;
        let start = Instant::now();
        let proof = prove_with(parameters, &statement, &witness)?;
        proving.add(start.elapsed());
        bytes += proof.len();
        most_bytes = most_bytes.max(proof.len());
        for _ in 0..VERIFICATIONS {
            let start = Instant::now();
            verify_with(parameters, black_box(&proof), &statement)?;
            verifying.add(start.elapsed());
        }
    }
    let security = soundness(parameters);
    println!(
        "2^{:<5} {:>7} {:>8} 2^{:<3} 2^{:<2} | {:>10} {:>7} | {:>10.2?} {:>8.2?} \
         | {:>12.2?} {:>9.2?} | {}/{} {}",
        parameters.log_blowup,
        parameters.queries,
        parameters.query_grinding_bits,
        parameters.log_final_length,
        parameters.log_folding,
        bytes / proofs as usize,
        most_bytes,
        proving.mean(),
        proving.best.unwrap_or_default(),
        verifying.mean(),
        verifying.best.unwrap_or_default(),
        security.unique_decoding,
        security.johnson,
        security.conjectured,
    );
    Ok(())
}

#[derive(Default)]
struct Times {
    total: Duration,
    count: u32,
    best: Option<Duration>,
}

impl Times {
    fn add(&mut self, time: Duration) {
        self.total += time;
        self.count += 1;
        self.best = Some(self.best.map_or(time, |best| best.min(time)));
    }

    fn mean(&self) -> Duration {
        self.total / self.count.max(1)
    }
}

/// How long it takes to refuse what is not a proof.
fn refusals() -> Result<(), Box<dyn Error>> {
    const REPEATS: u32 = 1000;
    let (statement, witness) = payment(0)?;
    let proof = prove_with(&Parameters::STANDARD, &statement, &witness)?;
    let mut changed = proof.clone();
    changed[200] ^= 1;
    let cases: [(&str, Vec<u8>); 4] = [
        ("0xff, a proof's length", vec![0xff; proof.len()]),
        ("zeros, a proof's length", vec![0; proof.len()]),
        (
            "a proof but for its last byte",
            proof[..proof.len() - 1].to_vec(),
        ),
        ("a proof but for one bit", changed),
    ];
    for (name, bytes) in cases {
        let start = Instant::now();
        let mut refused = 0;
        for _ in 0..REPEATS {
            refused += u32::from(
                verify_with(&Parameters::STANDARD, black_box(&bytes), &statement).is_err(),
            );
        }
        let each = start.elapsed() / REPEATS;
        println!("refused {refused} of {REPEATS}: {name}: {each:.2?} each");
    }
    Ok(())
}

/// The process's largest resident set.
fn peak_memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
