//! The bytes of a proof.
//!
//! Everything but the paths in the Merkle trees has a fixed place, so a proof carries no lengths
//! but the paths' and a decoder has nothing to size by what it reads. An element is its canonical
//! representative, four bytes, little-endian; what is p or more is refused. In order:
//!
//! ```text
//! roots       trace, quotient, randomisation            3 · 32
//! folding     root of each round                        32 each
//! final       coefficients of the final polynomial      20 each
//! grinding    work witness                              4
//! openings    trace at ζ and at ζ·h, quotient chunks and randomisation at ζ;
//!             then the random codewords of randomisation, of trace at both
//!             points, and of quotient chunks            20 each
//! queries     per tree (randomisation, trace, quotient): for each query its rows, then their salts;
//!             then the path nodes, after their number in two bytes
//!             per folding round: the siblings of each query, then the salts; then nodes likewise
//! ```

use crate::{
    circuit::columns::COLUMNS,
    element::{read_elements, write_elements, Element, NotCanonical, ELEMENT_BYTES},
    parameters::{
        Challenge, Config, FoldingTree, Parameters, Randomness, Tree, EXTENSION_DEGREE,
        QUOTIENT_CHUNKS, RANDOM_CODEWORDS, SALT_ELEMENTS, TREE_DIGEST_BYTES,
    },
};
use alloc::{vec, vec::Vec};
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use p3_fri::{BatchMultiOpening, CommitPhaseMultiStep, FriProof};
use p3_merkle_tree::{MerkleCap, PrunedMerklePaths};
use p3_uni_stark::{Commitments, OpenedValues, Proof};

type Root = MerkleCap<Element, [u8; TREE_DIGEST_BYTES]>;
type Paths = PrunedMerklePaths<u8, TREE_DIGEST_BYTES>;
type Salts = Vec<Vec<Vec<Element>>>;

/// Why bytes are not a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There are more bytes than any proof has.
    #[error("a proof of {found} bytes is longer than the {limit} that one can have")]
    TooLong {
        /// Bytes given.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The bytes end in the middle.
    #[error("the proof ends after {found} bytes, in the middle")]
    TooShort {
        /// Bytes given.
        found: usize,
    },
    /// There are bytes after the proof.
    #[error("{excess} bytes follow the proof")]
    Excess {
        /// How many.
        excess: usize,
    },
    /// Four bytes are not an element.
    #[error("at byte {at} of the proof: {source}")]
    NotCanonical {
        /// Where the elements begin among which it is.
        at: usize,
        /// Which one, and what it is.
        source: NotCanonical,
    },
    /// A path has more nodes than the tree and the queries allow.
    #[error("{found} path nodes are more than the {limit} that the tree allows")]
    TooManyNodes {
        /// Nodes announced.
        found: usize,
        /// Nodes allowed.
        limit: usize,
    },
}

/// What sizes a proof has: a function of the parameters alone.
struct Shape {
    queries: usize,
    log_height: usize,
    foldings: Vec<usize>,
    final_length: usize,
}

/// Columns of each matrix in the three trees: randomisation, trace, quotient chunks.
fn matrices() -> [Vec<usize>; 3] {
    [
        vec![EXTENSION_DEGREE + RANDOM_CODEWORDS],
        vec![COLUMNS + RANDOM_CODEWORDS],
        vec![EXTENSION_DEGREE + RANDOM_CODEWORDS; QUOTIENT_CHUNKS],
    ]
}

impl Shape {
    fn new(parameters: &Parameters) -> Self {
        Self {
            queries: parameters.queries,
            log_height: parameters.log_height(),
            foldings: parameters.foldings(),
            final_length: 1 << parameters.log_final_length,
        }
    }

    /// Nodes that paths to as many leaves as there are queries can have at most: where the paths
    /// are apart, one per level and query, but near the root there are not so many nodes.
    fn max_nodes(&self, log_height: usize) -> usize {
        (0..log_height)
            .map(|level| self.queries.min(1 << level))
            .sum()
    }

    fn max_bytes(&self) -> usize {
        let elements = |count: usize| count * ELEMENT_BYTES;
        let nodes = |log_height| COUNT_BYTES + self.max_nodes(log_height) * TREE_DIGEST_BYTES;
        let challenges = self.final_length
            + 2 * (COLUMNS + RANDOM_CODEWORDS)
            + (QUOTIENT_CHUNKS + 1) * (EXTENSION_DEGREE + RANDOM_CODEWORDS);
        let trees: usize = matrices()
            .iter()
            .map(|widths| {
                let row: usize = widths.iter().map(|width| width + SALT_ELEMENTS).sum();
                elements(row) * self.queries + nodes(self.log_height)
            })
            .sum();
        let mut log_height = self.log_height;
        let mut foldings = 0;
        for folding in &self.foldings {
            log_height -= folding;
            let siblings = ((1 << folding) - 1) * EXTENSION_DEGREE + SALT_ELEMENTS;
            foldings += TREE_DIGEST_BYTES + elements(siblings) * self.queries + nodes(log_height);
        }
        3 * TREE_DIGEST_BYTES + elements(challenges * EXTENSION_DEGREE + 1) + trees + foldings
    }
}

