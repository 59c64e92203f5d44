//! How much a node works for what it refuses.
//!
//! ```text
//! cargo bench -p pallet-privacy-credit --bench refusals
//! ```
//!
//! The runtime is that of the pallet's tests, so this file stands where the pallet's root stands for it.
#![allow(clippy::disallowed_types, reason = "a measurement reads the clock")]
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement fails by panicking, and uses a part of what tests use"
)]

extern crate alloc;

#[path = "../src/mock.rs"]
mod mock;

use std::{hint::black_box, time::Instant};

use pallet_privacy_credit::*;
use qloak_shielded::{note::Asset, transaction::Action};

use crate::mock::*;

fn main() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let payment = alice.payment(Asset::Qlk, 1);
        let draft = alice.pay(&payment, Action::Send).unwrap();
        let proof = draft.proof();
        let (length, limit) = (proof.len(), MaxProofBytes::get());
        println!("a proof has {length} bytes and may have {limit}");
        let mut wrong = draft.transfer.clone();
        wrong.outputs[0].ciphertext.memo[0] ^= 1;
        let mut late = draft.transfer.clone();
        late.valid_until = 0;
        let mut almost = proof.clone();
        *almost.last_mut().unwrap() ^= 1;
        let cases = [
            ("a proof whose last bit is wrong", &draft.transfer, almost),
            ("the proof of another transfer", &wrong, proof.clone()),
            ("zeros of a proof's length", &wrong, vec![0; proof.len()]),
            ("ones of a proof's length", &wrong, vec![0xff; proof.len()]),
            ("half a proof", &wrong, proof[..proof.len() / 2].to_vec()),
            ("no proof", &wrong, Vec::new()),
            ("an expired transfer", &late, proof.clone()),
        ];
        for (what, transfer, proof) in cases {
            let call = call(transfer.clone(), proof);
            let (start, mut count) = (Instant::now(), 0u32);
            while start.elapsed().as_millis() < 300 {
                black_box(validate(call.clone())).unwrap_err();
                count += 1;
            }
            let each = start.elapsed() / count;
            println!(
                "{what}: {each:?} each, {:.0} a second",
                1.0 / each.as_secs_f64()
            );
        }
    });
}
