//! `qloak validator …` and `qloak nominate`: stakes, session keys and candidacy.

mod bond;
mod candidacy;
mod commission;
mod keys;
mod position;
mod stash;
mod status;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use qloak_pq_crypto::scheme::Scheme;

pub use candidacy::nominate;
pub use status::{describe_turns, moment};

use super::arguments::{parse_scheme, SendArguments};
use super::Session;
use crate::error::Error;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
A stash is the account whose money is bonded; it signs all of these. Session keys are the two keys
on the validator's machine, one that seals blocks and one that votes.

From nothing to a candidate:
  qloak validator status                                   what is needed, and who validates
  qloak validator bond --from stash --amount 100000
  qloak validator rotate-keys --from stash --node ws://127.0.0.1:9944
  qloak validator validate --from stash --commission 5
  qloak validator status stash

And back:
  qloak validator chill --from stash                       wait for the next era, then stop the node
  qloak validator unbond --from stash --all
  qloak validator withdraw --from stash                    when it has thawed, a week later
  qloak validator purge-keys --from stash                  forgets the session keys

A nominator bonds in the same way, and then runs `qloak nominate`.")]
pub enum ValidatorCommand {
    /// Bond money for the first time, to validate or to nominate
    #[command(after_help = "\
Bonded money stays on the account, but cannot be sent. It can be slashed: a validator that signs
two blocks for one slot or two votes in one round loses a part of it, and so do those that nominate
it.

Examples:
  qloak validator bond --from stash --amount 100000
  qloak validator bond --from //Bob --amount '100000 QLK' --yes --json

JSON: { account, call, amount, signature, price, transaction } as of `transfer`.")]
    Bond(AmountArguments),
    /// Add to the bond
    #[command(after_help = "\
It counts from the next election on.

Example:
  qloak validator bond-more --from stash --amount 250

JSON: { account, call, amount, signature, price, transaction } as of `transfer`.")]
    BondMore(AmountArguments),
    /// Stand for election, or change the terms
    #[command(after_help = "\
The candidates with most behind them are elected, each era anew. Without --commission the present
one stays; newcomers begin with none. Without --blocked a blocked candidate is open to nominations
again. Whoever nominates stops doing so.

Examples:
  qloak validator validate --from stash --commission 5
  qloak validator validate --from stash --commission 2.5 --blocked

JSON: { account, call, commission_percent, blocked, signature, price, transaction }.")]
    Validate(ValidateArguments),
    /// Register session keys that a node made, with its proof
    #[command(after_help = "\
Keys and proof come from the validator's node, which made them for this very stash:
  qloak validator rotate-keys --from qk4n… --no-send --json > keys.json     on its machine
  qloak validator set-keys --from stash --file keys.json                    where the stash is
or from its method author_rotateKeysWithOwner, whose answer --file takes as well. The chain refuses
a proof that was made for another account.

The keys come into use when the session has changed twice. Until then the node needs the old ones.

Examples:
  qloak validator set-keys --from stash --file keys.json
  qloak validator set-keys --from stash --keys 0x… --proof 0x…

JSON: { account, call, keys, signature, price, transaction }.")]
    SetKeys(SetKeysArguments),
    /// Have the validator's node make session keys, and register them
    #[command(after_help = "\
--node has to be the validator's own node: there the secrets of the keys stay. A node makes keys
only for its own machine, so run this there, or through a tunnel:
  ssh -L 9944:127.0.0.1:9944 validator.example.org

Where the stash's key is on another machine (as it should be), --no-send shows the keys and sends
nothing; `set-keys` there does the rest.

Examples:
  qloak validator rotate-keys --from stash
  qloak validator rotate-keys --from qk4n… --no-send --json > keys.json

JSON: { account, call, keys, proof, signature, price, transaction }; with --no-send account, keys
and proof alone.")]
    RotateKeys(RotateKeysArguments),
    /// Have the chain forget the session keys, and return their deposit
    #[command(after_help = "\
For a stash that has stopped validating. Whoever stands for election or validates keeps its keys:
chill first, and wait until the era is over.

Example:
  qloak validator purge-keys --from stash

JSON: { account, call, signature, price, transaction } as of `transfer`.")]
    PurgeKeys(StashArguments),
    /// Stand for election no more, and nominate nobody
    #[command(after_help = "\
The bond stays. A validator that was elected goes on to the end of its era, so leave its node
running.

Example:
  qloak validator chill --from stash

JSON: { account, call, signature, price, transaction } as of `transfer`.")]
    Chill(StashArguments),
    /// Give up a part of the bond, or all of it
    #[command(after_help = "\
What is given up thaws for a week, in which it can still be slashed; then `withdraw` returns it.
Who validates or nominates keeps the least that this takes, or gives up the role first, by
`qloak validator chill`. --all does both.

Examples:
  qloak validator unbond --from stash --amount 100
  qloak validator unbond --from stash --all

JSON: { account, call, amount, era, signature, price, transaction }.")]
    Unbond(UnbondArguments),
    /// Take back what has thawed
    #[command(after_help = "\
Example:
  qloak validator withdraw --from stash

JSON: { account, call, amount, signature, price, transaction } as of `transfer`.")]
    Withdraw(StashArguments),
    /// Show a stake, keys and seat; without an account, all validators and candidates
    #[command(after_help = "\
Examples:
  qloak validator status
  qloak validator status stash
  qloak validator status qk4nsQWkHuoQXVNejA6JqLoNvQ8Zm39JzpkS52pn9RU3mjJJb --json

JSON: { account, address, block, era, session, next_session: { block, time }, next_era, bond:
{ total, active, thawing: [{ amount, era, thawed, time }] }, role, commission_percent, blocked,
nominating, session_keys: { registered, voting_key_ss58, queued, on_this_node }, validating,
excluded_until, excluded_until_time, backing: { total, own, nominators }, nominators: [{ address,
active }] }; without an account { block, era, session, next_session, next_era, minimum:
{ validator, nominator }, validators: [{ address, total, own, nominators }], candidates: [{
address, commission_percent, blocked, validating }] }.")]
    Status(StatusArguments),
}

