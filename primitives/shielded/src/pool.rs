//! What the chain says of the shielded pool, to wallets and to the node's index.
//!
//! No ciphertext is kept in the state. Those of a transfer lie in the block's body, those of a
//! deposit in the block's events, since a deposit can be wrapped in another call (a batch, a
//! multisignature). The runtime puts both together as [`Entry`]s, in the order of the tree.
//!
//! A wallet that appends the notes of all entries has the tree that the chain has; if a node leaves
//! something out, adds or changes anything that is in a commitment, the roots differ. What is in no commitment, such as
//! nullifiers, fees and ciphertexts, is bound by a hash over all entries ([`FullEntry::chained`]).

use alloc::vec::Vec;

use crate::{
    element::Digest,
    note::{commit, Asset},
    scan::CompactOutput,
    statement::INPUTS,
    transaction::{Action, Output},
    tree::Frontier,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Separates the hash over entries from other uses of BLAKE2b.
const ENTRY_PERSONAL: &[u8; 16] = b"Qloak.PoolEntry1";

/// The most nullifiers in an answer: 128 kB.
pub const NULLIFIERS_PER_PAGE: u32 = 4_096;

/// What a transaction added to the tree and took from the unspent notes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Entry<O> {
    /// The position of the first note.
    pub position: u32,
    /// The notes of the transaction, in the order of the tree. None for an exit out of a full tree, which adds no credit either.
    pub outputs: Vec<O>,
    /// What else a transfer did. `None` for a deposit.
    pub transfer: Option<Spent>,
}

/// An entry with all that a wallet can read of its own notes.
pub type FullEntry = Entry<Output>;

/// An entry with what a wallet needs to find its own notes.
pub type CompactEntry = Entry<CompactOutput>;

/// What a transfer did beside making two notes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Spent {
    /// The transfer's name: its binding.
    pub name: Digest,
    /// The nullifiers of the notes that it spent.
    pub nullifiers: [Digest; INPUTS],
    /// What hides the owner of the credit, whose note follows the outputs in the tree.
    pub credit: Digest,
    /// What the credit is worth, in units of PRIV.
    pub credits: u64,
    /// The fee, in units of QLK.
    pub fee: u64,
    /// What it did to the outside.
    pub action: Action,
}

impl Spent {
    /// The commitment of the credit.
    pub fn credit_commitment(&self) -> Digest {
        commit(&self.credit, Asset::Priv, self.credits)
    }
}

impl FullEntry {
    /// Returns the hash over all entries up to this one, given that of those before it; zeros before the first.
    ///
    /// BLAKE2b-256 with the personalisation `Qloak.PoolEntry1`, of `before ‖ SCALE(self)`.
    pub fn chained(&self, before: &[u8; 32]) -> [u8; 32] {
        let mut bytes = Vec::with_capacity(before.len().saturating_add(self.encoded_size()));
        bytes.extend_from_slice(before);
        self.encode_to(&mut bytes);
        let hash = blake2b_simd::Params::new()
            .hash_length(32)
            .personal(ENTRY_PERSONAL)
            .hash(&bytes);
        let mut after = [0; 32];
        after.copy_from_slice(hash.as_bytes());
        after
    }

    /// The entry without memos and without what senders left for themselves.
    pub fn compact(&self) -> CompactEntry {
        Entry {
            position: self.position,
            outputs: self.outputs.iter().map(Output::compact).collect(),
            transfer: self.transfer.clone(),
        }
    }
}

impl CompactEntry {
    /// The leaves that the entry added to the tree, in order.
    pub fn leaves(&self) -> impl Iterator<Item = Digest> + '_ {
        let outputs = self.outputs.iter().map(|output| output.commitment);
        let with_credit = self.transfer.iter().filter(|_| !self.outputs.is_empty());
        outputs.chain(with_credit.map(Spent::credit_commitment))
    }
}

/// What has gone through the turnstile of one asset since the chain began, in its smallest units.
///
/// `entered` and `left` only grow, and `left` never exceeds `entered`: that is the turnstile. It knows
/// nothing of notes and proofs, and holds if they fail.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Passage {
    /// QLK: deposited. PRIV: minted.
    pub entered: u128,
    /// QLK: withdrawn and paid as fees. PRIV: spent for work.
    pub left: u128,
}

impl Passage {
    /// What is in the pool.
    pub fn held(&self) -> u128 {
        self.entered.saturating_sub(self.left)
    }

    /// The passage after an amount entered; `None` if it cannot be counted.
    pub fn enter(self, amount: u64) -> Option<Self> {
        let entered = self.entered.checked_add(amount.into())?;
        Some(Self { entered, ..self })
    }

    /// The passage after an amount left; `None` if there is not so much in the pool.
    pub fn leave(self, amount: u64) -> Option<Self> {
        let left = self.left.checked_add(amount.into())?;
        (left <= self.entered).then_some(Self { left, ..self })
    }
}

/// The turnstiles of both assets, and a hash over what went through them.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Turnstile {
    /// The chain's coin.
    pub qlk: Passage,
    /// The privacy credit.
    pub credit: Passage,
    /// The hash over all entries ([`FullEntry::chained`]); zeros before the first.
    pub entries_hash: [u8; 32],
}

impl Turnstile {
    /// The turnstile of an asset.
    pub fn of(&self, asset: Asset) -> &Passage {
        match asset {
            Asset::Qlk => &self.qlk,
            Asset::Priv => &self.credit,
        }
    }
}

/// The note tree at the end of a block.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Anchor {
    /// Its root.
    pub root: Digest,
    /// How many notes it has.
    pub size: u32,
}

impl From<&Frontier> for Anchor {
    fn from(tree: &Frontier) -> Self {
        Self {
            root: tree.root(),
            size: tree.size(),
        }
    }
}

/// The anchor of the tree without notes.
impl Default for Anchor {
    fn default() -> Self {
        Self::from(&Frontier::EMPTY)
    }
}

/// The pool as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct PoolInfo {
    /// The tree at the end of the block.
    pub anchor: Anchor,
    /// What entered and left, of each asset.
    pub turnstile: Turnstile,
    /// What a transfer of the next block is credited with, in units of PRIV. Nothing when the tree is full.
    pub rate: u64,
    /// The least fee of a transfer, in units of QLK.
    pub minimum_fee: u64,
    /// The fee that wallets choose, in units of QLK.
    pub standard_fee: u64,
    /// The least deposit in the next block, in units of QLK: more than the standard fee, so that it is worth spending.
    pub minimum_deposit: u64,
    /// The greatest number of bytes of a proof.
    pub max_proof_bytes: u32,
}