const COUNT_BYTES: usize = 2;

/// Bytes that a proof with these parameters has at most.
pub fn max_proof_bytes(parameters: &Parameters) -> usize {
    Shape::new(parameters).max_bytes()
}

/// The proof's bytes.
pub fn encode<R: Randomness>(proof: &Proof<Config<R>>) -> Vec<u8> {
    let mut out = Vec::new();
    let (random_openings, fri) = &proof.opening_proof;
    let commitments = &proof.commitments;
    for root in [&commitments.trace, &commitments.quotient_chunks]
        .into_iter()
        .chain(&commitments.random)
        .chain(&fri.commit_phase_commits)
    {
        put_digests(&mut out, root.roots());
    }
    put_challenges(&mut out, &fri.final_poly);
    put_elements(&mut out, &[fri.query_pow_witness]);
    let opened = &proof.opened_values;
    put_challenges(&mut out, &opened.trace_local);
    opened
        .trace_next
        .iter()
        .for_each(|row| put_challenges(&mut out, row));
    opened
        .quotient_chunks
        .iter()
        .for_each(|row| put_challenges(&mut out, row));
    opened
        .random
        .iter()
        .for_each(|row| put_challenges(&mut out, row));
    for codewords in random_openings.iter().flatten().flatten() {
        put_challenges(&mut out, codewords);
    }
    for opening in &fri.input_openings {
        let (salts, paths) = &opening.opening_proof;
        for (rows, salts) in opening.opened_values.iter().zip(salts) {
            rows.iter().for_each(|row| put_elements(&mut out, row));
            salts.iter().for_each(|salt| put_elements(&mut out, salt));
        }
        put_nodes(&mut out, paths);
    }
    for opening in &fri.commit_phase_openings {
        opening
            .sibling_values
            .iter()
            .for_each(|row| put_challenges(&mut out, row));
        let (salts, paths) = &opening.opening_proof;
        salts
            .iter()
            .flatten()
            .for_each(|salt| put_elements(&mut out, salt));
        put_nodes(&mut out, paths);
    }
    out
}

fn put_elements(out: &mut Vec<u8>, elements: &[Element]) {
    let from = out.len();
    out.resize(from + elements.len() * ELEMENT_BYTES, 0);
    write_elements(elements, &mut out[from..]);
}

fn put_challenges(out: &mut Vec<u8>, challenges: &[Challenge]) {
    for challenge in challenges {
        put_elements(out, challenge.as_basis_coefficients_slice());
    }
}

fn put_digests(out: &mut Vec<u8>, digests: &[[u8; TREE_DIGEST_BYTES]]) {
    out.extend_from_slice(digests.as_flattened());
}

/// The number of nodes fits into two bytes: a tree has less than 2^16 leaves.
fn put_nodes(out: &mut Vec<u8>, paths: &Paths) {
    let count = paths.sibling_hashes.len() as u16;
    out.extend_from_slice(&count.to_le_bytes());
    put_digests(out, &paths.sibling_hashes);
}

