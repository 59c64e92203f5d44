//! The tables.

use std::time::Duration;

use serde_json::{json, Value};

use crate::{
    measure::{Measurement, Times},
    Options,
};

/// Median, least and greatest of a series, in milliseconds.
struct Spread {
    median: f64,
    least: f64,
    greatest: f64,
}

impl Spread {
    fn of(times: &[Duration]) -> Self {
        let mut sorted: Vec<f64> = times
            .iter()
            .map(|time| time.as_secs_f64() * 1_000.0)
            .collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            (sorted[middle - 1] + sorted[middle]) / 2.0
        } else {
            sorted[middle]
        };
        Self {
            median,
            least: sorted[0],
            greatest: sorted[sorted.len() - 1],
        }
    }

    fn json(&self) -> Value {
        json!({ "median_ms": self.median, "least_ms": self.least, "greatest_ms": self.greatest })
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.0} ({:.0}–{:.0})",
            self.median, self.least, self.greatest
        )
    }
}

/// All blocks whose transfers are signed in the same way.
struct Row<'a> {
    first: &'a Measurement,
    pool: Times,
    authoring: Times,
    checks: Times,
    import: Times,
    storing: Vec<Duration>,
    verification: Vec<Duration>,
    state_root: Vec<Duration>,
}

impl<'a> Row<'a> {
    fn new(first: &'a Measurement) -> Self {
        Self {
            first,
            pool: Times::default(),
            authoring: Times::default(),
            checks: Times::default(),
            import: Times::default(),
            storing: Vec::new(),
            verification: Vec::new(),
            state_root: Vec::new(),
        }
    }

    fn add(&mut self, block: &Measurement) {
        self.pool.extend(&block.pool);
        self.authoring.extend(&block.authoring);
        self.checks.extend(&block.checks);
        self.import.extend(&block.import);
        self.storing.extend(&block.storing);
        self.verification.extend(&block.verification);
        self.state_root.extend(&block.state_root);
    }

    fn per_second(&self, times: &[Duration]) -> f64 {
        self.first.transfers as f64 / (Spread::of(times).median / 1_000.0)
    }

    /// Where the time of an import with a cold cache goes, in milliseconds: verification, state root,
    /// storing, and what is left for executing the transfers in WebAssembly.
    fn shares(&self) -> [f64; 4] {
        let import = Spread::of(&self.import.cold).median;
        let verification = Spread::of(&self.verification).median;
        let state_root = Spread::of(&self.state_root).median;
        let storing = Spread::of(&self.storing).median;
        [
            verification,
            state_root,
            storing,
            import - verification - state_root - storing,
        ]
    }

    fn json(&self) -> Value {
        let times = |times: &Times| json!({ "cache_cold": Spread::of(&times.cold).json(), "cache_warm": Spread::of(&times.warm).json() });
        json!({
            "signed_by": self.first.label,
            "transfers": self.first.transfers,
            "limited_by": self.first.limit,
            "block_bytes": self.first.bytes,
            "transfer_bytes": self.first.transfer_bytes,
            "pool_validation_of_one": times(&self.pool),
            "authoring": times(&self.authoring),
            "checks_before_import": times(&self.checks),
            "import": times(&self.import),
            "storing": Spread::of(&self.storing).json(),
            "native_verification": Spread::of(&self.verification).json(),
            "state_root": Spread::of(&self.state_root).json(),
            "transfers_per_second": {
                "cache_cold": self.per_second(&self.import.cold),
                "cache_warm": self.per_second(&self.import.warm),
            },
        })
    }
}

/// Blocks signed in the same way make one row. Of those that prepare others only the first counts.
fn rows(measurements: &[Measurement]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for block in measurements {
        match rows.iter_mut().find(|row| row.first.label == block.label) {
            Some(_) if block.signing.prepares() => {}
            Some(row) => row.add(block),
            None => {
                let mut row = Row::new(block);
                row.add(block);
                rows.push(row);
            }
        }
    }
    rows
}

/// Prints everything.
pub fn print(options: &Options, measurements: &[Measurement]) {
    let rows = rows(measurements);
    if options.json {
        let rows: Vec<Value> = rows.iter().map(Row::json).collect();
        println!(
            "{}",
            json!({ "repetitions": options.repetitions, "blocks": rows })
        );
        return;
    }
    print_imports(&rows);
    print_shares(&rows);
    print_pool(&rows);
}

fn print_imports(rows: &[Row<'_>]) {
    println!("Milliseconds: median (least–greatest).\n");
    println!(
        "| transfers signed by | transfers | limited by | bytes each | block, kB | authoring, cold | authoring, warm | checks \
         | import, cold | import, warm | transfers/s, cold | transfers/s, warm |"
    );
    println!("|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for row in rows {
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} | {:.0} |",
            row.first.label,
            row.first.transfers,
            row.first.limit,
            row.first.transfer_bytes,
            row.first.bytes / 1_000,
            Spread::of(&row.authoring.cold),
            Spread::of(&row.authoring.warm),
            Spread::of(&row.checks.cold),
            Spread::of(&row.import.cold),
            Spread::of(&row.import.warm),
            row.per_second(&row.import.cold),
            row.per_second(&row.import.warm),
        );
    }
}

fn print_shares(rows: &[Row<'_>]) {
    println!("\nWhere the time of an import goes, cache cold, in milliseconds and shares of the whole.\n");
    println!(
        "| transfers signed by | verification | state root | storing | executing in WebAssembly |"
    );
    println!("|---|--:|--:|--:|--:|");
    for row in rows {
        let shares = row.shares();
        let whole: f64 = shares.iter().sum();
        let cells: Vec<String> = shares
            .iter()
            .map(|share| format!("{share:.0} ({:.0} %)", 100.0 * share / whole))
            .collect();
        println!("| {} | {} |", row.first.label, cells.join(" | "));
    }
}

fn print_pool(rows: &[Row<'_>]) {
    println!("\nInto the pool: validating one transfer, in milliseconds.\n");
    println!("| transfers signed by | cold | warm |\n|---|--:|--:|");
    for row in rows {
        let cell = |times: &[Duration]| {
            let spread = Spread::of(times);
            format!(
                "{:.2} ({:.2}–{:.2})",
                spread.median, spread.least, spread.greatest
            )
        };
        println!(
            "| {} | {} | {} |",
            row.first.label,
            cell(&row.pool.cold),
            cell(&row.pool.warm)
        );
    }
}
