//! What makes a second spending show: `nf = C(C(nk, [Nullifier, p0, p1, 0 x5]), cm)`.

use super::{equal_where, select, zero_where, Window};
use crate::element::Element;
use p3_air::AirBuilder;

/// Where the position's limbs stand in the right input of the compression with `nk`.
pub const POSITION: core::ops::Range<usize> = 1..3;

/// `nullifier_key · right[3..] = 0`.
pub fn payload<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    zero_where(
        builder,
        window.at.nullifier_key,
        &window.local.right[POSITION.end..],
    );
}

/// `input_commitment · (carry' − digest) = 0`.
pub fn commitment_loaded<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    equal_where(
        builder,
        window.at.input_commitment,
        window.next.carry,
        window.local.digest,
    );
}

/// `nullifier_key · (right' − carry) = 0`.
pub fn commitment_used<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    equal_where(
        builder,
        window.at.nullifier_key,
        window.next.right,
        window.local.carry,
    );
}

/// `nullifier · (digest − the statement's nullifier of this block) = 0`.
pub fn nullifier_is_public<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let [first, second] = window.public.nullifiers;
    let expected: [AB::Expr; _] =
        core::array::from_fn(|i| select::<AB>(window.at.second_block, first[i], second[i]));
    equal_where(builder, window.at.nullifier, window.local.digest, expected);
}
