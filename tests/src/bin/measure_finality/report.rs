//! The result as a table, and as JSON.

use serde_json::{json, Value as Json};

use crate::{
    machine::Machine,
    measurement::{Justification, Measurement, Member},
    statistics::{decimal, mean, thousandths, Summary},
    usage::Load,
    Options,
};

/// Room for the names of rows.
const NAME_WIDTH: usize = 12;

/// The result for people.
pub fn table(options: &Options, machine: &Machine, measurement: &Measurement) -> String {
    let lines = [
        head(options, machine, measurement),
        latencies(measurement),
        loads(&measurement.members),
        tail(measurement),
    ];
    let mut text = lines.map(|lines| lines.join("\n")).join("\n\n");
    text.push('\n');
    text
}

fn head(options: &Options, machine: &Machine, measurement: &Measurement) -> Vec<String> {
    let gossip = options
        .gossip_duration_ms
        .map_or("default".into(), |duration| format!("{duration} ms"));
    vec![
        format!(
            "{} cores, {}, {}",
            machine.cores, machine.processor, machine.node
        ),
        format!(
            "{} validators, gossip duration: {gossip}, {} blocks in {} s",
            measurement.members.len(),
            measurement.blocks.len(),
            decimal(milliseconds(measurement) / 100),
        ),
    ]
}

fn latencies(measurement: &Measurement) -> Vec<String> {
    let header = format!(
        "{:NAME_WIDTH$} {:>8} {:>7} {:>7} {:>7} {:>7} {:>9} {:>9}",
        "", "samples", "p50", "p90", "p99", "max", "within 1s", "within 2s"
    );
    let mut lines = vec![
        "From authoring to finality, in milliseconds (all members: until the last has it)".into(),
        header,
    ];
    for member in &measurement.members {
        lines.push(latency(&member.name, member.since_authoring.clone()));
    }
    lines.push(latency(
        "each member",
        measurement.all(|member| &member.since_authoring),
    ));
    lines.push(latency("all members", measurement.everywhere()));
    lines.push("From a member's import to its finality".into());
    lines.push(latency(
        "each member",
        measurement.all(|member| &member.since_import),
    ));
    lines
}

fn latency(name: &str, times: Vec<u64>) -> String {
    let Some(summary) = Summary::of(times) else {
        return format!("{name:NAME_WIDTH$} {:>8}", 0);
    };
    let Summary {
        samples,
        p50,
        p90,
        p99,
        max,
        ..
    } = summary;
    let (within_1_s, within_2_s) = shares(&summary);
    let percent = |thousandths: u64| format!("{} %", decimal(thousandths));
    format!(
        "{name:NAME_WIDTH$} {samples:>8} {p50:>7} {p90:>7} {p99:>7} {max:>7} {:>9} {:>9}",
        percent(within_1_s),
        percent(within_2_s),
    )
}

/// How many of a thousand are within one second, and within two.
fn shares(summary: &Summary) -> (u64, u64) {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let share = |number: usize| thousandths(count(number), count(summary.samples));
    (share(summary.within_1_s), share(summary.within_2_s))
}

fn loads(members: &[Member]) -> Vec<String> {
    let header = format!(
        "{:NAME_WIDTH$} {:>9} {:>13} {:>13}",
        "", "one core", "received", "sent"
    );
    let mut lines = vec!["What a validator costs".into(), header];
    lines.extend(members.iter().map(|member| load(&member.name, member.load)));
    lines.push(load("mean", mean_load(members)));
    lines.push(load("max", max_load(members)));
    lines
}

fn load(name: &str, load: Load) -> String {
    let traffic = |bytes: u64| format!("{} kB/s", decimal(bytes / 100));
    format!(
        "{name:NAME_WIDTH$} {:>9} {:>13} {:>13}",
        format!("{} %", decimal(load.core_thousandths)),
        traffic(load.bytes_in_per_second),
        traffic(load.bytes_out_per_second),
    )
}

fn combined(members: &[Member], combine: impl Fn(&[u64]) -> u64) -> Load {
    let of = |kind: fn(&Load) -> u64| {
        let values: Vec<u64> = members.iter().map(|member| kind(&member.load)).collect();
        combine(&values)
    };
    Load {
        core_thousandths: of(|load| load.core_thousandths),
        bytes_in_per_second: of(|load| load.bytes_in_per_second),
        bytes_out_per_second: of(|load| load.bytes_out_per_second),
    }
}

fn mean_load(members: &[Member]) -> Load {
    combined(members, mean)
}

fn max_load(members: &[Member]) -> Load {
    combined(members, |values| values.iter().copied().max().unwrap_or(0))
}

fn tail(measurement: &Measurement) -> Vec<String> {
    let justifications = measurement.justifications.iter();
    let sizes: Vec<String> = justifications
        .map(|Justification { bytes, votes }| format!("{bytes} ({votes})"))
        .collect();
    let blocks = measurement.blocks.len();
    vec![
        format!("Justifications, in bytes (and votes): {}", sizes.join(", ")),
        format!(
            "Slots: {} passed, {blocks} with a block, {} missed",
            measurement.slots,
            missed(measurement)
        ),
    ]
}

fn missed(measurement: &Measurement) -> u64 {
    let blocks = u64::try_from(measurement.blocks.len()).unwrap_or(u64::MAX);
    measurement.slots.saturating_sub(blocks)
}

