//! A process-wide memory of proofs that verified ([`ClaimMemory`]): the proof and the statement's
//! encoding, byte for byte.
//!
//! A claim is found over its statement. Two proofs of one statement displace each other; whoever has a
//! second proof of a statement has its witness: it is the payer's own.

use std::sync::LazyLock;

use qloak_pq_crypto::claim_memory::{capacity_beside_pool, ClaimMemory};

use crate::{
    parameters::Parameters, proof::max_proof_bytes, statement::Statement, verifier::verify_encoded,
};
use codec::MaxEncodedLen;

/// How much memory the verified claims may take beside those of the pool of transactions: some 850 proofs, which is nine full
/// blocks.
pub const CAPACITY_BYTES: usize = 64 << 20;

/// Statement, proof.
type Memory = ClaimMemory<2>;

/// The process's.
static MEMORY: LazyLock<Memory> = LazyLock::new(|| Memory::new(CAPACITY_BYTES));

/// The length above which bytes are no proof.
static LONGEST_PROOF: LazyLock<usize> = LazyLock::new(|| max_proof_bytes(&Parameters::STANDARD));

/// Remembers as much more as a pool of transactions of that many bytes can hold. A node says so when it starts.
pub fn make_room_for_pool(pool_bytes: usize) {
    MEMORY.set_capacity(capacity_beside_pool(CAPACITY_BYTES, pool_bytes));
}

/// A proof and what it is claimed to prove.
#[derive(Clone, Copy)]
struct Claim<'a> {
    proof: &'a [u8],
    statement: &'a [u8],
}

impl Claim<'_> {
    fn verify(&self, memory: &Memory) -> bool {
        let Self { proof, statement } = *self;
        // What is longer proves nothing, and is not even hashed.
        if proof.len() > *LONGEST_PROOF || statement.len() > Statement::max_encoded_len() {
            return false;
        }
        let index = memory.index(statement);
        memory.verify(index, &[statement, proof], || {
            verify_encoded(proof, statement)
        })
    }
}

/// Whether the bytes prove the statement with this encoding, from memory if they did before.
pub fn verify(proof: &[u8], statement: &[u8]) -> bool {
    Claim { proof, statement }.verify(&MEMORY)
}

/// Forgets every proof, so that a measurement can begin like a node that has seen none. No answer of
/// [`verify`] changes, only the time that it takes.
pub fn clear() {
    MEMORY.clear();
}

#[cfg(all(test, feature = "prover"))]
#[path = "cache_tests.rs"]
mod tests;
