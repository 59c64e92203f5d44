//! The spend authorising key out of a proof whose masks somebody can predict, and why nobody can.

use super::support::Scenario;
use crate::{
    circuit::{
        columns::COLUMNS,
        public_values::PublicValues,
        schedule::{BLOCK_ROWS, NULLIFIER, OUTPUT_COMMITMENT, OUTPUT_HIDE, ROWS, SPEND_KEY},
        trace::Trace,
    },
    element::{Element, DIGEST_ELEMENTS},
    note::Asset,
    parameters::{Parameters, Transform, RANDOM_CODEWORDS},
    proof::decode,
    prover::{prove_trace_from, seeds, Source},
    verifier::verify,
};
use p3_dft::TwoAdicSubgroupDft;
use p3_field::{Field, PrimeCharacteristicRing};
use p3_matrix::{dense::RowMajorMatrix, Matrix};
use rand_core::SeedableRng;
use std::vec::Vec;

/// Where the trace is among the three trees whose rows are opened.
const TRACE_TREE: usize = 1;

/// What a generator that is broken always answers.
const PREDICTABLE: [u8; 32] = [7; 32];

/// A payment of one note, with a dummy beside it.
fn payment() -> Scenario {
    let (qlk, none) = ((Asset::Qlk, 1_000), (Asset::Qlk, 0));
    Scenario::of(14, [qlk, none, (Asset::Qlk, 900), none])
}

/// Rows that only the payer can compute: those of his key and note, and of the outputs. All other rows follow from the
/// chain (the path of a note that the attacker suspects), from a dummy, or are empty.
fn unknown_rows() -> Vec<usize> {
    let outputs = OUTPUT_HIDE..=OUTPUT_COMMITMENT;
    (SPEND_KEY..=NULLIFIER)
        .chain(outputs.clone())
        .chain(outputs.map(|row| BLOCK_ROWS + row))
        .collect()
}

fn codeword(values: Vec<Element>, width: usize) -> RowMajorMatrix<Element> {
    let matrix = RowMajorMatrix::new(values, width);
    let log_blowup = Parameters::STANDARD.log_blowup;
    Transform::default()
        .coset_lde_batch(matrix, log_blowup, Element::GENERATOR)
        .to_row_major_matrix()
}

/// The codewords of the masks that a source with this seed gives, where the trace is zeros.
fn masks(seed: &[u8; 32]) -> RowMajorMatrix<Element> {
    let zeros = RowMajorMatrix::new(Element::zero_vec(ROWS * COLUMNS), COLUMNS);
    let width = COLUMNS + RANDOM_CODEWORDS;
    let masked = zeros.with_random_cols(2 * width - COLUMNS, Source::from_seed(*seed));
    codeword(masked.values, width)
}

/// The codewords of ones in one row of the trace each: what that row counts at each place.
fn row_shares() -> RowMajorMatrix<Element> {
    let mut ones = Element::zero_vec(2 * ROWS * ROWS);
    for row in 0..ROWS {
        ones[2 * row * ROWS + row] = Element::ONE;
    }
    codeword(ones, ROWS)
}

fn row(matrix: &RowMajorMatrix<Element>, index: usize) -> &[Element] {
    &matrix.values[index * matrix.width..][..matrix.width]
}

/// The first input's `ask`, if the proof's masks are those of this seed. The rows of `known` that [`unknown_rows`] names are
/// not looked at.
fn recovered(proof: &[u8], seed: &[u8; 32], known: &Trace) -> Option<[Element; DIGEST_ELEMENTS]> {
    let proof = decode::<Source>(&Parameters::STANDARD, proof).unwrap();
    let (masks, shares) = (masks(seed), row_shares());
    let unknown = unknown_rows();
    let mut equations = Vec::new();
    for opened in &proof.opening_proof.1.input_openings[TRACE_TREE].opened_values {
        let opened = &opened[0];
        // The random codewords beside the trace are masks and nothing else. They tell the place.
        let place = (0..masks.height())
            .find(|place| row(&masks, *place)[COLUMNS..] == opened[COLUMNS..])?;
        let (mask, shares) = (row(&masks, place), row(&shares, place));
        let mut equation: Vec<Element> = unknown.iter().map(|row| shares[*row]).collect();
        equation.extend((0..DIGEST_ELEMENTS).map(|column| {
            let rows = known.rows.iter().zip(shares).enumerate();
            let rest = rows.filter(|(row, _)| !unknown.contains(row));
            let rest: Element = rest
                .map(|(_, (row, share))| row.left[column] * *share)
                .sum();
            opened[column] - mask[column] - rest
        }));
        equations.push(equation);
    }
    solve(equations, unknown.len())
}

