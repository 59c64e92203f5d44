//! Counter of messages that are not listened to.

use polkadot_sdk::substrate_prometheus_endpoint::{
    register, CounterVec, Opts, PrometheusError, Registry, U64,
};

/// Counts the messages to the voters that the guard before them did not listen to, by its reasons.
#[derive(Clone)]
pub struct RefusedVotes(CounterVec<U64>);

impl RefusedVotes {
    /// Registers the counter if there is a registry.
    pub fn register(registry: Option<&Registry>) -> Result<Option<Self>, PrometheusError> {
        registry.map(Self::register_in).transpose()
    }

    fn register_in(registry: &Registry) -> Result<Self, PrometheusError> {
        let options = Opts::new(
            "qloak_refused_votes_total",
            "Messages to the voters that this node did not listen to",
        );
        register(CounterVec::new(options, &["reason"])?, registry).map(Self)
    }

    /// Counts a message. There must be few reasons: each has a counter of its own.
    pub fn count(&self, reason: &'static str) {
        self.0.with_label_values(&[reason]).inc();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn refused_votes_are_counted_by_reason() {
        let registry = Registry::new();
        let refused = RefusedVotes::register(Some(&registry)).unwrap().unwrap();
        refused.count("malformed");
        refused.count("malformed");
        refused.count("banned");
        let families = registry.gather();
        assert_eq!(families[0].get_name(), "qloak_refused_votes_total");
        let count = |reason| refused.0.with_label_values(&[reason]).get();
        assert_eq!((count("malformed"), count("banned")), (2, 1));
        assert!(RefusedVotes::register(None).unwrap().is_none());
    }
}
