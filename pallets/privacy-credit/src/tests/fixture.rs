//! The fixture of the benchmarks.

use codec::Encode;
use qloak_shielded::{note::Asset, prover::prove, transaction::Action, verifier::verify};

use crate::{
    fixture::{load, Fixture, GENESIS, VALUE},
    mock::*,
};

fn make() -> Fixture {
    let mut fixture = None;
    run(|| {
        let mut alice = funded(1, &[VALUE, 2 * VALUE]);
        let payments = [
            alice.payment(Asset::Qlk, VALUE),
            alice.payment(Asset::Qlk, 0),
        ];
        let inputs = [0, 1].map(|position| alice.input(position)).to_vec();
        let action = Action::Withdraw {
            value: VALUE,
            recipient: [7; 32],
        };
        let mut draft = alice.draft(inputs, payments.each_ref(), action, VALUE);
        draft.transfer.valid_until = u32::MAX;
        let statement = draft.transfer.statement(&GENESIS).unwrap();
        fixture = Some(Fixture {
            proof: prove(&statement, &draft.witness).unwrap(),
            transfer: draft.transfer,
        });
    });
    fixture.unwrap()
}

/// Whoever sets this variable has the fixture written anew.
const WRITE: &str = "QLOAK_WRITE_FIXTURE";

#[test]
fn the_fixture_verifies() {
    if std::env::var_os(WRITE).is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/fixture.scale");
        std::fs::write(path, make().encode()).unwrap();
        return;
    }
    let fixture = load().unwrap();
    let statement = fixture.transfer.statement(&GENESIS).unwrap();
    verify(&fixture.proof, &statement)
        .expect("the proof system has changed: write the fixture again, as src/fixture.rs says");
}
