//! What Qloak's programs ask of the system at their start, so that secrets in their memory stay there.
//!
//! * **No core dumps.** The limit on their size becomes 0, for the program and for all that it starts. It
//!   cannot be raised again without privileges.
//! * **Not dumpable** (Linux, `PR_SET_DUMPABLE`). A core dump that goes to a program, as with systemd-coredump,
//!   ignores the limit and asks for this instead. It also keeps other processes of the same user from attaching
//!   as debuggers and from reading `/proc/PID/mem`.
//!
//! Memory is not locked: a wallet may lock 8 MiB by default and takes 64 for one passphrase, and a validator's
//! keys stand in copies of the SDK's. So secrets can reach a swap device, which has to be encrypted or absent
//! (`docs/operations/keys.md`). Whoever is root on the machine can read all memory anyway.

use std::io;

use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

/// Keeps the process's memory out of core dumps and away from debuggers. To be called first of all.
///
/// # Errors
/// What the system says, if it refuses.
pub fn protect_memory() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Lower is always allowed; equal is what a parent with the same wish has left.
    if getrlimit(Resource::Core) != none {
        setrlimit(Resource::Core, none)?;
    }
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    /// In one test, since both are of the whole process.
    #[test]
    fn secrets_in_memory_reach_no_core_dump() {
        // Twice: a program may start another of ours.
        protect_memory().unwrap();
        protect_memory().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{dumpable_behavior, DumpableBehavior};
            assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        }
        // The process still sees its own descriptors, through which secrets come.
        assert!(std::fs::read_dir("/dev/fd").is_ok());
    }
}
