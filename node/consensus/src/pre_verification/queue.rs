//! Work that other cores do for the block that is being imported.
//!
//! It is for one block at a time. A block's work is of use only until its import ends, and the next block is
//! verified after that: so the newest block's work drops what is left of the one before. No more
//! jobs wait than twice the number of cores, whatever is sent to the node and however slowly it gets on.
//!
//! Work that panics is logged and left out, since nothing needs its answer: the runtime asks again. Otherwise a
//! single block could end every node that imports it.

use std::{
    fmt::Debug,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicU64, AtomicUsize, Ordering},
        Arc,
    },
};

const LOG_TARGET: &str = "early-verification";

/// Hands out work, and counts who does it.
#[derive(Clone, Default)]
pub struct Queue {
    /// The number of the newest block's work.
    newest: Arc<AtomicU64>,
    /// Jobs that wait or run.
    jobs: Arc<AtomicUsize>,
}

/// Counts as a job until it is dropped.
struct Job(Arc<AtomicUsize>);

impl Drop for Job {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The tasks of one block.
struct Work<T, P> {
    number: u64,
    tasks: Vec<T>,
    next: AtomicUsize,
    perform: P,
}

/// The most jobs at a time.
fn most_jobs() -> usize {
    2 * rayon::current_num_threads()
}

/// Does some work. Returns `None` if it panicked.
///
/// The rest of the node may go on afterwards, hence [`AssertUnwindSafe`]: work reads a block and the chain, and
/// writes to nothing but the caches of what has verified. Those take an answer whole, once there is one, and
/// hold no lock while it is looked for.
fn survive<R>(what: &dyn Debug, work: impl FnOnce() -> R) -> Option<R> {
    let result = catch_unwind(AssertUnwindSafe(work));
    if result.is_err() {
        log::error!(
            target: LOG_TARGET,
            "Early verification panicked ({what:?}). This is a bug; the block is verified without it.",
        );
    }
    result.ok()
}

impl Queue {
    /// Begins the newest block's work and does not wait for it. `prepare` runs on another core too.
    ///
    /// Nothing is done if too many jobs wait.
    pub fn begin<T, P>(&self, prepare: impl FnOnce() -> Vec<T> + Send + 'static, perform: P)
    where
        T: Debug + Send + Sync + 'static,
        P: Fn(&T) + Send + Sync + 'static,
    {
        let number = self.newest.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(job) = self.job() else {
            return;
        };
        let queue = self.clone();
        rayon::spawn_fifo(move || {
            let _job = job;
            if !queue.is_newest(number) {
                return;
            }
            let Some(tasks) = survive(&"preparing", prepare) else {
                return;
            };
            let work = Arc::new(Work {
                number,
                tasks,
                next: AtomicUsize::new(0),
                perform,
            });
            queue.call_others(&work);
            queue.run(&work);
        });
    }

    /// Has the other cores work on the same tasks.
    fn call_others<T, P>(&self, work: &Arc<Work<T, P>>)
    where
        T: Debug + Send + Sync + 'static,
        P: Fn(&T) + Send + Sync + 'static,
    {
        let most = rayon::current_num_threads().min(work.tasks.len());
        for job in (1..most).map_while(|_| self.job()) {
            let (queue, work) = (self.clone(), work.clone());
            rayon::spawn_fifo(move || {
                let _job = job;
                queue.run(&work);
            });
        }
    }

    fn run<T: Debug, P: Fn(&T)>(&self, work: &Work<T, P>) {
        while self.is_newest(work.number) {
            let next = work.next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = work.tasks.get(next) else {
                break;
            };
            survive(task, || (work.perform)(task));
        }
    }

    fn is_newest(&self, number: u64) -> bool {
        self.newest.load(Ordering::Relaxed) == number
    }

    fn job(&self) -> Option<Job> {
        let one_more = |jobs| (jobs < most_jobs()).then_some(jobs + 1);
        self.jobs
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .ok()?;
        Some(Job(self.jobs.clone()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;
    use std::sync::mpsc;

    #[test]
    fn every_task_is_done_once_and_elsewhere() {
        let (done, tasks) = mpsc::channel();
        Queue::default().begin(
            || (0..100).collect(),
            move |task: &u32| {
                let elsewhere = rayon::current_thread_index().is_some();
                done.send((*task, elsewhere)).unwrap();
            },
        );
        // The channel ends with the work.
        let mut tasks: Vec<_> = tasks.iter().collect();
        tasks.sort();
        let all: Vec<_> = (0..100).map(|task| (task, true)).collect();
        assert_eq!(tasks, all);
    }

    /// Work of which each task waits until the returned channel is dropped, once it has begun.
    fn begin_and_hold(queue: &Queue, tasks: u32, begun: mpsc::Sender<u32>) -> mpsc::Sender<()> {
        let (hold, held) = mpsc::channel::<()>();
        let held = std::sync::Mutex::new(held);
        let (waiting, wait) = mpsc::channel();
        queue.begin(
            move || (0..tasks).collect(),
            move |task| {
                begun.send(*task).unwrap();
                waiting.send(()).unwrap();
                let _ = held.lock().unwrap().recv();
            },
        );
        wait.recv().unwrap();
        hold
    }

    #[test]
    fn the_newest_block_s_work_drops_what_is_left_of_the_one_before() {
        let queue = Queue::default();
        let (old, begun) = mpsc::channel();
        let hold = begin_and_hold(&queue, 1_000, old);
        let (new, done) = mpsc::channel();
        queue.begin(
            || (0..10).collect(),
            move |task: &u32| new.send(*task).unwrap(),
        );
        drop(hold);
        assert_eq!(done.iter().count(), 10);
        let of_the_old = begun.iter().count();
        assert!(
            of_the_old <= rayon::current_num_threads(),
            "{of_the_old} tasks of an old block were done"
        );
    }

    #[test]
    fn the_queue_of_early_work_is_bounded() {
        let queue = Queue::default();
        let (old, begun) = mpsc::channel();
        let hold = begin_and_hold(&queue, 1_000, old);
        for _ in 0..1_000 {
            queue.begin(|| vec![()], |()| {});
            assert!(queue.jobs.load(Ordering::Relaxed) <= most_jobs());
        }
        drop(hold);
        assert!(begun.iter().count() <= rayon::current_num_threads());
    }
    /// On a pool thread, a panic that nobody catches ends the process, and this test with it.
    #[test]
    fn work_that_panics_ends_neither_the_node_nor_the_work_after_it() {
        let queue = Queue::default();
        let (done, tasks) = mpsc::channel();
        queue.begin(
            || (0..100).collect(),
            move |task: &u32| {
                assert!(task % 10 != 3, "a task that panics");
                done.send(*task).unwrap();
            },
        );
        let mut tasks: Vec<_> = tasks.iter().collect();
        tasks.sort();
        let good: Vec<_> = (0..100).filter(|task| task % 10 != 3).collect();
        assert_eq!(tasks, good);

        let (never, nothing) = mpsc::channel();
        let prepare = || -> Vec<()> { panic!("preparing panics") };
        queue.begin(prepare, move |()| never.send(()).unwrap());
        assert_eq!(nothing.iter().count(), 0);

        let (done, tasks) = mpsc::channel();
        queue.begin(|| vec![7], move |task: &u32| done.send(*task).unwrap());
        assert_eq!(tasks.iter().collect::<Vec<_>>(), [7]);
        while queue.jobs.load(Ordering::Relaxed) > 0 {
            std::thread::yield_now();
        }
    }
}
