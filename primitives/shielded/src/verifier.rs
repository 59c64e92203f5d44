//! The verifier: no standard library, no randomness, no panic.

use crate::{
    circuit::{known_shape::KnownShape, public_values::PublicValues, Circuit},
    parameters::{config, Config, Parameters},
    proof::{decode, DecodeError},
    statement::Statement,
};
use codec::DecodeAll;
use core::convert::Infallible;
use p3_air::Air;
use p3_uni_stark::VerifierConstraintFolder;
use rand_core::{SeedableRng, TryCryptoRng, TryRng};

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The bytes are not a proof. This is found without any arithmetic.
    #[error("malformed proof: {0}")]
    Malformed(#[from] DecodeError),
    /// The proof does not show that the statement is true.
    #[error("the proof does not show that the statement is true")]
    Invalid,
}

/// Checks that the bytes prove the statement.
pub fn verify(proof: &[u8], statement: &Statement) -> Result<(), VerifyError> {
    verify_with(&Parameters::STANDARD, proof, statement)
}

/// Whether the bytes prove the statement with this encoding, which must be the statement's whole one.
pub fn verify_encoded(proof: &[u8], statement: &[u8]) -> bool {
    Statement::decode_all(&mut &statement[..])
        .is_ok_and(|statement| verify(proof, &statement).is_ok())
}

/// [`verify`] with other parameters than the chain's, for measurements.
pub fn verify_with(
    parameters: &Parameters,
    proof: &[u8],
    statement: &Statement,
) -> Result<(), VerifyError> {
    let proof = decode::<NoRandomness>(parameters, proof)?;
    let config = config(parameters, statement, [NoRandomness; 3]);
    let public = PublicValues::from(statement).flatten();
    let circuit = KnownShape(Circuit::new());
    p3_uni_stark::verify(&config, &circuit, &proof, &public).map_err(|_| VerifyError::Invalid)
}

impl<'a> Air<VerifierConstraintFolder<'a, Config<NoRandomness>>> for KnownShape {
    fn eval(&self, builder: &mut VerifierConstraintFolder<'a, Config<NoRandomness>>) {
        self.0.eval(builder);
    }
}

/// Stands where a prover has a source of randomness. A verifier draws nothing from it: it is a type
/// parameter of the commitment scheme and no more.
#[derive(Clone, Copy, Debug)]
struct NoRandomness;

impl TryRng for NoRandomness {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for NoRandomness {}

impl SeedableRng for NoRandomness {
    type Seed = [u8; 0];

    fn from_seed(_: [u8; 0]) -> Self {
        Self
    }
}
