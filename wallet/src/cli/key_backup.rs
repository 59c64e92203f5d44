//! `qloak key backup | freeze | recover`: the backup key's three uses.

use std::path::Path;

use qloak_pq_crypto::context::Context;
use qloak_pq_crypto::scheme::Scheme;
use serde_json::json;
use subxt::ext::scale_value::Value;

use super::arguments::{require_distinct, SendArguments};
use super::key::{
    key_arguments, make_room, refuse_in_overlap, scope, BackupArguments, FreezeArguments,
    RecoverArguments,
};
use super::{sending, Session};
use crate::accounts::StoredAccount;
use crate::address::AccountId;
use crate::chain::outcome::Outcome;
use crate::chain::registry::{Registration, PALLET};
use crate::chain::transaction::{call, Call, Price};
use crate::chain::{AtBlock, Chain};
use crate::derivation::{DerivedKey, Phrase, BACKUP_PATH, DEFAULT_PATH, DEFAULT_WORDS};
use crate::error::Error;
use crate::keyfile::disk::{self, Existing};
use crate::keyfile::{KeyFileError, Kind, Unlocked};
use crate::payload;
use crate::secret::{self, Secret, Source};

pub async fn backup(session: &Session, arguments: &BackupArguments) -> Result<(), Error> {
    let account = session
        .home
        .signer(&arguments.from, arguments.account_scheme)?;
    let replaced_source = Source::from_options(
        arguments.replaced_passphrase_fd,
        arguments.replaced_passphrase_file.clone(),
    );
    let sources = [
        &arguments.send.passphrase.source(),
        &arguments.backup_passphrase.source(),
        &replaced_source,
    ];
    require_distinct(&sources)?;
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => session
            .home
            .path(Kind::Backup, &account.label().replace('/', ""))?,
    };
    if path.exists() {
        let path = path.display().to_string();
        let error = KeyFileError::Exists(path.clone());
        return Err(Error::KeyFile { path, error });
    }
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, account.id()).await?;
    refuse_in_overlap(&registration, at.block_number(), account.label())?;
    let replaced = match (&registration.backup, &arguments.replace) {
        (None, _) => None,
        (Some(_), Some(path)) => Some(open_backup(
            path,
            account.id(),
            (&replaced_source, "--replaced-passphrase"),
            &registration,
        )?),
        (Some(backup), None) => {
            return Err(Error::NotApplicable(format!(
                "`{}` has a {} backup key already. To replace it, give its file with --replace",
                account.label(),
                backup.scheme.0
            )))
        }
    };

    let phrase = Phrase::generate(DEFAULT_WORDS)?;
    let words = phrase.words();
    let in_memory = |error| Error::KeyFile {
        path: "backup key".into(),
        error,
    };
    let mut unlocked = Unlocked::from_phrase(Kind::Backup, phrase, arguments.scheme, BACKUP_PATH)
        .map_err(in_memory)?;
    unlocked.account = account.id();
    let new = only_key(&unlocked).map_err(in_memory)?;
    let call = {
        let _spinner = session.output.spinner("signing with the backup key");
        set_backup_call(&chain, account.id(), &registration, new, replaced.as_ref())?
    };
    let deposit = sending::deposit(&chain, &at, new.secret.public_key().len());
    let priced = sending::price(
        session,
        &chain,
        &at,
        &account,
        registration.key.as_ref(),
        call,
        &arguments.send,
    )
    .await?;

    let what = [
        (
            "backup key",
            format!("{} for {}", arguments.scheme, chain.address(account.id())),
        ),
        ("its file", path.display().to_string()),
        ("its deposit", deposit),
    ];
    priced.confirm(session, &chain, &what)?;
    let passphrase = secret::new_passphrase(
        &arguments.backup_passphrase.source(),
        "--backup-passphrase",
        "New passphrase for the backup key: ",
    )?;
    let opened = sending::open(session, &account, &arguments.send.passphrase.source())?;
    let signed = priced.draft.sign(opened.secret(&priced.key.entry)?).await?;
    write_backup(
        session,
        &path,
        &unlocked,
        &passphrase,
        arguments.out.is_some(),
    )?;
    let outcome = sending::submit(session, &chain, &signed, &arguments.send).await?;

    sending::warn_of_unused_key(session, &outcome, &path);
    let mut action = json!({
        "account": chain.address(account.id()),
        "scheme": arguments.scheme.to_string(),
        "file": path.display().to_string(),
    });
    if arguments.show_phrase {
        action["phrase"] = words.expose().into();
    }
    let json = sending::sent_json(action, &priced.price, &outcome);
    let phrase = if arguments.show_phrase {
        format!("\nIts phrase: {}", words.expose())
    } else {
        String::new()
    };
    let headline = format!(
        "The backup key is set. Move {} to another medium.{phrase}",
        path.display()
    );
    sending::finish(session, &chain, &outcome, &json, &headline)
}

