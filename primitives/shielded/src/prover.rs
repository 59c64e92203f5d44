//! The prover: native, on all cores.
//!
//! # Randomness
//!
//! What hides the witness (the masks of the trace, the salts of the trees) comes from the operating system's
//! generator, from the trace and from the statement together (`seeds`). Masks that somebody can predict would give
//! the trace away, and with it the spend authorising key: a proof opens 29 of its rows. So a broken generator must not
//! be enough. Nor must a proof of one statement use the masks of another: two sets of openings under the same masks
//! say more than one. A proof is a function of statement, witness and entropy, the grinding included
//! (`transcript`), so with a generator that always gives the same the very same proof comes out again.

use crate::{
    circuit::{
        columns::COLUMNS, known_shape::KnownShape, public_values::PublicValues, trace::Trace,
        Circuit,
    },
    element::{write_elements, Element, ELEMENT_BYTES},
    note::Asset,
    parameters::{config, Config, Parameters},
    proof::encode,
    statement::{Flow, PublicChange, Statement, INPUTS, OUTPUTS},
    witness::Witness,
};
use alloc::{vec, vec::Vec};
use chacha20::ChaCha20Rng;
use codec::Encode;
use p3_air::{Air, DebugConstraintBuilder};
use p3_matrix::dense::RowMajorMatrix;
use p3_uni_stark::{PcsProverError, ProverConstraintFolder};
use qloak_pq_crypto::hedge::hedged;
use rand_core::SeedableRng;
use zeroize::Zeroizing;

/// What a proof's randomness comes from: ChaCha20, seeded afresh for each proof.
pub type Source = ChaCha20Rng;

/// Sources of randomness of a proof: of the trees' salts, of the folding trees' salts, of the masks.
const SOURCES: usize = 3;

/// Bytes of a source's seed.
const SEED_BYTES: usize = 32;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// An input is worth something, and its path does not lead to the anchor.
    #[error("the path of input {input} does not lead to the anchor")]
    NotInTree {
        /// Which input.
        input: usize,
    },
    /// The witness has another nullifier than the statement.
    #[error("the nullifier of input {input} is not the statement's")]
    OtherNullifier {
        /// Which input.
        input: usize,
    },
    /// The witness has another commitment than the statement.
    #[error("the commitment of output {output} is not the statement's")]
    OtherCommitment {
        /// Which output.
        output: usize,
    },
    /// Inputs and outputs differ by something else than the public change.
    #[error("the inputs and outputs of {asset} do not differ by the public change")]
    Unbalanced {
        /// Of which asset.
        asset: Asset,
    },
    /// The operating system gives no randomness.
    #[error("no randomness from the operating system: {0}")]
    Randomness(getrandom::Error),
    /// The library refuses. The parameters rule this out.
    #[error("the proof system refuses: {0}")]
    ProofSystem(#[from] p3_uni_stark::ProvingError<PcsProverError<Config<Source>>>),
}

/// Proves that the statement is true.
///
/// The witness's secrets are wiped when the caller drops the witness. The copies in the proof
/// system's own buffers (the trace and its codewords) go back to the allocator as they are.
pub fn prove(statement: &Statement, witness: &Witness) -> Result<Vec<u8>, ProveError> {
    prove_with(&Parameters::STANDARD, statement, witness)
}

/// [`prove`] with other parameters than the chain's, for measurements.
pub fn prove_with(
    parameters: &Parameters,
    statement: &Statement,
    witness: &Witness,
) -> Result<Vec<u8>, ProveError> {
    let public = PublicValues::from(statement);
    let trace = Trace::new(witness, &public);
    check(statement, witness, &trace)?;
    prove_trace(parameters, statement, &trace)
}

