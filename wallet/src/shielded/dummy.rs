//! Inputs that only fill a transaction up, and the secret that each is made of.
//!
//! A dummy has a nullifier like a note. A second try at a payment spends the same notes again; with a new dummy whoever sees
//! both tries would see which nullifier stayed, and so how many notes the payment spends. So the secret is remembered with
//! the payment, and used again with the same notes.

use codec::{Decode, Encode};
use qloak_pq_crypto::hedge::hedged;
use qloak_shielded::witness::InputWitness;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::keys::Keys;
use super::ShieldedError;

/// What a dummy is made of, beside the spending key.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Zeroize, ZeroizeOnDrop)]
pub struct DummySeed([u8; 32]);

impl std::fmt::Debug for DummySeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DummySeed(32 bytes)")
    }
}

impl DummySeed {
    /// A new one for a purpose. With a broken generator it is still secret, and repeats only for the very same purpose.
    pub fn new(keys: &Keys, entropy: &[u8; 32], purpose: &[u8]) -> Self {
        let secret = keys.separate(b"qloak/shielded/dummy/v1");
        Self(*hedged(
            b"shielded dummy seed",
            secret.as_slice(),
            entropy,
            purpose,
        ))
    }

    /// The input.
    ///
    /// # Errors
    /// [`ShieldedError::CannotSpend`].
    pub fn input(&self, keys: &Keys) -> Result<InputWitness, ShieldedError> {
        Ok(InputWitness::dummy(keys.spend()?, &self.0, b""))
    }
}