fn only_key(unlocked: &Unlocked) -> Result<&DerivedKey, KeyFileError> {
    unlocked.keys.first().ok_or(KeyFileError::NoPhrase)
}

fn set_backup_call(
    chain: &Chain,
    account: AccountId,
    registration: &Registration,
    new: &DerivedKey,
    replaced: Option<&Unlocked>,
) -> Result<Call, Error> {
    let (scheme, public, nonce) = (
        new.secret.scheme(),
        new.secret.public_key(),
        registration.recovery_nonce,
    );
    let scope = scope(chain, account);
    let proof = payload::sign(
        &new.secret,
        Context::KeyPossession,
        &scope.backup_possession(nonce, scheme, public),
    )?;
    let authorisation = match replaced {
        None => Value::unnamed_variant("None", []),
        Some(unlocked) => {
            let present = only_key(unlocked).map_err(|error| Error::KeyFile {
                path: "backup key".into(),
                error,
            })?;
            let consent = payload::sign(
                &present.secret,
                Context::Recovery,
                &scope.set_backup(nonce, scheme, public),
            )?;
            Value::unnamed_variant("Some", [Value::from_bytes(consent)])
        }
    };
    let mut arguments = key_arguments(new);
    arguments.push(("proof", Value::from_bytes(proof)));
    arguments.push(("authorisation", authorisation));
    Ok(call(PALLET, "set_backup_key", arguments))
}

fn write_backup(
    session: &Session,
    path: &Path,
    unlocked: &Unlocked,
    passphrase: &Secret,
    outside_home: bool,
) -> Result<(), Error> {
    let in_file = |error| Error::KeyFile {
        path: path.display().to_string(),
        error,
    };
    if !outside_home {
        disk::private_folder(&session.home.folder(Kind::Backup)).map_err(in_file)?;
    }
    let file = unlocked.lock(passphrase, session.kdf).map_err(in_file)?;
    disk::write(path, &file, Existing::Refuse).map_err(in_file)
}

/// Opens a backup key's file and makes sure that the chain knows this very key as the account's.
fn open_backup(
    path: &Path,
    account: AccountId,
    (source, option): (&Source, &'static str),
    registration: &Registration,
) -> Result<Unlocked, Error> {
    let in_file = |error| Error::KeyFile {
        path: path.display().to_string(),
        error,
    };
    let file = disk::read(path).map_err(in_file)?;
    file.require(Kind::Backup).map_err(in_file)?;
    let Some(registered) = &registration.backup else {
        return Err(Error::NotApplicable(
            "the chain has no backup key for this account, so it can be neither frozen nor recovered".into(),
        ));
    };
    let is_registered = file
        .keys
        .first()
        .is_some_and(|key| key.scheme == registered.scheme.0 && key.public == registered.public);
    if file.account != account || !is_registered {
        return Err(Error::NoUsableKey(format!(
            "{} holds another backup key than the one that the chain knows for this account",
            path.display()
        )));
    }
    let prompt = format!("Passphrase of the backup key {}: ", path.display());
    let passphrase = secret::read(source, "passphrase", option, &prompt)?;
    file.unlock(&passphrase).map_err(in_file)
}

/// What freezing and recovering have in common.
struct Order<'a> {
    session: &'a Session,
    chain: &'a Chain,
    account: AccountId,
    registration: Registration,
    backup: Unlocked,
}

impl<'a> Order<'a> {
    async fn new(
        session: &'a Session,
        chain: &'a Chain,
        at: &AtBlock,
        arguments: &FreezeArguments,
    ) -> Result<Self, Error> {
        let account = session
            .home
            .account_id(&arguments.account, chain.prefix, None)?;
        let registration = Registration::read(chain, at, account).await?;
        let source = arguments.backup_passphrase.source();
        let backup = open_backup(
            &arguments.backup,
            account,
            (&source, "--backup-passphrase"),
            &registration,
        )?;
        Ok(Self {
            session,
            chain,
            account,
            registration,
            backup,
        })
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let key = only_key(&self.backup).map_err(|error| Error::KeyFile {
            path: "backup key".into(),
            error,
        })?;
        let _spinner = self.session.output.spinner("signing with the backup key");
        payload::sign(&key.secret, Context::Recovery, message)
    }

