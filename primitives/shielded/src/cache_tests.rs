#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::{circuit::tests::support::Scenario, prover::prove};
use codec::Encode;

/// A proof and its statement's encoding.
static PROVEN: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let Scenario { statement, witness } = Scenario::random(5);
    (prove(&statement, &witness).unwrap(), statement.encode())
});

fn claim() -> Claim<'static> {
    let (proof, statement) = &*PROVEN;
    Claim { proof, statement }
}

#[test]
fn every_part_of_a_claim_counts_once_it_is_remembered() {
    let (memory, claim) = (Memory::new(CAPACITY_BYTES), claim());
    assert!(claim.verify(&memory));
    for at in [0, claim.proof.len() / 2, claim.proof.len() - 1] {
        let mut proof = claim.proof.to_vec();
        proof[at] ^= 1;
        let other = Claim {
            proof: &proof,
            ..claim
        };
        assert!(!other.verify(&memory), "{at}");
    }
    let mut statement = claim.statement.to_vec();
    statement[0] ^= 1;
    let other = Claim {
        statement: &statement,
        ..claim
    };
    assert!(!other.verify(&memory));
    assert!(claim.verify(&memory));
}

#[test]
fn what_does_not_verify_is_not_remembered() {
    let memory = Memory::new(CAPACITY_BYTES);
    let half = &claim().proof[..claim().proof.len() / 2];
    for (proof, statement) in [
        (half, claim().statement),
        (claim().proof, &claim().statement[1..]),
        (&[], &[]),
    ] {
        assert!(!Claim { proof, statement }.verify(&memory));
    }
    assert!(memory.is_empty());
}

#[test]
fn a_statement_has_one_encoding() {
    let memory = Memory::new(CAPACITY_BYTES);
    let longer = [claim().statement, &[0]].concat();
    let claim_of_longer = Claim {
        statement: &longer,
        ..claim()
    };
    assert!(!claim_of_longer.verify(&memory));
    assert!(!verify_encoded(claim().proof, &longer));
    assert!(verify_encoded(claim().proof, claim().statement));
}

#[test]
fn what_is_too_long_is_refused_unread() {
    let memory = Memory::new(CAPACITY_BYTES);
    let proof = vec![0; *LONGEST_PROOF + 1];
    let long_proof = Claim {
        proof: &proof,
        ..claim()
    };
    let statement = vec![0; 1 << 20];
    let long_statement = Claim {
        statement: &statement,
        ..claim()
    };
    assert!(!long_proof.verify(&memory) && !long_statement.verify(&memory));
}

/// A pool full of transfers is remembered as a whole: none has to be verified again when it comes into a block.
#[test]
fn the_memory_holds_a_full_pool() {
    const POOL_BYTES: usize = 128 << 20;
    let memory = Memory::new(CAPACITY_BYTES);
    memory.set_capacity(capacity_beside_pool(CAPACITY_BYTES, POOL_BYTES));
    let proof = vec![0; *LONGEST_PROOF];
    let claims = (0..POOL_BYTES / proof.len()).map(|number| {
        let mut statement = vec![0; Statement::max_encoded_len()];
        statement[..8].copy_from_slice(&number.to_le_bytes());
        statement
    });
    let claims: Vec<_> = claims.collect();
    let verified = |statement: &[u8], check: bool| {
        memory.verify(memory.index(statement), &[statement, &proof], || check)
    };
    assert!(claims.iter().all(|statement| verified(statement, true)));
    assert!(claims.iter().all(|statement| verified(statement, false)));
}
