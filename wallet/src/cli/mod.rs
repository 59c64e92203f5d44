//! The command's grammar: what can be typed, and the help that teaches it.

mod account;
mod account_manage;
mod arguments;
mod backup_source;
mod chain;
mod key;
mod key_arguments;
mod key_backup;
mod key_backup_file;
mod key_change;
mod key_lock;
mod key_migrate;
mod key_recover;
mod key_restore;
mod key_status;
mod pay;
mod protection;
mod receiver;
mod recovery_target;
mod sending;
mod shielded;
mod transaction;
mod validator;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use qloak_pq_crypto::scheme::Scheme;

use crate::accounts::Home;
use crate::chain::{without_secrets, Chain};
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::KdfParameters;
use crate::output::Output;

/// The node of this machine.
const DEFAULT_NODE: &str = "ws://127.0.0.1:9944";

/// For threads that prove and scan.
const THREAD_STACK_BYTES: usize = 4 * 1024 * 1024;

const ABOUT: &str =
    "The wallet of Qloak, a chain whose accounts are signed with post-quantum signatures";

const AFTER_HELP: &str = "\
Begin on a development chain:
  qloak-node --dev                                            start a node, in another terminal
  qloak account new alice                                     make an account
  qloak transfer --from //Alice --to alice --amount 100       fund it
  qloak balance alice
  qloak key status alice

Pay so that nobody sees who pays whom how much:
  qloak shield --from alice --amount 50                       money into the shielded pool
  qloak address show alice --out alice.address                what others pay to
  qloak send --from alice --to bob.address --amount 5
  qloak notes alice

Accounts are written as a name of a stored account, as an address, or as //Alice for a
development account (whose key is public: never put anything of value there).

Secrets are prompted for, or read with --passphrase-fd N and --passphrase-file PATH.

Exit status: 0 done, 1 other error, 2 usage, 3 node unreachable, 4 refused by the chain,
5 key file or passphrase, 6 not found, 7 sent and perhaps still to be included, or a timeout,
8 not confirmed, 9 disclosure does not hold.
With --json results go to standard output. An error is one line of JSON on standard error; so are a
warning, and the hash of what is sent, before anything is waited for.";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "qloak", version, about = ABOUT, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
struct Global {
    /// The node's WebSocket address
    #[arg(
        long,
        global = true,
        env = "QLOAK_NODE",
        default_value = DEFAULT_NODE,
        value_name = "URL",
        help_heading = "Global options"
    )]
    node: String,
    /// The folder with accounts and backup keys [default: ~/.qloak]
    #[arg(
        long,
        global = true,
        env = "QLOAK_HOME",
        value_name = "DIR",
        help_heading = "Global options"
    )]
    home: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, global = true, help_heading = "Global options")]
    json: bool,
    /// Answer questions with yes
    #[arg(long, short = 'y', global = true, help_heading = "Global options")]
    yes: bool,
    /// Show more: the raw events of a transaction
    #[arg(long, global = true, help_heading = "Global options")]
    verbose: bool,
    /// No colour, even on a terminal (also: NO_COLOR)
    #[arg(long, global = true, help_heading = "Global options")]
    no_color: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make, import, list, show, export, rename and remove accounts
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Show what an account holds
    Balance(pay::BalanceArguments),
    /// Send money
    Transfer(pay::TransferArguments),
    /// Register, rotate, back up, freeze, recover, migrate and deregister keys
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Bond, run a validator's keys and candidacy, unbond, and show who validates
    #[command(subcommand)]
    Validator(validator::ValidatorCommand),
    /// Stand behind validators with what is bonded
    Nominate(validator::NominateArguments),
    /// Move money into the shielded pool
    Shield(shielded::ShieldArguments),
    /// Pay inside the shielded pool: sender, recipient and amount stay hidden
    Send(shielded::PayArguments),
    /// Move money out of the shielded pool, to a public account
    Unshield(shielded::UnshieldArguments),
    /// Look through the chain for an account's shielded notes
    Scan(shielded::ScanArguments),
    /// List an account's shielded notes
    Notes(shielded::NotesArguments),
    /// List an account's shielded payments
    History(shielded::HistoryArguments),
    /// Make and show shielded addresses
    #[command(subcommand)]
    Address(shielded::AddressCommand),
    /// Export and use keys that see shielded payments and cannot spend
    #[command(subcommand)]
    Viewkey(shielded::ViewkeyCommand),
    /// Show one shielded payment to a third party
    Disclose(shielded::DiscloseArguments),
    /// Check a payment that somebody disclosed
    VerifyDisclosure(shielded::VerifyArguments),
    /// Show or follow a transaction
    #[command(subcommand)]
    Tx(transaction::TransactionCommand),
    /// Show the chain
    #[command(subcommand)]
    Chain(chain::ChainCommand),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  qloak completions bash > ~/.local/share/bash-completion/completions/qloak"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What every command gets.
