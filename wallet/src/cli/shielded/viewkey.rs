//! `qloak viewkey …`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{input, ExportViewkeyArguments, ViewkeyCommand};
use crate::cli::Session;
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::disk;
use crate::keyfile::Kind;
use crate::secret::{self, Source};
use crate::shielded::keys::{Keys, Sight};
use crate::shielded::ShieldedError;

#[derive(Debug, Args)]
pub struct ImportViewkeyArguments {
    /// What to call it here: letters, digits and the signs . - _ (64 at most)
    name: String,
    /// Read the viewing key from this open file descriptor
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "key_file",
        help_heading = "Secrets"
    )]
    key_fd: Option<u32>,
    /// Read the viewing key from this file (mode 0600)
    #[arg(long, value_name = "PATH", help_heading = "Secrets")]
    key_file: Option<PathBuf>,
}

pub fn viewkey(session: &Session, command: ViewkeyCommand) -> Result<(), Error> {
    match command {
        ViewkeyCommand::Export(arguments) => export(session, &arguments),
        ViewkeyCommand::Import(arguments) => import(session, arguments),
        ViewkeyCommand::List => list(session),
    }
}

fn export(session: &Session, arguments: &ExportViewkeyArguments) -> Result<(), Error> {
    let sight = arguments.kind.sight();
    let sees = match sight {
        Sight::Full => "all shielded payments from and to the account",
        Sight::Incoming => "all that others ever pay to the account",
        Sight::Outgoing => "all that the account ever pays to others",
    };
    session.output.explain(format_args!(
        "Whoever has this key sees {sees}, past and future. It cannot be taken back."
    ));
    session.output.confirm("Export it?")?;
    let source = arguments.passphrase.source();
    let (label, keys) = input::holder(session, &arguments.account, &source)?;
    let lesser = || ShieldedError::SeesLess {
        name: label.clone(),
        sight: keys.sight(),
        wanted: sight,
    };
    let key = keys.export(sight).ok_or_else(lesser)?;
    let kind = sight.to_string();
    let Some(path) = &arguments.out else {
        let json = json!({ "account": label, "kind": kind, "key": key.as_str() });
        return session
            .output
            .result(&json, |report| report.line(key.as_str()));
    };
    input::write_new(path, &key, 0o600)?;
    let file = path.display().to_string();
    let json = json!({ "account": label, "kind": kind, "file": file });
    session.output.result(&json, |report| {
        report.good(format_args!(
            "The {kind} viewing key of `{label}` is in {file}."
        ));
        report.line(format_args!(
            "  Whoever gets it uses it: qloak viewkey import NAME --key-file {file}"
        ));
    })
}

fn import(session: &Session, arguments: ImportViewkeyArguments) -> Result<(), Error> {
    let name = &arguments.name;
    session.home.require_free(Kind::Account, name)?;
    let source = Source::from_options(arguments.key_fd, arguments.key_file);
    let text = secret::read(&source, "viewing key", "--key", "Viewing key: ")?;
    let text = text.expose().trim();
    let sight = Keys::parse(text)?.sight();
    let folder = session.home.viewkey_folder();
    disk::private_folder(&folder).map_err(|error| Error::KeyFile {
        path: folder.display().to_string(),
        error,
    })?;
    let path = session.home.viewkey_path(name)?;
    input::write_new(&path, text, 0o600)?;
    let file = path.display().to_string();
    let json = json!({ "name": name, "kind": sight.to_string(), "file": file });
    session.output.result(&json, |report| {
        report.good(format_args!("`{name}` is a viewing key ({sight}) now."));
        report.line(format_args!("  {}", limits(sight)));
        let see = follow_up::command(format_args!("history {name}"));
        report.line(format_args!("  See what it sees: {see}"));
    })
}

/// What holders of a viewing key must not expect of it.
pub fn limits(sight: Sight) -> &'static str {
    match sight {
        Sight::Full => "It sees what comes, what goes and what is left. It does not spend.",
        Sight::Incoming => {
            "It sees what others pay to the account, and not what of that was spent: never a balance."
        }
        Sight::Outgoing => {
            "It sees what the account pays to others, and neither what comes nor what is left."
        }
    }
}

fn list(session: &Session) -> Result<(), Error> {
    for path in session.home.misnamed_viewkeys()? {
        session.output.warn(format_args!(
            "{} is named like an address, so no command uses it. Give the file another name",
            path.display()
        ));
    }
    let mut keys = Vec::new();
    for name in session.home.viewkey_names()? {
        let file = session.home.viewkey_path(&name)?.display().to_string();
        keys.push(match input::imported(session, &name) {
            Ok(found) => {
                let kind = found.map(|keys| keys.sight().to_string());
                json!({ "name": name, "kind": kind, "file": file })
            }
            Err(error) => {
                session.output.warn(&error);
                json!({ "name": name, "error": error.to_string(), "file": file })
            }
        });
    }
    session
        .output
        .result(&json!({ "viewkeys": keys }), |report| {
            if keys.is_empty() {
                report.line("No viewing keys here. Take one over: qloak viewkey import NAME --key-file FILE");
            }
            for key in &keys {
                let text = |field: &str| key[field].as_str().unwrap_or("unreadable").to_owned();
                report.line(format_args!("{:9} {}", text("kind"), text("name")));
            }
        })
}
