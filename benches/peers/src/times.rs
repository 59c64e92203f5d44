//! Series of times and of sizes.

use std::time::Instant;

/// Times of one operation, in microseconds.
#[derive(Default)]
pub struct Times(Vec<f64>);

impl Times {
    /// Times one operation.
    pub fn of<T>(&mut self, operation: impl FnOnce() -> T) -> T {
        self.of_each(1, operation)
    }

    /// Times `count` operations and counts them as one of their mean.
    pub fn of_each<T>(&mut self, count: usize, operations: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let result = operations();
        self.0
            .push(begun.elapsed().as_secs_f64() * 1e6 / count as f64);
        result
    }

    /// Median and least.
    pub fn spread(&self) -> Spread {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        Spread {
            median: sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN),
            least: sorted.first().copied().unwrap_or(f64::NAN),
        }
    }
}

/// Two figures of a series, in microseconds.
#[derive(Clone, Copy)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub least: f64,
}

/// Sizes of proofs, in bytes.
#[derive(Default)]
pub struct Sizes(Vec<usize>);

impl Sizes {
    /// Counts one.
    pub fn add(&mut self, bytes: usize) {
        self.0.push(bytes);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Least, mean and greatest.
    pub fn spread(&self) -> [usize; 3] {
        let sum: usize = self.0.iter().sum();
        [
            self.0.iter().min().copied().unwrap_or(0),
            sum / self.0.len().max(1),
            self.0.iter().max().copied().unwrap_or(0),
        ]
    }
}

/// What is reported of one side.
pub struct Figures {
    /// Making the proof of a payment with two inputs and two outputs.
    pub proving: Spread,
    /// Verifying one proof.
    pub verifying: Spread,
    /// Verifying many at once, each.
    pub verifying_batch: Option<Spread>,
    /// Trying one key on somebody else's note.
    pub scan_foreign: Spread,
    /// The same for many notes at once, each.
    pub scan_foreign_batch: Option<Spread>,
    /// Finding and opening one's own note.
    pub scan_own: Spread,
    /// Proofs that were made.
    pub proofs: usize,
    /// Least, mean and greatest bytes of them.
    pub proof_bytes: [usize; 3],
    /// Bytes of a transaction with the mean proof.
    pub transaction_bytes: usize,
    /// What proving takes of memory, in kB.
    pub memory_kb: u64,
}
