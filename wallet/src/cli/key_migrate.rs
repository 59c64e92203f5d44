//! `qloak key migrate`: from a classical key to a post-quantum one, for good.

use qloak_pq_crypto::context::Context;
use serde_json::json;
use subxt::ext::scale_value::Value;

use super::arguments::require_distinct;
use super::key_arguments::MigrateArguments;
use super::key_change::{key_arguments, scope};
use super::words::{self, Restoring};
use super::{key_lock, sending, Session};
use crate::accounts::StoredAccount;
use crate::address::AccountId;
use crate::chain::registry::{Registration, PALLET};
use crate::chain::transaction::{call, Credential, Draft};
use crate::classical::ClassicalKey;
use crate::derivation::{Phrase, DEFAULT_PATH, DEFAULT_WORDS};
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::{KeyFileError, Kind, Unlocked};
use crate::payload;
use crate::secret::{self, Secret, Source};

pub async fn migrate(session: &Session, arguments: &MigrateArguments) -> Result<(), Error> {
    if !session.home.path(Kind::Account, &arguments.name)?.exists() {
        session.home.require_free(Kind::Account, &arguments.name)?;
    }
    let uri_source = Source::from_options(arguments.uri_fd, arguments.uri_file.clone());
    let passphrase_source = arguments.send.passphrase.source();
    let uri = match &arguments.development {
        Some(path) => Secret::new(path.clone()),
        None => {
            require_distinct(&[&uri_source, &passphrase_source])?;
            secret::read(
                &uri_source,
                "classical secret",
                "--uri",
                "Classical secret (phrase or 0x seed, with junctions): ",
            )?
        }
    };
    let classical = ClassicalKey::from_uri(&uri)?;
    let account = classical.account();
    let _lock = key_lock::lock(session, account, &arguments.name)?;
    let attempt = earlier_attempt(session, &arguments.name, account)?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, account).await?;
    if !registration.classical {
        return Err(Error::NotApplicable(format!(
            "{} is not marked as a classical account on this chain, so there is nothing to migrate",
            chain.address(account)
        )));
    }

    let in_file = |error| Error::KeyFile {
        path: arguments.name.clone(),
        error,
    };
    let unlocked = match &attempt {
        Some(stored) => {
            stored.unlock(&sending::ask_passphrase(&stored.name, &passphrase_source)?)?
        }
        None => {
            session.warn_of(arguments.scheme);
            // A phrase of its own: the classical one may be known to whoever broke the classical key.
            let phrase = Phrase::generate(DEFAULT_WORDS)?;
            let made =
                Unlocked::from_new_phrase(Kind::Account, phrase, arguments.scheme, DEFAULT_PATH);
            let mut unlocked = made.map_err(in_file)?;
            unlocked.account = account;
            unlocked
        }
    };
    let new = unlocked
        .keys
        .first()
        .ok_or(KeyFileError::NoPhrase)
        .map_err(in_file)?;
    let scheme = new.secret.scheme();
    let message = scope(&chain, account).possession(0, scheme, new.secret.public_key());
    let proof = payload::sign(&new.secret, Context::KeyPossession, &message)?;
    let public_bytes = new.secret.public_key().len();
    let mut call_arguments = key_arguments(new);
    call_arguments.push(("proof", Value::from_bytes(proof)));

    let tip = arguments.send.tip(&chain.token)?;
    let call = call(PALLET, "migrate_classical", call_arguments);
    let draft = Draft::new(&chain, account, Credential::Classical, call, tip)
        .with_nonce(arguments.send.nonce);
    let price = draft.price().await?;
    let what = [
        ("migrate", chain.address(account)),
        ("new key", format!("{scheme} in `{}`", arguments.name)),
        ("key deposit", sending::deposit(&chain, &at, public_bytes)),
    ];
    sending::show_price(
        &session.output,
        &chain,
        &what,
        &price,
        "sr25519, for the last time",
    );
    let max_fee = arguments.send.max_fee(&chain.token)?;
    sending::check_fee(&session.output, &chain.token, price.fee, max_fee)?;
    session.output.confirm("Send it?")?;
    let path = session.home.path(Kind::Account, &arguments.name)?;
    let new_file = match &attempt {
        Some(_) => None,
        None => {
            let passphrase = secret::new_passphrase(
                &passphrase_source,
                "--passphrase",
                "New passphrase for this account: ",
            )?;
            Some(unlocked.lock(&passphrase, session.kdf).map_err(in_file)?)
        }
    };
    let signed = draft.sign_classical(&classical).await?;
    let write = || match &new_file {
        Some(file) => {
            session.home.store_new(&arguments.name, file)?;
            Ok(())
        }
        None => Ok(()),
    };
    let sent = sending::submit_after(session, &chain, &signed, &arguments.send, write).await;
    let is_done = sent.as_ref().is_ok_and(|sent| sent.failure.is_none());
    if !is_done && path.exists() {
        session.output.warn(format_args!(
            "{} holds a key that the chain may not have taken. The same command again sends this key",
            path.display()
        ));
    }
    let outcome = sent?;
    let mut action = json!({
        "account": chain.address(account),
        "scheme": scheme.to_string(),
        "name": arguments.name,
        "file": path.display().to_string(),
    });
    let restoring = Restoring::of_new_words(&arguments.name, &unlocked);
    action["import"] = restoring.command().into();
    let words = unlocked.phrase.as_ref().map(Phrase::words);
    let words = words.filter(|_| words::are_shown(session, arguments.show_phrase));
    let shown = match &words {
        Some(words) => {
            action["phrase"] = words.expose().into();
            let what_they_do = "They restore the account, together with its address";
            let remark = restoring.remark().unwrap_or_default();
            format!("{}\n{remark}", words::paragraph(words, what_they_do))
        }
        None => format!(
            "\nIts words were not shown: {}",
            follow_up::here(format_args!("account export {} --phrase", arguments.name))
        ),
    };
    let json = sending::sent_json(action, &price, &outcome);
    let headline = format!("The account is post-quantum now. Its classical key is dead.{shown}");
    sending::finish(session, &chain, &outcome, &json, &headline)
}

/// The key file of a migration that perhaps did not reach the chain, if that is what has this name.
fn earlier_attempt(
    session: &Session,
    name: &str,
    account: AccountId,
) -> Result<Option<StoredAccount>, Error> {
    let path = session.home.path(Kind::Account, name)?;
    if !path.exists() {
        return Ok(None);
    }
    let stored = session.home.load(name)?;
    if stored.file.account != account {
        session.home.require_free(Kind::Account, name)?;
    }
    session.output.warn(format_args!(
        "{} holds keys for this account already: the migration goes on with them",
        path.display()
    ));
    Ok(Some(stored))
}