/// Whose stake, and how to send.
#[derive(Debug, Args)]
pub struct StashArguments {
    /// The stash: a stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    from: String,
    /// The scheme of a development account in --from
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
    #[command(flatten)]
    send: SendArguments,
}

#[derive(Debug, Args)]
pub struct AmountArguments {
    /// How much, in whole tokens with decimals
    #[arg(long)]
    amount: String,
    #[command(flatten)]
    stash: StashArguments,
}

#[derive(Debug, Args)]
pub struct UnbondArguments {
    /// How much, in whole tokens with decimals
    #[arg(long, required_unless_present = "all", conflicts_with = "all")]
    amount: Option<String>,
    /// Everything, and the role with it
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    stash: StashArguments,
}

#[derive(Debug, Args)]
pub struct ValidateArguments {
    /// What the validator keeps of rewards before it shares them with its nominators
    #[arg(long, value_name = "PERCENT", value_parser = commission::parse)]
    commission: Option<u32>,
    /// Take no further nominators
    #[arg(long)]
    blocked: bool,
    #[command(flatten)]
    stash: StashArguments,
}

#[derive(Debug, Args)]
pub struct SetKeysArguments {
    /// The ids of both keys, as the node answered
    #[arg(
        long,
        value_name = "HEX",
        requires = "proof",
        required_unless_present = "file"
    )]
    keys: Option<String>,
    /// The proof, as the node answered
    #[arg(
        long,
        value_name = "HEX",
        requires = "keys",
        required_unless_present = "file"
    )]
    proof: Option<String>,
    /// Read both from this file, the JSON of `rotate-keys --no-send` or of the node
    #[arg(long, value_name = "PATH", conflicts_with_all = ["keys", "proof"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    stash: StashArguments,
}

#[derive(Debug, Args)]
pub struct RotateKeysArguments {
    /// Show the keys and send nothing; then --from needs no key here
    #[arg(long)]
    no_send: bool,
    #[command(flatten)]
    stash: StashArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Bond first (qloak validator bond). The bond counts for those named from the next election on, and is
slashed with them. Naming anew replaces the old names; `qloak validator chill` withdraws them all,
and `qloak validator unbond` and `withdraw` return the money. Whoever stands for election stops
doing so.

`qloak validator status` lists the candidates.

Examples:
  qloak nominate --from alice qk4nsQWkHuoQXVNejA6JqLoNvQ8Zm39JzpkS52pn9RU3mjJJb
  qloak nominate --from alice carol dave --yes --json

JSON: { account, call, targets, signature, price, transaction } as of `transfer`.")]
pub struct NominateArguments {
    /// Candidates: addresses, stored accounts, or //Name
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    stash: StashArguments,
}

#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Name, address or //Name
    account: Option<String>,
    /// The scheme of a development account
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
}

pub async fn run(session: &Session, command: ValidatorCommand) -> Result<(), Error> {
    match command {
        ValidatorCommand::Bond(arguments) => bond::bond(session, &arguments).await,
        ValidatorCommand::BondMore(arguments) => bond::bond_more(session, &arguments).await,
        ValidatorCommand::Validate(arguments) => candidacy::validate(session, &arguments).await,
        ValidatorCommand::SetKeys(arguments) => keys::set(session, &arguments).await,
        ValidatorCommand::RotateKeys(arguments) => keys::rotate(session, &arguments).await,
        ValidatorCommand::PurgeKeys(arguments) => keys::purge(session, &arguments).await,
        ValidatorCommand::Chill(arguments) => candidacy::chill(session, &arguments).await,
        ValidatorCommand::Unbond(arguments) => bond::unbond(session, &arguments).await,
        ValidatorCommand::Withdraw(arguments) => bond::withdraw(session, &arguments).await,
        ValidatorCommand::Status(arguments) => status::status(session, &arguments).await,
    }
}
