//! Puts the version into the binary: the crate's, and the commit's where there is a git checkout.

use std::{path::Path, process::Command};

fn main() {
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let version = match commit() {
        Some(commit) => format!("{version}-{commit}"),
        // A source archive without git: the version alone is the truth.
        None => version,
    };
    println!("cargo:rustc-env=QLOAK_VERSION={version}");
    println!("cargo:rerun-if-env-changed=QLOAK_COMMIT");
    watch_head();
}

/// `QLOAK_COMMIT` (packagers set it), or what git says.
fn commit() -> Option<String> {
    std::env::var("QLOAK_COMMIT")
        .ok()
        .or_else(|| git(&["rev-parse", "--short=11", "HEAD"]))
        .map(|commit| commit.trim().to_owned())
        .filter(|commit| !commit.is_empty())
}

/// Builds again when another commit is checked out. Naming a path that does not exist would make
/// cargo run this script every time, hence the check.
fn watch_head() {
    for name in ["HEAD", "logs/HEAD"] {
        let Some(path) = git(&["rev-parse", "--git-path", name]) else {
            continue;
        };
        let path = path.trim();
        if Path::new(path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    println!("cargo:rerun-if-changed=build.rs");
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).ok())?
}
