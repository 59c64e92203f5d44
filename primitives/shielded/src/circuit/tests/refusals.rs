//! What a thief would try, against the prover as it is and against a prover without checks.

use super::{
    forgery::Forgery,
    support::{refused, Scenario},
};
use crate::{
    circuit::schedule::{INPUT_RANGE, PATH},
    element::{Digest, Element, SecretElements},
    note::Asset,
    prover::{prove, ProveError},
    statement::{PublicChange, Statement},
    test_support::alice,
    verifier::{verify, VerifyError},
    witness::InputWitness,
};
use p3_field::PrimeCharacteristicRing;
use std::vec::Vec;

const QLK: Asset = Asset::Qlk;
const PRIV: Asset = Asset::Priv;

fn payment() -> Scenario {
    Scenario::of(3, [(QLK, 1000), (PRIV, 50), (QLK, 900), (PRIV, 20)])
}

/// The statement with each of its fields, elements and amounts altered in turn.
fn altered(statement: &Statement) -> Vec<Statement> {
    let mut all = Vec::new();
    let mut alter = |change: &dyn Fn(&mut Statement)| {
        let mut other = statement.clone();
        change(&mut other);
        assert_ne!(&other, statement);
        all.push(other);
    };
    for i in 0..8 {
        let add = |digest: &mut Digest| digest.0[i] += Element::ONE;
        alter(&|it| add(&mut it.anchor));
        alter(&|it| add(&mut it.nullifiers[0]));
        alter(&|it| add(&mut it.nullifiers[1]));
        alter(&|it| add(&mut it.commitments[0]));
        alter(&|it| add(&mut it.commitments[1]));
        alter(&|it| add(&mut it.binding));
    }
    alter(&|it| it.nullifiers.swap(0, 1));
    alter(&|it| it.commitments.swap(0, 1));
    alter(&|it| it.changes.swap(0, 1));
    for asset in 0..2 {
        let amount = statement.changes[asset].amount();
        alter(&|it| it.changes[asset] = PublicChange::leaves(amount + 1));
        alter(&|it| it.changes[asset] = PublicChange::leaves(amount - 1));
        alter(&|it| it.changes[asset] = PublicChange::leaves(amount + (1 << 22)));
        alter(&|it| it.changes[asset] = PublicChange::leaves(u64::MAX));
        alter(&|it| it.changes[asset] = PublicChange::enters(amount));
        alter(&|it| it.changes[asset] = PublicChange::NONE);
    }
    all
}

#[test]
fn a_proof_is_of_its_statement_and_of_no_other() {
    let Scenario { statement, witness } = payment();
    let proof = prove(&statement, &witness).unwrap();
    assert_eq!(verify(&proof, &statement), Ok(()));
    for (i, other) in altered(&statement).iter().enumerate() {
        assert_eq!(
            verify(&proof, other),
            Err(VerifyError::Invalid),
            "alteration {i}"
        );
    }
}

/// The same, where the prover makes a new proof for the altered statement. Only the binding may be
/// altered by who knows the witness: that is what signing another transaction is.
#[test]
fn no_altered_statement_is_proven() {
    let scenario = payment();
    for (i, other) in altered(&scenario.statement).iter().enumerate() {
        let is_signing = Statement {
            binding: scenario.statement.binding,
            ..other.clone()
        } == scenario.statement;
        assert_eq!(
            refused(other, &scenario.trace()),
            !is_signing,
            "alteration {i}"
        );
    }
}

/// The witness's trace without the prover's checks gives no proof, and the prover says why.
fn not_proven(scenario: &Scenario) -> ProveError {
    assert!(refused(&scenario.statement, &scenario.trace()));
    prove(&scenario.statement, &scenario.witness).unwrap_err()
}

#[test]
fn value_out_of_nothing() {
    let mut scenario = payment();
    scenario.statement.changes[0] = PublicChange::leaves(101);
    let error = not_proven(&scenario);
    assert!(matches!(error, ProveError::Unbalanced { asset: QLK }));
}

/// An output that makes the sum wrap around 2^64, or around p in a limb.
#[test]
fn value_out_of_an_overflow() {
    for wrapped in [u64::MAX, u64::MAX - (1 << 22) + 1, 1 << 63] {
        let mut scenario = Scenario::of(4, [(QLK, 0), (QLK, 0), (QLK, wrapped), (QLK, 0)]);
        scenario.statement.changes = [PublicChange::NONE; 2];
        let error = not_proven(&scenario);
        assert!(matches!(error, ProveError::Unbalanced { asset: QLK }));
    }
}

#[test]
fn two_outputs_of_more_than_64_bits() {
    let notes = [
        (QLK, u64::MAX),
        (QLK, u64::MAX),
        (QLK, u64::MAX),
        (QLK, u64::MAX),
    ];
    let scenario = Scenario::of(5, notes);
    let proof = prove(&scenario.statement, &scenario.witness).unwrap();
    assert_eq!(verify(&proof, &scenario.statement), Ok(()));

    let mut scenario = Scenario::of(5, [(QLK, u64::MAX), (QLK, 1), (QLK, u64::MAX), (QLK, 1)]);
    scenario.witness.inputs[1].value = 0;
    assert!(refused(&scenario.statement, &scenario.trace()));
}