fn milliseconds(measurement: &Measurement) -> u64 {
    u64::try_from(measurement.elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// The result for programs.
pub fn json(options: &Options, machine: &Machine, measurement: &Measurement) -> Json {
    let members = measurement.members.iter().map(|member| {
        json!({
            "name": member.name,
            "since_authoring_ms": summary_json(member.since_authoring.clone()),
            "since_import_ms": summary_json(member.since_import.clone()),
            "load": load_json(member.load),
        })
    });
    let justifications = measurement
        .justifications
        .iter()
        .map(|Justification { bytes, votes }| json!({ "bytes": bytes, "votes": votes }));
    json!({
        "machine": {
            "cores": machine.cores,
            "processor": machine.processor,
            "node": machine.node,
        },
        "gossip_duration_ms": options.gossip_duration_ms,
        "elapsed_ms": milliseconds(measurement),
        "first_block": measurement.blocks.first().map(|block| block.number),
        "blocks": measurement.blocks.len(),
        "slots": measurement.slots,
        "missed_slots": missed(measurement),
        "since_authoring_ms": {
            "each_member": summary_json(measurement.all(|member| &member.since_authoring)),
            "all_members": summary_json(measurement.everywhere()),
        },
        "since_import_ms": {
            "each_member": summary_json(measurement.all(|member| &member.since_import)),
        },
        "load": {
            "mean": load_json(mean_load(&measurement.members)),
            "max": load_json(max_load(&measurement.members)),
        },
        "justifications": justifications.collect::<Vec<_>>(),
        "members": members.collect::<Vec<_>>(),
    })
}

fn summary_json(times: Vec<u64>) -> Json {
    Summary::of(times).map_or(Json::Null, |summary| {
        json!({
            "samples": summary.samples,
            "p50": summary.p50,
            "p90": summary.p90,
            "p99": summary.p99,
            "max": summary.max,
            "within_1_s": summary.within_1_s,
            "within_2_s": summary.within_2_s,
        })
    })
}

fn load_json(load: Load) -> Json {
    json!({
        "core_thousandths": load.core_thousandths,
        "bytes_in_per_second": load.bytes_in_per_second,
        "bytes_out_per_second": load.bytes_out_per_second,
    })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )]

    use std::time::Duration;

    use clap::Parser;

    use super::*;
    use crate::block::Block;

    fn member(name: &str, core_thousandths: u64, since_authoring: &[u64]) -> Member {
        Member {
            name: name.into(),
            since_authoring: since_authoring.to_vec(),
            since_import: Vec::new(),
            load: Load {
                core_thousandths,
                bytes_in_per_second: 12_345,
                bytes_out_per_second: 999,
            },
        }
    }

    fn example() -> (Options, Machine, Measurement) {
        let block = |number, slot| Block {
            number,
            hash: [0; 32],
            slot,
            authored: slot * 1_000,
        };
        let machine = Machine {
            cores: 2,
            processor: "a processor".into(),
            node: "qloak-node 0.1.0".into(),
        };
        let measurement = Measurement {
            elapsed: Duration::from_millis(3_250),
            blocks: vec![block(8, 100), block(9, 102)],
            slots: 3,
            members: vec![
                member("Alice", 100, &[400, 800]),
                member("Bob", 205, &[500, 1_200]),
            ],
            justifications: vec![Justification {
                bytes: 15_991,
                votes: 3,
            }],
        };
        let options = Options::try_parse_from(["measure_finality", "--gossip-duration-ms=150"]);
        (options.unwrap(), machine, measurement)
    }

    #[test]
    fn the_table_begins_with_the_machine_and_has_every_result() {
        let (options, machine, measurement) = example();
        let text = table(&options, &machine, &measurement);
        assert!(text.starts_with("2 cores, a processor, qloak-node 0.1.0\n"));
        let words: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        let has = |line: &str| {
            let line: Vec<&str> = line.split_whitespace().collect();
            assert!(words.contains(&line), "no «{}» in\n{text}", line.join(" "));
        };
        has("2 validators, gossip duration: 150 ms, 2 blocks in 3.2 s");
        has("Bob 2 500 1200 1200 1200 50.0 % 100.0 %");
        has("each member 4 500 1200 1200 1200 75.0 % 100.0 %");
        has("all members 2 500 1200 1200 1200 50.0 % 100.0 %");
        has("each member 0");
        has("mean 15.2 % 12.3 kB/s 0.9 kB/s");
        has("max 20.5 % 12.3 kB/s 0.9 kB/s");
        has("Justifications, in bytes (and votes): 15991 (3)");
        has("Slots: 3 passed, 2 with a block, 1 missed");
    }

    #[test]
    fn json_has_the_same_numbers() {
        let (options, machine, measurement) = example();
        let json = json(&options, &machine, &measurement);
        assert_eq!(json["gossip_duration_ms"], 150);
        assert_eq!(json["since_authoring_ms"]["all_members"]["p99"], 1_200);
        assert_eq!(json["since_authoring_ms"]["each_member"]["within_1_s"], 3);
        assert_eq!(json["since_import_ms"]["each_member"], Json::Null);
        assert_eq!(json["load"]["mean"]["core_thousandths"], 152);
        assert_eq!(json["members"][1]["name"], "Bob");
        assert_eq!(json["justifications"][0]["votes"], 3);
        assert_eq!(json["missed_slots"], 1);
    }
}
