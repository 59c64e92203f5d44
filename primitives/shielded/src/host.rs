//! The host function: the runtime has the node around it verify proofs.
//!
//! Verification runs natively, and its successes are remembered ([`crate::cache`]): a transfer whose
//! proof was verified on its way into the pool is not verified again when it is put into a block or
//! when that block is imported. With the feature `host-crypto` off, the runtime asks nobody and
//! verifies in WebAssembly: the same answer, more time.
//!
//! A host function is part of consensus: all nodes must give the same answer.

use codec::Encode;
use sp_runtime_interface::{pass_by::PassFatPointerAndRead, runtime_interface};

use crate::statement::Statement;

/// Whether the bytes prove the statement. Anything malformed is simply no proof.
pub fn verify(proof: &[u8], statement: &Statement) -> bool {
    #[cfg(feature = "host-crypto")]
    {
        shielded_proofs::verify(proof, &statement.encode())
    }
    #[cfg(not(feature = "host-crypto"))]
    {
        verify_here(proof, &statement.encode())
    }
}

/// [`verify`] without a memory, for measurements.
pub fn verify_afresh(proof: &[u8], statement: &Statement) -> bool {
    #[cfg(feature = "host-crypto")]
    {
        shielded_proofs::verify_afresh(proof, &statement.encode())
    }
    #[cfg(not(feature = "host-crypto"))]
    {
        verify_here(proof, &statement.encode())
    }
}

#[cfg(any(feature = "std", not(feature = "host-crypto")))]
fn verify_here(proof: &[u8], statement: &[u8]) -> bool {
    crate::verifier::verify_encoded(proof, statement)
}

/// Verification of shielded transfers.
#[runtime_interface]
pub trait ShieldedProofs {
    /// Whether the bytes prove the statement that is encoded in `statement`.
    fn verify(
        proof: PassFatPointerAndRead<&[u8]>,
        statement: PassFatPointerAndRead<&[u8]>,
    ) -> bool {
        crate::cache::verify(proof, statement)
    }

    /// The same without the node's memory. No block calls it: it is for benchmarks.
    fn verify_afresh(
        proof: PassFatPointerAndRead<&[u8]>,
        statement: PassFatPointerAndRead<&[u8]>,
    ) -> bool {
        verify_here(proof, statement)
    }
}

/// All host functions of this crate, to be registered with the executor beside the SDK's.
#[cfg(feature = "std")]
pub type HostFunctions = shielded_proofs::HostFunctions;
