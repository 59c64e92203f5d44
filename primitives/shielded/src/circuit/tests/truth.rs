//! True statements are proven, and the proofs verify.

use super::{
    forgery::breaks_at,
    support::{element, Scenario},
};
use crate::{
    circuit::{
        columns::COLUMNS,
        public_values::PublicValues,
        schedule::{
            BLOCK_ROWS, INPUT_RANGE, OUTPUT_COMMITMENT, OUTPUT_RANGE, PATH, PATH_END, ROWS,
        },
        Circuit, CONSTRAINTS, MAX_DEGREE,
    },
    element::Element,
    nullifier::nullifier,
    parameters::QUOTIENT_CHUNKS,
    prover::prove,
    verifier::verify,
};
use chacha20::ChaCha20Rng;
use p3_air::{
    check_all_constraints,
    symbolic::{get_max_constraint_degree, get_symbolic_constraints, AirLayout},
};
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use rand_core::SeedableRng;

fn breaks(cells: &[Element], public: &[Element]) -> bool {
    let cells = RowMajorMatrix::new(cells.to_vec(), COLUMNS);
    !check_all_constraints(&Circuit::new(), &cells, public, Some(1)).is_ok()
}

#[test]
fn a_true_statement_breaks_no_constraint() {
    for seed in 0..100 {
        let scenario = Scenario::random(seed);
        let public = PublicValues::from(&scenario.statement).flatten();
        assert!(!breaks(&scenario.trace().cells(), &public), "seed {seed}");
    }
}

#[test]
fn a_true_statement_is_proven() {
    for seed in 100..120 {
        let scenario = Scenario::random(seed);
        let proof = prove(&scenario.statement, &scenario.witness).unwrap();
        assert_eq!(verify(&proof, &scenario.statement), Ok(()), "seed {seed}");
    }
}

#[test]
fn the_traces_nullifier_is_the_wallets() {
    let scenario = Scenario::random(1);
    let trace = scenario.trace();
    for (block, input) in scenario.witness.inputs.iter().enumerate() {
        let commitment = crate::element::Digest(trace.rows[block * BLOCK_ROWS + 5].digest);
        let expected = nullifier(&input.nk, input.path.position, &commitment);
        assert_eq!(trace.nullifier(block), expected);
        assert_eq!(
            trace.commitment(block),
            scenario.witness.outputs[block].commitment()
        );
    }
}

#[test]
fn degree_and_number_of_constraints_are_as_announced() {
    let circuit = Circuit::new();
    let layout = AirLayout::from_air(&circuit);
    assert_eq!(
        get_max_constraint_degree::<Element, _>(&circuit, layout, ROWS),
        MAX_DEGREE
    );
    assert_eq!(2 * MAX_DEGREE.next_power_of_two(), QUOTIENT_CHUNKS);
    assert_eq!(
        get_symbolic_constraints::<Element, _>(&circuit, layout).len(),
        CONSTRAINTS
    );
}

/// The cells that no constraint looks at: what a row does not use.
fn is_free(row: usize, column: usize) -> bool {
    const INPUTS: core::ops::Range<usize> = 0..16;
    const BITS: core::ops::Range<usize> = 16..80;
    const CARRY: core::ops::Range<usize> = 156..164;
    const BALANCE: core::ops::Range<usize> = 164..170;
    const REAL: usize = 170;
    let at = row % BLOCK_ROWS;
    let is_range = at == INPUT_RANGE || at == OUTPUT_RANGE;
    match column {
        _ if BALANCE.contains(&column) => false,
        REAL => !(INPUT_RANGE..=PATH_END).contains(&at),
        _ if CARRY.contains(&column) => match at {
            2..=6 => false,
            7 => column > 157,
            // Rest and bit, and the upper limb until its turn.
            PATH..=PATH_END => column > 158 || column == 157 && at > 23,
            _ => true,
        },
        _ if row == ROWS - 1 => !(16..28).contains(&column),
        _ if is_range => !INPUTS.contains(&column) && !BITS.contains(&column),
        _ => at > OUTPUT_COMMITMENT,
    }
}

/// Another value in any one cell breaks a constraint, unless the row has no use for the cell. Not
/// even then can a cell be told from the statement: the proof hides all of them.
#[test]
fn each_cell_in_use_is_constrained() {
    let scenario = Scenario::random(2);
    let circuit = Circuit::new();
    let public = PublicValues::from(&scenario.statement).flatten();
    let mut cells = scenario.trace().cells();
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    for index in 0..cells.len() {
        let (row, column) = (index / COLUMNS, index % COLUMNS);
        // Every column in the rows of one block, every third in the other.
        if row >= BLOCK_ROWS && column % 3 != 0 {
            continue;
        }
        let original = cells[index];
        cells[index] += element(&mut rng) + Element::ONE;
        let neighbours = [row.saturating_sub(1), row];
        let broken = neighbours
            .iter()
            .any(|row| breaks_at(&circuit, &cells, &public, *row));
        assert_eq!(!broken, is_free(row, column), "row {row}, column {column}");
        cells[index] = original;
    }
}
