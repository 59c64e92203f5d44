//! The table.

use serde_json::{json, Value};

use crate::times::{Figures, Spread};

/// What the compiler was allowed to use.
fn vectors() -> &'static str {
    match () {
        () if cfg!(target_feature = "avx512f") => "AVX-512",
        () if cfg!(target_feature = "avx2") => "AVX2",
        () => "no vectors beyond the target's own",
    }
}

/// Prints both sides.
pub fn print(as_json: bool, ours: &Figures, orchard: &Figures) {
    let threads = rayon::current_num_threads();
    if as_json {
        let all = json!({ "threads": threads, "vectors": vectors(), "ours": side(ours), "orchard": side(orchard) });
        println!("{all}");
        return;
    }
    println!("{threads} threads, {}. Median (least).\n", vectors());
    println!("| | Qloak | Orchard |\n|---|--:|--:|");
    row(
        "prove, ms",
        &milliseconds(ours.proving),
        &milliseconds(orchard.proving),
    );
    row(
        "verify, ms",
        &milliseconds(ours.verifying),
        &milliseconds(orchard.verifying),
    );
    row(
        "verify many at once, each, ms",
        &optional(ours.verifying_batch, milliseconds),
        &optional(orchard.verifying_batch, milliseconds),
    );
    row(
        "scan a foreign note, µs",
        &microseconds(ours.scan_foreign),
        &microseconds(orchard.scan_foreign),
    );
    row(
        "scan many foreign notes at once, each, µs",
        &optional(ours.scan_foreign_batch, microseconds),
        &optional(orchard.scan_foreign_batch, microseconds),
    );
    row(
        "find and open one's own note, µs",
        &microseconds(ours.scan_own),
        &microseconds(orchard.scan_own),
    );
    row(
        "proofs made",
        &ours.proofs.to_string(),
        &orchard.proofs.to_string(),
    );
    row(
        "proof, bytes: least, mean, greatest",
        &bytes(ours.proof_bytes),
        &bytes(orchard.proof_bytes),
    );
    row(
        "transaction, bytes",
        &ours.transaction_bytes.to_string(),
        &orchard.transaction_bytes.to_string(),
    );
    row(
        "memory of the prover, MB",
        &(ours.memory_kb / 1_000).to_string(),
        &(orchard.memory_kb / 1_000).to_string(),
    );
}

fn row(name: &str, ours: &str, orchard: &str) {
    println!("| {name} | {ours} | {orchard} |");
}

fn milliseconds(spread: Spread) -> String {
    format!("{:.2} ({:.2})", spread.median / 1e3, spread.least / 1e3)
}

fn microseconds(spread: Spread) -> String {
    format!("{:.1} ({:.1})", spread.median, spread.least)
}

fn optional(spread: Option<Spread>, text: impl Fn(Spread) -> String) -> String {
    spread.map_or_else(|| "–".into(), text)
}

fn bytes([least, mean, greatest]: [usize; 3]) -> String {
    format!("{least}, {mean}, {greatest}")
}

fn side(figures: &Figures) -> Value {
    let spread = |spread: Spread| json!({ "median_us": spread.median, "least_us": spread.least });
    json!({
        "prove": spread(figures.proving),
        "verify": spread(figures.verifying),
        "verify_batch_each": figures.verifying_batch.map(spread),
        "scan_foreign": spread(figures.scan_foreign),
        "scan_foreign_batch_each": figures.scan_foreign_batch.map(spread),
        "scan_own": spread(figures.scan_own),
        "proofs": figures.proofs,
        "proof_bytes_least_mean_greatest": figures.proof_bytes,
        "transaction_bytes": figures.transaction_bytes,
        "memory_kb": figures.memory_kb,
    })
}
