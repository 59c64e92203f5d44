//! The runtime as a block meets it: whole extrinsics, through validation, dispatch and payment.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]
#![allow(missing_docs, reason = "tests are named after what they show")]

mod chain;
mod classical;
mod directory;
mod encoding;
mod excluded_candidates;
mod fees;
mod metadata;
mod nonces;
mod offences;
mod ownership;
mod recovery;
mod refusals;
mod rotation;
mod seats;
mod session_keys;
mod shielded;
mod shielded_wallet;
mod sizes;
mod transfers;
mod validators;
