//! `qloak key restore`: the key that the chain expects, derived again from the account's phrase.

use serde_json::json;

use super::key_arguments::RestoreArguments;
use super::key_change::make_room;
use super::{key_lock, sending, Session};
use crate::chain::registry::Registration;
use crate::error::Error;
use crate::follow_up;

/// How many keys of the phrase are tried. A rotation takes one, and so does an attempt that failed.
const TRIES: u32 = 256;

pub async fn restore(session: &Session, arguments: &RestoreArguments) -> Result<(), Error> {
    let (account, _lock) = key_lock::locked(session, &arguments.account, None)?;
    let mut stored = account.into_stored()?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, stored.file.account).await?;
    let Some(expected) = &registration.key else {
        return Err(Error::NotApplicable(format!(
            "the chain has no key registered for `{}`, so it expects the one that founded the account",
            stored.name
        )));
    };
    let (scheme, public) = (expected.scheme.0, &expected.public);
    let is_expected =
        |key: &crate::keyfile::KeyEntry| key.scheme == scheme && key.public == *public;
    if let Some(key) = stored.file.keys.iter().find(|key| is_expected(key)) {
        return Err(Error::NotApplicable(format!(
            "the key that the chain expects of `{}` is in its key file already ({scheme} at {})",
            stored.name, key.path
        )));
    }
    let passphrase = sending::ask_passphrase(&stored.name, &arguments.passphrase.source())?;
    let mut unlocked = stored.unlock(&passphrase)?;
    make_room(&mut unlocked, &registration, at.block_number());
    let spinner = session.output.spinner("deriving keys from the phrase");
    let found = unlocked
        .append_key_of(scheme, public, TRIES)
        .map_err(|error| Error::KeyFile {
            path: stored.path.display().to_string(),
            error,
        })?;
    if !found {
        let recovering = session.home.recovering_path(&stored.name);
        if recovering.is_ok_and(|path| path.exists()) {
            return Err(Error::NoUsableKey(format!(
                "the key that the chain expects of `{}` comes from other words. A recovery was begun here, and perhaps reached the chain: run the same qloak key recover again",
                stored.name
            )));
        }
        return Err(Error::NoUsableKey(format!(
            "the {scheme} key that the chain expects of `{}` is none of the first {TRIES} of its phrase. \
             The account was recovered or migrated to another phrase: {}",
            stored.name,
            follow_up::here(format_args!(
                "account import NAME --account {}",
                chain.address(stored.file.account)
            ))
        )));
    }
    stored.replace(&unlocked, &passphrase)?;
    drop(spinner);
    let path = stored.file.keys.last().map(|key| key.path.clone());
    let json = json!({
        "account": chain.address(stored.file.account),
        "name": stored.name,
        "scheme": scheme.to_string(),
        "path": path,
        "generation": expected.generation,
    });
    session.output.result(&json, |report| {
        report.good(format_args!(
            "The key file of `{}` has the key that the chain expects: {scheme} at {}.",
            stored.name,
            path.unwrap_or_default()
        ));
    })
}
