//! The cryptography of a runtime without host functions, as a WebAssembly module to be measured.
//!
//! `benches/wasm_verification.rs` builds this crate for `wasm32v1-none`, the target of the runtime, with
//! the runtime's profile, and calls its exports in the Wasmtime that the node runs the runtime in. For
//! any other target the crate is empty.

#![cfg_attr(target_arch = "wasm32", no_std)]
#![cfg_attr(
    target_arch = "wasm32",
    allow(
        unsafe_code,
        reason = "a module without the standard library brings its own memory and exports"
    )
)]

#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(target_arch = "wasm32")]
mod heap;
