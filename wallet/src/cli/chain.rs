//! `qloak chain …`

use clap::Subcommand;
use serde_json::{json, Value as Json};

use super::validator::{describe_turns, moment};
use super::Session;
use crate::chain::calendar::Calendar;
use crate::chain::registry::SchemeStatus;
use crate::chain::staking::Rules;
use crate::chain::time;
use crate::chain::{inspect, registry, AtBlock, Chain};
use crate::error::Error;
use crate::output::{date, Report};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  qloak chain info --node wss://node.example.org")]
pub enum ChainCommand {
    /// Show node, runtime, head, seal, authorities and the catalog of schemes
    #[command(
        after_help = "Examples:\n  qloak chain info\n  qloak chain info --node wss://node.example.org --json"
    )]
    Info,
}

pub async fn run(session: &Session, command: ChainCommand) -> Result<(), Error> {
    match command {
        ChainCommand::Info => info(session).await,
    }
}

async fn info(session: &Session) -> Result<(), Error> {
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let head = inspect::header(&chain, Some(at.block_hash())).await?;
    let doing = "asking for the last final block";
    let finalized = chain
        .rpc()
        .chain_get_finalized_head()
        .await
        .map_err(chain.failed(doing))?;
    let finalized = inspect::header(&chain, Some(finalized)).await?;
    let catalog = registry::catalog(&chain, &at).await?;
    let calendar = calendar(&chain, &at).await?;
    let until_time = |status: &SchemeStatus| match status {
        SchemeStatus::Deprecated { until } => calendar.time_of((*until).into()),
        SchemeStatus::Enabled | SchemeStatus::Disabled => None,
    };
    let schemes: Vec<_> = catalog
        .iter()
        .map(|(scheme, entry)| {
            let parameters = scheme.parameters();
            json!({
                "scheme": scheme.to_string(),
                "status": entry.status.to_string(),
                "until_time": until_time(&entry.status),
                "fee_multiplier_percent": entry.fee_multiplier,
                "security_bits": entry.security_bits,
                "public_bytes": parameters.public_bytes,
                "signature_bytes": parameters.signature_bytes,
            })
        })
        .collect();
    let mut json = inspect::identity(&chain).await?;
    json["head"] = json!(head);
    let time = time::of(&at).await;
    json["head"]["time"] = json!(time);
    json["finalized"] = json!({
        "number": finalized.number,
        "hash": format!("{:?}", finalized.hash),
        "time": time::of(&chain.at(finalized.hash).await?).await,
    });
    json["next_session"] = moment(&calendar, calendar.next_session());
    json["next_era"] = moment(&calendar, calendar.next_era());
    json["authorities"] = json!(inspect::authorities(&chain, &at).await?);
    json["catalog"] = schemes.into();
    json["url"] = chain.url().into();
    session
        .output
        .result(&json, |report| describe(report, &json, &calendar))
}

/// With sessions and eras, if the chain has them.
async fn calendar(chain: &Chain, at: &AtBlock) -> Result<Calendar, Error> {
    match Rules::read(chain, at).await {
        Ok(rules) => Calendar::read(chain, at, &rules).await,
        Err(Error::NotQloak(_)) => Ok(Calendar::of_blocks(at).await),
        Err(error) => Err(error),
    }
}

fn describe(report: &mut Report, json: &Json, calendar: &Calendar) {
    let text = |value: &Json| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let (node, runtime, head) = (&json["node"], &json["runtime"], &json["head"]);
    report.heading(format_args!(
        "{} ({})",
        text(&json["chain"]["name"]),
        text(&json["chain"]["type"])
    ));
    report.field(
        "node",
        format_args!(
            "{} {}, {} peers",
            text(&node["name"]),
            text(&node["version"]),
            node["peers"]
        ),
    );
    report.field(
        "runtime",
        format_args!("{} {}", text(&runtime["name"]), runtime["spec_version"]),
    );
    report.field("genesis", text(&json["chain"]["genesis"]));
    report.field(
        "token",
        format_args!(
            "{}, {} decimals",
            text(&json["token"]["symbol"]),
            json["token"]["decimals"]
        ),
    );
    report.field(
        "addresses",
        format_args!("SS58 prefix {}", json["ss58_prefix"]),
    );
    let time = head["time"].as_u64();
    let when = time.map_or_else(String::new, |time| format!(", {}", date(time)));
    report.field(
        "head",
        format_args!("{} {}{when}", head["number"], text(&head["hash"])),
    );
    report.field(
        "final",
        format_args!(
            "{} {}{}",
            json["finalized"]["number"],
            text(&json["finalized"]["hash"]),
            json["finalized"]["time"]
                .as_u64()
                .map_or_else(String::new, |time| format!(", {}", date(time)))
        ),
    );
    describe_turns(report, calendar);
    match head["seal"].is_null() {
        true => report.field("seal", "none"),
        false => {
            let scheme = if head["seal"]["scheme"].is_null() {
                "unknown scheme".into()
            } else {
                text(&head["seal"]["scheme"])
            };
            let engine = text(&head["seal"]["engine"]);
            report.field(
                "seal",
                format_args!(
                    "{engine}, {scheme}, {} bytes of a {}-byte header",
                    head["seal"]["bytes"], head["bytes"]
                ),
            );
        }
    }
    for authority in json["authorities"].as_array().into_iter().flatten() {
        report.field("authority", text(authority));
    }
    report.heading("Signature schemes");
    report.line("  scheme                     key  signature  security  fee   status");
    for entry in json["catalog"].as_array().into_iter().flatten() {
        report.line(format_args!(
            "  {:24} {:>5}  {:>9}  {:>4} bit  {:>3}%  {}",
            text(&entry["scheme"]),
            text(&entry["public_bytes"]),
            text(&entry["signature_bytes"]),
            text(&entry["security_bits"]),
            text(&entry["fee_multiplier_percent"]),
            match entry["until_time"].as_u64() {
                Some(time) => format!("{}, about {}", text(&entry["status"]), date(time)),
                None => text(&entry["status"]),
            }
        ));
    }
}
