//! `qloak tx …`

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use subxt::config::substrate::H256;
use subxt::rpcs::methods::legacy::NumberOrHex;

use super::arguments::{PassphraseArguments, LONGEST_WAIT};
use super::{sending, shielded, Session};
use crate::chain::inspect::{self, TransactionView};
use crate::chain::outcome::{self, Outcome};
use crate::chain::search::{Search, LONGEST_LIFE};
use crate::chain::transaction::parse_hash;
use crate::chain::value::line;
use crate::chain::watch::{self, Wait};
use crate::chain::Chain;
use crate::error::Error;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
A transaction is named by its hash, and a shielded payment by its own name, which `send` and `unshield`
show: whatever extrinsic it comes in, it has that name.

Examples:
  qloak tx watch 0x6f1c…                                  until it is in a block
  qloak tx show 0x6f1c… --json")]
pub enum TransactionCommand {
    /// Show a transaction: call, signer, signature, sizes, fee, events
    #[command(after_help = "\
Nodes keep no index of transactions: without --block the latest blocks are searched.

Examples:
  qloak tx show 0x6f1c…
  qloak tx show 0x6f1c… --block 1234
  qloak tx show 0x6f1c… --depth 5000 --json")]
    Show(ShowArguments),
    /// Wait until a transaction is in a block, or can be in none any more
    #[command(after_help = "\
A transaction that was sent can be included until its last block, which the wallet names when it sends it.
With --until, this command waits until that block is final at most. If none of the 240 blocks up to it has
the transaction, it says that it was not included (exit status 6): only then is it safe to pay again. 240
blocks is how long a shielded payment of this wallet can wait; others wait for 64.

Of a shielded payment that was made here the wallet knows the last block and the notes. With --account it
takes both from its own record, and also says when another payment has spent one of the notes, which ends
this one.

Examples:
  qloak tx watch 0x6f1c… --wait finalized --timeout 60
  qloak tx watch 0x6f1c… --until 1234 --timeout 600
  qloak tx watch 0x6f1c… --account alice")]
    Watch(WatchArguments),
}

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The transaction's hash, or a shielded payment's name
    hash: String,
    /// The block that it is in, by number or hash
    #[arg(long, value_name = "BLOCK")]
    block: Option<String>,
    /// How many of the latest blocks to search
    #[arg(long, default_value_t = 256, value_name = "BLOCKS")]
    depth: u32,
}

#[derive(Debug, Args)]
pub struct WatchArguments {
    /// The transaction's hash, or a shielded payment's name
    hash: String,
    /// Wait until it is `included` in a best block, or until that block is `finalized`
    #[arg(
        long,
        value_enum,
        default_value = "included",
        hide_possible_values = true
    )]
    wait: Wait,
    /// How many seconds to wait
    #[arg(
        long,
        default_value_t = 120,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(..=LONGEST_WAIT)
    )]
    timeout: u64,
    /// How many of the latest blocks to look into first, if more than can have a transaction of this wallet
    #[arg(long, default_value_t = LONGEST_LIFE as u32, value_name = "BLOCKS")]
    depth: u32,
    /// The last block that can include it, as was said when it was sent: when that block is final, tell whether it was
    /// included, and end
    #[arg(long, value_name = "BLOCK", conflicts_with = "account")]
    until: Option<u64>,
    /// The account here that made the shielded payment: a stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

pub async fn run(session: &Session, command: TransactionCommand) -> Result<(), Error> {
    match command {
        TransactionCommand::Show(arguments) => show(session, &arguments).await,
        TransactionCommand::Watch(arguments) => follow(session, &arguments).await,
    }
}

async fn show(session: &Session, arguments: &ShowArguments) -> Result<(), Error> {
    let hash = parse_hash(&arguments.hash)?;
    let chain = session.connect().await?;
    let spinner = session.output.spinner("searching");
    let outcome = match &arguments.block {
        Some(block) => in_block(&chain, hash, block).await?,
        None => latest(&chain, hash, arguments.depth).await?,
    };
    let view = inspect::transaction(&chain, outcome).await?;
    drop(spinner);
    session
        .output
        .result(&json!(view), |report| describe(report, &chain, &view))
}

