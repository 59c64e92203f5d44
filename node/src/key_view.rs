//! What may be shown of authority keys.

use crate::error::Error;
use polkadot_sdk::sp_core::crypto::{key_types, AccountId32, KeyTypeId, Ss58Codec};
use qloak_keystore::{error::display_key_type, secret_uri, validator_keys};
use qloak_pq_crypto::{account, authority::SCHEME, signing::SecretKey};
use serde_json::{json, Value};
use std::{io::Write, path::Path};
use zeroize::Zeroizing;

/// A key with its secret, and what may be shown of it.
pub struct Key {
    /// What it is for.
    pub key_type: KeyTypeId,
    /// Its secret.
    pub seed: Zeroizing<[u8; 32]>,
    authority_id: [u8; 32],
    public_key: Vec<u8>,
}

impl Key {
    fn new(key_type: KeyTypeId, seed: Zeroizing<[u8; 32]>) -> Result<Self, Error> {
        let key = SecretKey::from_seed(SCHEME, &seed).map_err(qloak_keystore::Error::from)?;
        Ok(Self {
            key_type,
            seed,
            authority_id: account::authority_id(SCHEME, key.public_key()),
            public_key: key.public_key().to_vec(),
        })
    }

    fn id(&self) -> String {
        format!("0x{}", hex::encode(self.authority_id))
    }

    fn ss58(&self) -> String {
        AccountId32::new(self.authority_id).to_ss58check()
    }

    fn to_json(&self) -> Value {
        json!({
            "keyType": display_key_type(self.key_type),
            "scheme": SCHEME.to_string(),
            "authorityId": self.id(),
            "ss58": self.ss58(),
            "publicKey": format!("0x{}", hex::encode(&self.public_key)),
        })
    }

    fn describe(&self) -> String {
        // The two forms look nothing alike, and nodes use both.
        let (duty, where_it_stands) = match self.key_type {
            key_types::AURA => ("seals blocks", ""),
            _ => ("votes on finality", " (so in grandpa_roundState)"),
        };
        format!(
            "Key type:         {} ({duty})\n  scheme:         {SCHEME}\n  authority id:   {}\n  as SS58:        {}{where_it_stands}\n  public key:     {} bytes (--json shows them)\n",
            display_key_type(self.key_type),
            self.id(),
            self.ss58(),
            self.public_key.len()
        )
    }
}

/// The keys that a secret makes.
pub enum Keys {
    /// One, of the type that was asked for.
    One(Key),
    /// All of a validator's, in the order of its session keys.
    Validator(Vec<Key>),
}

impl Keys {
    /// With a key type the secret is that key's own; without one it is a validator's, and its keys
    /// derive from it.
    pub fn of(secret: &str, key_type: Option<KeyTypeId>) -> Result<Self, Error> {
        if let Some(key_type) = key_type {
            let seed = secret_uri::parse(secret).map_err(qloak_keystore::Error::from)?;
            return Key::new(key_type, seed).map(Self::One);
        }
        validator_keys::derive(secret)
            .map_err(qloak_keystore::Error::from)?
            .into_iter()
            .map(|(key_type, seed)| Key::new(key_type, seed))
            .collect::<Result<_, _>>()
            .map(Self::Validator)
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        match self {
            Self::One(key) => std::slice::from_ref(key).iter(),
            Self::Validator(keys) => keys.iter(),
        }
    }

    /// Prints what may be shown, and what the caller decided to show beside it.
    ///
    /// # Errors
    /// If standard output cannot be written; that nobody reads on (`… | head`) is no error.
    pub fn print(
        &self,
        json: bool,
        phrase: Option<&str>,
        file: Option<&Path>,
    ) -> Result<(), Error> {
        let text = self.text(json, phrase, file);
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(text.as_bytes());
        match written.and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Error::Key(format!("cannot print the keys: {error}")))
            }
            _ => Ok(()),
        }
    }

    fn text(&self, json: bool, phrase: Option<&str>, file: Option<&Path>) -> Zeroizing<String> {
        if json {
            let mut object = self.to_json();
            if let Some(phrase) = phrase {
                object["phrase"] = phrase.into();
            }
            if let Some(file) = file {
                object["file"] = file.display().to_string().into();
            }
            return Zeroizing::new(format!("{object:#}\n"));
        }
        let mut lines = Zeroizing::new(String::new());
        if let Some(phrase) = phrase {
            lines.push_str(&format!("Recovery phrase:  {phrase}\n"));
        }
        if let Some(file) = file {
            lines.push_str(&format!(
                "Phrase written to {} (mode 600)\n",
                file.display()
            ));
        }
        self.iter().for_each(|key| lines.push_str(&key.describe()));
        if let Self::Validator(keys) = self {
            lines.push_str(&format!("Session keys:     {}\n", session_keys(keys)));
        }
        lines
    }

    fn to_json(&self) -> Value {
        match self {
            Self::One(key) => key.to_json(),
            Self::Validator(keys) => {
                let mut object = json!({ "sessionKeys": session_keys(keys) });
                for key in keys {
                    object[display_key_type(key.key_type)] = key.to_json();
                }
                object
            }
        }
    }
}

/// What `session.setKeys` takes: the ids one behind the other.
fn session_keys(keys: &[Key]) -> String {
    let ids: Vec<[u8; 32]> = keys.iter().map(|key| key.authority_id).collect();
    format!("0x{}", hex::encode(ids.concat()))
}