/// The proof that the bytes are.
pub fn decode<R: Randomness>(
    parameters: &Parameters,
    bytes: &[u8],
) -> Result<Proof<Config<R>>, DecodeError> {
    let shape = Shape::new(parameters);
    let (found, limit) = (bytes.len(), shape.max_bytes());
    if found > limit {
        return Err(DecodeError::TooLong { found, limit });
    }
    let mut reader = Reader { bytes, at: 0 };
    let proof = reader.proof(&shape)?;
    match found - reader.at {
        0 => Ok(proof),
        excess => Err(DecodeError::Excess { excess }),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn proof<R: Randomness>(&mut self, shape: &Shape) -> Result<Proof<Config<R>>, DecodeError> {
        let commitments = Commitments {
            trace: self.root()?,
            quotient_chunks: self.root()?,
            random: Some(self.root()?),
        };
        let commit_phase_commits = self.times(shape.foldings.len(), Self::root)?;
        let final_poly = self.challenges(shape.final_length)?;
        let [query_pow_witness] = self.elements()?;
        let opened_values = self.opened_values()?;
        let random_openings = self.random_openings()?;
        let input_openings = self.input_openings::<R>(shape)?;
        let commit_phase_openings = self.folding_openings::<R>(shape)?;
        let fri = FriProof {
            batch_pow_witness: Element::ZERO,
            commit_pow_witnesses: vec![Element::ZERO; shape.foldings.len()],
            commit_phase_commits,
            input_openings,
            commit_phase_openings,
            final_poly,
            query_pow_witness,
        };
        Ok(Proof {
            commitments,
            opened_values,
            opening_proof: (random_openings, fri),
            degree_bits: Parameters::LOG_LENGTH,
            ood_pow_witness: Element::ZERO,
        })
    }

    fn opened_values(&mut self) -> Result<OpenedValues<Challenge>, DecodeError> {
        Ok(OpenedValues {
            trace_local: self.challenges(COLUMNS)?,
            trace_next: Some(self.challenges(COLUMNS)?),
            preprocessed: None,
            quotient_chunks: self.times(QUOTIENT_CHUNKS, |it| it.challenges(EXTENSION_DEGREE))?,
            random: Some(self.challenges(EXTENSION_DEGREE)?),
        })
    }

    /// The random codewords' values: randomisation at one point, trace at two, each quotient chunk
    /// at one.
    fn random_openings(&mut self) -> Result<Vec<Vec<Vec<Vec<Challenge>>>>, DecodeError> {
        const POINTS: [&[usize]; 3] = [&[1], &[2], &[1; QUOTIENT_CHUNKS]];
        let mut trees = Vec::with_capacity(POINTS.len());
        for tree in POINTS {
            let mut matrices = Vec::with_capacity(tree.len());
            for points in tree {
                matrices.push(self.times(*points, |it| it.challenges(RANDOM_CODEWORDS))?);
            }
            trees.push(matrices);
        }
        Ok(trees)
    }

    fn input_openings<R: Randomness>(
        &mut self,
        shape: &Shape,
    ) -> Result<Vec<BatchMultiOpening<Element, Tree<R>>>, DecodeError> {
        let mut trees = Vec::new();
        for widths in matrices() {
            let mut opened_values = Vec::with_capacity(shape.queries);
            let mut salts: Salts = Vec::with_capacity(shape.queries);
            for _ in 0..shape.queries {
                let mut rows = Vec::with_capacity(widths.len());
                for width in &widths {
                    rows.push(self.element_row(*width)?);
                }
                opened_values.push(rows);
                salts.push(self.times(widths.len(), |it| it.element_row(SALT_ELEMENTS))?);
            }
            let opening_proof = (salts, self.nodes(shape, shape.log_height)?);
            trees.push(BatchMultiOpening {
                opened_values,
                opening_proof,
            });
        }
        Ok(trees)
    }

    fn folding_openings<R: Randomness>(
        &mut self,
        shape: &Shape,
    ) -> Result<Vec<CommitPhaseMultiStep<Challenge, FoldingTree<R>>>, DecodeError> {
        let mut log_height = shape.log_height;
        let mut rounds = Vec::with_capacity(shape.foldings.len());
        for folding in &shape.foldings {
            log_height -= folding;
            let siblings = (1 << folding) - 1;
            let sibling_values = self.times(shape.queries, |it| it.challenges(siblings))?;
            let salts = self.times(shape.queries, |it| Ok(vec![it.element_row(SALT_ELEMENTS)?]))?;
            let opening_proof = (salts, self.nodes(shape, log_height)?);
            rounds.push(CommitPhaseMultiStep {
                sibling_values,
                opening_proof,
            });
        }
        Ok(rounds)
    }

    /// Path nodes, of a number that is limited before anything is allocated.
    fn nodes(&mut self, shape: &Shape, log_height: usize) -> Result<Paths, DecodeError> {
        let found = usize::from(u16::from_le_bytes(self.array()?));
        let limit = shape.max_nodes(log_height);
        if found > limit {
            return Err(DecodeError::TooManyNodes { found, limit });
        }
        let sibling_hashes = self.times(found, Self::array)?;
        Ok(Paths { sibling_hashes })
    }

    fn root(&mut self) -> Result<Root, DecodeError> {
        Ok(Root::new(vec![self.array()?]))
    }

    fn challenges(&mut self, count: usize) -> Result<Vec<Challenge>, DecodeError> {
        self.times(count, |it| {
            let coefficients: [Element; EXTENSION_DEGREE] = it.elements()?;
            Ok(Challenge::from_basis_coefficients_fn(|i| coefficients[i]))
        })
    }

    fn element_row(&mut self, count: usize) -> Result<Vec<Element>, DecodeError> {
        self.times(count, |it| it.elements().map(|[element]| element))
    }

    fn elements<const N: usize>(&mut self) -> Result<[Element; N], DecodeError> {
        let at = self.at;
        let bytes = self.take(N * ELEMENT_BYTES)?;
        read_elements(bytes).map_err(|source| DecodeError::NotCanonical { at, source })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let found = self.bytes.len();
        let array = self.take(N)?.first_chunk();
        array.copied().ok_or(DecodeError::TooShort { found })
    }

    fn take(&mut self, count: usize) -> Result<&[u8], DecodeError> {
        let found = self.bytes.len();
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..count).ok_or(DecodeError::TooShort { found })?;
        self.at += count;
        Ok(taken)
    }

    fn times<T>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }
}

#[cfg(all(test, feature = "prover"))]
#[path = "proof_tests.rs"]
mod tests;
