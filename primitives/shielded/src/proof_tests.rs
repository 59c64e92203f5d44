#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::{
    circuit::tests::support::Scenario,
    parameters::Parameters,
    prover::{prove, Source},
    statement::Statement,
    verifier::{verify, VerifyError},
};
use proptest::prelude::*;
use std::sync::LazyLock;

static PROVEN: LazyLock<(Statement, Vec<u8>)> = LazyLock::new(|| {
    let Scenario { statement, witness } = Scenario::random(11);
    let proof = prove(&statement, &witness).unwrap();
    (statement, proof)
});

fn decoded(bytes: &[u8]) -> Result<Proof<Config<Source>>, DecodeError> {
    decode(&Parameters::STANDARD, bytes)
}

#[test]
fn a_proof_has_one_encoding() {
    let (_, proof) = &*PROVEN;
    assert_eq!(&encode(&decoded(proof).unwrap()), proof);
}

#[test]
fn no_proof_is_longer_than_the_limit() {
    let limit = max_proof_bytes(&Parameters::STANDARD);
    assert!(PROVEN.1.len() <= limit);
    assert!(limit <= 84_000);
    let found = limit + 1;
    let error = decoded(&vec![0; found]).err();
    assert_eq!(error, Some(DecodeError::TooLong { found, limit }));
}

#[test]
fn a_cut_or_lengthened_proof_is_malformed() {
    let (statement, proof) = &*PROVEN;
    for length in (0..proof.len()).step_by(997).chain([proof.len() - 1]) {
        let error = verify(&proof[..length], statement).unwrap_err();
        assert_eq!(
            error,
            VerifyError::Malformed(DecodeError::TooShort { found: length })
        );
    }
    let longer = [proof.as_slice(), &[0]].concat();
    let error = verify(&longer, statement).unwrap_err();
    assert_eq!(
        error,
        VerifyError::Malformed(DecodeError::Excess { excess: 1 })
    );
}

#[test]
fn an_element_has_one_encoding() {
    use crate::element::MODULUS;
    let (_, proof) = &*PROVEN;
    let roots = (3 + Parameters::STANDARD.foldings().len()) * TREE_DIGEST_BYTES;
    for value in [MODULUS, u32::MAX] {
        let mut other = proof.clone();
        other[roots..roots + 4].copy_from_slice(&value.to_le_bytes());
        let error = decoded(&other).err().unwrap();
        assert!(
            matches!(error, DecodeError::NotCanonical { at, .. } if at == roots),
            "{error}"
        );
    }
}

#[test]
fn the_number_of_nodes_is_limited_before_they_are_read() {
    let (_, proof) = &*PROVEN;
    let shape = Shape::new(&Parameters::STANDARD);
    let at = first_count(&shape);
    let mut other = proof.clone();
    other[at..at + 2].copy_from_slice(&u16::MAX.to_le_bytes());
    let limit = shape.max_nodes(shape.log_height);
    let error = decoded(&other).err().unwrap();
    assert_eq!(
        error,
        DecodeError::TooManyNodes {
            found: 65_535,
            limit
        }
    );
}

/// Where the number of nodes of the first tree stands.
fn first_count(shape: &Shape) -> usize {
    let challenges = shape.final_length
        + 2 * (COLUMNS + RANDOM_CODEWORDS)
        + (QUOTIENT_CHUNKS + 1) * (EXTENSION_DEGREE + RANDOM_CODEWORDS);
    let row = EXTENSION_DEGREE + RANDOM_CODEWORDS + SALT_ELEMENTS;
    (3 + shape.foldings.len()) * TREE_DIGEST_BYTES
        + (challenges * EXTENSION_DEGREE + 1 + row * shape.queries) * ELEMENT_BYTES
}

/// Nobody can turn a proof into another proof of the same statement.
#[test]
fn each_changed_byte_spoils_the_proof() {
    let (statement, proof) = &*PROVEN;
    let mut other = proof.clone();
    for at in (0..proof.len()).step_by(61) {
        for bit in [0, 3, 6] {
            other[at] ^= 1 << bit;
            assert!(verify(&other, statement).is_err(), "byte {at}, bit {bit}");
            other[at] = proof[at];
        }
    }
}

