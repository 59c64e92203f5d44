//! The key file that a recovery leaves: with new words, or with the next key of the old ones.

use serde_json::Value as Json;

use super::key_arguments::TargetArguments;
use super::key_change::{make_room, present_scheme};
use super::words::Restoring;
use super::Session;
use crate::accounts::StoredAccount;
use crate::address::AccountId;
use crate::chain::registry::Registration;
use crate::derivation::{DerivedKey, Phrase, DEFAULT_PATH, DEFAULT_WORDS};
use crate::error::Error;
use crate::keyfile::{disk, KeyFileError, Kind, Unlocked};
use crate::secret::{self, Secret, Source};
use crate::shielded::keys::Keys;

/// The key file that gets the new key.
pub struct Target {
    /// The account's name.
    pub name: String,
    /// The name under which the old words stay, once they were replaced.
    pub kept: Option<String>,
    place: Place,
    unlocked: Unlocked,
}

/// Where the new key goes.
enum Place {
    /// Beside the others, in the account's own file.
    Same {
        stored: Box<StoredAccount>,
        passphrase: Secret,
    },
    /// Into a new file, which takes the old one's place when the chain has the key.
    New { passphrase: Secret },
    /// It is in that new file, from a try that did not end.
    Waiting,
}

/// The words of a recovery, and the first shielded address that they make.
pub struct NewWords {
    /// The words.
    pub words: Secret,
    /// The address's handle.
    pub handle: String,
    /// The address.
    pub address: String,
    /// How they restore the account.
    pub restoring: Restoring,
}

impl Target {
    /// Decides, and asks for the passphrase that it takes.
    pub fn choose(
        session: &Session,
        account: AccountId,
        registration: &Registration,
        block: u64,
        arguments: &TargetArguments,
        source: &Source,
    ) -> Result<Self, Error> {
        let stored = session.home.find(account)?;
        if arguments.same_words {
            let stored = stored.ok_or_else(|| {
                Error::Usage(
                    "--same-words takes the account's key file, and there is none here".into(),
                )
            })?;
            let room = |unlocked: &mut _| make_room(unlocked, registration, block);
            return Self::same_words(stored, room, registration, arguments, source);
        }
        let name = match (&stored, &arguments.name) {
            (Some(stored), Some(name)) if stored.name != *name => {
                return Err(Error::Usage(format!(
                    "the account has a key file here, `{}`: leave out --name",
                    stored.name
                )))
            }
            (Some(stored), _) => stored.name.clone(),
            (None, Some(name)) => {
                session.home.require_free(Kind::Account, name)?;
                name.clone()
            }
            (None, None) => {
                return Err(Error::Usage(
                    "the account has no key file here: give one a name with --name NAME".into(),
                ))
            }
        };
        session.home.require_recoverable(&name)?;
        let waiting = session.home.recovering_path(&name)?;
        if waiting.exists() {
            return Self::waiting(session, name, account, source);
        }
        let entry = stored.as_ref().and_then(|stored| stored.file.keys.first());
        let founder = entry.map(|key| key.scheme);
        let scheme = present_scheme(registration, founder);
        let scheme = arguments.scheme.unwrap_or(scheme);
        let phrase = Phrase::generate(DEFAULT_WORDS)?;
        let unlocked = Unlocked::from_new_phrase(Kind::Account, phrase, scheme, DEFAULT_PATH);
        let mut unlocked = unlocked.map_err(|error| failed(&name, error))?;
        unlocked.account = account;
        let passphrase = secret::new_passphrase(
            source,
            "--account-passphrase",
            "New passphrase for the recovered account: ",
        )?;
        Ok(Self {
            name,
            kept: None,
            place: Place::New { passphrase },
            unlocked,
        })
    }

