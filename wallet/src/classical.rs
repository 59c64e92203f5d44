//! The one use that this wallet has for a classical key: signing the transaction that leaves it behind.
//!
//! `key migrate` gives an account that is marked classical a post-quantum key, once and for all. Sr25519
//! is supported, with the secret as stock tools write it (a phrase or `0x` seed, followed by derivation
//! junctions): that is what they make unless told otherwise. Ed25519 and ECDSA accounts migrate
//! through polkadot.js.

use qloak_pq_crypto::account_signature::AccountSignature;
use subxt_signer::sr25519::Keypair;
use subxt_signer::SecretUri;

use crate::address::AccountId;
use crate::error::Error;
use crate::secret::Secret;

/// An sr25519 key.
pub struct ClassicalKey(Keypair);

impl ClassicalKey {
    /// Reads a secret URI: `//Alice`, `word word … word//0`, `0x…`.
    ///
    /// # Errors
    /// [`Error::Classical`], without the secret in it.
    pub fn from_uri(uri: &Secret) -> Result<Self, Error> {
        let refused = |_| {
            Error::Classical(
                "it is not a phrase or 0x seed, with junctions such as //0 behind it".into(),
            )
        };
        let uri: SecretUri = uri.expose().parse().map_err(refused)?;
        let pair = Keypair::from_uri(&uri).map_err(|error| Error::Classical(error.to_string()))?;
        Ok(Self(pair))
    }

    /// The account: for sr25519, the public key itself.
    pub fn account(&self) -> AccountId {
        AccountId(self.0.public_key().0)
    }

    /// Signs a transaction's payload.
    pub fn sign(&self, message: &[u8]) -> AccountSignature {
        AccountSignature::Sr25519(self.0.sign(message).0)
    }
}

impl std::fmt::Debug for ClassicalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClassicalKey({:?})", self.account())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn alice_is_the_sdks_alice() {
        let alice = ClassicalKey::from_uri(&Secret::new("//Alice".into())).unwrap();
        assert_eq!(
            alice.account().to_address(42),
            "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
        );
        assert!(matches!(alice.sign(b"x"), AccountSignature::Sr25519(_)));
    }

    #[test]
    fn a_bad_secret_is_not_repeated_in_the_error() {
        let refused = ClassicalKey::from_uri(&Secret::new("sesame sesame".into())).unwrap_err();
        assert!(matches!(refused, Error::Classical(_)));
        assert!(!refused.to_string().contains("sesame"), "{refused}");
    }
}
