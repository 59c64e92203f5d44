//! What the node measures beside the SDK's own metrics.
//!
//! | metric | kind | counts |
//! |---|---|---|
//! | `qloak_finality_latency_seconds` | histogram | from the beginning of a block's slot until it is final here |
//! | `qloak_missed_slots_total` | counter | slots without a block, between a best block and its parent |
//! | `qloak_justification_bytes` | histogram | justifications that this node made, in SCALE |
//! | `qloak_double_authoring_seen_total` | counter | authors that sealed two blocks in a slot |
//! | `qloak_offence_reports_total` | counter | reports of those that this node submitted |
//! | `qloak_refused_votes_total{reason}` | counter | messages to the voters that the guard did not listen to |
//! | `qloak_refused_transactions_total{reason}` | counter | other nodes' transactions that the guard or the pool refused |
//!
//! The last four are counted where they happen: by `qloak-consensus` and `qloak-transaction-filter`. Votes all have one size and GRANDPA's client counts them; reports of double votes are its own and only in the log.

use codec::Encode;
use futures::{
    future::{join3, ready},
    StreamExt,
};
use polkadot_sdk::{
    sc_client_api::{BlockImportNotification, BlockchainEvents, FinalityNotification},
    sc_consensus_aura::{standalone, SlotDuration},
    sc_consensus_grandpa::{GrandpaJustification, GrandpaJustificationStream},
    sc_network_sync::SyncingService,
    sp_consensus::SyncOracle,
    sp_consensus_aura::Slot,
    sp_core::H256,
    sp_runtime::traits::Header as _,
    sp_timestamp::Timestamp,
    substrate_prometheus_endpoint::{
        exponential_buckets, register, Counter, Histogram, HistogramOpts, PrometheusError,
        Registry, U64,
    },
};
use qloak_client::Client;
use qloak_pq_crypto::authority::aura::AuthoritySignature;
use qloak_runtime::opaque::{Block, Header};
use std::sync::Arc;

/// Seconds. Close together where the targets lie (1 s for half of all blocks, 2 s for 99 of 100), and
/// far enough to tell a stall of minutes from one of hours.
const LATENCY_BUCKETS: [f64; 20] = [
    0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 20.0, 60.0, 300.0,
    1800.0, 7200.0,
];

/// Bytes of the smallest bucket: a justification by a lone validator has a single vote of some 5.3 kB.
const SMALLEST_JUSTIFICATION: f64 = 8192.0;

/// Buckets, each twice the one before: the last is the size of the largest message on the network, 1 MiB.
const JUSTIFICATION_BUCKETS: usize = 8;

/// Justifications that may wait before the SDK warns.
const JUSTIFICATION_QUEUE: usize = 1024;

/// Our own metrics, registered.
#[derive(Clone)]
pub struct Metrics {
    finality_latency: Histogram,
    justification_bytes: Histogram,
    missed_slots: Counter<U64>,
}

impl Metrics {
    /// Registers the metrics if there is a registry.
    pub fn register(registry: Option<&Registry>) -> Result<Option<Self>, PrometheusError> {
        registry.map(Self::register_in).transpose()
    }

    fn register_in(registry: &Registry) -> Result<Self, PrometheusError> {
        let counter = |name: &str, help: &str| register(Counter::<U64>::new(name, help)?, registry);
        let histogram = |name: &str, help: &str, buckets: Vec<f64>| {
            let options = HistogramOpts::new(name, help).buckets(buckets);
            register(Histogram::with_opts(options)?, registry)
        };
        Ok(Self {
            finality_latency: histogram(
                "qloak_finality_latency_seconds",
                "Seconds from the beginning of a block's slot until this node knew it final",
                LATENCY_BUCKETS.to_vec(),
            )?,
            justification_bytes: histogram(
                "qloak_justification_bytes",
                "Bytes of the justifications that this node made",
                exponential_buckets(SMALLEST_JUSTIFICATION, 2.0, JUSTIFICATION_BUCKETS)?,
            )?,
            missed_slots: counter(
                "qloak_missed_slots_total",
                "Slots without a block on the best chain, as seen when its blocks arrived",
            )?,
        })
    }
}

/// Measures a running node.
pub struct Observer {
    /// Where the numbers go.
    pub metrics: Metrics,
    /// The chain.
    pub client: Arc<Client>,
    /// Knows whether the node is catching up, when latencies would be those of long ago.
    pub sync: Arc<SyncingService<Block>>,
    /// Length of a slot.
    pub slot_duration: SlotDuration,
    /// Justifications as they are made.
    pub justifications: GrandpaJustificationStream<Block>,
}

impl Observer {
    /// Measures until the node stops.
    pub async fn run(self) {
        let finalised = self.client.finality_notification_stream();
        let imported = self.client.import_notification_stream();
        let justifications = self.justifications.subscribe(JUSTIFICATION_QUEUE);
        join3(
            finalised.for_each(|block| {
                self.on_finality(&block);
                ready(())
            }),
            imported.for_each(|block| {
                self.on_import(&block);
                ready(())
            }),
            justifications.for_each(|made| {
                self.on_justification(&made);
                ready(())
            }),
        )
        .await;
    }