/// A limb of the value that is negative: 2^16 too much in one, one too little in the next.
#[test]
fn a_value_with_a_negative_limb() {
    let mut forgery = Forgery::new();
    let row = forgery.row(INPUT_RANGE);
    row.right[2] -= Element::from_u32(2000);
    forgery.repair(INPUT_RANGE);
    assert!(refused(&forgery.statement, &forgery.trace));
}

#[test]
fn one_asset_for_the_other() {
    let mut scenario = Scenario::of(6, [(QLK, 700), (PRIV, 0), (PRIV, 700), (QLK, 0)]);
    scenario.statement.changes = [PublicChange::NONE; 2];
    assert!(matches!(
        not_proven(&scenario),
        ProveError::Unbalanced { asset: QLK }
    ));

    // The note in the tree is of QLK, and is spent as one of PRIV.
    let mut scenario = Scenario::of(6, [(QLK, 700), (PRIV, 0), (QLK, 700), (PRIV, 0)]);
    scenario.witness.inputs[0].asset = PRIV;
    scenario.statement.nullifiers[0] = scenario.trace().nullifier(0);
    assert!(matches!(
        not_proven(&scenario),
        ProveError::NotInTree { input: 0 }
    ));
}

#[test]
fn a_note_that_is_not_in_the_tree() {
    let mut scenario = payment();
    scenario.witness.inputs[1].path.siblings[17].0[3] += Element::ONE;
    assert!(matches!(
        not_proven(&scenario),
        ProveError::NotInTree { input: 1 }
    ));

    // Another position has other directions, and another nullifier.
    let mut scenario = payment();
    scenario.witness.inputs[0].path.position ^= 1 << 31;
    scenario.statement.nullifiers[0] = scenario.trace().nullifier(0);
    assert!(matches!(
        not_proven(&scenario),
        ProveError::NotInTree { input: 0 }
    ));
}

/// A note that is spent a second time, under the nullifier of another position.
#[test]
fn a_second_nullifier() {
    let mut forgery = Forgery::new();
    let path = forgery.trace.rows[PATH..].to_vec();
    let key = forgery.row(crate::circuit::schedule::NULLIFIER_KEY);
    key.right[1] += Element::ONE;
    forgery.repair(crate::circuit::schedule::NULLIFIER_KEY);
    forgery.trace.rows.truncate(PATH);
    forgery.trace.rows.extend(path);
    forgery.statement.anchor = forgery.trace.root(0);
    assert!(refused(&forgery.statement, &forgery.trace));
}

#[test]
fn a_dummy_that_is_worth_something() {
    let mut scenario = Scenario::of(8, [(QLK, 0), (PRIV, 0), (QLK, 5), (PRIV, 0)]);
    scenario.witness.inputs[0].value = 5;
    scenario.statement.changes = [PublicChange::NONE; 2];
    scenario.statement.nullifiers[0] = scenario.trace().nullifier(0);
    assert!(matches!(
        not_proven(&scenario),
        ProveError::NotInTree { input: 0 }
    ));
}

#[test]
fn a_note_of_somebody_else() {
    for other in 0..3 {
        let mut scenario = payment();
        let input = &mut scenario.witness.inputs[0];
        let wrong = SecretElements::from([Element::TWO; 8]);
        match other {
            0 => input.ask = wrong,
            1 => input.nk = wrong,
            _ => input.diversifier = [Element::TWO; 7].into(),
        }
        assert!(matches!(
            not_proven(&scenario),
            ProveError::NotInTree { input: 0 }
        ));
        // Nor under the nullifier that comes out.
        scenario.statement.nullifiers[0] = scenario.trace().nullifier(0);
        assert!(matches!(
            not_proven(&scenario),
            ProveError::NotInTree { input: 0 }
        ));
    }
}

#[test]
fn dummies_are_accepted_and_differ() {
    let mut scenario = Scenario::of(9, [(QLK, 0), (PRIV, 0), (QLK, 0), (PRIV, 3)]);
    scenario.witness.inputs =
        [[1; 32], [2; 32]].map(|entropy| InputWitness::dummy(&alice(), &entropy, &[]));
    let trace = scenario.trace();
    scenario.statement.nullifiers = [trace.nullifier(0), trace.nullifier(1)];
    assert_ne!(trace.nullifier(0), trace.nullifier(1));
    let proof = prove(&scenario.statement, &scenario.witness).unwrap();
    assert_eq!(verify(&proof, &scenario.statement), Ok(()));
}

/// Two proofs of one statement by one witness have no 32 bytes alike at the same place.
#[test]
fn proofs_are_random() {
    let Scenario { statement, witness } = payment();
    let [first, second] = [(); 2].map(|()| prove(&statement, &witness).unwrap());
    let same = first
        .chunks_exact(32)
        .zip(second.chunks_exact(32))
        .filter(|(a, b)| a == b);
    assert_eq!(same.count(), 0);
}
