//! The dashboard and the alerts name metrics that a running node has, and the guide explains every alert.

use qloak_e2e::node::{Node, DEADLINE};
use serde_json::Value;
use std::collections::BTreeSet;
use subxt::{OnlineClient, SubstrateConfig};

const DASHBOARD: &str = include_str!("../../../docs/operations/dashboard.json");
const ALERTS: &str = include_str!("../../../docs/operations/alerts.yml");
const GUIDE: &str = include_str!("../../../docs/operations/validator.md");

/// Prometheus's own, and what node_exporter says of the machine.
const NOT_OURS: [&str; 2] = ["up", "node_"];

/// Words of the query language that stand where a metric could.
const OPERATORS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];

/// Words that a list of labels follows.
const GROUPINGS: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

/// The metrics that a query names: words that are neither keywords nor functions, and that stand
/// neither in a selector, a range, nor a list of labels.
fn metrics_of(query: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = without_selectors(query);
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_') {
        // The letter of a number, as in 1e3 or 5m, begins no word.
        let in_number = rest[..start].ends_with(|c: char| c.is_ascii_digit());
        let word: String = rest[start..].chars().take_while(|c| is_word(*c)).collect();
        let behind = rest[start + word.len()..].trim_start().to_owned();
        let is_grouping = GROUPINGS.contains(&word.as_str());
        let is_function = ["(", "by ", "without "]
            .iter()
            .any(|next| behind.starts_with(next));
        rest = match behind.split_once(')') {
            Some((_, after)) if is_grouping && is_function => after.to_owned(),
            _ => behind,
        };
        if !in_number && !is_function && !is_grouping && !OPERATORS.contains(&word.as_str()) {
            found.insert(word);
        }
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// The query without `{…}` and `[…]`, whatever their strings hold.
fn without_selectors(query: &str) -> String {
    let (mut kept, mut depth, mut in_string) = (String::new(), 0usize, false);
    for c in query.chars() {
        match c {
            '"' => in_string = !in_string,
            '{' | '[' if !in_string => depth += 1,
            '}' | ']' if !in_string => depth -= 1,
            c if depth == 0 && !in_string => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// Every `expr` of a JSON document, however deep.
fn queries_in(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match value {
                Value::String(query) if name == "expr" => vec![query.clone()],
                value => queries_in(value),
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(queries_in).collect(),
        _ => Vec::new(),
    }
}

fn dashboard() -> Value {
    serde_json::from_str(DASHBOARD).expect("the dashboard is JSON")
}

/// What stands behind `key` in the rules, line by line.
fn in_alerts(key: &str) -> Vec<&'static str> {
    ALERTS
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix(key))
        .map(str::trim)
        .collect()
}

/// The metrics of all panels and alerts that a node has to offer.
fn wanted() -> BTreeSet<String> {
    let mut queries = queries_in(&dashboard());
    queries.extend(in_alerts("expr:").into_iter().map(str::to_owned));
    let is_ours = |name: &String| !NOT_OURS.iter().any(|other| name.starts_with(other));
    queries
        .iter()
        .flat_map(|query| metrics_of(query))
        .filter(is_ours)
        .collect()
}

/// The names of the samples in Prometheus's text format.
fn offered(exposition: &str) -> BTreeSet<String> {
    exposition
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.chars().take_while(|c| is_word(*c)).collect())
        .collect()
}

#[test]
fn the_metrics_of_a_query_are_found() {
    let found = |query| Vec::from_iter(metrics_of(query));
    assert_eq!(found("up{job=\"qloak\"} == 0"), ["up"]);
    assert_eq!(
        found("a{x=\"} b [\", y=~\"c\"} - ignoring(status) d{e=\"f\"} > 20"),
        ["a", "d"]
    );
    assert_eq!(
        found("histogram_quantile(0.99, sum by (chain, le) (rate(g_bucket[5m]))) > 1e3"),
        ["g_bucket"]
    );
    assert_eq!(
        found("rate(h[5m]) == 0 and on(chain) i == 4 unless (j or abs(k))"),
        ["h", "i", "j", "k"]
    );
}

#[test]
fn the_dashboard_is_one_that_grafana_takes() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels");
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len(), "two panels share an id");
    assert!(!ids.contains(&None), "a panel has no id");
    let variables = dashboard["templating"]["list"]
        .as_array()
        .expect("variables");
    let source = variables
        .iter()
        .find(|variable| variable["type"] == "datasource");
    assert_eq!(source.expect("a source to choose")["query"], "prometheus");
    for panel in panels {
        let targets = panel["targets"].as_array().into_iter().flatten();
        for target in targets {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{target:#}");
        }
    }
}

#[test]
fn every_alert_has_a_query_and_a_place_in_the_guide() {
    let alerts = in_alerts("- alert:");
    assert!(!alerts.is_empty());
    assert_eq!(alerts.len(), BTreeSet::from_iter(&alerts).len());
    assert_eq!(alerts.len(), in_alerts("expr:").len());
    let runbooks = in_alerts("runbook:");
    assert_eq!(alerts.len(), runbooks.len());
    for (alert, runbook) in alerts.iter().zip(runbooks) {
        let anchor = format!("validator.md#{}", alert.to_lowercase());
        assert!(runbook.ends_with(&anchor), "{alert}: {runbook}");
        assert!(
            GUIDE.lines().any(|line| line == format!("### {alert}")),
            "the guide does not explain {alert}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_node_has_every_metric_that_is_named() {
    let node = Node::with_metrics(&["--dev", "--tmp"]);
    let wanted = wanted();
    assert!(wanted.contains("qloak_finality_latency_seconds_bucket"));
    let api = OnlineClient::<SubstrateConfig>::from_url(node.url())
        .await
        .expect("stock subxt connects");
    let mut final_blocks = api.stream_blocks().await.expect("finalised blocks");
    // Some appear with the first own block, the first final one, or the node's next count.
    let complete = async {
        while let Some(block) = final_blocks.next().await {
            block.expect("a final block");
            let offered = offered(&node.metrics());
            if wanted.is_subset(&offered) {
                return;
            }
        }
        panic!("the stream of final blocks ended");
    };
    if tokio::time::timeout(DEADLINE, complete).await.is_err() {
        let offered = offered(&node.metrics());
        let missing: Vec<_> = wanted.difference(&offered).collect();
        panic!("the node does not offer {missing:?}");
    }
}