pub struct Session {
    output: Output,
    home: Home,
    node: String,
    kdf: KdfParameters,
}

impl Session {
    /// Says what is to be known before a key of `scheme` is made.
    fn warn_of(&self, scheme: Scheme) {
        if let Some(warning) = arguments::warning_of(scheme) {
            self.output.warn(warning);
        }
    }

    async fn connect(&self) -> Result<Chain, Error> {
        let shown = without_secrets(&self.node);
        if Chain::is_exposed(&self.node) {
            self.output.warn(format_args!(
                "{shown} is not encrypted: whoever is on the way can read and change what the node says. Use wss:// for a remote node"
            ));
        }
        let _spinner = self.output.spinner(format!("connecting to {shown}"));
        Chain::connect(&self.node).await
    }
}

/// Reads the command line, runs the command, and tells the exit status. A line that cannot be read is answered by clap,
/// or as JSON if it asks for that.
pub fn main(kdf: KdfParameters) -> ExitCode {
    let error = match Cli::try_parse() {
        Ok(cli) => return run_to_exit_code(cli, kdf),
        Err(error) => error,
    };
    if !error.use_stderr() || !wants_json() {
        // Help and version go to standard output, with status 0.
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let error = Error::Usage(text.trim_end().to_owned());
    Output::new(true, true, false).error(&error);
    ExitCode::from(error.exit_status())
}

/// Whether the command line asks for JSON, before it is known to be one that can be read.
pub fn wants_json() -> bool {
    std::env::args_os()
        .take_while(|argument| argument != "--")
        .any(|argument| argument == "--json" || argument.to_string_lossy().starts_with("--json="))
}

/// Has the commands that this one tells to type next ask the same node and use the same home.
fn remember_for_follow_ups(global: &Global) {
    let by_itself = |name: &str| std::env::var_os(name);
    let usual = by_itself("QLOAK_NODE").unwrap_or_else(|| DEFAULT_NODE.into());
    let node = Some(global.node.as_str()).filter(|node| *node != usual);
    let usual = by_itself("QLOAK_HOME").map(PathBuf::from);
    let home = global.home.as_deref().filter(|_| global.home != usual);
    follow_up::remember(node, home);
}

/// Runs the command, prints its error if there is one, and tells the exit status.
pub fn run_to_exit_code(cli: Cli, kdf: KdfParameters) -> ExitCode {
    let mut output = Output::new(cli.global.json, cli.global.no_color, cli.global.yes);
    output.verbose = cli.global.verbose;
    remember_for_follow_ups(&cli.global);
    match run(cli, output, kdf) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit_status())
        }
    }
}

fn run(cli: Cli, output: Output, kdf: KdfParameters) -> Result<(), Error> {
    if let Command::Completions { shell } = cli.command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "qloak", &mut script);
        return output.raw(&String::from_utf8_lossy(&script));
    }
    let home = Home::locate(cli.global.home)?;
    let session = Session {
        output,
        home,
        node: cli.global.node,
        kdf,
    };
    // One thread: signing runs on this one, whose stack is known to suffice.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Proofs and scans run beside it, and ML-KEM's matrices do not fit every system's default either.
        .thread_stack_size(THREAD_STACK_BYTES)
        .build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Account(command) => account::run(&session, command),
            Command::Balance(arguments) => pay::balance(&session, arguments).await,
            Command::Transfer(arguments) => pay::transfer(&session, arguments).await,
            Command::Key(command) => key::run(&session, command).await,
            Command::Validator(command) => validator::run(&session, command).await,
            Command::Nominate(arguments) => validator::nominate(&session, &arguments).await,
            Command::Shield(arguments) => shielded::shield(&session, &arguments).await,
            Command::Send(arguments) => shielded::send(&session, &arguments).await,
            Command::Unshield(arguments) => shielded::unshield(&session, &arguments).await,
            Command::Scan(arguments) => shielded::scan(&session, &arguments).await,
            Command::Notes(arguments) => shielded::notes(&session, &arguments).await,
            Command::History(arguments) => shielded::history(&session, &arguments).await,
            Command::Address(command) => shielded::address(&session, command).await,
            Command::Viewkey(command) => shielded::viewkey(&session, command),
            Command::Disclose(arguments) => shielded::disclose(&session, &arguments).await,
            Command::VerifyDisclosure(arguments) => shielded::verify(&session, &arguments).await,
            Command::Tx(command) => transaction::run(&session, command).await,
            Command::Chain(command) => chain::run(&session, command).await,
            Command::Completions { .. } => Ok(()),
        }
    })
}
