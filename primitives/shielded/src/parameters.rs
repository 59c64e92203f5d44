//! The parameters of the proof system, and where each comes from.
//!
//! The proof system is the univariate STARK of Plonky3 0.8 (`p3-uni-stark`) over a FRI commitment
//! that hides (`p3-fri`, after "A Note on Adding Zero-Knowledge to STARKs", eprint 2024/1037).

use crate::{
    circuit::{schedule::ROWS, Circuit},
    element::Element,
    statement::Statement,
    transcript::{transcript, Transcript},
};
use alloc::vec::Vec;
use codec::Encode;
use p3_air::symbolic::AirLayout;
use p3_blake3::Blake3;
use p3_commit::ExtensionMmcs;
use p3_dft::Radix2DFTSmallBatch;
use p3_field::{
    coset::TwoAdicMultiplicativeCoset, extension::QuinticTrinomialExtensionField, Field,
};
use p3_fri::{FriParameters, HidingFriPcs};
use p3_merkle_tree::MerkleTreeHidingMmcs;
use p3_symmetric::{CompressionFunctionFromHasher, SerializingHasher};
use p3_uni_stark::{
    ConjecturedSecurity, OpeningShape, ProvenSecurity, StarkConfig, StarkSecurityParams,
};
use rand_core::{CryptoRng, SeedableRng};

/// Base field elements of a challenge. KoalaBear has no binomial of degree five, so the extension
/// is by the trinomial `x^5 + x^2 - 1`. Four (124 bits) would leave less than 100 proven bits.
pub const EXTENSION_DEGREE: usize = 5;

/// Random elements beside each leaf of a Merkle tree: 4 · 31 = 124 bits, so that a sibling's hash
/// in a path says nothing about the leaf.
pub const SALT_ELEMENTS: usize = 4;

/// Random codewords beside each committed matrix. The library asks for as many as a challenge has
/// elements.
pub const RANDOM_CODEWORDS: usize = EXTENSION_DEGREE;

/// Bytes of a Merkle tree's digest (BLAKE3): 128 bits of collision resistance.
pub const TREE_DIGEST_BYTES: usize = 32;

/// Children of a node of a Merkle tree.
pub const TREE_ARITY: usize = 2;

/// Chunks of the quotient polynomial: `2 · (degree − 1 + hiding)`, rounded up to a power of two.
pub const QUOTIENT_CHUNKS: usize = 8;

/// What the transcript of a proof begins with.
pub const TRANSCRIPT_LABEL: &[u8] = b"qloak/shielded/v1";

/// The parameters that trade size for time at equal security.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// log2 of the code's inverse rate.
    pub log_blowup: usize,
    /// Positions at which the codewords are opened.
    pub queries: usize,
    /// Bits of work before the positions are drawn.
    pub query_grinding_bits: usize,
    /// log2 of the final polynomial's length.
    pub log_final_length: usize,
    /// log2 of how many points a folding round makes one.
    pub log_folding: usize,
}

impl Parameters {
    /// The parameters of every proof on the chain.
    pub const STANDARD: Self = Self {
        log_blowup: 6,
        queries: 29,
        query_grinding_bits: 16,
        log_final_length: 6,
        log_folding: 2,
    };

    /// log2 of the length of a committed polynomial: the trace and as many random rows.
    pub const LOG_LENGTH: usize = ROWS.ilog2() as usize + 1;

    /// log2 of the length of a codeword, which is the height of a Merkle tree.
    pub const fn log_height(&self) -> usize {
        Self::LOG_LENGTH + self.log_blowup
    }

    /// log2 of the points that each folding round makes one.
    pub fn foldings(&self) -> Vec<usize> {
        let target = self.log_final_length + self.log_blowup;
        p3_fri::fold_schedule(&[self.log_height()], target, self.log_folding)
    }
}

/// What the prover takes its randomness from. The verifier has a stub in its place and takes none.
pub trait Randomness: CryptoRng + SeedableRng + Send + Sync {}

impl<R: CryptoRng + SeedableRng + Send + Sync> Randomness for R {}

/// The field that challenges are drawn from, of about 2^155 elements.
pub type Challenge = QuinticTrinomialExtensionField<Element>;

/// The hash of the Merkle trees' leaves.
pub type LeafHash = SerializingHasher<Blake3>;

/// The hash of the Merkle trees' nodes.
pub type NodeHash = CompressionFunctionFromHasher<Blake3, TREE_ARITY, TREE_DIGEST_BYTES>;

/// A salted Merkle tree over elements.
pub type Tree<R> = MerkleTreeHidingMmcs<
    Element,
    u8,
    LeafHash,
    NodeHash,
    R,
    TREE_ARITY,
    TREE_DIGEST_BYTES,
    SALT_ELEMENTS,
>;

/// A salted Merkle tree over challenges.
pub type FoldingTree<R> = ExtensionMmcs<Element, Challenge, Tree<R>>;

/// The transform from polynomials to codewords.
pub type Transform = Radix2DFTSmallBatch<Element>;

/// The hiding commitment to polynomials.
pub type Commitment<R> = HidingFriPcs<Element, Transform, Tree<R>, FoldingTree<R>, R>;

/// The proof system.
pub type Config<R> = StarkConfig<Commitment<R>, Challenge, Transcript>;

