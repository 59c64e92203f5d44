//! What a validator used: processor time as the system counts it, traffic as the node counts it.

use std::{fs, path::PathBuf, time::Duration};

use qloak_e2e::node::Node;

use crate::{error::Error, statistics::thousandths};

/// Bytes that came and went over the network, with all protocols and their encryption.
const TRAFFIC: &str = "substrate_sub_libp2p_network_bytes_total";

/// Milliseconds of a tick in /proc: Linux shows programs a hundred ticks a second, whatever it counts
/// in itself (`man 5 proc`, `getconf CLK_TCK`).
const TICK_MILLISECONDS: u64 = 10;

/// Places of a process's own time among the words behind its name in /proc/PID/stat: the 14th and 15th
/// field of all, of which the name is the second.
const USER_TIME: usize = 11;
const SYSTEM_TIME: usize = 12;

/// What a process used since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    processor_ms: u64,
    bytes_in: u64,
    bytes_out: u64,
}

/// What a process uses all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Thousandths of one core.
    pub core_thousandths: u64,
    /// Bytes received in a second.
    pub bytes_in_per_second: u64,
    /// Bytes sent in a second.
    pub bytes_out_per_second: u64,
}

impl Usage {
    /// What a validator used until now.
    ///
    /// # Errors
    /// If the system or the node does not tell.
    pub fn read(member: &str, node: &Node) -> Result<Self, Error> {
        let path = PathBuf::from(format!("/proc/{}/stat", node.process_id()));
        let stat = match fs::read_to_string(&path) {
            Ok(stat) => stat,
            Err(source) => return Err(Error::Process { path, source }),
        };
        let processor_ms = processor_ms(&stat).ok_or(Error::ProcessForm(path))?;
        let metrics = node.metrics();
        let traffic = |direction: &str| {
            let label = format!("direction=\"{direction}\"");
            counter(&metrics, TRAFFIC, &label).ok_or_else(|| Error::Metric {
                member: member.into(),
                metric: format!("{TRAFFIC}{{{label}}}"),
            })
        };
        Ok(Self {
            processor_ms,
            bytes_in: traffic("in")?,
            bytes_out: traffic("out")?,
        })
    }

    /// The load from an earlier moment until this one.
    pub fn since(&self, earlier: &Self, elapsed: Duration) -> Load {
        let elapsed = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let rate = |now: u64, then: u64| thousandths(now.saturating_sub(then), elapsed);
        Load {
            core_thousandths: rate(self.processor_ms, earlier.processor_ms),
            bytes_in_per_second: rate(self.bytes_in, earlier.bytes_in),
            bytes_out_per_second: rate(self.bytes_out, earlier.bytes_out),
        }
    }
}

/// Time in the program and in the system for it, of all threads.
fn processor_ms(stat: &str) -> Option<u64> {
    // The name stands in parentheses and may hold anything, parentheses too.
    let (_, words) = stat.rsplit_once(')')?;
    let words: Vec<&str> = words.split_whitespace().collect();
    let ticks = |place: usize| words.get(place)?.parse::<u64>().ok();
    Some((ticks(USER_TIME)? + ticks(SYSTEM_TIME)?) * TICK_MILLISECONDS)
}

/// A counter in Prometheus's text format.
fn counter(metrics: &str, name: &str, label: &str) -> Option<u64> {
    let line = metrics.lines().find(|line| {
        let labels = line.strip_prefix(name);
        labels.is_some_and(|labels| labels.starts_with('{') && labels.contains(label))
    })?;
    let (_, value) = line.rsplit_once(' ')?;
    value.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "42 (a) (b) S 1 42 42 0 -1 4194304 900 0 0 0 250 50 7 7 20 0 9 0 100";
        assert_eq!(processor_ms(stat), Some(3_000));
        assert_eq!(processor_ms("42 (qloak-node) S 1 42"), None);
    }

    #[test]
    fn a_counter_is_told_apart_from_its_neighbours() {
        let metrics = "\
# TYPE bytes_total counter
bytes_total_of_all{direction=\"in\"} 1
bytes_total{chain=\"a\",direction=\"in\"} 23
bytes_total{chain=\"a\",direction=\"out\"} 45
";
        let read = |label| counter(metrics, "bytes_total", label);
        assert_eq!(read("direction=\"in\""), Some(23));
        assert_eq!(read("direction=\"out\""), Some(45));
        assert_eq!(read("direction=\"up\""), None);
    }

    #[test]
    fn load_is_what_was_added_in_the_time() {
        let usage = |processor_ms, bytes_in, bytes_out| Usage {
            processor_ms,
            bytes_in,
            bytes_out,
        };
        let load = usage(1_500, 30_000, 60).since(&usage(500, 10_000, 40), Duration::from_secs(2));
        assert_eq!(
            load,
            Load {
                core_thousandths: 500,
                bytes_in_per_second: 10_000,
                bytes_out_per_second: 10,
            }
        );
    }
}
