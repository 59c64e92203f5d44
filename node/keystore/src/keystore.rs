//! [`PqKeystore`], the keystore of a node.

use crate::{
    error::display_key_type,
    folder::KeyFolder,
    key_file::{KeyName, KeyRecord},
    secret_uri, Error,
};
use parking_lot::RwLock;
use polkadot_sdk::{
    sc_keystore::LocalKeystore,
    sp_application_crypto::key_types,
    sp_core::{
        crypto::{ByteArray, CryptoTypeId, ExposeSecret, KeyTypeId, SecretString},
        ecdsa, ed25519, sr25519,
    },
    sp_keystore::{Error as TraitError, Keystore},
};
use qloak_pq_crypto::{
    authority::context_of,
    context::Context,
    signing::{Randomness, SecretKey},
};
use std::{collections::HashMap, fs, path::Path, sync::Arc};
use zeroize::Zeroizing;

const LOG_TARGET: &str = "keystore";

/// What a key of some type may sign. A key of any other type is refused and signs nothing.
///
/// The caller names the context too, by the crypto type id of its purpose
/// ([`qloak_pq_crypto::authority::context_of`]), and the two must agree: whoever asks for a vote gets none from a
/// key that seals blocks.
pub fn signing_context(key_type: KeyTypeId) -> Option<Context> {
    match key_type {
        key_types::AURA => Some(Context::Seal),
        key_types::GRANDPA => Some(Context::Vote),
        _ => None,
    }
}

/// A keystore for post-quantum authority keys and, through `LocalKeystore`, classical ones.
///
/// Expanded keys are cached: the first use of a key costs a key generation, later ones only the signature.
pub struct PqKeystore {
    classical: LocalKeystore,
    folder: Option<KeyFolder>,
    passphrase: Option<Zeroizing<String>>,
    password: Option<SecretString>,
    keys: RwLock<HashMap<KeyName, Arc<SecretKey>>>,
}

impl PqKeystore {
    /// Opens the keystore in a folder and loads every post-quantum key in it.
    ///
    /// Loading at once means that a wrong password, an exposed file or a damaged one stops the node at
    /// its start, with the file's name, and not in the middle of its first slot.
    ///
    /// The password encrypts key files. An end of line after it, as `echo password > file` leaves one,
    /// is not part of it.
    pub fn open(path: &Path, password: Option<SecretString>) -> Result<Self, Error> {
        let passphrase = password.as_ref().map(passphrase_of).transpose()?;
        fs::create_dir_all(path).map_err(Error::io("create", path))?;
        let classical = LocalKeystore::open(path, password.clone())
            .map_err(|error| Error::Classical(error.to_string()))?;
        let folder = KeyFolder::open(path)?;
        let keystore = Self {
            classical,
            folder: Some(folder),
            passphrase,
            password,
            keys: Default::default(),
        };
        keystore.load_all()?;
        Ok(keystore)
    }

    /// A keystore that forgets everything when it is dropped.
    pub fn in_memory() -> Self {
        Self {
            classical: LocalKeystore::in_memory(),
            folder: None,
            passphrase: None,
            password: None,
            keys: Default::default(),
        }
    }

    /// Inserts a key: [`secret_uri`] describes `suri`.
    ///
    /// A post-quantum key is stored if `public` is its authority id, a classical one if `public` is
    /// its public key; anything else is an error, since nobody could ever use it. Inserting a key a
    /// second time changes nothing.
    pub fn insert_key(&self, key_type: KeyTypeId, suri: &str, public: &[u8]) -> Result<(), Error> {
        let seed = match secret_uri::parse(suri) {
            Ok(seed) => seed,
            // A classical secret may be written in ways that a post-quantum one may not.
            Err(error) => {
                let scheme = self.classical_scheme(suri, public).ok_or(error)?;
                return self.insert_classical(key_type, suri, public, scheme);
            }
        };
        let (record, key) = KeyRecord::from_seed(key_type, seed)?;
        let (_, derived) = record.name();
        if derived == public {
            return self.insert_record(&record, key);
        }
        if let Some(scheme) = self.classical_scheme(suri, public) {
            return self.insert_classical(key_type, suri, public, scheme);
        }
        let shown = public.get(..public.len().min(64)).unwrap_or(public);
        Err(Error::PublicMismatch {
            given: hex::encode(shown),
            derived: hex::encode(derived),
        })
    }

