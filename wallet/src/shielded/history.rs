//! What was paid: the wallet's part of each transaction that touched it, with what opens it again.
//!
//! Memos and the secrets for disclosures are not kept. The ciphertexts are, and the keys open them
//! when they are asked for; so a memo is shown without asking the node for the block that it is in.

use codec::{Decode, Encode};
use qloak_shielded::address::Handle;
use qloak_shielded::delivery::Delivery;
use qloak_shielded::disclosure::Disclosure;
use qloak_shielded::element::Digest;
use qloak_shielded::encryption::{open, recover, NoteSecret, OpenError};
use qloak_shielded::memo::Memo;
use qloak_shielded::note::{Asset, Note};
use qloak_shielded::transaction::Output;

use super::keys::Keys;

/// A payment that the wallet received or made, inside the pool.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Payment {
    /// The note's position in the tree.
    pub position: u32,
    /// What was paid.
    pub asset: Asset,
    /// How much of it.
    pub value: u64,
    /// What opens it.
    pub output: Output,
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
    Sent {
        /// The handle of the recipient's address.
        handle: [u8; 32],
        /// The payment.
        payment: Payment,
    },
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
            Self::Deposited(payment)
            | Self::Received { payment, .. }
            | Self::Sent { payment, .. } => Some(payment),
            _ => None,
        }
    }

    /// The note and the secret that opens its ciphertext.
    ///
    /// # Errors
    /// [`OpenError`], if the state is not of these keys.
    pub fn open(&self, keys: &Keys) -> Result<Option<(Note, NoteSecret)>, OpenError> {
        let Some(payment) = self.payment() else {
            return Ok(None);
        };
        let Output {
            commitment,
            ciphertext,
        } = &payment.output;
        if let Self::Received { address, .. } = self {
            let secret = keys.address(*address).map_err(|_| OpenError::NotOurs)?;
            let note = open(&secret, commitment, &ciphertext.compact)?;
            let secret = NoteSecret::of_recipient(&secret, &ciphertext.compact);
            return Ok(Some((note, secret)));
        }
        let outgoing = keys.outgoing().ok_or(OpenError::NotOurs)?;
        let sent = recover(outgoing, commitment, ciphertext)?;
        Ok(Some((sent.note, sent.secret)))
    }

    /// The memo of a payment.
    pub fn memo(&self, keys: &Keys) -> Option<Memo> {
        let (_, secret) = self.open(keys).ok()??;
        let output = &self.payment()?.output;
        secret
            .open_memo(&output.commitment, &output.ciphertext)
            .ok()
    }

    /// The memo's text; nothing if it is empty or no text.
    pub fn memo_text(&self, keys: &Keys) -> Option<String> {
        let memo = self.memo(keys)?;
        let text = memo.text().ok()?;
        (!text.is_empty()).then(|| printable(text))
    }

    /// The handle of the address that a payment went to.
    pub fn handle(&self, keys: &Keys) -> Option<Handle> {
        match self {
            Self::Sent { handle, .. } => Some(Handle(*handle)),
            Self::Received { .. } | Self::Deposited(_) => {
                self.open(keys).ok()?.map(|(_, secret)| secret.handle())
            }
            _ => None,
        }
    }

    /// Opens the payment for a third party, with its memo if that is wanted. Whoever has sent it and shows the memo proves that
    /// the recipient can open it, too.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn disclose(
        &self,
        keys: &Keys,
        genesis: [u8; 32],
        with_memo: bool,
    ) -> Result<Option<Disclosure>, OpenError> {
        let (Some(payment), Some((note, secret))) = (self.payment(), self.open(keys)?) else {
            return Ok(None);
        };
        let sent = !matches!(self, Self::Received { .. });
        let delivery = keys
            .spend()
            .ok()
            .filter(|_| sent)
            .map(|key| Delivery::of_sender(key, &note, &secret.handle()));
        let secret = with_memo.then_some(secret);
        let disclosure = Disclosure::new(genesis, payment.position, note, secret);
        Ok(Some(match delivery {
            Some(delivery) => disclosure.with_delivery(delivery),
            None => disclosure,
        }))
    }
}

/// A stranger's text without what could move the cursor or hide text on a terminal.
pub fn printable(text: &str) -> String {
    let direction = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| match c {
            '\n' => ' ',
            c if c.is_control() || direction(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memo_cannot_move_the_cursor() {
        assert_eq!(printable("rent\nMay"), "rent May");
        assert_eq!(
            printable("\u{1b}[2Jrich\u{202e}"),
            "\u{fffd}[2Jrich\u{fffd}"
        );
    }
}