    fn same_words(
        stored: StoredAccount,
        make_room: impl FnOnce(&mut Unlocked),
        registration: &Registration,
        arguments: &TargetArguments,
        source: &Source,
    ) -> Result<Self, Error> {
        let prompt = format!("Passphrase of `{}`: ", stored.name);
        let passphrase = secret::read(source, "passphrase", "--account-passphrase", &prompt)?;
        let mut unlocked = stored.unlock(&passphrase)?;
        let founder = unlocked.keys.first().map(|key| key.secret.scheme());
        make_room(&mut unlocked);
        let scheme = present_scheme(registration, founder);
        let scheme = arguments.scheme.unwrap_or(scheme);
        let appended = unlocked.append_next_key(scheme).map(|_| ());
        appended.map_err(|error| failed(&stored.name, error))?;
        Ok(Self {
            name: stored.name.clone(),
            kept: None,
            place: Place::Same {
                stored: Box::new(stored),
                passphrase,
            },
            unlocked,
        })
    }

    fn waiting(
        session: &Session,
        name: String,
        account: AccountId,
        source: &Source,
    ) -> Result<Self, Error> {
        let path = session.home.recovering_path(&name)?;
        let in_file = |error| failed(&path.display().to_string(), error);
        let file = disk::read(&path).map_err(in_file)?;
        file.require(Kind::Account).map_err(in_file)?;
        if file.account != account {
            let exists = KeyFileError::Exists(path.display().to_string());
            return Err(in_file(exists));
        }
        session.output.warn(format_args!(
            "a recovery of this account was begun before, and its new words are in {}: this goes on with them",
            path.display()
        ));
        let prompt = "Passphrase that was chosen for the recovered account: ";
        let passphrase = secret::read(source, "passphrase", "--account-passphrase", prompt)?;
        Ok(Self {
            unlocked: file.unlock(&passphrase).map_err(in_file)?,
            name,
            kept: None,
            place: Place::Waiting,
        })
    }

    /// The key that the account is to get.
    pub fn new_key(&self) -> Result<&DerivedKey, Error> {
        let key = self.unlocked.keys.last();
        key.ok_or_else(|| failed(&self.name, KeyFileError::NoPhrase))
    }

    /// Whether the chain has it.
    pub fn is_registered(&self, registration: &Registration) -> bool {
        let registered = |key: &DerivedKey| {
            registration.key.as_ref().is_some_and(|record| {
                record.scheme.0 == key.secret.scheme() && record.public == key.secret.public_key()
            })
        };
        self.unlocked.keys.last().is_some_and(registered)
    }

    /// Whether it comes from other words than the keys before.
    pub fn has_new_words(&self) -> bool {
        !matches!(self.place, Place::Same { .. })
    }

    /// These words, if they are new.
    pub fn new_words(&self) -> Option<NewWords> {
        let phrase = self.unlocked.phrase.as_ref()?;
        let address = Keys::of_phrase(phrase).address(0).ok()?;
        self.has_new_words().then(|| NewWords {
            words: phrase.words(),
            handle: address.address().handle().to_string(),
            address: address.address().to_string(),
            restoring: Restoring::of_new_words(&self.name, &self.unlocked),
        })
    }

    /// The new key in words.
    pub fn describe(&self, generation: u32) -> Result<String, Error> {
        let key = self.new_key()?;
        let words = match self.has_new_words() {
            true => "new words",
            false => "the same words",
        };
        Ok(format!(
            "{} at {} of {words}, in `{}`, generation {generation}",
            key.secret.scheme(),
            key.path,
            self.name
        ))
    }

    /// Puts the new key on disk, before the chain hears of it.
    pub fn write(&mut self, session: &Session) -> Result<(), Error> {
        match &mut self.place {
            Place::Same { stored, passphrase } => {
                stored.replace(&self.unlocked, passphrase)?;
            }
            Place::New { passphrase } => {
                let file = self.unlocked.lock(passphrase, session.kdf);
                let file = file.map_err(|error| failed(&self.name, error))?;
                session.home.store_recovering(&self.name, &file)?;
            }
            Place::Waiting => {}
        }
        Ok(())
    }

