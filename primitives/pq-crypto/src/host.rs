//! Host functions: what the runtime asks of the node around it.
//!
//! Verification runs natively and its successes are remembered for the life of the process, so that
//! a transaction whose signature was checked on its way into the pool is not checked again when it
//! is put into a block or when that block is imported. With the feature `host-crypto` off, the
//! runtime asks nobody and verifies in plain WebAssembly: the same answer, more time.
//!
//! A host function is part of consensus: all nodes must give the same answer. The cache cannot
//! change one, since it holds only what [`crate::signing::verify`] accepted, and compares all
//! that it is given.

use alloc::vec::Vec;

use codec::{Decode, Encode};
use sp_application_crypto::KeyTypeId;
use sp_runtime_interface::{
    pass_by::{
        AllocateAndReturnByCodec, AllocateAndReturnPointer, PassFatPointerAndDecode,
        PassFatPointerAndRead, PassPointerAndRead, PassPointerAndReadCopy,
    },
    runtime_interface,
};

use crate::context::Context;
use crate::scheme::Scheme;

/// One signature to verify, for [`verify_batch`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Claim {
    /// The scheme.
    pub scheme: Scheme,
    /// The key, of the scheme's length.
    pub public: Vec<u8>,
    /// What the signature is for.
    pub context: Context,
    /// What was signed.
    pub message: Vec<u8>,
    /// The signature, of the scheme's length.
    pub signature: Vec<u8>,
}

/// Whether `signature` is one of `message` under `context` by `public`. Anything malformed is simply
/// no signature.
pub fn verify(
    scheme: Scheme,
    public: &[u8],
    context: Context,
    message: &[u8],
    signature: &[u8],
) -> bool {
    #[cfg(feature = "host-crypto")]
    {
        pq_crypto::verify(scheme.id(), public, context.id(), message, signature)
    }
    #[cfg(not(feature = "host-crypto"))]
    {
        crate::signing::verify(scheme, public, context, message, signature).is_ok()
    }
}

/// Verifies all claims, natively on all cores; one answer for each, in their order.
pub fn verify_batch(claims: &[Claim]) -> Vec<bool> {
    #[cfg(feature = "host-crypto")]
    {
        pq_crypto::verify_batch(claims.to_vec())
    }
    #[cfg(not(feature = "host-crypto"))]
    {
        claims
            .iter()
            .map(|c| verify(c.scheme, &c.public, c.context, &c.message, &c.signature))
            .collect()
    }
}

/// Verification of post-quantum signatures.
#[runtime_interface]
pub trait PqCrypto {
    /// Verifies one signature. An unknown scheme or context id verifies nothing.
    fn verify(
        scheme: u8,
        public: PassFatPointerAndRead<&[u8]>,
        context: u8,
        message: PassFatPointerAndRead<&[u8]>,
        signature: PassFatPointerAndRead<&[u8]>,
    ) -> bool {
        let (Some(scheme), Some(context)) = (Scheme::from_id(scheme), Context::from_id(context))
        else {
            return false;
        };
        crate::cache::verify(scheme, public, context, message, signature)
    }

    /// Verifies many signatures on all cores.
    fn verify_batch(
        claims: PassFatPointerAndDecode<Vec<Claim>>,
    ) -> AllocateAndReturnByCodec<Vec<bool>> {
        use rayon::prelude::*;
        claims
            .par_iter()
            .map(|c| crate::cache::verify(c.scheme, &c.public, c.context, &c.message, &c.signature))
            .collect()
    }
}

/// Authority keys in the node's keystore, for the runtime's session key functions.
#[runtime_interface]
pub trait PqKeystore {
    /// The authority ids of a key type whose secrets the keystore holds.
    fn keys(
        &mut self,
        key_type: PassPointerAndReadCopy<KeyTypeId, 4>,
    ) -> AllocateAndReturnByCodec<Vec<[u8; 32]>> {
        native::keystore(*self)
            .map(|keystore| native::keys(&keystore, key_type))
            .unwrap_or_default()
    }