    async fn send(
        &self,
        at: AtBlock,
        call: Call,
        what: &[(&str, String)],
        arguments: &FreezeArguments,
        before_sending: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(Price, Outcome), Error> {
        let payer = self
            .session
            .home
            .signer(&arguments.pay_from, arguments.pay_scheme)?;
        let record = Registration::read(self.chain, &at, payer.id()).await?.key;
        let send: &SendArguments = &arguments.send;
        let priced = sending::price(
            self.session,
            self.chain,
            &at,
            &payer,
            record.as_ref(),
            call,
            send,
        )
        .await?;
        priced.confirm(self.session, self.chain, what)?;
        let opened = sending::open(self.session, &payer, &send.passphrase.source())?;
        let signed = priced.draft.sign(opened.secret(&priced.key.entry)?).await?;
        before_sending()?;
        Ok((
            priced.price,
            sending::submit(self.session, self.chain, &signed, send).await?,
        ))
    }
}

pub async fn freeze(session: &Session, arguments: &FreezeArguments) -> Result<(), Error> {
    require_distinct(&[
        &arguments.send.passphrase.source(),
        &arguments.backup_passphrase.source(),
    ])?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let order = Order::new(session, &chain, &at, arguments).await?;
    if order.registration.frozen {
        return Err(Error::NotApplicable("the account is frozen already".into()));
    }
    let message = scope(&chain, order.account).freeze(order.registration.recovery_nonce);
    let signature = order.sign(&message)?;
    let call = call(
        PALLET,
        "freeze",
        vec![
            ("account", Value::from_bytes(order.account.0)),
            ("signature", Value::from_bytes(signature)),
        ],
    );
    let address = chain.address(order.account);
    let what = [
        ("freeze", address.clone()),
        ("paid by", arguments.pay_from.clone()),
    ];
    let (price, outcome) = order.send(at, call, &what, arguments, || Ok(())).await?;
    let json = sending::sent_json(
        json!({ "account": address, "frozen": true }),
        &price,
        &outcome,
    );
    sending::finish(
        session,
        &chain,
        &outcome,
        &json,
        "The account is frozen. Give it a new key: qloak key recover",
    )
}

pub async fn recover(session: &Session, arguments: &RecoverArguments) -> Result<(), Error> {
    let common = &arguments.freeze;
    let account_source = Source::from_options(
        arguments.account_passphrase_fd,
        arguments.account_passphrase_file.clone(),
    );
    let sources = [
        &common.send.passphrase.source(),
        &common.backup_passphrase.source(),
        &account_source,
    ];
    require_distinct(&sources)?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let order = Order::new(session, &chain, &at, common).await?;
    let mut target = Target::open(&order, at.block_number(), arguments, &account_source)?;

    let generation = order.registration.next_generation();
    let scope = scope(&chain, order.account);
    let new = target
        .unlocked
        .keys
        .last()
        .ok_or_else(|| target.failed(KeyFileError::NoPhrase))?;
    let (scheme, public) = (new.secret.scheme(), new.secret.public_key());
    let proof = payload::sign(
        &new.secret,
        Context::KeyPossession,
        &scope.possession(generation, scheme, public),
    )?;
    let signature =
        order.sign(&scope.recover(order.registration.recovery_nonce, scheme, public))?;
    let mut call_arguments = vec![("account", Value::from_bytes(order.account.0))];
    call_arguments.extend(key_arguments(new));
    call_arguments.push(("proof", Value::from_bytes(proof)));
    call_arguments.push(("signature", Value::from_bytes(signature)));
    let call = call(PALLET, "recover", call_arguments);

    let address = chain.address(order.account);
    let what = [
        ("recover", address.clone()),
        (
            "new key",
            format!(
                "{scheme} at {} in `{}`, generation {generation}",
                new.path, target.name
            ),
        ),
        ("paid by", common.pay_from.clone()),
    ];
    let name = target.name.clone();
    let (price, outcome) = order
        .send(at, call, &what, common, || target.write(session))
        .await?;
    let action = json!({ "account": address, "name": name, "scheme": scheme_name(scheme), "generation": generation });
    let json = sending::sent_json(action, &price, &outcome);
    sending::finish(
        session,
        &chain,
        &outcome,
        &json,
        &format!("The account has a new key, in `{name}`."),
    )
}

fn scheme_name(scheme: Scheme) -> String {
    scheme.to_string()
}

/// The key file that gets the new key: the account's own, or a new one.
struct Target {
    name: String,
    stored: Option<StoredAccount>,
    unlocked: Unlocked,
    passphrase: Secret,
}

impl Target {
    fn open(
        order: &Order<'_>,
        block: u64,
        arguments: &RecoverArguments,
        source: &Source,
    ) -> Result<Self, Error> {
        order.session.warn_of(arguments.scheme);
        match order.session.home.find(order.account)? {
            Some(stored) => {
                let room = |unlocked: &mut _| make_room(unlocked, &order.registration, block);
                Self::existing(stored, room, arguments.scheme, source)
            }
            None => Self::new(order.session, order.account, arguments, source),
        }
    }

