//! Session keys: made by the validator's node, registered by the stash.

use std::path::Path;

use serde_json::{json, Value as Json};

use super::stash::{Order, Stash};
use super::{RotateKeysArguments, SetKeysArguments, StashArguments};
use crate::chain::session_keys::ProvenKeys;
use crate::chain::staking::{self, Role, Seat, Stake};
use crate::chain::transaction::call;
use crate::cli::Session;
use crate::error::Error;
use crate::follow_up;

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
    keys.require_owner(stash.account.id(), &stash.address())?;
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

/// Forgets the session keys, and takes their deposit back.
pub async fn purge(session: &Session, arguments: &StashArguments) -> Result<(), Error> {
    let stash = Stash::open(session, arguments).await?;
    let (chain, at) = (&stash.chain, &stash.at);
    let seat = Seat::read(chain, at, stash.account.id(), &stash.rules).await?;
    may_purge(stash.account.label(), &stash.stake, &seat)?;
    let deposit = staking::session_key_deposit(at).unwrap_or_default();
    let order = Order {
        call: call("Session", "purge_keys", vec![]),
        takes: 0,
        what: vec![(
            "returns",
            format!("{} of deposit", chain.token.format(deposit)),
        )],
        action: json!({ "call": "purge-keys" }),
        headline: "The chain has forgotten the session keys and returned their deposit. Offences that were committed with them can still be reported: keep them from anybody else.".into(),
    };
    stash.send(order).await
}

/// The chain itself asks nothing, but a validator without keys misses its blocks and votes.
fn may_purge(label: &str, stake: &Stake, seat: &Seat) -> Result<(), Error> {
    let refused = |why: String| Err(Error::NotApplicable(why));
    if stake.keys.is_none() {
        return refused(format!("`{label}` has no session keys to forget"));
    }
    if matches!(stake.role, Role::Candidate(_)) {
        return refused(format!(
            "`{label}` stands for election, and would miss its blocks and votes without keys. First: {}",
            follow_up::command(format_args!("validator chill --from {label}"))
        ));
    }
    if seat.validating || seat.queued.is_some() {
        return refused(format!(
            "`{label}` validates in this session or the next one, and would miss its blocks and votes without keys. Wait until its era is over: {}",
            follow_up::command(format_args!("validator status {label}"))
        ));
    }
    Ok(())
}

/// Makes keys for a stash that signs elsewhere.
async fn show(session: &Session, arguments: &RotateKeysArguments) -> Result<(), Error> {
    let chain = session.connect().await?;
    let stash = &arguments.stash;
    let owner = session
        .home
        .look_up(&stash.from, chain.prefix, stash.scheme)?;
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
    use crate::chain::staking::Terms;

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

    #[test]
    fn keys_that_are_in_use_are_not_purged() {
        let keys = given_keys();
        let idle = Stake {
            ledger: None,
            role: Role::Idle,
            slashing_spans: 0,
            keys: Some(keys),
        };
        let away = Seat {
            validating: false,
            queued: None,
            excluded_until: None,
            backing: None,
            nominators: vec![],
        };
        may_purge("stash", &idle, &away).unwrap();
        let candidate = Role::Candidate(Terms::default());
        for (stake, seat, why) in [
            (
                Stake {
                    keys: None,
                    ..idle.clone()
                },
                away.clone(),
                "no session keys",
            ),
            (
                Stake {
                    role: candidate,
                    ..idle.clone()
                },
                away.clone(),
                "chill",
            ),
            (
                idle.clone(),
                Seat {
                    validating: true,
                    ..away.clone()
                },
                "Wait",
            ),
            (
                idle.clone(),
                Seat {
                    queued: Some(keys),
                    ..away.clone()
                },
                "Wait",
            ),
        ] {
            let refused = may_purge("stash", &stake, &seat).unwrap_err();
            assert!(refused.to_string().contains(why), "{refused}");
        }
    }

    fn given_keys() -> crate::chain::session_keys::SessionKeys {
        let plain = json!({ "keys": hexadecimal(64), "proof": hexadecimal(9) });
        parse(&plain.to_string()).unwrap().keys
    }
}
