//! Secrets as people write them.
//!
//! | written | means |
//! |---|---|
//! | `0x` and 64 hexadecimal digits | the 32-byte scheme seed itself |
//! | `0x…//path//to//key` | a key derived from those 32 bytes |
//! | `word word … word` | a BIP-39 phrase of 12 to 24 English words |
//! | `word … word//path//to//key` | a key derived from that phrase |
//! | `//Alice//aura` | a key derived from the public development phrase |
//!
//! The master secret is the BIP-39 seed with an empty passphrase, or the raw 32 bytes, and keys derive from it as
//! [`qloak_pq_crypto::derive`] describes, hard junctions only: lattice keys have no soft derivation.
//! `phrase///password` is refused, since the keystore password must not change which key a phrase
//! makes.

use crate::{random::random, Error};
use bip39::{Language, Mnemonic};
use qloak_pq_crypto::{
    authority::SCHEME,
    derive::{self, Path},
};
use zeroize::Zeroizing;

pub use crate::error::{UriError, MAX_URI_BYTES};

/// Turns a written secret into the seed of an authority key.
pub fn parse(uri: &str) -> Result<Zeroizing<[u8; 32]>, UriError> {
    let uri = uri.trim();
    if uri.is_empty() {
        return Err(UriError::Empty);
    }
    if uri.len() > MAX_URI_BYTES {
        return Err(UriError::TooLong);
    }
    if uri.contains("///") {
        return Err(UriError::Password);
    }
    let (root, path) = uri.split_at(uri.find('/').unwrap_or(uri.len()));
    if let Some(digits) = root.strip_prefix("0x") {
        let seed = raw_seed(digits)?;
        // Without a path it is the key's own seed, which is how the node itself writes new keys.
        return if path.is_empty() {
            Ok(seed)
        } else {
            derived(&*seed, path)
        };
    }
    let phrase = if root.is_empty() {
        derive::DEV_PHRASE
    } else {
        root
    };
    derived(&*master(phrase)?, path)
}

fn derived(master: &[u8], path: &str) -> Result<Zeroizing<[u8; 32]>, UriError> {
    let path = path
        .parse::<Path>()
        .map_err(|error| UriError::Path(error.to_string()))?;
    Ok(derive::derive_seed(master, SCHEME, &path))
}

/// A fresh phrase of 24 words (256 bits).
pub fn generate_phrase() -> Result<Zeroizing<String>, Error> {
    let entropy = random::<32>()?;
    let mnemonic =
        Mnemonic::from_entropy_in(Language::English, &*entropy).map_err(|_| Error::Randomness)?;
    Ok(Zeroizing::new(mnemonic.to_string()))
}

fn raw_seed(digits: &str) -> Result<Zeroizing<[u8; 32]>, UriError> {
    let mut seed = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(digits, &mut *seed).map_err(|_| UriError::RawSeed)?;
    Ok(seed)
}

fn master(phrase: &str) -> Result<Zeroizing<[u8; 64]>, UriError> {
    let mnemonic = Mnemonic::parse_in(Language::English, phrase)
        .map_err(|error| UriError::Phrase(error.to_string()))?;
    Ok(Zeroizing::new(mnemonic.to_seed("")))
}