    fn existing(
        stored: StoredAccount,
        make_room: impl FnOnce(&mut Unlocked),
        scheme: Scheme,
        source: &Source,
    ) -> Result<Self, Error> {
        let prompt = format!("Passphrase of `{}`: ", stored.name);
        let passphrase = secret::read(source, "passphrase", "--account-passphrase", &prompt)?;
        let mut unlocked = stored.unlock(&passphrase)?;
        let in_file = |error| Error::KeyFile {
            path: stored.path.display().to_string(),
            error,
        };
        make_room(&mut unlocked);
        unlocked.append_next_key(scheme).map_err(in_file)?;
        Ok(Self {
            name: stored.name.clone(),
            stored: Some(stored),
            unlocked,
            passphrase,
        })
    }

    fn new(
        session: &Session,
        account: AccountId,
        arguments: &RecoverArguments,
        source: &Source,
    ) -> Result<Self, Error> {
        let Some(name) = arguments.name.clone() else {
            return Err(Error::Usage(
                "the account has no key file here: give one a name with --name NAME".into(),
            ));
        };
        session.home.require_free(Kind::Account, &name)?;
        let in_file = |error| Error::KeyFile {
            path: name.clone(),
            error,
        };
        let phrase = Phrase::generate(DEFAULT_WORDS)?;
        let mut unlocked =
            Unlocked::from_phrase(Kind::Account, phrase, arguments.scheme, DEFAULT_PATH)
                .map_err(in_file)?;
        unlocked.account = account;
        let passphrase = secret::new_passphrase(
            source,
            "--account-passphrase",
            "New passphrase for the recovered account: ",
        )?;
        Ok(Self {
            name,
            stored: None,
            unlocked,
            passphrase,
        })
    }

    fn failed(&self, error: KeyFileError) -> Error {
        Error::KeyFile {
            path: self.name.clone(),
            error,
        }
    }

    /// Puts the new key on disk, before the chain hears of it.
    fn write(&mut self, session: &Session) -> Result<(), Error> {
        match &mut self.stored {
            Some(stored) => Ok(stored.replace(&self.unlocked, &self.passphrase)?),
            None => {
                let file = self
                    .unlocked
                    .lock(&self.passphrase, session.kdf)
                    .map_err(|error| self.failed(error))?;
                session.home.store_new(&self.name, &file)?;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::accounts::Home;
    use crate::keyfile::{KdfParameters, MAX_KEYS};

    /// The account is stolen, and its file is full of keys: that is no time to be refused.
    #[test]
    fn a_full_key_file_takes_the_key_of_a_recovery() {
        let folder = tempfile::tempdir().unwrap();
        let passphrase = folder.path().join("passphrase");
        std::fs::write(&passphrase, "correct horse").unwrap();
        std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600)).unwrap();
        let phrase = Phrase::development().unwrap();
        let mut full =
            Unlocked::from_phrase(Kind::Account, phrase, Scheme::MlDsa44, DEFAULT_PATH).unwrap();
        while full.keys.len() < MAX_KEYS {
            full.append_next_key(Scheme::MlDsa44).unwrap();
        }
        let secret = Secret::new("correct horse".into());
        let file = full
            .lock(&secret, KdfParameters::INSECURE_FOR_TESTS)
            .unwrap();
        let home = Home::locate(Some(folder.path().join("home"))).unwrap();
        home.store_new("alice", &file).unwrap();

        let unregistered = Registration {
            key: None,
            backup: None,
            recovery_nonce: 0,
            frozen: true,
            classical: false,
        };
        let room = |unlocked: &mut Unlocked| make_room(unlocked, &unregistered, 0);
        let stored = home.load("alice").unwrap();
        let target =
            Target::existing(stored, room, Scheme::MlDsa65, &Source::File(passphrase)).unwrap();
        let paths: Vec<_> = target
            .unlocked
            .keys
            .iter()
            .map(|key| &key.path[..])
            .collect();
        // The chain may ask for the founder, and for the new one.
        assert_eq!(paths, [DEFAULT_PATH, "//0//8"]);
    }
}
