//! The `qloak` command; everything is in the library.

use std::process::ExitCode;

use qloak_wallet::cli;
use qloak_wallet::keyfile::KdfParameters;
use qloak_wallet::output::Output;

/// Over five times what key generation and signing were measured to need in a debug build, see
/// `qloak_pq_crypto`.
const STACK_BYTES: usize = 4 * 1024 * 1024;

fn main() -> ExitCode {
    if let Err(error) = qloak_process::protect_memory() {
        Output::new(cli::wants_json(), false, false).warn(format_args!(
            "core dumps of this process cannot be switched off, and one would hold its secrets: {error}"
        ));
    }
    // A thread of known stack size: ML-DSA's matrices do not fit every system's default.
    let run = || cli::main(KdfParameters::default());
    match std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(run)
        .map(std::thread::JoinHandle::join)
    {
        Ok(Ok(code)) => code,
        _ => ExitCode::FAILURE,
    }
}
