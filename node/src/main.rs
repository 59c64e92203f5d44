//! `qloak-node`, a node of the Qloak chain.

use std::process::ExitCode;

fn main() -> ExitCode {
    match qloak_node::command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}
