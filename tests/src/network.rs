//! Networks of real validators on one machine: started from a raw chain specification, wired to each
//! other, watched over WebSocket, killed, paused, cut and restarted.
//!
//! What every test gets without asking: the blocks that any member ever called final are remembered,
//! and two different ones at one height fail the test at once ([`view`]). Everything ends with the
//! [`Network`]: processes, namespaces, folders. When a test fails, the end of each log is printed.

pub mod arrivals;
mod chain_spec;
mod follow;
mod member;
pub mod operator;
pub mod staking;
pub mod switch;
pub mod view;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use serde_json::{json, Value as Json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::node::Node;
use arrivals::Arrivals;
pub use member::Identity;
use member::Member;
use switch::Switch;
use view::{Ledger, View};

/// A block's hash.
pub type Hash = [u8; 32];

/// How long a network may take for what it is waited for: a dozen sessions of a test chain, on a busy
/// machine with two cores.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// So many of the last lines of each log are printed when a test fails.
const LINES_SHOWN: usize = 60;

/// What kind of network to start.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The built-in chain: `local` (four validators) or `local7`.
    pub chain: &'static str,
    /// The validators, by the names of the development accounts.
    pub validators: Vec<&'static str>,
    /// Blocks of a session; the chain's own length if none.
    pub session_blocks: Option<u32>,
    /// Sessions of an era; the chain's own number if none.
    pub era_sessions: Option<u32>,
    /// Blocks for which an offender stays out; the chain's own number if none.
    pub exclusion_blocks: Option<u32>,
    /// Give each member a network namespace, so that the network can be cut.
    pub namespaces: bool,
    /// Let each validator offer metrics. Not in namespaces, where they are out of reach.
    pub metrics: bool,
    /// More arguments for each validator.
    pub arguments: Vec<String>,
}

impl Plan {
    /// Four validators with the chain's own session length.
    pub fn four() -> Self {
        Self {
            chain: "local",
            validators: vec!["Alice", "Bob", "Charlie", "Dave"],
            session_blocks: None,
            era_sessions: None,
            exclusion_blocks: None,
            namespaces: false,
            metrics: false,
            arguments: Vec::new(),
        }
    }

    /// Seven validators with the chain's own session length.
    pub fn seven() -> Self {
        Self {
            chain: "local7",
            validators: vec!["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie", "George"],
            ..Self::four()
        }
    }

    /// Four validators with sessions of so many blocks, two to an era.
    pub fn four_with_sessions_of(blocks: u32) -> Self {
        Self {
            session_blocks: Some(blocks),
            era_sessions: Some(2),
            ..Self::four()
        }
    }
}

/// A running network.
pub struct Network {
    members: BTreeMap<String, Member>,
    ledger: Arc<Ledger>,
    settled: Vec<operator::Settled>,
    spec: PathBuf,
    switch: Option<Switch>,
    runtime: Runtime,
    // Last, since fields are dropped in order: the processes write into it.
    folder: TempDir,
}

