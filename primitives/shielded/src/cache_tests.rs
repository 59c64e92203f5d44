#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::{circuit::tests::support::Scenario, prover::prove};
use codec::Encode;
use std::sync::LazyLock;

/// A proof and its statement's encoding.
static PROVEN: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let Scenario { statement, witness } = Scenario::random(5);
    (prove(&statement, &witness).unwrap(), statement.encode())
});

fn claim() -> Claim<'static> {
    let (proof, statement) = &*PROVEN;
    Claim { proof, statement }
}

fn is_held(memory: &Memory, claim: &Claim<'_>) -> bool {
    memory.holds(claim.index(&memory.hasher), claim)
}

#[test]
fn remembers_what_verified_and_tells_every_part_apart() {
    let (memory, claim) = (Memory::new(CAPACITY_BYTES), claim());
    assert!(!is_held(&memory, &claim));
    assert!(memory.verify(&claim));
    assert!(is_held(&memory, &claim));
    for at in [0, claim.proof.len() / 2, claim.proof.len() - 1] {
        let mut proof = claim.proof.to_vec();
        proof[at] ^= 1;
        let other = Claim {
            proof: &proof,
            ..claim
        };
        assert!(!is_held(&memory, &other) && !memory.verify(&other), "{at}");
    }
    let mut statement = claim.statement.to_vec();
    statement[0] ^= 1;
    assert!(!memory.verify(&Claim {
        statement: &statement,
        ..claim
    }));
    assert!(memory.verify(&claim));
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
        assert!(!memory.verify(&Claim { proof, statement }));
    }
    assert_eq!(memory.claims.lock().len(), 0);
}

#[test]
fn a_statement_has_one_encoding() {
    let memory = Memory::new(CAPACITY_BYTES);
    let longer = [claim().statement, &[0]].concat();
    assert!(!memory.verify(&Claim {
        statement: &longer,
        ..claim()
    }));
    assert!(!verify_encoded(claim().proof, &longer));
    assert!(verify_encoded(claim().proof, claim().statement));
}

#[test]
fn what_is_too_long_is_refused_unread() {
    let memory = Memory::new(CAPACITY_BYTES);
    let proof = vec![0; memory.longest_proof + 1];
    assert!(!memory.verify(&Claim {
        proof: &proof,
        ..claim()
    }));
    let statement = vec![0; 1 << 20];
    assert!(!memory.verify(&Claim {
        statement: &statement,
        ..claim()
    }));
}

#[test]
fn parts_that_are_cut_elsewhere_are_another_claim() {
    let verified = Verified::new(&claim());
    assert!(verified.is(&claim()));
    let joined = [claim().statement, claim().proof].concat();
    for cut in [claim().statement.len() - 1, claim().statement.len() + 1] {
        let (statement, proof) = joined.split_at(cut);
        assert!(!verified.is(&Claim { proof, statement }));
    }
}

#[test]
fn claims_with_one_index_displace_each_other() {
    let memory = Memory::new(CAPACITY_BYTES);
    let other = Claim {
        proof: b"another proof of it",
        ..claim()
    };
    memory.remember(1, &claim());
    memory.remember(1, &other);
    assert!(memory.holds(1, &other) && !memory.holds(1, &claim()));
    let used = memory.claims.lock().limiter().used;
    assert_eq!(used, Verified::new(&other).cost());
}

#[test]
fn the_memory_is_bounded_and_can_be_cleared() {
    let cost = Verified::new(&claim()).cost();
    let memory = Memory::new(4 * cost);
    for index in 0..20 {
        memory.remember(index, &claim());
    }
    assert!(memory.holds(19, &claim()) && memory.holds(16, &claim()));
    assert!(!memory.holds(15, &claim()));
    assert_eq!(memory.claims.lock().limiter().used, 4 * cost);
    memory.claims.lock().clear();
    assert!(!memory.holds(19, &claim()));
    assert_eq!(memory.claims.lock().limiter().used, 0);
}