/// The values of the first unknown, by elimination.
fn solve(mut equations: Vec<Vec<Element>>, unknowns: usize) -> Option<[Element; DIGEST_ELEMENTS]> {
    for pivot in 0..unknowns {
        let found = (pivot..equations.len()).find(|at| !equations[*at][pivot].is_zero())?;
        equations.swap(pivot, found);
        let scale = equations[pivot][pivot].inverse();
        equations[pivot].iter_mut().for_each(|cell| *cell *= scale);
        let pivot_row = equations[pivot].clone();
        for (at, equation) in equations.iter_mut().enumerate() {
            let factor = equation[pivot];
            if at != pivot {
                let pairs = equation.iter_mut().zip(&pivot_row);
                pairs.for_each(|(cell, pivot)| *cell -= factor * *pivot);
            }
        }
    }
    let consistent = equations[unknowns..].iter().flatten().all(Field::is_zero);
    consistent.then(|| core::array::from_fn(|column| equations[0][unknowns + column]))
}

/// The attack finds `ask` for whoever knows the seed of the masks. With a generator that somebody can predict, nobody but
/// the payer knows it: neither the generator's answer is the seed, nor what comes of it with another key.
#[test]
fn a_predictable_generator_does_not_give_the_spending_key_away() {
    let Scenario { statement, witness } = payment();
    let trace = Trace::new(&witness, &PublicValues::from(&statement));
    let proof = prove_trace_from(&Parameters::STANDARD, &statement, &trace, &PREDICTABLE).unwrap();
    assert_eq!(verify(&proof, &statement), Ok(()));

    let [.., seed] = seeds(&trace.cells(), &PREDICTABLE, &statement);
    let ask = witness.inputs[0].ask.expose();
    assert_eq!(recovered(&proof, &seed, &trace), Some(ask), "the attack");

    assert_eq!(recovered(&proof, &PREDICTABLE, &trace), None);
    let mut guess = witness.clone();
    guess.inputs[0].ask = [Element::TWO; DIGEST_ELEMENTS].into();
    let guess = Trace::new(&guess, &PublicValues::from(&statement));
    let [.., seed] = seeds(&guess.cells(), &PREDICTABLE, &statement);
    assert_eq!(recovered(&proof, &seed, &trace), None);
}

/// With a generator that always answers the same: another secret has other masks, and so has another statement of the
/// same secret; and the same statement is proven by the very same bytes, so that no two sets of openings share masks.
#[test]
fn masks_repeat_only_with_secret_entropy_and_statement() {
    let Scenario { statement, witness } = payment();
    let public = PublicValues::from(&statement);
    let trace = Trace::new(&witness, &public);
    let first = seeds(&trace.cells(), &PREDICTABLE, &statement);
    let [values, foldings, polynomials] = &first;
    assert!(values != foldings && foldings != polynomials && values != polynomials);

    let mut other_secret = witness.clone();
    other_secret.inputs[0].ask = [Element::TWO; DIGEST_ELEMENTS].into();
    let other_secret = Trace::new(&other_secret, &public).cells();
    let mut other_statement = statement.clone();
    other_statement.binding.0[0] += Element::ONE;
    let others = [
        seeds(&other_secret, &PREDICTABLE, &statement),
        seeds(&trace.cells(), &PREDICTABLE, &other_statement),
        seeds(&trace.cells(), &[8; 32], &statement),
    ];
    for other in &others {
        assert!(first.iter().zip(other).all(|(first, other)| first != other));
    }

    let again = || prove_trace_from(&Parameters::STANDARD, &statement, &trace, &PREDICTABLE);
    assert_eq!(again().unwrap(), again().unwrap());
}