impl Network {
    /// Starts the validators and waits until each has seen a block.
    ///
    /// # Panics
    /// If one does not start, or no block comes.
    pub fn start(plan: &Plan) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let spec = chain_spec::write(plan, folder.path());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads can be started");
        let switch = plan
            .namespaces
            .then(|| Switch::new().expect("namespaces can be made: the test asked first"));
        let mut network = Self {
            members: BTreeMap::new(),
            ledger: Arc::new(Ledger::default()),
            settled: Vec::new(),
            spec,
            switch,
            runtime,
            folder,
        };
        // All addresses are known before the first process starts, so that each can name the others.
        let arguments: Vec<&str> = plan.arguments.iter().map(String::as_str).collect();
        for &name in &plan.validators {
            network.add(name, Identity::Developer(name), &arguments);
            network.member_mut(name).metrics = plan.metrics;
        }
        for name in &plan.validators {
            network.launch(name);
        }
        network.until("a first block everywhere", |view| {
            plan.validators.iter().all(|name| view.best(name) > 0)
        });
        network
    }

    /// Adds a member that was not there from the beginning, and starts it.
    ///
    /// # Panics
    /// If it does not start.
    pub fn join(&mut self, name: &str, identity: Identity, more: &[&str]) {
        self.add(name, identity, more);
        self.launch(name);
    }

    fn add(&mut self, name: &str, identity: Identity, more: &[&str]) {
        let index = self.members.len();
        let place = self.switch.as_mut().map(|switch| switch.plug(index));
        let member = Member::new(name, index, identity, self.folder.path(), place, more);
        self.members.insert(name.into(), member);
    }

    fn launch(&mut self, name: &str) {
        let bootnodes: Vec<String> = self
            .members
            .values()
            .filter(|member| member.name != name)
            .map(Member::address)
            .collect();
        let spec = self.spec.clone();
        let member = self.member_mut(name);
        member.launch(&spec, &bootnodes);
        let (url, name) = (member.node().url(), name.to_owned());
        // Ends by itself with the connection, when the process does.
        self.runtime
            .spawn(follow::follow(url, name, Arc::clone(&self.ledger)));
    }

    /// Kills a member with SIGKILL: it gets no chance to save anything.
    ///
    /// # Panics
    /// If there is no such member.
    pub fn kill(&mut self, name: &str) {
        self.member_mut(name).kill();
    }

    /// Starts a killed member again, on the data that it left.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self, name: &str) {
        self.launch(name);
    }

    /// Stops a member's process where it stands. Its sockets stay open.
    ///
    /// # Panics
    /// If there is no such member.
    pub fn pause(&self, name: &str) {
        self.node(name).signal("STOP");
    }

    /// Lets a paused member go on.
    ///
    /// # Panics
    /// If there is no such member.
    pub fn resume(&self, name: &str) {
        self.node(name).signal("CONT");
    }

    /// Cuts the named members off from all others; [`Network::heal`] connects them again.
    ///
    /// # Panics
    /// If the network was not planned with namespaces.
    pub fn cut_off(&self, names: &[&str]) {
        let ports: Vec<usize> = names.iter().map(|name| self.member(name).index).collect();
        self.switch
            .as_ref()
            .expect("the plan has namespaces")
            .separate(&ports);
    }

    /// Connects all members again.
    ///
    /// # Panics
    /// If the network was not planned with namespaces.
    pub fn heal(&self) {
        self.switch
            .as_ref()
            .expect("the plan has namespaces")
            .join_all();
    }

    /// A running member.
    ///
    /// # Panics
    /// If it does not run.
    pub fn node(&self, name: &str) -> &Node {
        self.member(name).node()
    }

    /// A running member, whose log is to be read.
    ///
    /// # Panics
    /// If it does not run.
    pub fn node_mut(&mut self, name: &str) -> &mut Node {
        self.member_mut(name).node_mut()
    }

    /// The libp2p address of a member, with its peer id.
    ///
    /// # Panics
    /// If there is no such member.
    pub fn address(&self, name: &str) -> String {
        self.member(name).address()
    }

    /// The chain's first block.
    ///
    /// # Panics
    /// If no member runs.
    pub fn genesis(&self) -> [u8; 32] {
        let node = self
            .members
            .values()
            .find_map(Member::running)
            .expect("a member runs");
        staking::hash(&node.rpc("chain_getBlockHash", json!([0])))
    }

    /// What the members have told so far.
    pub fn view(&self) -> View {
        self.ledger.view()
    }

    /// When a member told what it told. What [`Network::until`] has seen is in it.
    pub fn arrivals(&self, name: &str) -> Arrivals {
        self.ledger.arrivals(name)
    }

    /// The next justifications that a member makes, encoded: one for each round of votes that makes a
    /// block final. (`grandpa_proveFinality` has none to show before the voters change.)
    ///
    /// # Panics
    /// If that takes longer than [`PATIENCE`], or the connection is lost.
    pub fn justifications(&self, name: &str, count: usize) -> Vec<Vec<u8>> {
        let url = self.node(name).url();
        let told =
            async { tokio::time::timeout(PATIENCE, follow::justifications(&url, count)).await };
        self.runtime
            .block_on(told)
            .unwrap_or_else(|_| panic!("{name} makes no justifications"))
            .unwrap_or_else(|error| panic!("the justifications of {name}: {error}"))
    }

    /// Waits until the members' heads satisfy a condition. Looks at each head that arrives.
    ///
    /// # Panics
    /// If that takes longer than [`PATIENCE`], or two members call different blocks of one height final.
    pub fn until(&self, what: &str, condition: impl Fn(&View) -> bool) -> View {
        self.ledger.wait(what, PATIENCE, condition)
    }

    /// Waits until a member's state satisfies a condition. Asks again at each of its new best blocks.
    ///
    /// # Panics
    /// As [`Network::until`].
    pub fn until_state(&self, what: &str, name: &str, condition: impl Fn(&Node) -> bool) {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let seen = self.view().best(name);
            if condition(self.node(name)) {
                return;
            }
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            self.ledger.wait(what, left, |view| view.best(name) > seen);
        }
    }

    /// Waits until a member's last final block is so many blocks higher than now.
    ///
    /// # Panics
    /// As [`Network::until`].
    pub fn finalizes(&self, name: &str, blocks: u64) -> View {
        let goal = self.view().finalized(name) + blocks;
        self.until(&format!("{name} has block {goal} final"), |view| {
            view.finalized(name) >= goal
        })
    }

    /// The names of all members that run.
    pub fn running(&self) -> Vec<&str> {
        let running = self
            .members
            .values()
            .filter(|member| member.running().is_some());
        running.map(|member| member.name.as_str()).collect()
    }

    /// Calls an RPC method of a member.
    ///
    /// # Panics
    /// If it fails.
    pub fn rpc(&self, name: &str, method: &str, parameters: Json) -> Json {
        self.node(name).rpc(method, parameters)
    }

    fn member(&self, name: &str) -> &Member {
        self.members
            .get(name)
            .unwrap_or_else(|| panic!("there is no member {name}"))
    }

    fn member_mut(&mut self, name: &str) -> &mut Member {
        self.members
            .get_mut(name)
            .unwrap_or_else(|| panic!("there is no member {name}"))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        eprintln!("{:#?}", self.ledger.view());
        for member in self.members.values_mut() {
            let lines = member.log();
            let shown = &lines[lines.len().saturating_sub(LINES_SHOWN)..];
            eprintln!(
                "\n== the end of {}'s log\n{}",
                member.name,
                shown.join("\n")
            );
        }
    }
}
