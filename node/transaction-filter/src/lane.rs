//! The way of others' transactions to the pool: one at a time, and no more in front of it than a second's work.
//!
//! The pool validates on two threads, in the order in which it is asked. Whatever came from other nodes used to
//! wait there, up to 8,192 transactions, and what was submitted here waited behind it. Now it waits
//! before the pool, and one thread is free for what is submitted here.

use std::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::sync::{Notify, Semaphore};

/// Others' transactions that are validated at a time. The pool has two threads.
const AT_A_TIME: usize = 1;

/// The most work that may wait.
const FULL: Duration = Duration::from_secs(1);

/// The work that may wait before more is let in from the network.
const ROOM: Duration = Duration::from_millis(100);

/// The way to the pool.
#[derive(Debug)]
pub struct Lane {
    /// The declared cost of what waits and of what is being validated, in nanoseconds.
    work: AtomicU64,
    turns: Semaphore,
    progress: Notify,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            work: AtomicU64::new(0),
            turns: Semaphore::new(AT_A_TIME),
            progress: Notify::new(),
        }
    }
}

/// A place in the lane, until it is dropped.
struct Place<'a> {
    lane: &'a Lane,
    nanos: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.lane.work.fetch_sub(self.nanos, Ordering::Relaxed);
        self.lane.progress.notify_one();
    }
}

fn in_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Lane {
    /// Whether more should be let in.
    pub fn has_room(&self) -> bool {
        self.work.load(Ordering::Relaxed) < in_nanos(ROOM)
    }

    /// Waits until something has left the lane since the last time.
    pub async fn progress(&self) {
        self.progress.notified().await;
    }

    /// Waits for a turn and does the work. `None` if too much waits already.
    pub async fn pass<T>(&self, cost: Duration, work: impl Future<Output = T>) -> Option<T> {
        let _place = self.enter(in_nanos(cost))?;
        let _turn = self.turns.acquire().await.ok()?;
        Some(work.await)
    }

    fn enter(&self, nanos: u64) -> Option<Place<'_>> {
        let more = |work: u64| work.checked_add(nanos).filter(|_| work < in_nanos(FULL));
        self.work
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .ok()?;
        Some(Place { lane: self, nanos })
    }
}
