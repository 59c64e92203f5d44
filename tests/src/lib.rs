//! What the end-to-end tests stand on: real node processes, watched through their logs and RPC, and
//! the real wallet command. Nothing here sleeps; every wait for a node's log or a block is for an event
//! and has a deadline, and nextest ends what hangs otherwise.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "this crate serves tests only, which fail by panicking"
)]

pub mod network;
pub mod node;
pub mod shielded;
pub mod stranger;
pub mod wallet;

use std::path::PathBuf;

/// A binary of this workspace, as built by the same `cargo` call that built the test.
///
/// # Panics
/// If it has not been built.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    // …/release/deps/test-1234 -> …/release/name
    let folder = test
        .ancestors()
        .nth(2)
        .expect("tests lie two folders deep in the target folder");
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is missing: run `cargo build --release --workspace` first",
        path.display()
    );
    path
}