    fn on_finality(&self, block: &FinalityNotification<Block>) {
        if self.sync.is_major_syncing() {
            return;
        }
        let now = Timestamp::current();
        // The blocks below are final by the same vote.
        let below = block
            .tree_route
            .iter()
            .filter_map(|hash| self.slot_of(*hash));
        for slot in below.chain(slot(&block.header)) {
            if let Some(seconds) = seconds_since(slot, self.slot_duration, now) {
                self.metrics.finality_latency.observe(seconds);
            }
        }
    }

    fn on_import(&self, block: &BlockImportNotification<Block>) {
        // A block at the end of a branch that is not the best may count later, by the branch's next block.
        if !block.is_new_best {
            return;
        }
        if let Some(slot) = slot(&block.header) {
            let parent = self.slot_of(*block.header.parent_hash());
            self.metrics.missed_slots.inc_by(missed_slots(parent, slot));
        }
    }

    fn on_justification(&self, made: &GrandpaJustification<Block>) {
        // Counts the bytes without writing them.
        let bytes = made.encoded_size();
        self.metrics.justification_bytes.observe(bytes as f64);
    }

    /// `None` for the genesis block, whose time nobody knows, and for a block that is gone.
    fn slot_of(&self, hash: H256) -> Option<Slot> {
        slot(&self.client.header(hash).ok()??)
    }
}

fn slot(header: &Header) -> Option<Slot> {
    if *header.number() == 0 {
        return None;
    }
    standalone::find_pre_digest::<Block, AuthoritySignature>(header).ok()
}

/// Slots between two blocks. The first block's parent has no slot, and no slot was missed before it.
fn missed_slots(parent: Option<Slot>, slot: Slot) -> u64 {
    let Some(parent) = parent else {
        return 0;
    };
    u64::from(slot)
        .saturating_sub(u64::from(parent))
        .saturating_sub(1)
}

/// `None` for a slot that has not begun: `--sealing instant` makes blocks ahead of their time.
fn seconds_since(slot: Slot, slot_duration: SlotDuration, now: Timestamp) -> Option<f64> {
    let begin = u64::from(slot).checked_mul(slot_duration.as_millis())?;
    let milliseconds = now.as_millis().checked_sub(begin)?;
    Some(milliseconds as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use polkadot_sdk::sp_runtime::Digest;
    use qloak_pq_crypto::authority::aura::AuthorityPair;

    const SECOND: SlotDuration = SlotDuration::from_millis(1000);

    fn header(number: u32, logs: Vec<polkadot_sdk::sp_runtime::DigestItem>) -> Header {
        let zero = H256::zero();
        Header::new(number, zero, zero, zero, Digest { logs })
    }

    #[test]
    fn missed_slots_are_those_between_a_block_and_its_parent() {
        let missed = |parent: u64, slot: u64| missed_slots(Some(parent.into()), slot.into());
        assert_eq!(missed(10, 11), 0);
        assert_eq!(missed(10, 12), 1);
        assert_eq!(missed(10, 20), 9);
    }

    #[test]
    fn odd_slots_miss_nothing() {
        let missed = |parent: u64, slot: u64| missed_slots(Some(parent.into()), slot.into());
        assert_eq!(missed(10, 10), 0, "two blocks in a slot");
        assert_eq!(missed(11, 10), 0, "time that runs backwards");
        assert_eq!(missed(0, u64::MAX), u64::MAX - 1);
        assert_eq!(
            missed_slots(None, 1_800_000_000.into()),
            0,
            "the first block"
        );
    }

    #[test]
    fn latency_counts_from_the_beginning_of_the_slot() {
        let since = |slot: u64, now: u64| seconds_since(slot.into(), SECOND, Timestamp::new(now));
        assert_eq!(since(10, 10_000), Some(0.0));
        assert_eq!(since(10, 11_250), Some(1.25));
        assert_eq!(since(10, 9_999), None, "a slot that has not begun");
        assert_eq!(since(u64::MAX, 9_999), None, "an absurd slot");
    }

    #[test]
    fn the_slot_is_read_from_the_digest() {
        let item = standalone::pre_digest::<AuthorityPair>(7.into());
        assert_eq!(slot(&header(1, vec![item.clone()])), Some(7.into()));
        assert_eq!(slot(&header(0, vec![item])), None, "the genesis block");
        assert_eq!(slot(&header(1, Vec::new())), None);
    }

    #[test]
    fn metrics_are_registered_once_and_under_the_documented_names() {
        let registry = Registry::new();
        let _metrics = Metrics::register(Some(&registry)).unwrap().unwrap();
        let families = registry.gather();
        let mut names: Vec<&str> = families.iter().map(|family| family.get_name()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "qloak_finality_latency_seconds",
                "qloak_justification_bytes",
                "qloak_missed_slots_total",
            ]
        );
        assert!(Metrics::register(Some(&registry)).is_err(), "a second time");
        assert!(Metrics::register(None).unwrap().is_none());
    }
}
