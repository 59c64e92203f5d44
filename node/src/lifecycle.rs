//! From a parsed command line to the end of the last task.
//!
//! The SDK's `Runner` takes the Tokio runtime down in the same breath in which it tells the tasks to
//! stop. All tasks share one stop signal, and a task that asks for it while another is asking is told to
//! come back later. Polled once more, it goes on to its timer instead, and a timer of a runtime that goes
//! down panics. About one failed start in 200 on a busy machine then ended in "This is a bug" instead of
//! saying what the person has to change. Here the runtime outlives the tasks.

use crate::{error::Error, pool_threads};
use futures::{channel::oneshot, future::BoxFuture, Future, FutureExt};
use polkadot_sdk::{
    sc_cli::{
        build_runtime, print_node_infos, CliConfiguration, DefaultConfigurationValues, Signals,
        SubstrateCli,
    },
    sc_service::{
        self, Configuration, SpawnEssentialTaskHandle, SpawnTaskHandle, TaskManager, TaskRegistry,
    },
    sp_core::traits::SpawnEssentialNamed,
};
use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::Duration,
};
use tokio::runtime::Runtime;

/// How long tasks may take to end, as in the SDK.
const GRACE: Duration = Duration::from_secs(60);
/// The registry of tasks tells nobody that it has become empty, so it is asked this often.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A flag that is raised before tasks are told to stop.
#[derive(Clone, Debug, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Raises the flag.
    pub fn raise(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_raised(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Spawns the tasks of the transaction pool, without which a node is none.
///
/// When a node stops, these tasks do not hear the stop signal. They end because the pool is dropped, which the SDK's
/// handle for essential tasks reports as a failure. Here the end of such a task is a failure unless the
/// node is stopping: a second task watches for it, and that one hears the signal.
#[derive(Clone)]
pub struct PoolTasks {
    tasks: SpawnTaskHandle,
    essential: SpawnEssentialTaskHandle,
    stopping: Stopping,
}

impl PoolTasks {
    /// Returns a spawner for a node's pool.
    pub fn new(tasks: &TaskManager, stopping: Stopping) -> Self {
        Self {
            tasks: tasks.spawn_handle(),
            essential: tasks.spawn_essential_handle(),
            stopping,
        }
    }

    /// Spawns the watcher and returns the task that it watches.
    fn watched(
        &self,
        name: &'static str,
        group: Option<&'static str>,
        task: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, ()> {
        let (ended, end) = oneshot::channel::<()>();
        self.essential
            .spawn(name, group, failure(end, self.stopping.clone()));
        async move {
            task.await;
            let _ = ended.send(());
        }
        .boxed()
    }
}

/// Resolves when the watched task has ended although the node is not stopping.
async fn failure(end: oneshot::Receiver<()>, stopping: Stopping) {
    // A sender that is gone without a word means that the task panicked.
    let _ = end.await;
    if stopping.is_raised() {
        std::future::pending::<()>().await;
    }
}

impl SpawnEssentialNamed for PoolTasks {
    fn spawn_essential_blocking(
        &self,
        name: &'static str,
        group: Option<&'static str>,
        task: BoxFuture<'static, ()>,
    ) {
        let task = self.watched(name, group, task);
        self.tasks.spawn_blocking(name, group, task);
    }

    fn spawn_essential(
        &self,
        name: &'static str,
        group: Option<&'static str>,
        task: BoxFuture<'static, ()>,
    ) {
        let task = self.watched(name, group, task);
        self.tasks.spawn(name, group, task);
    }
}

/// A node that runs.
pub struct RunningNode {
    /// The node's tasks.
    pub tasks: TaskManager,
    /// Raised before the tasks are told to stop.
    pub stopping: Stopping,
}

/// A command that is about to run: its configuration is read, logging is on, signals are caught.
pub struct Lifecycle {
    runtime: Runtime,
    signals: Signals,
    config: Configuration,
}

impl Lifecycle {
    /// Reads the configuration of a command.
    pub fn prepare<Cli: SubstrateCli, V: DefaultConfigurationValues>(
        cli: &Cli,
        command: &impl CliConfiguration<V>,
    ) -> Result<Self, Error> {
        let runtime = build_runtime().map_err(sc_service::Error::from)?;
        let signals = runtime.block_on(async { Signals::capture() })?;
        let config = cli.create_configuration(command, runtime.handle().clone())?;
        command.init(&Cli::support_url(), &Cli::impl_version(), |_| {})?;
        pool_threads::start();
        Ok(Self {
            runtime,
            signals,
            config,
        })
    }

    /// What the command line asks for.
    pub fn config(&self) -> &Configuration {
        &self.config
    }

    /// Runs a node until `SIGINT` or `SIGTERM`, or until a task ends without which it is no node.
    pub fn run_node<Cli, F>(self, start: impl FnOnce(Configuration) -> F) -> Result<(), Error>
    where
        Cli: SubstrateCli,
        F: Future<Output = Result<RunningNode, Error>>,
    {
        print_node_infos::<Cli>(&self.config);
        let started = self.runtime.block_on(start(self.config));
        end_with(self.runtime, started, |mut node| async move {
            let outcome = self
                .signals
                .run_until_signal(node.tasks.future().fuse())
                .await;
            node.stopping.raise();
            (node.tasks, outcome.map_err(Error::from))
        })
    }

    /// Runs a command on the chain to its end, or until `SIGINT` or `SIGTERM`.
    pub fn run_command<F>(
        self,
        open: impl FnOnce(Configuration) -> Result<(F, TaskManager), Error>,
    ) -> Result<(), Error>
    where
        F: Future<Output = polkadot_sdk::sc_cli::Result<()>>,
    {
        let opened = open(self.config);
        end_with(self.runtime, opened, |(command, tasks)| async move {
            let outcome = self.signals.run_until_signal(command.fuse()).await;
            (tasks, outcome.map_err(Error::from))
        })
    }
}

/// Runs what has started to its end, then ends its tasks, then the runtime.
fn end_with<S, F>(
    runtime: Runtime,
    started: Result<S, Error>,
    run: impl FnOnce(S) -> F,
) -> Result<(), Error>
where
    F: Future<Output = (TaskManager, Result<(), Error>)>,
{
    let started = match started {
        Ok(started) => started,
        Err(error) => {
            // Whatever was spawned before the failure cannot be waited for, because its task manager
            // is gone. The process is about to end and takes the runtime with it.
            std::mem::forget(runtime);
            return Err(error);
        }
    };
    let outcome = runtime.block_on(async {
        let (tasks, outcome) = run(started).await;
        end_tasks(tasks).await;
        outcome
    });
    runtime.shutdown_timeout(GRACE);
    outcome
}

/// Tells all tasks to stop and waits until they have.
pub async fn end_tasks(tasks: TaskManager) {
    let tasks = tasks.into_task_registry();
    let all_ended = async {
        while !tasks.running_tasks().is_empty() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    if tokio::time::timeout(GRACE, all_ended).await.is_err() {
        report_stalled(&tasks);
    }
}

fn report_stalled(tasks: &TaskRegistry) {
    for (task, count) in tasks.running_tasks() {
        log::error!(
            "Task '{}' ({count} of them, group '{}') has not ended within {} seconds",
            task.name,
            task.group,
            GRACE.as_secs(),
        );
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use std::sync::{atomic::AtomicUsize, mpsc};

    /// Counts the end of its task.
    struct Counted(Arc<AtomicUsize>);

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn tasks_have_ended_before_the_runtime_does() {
        const TASKS: usize = 64;
        let runtime = build_runtime().unwrap();
        let ended = Arc::new(AtomicUsize::new(0));
        let tasks = TaskManager::new(runtime.handle().clone(), None).unwrap();
        let (started, starts) = mpsc::channel();
        for _ in 0..TASKS {
            let (counted, started) = (Counted(ended.clone()), started.clone());
            let task = async move {
                let _counted = counted;
                let mut ticks = tokio::time::interval(Duration::from_micros(50));
                started.send(()).unwrap();
                loop {
                    ticks.tick().await;
                }
            };
            tasks.spawn_handle().spawn_blocking("timer", None, task);
        }
        assert_eq!(starts.iter().take(TASKS).count(), TASKS);
        runtime.block_on(end_tasks(tasks));
        assert_eq!(ended.load(Ordering::SeqCst), TASKS);
    }

    #[test]
    fn the_pools_end_is_a_failure_unless_the_node_is_stopping() {
        let stopping = Stopping::default();
        let ended = || {
            let (ended, end) = oneshot::channel();
            ended.send(()).unwrap();
            end
        };
        assert!(failure(ended(), stopping.clone()).now_or_never().is_some());
        let (running, end) = oneshot::channel();
        assert!(failure(end, stopping.clone()).now_or_never().is_none());
        drop(running);
        stopping.raise();
        assert!(failure(ended(), stopping).now_or_never().is_none());
    }

    #[test]
    fn a_failed_start_is_reported_while_its_tasks_still_run() {
        let runtime = build_runtime().unwrap();
        let handle = runtime.handle().clone();
        let failed: Result<TaskManager, Error> = Err(Error::Key("cannot work".into()));
        let outcome = end_with(runtime, failed, |tasks| async move { (tasks, Ok(())) });
        assert_eq!(outcome.unwrap_err().to_string(), "cannot work");
        // A runtime that has been taken down refuses to sleep.
        let (slept, sleeps) = mpsc::channel();
        handle.spawn(async move {
            tokio::time::sleep(LOOK_EVERY).await;
            slept.send(()).unwrap();
        });
        assert_eq!(sleeps.iter().count(), 1);
    }
}
