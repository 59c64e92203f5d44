//! `key`: post-quantum authority keys, and keys that identify nodes on the network.
//!
//! Secrets never come from the command line, where other users and the shell's history see them:
//! they are typed at a prompt, or read from a file for its owner only, or from a file descriptor.

use crate::{error::Error, key_view::Keys, node_key_command::GenerateNodeKey};
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use polkadot_sdk::{
    sc_cli::{KeySubcommand, KeystoreParams, SharedParams, SubstrateCli},
    sc_service::{config::KeystoreConfig, BasePath},
    sp_core::crypto::KeyTypeId,
};
use qloak_keystore::{secret_file, secret_uri, PqKeystore};
use std::{
    fs::File,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The SDK's command that shows the peer id of a node key.
const SDK_COMMAND: &str = "inspect-node-key";

/// `key …`
#[derive(Debug)]
pub enum KeyCommand {
    /// Ours.
    Authority(AuthorityKeyCommand),
    /// The SDK's.
    Node(KeySubcommand),
}

/// Commands for post-quantum authority keys.
#[derive(Debug, Subcommand)]
pub enum AuthorityKeyCommand {
    /// Make new authority keys: a recovery phrase of 24 words and what follows from it.
    #[command(after_help = "\
Examples:
  Both keys of a validator, from one phrase:
    qloak-node key generate --output-file phrase.txt
    qloak-node key generate --show-phrase --json
  A key for one duty, with a phrase of its own:
    qloak-node key generate --key-type gran --output-file votes.txt")]
    Generate(GenerateKey),

    /// Put authority keys into the node's keystore.
    #[command(after_help = "\
Examples:
  Both keys of a validator, asking for the phrase, into encrypted files:
    qloak-node key insert --chain local --password-interactive
  From a file, or from a descriptor that a script opens:
    qloak-node key insert --chain local --secret-file phrase.txt
    qloak-node key insert --chain local --secret-fd 3 3< phrase.txt
  One key that has a secret of its own:
    qloak-node key insert --chain local --key-type gran --secret-file votes.txt")]
    Insert(InsertKey),

    /// Show the authority ids and public keys of a secret.
    #[command(after_help = "\
Examples:
  qloak-node key inspect
  qloak-node key inspect --secret-file phrase.txt --json
  qloak-node key inspect --secret-file votes.txt --key-type gran")]
    Inspect(InspectKey),

    /// Make the key that identifies a node on the network, and store it where the node looks for it.
    ///
    /// The peer id is printed, the secret never.
    #[command(after_help = "\
Examples:
  For a node with the same --chain and --base-path:
    qloak-node key generate-node-key --chain local --base-path /var/lib/qloak
  Into a file, for --node-key-file:
    qloak-node key generate-node-key --file node-key")]
    GenerateNodeKey(GenerateNodeKey),
}

/// Where a secret is read from.
#[derive(Debug, Args)]
pub struct SecretSource {
    /// Read the secret from a file with one line, readable by its owner only.
    ///
    /// Without this and --secret-fd the secret is asked for.
    #[arg(long, value_name = "PATH", conflicts_with = "secret_fd")]
    secret_file: Option<PathBuf>,

    /// Read the secret from an open file descriptor; 0 is the standard input.
    #[arg(long, value_name = "NUMBER")]
    secret_fd: Option<u32>,
}

/// Which key a secret is of.
#[derive(Debug, Args)]
pub struct KeyChoice {
    /// What the key is for: `aura` seals blocks, `gran` votes on finality.
    ///
    /// With this, the secret is that one key's own. Without it, the secret is a validator's, whose keys derive from
    /// it: the one for sealing at //aura, the one for voting at //grandpa.
    #[arg(long, value_name = "TYPE", value_parser = parse_key_type)]
    key_type: Option<KeyTypeId>,
}

/// `key generate`
#[derive(Debug, Args)]
pub struct GenerateKey {
    /// Which key to make.
    #[command(flatten)]
    choice: KeyChoice,

    /// Write the phrase to a new file, readable by its owner only.
    #[arg(long, value_name = "PATH", required_unless_present = "show_phrase")]
    output_file: Option<PathBuf>,

    /// Print the phrase.
    #[arg(long)]
    show_phrase: bool,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// `key insert`
#[derive(Debug, Args)]
pub struct InsertKey {
    /// Which key the secret is of.
    #[command(flatten)]
    choice: KeyChoice,

    /// Where the secret comes from.
    #[command(flatten)]
    secret: SecretSource,

    /// Print JSON.
    #[arg(long)]
    json: bool,

    /// Which chain, and where its data lies.
    #[command(flatten)]
    shared: SharedParams,

    /// Where the keystore lies and what it is encrypted with.
    #[command(flatten)]
    keystore: KeystoreParams,
}

/// `key inspect`
#[derive(Debug, Args)]
pub struct InspectKey {
    /// Which key the secret is of.
    #[command(flatten)]
    choice: KeyChoice,

    /// Where the secret comes from.
    #[command(flatten)]
    secret: SecretSource,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl FromArgMatches for KeyCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        match matches.subcommand_name() {
            Some(SDK_COMMAND) => KeySubcommand::from_arg_matches(matches).map(Self::Node),
            _ => AuthorityKeyCommand::from_arg_matches(matches).map(Self::Authority),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for KeyCommand {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        let sdk = KeySubcommand::augment_subcommands(clap::Command::new("key"));
        AuthorityKeyCommand::augment_subcommands(command)
            .subcommands(sdk.find_subcommand(SDK_COMMAND).cloned())
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        name == SDK_COMMAND || AuthorityKeyCommand::has_subcommand(name)
    }
}

impl KeyCommand {
    /// Runs the command.
    pub fn run<Cli: SubstrateCli>(&self, cli: &Cli) -> Result<(), Error> {
        match self {
            Self::Node(command) => Ok(command.run(cli)?),
            Self::Authority(AuthorityKeyCommand::Generate(command)) => command.run(),
            Self::Authority(AuthorityKeyCommand::Insert(command)) => command.run(cli),
            Self::Authority(AuthorityKeyCommand::Inspect(command)) => command.run(),
            Self::Authority(AuthorityKeyCommand::GenerateNodeKey(command)) => command.run(cli),
        }
    }
}

impl GenerateKey {
    fn run(&self) -> Result<(), Error> {
        let phrase = secret_uri::generate_phrase()?;
        let keys = Keys::of(&phrase, self.choice.key_type)?;
        if let Some(path) = &self.output_file {
            let line = Zeroizing::new(format!("{}\n", *phrase));
            secret_file::create(path, line.as_bytes())?;
        }
        let shown = self.show_phrase.then_some(phrase);
        keys.print(
            self.json,
            shown.as_deref().map(String::as_str),
            self.output_file.as_deref(),
        )
    }
}

impl InsertKey {
    fn run<Cli: SubstrateCli>(&self, cli: &Cli) -> Result<(), Error> {
        let secret = self.secret.read()?;
        let keys = Keys::of(&secret, self.choice.key_type)?;
        let keystore = self.open_keystore(cli)?;
        for key in keys.iter() {
            keystore.insert_seed(key.key_type, key.seed.clone())?;
        }
        keys.print(self.json, None, None)
    }

    /// The keystore that a node with the same options would open, if it outlives the command.
    fn open_keystore<Cli: SubstrateCli>(&self, cli: &Cli) -> Result<PqKeystore, Error> {
        let has_place = self.shared.base_path.is_some() || self.keystore.keystore_path.is_some();
        if self.shared.is_dev() && !has_place {
            return Err(Error::Key(
                "--dev without --base-path keeps nothing, so the key would be lost at once. Add --base-path DIR".into(),
            ));
        }
        let base_path = self
            .shared
            .base_path()?
            .unwrap_or_else(|| BasePath::from_project("", "", &Cli::executable_name()));
        let chain_id = self.shared.chain_id(self.shared.is_dev());
        let chain_spec = cli.load_spec(&chain_id).map_err(Error::Key)?;
        let folder = base_path.config_dir(chain_spec.id());
        match self.keystore.keystore_config(&folder)? {
            KeystoreConfig::Path { path, password } => Ok(PqKeystore::open(&path, password)?),
            KeystoreConfig::InMemory => Err(Error::Key(
                "a key in a keystore in memory would be lost at once".into(),
            )),
        }
    }
}

impl InspectKey {
    fn run(&self) -> Result<(), Error> {
        let secret = self.secret.read()?;
        Keys::of(&secret, self.choice.key_type)?.print(self.json, None, None)
    }
}

impl SecretSource {
    fn read(&self) -> Result<Zeroizing<String>, Error> {
        match (&self.secret_file, self.secret_fd) {
            (Some(path), _) => Ok(secret_file::read_line(path)?),
            (None, Some(descriptor)) => read_descriptor(descriptor),
            (None, None) => rpassword::prompt_password("Recovery phrase or seed: ")
                .map(Zeroizing::new)
                .map_err(|error| {
                    Error::Key(format!(
                        "cannot ask for the secret ({error}); give --secret-file or --secret-fd"
                    ))
                }),
        }
    }
}

/// Through `/dev/fd`, since taking a descriptor by its number is unsafe.
fn read_descriptor(descriptor: u32) -> Result<Zeroizing<String>, Error> {
    if descriptor == 0 {
        // Which may be a socket, and those cannot be opened by a path.
        let path = Path::new("standard input");
        let content = secret_file::read_bounded(std::io::stdin().lock(), path)?;
        return Ok(secret_file::one_line(&content, path)?);
    }
    let path = PathBuf::from(format!("/dev/fd/{descriptor}"));
    let file = File::open(&path).map_err(|error| {
        Error::Key(format!("cannot read file descriptor {descriptor}: {error}"))
    })?;
    let content = secret_file::read_bounded(file, &path)?;
    Ok(secret_file::one_line(&content, &path)?)
}

fn parse_key_type(text: &str) -> Result<KeyTypeId, String> {
    let key_type = KeyTypeId::try_from(text)
        .map_err(|()| "a key type has four letters, such as aura".to_owned())?;
    if qloak_keystore::signing_context(key_type).is_none() {
        return Err("post-quantum key types are aura and gran".into());
    }
    Ok(key_type)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )]

    use super::*;
    use clap::{error::ErrorKind, Parser};

    /// A program that has nothing but these commands.
    #[derive(Debug, Parser)]
    struct Keys {
        #[command(subcommand)]
        command: KeyCommand,
    }

    fn parse(arguments: &[&str]) -> Result<Keys, clap::Error> {
        Keys::try_parse_from([&["key"], arguments].concat())
    }

    #[test]
    fn the_sdk_command_for_node_keys_is_there() {
        let keys = parse(&["inspect-node-key", "--file", "x"]).unwrap();
        assert!(matches!(keys.command, KeyCommand::Node(_)));
    }

    #[test]
    fn secrets_are_no_arguments() {
        for arguments in [
            ["insert", "//Alice"],
            ["inspect", "//Alice"],
            ["insert", "--suri=//Alice"],
        ] {
            let error = parse(&arguments).expect_err("secrets on the command line are refused");
            assert_eq!(error.kind(), ErrorKind::UnknownArgument, "{error}");
        }
    }

    #[test]
    fn a_new_phrase_must_go_somewhere() {
        let error = parse(&["generate"]).expect_err("the phrase would be lost");
        assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
    }

    #[test]
    fn a_key_type_may_be_given_and_need_not() {
        for command in ["generate", "insert", "inspect"] {
            let rest = if command == "generate" {
                vec!["--show-phrase"]
            } else {
                Vec::new()
            };
            let choices: [&[&str]; 3] = [&[], &["--key-type", "aura"], &["--key-type", "gran"]];
            for key_type in choices {
                let arguments = [&[command][..], &rest, key_type].concat();
                assert!(parse(&arguments).is_ok(), "{arguments:?}");
            }
            let arguments = [&[command][..], &rest, &["--key-type", "babe"]].concat();
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn key_types_without_a_use_are_refused() {
        assert!(parse_key_type("aura").is_ok() && parse_key_type("gran").is_ok());
        assert!(parse_key_type("babe")
            .unwrap_err()
            .contains("aura and gran"));
        assert!(parse_key_type("toolong")
            .unwrap_err()
            .contains("four letters"));
    }
}
