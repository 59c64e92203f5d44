//! The threads on which signatures and proofs are verified in parallel.
//!
//! The SDK's panic hook ends the process, except on a thread that asks for unwinding ([`AbortGuard`]). The executor asks
//! for it where it runs the runtime, so that a panic inside becomes an error. Nobody asks for it on rayon's threads, which
//! work for the runtime (`verify_batch` in `qloak_pq_crypto::host`) and ahead of it
//! (`qloak-consensus`): one input on which a library panics would end every node that verifies it.

use polkadot_sdk::sp_panic_handler::AbortGuard;
use rayon::ThreadPoolBuilder;

/// Starts the process's pool of threads, on which a panic ends nothing but its job. Whoever waits for the job gets the panic.
pub fn start() {
    if let Err(error) = builder().build_global() {
        log::warn!("A panic in parallel verification would end the node: {error}");
    }
}

fn builder() -> ThreadPoolBuilder {
    ThreadPoolBuilder::new()
        .thread_name(|index| format!("verifier-{index}"))
        // Dropping the guard would restore the default.
        .start_handler(|_| std::mem::forget(AbortGuard::never_abort()))
        .panic_handler(|_| {
            log::error!(
                "A job that nobody waits for panicked in the pool of threads. This is a bug."
            );
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;
    use polkadot_sdk::sp_panic_handler;
    use rayon::prelude::*;
    use std::{
        panic::{catch_unwind, set_hook, take_hook, AssertUnwindSafe},
        sync::mpsc,
    };

    /// Under the hook that every node sets. Without [`builder`], it ends this test's process.
    #[test]
    fn a_panic_on_a_pool_thread_ends_its_job_alone() {
        let before = take_hook();
        sp_panic_handler::set("nowhere", "a test");
        let pool = builder().num_threads(2).build().unwrap();
        let each = |number: u32| assert_ne!(number, 50, "a panic that is waited for");
        let batch = || pool.install(|| (0..100u32).into_par_iter().for_each(each));
        let batch = catch_unwind(AssertUnwindSafe(batch));
        pool.spawn(|| panic!("a panic that nobody waits for"));
        let (done, jobs) = mpsc::channel();
        for job in 0..10 {
            let done = done.clone();
            pool.spawn(move || done.send(job).unwrap());
        }
        drop(done);
        let jobs = jobs.iter().count();
        drop(pool);
        set_hook(before);
        assert!(batch.is_err());
        assert_eq!(jobs, 10);
    }
}
