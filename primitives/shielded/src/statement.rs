//! What a proof is about: the public side of a shielded transaction.

use crate::{element::Digest, note::Asset};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Notes that a transaction spends. Fewer are filled up with dummies of value 0.
pub const INPUTS: usize = 2;

/// Notes that a transaction makes. Fewer are filled up with notes of value 0.
pub const OUTPUTS: usize = 2;

/// Whether units leave the pool or enter it.
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
pub enum Flow {
    /// The inputs are worth more than the outputs, by the amount.
    #[codec(index = 0)]
    Leaves,
    /// The outputs are worth more than the inputs, by the amount.
    #[codec(index = 1)]
    Enters,
}

/// By how much the transaction changes the pool's holdings of one asset, the fee included.
///
/// An amount of 0 only ever [`Leaves`](Flow::Leaves): one change has one encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, MaxEncodedLen, TypeInfo)]
pub struct PublicChange {
    flow: Flow,
    amount: u64,
}

impl PublicChange {
    /// The pool holds as much as before.
    pub const NONE: Self = Self {
        flow: Flow::Leaves,
        amount: 0,
    };

    /// So many units leave the pool.
    pub const fn leaves(amount: u64) -> Self {
        Self {
            flow: Flow::Leaves,
            amount,
        }
    }

    /// So many units enter the pool.
    pub const fn enters(amount: u64) -> Self {
        Self {
            flow: match amount {
                0 => Flow::Leaves,
                _ => Flow::Enters,
            },
            amount,
        }
    }

    /// Which way the units go.
    pub const fn flow(self) -> Flow {
        self.flow
    }

    /// How many units.
    pub const fn amount(self) -> u64 {
        self.amount
    }
}

impl Decode for PublicChange {
    fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
        match <(Flow, u64)>::decode(input)? {
            (Flow::Enters, 0) => Err("a change of nothing enters the pool".into()),
            (flow, amount) => Ok(Self { flow, amount }),
        }
    }
}

impl DecodeWithMemTracking for PublicChange {}

/// The public inputs of a proof. A proof says: I know two notes that the tree under the anchor
/// holds (or that are worth nothing), the keys that spend them, and the openings of two new
/// commitments; the nullifiers are those notes'; each asset's sum is conserved, but for the public
/// change; and I mean all this for the one transaction that `binding` is the digest of.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Statement {
    /// The root of the note tree, now or a while ago.
    pub anchor: Digest,
    /// The nullifiers of the notes that are spent.
    pub nullifiers: [Digest; INPUTS],
    /// The commitments of the notes that are made.
    pub commitments: [Digest; OUTPUTS],
    /// The change of each asset, at the asset's number.
    pub changes: [PublicChange; Asset::ALL.len()],
    /// The digest of everything else that the transaction says.
    pub binding: Digest,
}
