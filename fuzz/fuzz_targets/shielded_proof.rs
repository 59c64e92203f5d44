//! The bytes of a proof and of its statement, which anybody may send.
//!
//! An empty seed corpus finds only the decoder's refusals; a proof that a test has written to
//! the corpus folder lets the fuzzer past them.

#![no_main]

use codec::Decode;
use libfuzzer_sys::fuzz_target;
use qloak_shielded::{statement::Statement, verifier::verify};

fuzz_target!(|input: &[u8]| {
    let mut rest = input;
    let Ok(statement) = Statement::decode(&mut rest) else {
        return;
    };
    // Nobody has forged a proof so far. Whether it verifies is not what this looks for.
    let _ = verify(rest, &statement);
});
