//! The pallet's tests, by behaviour.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod catalog;
mod classical;
mod forms;
mod genesis;
mod model;
mod nonces;
mod policy;
mod recovery;
mod registry;
mod rotation;
