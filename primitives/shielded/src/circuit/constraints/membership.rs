//! That an input is in the tree, at the position that its nullifier says, unless it is worth
//! nothing.
//!
//! A path has a row per level. The node below is the left or the right input, as the position's bit
//! says; the other input is the witness's. In these rows the carry columns hold what is left of the
//! position.

use super::{equal_where, note::VALUE, nullifier::POSITION, select, Window};
use crate::{
    circuit::columns::Columns,
    element::{Element, DIGEST_ELEMENTS},
};
use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

/// The one of a node's inputs that the path comes from.
fn child<AB: AirBuilder<F = Element>>(row: &Columns<AB::Var>) -> [AB::Expr; DIGEST_ELEMENTS] {
    core::array::from_fn(|i| select::<AB>(row.path().bit, row.left[i], row.right[i]))
}

/// `nullifier_key · (carry'[..2] − right[1..3]) = 0`.
pub fn position_loaded<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let next = window.next.path();
    let mut builder = builder.when(window.at.nullifier_key);
    for (next, limb) in [next.rest, next.upper]
        .into_iter()
        .zip(&window.local.right[POSITION])
    {
        builder.assert_eq(next, *limb);
    }
}

/// `nullifier · (carry'[..2] − carry[..2]) = 0`.
pub fn position_passed<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let (local, next) = (window.local.path(), window.next.path());
    equal_where(
        builder,
        window.at.nullifier,
        [next.rest, next.upper],
        [local.rest, local.upper],
    );
}

/// `path · bit · (bit − 1) = 0`.
pub fn path_bits<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    builder
        .when(window.at.path)
        .assert_bool(window.local.path().bit);
}

/// `nullifier · (child' − right) = 0`: the nullifier's right input is the commitment.
pub fn path_begins<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    equal_where(
        builder,
        window.at.nullifier,
        child::<AB>(&window.next),
        window.local.right,
    );
}

/// `path_goes_on · (child' − digest) = 0`.
pub fn path_goes_on<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    equal_where(
        builder,
        window.at.path_goes_on,
        child::<AB>(&window.next),
        window.local.digest,
    );
}

/// `limb_goes_on · (rest − bit − 2 rest') = 0`.
pub fn position_shifts<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let (local, next) = (window.local.path(), window.next.path());
    builder
        .when(window.at.limb_goes_on)
        .assert_eq(local.rest, next.rest.into().double() + local.bit);
}

/// `limb_end · (rest − bit) = 0`: sixteen bits were the whole limb.
pub fn position_limb_ends<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let path = window.local.path();
    builder
        .when(window.at.limb_end)
        .assert_eq(path.rest, path.bit);
}

/// `upper_kept · (upper' − upper) = 0`.
pub fn upper_limb_kept<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    builder
        .when(window.at.upper_kept)
        .assert_eq(window.next.path().upper, window.local.path().upper);
}

/// `upper_begins · (rest' − upper) = 0`.
pub fn upper_limb_begins<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    builder
        .when(window.at.upper_begins)
        .assert_eq(window.next.path().rest, window.local.path().upper);
}

/// `input_range · real · (real − 1) = 0`.
pub fn real_is_bit<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    builder
        .when(window.at.input_range)
        .assert_bool(window.local.real);
}

/// `input_range · (1 − real) · v_l = 0` for each limb of the value.
pub fn dummy_is_worthless<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let dummy = AB::Expr::ONE - window.local.real.into();
    let mut builder = builder.when(window.at.input_range.into() * dummy);
    for limb in &window.local.right[VALUE] {
        builder.assert_zero(*limb);
    }
}

/// `real_kept · (real' − real) = 0`.
pub fn real_kept<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    builder
        .when(window.at.real_kept)
        .assert_eq(window.next.real, window.local.real);
}

/// `root · real · (digest − anchor) = 0`.
pub fn root_is_anchor<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let real_root = window.at.root.into() * window.local.real;
    equal_where(
        builder,
        real_root,
        window.local.digest,
        window.public.anchor,
    );
}
