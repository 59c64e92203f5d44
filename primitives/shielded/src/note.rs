//! Notes and their commitments.
//!
//! ```text
//! hide = C(owner, [Tag::Hide, r x7])
//! cm   = C(hide,  [Tag::Note, asset, v0, v1, v2, v3, 0, 0])      value = Σ v_i · 2^(16 i)
//! ```
//!
//! Value and asset enter last, so that the chain itself makes the commitment of a note whose value
//! is public (a deposit, a minted credit) from the `hide` that the owner sends, and no proof is needed. `hide` tells
//! nothing about the owner to whoever does not know `r`.

use crate::{
    element::{Digest, Element, SecretElements},
    hash::{compress_tagged, value_limbs, Tag, PAYLOAD_ELEMENTS},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use p3_field::PrimeCharacteristicRing;
use scale_info::TypeInfo;

/// What a note is worth units of. One pool holds both, and no transaction turns one into the
/// other.
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
pub enum Asset {
    /// The chain's coin.
    #[codec(index = 0)]
    Qlk,
    /// The privacy credit.
    #[codec(index = 1)]
    Priv,
}

/// No asset has this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no asset {0}; 0 is QLK and 1 is PRIV")]
pub struct UnknownAsset(pub u8);

impl Asset {
    /// Both assets, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Qlk, Self::Priv];

    /// The asset's number in commitments and encodings.
    pub const fn id(self) -> u8 {
        match self {
            Self::Qlk => 0,
            Self::Priv => 1,
        }
    }
}

impl TryFrom<u8> for Asset {
    type Error = UnknownAsset;

    fn try_from(id: u8) -> Result<Self, UnknownAsset> {
        match id {
            0 => Ok(Self::Qlk),
            1 => Ok(Self::Priv),
            other => Err(UnknownAsset(other)),
        }
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Qlk => "QLK",
            Self::Priv => "PRIV",
        })
    }
}

/// The randomness `r` that hides a note's owner: seven uniform elements, 217 bits.
pub type Randomness = SecretElements<PAYLOAD_ELEMENTS>;

/// C(owner, [Tag::Hide, r]).
pub fn hide(owner: &Digest, randomness: &Randomness) -> Digest {
    compress_tagged(owner, Tag::Hide, &randomness.expose())
}

/// The commitment of a note: C(hide, [Tag::Note, asset, value limbs, 0, 0]).
pub fn commit(hide: &Digest, asset: Asset, value: u64) -> Digest {
    let [v0, v1, v2, v3] = value_limbs(value);
    let asset = Element::from_u8(asset.id());
    let payload = [asset, v0, v1, v2, v3, Element::ZERO, Element::ZERO];
    compress_tagged(hide, Tag::Note, &payload)
}

/// A note: so many units of an asset that belong to the owner.
#[derive(Clone)]
pub struct Note {
    /// What it is worth units of.
    pub asset: Asset,
    /// How many units.
    pub value: u64,
    /// Whose it is: the owner that the address names.
    pub owner: Digest,
    /// What hides the owner in the commitment.
    pub randomness: Randomness,
}

impl Note {
    /// The note that stands for none in a transfer that leaves the pool ([`crate::transaction::Transfer::is_exit`]): no QLK, of
    /// nobody, with zeros for randomness. Everybody can see that its commitment is worth nothing.
    pub fn none() -> Self {
        Self {
            asset: Asset::Qlk,
            value: 0,
            owner: Digest::ZERO,
            randomness: [Element::ZERO; PAYLOAD_ELEMENTS].into(),
        }
    }

    /// The note without value and owner.
    pub fn hide(&self) -> Digest {
        hide(&self.owner, &self.randomness)
    }

    /// The commitment that stands in the tree.
    pub fn commitment(&self) -> Digest {
        commit(&self.hide(), self.asset, self.value)
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note(asset, value, owner and randomness not shown)")
    }
}

#[cfg(test)]
#[path = "note_tests.rs"]
mod tests;
