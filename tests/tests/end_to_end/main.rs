//! The real wallet, and stock clients, on one real node. One program, so that it is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]
#![allow(missing_docs, reason = "tests are named after what they show")]

mod accounts;
mod key_on_disk;
mod layout;
mod metrics;
mod node;
mod refusals;
mod refused;
mod shielded;
mod subxt;
mod unsettled;
mod validator;
