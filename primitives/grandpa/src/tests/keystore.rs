//! A keystore that holds voters' keys and nothing else.

use sp_core::{
    crypto::{ByteArray, CryptoTypeId, KeyTypeId},
    ecdsa, ed25519, sr25519, Pair,
};
use sp_keystore::{Error, Keystore};

use crate::{AuthorityPair, KEY_TYPE};

/// The pairs, and how many bytes of a signature it hands out.
pub struct VoteKeys {
    pairs: Vec<AuthorityPair>,
    signature_bytes: usize,
}

impl VoteKeys {
    pub fn of(pairs: impl IntoIterator<Item = AuthorityPair>) -> Self {
        Self {
            pairs: pairs.into_iter().collect(),
            signature_bytes: usize::MAX,
        }
    }

    /// Cuts every signature off after so many bytes.
    pub fn truncating(mut self, signature_bytes: usize) -> Self {
        self.signature_bytes = signature_bytes;
        self
    }
}

impl Keystore for VoteKeys {
    fn sign_with(
        &self,
        key_type: KeyTypeId,
        crypto_id: CryptoTypeId,
        public: &[u8],
        message: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        if (key_type, crypto_id) != (KEY_TYPE, CryptoTypeId(*b"mlvo")) {
            return Err(Error::KeyNotSupported(key_type));
        }
        let pair = self
            .pairs
            .iter()
            .find(|pair| pair.public().as_slice() == public);
        Ok(pair.map(|pair| {
            let mut signature = pair.sign(message).to_vec();
            signature.truncate(self.signature_bytes);
            signature
        }))
    }

    fn keys(&self, _: KeyTypeId) -> Result<Vec<Vec<u8>>, Error> {
        Ok(self
            .pairs
            .iter()
            .map(|pair| pair.public().to_raw_vec())
            .collect())
    }

    fn has_keys(&self, public_keys: &[(Vec<u8>, KeyTypeId)]) -> bool {
        public_keys.iter().all(|(public, _)| {
            self.pairs
                .iter()
                .any(|pair| pair.public().as_slice() == public.as_slice())
        })
    }

    fn insert(&self, _: KeyTypeId, _: &str, _: &[u8]) -> Result<(), ()> {
        Err(())
    }

    fn sr25519_public_keys(&self, _: KeyTypeId) -> Vec<sr25519::Public> {
        Vec::new()
    }

    fn sr25519_generate_new(
        &self,
        key_type: KeyTypeId,
        _: Option<&str>,
    ) -> Result<sr25519::Public, Error> {
        Err(Error::KeyNotSupported(key_type))
    }

    fn sr25519_sign(
        &self,
        key_type: KeyTypeId,
        _: &sr25519::Public,
        _: &[u8],
    ) -> Result<Option<sr25519::Signature>, Error> {
        Err(Error::KeyNotSupported(key_type))
    }

    fn sr25519_vrf_sign(
        &self,
        key_type: KeyTypeId,
        _: &sr25519::Public,
        _: &sr25519::vrf::VrfSignData,
    ) -> Result<Option<sr25519::vrf::VrfSignature>, Error> {
        Err(Error::KeyNotSupported(key_type))
    }

    fn sr25519_vrf_pre_output(
        &self,
        key_type: KeyTypeId,
        _: &sr25519::Public,
        _: &sr25519::vrf::VrfInput,
    ) -> Result<Option<sr25519::vrf::VrfPreOutput>, Error> {
        Err(Error::KeyNotSupported(key_type))
    }

    fn ed25519_public_keys(&self, _: KeyTypeId) -> Vec<ed25519::Public> {
        Vec::new()
    }

    fn ed25519_generate_new(
        &self,
        key_type: KeyTypeId,
        _: Option<&str>,
    ) -> Result<ed25519::Public, Error> {
        Err(Error::KeyNotSupported(key_type))
    }

    fn ed25519_sign(
        &self,
        key_type: KeyTypeId,
        _: &ed25519::Public,
        _: &[u8],
    ) -> Result<Option<ed25519::Signature>, Error> {
        Err(Error::KeyNotSupported(key_type))
    }

    fn ecdsa_public_keys(&self, _: KeyTypeId) -> Vec<ecdsa::Public> {
        Vec::new()
    }

    fn ecdsa_generate_new(
        &self,
        key_type: KeyTypeId,
        _: Option<&str>,
    ) -> Result<ecdsa::Public, Error> {
        Err(Error::KeyNotSupported(key_type))
    }

    fn ecdsa_sign(
        &self,
        key_type: KeyTypeId,
        _: &ecdsa::Public,
        _: &[u8],
    ) -> Result<Option<ecdsa::Signature>, Error> {
        Err(Error::KeyNotSupported(key_type))
    }

    fn ecdsa_sign_prehashed(
        &self,
        key_type: KeyTypeId,
        _: &ecdsa::Public,
        _: &[u8; 32],
    ) -> Result<Option<ecdsa::Signature>, Error> {
        Err(Error::KeyNotSupported(key_type))
    }
}
