//! The bytes that keys sign.
//!
//! Wallets call the same functions as the chain, so that neither can drift from the other.
//!
//! [`transaction`] puts the form of the signature and the account in front of what the extrinsic format
//! prescribes.
//!
//! The others serve keys that register, replace or recover one another. Each is the SCALE encoding
//! of a tuple that starts with its purpose (a byte string of fixed length, hence without a length
//! prefix) and the genesis hash, and names the account: a signature for one purpose, chain or
//! account is worth nothing for another. A number that is used up by the call, the key's generation
//! or the account's recovery nonce, makes it worth nothing a second time.
//!
//! | payload | signed by | context |
//! |---|---|---|
//! | [`transaction`] | the account's key | [`Transaction`](crate::context::Context::Transaction) |
//! | [`possession`] | the new key | [`KeyPossession`](crate::context::Context::KeyPossession) |
//! | [`backup_possession`] | the new backup key | [`KeyPossession`](crate::context::Context::KeyPossession) |
//! | [`freeze`] | the backup key | [`Recovery`](crate::context::Context::Recovery) |
//! | [`recover`] | the backup key | [`Recovery`](crate::context::Context::Recovery) |
//! | [`set_backup`] | the present backup key | [`Recovery`](crate::context::Context::Recovery) |

use crate::{form::Form, scheme::Scheme};
use alloc::vec::Vec;
use codec::Encode;

/// What a post-quantum key signs for a transaction: `form ‖ account ‖ payload`.
///
/// `form` is the [tag](Form::tag) of the signature's form, `account` the signer's id, and `payload`
/// what the extrinsic format has signed: call, extensions and implicit data, or their BLAKE2b-256
/// hash if they are more than 256 bytes.
///
/// The extrinsic's own payload covers neither. Without the form, whoever relays a transaction could
/// attach the key to a signature that came without, or take it away: the same order under another hash
/// and for another fee. Without the account, a transaction of one account would be one of every other
/// account with the same key and nonce: rotation, recovery and migration allow two accounts one key.
pub fn transaction(form: Form, account: &[u8; 32], payload: &[u8]) -> Vec<u8> {
    [&[form.tag()][..], account, payload].concat()
}

/// Proof that whoever makes `public` the key of `account` holds its secret.
///
/// `generation` is the one that the key will have: 0 when a classical account migrates, else one
/// more than that of the key it replaces (an account that never registered counts as generation 0).
pub fn possession<Hash: Encode, AccountId: Encode>(
    genesis_hash: &Hash,
    account: &AccountId,
    generation: u32,
    scheme: Scheme,
    public: &[u8],
) -> Vec<u8> {
    (
        b"possession",
        genesis_hash,
        account,
        generation,
        scheme,
        public,
    )
        .encode()
}

/// Proof that whoever makes `public` the backup key of `account` holds its secret.
pub fn backup_possession<Hash: Encode, AccountId: Encode>(
    genesis_hash: &Hash,
    account: &AccountId,
    recovery_nonce: u32,
    scheme: Scheme,
    public: &[u8],
) -> Vec<u8> {
    (
        b"backup-possession",
        genesis_hash,
        account,
        recovery_nonce,
        scheme,
        public,
    )
        .encode()
}

/// The backup key's order to freeze `account`.
pub fn freeze<Hash: Encode, AccountId: Encode>(
    genesis_hash: &Hash,
    account: &AccountId,
    recovery_nonce: u32,
) -> Vec<u8> {
    (b"freeze", genesis_hash, account, recovery_nonce).encode()
}

/// The backup key's order to make `public` the key of `account`, at once and alone.
pub fn recover<Hash: Encode, AccountId: Encode>(
    genesis_hash: &Hash,
    account: &AccountId,
    recovery_nonce: u32,
    scheme: Scheme,
    public: &[u8],
) -> Vec<u8> {
    (
        b"recover",
        genesis_hash,
        account,
        recovery_nonce,
        scheme,
        public,
    )
        .encode()
}

/// The present backup key's consent to be replaced by `public`.
pub fn set_backup<Hash: Encode, AccountId: Encode>(
    genesis_hash: &Hash,
    account: &AccountId,
    recovery_nonce: u32,
    scheme: Scheme,
    public: &[u8],
) -> Vec<u8> {
    (
        b"set-backup",
        genesis_hash,
        account,
        recovery_nonce,
        scheme,
        public,
    )
        .encode()
}
