//! What may be shown of authority keys.

use crate::error::Error;
use polkadot_sdk::sp_core::crypto::{key_types, AccountId32, KeyTypeId, Ss58Codec};
use qloak_keystore::{error::display_key_type, secret_uri, validator_keys};
use qloak_pq_crypto::{account, authority::SCHEME, signing::SecretKey};
use serde_json::{json, Value};
use std::path::Path;
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

    fn print(&self) {
        let duty = match self.key_type {
            key_types::AURA => "seals blocks",
            _ => "votes on finality",
        };
        println!(
            "Key type:         {} ({duty})",
            display_key_type(self.key_type)
        );
        println!("  scheme:         {SCHEME}");
        println!("  authority id:   {}", self.id());
        println!("  as SS58:        {}", self.ss58());
        println!(
            "  public key:     {} bytes (--json shows them)",
            self.public_key.len()
        );
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
    pub fn print(&self, json: bool, phrase: Option<&str>, file: Option<&Path>) {
        if json {
            let mut object = self.to_json();
            if let Some(phrase) = phrase {
                object["phrase"] = phrase.into();
            }
            if let Some(file) = file {
                object["file"] = file.display().to_string().into();
            }
            println!("{object:#}");
            return;
        }
        if let Some(phrase) = phrase {
            println!("Recovery phrase:  {phrase}");
        }
        if let Some(file) = file {
            println!("Phrase written to {} (mode 600)", file.display());
        }
        self.iter().for_each(Key::print);
        if let Self::Validator(keys) = self {
            println!("Session keys:     {}", session_keys(keys));
        }
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
