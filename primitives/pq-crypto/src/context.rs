//! What a signature is for.
//!
//! Every signature carries the name of its use as its FIPS 204 / FIPS 205 context string, so a
//! block seal is never a transaction and a vote never a recovery order, even where the same key
//! signs both and the signed bytes coincide.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The use that a signature is made for. A signature for one use never verifies for another.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Context {
    /// A transaction of an account.
    #[codec(index = 0)]
    Transaction,
    /// The seal of a block's author.
    #[codec(index = 1)]
    Seal,
    /// A finality vote.
    #[codec(index = 2)]
    Vote,
    /// A message of a committee member to the chain or to another member.
    #[codec(index = 3)]
    Committee,
    /// A witness's statement about the reliability of others.
    #[codec(index = 4)]
    Witness,
    /// The proof that whoever registers a key holds its secret half.
    #[codec(index = 5)]
    KeyPossession,
    /// An order of an account's backup key: freeze, recover, or replace the backup.
    #[codec(index = 6)]
    Recovery,
}

impl Context {
    /// Every context, in the order of the codec indices.
    pub const ALL: [Self; 7] = [
        Self::Transaction,
        Self::Seal,
        Self::Vote,
        Self::Committee,
        Self::Witness,
        Self::KeyPossession,
        Self::Recovery,
    ];

    /// The id, which is the codec index.
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// The context with this id, if there is one.
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.get(usize::from(id)).copied()
    }

    /// The context string that goes under the signature.
    pub const fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Transaction => b"qloak/tx/v1",
            Self::Seal => b"qloak/seal/v1",
            Self::Vote => b"qloak/vote/v1",
            Self::Committee => b"qloak/committee/v1",
            Self::Witness => b"qloak/witness/v1",
            Self::KeyPossession => b"qloak/possession/v1",
            Self::Recovery => b"qloak/recovery/v1",
        }
    }
}