    /// Puts new words into their place, once the chain has their key.
    pub fn finish(&mut self, session: &Session, action: &mut Json) -> Result<(), Error> {
        let file = match &self.place {
            Place::Same { stored, .. } => stored.path.clone(),
            Place::New { .. } | Place::Waiting => {
                self.kept = session.home.finish_recovery(&self.name)?;
                session.home.path(Kind::Account, &self.name)?
            }
        };
        action["replaced"] = self.kept.clone().into();
        action["file"] = file.display().to_string().into();
        Ok(())
    }

    /// Says where the new words are whose key perhaps did not reach the chain.
    pub fn warn_of_attempt(&self, session: &Session) -> Result<(), Error> {
        let path = session.home.recovering_path(&self.name)?;
        if self.has_new_words() && path.exists() {
            session.output.warn(format_args!(
                "the new words are in {} until the chain has their key. Run the same command again: it goes on with them",
                path.display()
            ));
        }
        Ok(())
    }
}

fn failed(path: &str, error: KeyFileError) -> Error {
    Error::KeyFile {
        path: path.into(),
        error,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;
    use subxt::utils::Static;

    use super::*;
    use crate::accounts::Home;
    use crate::chain::registry::KeyRecord;
    use crate::keyfile::{KdfParameters, MAX_KEYS};
    use crate::output::Output;
    use qloak_pq_crypto::scheme::Scheme;

    const PASSPHRASE: &str = "correct horse";

    /// A wallet with the account `alice` of so many ML-DSA-44 keys, and its passphrase in a file.
    struct Fixture {
        _folder: tempfile::TempDir,
        session: Session,
        source: Source,
        account: AccountId,
    }

    impl Fixture {
        fn new(keys: usize) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let passphrase = folder.path().join("passphrase");
            std::fs::write(&passphrase, PASSPHRASE).unwrap();
            std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600)).unwrap();
            let session = Session {
                output: Output::new(true, true, true),
                home: Home::locate(Some(folder.path().join("home"))).unwrap(),
                node: String::new(),
                kdf: KdfParameters::INSECURE_FOR_TESTS,
            };
            let phrase = Phrase::development().unwrap();
            let mut unlocked =
                Unlocked::from_phrase(Kind::Account, phrase, Scheme::MlDsa44, DEFAULT_PATH)
                    .unwrap();
            while unlocked.keys.len() < keys {
                unlocked.append_next_key(Scheme::MlDsa44).unwrap();
            }
            let file = unlocked
                .lock(&Secret::new(PASSPHRASE.into()), session.kdf)
                .unwrap();
            session.home.store_new("alice", &file).unwrap();
            Self {
                _folder: folder,
                session,
                source: Source::File(passphrase),
                account: unlocked.account,
            }
        }

        fn choose(&self, arguments: &TargetArguments) -> Result<Target, Error> {
            let unregistered = registration(None);
            Target::choose(
                &self.session,
                self.account,
                &unregistered,
                0,
                arguments,
                &self.source,
            )
        }
    }

    fn registration(key: Option<KeyRecord>) -> Registration {
        Registration {
            key,
            backup: None,
            recovery_nonce: 0,
            frozen: true,
            classical: false,
        }
    }

    fn public(target: &Target) -> Vec<u8> {
        target.new_key().unwrap().secret.public_key().to_vec()
    }

    /// The account is stolen, and its file is full of keys: that is no time to be refused.
    #[test]
    fn a_full_key_file_takes_the_key_of_a_recovery() {
        let fixture = Fixture::new(MAX_KEYS);
        let arguments = TargetArguments {
            same_words: true,
            ..TargetArguments::default()
        };
        let target = fixture.choose(&arguments).unwrap();
        let keys = target.unlocked.keys.iter();
        let paths: Vec<_> = keys.map(|key| &key.path[..]).collect();
        // The chain may ask for the founder, and for the new one.
        assert_eq!(paths, [DEFAULT_PATH, "//0//8"]);
        assert!(target.new_words().is_none());
    }

    /// A thief with the words derives the next key of them as well.
    #[test]
    fn a_recovery_makes_new_words_and_keeps_the_old_file() {
        let fixture = Fixture::new(1);
        let before = fixture.session.home.load("alice").unwrap().file;
        let mut target = fixture.choose(&TargetArguments::default()).unwrap();
        let new = target.new_words().unwrap();
        let address = fixture.account.to_address(crate::address::DEFAULT_PREFIX);
        assert_eq!(
            new.restoring.command(),
            format!("qloak account import alice --account {address} --scheme ml-dsa-44")
        );
        let old_keys = Keys::of_phrase(&Phrase::development().unwrap());
        let old_handle = old_keys.address(0).unwrap().address().handle().to_string();
        assert_ne!(new.handle, old_handle);

        target.write(&fixture.session).unwrap();
        assert_eq!(fixture.session.home.load("alice").unwrap().file, before);
        let mut action = json!({});
        target.finish(&fixture.session, &mut action).unwrap();
        assert_eq!(action["replaced"], "alice.before-recovery");
        let after = fixture.session.home.load("alice").unwrap();
        assert_eq!(after.file.account, fixture.account);
        let opened = after.unlock(&Secret::new(PASSPHRASE.into())).unwrap();
        assert_eq!(opened.phrase.unwrap().words(), new.words);
        let kept = fixture.session.home.load("alice.before-recovery").unwrap();
        assert_eq!(kept.file, before);
    }

    #[test]
    fn a_recovery_that_did_not_reach_the_chain_goes_on_with_the_same_words() {
        let fixture = Fixture::new(1);
        let mut first = fixture.choose(&TargetArguments::default()).unwrap();
        first.write(&fixture.session).unwrap();
        let mut second = fixture.choose(&TargetArguments::default()).unwrap();
        assert_eq!(public(&second), public(&first));
        second.write(&fixture.session).unwrap();

        let record = |public| KeyRecord {
            scheme: Static(Scheme::MlDsa44),
            public,
            generation: 1,
            previous: None,
        };
        assert!(second.is_registered(&registration(Some(record(public(&first))))));
        assert!(!second.is_registered(&registration(Some(record(vec![1])))));
        second.finish(&fixture.session, &mut json!({})).unwrap();
        let third = fixture.choose(&TargetArguments::default()).unwrap();
        assert_ne!(public(&third), public(&first));
    }

    #[test]
    fn a_recovery_keeps_the_scheme_unless_asked() {
        let fixture = Fixture::new(1);
        let kept = fixture.choose(&TargetArguments::default()).unwrap();
        assert_eq!(kept.new_key().unwrap().secret.scheme(), Scheme::MlDsa44);
        let asked = TargetArguments {
            scheme: Some(Scheme::MlDsa87),
            ..TargetArguments::default()
        };
        let asked = fixture.choose(&asked).unwrap();
        assert_eq!(asked.new_key().unwrap().secret.scheme(), Scheme::MlDsa87);
    }

    #[test]
    fn a_recovery_takes_the_name_that_the_account_has() {
        let fixture = Fixture::new(1);
        let other = TargetArguments {
            name: Some("other".into()),
            ..TargetArguments::default()
        };
        let refused = fixture.choose(&other).err().unwrap();
        assert!(refused.to_string().contains("`alice`"), "{refused}");
        std::fs::remove_file(fixture.session.home.load("alice").unwrap().path).unwrap();
        assert_eq!(fixture.choose(&other).unwrap().name, "other");
        let unnamed = fixture.choose(&TargetArguments::default()).err().unwrap();
        assert!(unnamed.to_string().contains("--name NAME"), "{unnamed}");
    }
}
