//! The node's binary, as people and other nodes meet it. One program, so that the client is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod bad_blocks;
mod chain;
mod closed_pipe;
mod common;
mod key_command;
mod start_up;
