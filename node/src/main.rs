//! `qloak-node`, a node of the Qloak chain.

use std::{io::Write, process::ExitCode};

fn main() -> ExitCode {
    if let Err(error) = qloak_process::protect_memory() {
        let _ = writeln!(
            std::io::stderr().lock(),
            "Warning: core dumps of this process cannot be switched off, and one would hold its keys: {error}"
        );
    }
    match qloak_node::command::run(qloak_version::version!()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if standard error is closed.
            let _ = writeln!(std::io::stderr().lock(), "Error: {error}");
            ExitCode::FAILURE
        }
    }
}
