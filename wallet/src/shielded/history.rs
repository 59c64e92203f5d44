//! What was paid: the wallet's part of each transaction that touched it, with what opens it again.
//!
//! Of a payment is kept what a disclosure needs and what was said to the recipient, some 200 bytes and the memo. Its
//! ciphertext, ten times as long, is not: the keys have opened it already.

use codec::{Decode, Encode};
use qloak_shielded::address::Handle;
use qloak_shielded::delivery::Delivery;
use qloak_shielded::disclosure::Disclosure;
use qloak_shielded::element::{read_elements, Digest};
use qloak_shielded::encryption::{NoteSecret, SentNote};
use qloak_shielded::hash::PAYLOAD_ELEMENTS;
use qloak_shielded::memo::Memo;
use qloak_shielded::note::{Asset, Note};
use qloak_shielded::transaction::Output;
use zeroize::Zeroize;

use super::keys::Keys;
use super::owned::{randomness_bytes, RANDOMNESS_BYTES};
use crate::printable::printable;

/// A payment that the wallet received or made, inside the pool.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Payment {
    /// The note's position in the tree.
    pub position: u32,
    /// What was paid.
    pub asset: Asset,
    /// How much of it.
    pub value: u64,
    owner: Digest,
    handle: [u8; 32],
    randomness: [u8; RANDOMNESS_BYTES],
    shared: [u8; 32],
    memo: String,
}

impl std::fmt::Debug for Payment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Payment({:?}, at {})", self.asset, self.position)
    }
}

impl Drop for Payment {
    fn drop(&mut self) {
        self.randomness.zeroize();
        self.shared.zeroize();
        self.memo.zeroize();
    }
}

impl Payment {
    /// A payment that came to an address of the wallet's.
    pub(super) fn received(
        position: u32,
        note: &Note,
        secret: &NoteSecret,
        output: &Output,
    ) -> Self {
        let memo = secret.open_memo(&output.commitment, &output.ciphertext);
        Self::new(position, note, secret, memo.ok().as_ref())
    }

    /// A payment that the wallet made.
    pub(super) fn sent(position: u32, sent: &SentNote) -> Self {
        Self::new(position, &sent.note, &sent.secret, Some(&sent.memo))
    }

    fn new(position: u32, note: &Note, secret: &NoteSecret, memo: Option<&Memo>) -> Self {
        let text = memo.and_then(|memo| memo.text().ok());
        Self {
            position,
            asset: note.asset,
            value: note.value,
            owner: note.owner,
            handle: secret.handle().0,
            randomness: *randomness_bytes(note),
            shared: *secret.shared(),
            memo: text.unwrap_or_default().into(),
        }
    }

    /// The note; nothing if the state was tampered with by whoever has its key.
    pub fn note(&self) -> Option<Note> {
        let randomness = read_elements::<PAYLOAD_ELEMENTS>(&self.randomness).ok()?;
        Some(Note {
            asset: self.asset,
            value: self.value,
            owner: self.owner,
            randomness: randomness.into(),
        })
    }

    /// The handle of the address that it went to.
    pub fn handle(&self) -> Handle {
        Handle(self.handle)
    }

    /// The memo's text; nothing if it is empty or no text.
    pub fn memo(&self) -> Option<String> {
        (!self.memo.is_empty()).then(|| printable(&self.memo))
    }

    /// Opens the payment for a third party, with its memo if that is wanted.
    pub fn disclose(&self, genesis: [u8; 32], with_memo: bool) -> Option<Disclosure> {
        let secret = with_memo.then(|| NoteSecret::disclosed(&self.shared, self.handle()));
        Some(Disclosure::new(
            genesis,
            self.position,
            self.note()?,
            secret,
        ))
    }
}

/// One thing that a transaction did for this wallet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Item {
    /// QLK of a public account went into the pool, by this wallet.
    #[codec(index = 0)]
    Deposited(Payment),
    /// A payment came to one of the wallet's addresses.
    #[codec(index = 1)]
    Received {
        /// The address's number.
        address: u32,
        /// The payment.
        payment: Payment,
    },
    /// The wallet paid somebody.
    #[codec(index = 2)]
    Sent(Payment),
    /// QLK left the pool for a public account.
    #[codec(index = 3)]
    Withdrawn {
        /// How much.
        value: u64,
        /// To whom.
        recipient: [u8; 32],
    },
    /// Credits were spent for confidential work.
    #[codec(index = 4)]
    Worked {
        /// How many.
        credits: u64,
        /// The work's digest.
        work: [u8; 32],
    },
    /// Notes were merged.
    #[codec(index = 5)]
    Merged {
        /// What the new note is worth.
        value: u64,
    },
    /// A credit was minted.
    #[codec(index = 6)]
    Credited {
        /// What it is worth.
        value: u64,
    },
}

/// What one transaction did for this wallet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Record {
    /// The block that it is in.
    pub block: u32,
    /// The position of its first note.
    pub position: u32,
    /// A transfer's name.
    pub name: Option<Digest>,
    /// What this wallet paid for it, in the pool.
    pub fee: Option<u64>,
    /// What it did.
    pub items: Vec<Item>,
}

impl Item {
    /// The payment inside the pool, if it is one.
    pub fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Deposited(payment) | Self::Received { payment, .. } | Self::Sent(payment) => {
                Some(payment)
            }
            _ => None,
        }
    }

    /// Opens the payment for a third party, with its memo if that is wanted. Whoever has sent it and shows the memo proves that
    /// the recipient can open it, too.
    pub fn disclose(&self, keys: &Keys, genesis: [u8; 32], with_memo: bool) -> Option<Disclosure> {
        let payment = self.payment()?;
        let disclosure = payment.disclose(genesis, with_memo)?;
        match (self, keys.spend()) {
            (Self::Received { .. }, _) | (_, Err(_)) => Some(disclosure),
            (_, Ok(key)) => {
                let delivery = Delivery::of_sender(key, &payment.note()?, &payment.handle());
                Some(disclosure.with_delivery(delivery))
            }
        }
    }
}
