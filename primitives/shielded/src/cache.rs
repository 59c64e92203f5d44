//! A process-wide memory of proofs that verified.
//!
//! What is remembered is the claim itself: the proof and the statement's encoding, byte for byte. A hit
//! means that these very bytes verified before in this process. No answer rests on a hash, so
//! there is nothing to collide, whatever an attacker can compute. (The memory of signatures in
//! `qloak-pq-crypto` works the same way.)
//!
//! A claim is found by SipHash, keyed at random in each process, over the statement. Two proofs of one
//! statement displace each other, which costs a verification and changes no answer. Whoever has a second
//! proof of a statement has its witness: it is the payer's own.
//!
//! Bounded: [`CAPACITY_BYTES`], the least recently used goes first. Only successes enter, so an
//! attacker can fill it only with valid proofs, at the price of making them.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use parking_lot::Mutex;
use schnellru::{Limiter, LruMap};

use crate::{
    parameters::Parameters, proof::max_proof_bytes, statement::Statement, verifier::verify_encoded,
};
use codec::MaxEncodedLen;

/// How much memory the verified claims may take: some 850 proofs, which is nine full blocks.
pub const CAPACITY_BYTES: usize = 64 << 20;

/// What an entry takes beside its claim's bytes, about.
const OVERHEAD: usize = 128;

/// A proof and what it is claimed to prove.
#[derive(Clone, Copy)]
struct Claim<'a> {
    proof: &'a [u8],
    statement: &'a [u8],
}

impl Claim<'_> {
    fn index(&self, hasher: &RandomState) -> u64 {
        hasher.hash_one(self.statement)
    }
}

/// A claim that verified.
struct Verified {
    statement_bytes: usize,
    /// Statement, proof.
    bytes: Box<[u8]>,
}

impl Verified {
    fn new(claim: &Claim<'_>) -> Self {
        Self {
            statement_bytes: claim.statement.len(),
            bytes: [claim.statement, claim.proof].concat().into(),
        }
    }

    fn is(&self, claim: &Claim<'_>) -> bool {
        let (statement, proof) = self.bytes.split_at(self.statement_bytes);
        statement == claim.statement && proof == claim.proof
    }

    fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

/// Bounds the claims by their bytes.
struct ByBytes {
    used: usize,
    capacity: usize,
}

impl Limiter<u64, Verified> for ByBytes {
    type KeyToInsert<'a> = u64;
    type LinkType = u32;

    fn is_over_the_limit(&self, _: usize) -> bool {
        self.used > self.capacity
    }

    fn on_insert(&mut self, _: usize, index: u64, claim: Verified) -> Option<(u64, Verified)> {
        self.used += claim.cost();
        Some((index, claim))
    }

    fn on_replace(
        &mut self,
        _: usize,
        _: &mut u64,
        _: u64,
        old: &mut Verified,
        new: &mut Verified,
    ) -> bool {
        self.used = self.used - old.cost() + new.cost();
        true
    }

    fn on_removed(&mut self, _: &mut u64, claim: &mut Verified) {
        self.used -= claim.cost();
    }

    fn on_cleared(&mut self) {
        self.used = 0;
    }

    fn on_grow(&mut self, _: usize) -> bool {
        true
    }
}

struct Memory {
    hasher: RandomState,
    longest_proof: usize,
    claims: Mutex<LruMap<u64, Verified, ByBytes>>,
}

impl Memory {
    fn new(capacity: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            longest_proof: max_proof_bytes(&Parameters::STANDARD),
            claims: Mutex::new(LruMap::new(ByBytes { used: 0, capacity })),
        }
    }

    /// The process's.
    fn shared() -> &'static Self {
        static MEMORY: OnceLock<Memory> = OnceLock::new();
        MEMORY.get_or_init(|| Self::new(CAPACITY_BYTES))
    }

    fn holds(&self, index: u64, claim: &Claim<'_>) -> bool {
        self.claims
            .lock()
            .get(&index)
            .is_some_and(|verified| verified.is(claim))
    }

    fn remember(&self, index: u64, claim: &Claim<'_>) {
        let verified = Verified::new(claim);
        self.claims.lock().insert(index, verified);
    }

    fn verify(&self, claim: &Claim<'_>) -> bool {
        // What is longer proves nothing, and is not even hashed.
        if claim.proof.len() > self.longest_proof
            || claim.statement.len() > Statement::max_encoded_len()
        {
            return false;
        }
        let index = claim.index(&self.hasher);
        if self.holds(index, claim) {
            return true;
        }
        // The lock is not held while verifying: two threads may both do the work, neither waits.
        let valid = verify_encoded(claim.proof, claim.statement);
        if valid {
            self.remember(index, claim);
        }
        valid
    }
}

/// Whether the bytes prove the statement with this encoding, from memory if they did before.
pub fn verify(proof: &[u8], statement: &[u8]) -> bool {
    Memory::shared().verify(&Claim { proof, statement })
}

/// Forgets every proof, so that a measurement can begin like a node that has seen none. No answer of
/// [`verify`] changes, only the time that it takes.
pub fn clear() {
    Memory::shared().claims.lock().clear();
}

#[cfg(all(test, feature = "prover"))]
#[path = "cache_tests.rs"]
mod tests;
