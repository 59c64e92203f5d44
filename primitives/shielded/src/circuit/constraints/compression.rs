//! The compressions and how they follow one another.

use super::{equal_where, Window};
use crate::{
    circuit::columns::{Columns, KEPT_LAST_ROUNDS},
    element::{Element, DIGEST_ELEMENTS},
    hash::WIDTH,
};
use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;
use p3_koala_bear::{
    GenericPoseidon2LinearLayersKoalaBear as Layers, KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
    KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL, KOALABEAR_POSEIDON2_RC_16_INTERNAL,
};
use p3_poseidon2::GenericPoseidon2LinearLayers;

/// `hash · (cell − what the round makes of the cells before) = 0`, round after round. The last
/// round's constraints include the feed-forward: `digest = P(left ‖ right)[..8] + left`.
pub fn rounds<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let row = &window.local;
    let mut builder = builder.when(window.at.hash);
    let mut state = input::<AB>(row);
    Layers::external_linear_layer(&mut state);
    for (constants, kept) in KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL
        .iter()
        .zip(&row.first_rounds)
    {
        full_round(&mut state, constants);
        keep(&mut builder, &mut state, kept);
    }
    for (constant, kept) in KOALABEAR_POSEIDON2_RC_16_INTERNAL
        .iter()
        .zip(row.partial_rounds)
    {
        builder.assert_eq((state[0].clone() + *constant).cube(), kept);
        state[0] = kept.into();
        Layers::internal_linear_layer(&mut state);
    }
    let (last, all_but_last) = (
        &KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL[KEPT_LAST_ROUNDS],
        &KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL[..KEPT_LAST_ROUNDS],
    );
    for (constants, kept) in all_but_last.iter().zip(&row.last_rounds) {
        full_round(&mut state, constants);
        keep(&mut builder, &mut state, kept);
    }
    full_round(&mut state, last);
    for ((state, left), digest) in state.into_iter().zip(row.left).zip(row.digest) {
        builder.assert_eq(state + left, digest);
    }
}

fn input<AB: AirBuilder<F = Element>>(row: &Columns<AB::Var>) -> [AB::Expr; WIDTH] {
    core::array::from_fn(|i| match i.checked_sub(DIGEST_ELEMENTS) {
        None => row.left[i].into(),
        Some(i) => row.right[i].into(),
    })
}

fn full_round<E: PrimeCharacteristicRing + core::ops::Add<Element, Output = E>>(
    state: &mut [E; WIDTH],
    constants: &[Element; WIDTH],
) {
    for (element, constant) in state.iter_mut().zip(constants) {
        *element = (element.clone() + *constant).cube();
    }
    Layers::external_linear_layer(state);
}

/// States that the kept cells are the state, and goes on from the cells.
fn keep<AB: AirBuilder<F = Element>>(
    builder: &mut AB,
    state: &mut [AB::Expr; WIDTH],
    kept: &[AB::Var; WIDTH],
) {
    for (state, kept) in state.iter_mut().zip(kept) {
        builder.assert_eq(state.clone(), *kept);
        *state = (*kept).into();
    }
}

/// `tagged · right[0] = tag`.
pub fn tag<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    builder.assert_eq(
        window.at.tagged.into() * window.local.right[0],
        window.at.tag.into(),
    );
}

/// `chain · (left' − digest) = 0`.
pub fn chain<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    equal_where(
        builder,
        window.at.chain,
        window.next.left,
        window.local.digest,
    );
}
