//! `qloak key migrate`: from a classical key to a post-quantum one, for good.

use qloak_pq_crypto::context::Context;
use serde_json::json;
use subxt::ext::scale_value::Value;

use super::arguments::require_distinct;
use super::key::{key_arguments, scope, MigrateArguments};
use super::{sending, Session};
use crate::chain::registry::{Registration, PALLET};
use crate::chain::transaction::{call, Credential, Draft};
use crate::classical::ClassicalKey;
use crate::derivation::{Phrase, DEFAULT_PATH, DEFAULT_WORDS};
use crate::error::Error;
use crate::keyfile::{KeyFileError, Kind, Unlocked};
use crate::payload;
use crate::secret::{self, Secret, Source};

pub async fn migrate(session: &Session, arguments: &MigrateArguments) -> Result<(), Error> {
    session.home.require_free(Kind::Account, &arguments.name)?;
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
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, account).await?;
    if !registration.classical {
        return Err(Error::NotApplicable(format!(
            "{} is not marked as a classical account on this chain, so there is nothing to migrate",
            chain.address(account)
        )));
    }

    // A phrase of its own: the classical one may be known to whoever broke the classical key.
    let phrase = Phrase::generate(DEFAULT_WORDS)?;
    let in_file = |error| Error::KeyFile {
        path: arguments.name.clone(),
        error,
    };
    session.warn_of(arguments.scheme);
    let mut unlocked = Unlocked::from_phrase(Kind::Account, phrase, arguments.scheme, DEFAULT_PATH)
        .map_err(in_file)?;
    unlocked.account = account;
    let new = unlocked
        .keys
        .first()
        .ok_or(KeyFileError::NoPhrase)
        .map_err(in_file)?;
    let message = scope(&chain, account).possession(0, arguments.scheme, new.secret.public_key());
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
        (
            "new key",
            format!("{} in `{}`", arguments.scheme, arguments.name),
        ),
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
    let passphrase = secret::new_passphrase(
        &passphrase_source,
        "--passphrase",
        "New passphrase for this account: ",
    )?;
    let file = unlocked.lock(&passphrase, session.kdf).map_err(in_file)?;
    let signed = draft.sign_classical(&classical).await?;
    let path = session.home.store_new(&arguments.name, &file)?;
    let outcome = sending::submit(session, &chain, &signed, &arguments.send).await?;
    sending::warn_of_unused_key(session, &outcome, &path);
    let action = json!({
        "account": chain.address(account),
        "scheme": arguments.scheme.to_string(),
        "name": arguments.name,
        "file": path.display().to_string(),
    });
    let json = sending::sent_json(action, &price, &outcome);
    sending::finish(
        session,
        &chain,
        &outcome,
        &json,
        "The account is post-quantum now. Its classical key is dead.",
    )
}