/// The proof system for one statement, which the transcript begins with. Each of the three
/// sources of randomness is drawn from independently.
pub fn config<R: Randomness>(
    parameters: &Parameters,
    statement: &Statement,
    sources: [R; 3],
) -> Config<R> {
    let [for_values, for_foldings, for_polynomials] = sources;
    let fri = fri(parameters, FoldingTree::new(tree(for_foldings)));
    let commitment = Commitment::new(
        Transform::default(),
        tree(for_values),
        fri,
        RANDOM_CODEWORDS,
        for_polynomials,
    );
    let mut beginning = TRANSCRIPT_LABEL.to_vec();
    statement.encode_to(&mut beginning);
    Config::new(commitment, transcript(beginning))
}

fn tree<R: Randomness>(source: R) -> Tree<R> {
    const CAP_HEIGHT: usize = 0;
    Tree::new(
        LeafHash::new(Blake3),
        NodeHash::new(Blake3),
        CAP_HEIGHT,
        source,
    )
}

const fn fri<M>(parameters: &Parameters, mmcs: M) -> FriParameters<M> {
    FriParameters {
        log_blowup: parameters.log_blowup,
        log_final_poly_len: parameters.log_final_length,
        max_log_arity: parameters.log_folding,
        num_queries: parameters.queries,
        batch_proof_of_work_bits: 0,
        commit_proof_of_work_bits: 0,
        query_proof_of_work_bits: parameters.query_grinding_bits,
        mmcs,
    }
}

/// What the library reports of the probability that a false statement is proven, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soundness {
    /// Proven, up to the unique decoding radius.
    pub unique_decoding: usize,
    /// Proven, up to the Johnson radius. The curve argument that it rests on is the library
    /// authors' own (eprint 2026/2056 and 2024/1553).
    pub johnson: usize,
    /// Under the conjecture that codes behave like random words (eprint 2025/2010).
    pub conjectured: usize,
}

/// The soundness of proofs with these parameters.
pub fn soundness(parameters: &Parameters) -> Soundness {
    let security = security_parameters(parameters);
    let proven = ProvenSecurity::compute_from_proof(Parameters::LOG_LENGTH, &security);
    let conjectured = ConjecturedSecurity::compute_from_params(&security, Parameters::LOG_LENGTH);
    Soundness {
        unique_decoding: proven.unique_decoding_bits,
        johnson: proven.list_decoding_bits,
        conjectured: conjectured.security_bits,
    }
}

/// What the library's report is computed from, taken from the circuit itself.
#[allow(
    clippy::expect_used,
    reason = "the field has subgroups of 2^24 points, and the trace needs one of 2^7"
)]
pub fn security_parameters(parameters: &Parameters) -> StarkSecurityParams {
    const COLLISION_RESISTANCE: usize = TREE_DIGEST_BYTES * 8 / 2;
    const ROWS_READ: usize = 2;
    let circuit = Circuit::new();
    let fri = fri(parameters, ());
    let modulus_bits = Challenge::bits() - 1;
    let domain = TwoAdicMultiplicativeCoset::new(Element::GENERATOR, ROWS.ilog2() as usize)
        .expect("a domain of the trace's size");
    StarkSecurityParams::from_air::<Element, Challenge, Circuit>(
        fri.security_regime(),
        &circuit,
        AirLayout::from_air(&circuit),
        domain,
        modulus_bits,
        COLLISION_RESISTANCE,
        ROWS_READ,
        OpeningShape::hiding(RANDOM_CODEWORDS),
        fri.grinding_sites(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which term bounds the soundness changes with the parameters; the targets do not.
    #[test]
    fn the_standard_parameters_are_sound() {
        let soundness = soundness(&Parameters::STANDARD);
        assert!(soundness.johnson >= 100, "{soundness:?}");
        assert!(soundness.conjectured >= 128, "{soundness:?}");
        // Up to the unique decoding radius less is proven. The specification says so.
        assert_eq!(soundness.unique_decoding, 44);
    }

    /// How many queries the specification says it would take to prove as much without the Johnson
    /// bound, and that one query less than the chain's proves less than 100 bits with it.
    #[test]
    fn the_specification_counts_queries_correctly() {
        let with = |queries| {
            soundness(&Parameters {
                queries,
                ..Parameters::STANDARD
            })
        };
        assert_eq!(
            (29..200).find(|queries| with(*queries).unique_decoding >= 100),
            Some(86)
        );
        assert_eq!(with(Parameters::STANDARD.queries - 1).johnson, 99);
    }

    /// The library counts columns and constraints by itself. This is what it finds.
    #[test]
    fn the_report_is_of_this_circuit() {
        use crate::circuit::{columns::COLUMNS, MAX_DEGREE};
        let security = security_parameters(&Parameters::STANDARD);
        assert_eq!(security.air_max_constraint_degree, MAX_DEGREE);
        assert_eq!(security.num_quotient_chunks, QUOTIENT_CHUNKS);
        assert_eq!(security.max_combo, 2);
        assert_eq!(
            security.num_batched_functions,
            2 * (COLUMNS + RANDOM_CODEWORDS) + (QUOTIENT_CHUNKS + 1) * 2 * EXTENSION_DEGREE
        );
    }

    /// "A Note on Adding Zero-Knowledge to STARKs", 4.2, as the library demands it.
    #[test]
    fn there_are_enough_random_rows_to_hide_what_is_opened() {
        const OPENING_POINTS: usize = 2;
        let opened = Parameters::STANDARD.queries + OPENING_POINTS * EXTENSION_DEGREE;
        assert!(ROWS >= 2 * opened);
    }
}