/// The transaction in the latest blocks.
async fn latest(chain: &Chain, hash: H256, depth: u32) -> Result<Outcome, Error> {
    let (found, range) = watch::search(chain, hash, depth).await?;
    Err(Error::NotFound(match found {
        Search::Found(outcome) => return Ok(*outcome),
        Search::Absent if range.first == 1 => {
            format!("no block up to {} has transaction {hash:?}. One to come may have it: qloak tx watch {hash:?}", range.last)
        }
        Search::Absent => format!(
            "none of the blocks {range} has transaction {hash:?}. One before them or one to come may have it: name the block with --block, \
             or search further back with --depth"
        ),
        Search::Incomplete(missing) => format!(
            "no block after {missing} has transaction {hash:?}, and this node does not have that block any more, nor perhaps those before. \
             Ask a node that keeps all blocks (--blocks-pruning archive)"
        ),
    }))
}

async fn in_block(chain: &Chain, hash: H256, block: &str) -> Result<Outcome, Error> {
    let block_hash = match block.parse::<u64>() {
        Ok(number) => chain
            .rpc()
            .chain_get_block_hash(Some(NumberOrHex::Number(number)))
            .await
            .map_err(chain.failed("asking for a block"))?
            .ok_or_else(|| Error::NotFound(format!("there is no block {number} yet")))?,
        Err(_) => parse_hash(block)?,
    };
    let mut outcome = outcome::find(chain, block_hash, hash, false)
        .await?
        .ok_or_else(|| Error::NotFound(format!("transaction {hash:?} is not in block {block}")))?;
    outcome.finalized = outcome.block_number <= watch::finalized_number(chain).await?;
    Ok(outcome)
}

fn describe(report: &mut crate::output::Report, chain: &Chain, view: &TransactionView) {
    report.heading(&view.call);
    if let Some(arguments) = view.arguments.as_object() {
        arguments
            .iter()
            .for_each(|(name, value)| report.field(name, line(value)));
    }
    if let Some(signer) = &view.signer {
        report.field("signer", signer);
    }
    if let Some(signature) = &view.signature {
        let key = match signature.with_key {
            true => format!("key attached, {} bytes", signature.key_bytes),
            false => "key registered".into(),
        };
        report.field(
            "signature",
            format_args!(
                "{}, {} bytes, {key}",
                signature.scheme, signature.signature_bytes
            ),
        );
    }
    report.field(
        "sizes",
        format_args!(
            "{} bytes in all, {} of them the call",
            view.outcome.bytes, view.call_bytes
        ),
    );
    if let Some(nonce) = view.nonce {
        report.field("nonce", nonce);
    }
    if let Some(tip) = view.tip.filter(|tip| *tip > 0) {
        report.field("tip", chain.token.format(tip));
    }
    sending::describe(report, chain, &view.outcome);
}

async fn follow(session: &Session, arguments: &WatchArguments) -> Result<(), Error> {
    let hash = parse_hash(&arguments.hash)?;
    if let Some(account) = &arguments.account {
        let payment = shielded::Watched {
            account,
            name: hash.0,
            wait: arguments.wait,
            timeout: Duration::from_secs(arguments.timeout),
        };
        return shielded::watch(session, &payment, &arguments.passphrase.source()).await;
    }
    let chain = session.connect().await?;
    let spinner = session
        .output
        .spinner(match sending::is_final(arguments.wait) {
            true => "waiting for finality",
            false => "waiting for a block",
        });
    let watch = watch::Watch {
        hash,
        depth: arguments.depth,
        until: arguments.until,
        wait: arguments.wait,
        timeout: Duration::from_secs(arguments.timeout),
    };
    let outcome = watch::watch(&chain, watch).await?;
    drop(spinner);
    sending::finish(
        session,
        &chain,
        &outcome,
        &json!(outcome),
        if outcome.finalized {
            "It is final."
        } else {
            "It is in a block."
        },
    )
}
