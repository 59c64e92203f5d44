//! The compression function that everything inside the proof is made of.
//!
//! ```text
//! C(a, b) = first 8 elements of P(a ‖ b) + (a ‖ b)        a, b: 8 elements each
//! ```
//!
//! P is Poseidon2 of width 16 over the field of 2^31 - 2^24 + 1 elements: S-box x^3, 4 + 20 + 4
//! rounds, round constants from the Grain LFSR as `p3-koala-bear` ships them (Grassi, Khovratovich,
//! Schofnegger, "Poseidon2: A Faster Version of the Poseidon Hash Function", eprint 2023/323,
//! which also proposes this compression). The input is added because a permutation that is merely
//! cut off can be run backwards: eight output elements and any other eight give a preimage.
//!
//! Each use but three has its tag as the first element of `b`. The three are the tree node,
//! [`account`](crate::keys), and the [nullifier](crate::nullifier) of its tagged key and a commitment. Their
//! inputs are two full digests; `docs/spec/shielded.md` shows why they cannot be taken for one another.

use crate::element::{Digest, Element, DIGEST_ELEMENTS};
use p3_field::PrimeCharacteristicRing;
use p3_koala_bear::{
    GenericPoseidon2LinearLayersKoalaBear, KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
    KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL, KOALABEAR_POSEIDON2_RC_16_INTERNAL,
};
use p3_poseidon2::GenericPoseidon2LinearLayers;

/// Elements in the permutation's state.
pub const WIDTH: usize = 2 * DIGEST_ELEMENTS;

/// Elements of a compression's right input that a tag leaves free.
pub const PAYLOAD_ELEMENTS: usize = DIGEST_ELEMENTS - 1;

/// What a tagged compression is for. The number is the first element of its right input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// From the spend authorising key to the key that the account is made of.
    Ak = 1,
    /// From the account and a diversifier to the owner that an address names.
    Owner = 3,
    /// From the owner and the note's randomness to what hides the owner.
    Hide = 4,
    /// From there, with asset and value, to the note commitment.
    Note = 5,
    /// From the nullifier key and the note's position to the key of its nullifier.
    Nullifier = 6,
}

impl Tag {
    /// The tag as the element that stands in the compression's input.
    pub fn element(self) -> Element {
        Element::from_u8(self as u8)
    }
}

/// The permutation P.
pub fn permute(state: &mut [Element; WIDTH]) {
    type Layers = GenericPoseidon2LinearLayersKoalaBear;
    Layers::external_linear_layer(state);
    external_rounds(state, &KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL);
    for constant in KOALABEAR_POSEIDON2_RC_16_INTERNAL {
        state[0] = (state[0] + constant).cube();
        Layers::internal_linear_layer(state);
    }
    external_rounds(state, &KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL);
}

fn external_rounds(state: &mut [Element; WIDTH], constants: &[[Element; WIDTH]]) {
    for round in constants {
        for (element, constant) in state.iter_mut().zip(round) {
            *element = (*element + *constant).cube();
        }
        GenericPoseidon2LinearLayersKoalaBear::external_linear_layer(state);
    }
}

/// C(left, right).
pub fn compress(left: &Digest, right: &Digest) -> Digest {
    let mut state = [Element::ZERO; WIDTH];
    state[..DIGEST_ELEMENTS].copy_from_slice(&left.0);
    state[DIGEST_ELEMENTS..].copy_from_slice(&right.0);
    permute(&mut state);
    Digest(core::array::from_fn(|i| state[i] + left.0[i]))
}

/// C(left, [tag, payload]).
pub fn compress_tagged(left: &Digest, tag: Tag, payload: &[Element; PAYLOAD_ELEMENTS]) -> Digest {
    let mut right = [tag.element(); DIGEST_ELEMENTS];
    right[1..].copy_from_slice(payload);
    compress(left, &Digest(right))
}

/// The node above two others: C(left, right).
pub fn node(left: &Digest, right: &Digest) -> Digest {
    compress(left, right)
}

/// A 64-bit number as four limbs of 16 bits, the least significant first. This is how values stand
/// in the input of a compression; a limb cannot reach p, so that each number has one form.
pub fn value_limbs(value: u64) -> [Element; 4] {
    core::array::from_fn(|i| Element::from_u16((value >> (16 * i)) as u16))
}

/// A leaf's position as two limbs of 16 bits, the least significant first.
pub fn position_limbs(position: u32) -> [Element; 2] {
    core::array::from_fn(|i| Element::from_u16((position >> (16 * i)) as u16))
}

#[cfg(test)]
#[path = "hash_tests.rs"]
mod tests;