/// Proves what the trace shows, if it shows anything: a trace that breaks a constraint gives bytes
/// that do not verify.
pub(crate) fn prove_trace(
    parameters: &Parameters,
    statement: &Statement,
    trace: &Trace,
) -> Result<Vec<u8>, ProveError> {
    let mut entropy = Zeroizing::new([0; SEED_BYTES]);
    getrandom::fill(&mut *entropy).map_err(ProveError::Randomness)?;
    prove_trace_from(parameters, statement, trace, &entropy)
}

/// [`prove_trace`] with given entropy.
pub(crate) fn prove_trace_from(
    parameters: &Parameters,
    statement: &Statement,
    trace: &Trace,
    entropy: &[u8; SEED_BYTES],
) -> Result<Vec<u8>, ProveError> {
    let public = PublicValues::from(statement).flatten();
    let cells = trace.cells();
    let sources = seeds(&cells, entropy, statement).map(|seed| Source::from_seed(*seed));
    let config = config(parameters, statement, sources);
    let cells = RowMajorMatrix::new(cells, COLUMNS);
    let circuit = KnownShape(Circuit::new());
    let proof = p3_uni_stark::prove_with_preprocessed(&config, &circuit, cells, &public, None)?;
    Ok(encode(&proof))
}

impl<'a> Air<ProverConstraintFolder<'a, Config<Source>>> for KnownShape {
    fn eval(&self, builder: &mut ProverConstraintFolder<'a, Config<Source>>) {
        self.0.eval(builder);
    }
}

/// What a debug build of the library checks the trace with.
impl<'a> Air<DebugConstraintBuilder<'a, Element>> for KnownShape {
    fn eval(&self, builder: &mut DebugConstraintBuilder<'a, Element>) {
        self.0.eval(builder);
    }
}

/// The seeds of the three sources, out of everything that the masks hide, the entropy and everything that the proof is
/// about.
pub(crate) fn seeds(
    cells: &[Element],
    entropy: &[u8; SEED_BYTES],
    statement: &Statement,
) -> [Zeroizing<[u8; SEED_BYTES]>; SOURCES] {
    let mut secret = Zeroizing::new(vec![0; cells.len() * ELEMENT_BYTES]);
    write_elements(cells, &mut secret);
    let drawn = hedged::<{ SOURCES * SEED_BYTES }>(
        b"shielded proof",
        &secret,
        entropy,
        &statement.encode(),
    );
    core::array::from_fn(|source| {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        seed.copy_from_slice(&drawn[source * SEED_BYTES..][..SEED_BYTES]);
        seed
    })
}

/// Says what is wrong before the work is done, rather than that the proof does not verify after it.
fn check(statement: &Statement, witness: &Witness, trace: &Trace) -> Result<(), ProveError> {
    for input in 0..INPUTS {
        if trace.is_real(input) && trace.root(input) != statement.anchor {
            return Err(ProveError::NotInTree { input });
        }
        if trace.nullifier(input) != statement.nullifiers[input] {
            return Err(ProveError::OtherNullifier { input });
        }
    }
    for output in 0..OUTPUTS {
        if trace.commitment(output) != statement.commitments[output] {
            return Err(ProveError::OtherCommitment { output });
        }
    }
    for (asset, change) in Asset::ALL.into_iter().zip(statement.changes) {
        if excess(witness, asset) != signed(change) {
            return Err(ProveError::Unbalanced { asset });
        }
    }
    Ok(())
}

/// By how much the inputs of an asset are worth more than the outputs.
fn excess(witness: &Witness, asset: Asset) -> i128 {
    let inputs = witness
        .inputs
        .iter()
        .map(|input| (input.asset, i128::from(input.value)));
    let outputs = witness
        .outputs
        .iter()
        .map(|output| (output.asset, -i128::from(output.value)));
    let of_asset = inputs.chain(outputs).filter(|(of, _)| *of == asset);
    of_asset.map(|(_, value)| value).sum()
}

fn signed(change: PublicChange) -> i128 {
    match change.flow() {
        Flow::Leaves => change.amount().into(),
        Flow::Enters => -i128::from(change.amount()),
    }
}
