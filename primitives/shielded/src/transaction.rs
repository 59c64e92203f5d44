//! What a shielded transaction says, and the digest by which its proof is bound to all of it.
//!
//! ```text
//! binding = h mod p, where h = BLAKE2b-512("Qloak.Shield.Tx1"; genesis ‖ SCALE(transfer))
//! ```
//!
//! `h` is read as eight little-endian 64-bit numbers, each of which is reduced modulo p. The binding
//! is a public input of the proof. Whoever changes a byte of the transaction, or takes
//! it to another chain, needs another proof, and for that the keys.

use crate::{
    element::{Digest, Element, DIGEST_ELEMENTS},
    encryption::NoteCiphertext,
    note::{commit, Asset, Note},
    scan::CompactOutput,
    statement::{PublicChange, Statement, INPUTS, OUTPUTS},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use p3_field::PrimeCharacteristicRing;
use scale_info::TypeInfo;

const BINDING_PERSONAL: &[u8; 16] = b"Qloak.Shield.Tx1";

/// A note that a transaction makes.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Output {
    /// The note's commitment.
    pub commitment: Digest,
    /// What its recipient and its sender read.
    pub ciphertext: NoteCiphertext,
}

impl Output {
    /// What a wallet gets for scanning.
    pub fn compact(&self) -> CompactOutput {
        CompactOutput {
            commitment: self.commitment,
            ciphertext: self.ciphertext.compact.clone(),
        }
    }
}

/// What a transfer does beside paying its fee.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Action {
    /// Nothing that can be seen.
    #[codec(index = 0)]
    Send,
    /// QLK leave the pool for a public account.
    #[codec(index = 1)]
    Withdraw {
        /// How much, the fee not included.
        value: u64,
        /// To whom.
        recipient: [u8; 32],
    },
    /// PRIV are burnt for confidential work.
    #[codec(index = 2)]
    PayForWork {
        /// How many credits.
        credits: u64,
        /// The digest of the call that they pay for.
        work: [u8; 32],
    },
}

/// A shielded transaction without its proof.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Transfer {
    /// The root of the note tree that the spent notes are proven to be under.
    pub anchor: Digest,
    /// The nullifiers of the spent notes.
    pub nullifiers: [Digest; INPUTS],
    /// The notes that are made.
    pub outputs: [Output; OUTPUTS],
    /// What the minted credit's commitment is made from.
    pub credit: Digest,
    /// What is paid for the transaction, in QLK.
    pub fee: u64,
    /// The last block in which the transaction is valid.
    pub valid_until: u32,
    /// What it does beside.
    pub action: Action,
}

/// What is wrong with a transfer that no chain could accept in any state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Both inputs are the same note.
    #[error("both nullifiers are the same: one note is spent twice")]
    RepeatedNullifier,
    /// Fee and withdrawal are more than 2^64 - 1 together.
    #[error("fee and withdrawn value do not fit 64 bits together")]
    Overflow,
    /// Nothing is withdrawn, or no credit is paid.
    #[error("the action moves nothing")]
    Nothing,
}

impl Transfer {
    /// The statement that the transfer's proof must prove, on the chain with this genesis block.
    pub fn statement(&self, genesis: &[u8; 32]) -> Result<Statement, Malformed> {
        let [first, second] = &self.nullifiers;
        if first == second {
            return Err(Malformed::RepeatedNullifier);
        }
        Ok(Statement {
            anchor: self.anchor,
            nullifiers: self.nullifiers,
            commitments: self.commitments(),
            changes: self.changes()?,
            binding: self.binding(genesis),
        })
    }

    /// The commitments of the notes that are made.
    pub fn commitments(&self) -> [Digest; OUTPUTS] {
        [self.outputs[0].commitment, self.outputs[1].commitment]
    }

    /// Whether both outputs are seen to be worth nothing, so that everything that is spent leaves the pool. When the tree is
    /// full, such a transfer adds no note to it.
    pub fn is_exit(&self) -> bool {
        self.commitments() == [Note::none().commitment(); OUTPUTS]
    }

    /// What leaves the pool, of each asset.
    pub fn changes(&self) -> Result<[PublicChange; Asset::ALL.len()], Malformed> {
        let (coins, credits) = match self.action {
            Action::Send => (0, 0),
            Action::Withdraw { value: 0, .. } | Action::PayForWork { credits: 0, .. } => {
                return Err(Malformed::Nothing)
            }
            Action::Withdraw { value, .. } => (value, 0),
            Action::PayForWork { credits, .. } => (0, credits),
        };
        let coins = self.fee.checked_add(coins).ok_or(Malformed::Overflow)?;
        Ok([PublicChange::leaves(coins), PublicChange::leaves(credits)])
    }

    /// The digest of all that the transfer says. It is the transfer's name, too: unlike the
    /// extrinsic's hash it does not depend on the proof, of which there are many.
    pub fn binding(&self, genesis: &[u8; 32]) -> Digest {
        let mut hasher = Hasher(
            blake2b_simd::Params::new()
                .hash_length(64)
                .personal(BINDING_PERSONAL)
                .to_state(),
        );
        hasher.0.update(genesis);
        self.encode_to(&mut hasher);
        reduce(hasher.0.finalize().as_bytes())
    }

    /// The commitment of the credit that the chain mints for this transfer.
    pub fn credit_commitment(&self, credits: u64) -> Digest {
        commit(&self.credit, Asset::Priv, credits)
    }
}

/// Hashes what is encoded, without a copy.
struct Hasher(blake2b_simd::State);

impl codec::Output for Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// Eight 64-bit numbers modulo p.
fn reduce(hash: &[u8]) -> Digest {
    let mut elements = [Element::ZERO; DIGEST_ELEMENTS];
    for (element, bytes) in elements.iter_mut().zip(hash.as_chunks::<8>().0) {
        *element = Element::from_u64(u64::from_le_bytes(*bytes));
    }
    Digest(elements)
}

/// QLK that enter the pool from a public account. The account signs for it, and the value is
/// public, so there is nothing to prove: the chain makes the commitment itself.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Deposit {
    /// How much.
    pub value: u64,
    /// What hides to whom.
    pub hide: Digest,
    /// What the recipient reads.
    pub ciphertext: NoteCiphertext,
}

impl Deposit {
    /// The note that the deposit becomes.
    pub fn output(&self) -> Output {
        Output {
            commitment: commit(&self.hide, Asset::Qlk, self.value),
            ciphertext: self.ciphertext.clone(),
        }
    }
}

#[cfg(test)]
#[path = "transaction_tests.rs"]
mod tests;
