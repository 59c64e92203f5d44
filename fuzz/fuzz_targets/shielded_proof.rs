//! The bytes of a proof and of its statement, which anybody may send: at random, and made from a good
//! proof, which gets much further into the verifier.
//!
//! Whatever the proof's bytes, no other statement than the one that was proven may verify. (The same
//! statement may: it has many proofs.)

#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use codec::{Decode, Encode};
use libfuzzer_sys::fuzz_target;
use qloak_shielded::{prover::prove, statement::Statement, verifier::verify};

#[path = "../../primitives/shielded/benches/payment/mod.rs"]
mod payment;

/// A statement and its proof.
static PROVEN: LazyLock<(Statement, Vec<u8>)> = LazyLock::new(|| {
    let (statement, witness) = payment::payment(1).expect("the payment is in order");
    let proof = prove(&statement, &witness).expect("and can be proven");
    (statement, proof)
});

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Raw(&'a [u8]),
    Damaged { statement: Damage, proof: Damage },
}

/// What is done to good bytes.
#[derive(Debug, Arbitrary)]
struct Damage {
    /// Where, and what the byte is combined with by exclusive or.
    flips: Vec<(u32, u8)>,
    /// How much is left, if less than all.
    cut: Option<u32>,
    appended: Vec<u8>,
}

impl Damage {
    fn of(&self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for (at, change) in &self.flips {
            let at = *at as usize % bytes.len();
            bytes[at] ^= change;
        }
        if let Some(left) = self.cut {
            bytes.truncate(left as usize % good.len());
        }
        bytes.extend(&self.appended);
        bytes
    }
}

fuzz_target!(|input: Input| {
    let (good, proof) = &*PROVEN;
    let (statement, proof) = match input {
        Input::Raw(bytes) => {
            let mut rest = bytes;
            (Statement::decode(&mut rest), rest.to_vec())
        }
        Input::Damaged {
            statement,
            proof: damage,
        } => (
            Statement::decode(&mut &statement.of(&good.encode())[..]),
            damage.of(proof),
        ),
    };
    if let Ok(statement) = statement {
        let valid = verify(&proof, &statement).is_ok();
        assert!(!valid || statement == *good, "a forgery");
    }
});
