#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod broken_generator;
mod forgery;
mod lies;
mod permutation;
mod refusals;
pub(crate) mod support;
mod truth;