fn refused(proof: &[u8]) -> bool {
    verify(proof, &PROVEN.0).is_err()
}

/// The path nodes of each Merkle tree.
fn paths(proof: &mut Proof<Config<Source>>) -> Vec<&mut Vec<[u8; TREE_DIGEST_BYTES]>> {
    let fri = &mut proof.opening_proof.1;
    let inputs = fri.input_openings.iter_mut();
    let foldings = fri.commit_phase_openings.iter_mut();
    let inputs = inputs.map(|opening| &mut opening.opening_proof.1.sibling_hashes);
    inputs
        .chain(foldings.map(|opening| &mut opening.opening_proof.1.sibling_hashes))
        .collect()
}

/// The proof with `change` done to the path nodes of one of its trees, and their number as it then is. The bytes decode.
fn with_nodes(tree: usize, change: impl FnOnce(&mut Vec<[u8; TREE_DIGEST_BYTES]>)) -> Vec<u8> {
    let mut proof = decoded(&PROVEN.1).unwrap();
    let mut paths = paths(&mut proof);
    let tree = tree % paths.len();
    change(paths[tree]);
    encode(&proof)
}

/// The decoder only limits their number: which nodes a proof needs depends on where it is asked.
#[test]
fn a_proof_without_nodes_or_with_as_many_as_can_be_is_invalid() {
    let shape = Shape::new(&Parameters::STANDARD);
    let mut heights = vec![shape.log_height; 3];
    for folding in &shape.foldings {
        heights.push(heights[heights.len() - 1] - folding);
    }
    assert_eq!(heights.len(), paths(&mut decoded(&PROVEN.1).unwrap()).len());
    for (tree, log_height) in heights.into_iter().enumerate() {
        for count in [0, 1, shape.max_nodes(log_height)] {
            let bytes = with_nodes(tree, |nodes| nodes.resize(count, [7; TREE_DIGEST_BYTES]));
            let error = verify(&bytes, &PROVEN.0).unwrap_err();
            assert_eq!(error, VerifyError::Invalid, "{count} nodes in tree {tree}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_proof_with_a_wrong_number_of_nodes_is_refused(
        tree in 0..16_usize,
        at in any::<prop::sample::Index>(),
        more in any::<bool>(),
        count in 1..5_usize,
    ) {
        let bytes = with_nodes(tree, |nodes| {
            for _ in 0..count {
                let at = at.index(nodes.len().max(1)).min(nodes.len());
                if more {
                    nodes.insert(at, nodes.get(at).copied().unwrap_or_default());
                } else if at < nodes.len() {
                    nodes.remove(at);
                }
            }
        });
        prop_assert!(bytes == PROVEN.1 || refused(&bytes));
    }

    #[test]
    fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(refused(&bytes));
    }

    #[test]
    fn garbage_of_a_proofs_length_is_refused(seed in any::<u64>(), mask in any::<u8>()) {
        let mut state = seed;
        let bytes: Vec<u8> = (0..PROVEN.1.len()).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8 & mask
        }).collect();
        prop_assert!(refused(&bytes));
    }

    #[test]
    fn a_mangled_proof_is_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = PROVEN.1.clone();
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        prop_assert!(bytes == PROVEN.1 || refused(&bytes));
    }

    #[test]
    fn a_proof_with_parts_moved_is_refused(
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        length in 1_usize..5000,
    ) {
        let original = &PROVEN.1;
        let mut bytes = original.clone();
        let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
        let length = length.min(bytes.len() - from.max(to));
        bytes.copy_within(from..from + length, to);
        prop_assert!(&bytes == original || refused(&bytes));
    }

    #[test]
    fn canonical_garbage_is_refused(
        at in any::<prop::sample::Index>(),
        elements in prop::collection::vec(0..crate::element::MODULUS, 1..500),
    ) {
        let mut bytes = PROVEN.1.clone();
        let at = at.index(bytes.len()) & !3;
        for (to, element) in bytes[at..].chunks_exact_mut(4).zip(elements) {
            to.copy_from_slice(&element.to_le_bytes());
        }
        prop_assert!(refused(&bytes));
    }
}
