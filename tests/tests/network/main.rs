//! Networks of validators: in agreement, and under faults. One program, so that it is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]
#![allow(missing_docs, reason = "tests are named after what they show")]

/// The one that is part of the plain suite.
mod finality;

#[cfg(feature = "network")]
mod equivocation;
#[cfg(feature = "network")]
mod flood;
#[cfg(feature = "network")]
mod key_rotation;
#[cfg(feature = "network")]
mod kill;
#[cfg(feature = "network")]
mod late_node;
#[cfg(feature = "network")]
mod majority_down;
#[cfg(feature = "network")]
mod partition;
#[cfg(feature = "network")]
mod shielded;
#[cfg(feature = "network")]
mod validator_swap;
