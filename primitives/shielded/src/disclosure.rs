//! One payment, shown to a third party.
//!
//! A disclosure opens one commitment: position, value, asset, owner and `r`, and the memo if
//! the discloser wishes. The verifier computes the commitment from them, and compares it with the one
//! that the chain holds at the position.
//!
//! It proves that the chain holds a note of this value for this owner. Sender, recipient and the
//! holders of their viewing keys can make it, for that one payment. By itself it does not prove that the recipient can find the
//! note: a sender can make one that he cannot. The sender can add what proves that ([`Delivery`]), and the memo with it. It does not
//! prove who paid, who made the disclosure, or whether the note was spent since; and whoever has it can show it to
//! others. It shows nothing about any other payment, except that payments to the same owner that
//! are disclosed as well are seen to be to the same owner.

use crate::{
    address::{Address, Handle},
    delivery::Delivery,
    element::{Digest, NotCanonical, DIGEST_BYTES, ELEMENT_BYTES},
    encryption::{NoteCiphertext, NoteSecret, OpenError, COIN_BYTES},
    hash::PAYLOAD_ELEMENTS,
    memo::Memo,
    note::{Asset, Note, Randomness, UnknownAsset},
    text::{self, TextError},
    tree::Path,
};
use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const HASH_BYTES: usize = 32;
const RANDOMNESS_BYTES: usize = PAYLOAD_ELEMENTS * ELEMENT_BYTES;
const FIXED_BYTES: usize = 1 + HASH_BYTES + 4 + 1 + 8 + DIGEST_BYTES + RANDOMNESS_BYTES;
const MEMO_KEY_BYTES: usize = 2 * HASH_BYTES;

/// Why a disclosure shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DisclosureError {
    /// The text is not well-formed.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The text is of a version that this software does not know.
    #[error("the disclosure is of version {0}; this software knows version {VERSION}")]
    Version(u8),
    /// The text has none of the three lengths.
    #[error("a disclosure has {FIXED_BYTES} bytes, {MEMO_KEY_BYTES} more with a memo, and {COIN_BYTES} more if it proves that the recipient can open the payment; this one has {0}")]
    Length(usize),
    /// There is no such asset.
    #[error(transparent)]
    Asset(#[from] UnknownAsset),
    /// The owner or the randomness is not canonical.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// The payment is on another chain.
    #[error("the payment was made on another chain")]
    Chain,
    /// The chain holds another note at the position, or the disclosure lies about it.
    #[error("the chain holds no such payment at position {0}")]
    NotOnChain(u32),
    /// The path is of another position.
    #[error("the path is of position {found}; the payment is at {expected}")]
    Position {
        /// The payment's position.
        expected: u32,
        /// The path's.
        found: u32,
    },
    /// The discloser kept the memo to himself.
    #[error("the disclosure does not show the memo")]
    NoMemo,
    /// The discloser did not show that the recipient can open the payment.
    #[error("the disclosure does not show that the recipient can open the payment")]
    NoDelivery,
    /// What stands on the chain is not what the holder of the address could open.
    #[error("the holder of this address could not open the payment: {0}")]
    Delivery(OpenError),
    /// The memo's key does not open the ciphertext on the chain.
    #[error("the memo cannot be opened: {0}")]
    Memo(OpenError),
}

/// One payment, opened.
#[derive(Clone)]
pub struct Disclosure {
    genesis: [u8; HASH_BYTES],
    position: u32,
    note: Note,
    memo: Option<NoteSecret>,
    /// Only beside a memo, since it opens that too.
    delivery: Option<Delivery>,
}

impl Disclosure {
    /// How a disclosure's text begins.
    pub const PREFIX: &'static str = "qpaid";

    /// Opens a payment, on the chain with this genesis block, at this position of the tree. With a
    /// secret, the memo and the address it was sent to are shown too.
    pub fn new(
        genesis: [u8; HASH_BYTES],
        position: u32,
        note: Note,
        memo: Option<NoteSecret>,
    ) -> Self {
        Self {
            genesis,
            position,
            note,
            memo,
            delivery: None,
        }
    }

