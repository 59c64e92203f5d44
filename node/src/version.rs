//! The version that the program gives of itself.
//!
//! It names the commit, so the binary brings it: if this library contained it, every commit would compile the library
//! anew.

use std::sync::OnceLock;

static VERSION: OnceLock<&'static str> = OnceLock::new();

/// Sets the version, once.
pub fn set(version: &'static str) {
    // The first one stays: a process is one program.
    let _ = VERSION.set(version);
}

/// The version: that of this package, unless a program has set its own.
pub fn get() -> &'static str {
    VERSION.get().copied().unwrap_or(env!("CARGO_PKG_VERSION"))
}