    /// Stores a key made from a seed and returns its authority id.
    pub fn insert_seed(
        &self,
        key_type: KeyTypeId,
        seed: Zeroizing<[u8; 32]>,
    ) -> Result<[u8; 32], Error> {
        let (record, key) = KeyRecord::from_seed(key_type, seed)?;
        self.insert_record(&record, key)?;
        Ok(record.name().1)
    }

    /// Keeps a key in memory only, as for development keys, which have no place in a file.
    pub fn insert_ephemeral(
        &self,
        key_type: KeyTypeId,
        seed: Zeroizing<[u8; 32]>,
    ) -> Result<[u8; 32], Error> {
        require_context(key_type)?;
        let (record, key) = KeyRecord::from_seed(key_type, seed)?;
        self.keys.write().insert(record.name(), Arc::new(key));
        Ok(record.name().1)
    }

    /// Signs with a post-quantum key: public key, then signature. `None` if the key is not here.
    pub fn sign(
        &self,
        key_type: KeyTypeId,
        id: &[u8; 32],
        message: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        let context = require_context(key_type)?;
        let Some(key) = self.find(&(key_type, *id))? else {
            return Ok(None);
        };
        let signature = key.sign(context, message, Randomness::Deterministic)?;
        Ok(Some([key.public_key(), &signature].concat()))
    }

