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
    address::{Address, Handle},
    element::Digest,
    encryption::{self, Coins, NoteCiphertext, OpenError, COIN_BYTES},
    keys::SpendingKey,
    note::Note,
};
use core::fmt;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The coins of the encapsulation by which a payment was sent.
#[derive(Clone)]
pub struct Delivery(Coins);

impl Delivery {
    /// That of a payment which the holder of this key has sent to the address with this handle.
    pub fn of_sender(key: &SpendingKey, note: &Note, handle: &Handle) -> Self {
        Self(encryption::coins(key.hedge(), &note.commitment(), handle))
    }

    pub(crate) fn from_bytes(coins: [u8; COIN_BYTES]) -> Self {
        Self(Zeroizing::new(coins))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; COIN_BYTES] {
        &self.0
    }

    /// Whether the holder of the address opens this ciphertext, and finds the note of this commitment, and a memo.
    pub(crate) fn check(
        &self,
        address: &Address,
        commitment: &Digest,
        ciphertext: &NoteCiphertext,
    ) -> Result<(), OpenError> {
        let (kem, secret) =
            encryption::encapsulate(&self.0, address).map_err(|_| OpenError::NotOurs)?;
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
