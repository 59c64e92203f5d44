//! Counter of transactions that are refused.

use polkadot_sdk::substrate_prometheus_endpoint::{
    register, CounterVec, Opts, PrometheusError, Registry, U64,
};

/// Counts transactions of other nodes that were refused, by its reasons.
#[derive(Clone, Debug)]
pub struct RefusedTransactions(CounterVec<U64>);

impl RefusedTransactions {
    /// Registers the counter if there is a registry.
    pub fn register(registry: Option<&Registry>) -> Result<Option<Self>, PrometheusError> {
        registry.map(Self::register_in).transpose()
    }

    fn register_in(registry: &Registry) -> Result<Self, PrometheusError> {
        let options = Opts::new(
            "qloak_refused_transactions_total",
            "Transactions of other nodes that this node did not listen to or found not valid",
        );
        register(CounterVec::new(options, &["reason"])?, registry).map(Self)
    }

    /// Counts a transaction. There must be few reasons: each has a counter of its own.
    pub fn count(&self, reason: &'static str) {
        self.0.with_label_values(&[reason]).inc();
    }
}
