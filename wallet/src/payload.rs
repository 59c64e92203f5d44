//! What keys sign: transactions, proofs of possession and the orders of a backup key.
//!
//! The bytes are made by the functions that the chain itself checks with
//! ([`qloak_pq_crypto::payload`]); the tests below fix them.

use qloak_pq_crypto::account_signature::Form;
use qloak_pq_crypto::context::Context;
use qloak_pq_crypto::payload;
use qloak_pq_crypto::scheme::Scheme;
use qloak_pq_crypto::signing::{Randomness, SecretKey};
use zeroize::Zeroizing;

use crate::address::AccountId;
use crate::derivation::DerivationError;
use crate::error::Error;

/// The chain and account that a payload is for.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The chain's first block.
    pub genesis: [u8; 32],
    /// The account.
    pub account: AccountId,
}

impl Scope {
    /// Signed by the new key of the account, which will have this generation.
    pub fn possession(&self, generation: u32, scheme: Scheme, public: &[u8]) -> Vec<u8> {
        payload::possession(&self.genesis, &self.account, generation, scheme, public)
    }

    /// Signed by a new backup key.
    pub fn backup_possession(&self, recovery_nonce: u32, scheme: Scheme, public: &[u8]) -> Vec<u8> {
        payload::backup_possession(&self.genesis, &self.account, recovery_nonce, scheme, public)
    }

    /// Signed by the backup key, to freeze the account.
    pub fn freeze(&self, recovery_nonce: u32) -> Vec<u8> {
        payload::freeze(&self.genesis, &self.account, recovery_nonce)
    }

    /// Signed by the backup key, to give the account a new key.
    pub fn recover(&self, recovery_nonce: u32, scheme: Scheme, public: &[u8]) -> Vec<u8> {
        payload::recover(&self.genesis, &self.account, recovery_nonce, scheme, public)
    }

    /// Signed by the present backup key, to be replaced.
    pub fn set_backup(&self, recovery_nonce: u32, scheme: Scheme, public: &[u8]) -> Vec<u8> {
        payload::set_backup(&self.genesis, &self.account, recovery_nonce, scheme, public)
    }
}

/// Signs with fresh randomness, which hardens the signature against faults and side channels.
///
/// # Errors
/// [`Error::Signing`], or the system gave no randomness.
pub fn sign(key: &SecretKey, context: Context, message: &[u8]) -> Result<Vec<u8>, Error> {
    let mut random = Zeroizing::new([0; 32]);
    getrandom::fill(random.as_mut())
        .map_err(|error| DerivationError::Randomness(error.to_string()))?;
    key.sign(context, message, Randomness::Hedged(*random))
        .map_err(|error| Error::Signing(error.to_string()))
}

/// Signs a transaction of `account`, with the key attached or not. `payload` is what the extrinsic
/// format has signed, hashed if it is long.
///
/// # Errors
/// As [`sign`].
pub fn sign_transaction(
    key: &SecretKey,
    form: Form,
    account: AccountId,
    payload: &[u8],
) -> Result<Vec<u8>, Error> {
    let message = payload::transaction(form, &account.0, payload);
    sign(key, Context::Transaction, &message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use qloak_pq_crypto::signing::verify;

    const SCOPE: Scope = Scope {
        genesis: [1; 32],
        account: AccountId([2; 32]),
    };

    fn expected(purpose: &[u8], rest: &[u8]) -> Vec<u8> {
        [purpose, &[1; 32], &[2; 32], rest].concat()
    }

    #[test]
    fn a_transaction_is_signed_for_one_form_and_one_account() {
        let scheme = Scheme::MlDsa44;
        let key = SecretKey::from_seed(scheme, &[3; 32]).unwrap();
        for (form, tag) in [(Form::WithKey, 0x40), (Form::Registered, 0x41)] {
            let signature = sign_transaction(&key, form, SCOPE.account, b"pay").unwrap();
            let is_of = |message: &[u8]| {
                verify(
                    scheme,
                    key.public_key(),
                    Context::Transaction,
                    message,
                    &signature,
                )
                .is_ok()
            };
            let message = |tag, account: u8| [&[tag][..], &[account; 32], b"pay"].concat();
            assert!(is_of(&message(tag, 2)));
            assert!(!is_of(&message(tag, 3)), "another account");
            assert!(!is_of(&message(tag ^ 1, 2)), "the other form");
            assert!(!is_of(&message(tag ^ 0x10, 2)), "another version");
            assert!(!is_of(b"pay"));
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_specification() {
        // Number little-endian, scheme id 4, then the key with its compact length (2 << 2).
        let rest = [7, 0, 0, 0, 4, 8, 9, 9];
        let (scheme, public) = (Scheme::SlhDsaShake128s, [9, 9]);
        assert_eq!(
            SCOPE.possession(7, scheme, &public),
            expected(b"possession", &rest)
        );
        assert_eq!(
            SCOPE.backup_possession(7, scheme, &public),
            expected(b"backup-possession", &rest)
        );
        assert_eq!(
            SCOPE.recover(7, scheme, &public),
            expected(b"recover", &rest)
        );
        assert_eq!(
            SCOPE.set_backup(7, scheme, &public),
            expected(b"set-backup", &rest)
        );
        assert_eq!(SCOPE.freeze(7), expected(b"freeze", &[7, 0, 0, 0]));
    }
}
