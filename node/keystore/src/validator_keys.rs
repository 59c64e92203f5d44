//! A validator's keys from one secret.
//!
//! A validator seals blocks with one key and votes on finality with another. Both derive from its secret,
//! so that one phrase is all there is to back up: the key of type `aura` at `//aura` and that of type
//! `gran` at `//grandpa` below it. `//Alice` thus makes the development keys `//Alice//aura` and
//! `//Alice//grandpa`.

use crate::secret_uri::{self, UriError};
use polkadot_sdk::{sp_application_crypto::key_types, sp_core::crypto::KeyTypeId};
use zeroize::Zeroizing;

/// The keys of a validator and the junctions that they derive at, in the order of the chain's session
/// keys.
pub const JUNCTIONS: [(KeyTypeId, &str); 2] = [
    (key_types::AURA, "//aura"),
    (key_types::GRANDPA, "//grandpa"),
];

/// Type and seed of each key of a validator.
pub type ValidatorKeys = [(KeyTypeId, Zeroizing<[u8; 32]>); JUNCTIONS.len()];

/// Derives a validator's keys from its secret, which is written as [`secret_uri`] describes.
///
/// A secret that already ends in one of the junctions is refused. It is one key's own, and its children
/// would be keys that nobody meant.
pub fn derive(secret: &str) -> Result<ValidatorKeys, UriError> {
    let secret = secret.trim();
    if secret.is_empty() {
        return Err(UriError::Empty);
    }
    for (_, junction) in JUNCTIONS {
        if secret.ends_with(junction) {
            return Err(UriError::OneKey(junction));
        }
    }
    let [(aura, first), (grandpa, second)] = JUNCTIONS;
    Ok([
        (aura, below(secret, first)?),
        (grandpa, below(secret, second)?),
    ])
}

fn below(secret: &str, junction: &str) -> Result<Zeroizing<[u8; 32]>, UriError> {
    // One allocation of the final size: a string that grows leaves copies of the secret behind.
    let mut uri = Zeroizing::new(String::with_capacity(secret.len() + junction.len()));
    uri.push_str(secret);
    uri.push_str(junction);
    secret_uri::parse(&uri)
}
