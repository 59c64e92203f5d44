//! Who verifies proofs.

use qloak_shielded::{statement::Statement, verifier::verify};

/// Verifies proofs for the pallet.
///
/// Every node must answer alike: the answer is part of consensus. An implementation may remember
/// successes, bounded in number: proof *and* statement. A transaction is verified when it comes into
/// the pool, when it is put into a block and when that block is imported.
pub trait ProofVerifier {
    /// Whether the bytes prove the statement.
    fn verify(proof: &[u8], statement: &Statement) -> bool;

    /// The same without a memory, for the measurement of what it costs.
    #[cfg(feature = "runtime-benchmarks")]
    fn verify_afresh(proof: &[u8], statement: &Statement) -> bool {
        verify(proof, statement).is_ok()
    }
}

/// Verifies in the runtime itself, and remembers nothing.
pub struct InRuntime;

impl ProofVerifier for InRuntime {
    fn verify(proof: &[u8], statement: &Statement) -> bool {
        verify(proof, statement).is_ok()
    }
}
