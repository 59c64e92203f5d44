//! The pallet's tests, by behaviour.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod invariants;
mod model;
mod publishing;
mod withdrawing;
