//! Counters of authors that seal two blocks in a slot.

use polkadot_sdk::substrate_prometheus_endpoint::{
    register, Counter, PrometheusError, Registry, U64,
};

/// The counters, registered.
#[derive(Clone)]
pub struct Metrics {
    double_authoring: Counter<U64>,
    offence_reports: Counter<U64>,
}

impl Metrics {
    /// Registers the counters if there is a registry.
    pub fn register(registry: Option<&Registry>) -> Result<Option<Self>, PrometheusError> {
        registry.map(Self::register_in).transpose()
    }

    fn register_in(registry: &Registry) -> Result<Self, PrometheusError> {
        let counter = |name: &str, help: &str| register(Counter::<U64>::new(name, help)?, registry);
        Ok(Self {
            double_authoring: counter(
                "qloak_double_authoring_seen_total",
                "Authors seen to seal two blocks in one slot",
            )?,
            offence_reports: counter(
                "qloak_offence_reports_total",
                "Reports of double authoring that this node submitted",
            )?,
        })
    }

    /// Counts an author that sealed two blocks in one slot.
    pub fn double_authoring_seen(&self) {
        self.double_authoring.inc();
    }

    /// Counts a report that was submitted.
    pub fn offence_reported(&self) {
        self.offence_reports.inc();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn counters_are_registered_once_and_under_the_documented_names() {
        let registry = Registry::new();
        let metrics = Metrics::register(Some(&registry)).unwrap().unwrap();
        metrics.double_authoring_seen();
        metrics.offence_reported();
        let families = registry.gather();
        let mut names: Vec<&str> = families.iter().map(|family| family.get_name()).collect();
        names.sort_unstable();
        let documented = [
            "qloak_double_authoring_seen_total",
            "qloak_offence_reports_total",
        ];
        assert_eq!(names, documented);
        assert!(Metrics::register(Some(&registry)).is_err(), "a second time");
        assert!(Metrics::register(None).unwrap().is_none());
    }
}
