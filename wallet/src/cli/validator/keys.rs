//! Session keys: made by the validator's node, registered by the stash.

use std::path::Path;

use serde_json::{json, Value as Json};

use super::stash::{Order, Stash};
use super::{RotateKeysArguments, SetKeysArguments};
use crate::chain::session_keys::ProvenKeys;
use crate::chain::staking;
use crate::cli::Session;
use crate::error::Error;

/// A proof has some 10 kB, twice that in hexadecimal.
const MAX_FILE: u64 = 1 << 20;

pub async fn set(session: &Session, arguments: &SetKeysArguments) -> Result<(), Error> {
    let keys = given(arguments)?;
    let stash = Stash::open(session, &arguments.stash).await?;
    let action = json!({ "call": "set-keys", "keys": keys.keys.to_hex() });
    register(&stash, &keys, action).await
}

pub async fn rotate(session: &Session, arguments: &RotateKeysArguments) -> Result<(), Error> {
    if arguments.no_send {
        return show(session, arguments).await;
    }
    let stash = Stash::open(session, &arguments.stash).await?;
    let keys = {
        let _spinner = session.output.spinner("the node makes keys");
        ProvenKeys::make(&stash.chain, stash.account.id()).await?
    };
    let action = json!({
        "call": "rotate-keys",
        "keys": keys.keys.to_hex(),
        "proof": keys.proof_hex(),
    });
    register(&stash, &keys, action).await
}

async fn register(stash: &Stash<'_>, keys: &ProvenKeys, action: Json) -> Result<(), Error> {
    let deposit = match stash.stake.keys {
        Some(_) => 0,
        None => staking::session_key_deposit(&stash.at).unwrap_or_default(),
    };
    let mut what: Vec<_> = keys.keys.named().into();
    what.push(("proof", format!("{} bytes", keys.proof.len())));
    if deposit > 0 {
        let deposit = stash.chain.token.format(deposit);
        what.push((
            "deposit",
            format!("{deposit}, held while keys are registered"),
        ));
    }
    let order = Order {
        call: keys.registration(),
        takes: deposit,
        what,
        action,
        headline: "The keys are registered. They come into use when the session has changed twice."
            .into(),
    };
    stash.send(order).await
}

/// Makes keys for a stash that signs elsewhere.
async fn show(session: &Session, arguments: &RotateKeysArguments) -> Result<(), Error> {
    let chain = session.connect().await?;
    let stash = &arguments.stash;
    let owner = session
        .home
        .account_id(&stash.from, chain.prefix, stash.scheme)?;
    let keys = ProvenKeys::make(&chain, owner).await?;
    let json = json!({
        "account": chain.address(owner),
        "keys": keys.keys.to_hex(),
        "proof": keys.proof_hex(),
    });
    session.output.result(&json, |report| {
        report.good(format_args!(
            "The node holds new session keys for {}.",
            chain.address(owner)
        ));
        for (name, id) in keys.keys.named() {
            report.field(name, id);
        }
        report.field(
            "proof",
            format_args!(
                "{} bytes; --json prints it, for `set-keys --file`",
                keys.proof.len()
            ),
        );
    })
}

/// The keys on the command line, or in the file.
fn given(arguments: &SetKeysArguments) -> Result<ProvenKeys, Error> {
    match (&arguments.keys, &arguments.proof, &arguments.file) {
        (_, _, Some(path)) => read(path),
        (Some(keys), Some(proof), None) => ProvenKeys::parse(keys, proof),
        _ => Err(Error::Usage("give --keys and --proof, or --file".into())),
    }
}

fn read(path: &Path) -> Result<ProvenKeys, Error> {
    let bad = |why: String| Error::Usage(format!("{}: {why}", path.display()));
    let length = std::fs::metadata(path)
        .map_err(|error| bad(error.to_string()))?
        .len();
    if length > MAX_FILE {
        return Err(bad(format!(
            "{length} bytes are too many for keys and proof"
        )));
    }
    let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    parse(&text).map_err(|error| bad(error.to_string()))
}

/// What `rotate-keys --no-send --json` prints, or the answer of a node, with or without its envelope.
fn parse(text: &str) -> Result<ProvenKeys, Error> {
    let json: Json =
        serde_json::from_str(text).map_err(|_| Error::Usage("this is no JSON".into()))?;
    let answer = json.get("result").unwrap_or(&json);
    let member = |name: &str| {
        answer[name]
            .as_str()
            .ok_or_else(|| Error::Usage(format!("there is no `{name}` in it")))
    };
    ProvenKeys::parse(member("keys")?, member("proof")?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    fn hexadecimal(bytes: usize) -> String {
        format!("0x{}", "cd".repeat(bytes))
    }

    #[test]
    fn both_forms_of_a_file_are_read() {
        let plain = json!({ "account": "5G", "keys": hexadecimal(64), "proof": hexadecimal(9) });
        let keys = parse(&plain.to_string()).unwrap();
        assert_eq!((keys.keys.to_hex(), keys.proof.len()), (hexadecimal(64), 9));
        let enveloped = json!({ "jsonrpc": "2.0", "id": 1, "result": plain });
        assert_eq!(parse(&enveloped.to_string()).unwrap(), keys);
    }

    #[test]
    fn what_a_file_lacks_is_named() {
        let cases = [
            ("{".into(), "no JSON"),
            (json!({ "keys": hexadecimal(64) }).to_string(), "no `proof`"),
            (json!({ "proof": hexadecimal(9) }).to_string(), "no `keys`"),
            (
                json!({ "keys": hexadecimal(63), "proof": hexadecimal(9) }).to_string(),
                "these are 63",
            ),
        ];
        for (text, expected) in cases {
            let message = parse(&text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read(Path::new("/nonexistent/keys.json")).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(error.to_string().starts_with("/nonexistent/keys.json: "));
    }
}