    /// Makes a key of a key type and returns its id; from `seed` (text, as in `//Alice`) if given.
    ///
    /// # Panics
    /// If there is no keystore or it can't store the key, as the SDK's own functions do: the caller
    /// is an operator's RPC call, which gets the message, never a block.
    fn generate(
        &mut self,
        key_type: PassPointerAndReadCopy<KeyTypeId, 4>,
        seed: PassFatPointerAndDecode<Option<Vec<u8>>>,
    ) -> AllocateAndReturnPointer<[u8; 32], 32> {
        #[allow(
            clippy::expect_used,
            reason = "no error can cross this interface, and only RPC calls come here"
        )]
        native::keystore(*self)
            .ok_or(native::GenerateError::NoKeystore)
            .and_then(|keystore| native::generate(&keystore, key_type, seed))
            .expect("the keystore takes a new authority key")
    }

    /// Signs `message` with the key of `public`, if the keystore has it.
    fn sign(
        &mut self,
        key_type: PassPointerAndReadCopy<KeyTypeId, 4>,
        crypto_id: PassPointerAndReadCopy<[u8; 4], 4>,
        public: PassPointerAndRead<&[u8; 32], 32>,
        message: PassFatPointerAndRead<&[u8]>,
    ) -> AllocateAndReturnByCodec<Option<Vec<u8>>> {
        let crypto_id = sp_core::crypto::CryptoTypeId(crypto_id);
        native::keystore(*self)?
            .sign_with(key_type, crypto_id, public, message)
            .ok()
            .flatten()
    }
}

/// The node's side of [`PqKeystore`].
#[cfg(feature = "std")]
mod native {
    use sp_application_crypto::KeyTypeId;
    use sp_externalities::{Externalities, ExternalitiesExt};
    use sp_keystore::{KeystoreExt, KeystorePtr};
    use zeroize::Zeroizing;

    use crate::account::authority_id;
    use crate::derive::{derive_seed, Path, DEV_MASTER};
    use crate::scheme::Scheme;
    use crate::signing::SecretKey;

    /// Why no key could be made.
    #[derive(Debug, thiserror::Error)]
    pub enum GenerateError {
        #[error("there is no keystore in this context")]
        NoKeystore,
        #[error("the seed is not a path of hard junctions such as //Alice")]
        Seed,
        #[error("the seed makes no key")]
        Key,
        #[error("the operating system gave no randomness")]
        Randomness,
        #[error("the keystore refused the key")]
        Refused,
    }

    pub fn keystore(mut externalities: &mut dyn Externalities) -> Option<KeystorePtr> {
        externalities
            .extension::<KeystoreExt>()
            .map(|extension| (**extension).clone())
    }

    /// 32-byte keys of a key type. A node's key types hold one kind of key each, so that these are
    /// authority ids.
    pub fn keys(keystore: &KeystorePtr, key_type: KeyTypeId) -> Vec<[u8; 32]> {
        let keys = keystore.keys(key_type).unwrap_or_default();
        keys.into_iter()
            .filter_map(|key| key.try_into().ok())
            .collect()
    }

    pub fn generate(
        keystore: &KeystorePtr,
        key_type: KeyTypeId,
        seed: Option<Vec<u8>>,
    ) -> Result<[u8; 32], GenerateError> {
        let secret = match seed {
            Some(text) => {
                let path: Path = core::str::from_utf8(&text)
                    .ok()
                    .and_then(|text| text.parse().ok())
                    .ok_or(GenerateError::Seed)?;
                derive_seed(&DEV_MASTER, Scheme::AUTHORITIES, &path)
            }
            None => {
                let mut fresh = Zeroizing::new([0; 32]);
                getrandom::fill(&mut fresh[..]).map_err(|_| GenerateError::Randomness)?;
                fresh
            }
        };
        let key =
            SecretKey::from_seed(Scheme::AUTHORITIES, &secret).map_err(|_| GenerateError::Key)?;
        let id = authority_id(Scheme::AUTHORITIES, key.public_key());
        let uri = Zeroizing::new(format!("0x{}", hex(secret.as_slice()).as_str()));
        keystore
            .insert(key_type, &uri, &id)
            .map_err(|()| GenerateError::Refused)?;
        Ok(id)
    }

    fn hex(bytes: &[u8]) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
        for byte in bytes {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(nibble.into(), 16).unwrap_or_default());
            }
        }
        text
    }
}

/// All host functions of this crate, to be registered with the executor beside the SDK's.
#[cfg(feature = "std")]
pub type HostFunctions = (pq_crypto::HostFunctions, pq_keystore::HostFunctions);
