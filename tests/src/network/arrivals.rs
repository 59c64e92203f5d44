//! When a member told what it told, by the clock of this machine.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use super::Hash;

/// The moments at which one member first called a block its best, and final. In milliseconds of Unix
/// time, as the chain's own timestamps are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrivals {
    best: BTreeMap<Hash, u64>,
    finalized: BTreeMap<u64, u64>,
}

impl Arrivals {
    /// When the member called a block its best. It need not have: a block may come with its descendants.
    pub fn best(&self, block: &Hash) -> Option<u64> {
        self.best.get(block).copied()
    }

    /// When the member called the block of a height, or a descendant of it, final.
    pub fn finalized(&self, number: u64) -> Option<u64> {
        self.finalized.get(&number).copied()
    }

    pub(super) fn record_best(&mut self, block: Hash, moment: u64) {
        self.best.entry(block).or_insert(moment);
    }

    /// The first time counts: the walk back to what is known repeats the block where it ends.
    pub(super) fn record_finalized(&mut self, blocks: &[(u64, Hash)], moment: u64) {
        for (number, _) in blocks {
            self.finalized.entry(*number).or_insert(moment);
        }
    }
}

/// The moment, in milliseconds of Unix time.
pub(super) fn now() -> u64 {
    // A clock from before 1970 makes all latencies zero, which shows.
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_become_final_together_arrive_together_and_only_once() {
        let mut arrivals = Arrivals::default();
        arrivals.record_finalized(&[(1, [1; 32])], 1_000);
        arrivals.record_finalized(&[(3, [3; 32]), (2, [2; 32]), (1, [1; 32])], 2_000);
        let told = [1, 2, 3, 4].map(|number| arrivals.finalized(number));
        assert_eq!(told, [Some(1_000), Some(2_000), Some(2_000), None]);
    }

    #[test]
    fn a_best_block_arrives_when_it_is_first_told() {
        let mut arrivals = Arrivals::default();
        arrivals.record_best([1; 32], 1_000);
        arrivals.record_best([1; 32], 5_000);
        assert_eq!(arrivals.best(&[1; 32]), Some(1_000));
        assert_eq!(arrivals.best(&[2; 32]), None);
    }
}
