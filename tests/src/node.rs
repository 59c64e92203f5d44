//! A node as a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use serde_json::{json, Value};
use tempfile::TempDir;

/// How long a node may take to start, or to do what it is waited for. Generous: a CI machine has two
/// cores and several nodes.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// Names the node's program where it is not the one that was built along with the tests.
pub const PROGRAM_VARIABLE: &str = "QLOAK_NODE_BIN";

/// What the log says before the address of the metrics.
const PROMETHEUS_STARTED: &str = "Prometheus exporter started at";

/// A running node, killed when dropped.
pub struct Node {
    child: Child,
    log: Receiver<String>,
    seen: Vec<String>,
    /// Host and port.
    rpc: String,
    metrics: Option<u16>,
    /// Where `--tmp` puts the chain. A node that is killed cannot clean up.
    _temporary: TempDir,
}

/// There is no node where it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub PathBuf);

impl std::fmt::Display for Missing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "there is no node at {}: run `cargo build --release --workspace` first, or name a node with \
             {PROGRAM_VARIABLE}",
            self.0.display()
        )
    }
}

impl std::error::Error for Missing {}

/// The node's program: the one that is named by [`PROGRAM_VARIABLE`], or that was built along with this
/// program.
///
/// # Errors
/// [`Missing`].
///
/// # Panics
/// If this program has no path.
pub fn find_program() -> Result<PathBuf, Missing> {
    let path = match std::env::var_os(PROGRAM_VARIABLE) {
        Some(named) if !named.is_empty() => PathBuf::from(named),
        _ => built_with_this(),
    };
    if path.is_file() {
        Ok(path)
    } else {
        Err(Missing(path))
    }
}

fn built_with_this() -> PathBuf {
    let this = std::env::current_exe().expect("a running program has a path");
    // Programs lie in …/release, and tests in …/release/deps.
    let mut folders = this.ancestors().skip(1);
    let folder = folders.find(|folder| !folder.ends_with("deps"));
    folder.unwrap_or(Path::new("/")).join("qloak-node")
}

/// The node's program, for those who cannot go on without it.
pub(crate) fn program() -> PathBuf {
    find_program().unwrap_or_else(|missing| panic!("{missing}"))
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(arguments);
    command
}

impl Node {
    /// Starts a node with `arguments`, on free ports and without Prometheus, and waits until it answers.
    ///
    /// # Panics
    /// If it ends before that, or takes too long.
    pub fn start(arguments: &[&str]) -> Self {
        Self::on_free_ports(&[arguments, &["--no-prometheus"]].concat())
    }

    /// Starts a node with `arguments`, on free ports and with Prometheus, and waits until both its RPC and
    /// its metrics answer.
    ///
    /// # Panics
    /// If it ends before that, or takes too long.
    pub fn with_metrics(arguments: &[&str]) -> Self {
        let mut node = Self::on_free_ports(&[arguments, &["--prometheus-port", "0"]].concat());
        node.find_metrics();
        node
    }

    /// Waits until the metrics answer, and remembers where.
    pub(crate) fn find_metrics(&mut self) {
        let line = self.wait_for(PROMETHEUS_STARTED);
        self.metrics = Some(socket_in(&line, PROMETHEUS_STARTED).port());
    }

    fn on_free_ports(arguments: &[&str]) -> Self {
        let fixed = [
            "--rpc-port",
            "0",
            "--port",
            "0",
            "--no-telemetry",
            "--no-mdns",
        ];
        Self::launch(command(&[arguments, &fixed].concat()), "127.0.0.1")
    }

    /// Starts a node by a command of the caller's, and waits until it answers at `host`.
    ///
    /// # Panics
    /// If it ends before that, or takes too long.
    pub fn launch(mut command: Command, host: &str) -> Self {
        let temporary = TempDir::new().expect("a folder can be made");
        let mut child = command
            .env("TMPDIR", temporary.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the node starts");
        let stderr = child.stderr.take().expect("stderr is piped");
        let (sender, log) = mpsc::channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(stderr).lines();
            lines
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        let mut node = Self {
            child,
            log,
            seen: Vec::new(),
            rpc: String::new(),
            metrics: None,
            _temporary: temporary,
        };
        let line = node.wait_for("Running JSON-RPC server");
        node.rpc = format!("{host}:{}", socket_in(&line, "addr=").port());
        node
    }

    /// Starts a development node whose data vanish with it.
    pub fn development() -> Self {
        Self::start(&["--dev", "--tmp"])
    }

    /// Waits for a line of the log that contains `text`, looking also at those that came before.
    ///
    /// # Panics
    /// If the node ends or the deadline passes first.
    pub fn wait_for(&mut self, text: &str) -> String {
        if let Some(line) = self.seen.iter().find(|line| line.contains(text)) {
            return line.clone();
        }
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self
                .log
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    panic!("no «{text}» in time:\n{}", self.seen.join("\n"))
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the node ended:\n{}", self.seen.join("\n"))
                }
            }
        }
    }

    /// All that the node has said so far.
    pub fn log(&mut self) -> &[String] {
        self.seen.extend(self.log.try_iter());
        &self.seen
    }

    /// Sends the process a signal, such as `STOP`.
    ///
    /// # Panics
    /// If the process is gone.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success(), "the node took no SIG{name}");
    }

    /// The id of the process.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// The height of the best block.
    pub fn height(&self) -> u64 {
        let header = self.rpc("chain_getHeader", json!([]));
        let number = header["number"].as_str().expect("a header has a number");
        u64::from_str_radix(number.trim_start_matches("0x"), 16).expect("the number is hexadecimal")
    }

    /// Calls an RPC method and returns its result.
    ///
    /// # Panics
    /// If the call fails or answers with an error.
    pub fn rpc(&self, method: &str, parameters: Value) -> Value {
        self.try_rpc(method, parameters)
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Calls an RPC method and returns its result, or the error that it answers with.
    ///
    /// # Errors
    /// What the node says.
    ///
    /// # Panics
    /// If the node cannot be reached.
    pub fn try_rpc(&self, method: &str, parameters: Value) -> Result<Value, Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let mut response = ureq::post(format!("http://{}", self.rpc))
            .send_json(request)
            .expect("the node is there");
        let mut answer: Value = response
            .body_mut()
            .read_json()
            .expect("the node speaks JSON");
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["result"].take()),
        }
    }

    /// What Prometheus would read now.
    ///
    /// # Panics
    /// If the node was not started [with metrics](Self::with_metrics), or cannot be reached.
    pub fn metrics(&self) -> String {
        let port = self.metrics.expect("the node was started with metrics");
        ureq::get(format!("http://127.0.0.1:{port}/metrics"))
            .call()
            .expect("the node is there")
            .body_mut()
            .read_to_string()
            .expect("metrics are text")
    }

    /// The address of the RPC, for wallets.
    pub fn url(&self) -> String {
        format!("ws://{}", self.rpc)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first address behind `mark`, as in «… addr=127.0.0.1:9944,[::1]:9944».
fn socket_in(line: &str, mark: &str) -> SocketAddr {
    let address = line
        .split(mark)
        .nth(1)
        .and_then(|addresses| addresses.trim().split([',', ' ']).next());
    address
        .and_then(|address| address.parse().ok())
        .expect("the log names the address")
}

/// A path as text.
///
/// # Panics
/// If it is not UTF-8.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}
