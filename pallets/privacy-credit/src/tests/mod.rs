//! Tests of the pallet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod anchors;
mod attacks;
mod controller;
mod credit;
mod deposits;
mod fees;
mod fixture;
mod graphs;
mod reading;
mod refusals;
mod transfers;