    /// The ids of all post-quantum keys of a type, sorted.
    pub fn authority_ids(&self, key_type: KeyTypeId) -> Result<Vec<[u8; 32]>, Error> {
        let mut names: Vec<KeyName> = self.keys.read().keys().copied().collect();
        if let Some(folder) = &self.folder {
            names.extend(folder.list()?);
        }
        let mut ids: Vec<_> = names
            .into_iter()
            .filter(|(found, _)| *found == key_type)
            .map(|(_, id)| id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    fn load_all(&self) -> Result<(), Error> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        for name in folder.list()? {
            self.find(&name)?;
        }
        Ok(())
    }

    /// The key from the cache, or from its file if it was put there since (by `key insert`, say).
    fn find(&self, name: &KeyName) -> Result<Option<Arc<SecretKey>>, Error> {
        if let Some(key) = self.keys.read().get(name) {
            return Ok(Some(key.clone()));
        }
        let Some(folder) = self.folder.as_ref().filter(|folder| folder.contains(name)) else {
            return Ok(None);
        };
        let record = folder.load(name, self.passphrase())?;
        let key = Arc::new(record.expand(&folder.file(name))?);
        Ok(Some(self.keys.write().entry(*name).or_insert(key).clone()))
    }

    fn insert_record(&self, record: &KeyRecord, key: SecretKey) -> Result<(), Error> {
        require_context(record.name().0)?;
        if let Some(folder) = &self.folder {
            // A present file that cannot be read is reported and never overwritten.
            if folder.contains(&record.name()) {
                self.find(&record.name())?;
            } else {
                folder.store(record, self.passphrase())?;
            }
        }
        self.keys
            .write()
            .entry(record.name())
            .or_insert_with(|| Arc::new(key));
        Ok(())
    }

    fn passphrase(&self) -> Option<&str> {
        self.passphrase
            .as_ref()
            .map(|passphrase| passphrase.as_str())
    }

    /// The scheme of `LocalKeystore` in which the secret makes this public key.
    fn classical_scheme(&self, suri: &str, public: &[u8]) -> Option<ClassicalScheme> {
        let password = self
            .password
            .as_ref()
            .map(|password| password.expose_secret().as_str());
        if makes::<sr25519::Pair>(suri, password, public) {
            Some(ClassicalScheme::Sr25519)
        } else if makes::<ed25519::Pair>(suri, password, public) {
            Some(ClassicalScheme::Ed25519)
        } else if makes::<ecdsa::Pair>(suri, password, public) {
            Some(ClassicalScheme::Ecdsa)
        } else {
            None
        }
    }

    fn insert_classical(
        &self,
        key_type: KeyTypeId,
        suri: &str,
        public: &[u8],
        scheme: ClassicalScheme,
    ) -> Result<(), Error> {
        if self.folder.is_some() {
            return self
                .classical
                .insert(key_type, suri, public)
                .map_err(|()| Error::Classical("writing the key failed".into()));
        }
        // In memory, `LocalKeystore::insert` drops the key and only generation from a seed keeps it.
        match scheme {
            ClassicalScheme::Sr25519 => self
                .classical
                .sr25519_generate_new(key_type, Some(suri))
                .map(drop),
            ClassicalScheme::Ed25519 => self
                .classical
                .ed25519_generate_new(key_type, Some(suri))
                .map(drop),
            ClassicalScheme::Ecdsa => self
                .classical
                .ecdsa_generate_new(key_type, Some(suri))
                .map(drop),
        }
        .map_err(|error| Error::Classical(error.to_string()))
    }

    fn has_key(&self, public: &[u8], key_type: KeyTypeId) -> bool {
        let present = <[u8; 32]>::try_from(public)
            .ok()
            .map(|id| self.find(&(key_type, id)))
            .transpose()
            .unwrap_or_else(|error| {
                log::error!(target: LOG_TARGET, "{error}");
                None
            });
        present.flatten().is_some() || self.classical.has_keys(&[(public.to_vec(), key_type)])
    }
}

fn passphrase_of(password: &SecretString) -> Result<Zeroizing<String>, Error> {
    let passphrase = password.expose_secret().trim_end_matches(['\r', '\n']);
    if passphrase.is_empty() {
        return Err(Error::EmptyPassphrase);
    }
    Ok(Zeroizing::new(passphrase.to_owned()))
}

fn require_context(key_type: KeyTypeId) -> Result<Context, Error> {
    signing_context(key_type).ok_or(Error::UnsupportedKeyType(key_type))
}

/// The schemes of `LocalKeystore`.
#[derive(Clone, Copy)]
enum ClassicalScheme {
    Sr25519,
    Ed25519,
    Ecdsa,
}

fn makes<P: polkadot_sdk::sp_core::Pair>(
    suri: &str,
    password: Option<&str>,
    public: &[u8],
) -> bool {
    P::from_string(suri, password).is_ok_and(|pair| pair.public().as_slice() == public)
}

/// What the SDK is told: our sentence, where its error type has no variant for it.
fn trait_error(error: Error) -> TraitError {
    match error {
        Error::UnsupportedKeyType(key_type) => TraitError::KeyNotSupported(key_type),
        Error::SecretUri(_) | Error::PublicMismatch { .. } => {
            TraitError::ValidationError(error.to_string())
        }
        _ => TraitError::Other(error.to_string()),
    }
}

impl Keystore for PqKeystore {
    fn insert(&self, key_type: KeyTypeId, suri: &str, public: &[u8]) -> Result<(), ()> {
        self.insert_key(key_type, suri, public).map_err(|error| {
            let key_type = display_key_type(key_type);
            log::error!(target: LOG_TARGET, "inserting a key of type {key_type} failed: {error}");
        })
    }

    fn keys(&self, key_type: KeyTypeId) -> Result<Vec<Vec<u8>>, TraitError> {
        let mut keys = self.classical.keys(key_type)?;
        let ids = self.authority_ids(key_type).map_err(trait_error)?;
        keys.extend(ids.into_iter().map(|id| id.to_vec()));
        Ok(keys)
    }

