//! Nullifiers: what a spent note leaves behind, so that it is spent once.
//!
//! ```text
//! nf = C(C(nk, [Tag::Nullifier, p0, p1, 0 x5]), cm)        position = p0 + 2^16 · p1
//! ```
//!
//! The position is the note's place in the tree. No two notes share it, whatever their sender
//! did: two notes with the same commitment have two nullifiers, and both can be spent. Who does not
//! know `nk` can neither compute a note's nullifier nor tell which note one belongs to.

use crate::{
    element::{Digest, Element, SecretElements, DIGEST_ELEMENTS},
    hash::{compress, compress_tagged, position_limbs, Tag},
};
use p3_field::PrimeCharacteristicRing;

/// The nullifier of the note with this commitment at this position.
pub fn nullifier(
    nk: &SecretElements<DIGEST_ELEMENTS>,
    position: u32,
    commitment: &Digest,
) -> Digest {
    let [low, high] = position_limbs(position);
    let zero = Element::ZERO;
    let payload = [low, high, zero, zero, zero, zero, zero];
    let key = compress_tagged(&Digest(nk.expose()), Tag::Nullifier, &payload);
    compress(&key, commitment)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )]

    use super::*;
    use alloc::collections::BTreeSet;

    fn nk(from: u32) -> SecretElements<DIGEST_ELEMENTS> {
        core::array::from_fn(|i| Element::from_u32(from + i as u32)).into()
    }

    #[test]
    fn the_nullifier_is_the_equation() {
        let e = Element::from_u32;
        let commitment = Digest([9; 8].map(e));
        let inner = compress(
            &Digest(nk(3).expose()),
            &Digest([6, 0xba98, 0xfedc, 0, 0, 0, 0, 0].map(e)),
        );
        assert_eq!(
            nullifier(&nk(3), 0xfedc_ba98, &commitment),
            compress(&inner, &commitment)
        );
    }

    /// Faerie gold: a sender makes two notes with the same owner, value and randomness. Their
    /// commitments are the same; their nullifiers must not be, or one of the two is worthless.
    #[test]
    fn equal_commitments_at_two_positions_have_two_nullifiers() {
        let commitment = Digest([Element::ONE; 8]);
        let positions = [0, 1, 0xffff, 0x1_0000, 0x1_ffff, u32::MAX];
        let distinct: BTreeSet<_> = positions
            .into_iter()
            .map(|position| nullifier(&nk(1), position, &commitment))
            .collect();
        assert_eq!(distinct.len(), positions.len());
    }

    #[test]
    fn another_key_or_note_has_another_nullifier() {
        let commitment = Digest([Element::ONE; 8]);
        let original = nullifier(&nk(1), 7, &commitment);
        assert_ne!(original, nullifier(&nk(2), 7, &commitment));
        assert_ne!(original, nullifier(&nk(1), 7, &Digest::ZERO));
    }
}
