//! What shows a third party that the recipient of a payment can open it.
//!
//! ```text
//! coins   = 32 bytes of X("encapsulation", hedge ‖ cm ‖ handle)
//! (K, ct) = ML-KEM-768.Encaps(KEM key of the address; coins)
//! ```
//!
//! A commitment says whose a note is, and not that he can know of it: a payer can put anything in the place of the
//! ciphertext. Whoever has the coins and the address makes K and ct again. If ct is the chain's, its recipient
//! decapsulates K, and if K opens the note, he opens it.
//!
//! The payer computes the coins again from his spending key, at any time. They open the ciphertext, memo included.

use crate::{
    address::{Address, Handle, KEM},
    element::Digest,
    encryption::{NoteCiphertext, NoteSecret, OpenError, KEM_CIPHERTEXT_BYTES},
    expand,
    keys::SpendingKey,
    note::Note,
};
use core::fmt;
use qloak_pq_crypto::kem;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Bytes of the coins.
pub(crate) const COIN_BYTES: usize = 32;

/// The coins of the encapsulation by which a payment was sent.
#[derive(Clone)]
pub struct Delivery(Zeroizing<[u8; COIN_BYTES]>);

impl Delivery {
    /// That of a payment which the holder of this key has sent to the address with this handle.
    pub fn of_sender(key: &SpendingKey, note: &Note, handle: &Handle) -> Self {
        Self::new(key.hedge(), &note.commitment(), handle)
    }

    pub(crate) fn new(hedge: &[u8; 32], commitment: &Digest, handle: &Handle) -> Self {
        let parts: [&[u8]; 3] = [hedge, &commitment.to_bytes(), &handle.0];
        Self(expand::bytes(b"encapsulation", &parts))
    }

    pub(crate) fn from_bytes(coins: [u8; COIN_BYTES]) -> Self {
        Self(Zeroizing::new(coins))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; COIN_BYTES] {
        &self.0
    }

    /// The ciphertext, and what opens it.
    pub(crate) fn encapsulate(
        &self,
        address: &Address,
    ) -> Result<([u8; KEM_CIPHERTEXT_BYTES], NoteSecret), kem::Error> {
        let (bytes, shared) = kem::encapsulate(KEM, address.kem_key(), self.0.as_slice())?;
        let mut ciphertext = [0; KEM_CIPHERTEXT_BYTES];
        ciphertext.copy_from_slice(&bytes);
        let secret = NoteSecret::of_sender(shared.as_bytes(), address.handle());
        Ok((ciphertext, secret))
    }

    /// Whether the holder of the address opens this ciphertext, and finds the note of this commitment, and a memo.
    pub(crate) fn check(
        &self,
        address: &Address,
        commitment: &Digest,
        ciphertext: &NoteCiphertext,
    ) -> Result<(), OpenError> {
        let (kem, secret) = self.encapsulate(address).map_err(|_| OpenError::NotOurs)?;
        if kem != ciphertext.compact.kem {
            return Err(OpenError::NotOurs);
        }
        secret.open_note(address.owner(), commitment, &ciphertext.compact)?;
        secret.open_memo(commitment, ciphertext)?;
        Ok(())
    }
}

impl ZeroizeOnDrop for Delivery {}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivery({COIN_BYTES} bytes)")
    }
}
