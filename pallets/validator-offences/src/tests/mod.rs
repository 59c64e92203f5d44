//! Tests of the pallet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod exclusion;
mod fraction;
mod ownership;
mod reports;
mod unsigned;
