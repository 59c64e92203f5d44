//! Percentiles of milliseconds, in integers.

/// What a set of times comes down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many there are.
    pub samples: usize,
    /// The median.
    pub p50: u64,
    /// Nine of ten are at most so long.
    pub p90: u64,
    /// 99 of 100 are at most so long.
    pub p99: u64,
    /// The longest.
    pub max: u64,
    /// How many are at most a second.
    pub within_1_s: usize,
    /// How many are at most two seconds.
    pub within_2_s: usize,
}

impl Summary {
    /// Of times in milliseconds, or nothing if there are none.
    pub fn of(mut times: Vec<u64>) -> Option<Self> {
        times.sort_unstable();
        let within = |limit: u64| times.partition_point(|time| *time <= limit);
        Some(Self {
            samples: times.len(),
            p50: nearest_rank(&times, 50)?,
            p90: nearest_rank(&times, 90)?,
            p99: nearest_rank(&times, 99)?,
            max: *times.last()?,
            within_1_s: within(1_000),
            within_2_s: within(2_000),
        })
    }
}

/// The smallest value that at least so many percent of the values do not exceed.
fn nearest_rank(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// The mean, rounded down; nothing of nothing is zero.
pub fn mean(values: &[u64]) -> u64 {
    let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
    values.iter().sum::<u64>().checked_div(count).unwrap_or(0)
}

/// `part` of `whole` in thousandths, rounded down; of nothing, none.
pub fn thousandths(part: u64, whole: u64) -> u64 {
    part.saturating_mul(1_000).checked_div(whole).unwrap_or(0)
}

/// A number that counts tenths, as a decimal.
pub fn decimal(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let summary = Summary::of((1..=200).rev().collect());
        assert_eq!(
            summary,
            Some(Summary {
                samples: 200,
                p50: 100,
                p90: 180,
                p99: 198,
                max: 200,
                within_1_s: 200,
                within_2_s: 200,
            })
        );
        // Ranks are rounded up: of ten values the tenth stands for 99 percent.
        assert_eq!(nearest_rank(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 99), Some(10));
        assert_eq!(nearest_rank(&[7], 50), Some(7));
        assert_eq!(nearest_rank(&[1, 2, 3], 50), Some(2));
    }

    #[test]
    fn nothing_has_no_summary() {
        assert_eq!(Summary::of(Vec::new()), None);
    }

    #[test]
    fn a_time_of_a_second_is_within_a_second() {
        let summary = Summary::of(vec![999, 1_000, 1_001, 2_000, 2_001]);
        let within = summary.map(|summary| (summary.within_1_s, summary.within_2_s));
        assert_eq!(within, Some((2, 4)));
    }

    #[test]
    fn shares_and_means_are_rounded_down() {
        assert_eq!(mean(&[1, 2, 5]), 2);
        assert_eq!(mean(&[]), 0);
        assert_eq!(thousandths(2, 3), 666);
        assert_eq!(thousandths(1, 0), 0);
        assert_eq!(decimal(666), "66.6");
        assert_eq!(decimal(5), "0.5");
    }
}