    fn has_keys(&self, public_keys: &[(Vec<u8>, KeyTypeId)]) -> bool {
        public_keys
            .iter()
            .all(|(public, key_type)| self.has_key(public, *key_type))
    }

    fn sign_with(
        &self,
        key_type: KeyTypeId,
        crypto_id: CryptoTypeId,
        public: &[u8],
        message: &[u8],
    ) -> Result<Option<Vec<u8>>, TraitError> {
        let Some(context) = context_of(crypto_id) else {
            return self
                .classical
                .sign_with(key_type, crypto_id, public, message);
        };
        if signing_context(key_type) != Some(context) {
            return Err(TraitError::KeyNotSupported(key_type));
        }
        let id = public
            .try_into()
            .map_err(|_| TraitError::ValidationError("an authority id has 32 bytes".into()))?;
        self.sign(key_type, &id, message).map_err(trait_error)
    }

    // Everything below belongs to the classical schemes.

    fn sr25519_public_keys(&self, key_type: KeyTypeId) -> Vec<sr25519::Public> {
        self.classical.sr25519_public_keys(key_type)
    }

    fn sr25519_generate_new(
        &self,
        key_type: KeyTypeId,
        seed: Option<&str>,
    ) -> Result<sr25519::Public, TraitError> {
        self.classical.sr25519_generate_new(key_type, seed)
    }

    fn sr25519_sign(
        &self,
        key_type: KeyTypeId,
        public: &sr25519::Public,
        message: &[u8],
    ) -> Result<Option<sr25519::Signature>, TraitError> {
        self.classical.sr25519_sign(key_type, public, message)
    }

    fn sr25519_vrf_sign(
        &self,
        key_type: KeyTypeId,
        public: &sr25519::Public,
        data: &sr25519::vrf::VrfSignData,
    ) -> Result<Option<sr25519::vrf::VrfSignature>, TraitError> {
        self.classical.sr25519_vrf_sign(key_type, public, data)
    }

    fn sr25519_vrf_pre_output(
        &self,
        key_type: KeyTypeId,
        public: &sr25519::Public,
        input: &sr25519::vrf::VrfInput,
    ) -> Result<Option<sr25519::vrf::VrfPreOutput>, TraitError> {
        self.classical
            .sr25519_vrf_pre_output(key_type, public, input)
    }

    fn ed25519_public_keys(&self, key_type: KeyTypeId) -> Vec<ed25519::Public> {
        self.classical.ed25519_public_keys(key_type)
    }

    fn ed25519_generate_new(
        &self,
        key_type: KeyTypeId,
        seed: Option<&str>,
    ) -> Result<ed25519::Public, TraitError> {
        self.classical.ed25519_generate_new(key_type, seed)
    }

    fn ed25519_sign(
        &self,
        key_type: KeyTypeId,
        public: &ed25519::Public,
        message: &[u8],
    ) -> Result<Option<ed25519::Signature>, TraitError> {
        self.classical.ed25519_sign(key_type, public, message)
    }

    fn ecdsa_public_keys(&self, key_type: KeyTypeId) -> Vec<ecdsa::Public> {
        self.classical.ecdsa_public_keys(key_type)
    }

    fn ecdsa_generate_new(
        &self,
        key_type: KeyTypeId,
        seed: Option<&str>,
    ) -> Result<ecdsa::Public, TraitError> {
        self.classical.ecdsa_generate_new(key_type, seed)
    }

    fn ecdsa_sign(
        &self,
        key_type: KeyTypeId,
        public: &ecdsa::Public,
        message: &[u8],
    ) -> Result<Option<ecdsa::Signature>, TraitError> {
        self.classical.ecdsa_sign(key_type, public, message)
    }

    fn ecdsa_sign_prehashed(
        &self,
        key_type: KeyTypeId,
        public: &ecdsa::Public,
        message: &[u8; 32],
    ) -> Result<Option<ecdsa::Signature>, TraitError> {
        self.classical
            .ecdsa_sign_prehashed(key_type, public, message)
    }
}
