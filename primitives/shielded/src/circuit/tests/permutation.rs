//! The permutation with one cell forged and all after it true to the forgery.

use crate::{circuit::columns::Columns, element::Element, hash::WIDTH};
use p3_field::PrimeCharacteristicRing;
use p3_koala_bear::{
    GenericPoseidon2LinearLayersKoalaBear as Layers, KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
    KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL, KOALABEAR_POSEIDON2_RC_16_INTERNAL,
};
use p3_poseidon2::GenericPoseidon2LinearLayers;

/// Cells are counted in the order of the rounds: 4 · 16, 20, 3 · 16 and the digest's 8.
pub fn forge(row: &mut Columns<Element>, cell: usize) {
    let mut left = cell;
    let mut tamper = |cells: &mut [Element]| {
        if let Some(cell) = cells.get_mut(left) {
            *cell += Element::ONE;
        }
        left = left.wrapping_sub(cells.len());
    };
    let mut state: [Element; WIDTH] =
        core::array::from_fn(|i| if i < 8 { row.left[i] } else { row.right[i - 8] });
    Layers::external_linear_layer(&mut state);
    for (constants, kept) in KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL
        .iter()
        .zip(&mut row.first_rounds)
    {
        full_round(&mut state, constants);
        tamper(&mut state);
        *kept = state;
    }
    for (constant, kept) in KOALABEAR_POSEIDON2_RC_16_INTERNAL
        .iter()
        .zip(&mut row.partial_rounds)
    {
        state[0] = (state[0] + *constant).cube();
        tamper(&mut state[..1]);
        *kept = state[0];
        Layers::internal_linear_layer(&mut state);
    }
    for (round, constants) in KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL.iter().enumerate() {
        full_round(&mut state, constants);
        if let Some(kept) = row.last_rounds.get_mut(round) {
            tamper(&mut state);
            *kept = state;
        }
    }
    row.digest = core::array::from_fn(|i| state[i] + row.left[i]);
    tamper(&mut row.digest);
}

fn full_round(state: &mut [Element; WIDTH], constants: &[Element; WIDTH]) {
    for (element, constant) in state.iter_mut().zip(constants) {
        *element = (*element + *constant).cube();
    }
    Layers::external_linear_layer(state);
}