    /// Adds what proves that the recipient can open the payment. It opens the memo, so that it is added only to a disclosure that
    /// shows the memo.
    #[must_use]
    pub fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = self.memo.is_some().then_some(delivery);
        self
    }

    /// Where in the tree the payment is said to be: what the verifier asks the chain for.
    pub fn position(&self) -> u32 {
        self.position
    }

    /// What was paid, if the chain of this genesis block holds this leaf at the position.
    pub fn verify(
        &self,
        genesis: &[u8; HASH_BYTES],
        leaf: &Digest,
    ) -> Result<Disclosed, DisclosureError> {
        if self.genesis != *genesis {
            return Err(DisclosureError::Chain);
        }
        if self.note.commitment() != *leaf {
            return Err(DisclosureError::NotOnChain(self.position));
        }
        Ok(Disclosed {
            asset: self.note.asset,
            value: self.note.value,
            owner: self.note.owner,
        })
    }

    /// The same for a verifier who has an anchor that the chain accepts, and a path from somebody
    /// whom he does not trust.
    pub fn verify_path(
        &self,
        genesis: &[u8; HASH_BYTES],
        path: &Path,
        anchor: &Digest,
    ) -> Result<Disclosed, DisclosureError> {
        if path.position != self.position {
            return Err(DisclosureError::Position {
                expected: self.position,
                found: path.position,
            });
        }
        let leaf = self.note.commitment();
        if path.root(&leaf) != *anchor {
            return Err(DisclosureError::NotOnChain(self.position));
        }
        self.verify(genesis, &leaf)
    }

    /// Whether the holder of this address could open the payment, out of the ciphertext that the chain holds beside the
    /// commitment. Means nothing before the disclosure is verified.
    pub fn verify_delivery(
        &self,
        address: &Address,
        ciphertext: &NoteCiphertext,
    ) -> Result<(), DisclosureError> {
        let delivery = self.delivery.as_ref().ok_or(DisclosureError::NoDelivery)?;
        delivery
            .check(address, &self.note.commitment(), ciphertext)
            .map_err(DisclosureError::Delivery)
    }

    /// The memo, and the handle of the address that the note was sent to, from the ciphertext that
    /// the chain holds beside the commitment. Means nothing before the disclosure is verified.
    pub fn memo(&self, ciphertext: &NoteCiphertext) -> Result<(Memo, Handle), DisclosureError> {
        let secret = self.memo.as_ref().ok_or(DisclosureError::NoMemo)?;
        let memo = secret
            .open_memo(&self.note.commitment(), ciphertext)
            .map_err(DisclosureError::Memo)?;
        Ok((memo, secret.handle()))
    }

    /// The disclosure as text.
    pub fn export(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(
            FIXED_BYTES + MEMO_KEY_BYTES + COIN_BYTES,
        ));
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.genesis);
        bytes.extend_from_slice(&self.position.to_le_bytes());
        bytes.push(self.note.asset.id());
        bytes.extend_from_slice(&self.note.value.to_le_bytes());
        bytes.extend_from_slice(&self.note.owner.to_bytes());
        let mut randomness = Zeroizing::new([0; RANDOMNESS_BYTES]);
        self.note.randomness.write(randomness.as_mut_slice());
        bytes.extend_from_slice(randomness.as_slice());
        if let Some(secret) = &self.memo {
            bytes.extend_from_slice(secret.shared());
            bytes.extend_from_slice(&secret.handle().0);
        }
        if let Some(delivery) = &self.delivery {
            bytes.extend_from_slice(delivery.as_bytes());
        }
        Zeroizing::new(text::encode(Self::PREFIX, &bytes))
    }
}

impl FromStr for Disclosure {
    type Err = DisclosureError;

    fn from_str(text: &str) -> Result<Self, DisclosureError> {
        let bytes = text::decode(Self::PREFIX, text)?;
        match bytes.first() {
            None | Some(&VERSION) => {}
            Some(&other) => return Err(DisclosureError::Version(other)),
        }
        let mut reader = Reader(&bytes);
        let disclosure = reader
            .read()
            .ok_or(DisclosureError::Length(bytes.len()))??;
        Ok(disclosure)
    }
}

/// Bytes that are taken from the front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    /// `None` if there are too few or too many bytes.
    fn read(&mut self) -> Option<Result<Disclosure, DisclosureError>> {
        let [_version] = self.take()?;
        let genesis = self.take()?;
        let position = u32::from_le_bytes(self.take()?);
        let [asset] = self.take()?;
        let value = u64::from_le_bytes(self.take()?);
        let owner = self.take()?;
        let randomness = Zeroizing::new(self.take::<RANDOMNESS_BYTES>()?);
        let memo = match self.0 {
            [] => None,
            _ => {
                let shared = Zeroizing::new(self.take()?);
                Some(NoteSecret::disclosed(&shared, Handle(self.take()?)))
            }
        };
        let delivery = match self.0 {
            [] => None,
            _ => Some(Delivery::from_bytes(self.take()?)),
        };
        if !self.0.is_empty() {
            return None;
        }
        let note = || -> Result<Note, DisclosureError> {
            Ok(Note {
                asset: Asset::try_from(asset)?,
                value,
                owner: Digest::from_bytes(&owner)?,
                randomness: Randomness::from_slice(randomness.as_slice())?,
            })
        };
        Some(note().map(|note| Disclosure {
            delivery,
            ..Disclosure::new(genesis, position, note, memo)
        }))
    }
}

impl fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disclosure({FIXED_BYTES} bytes, not shown)")
    }
}

/// What a verified disclosure shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disclosed {
    /// What was paid.
    pub asset: Asset,
    /// How much of it.
    pub value: u64,
    /// To whom.
    pub owner: Digest,
}

impl Disclosed {
    /// Whether it was paid to this address.
    pub fn is_to(&self, address: &Address) -> bool {
        self.owner == *address.owner()
    }
}

#[cfg(test)]
#[path = "disclosure_tests.rs"]
mod tests;
