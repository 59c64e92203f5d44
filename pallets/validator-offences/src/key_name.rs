//! The names of session keys.

use polkadot_sdk::*;

use sp_runtime::KeyTypeId;

/// A session key: its type, and the 32 bytes of its id.
pub type KeyName = ([u8; 4], [u8; 32]);

/// The name of a key. `None` if its id is not of 32 bytes.
pub(crate) fn key_name(kind: KeyTypeId, id: &[u8]) -> Option<KeyName> {
    Some((kind.0, id.try_into().ok()?))
}
