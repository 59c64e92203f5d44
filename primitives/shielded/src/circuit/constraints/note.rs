//! What a note is worth: `cm = C(hide, [Note, asset, v0, v1, v2, v3, 0, 0])`.

use super::{equal_where, number, select, zero_where, Window};
use crate::element::Element;
use p3_air::AirBuilder;

/// Where the asset stands in a commitment's right input.
pub const ASSET: usize = 1;

/// Where the value's limbs of [`VALUE_LIMB_BITS`] bits stand.
pub const VALUE: core::ops::Range<usize> = 2..6;

/// Bits of a limb of the value in a commitment.
pub const VALUE_LIMB_BITS: usize = 16;

/// `range · (left' − left) = 0` and `range · (right' − right) = 0`.
pub fn range_of_note<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    equal_where(
        builder,
        window.at.range,
        window.next.left,
        window.local.left,
    );
    equal_where(
        builder,
        window.at.range,
        window.next.right,
        window.local.right,
    );
}

/// `range · bit · (bit − 1) = 0` for each of 64 bits.
pub fn value_bits<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let mut builder = builder.when(window.at.range);
    for bit in window.local.value_bits() {
        builder.assert_bool(*bit);
    }
}

/// `range · (Σ 2^i bit_(16 l + i) − v_l) = 0` for each of four limbs.
pub fn value_limbs<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let mut builder = builder.when(window.at.range);
    let bits = window.local.value_bits().chunks(VALUE_LIMB_BITS);
    for (bits, limb) in bits.zip(&window.local.right[VALUE]) {
        builder.assert_eq(number::<AB>(bits), *limb);
    }
}

/// `range · asset · (asset − 1) = 0`.
pub fn asset<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    builder
        .when(window.at.range)
        .assert_bool(window.local.right[ASSET]);
}

/// `commitment · right[6..] = 0`.
pub fn commitment_payload<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    zero_where(
        builder,
        window.at.commitment,
        &window.local.right[VALUE.end..],
    );
}

/// `output_commitment · (digest − the statement's commitment of this block) = 0`.
pub fn commitment_is_public<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let [first, second] = window.public.commitments;
    let expected: [AB::Expr; _] =
        core::array::from_fn(|i| select::<AB>(window.at.second_block, first[i], second[i]));
    equal_where(
        builder,
        window.at.output_commitment,
        window.local.digest,
        expected,
    );
}
