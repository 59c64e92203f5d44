//! A node as a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use serde_json::{json, Value};

/// How long a node may take to start, or to do what it is waited for. Generous: a CI machine has two
/// cores and several nodes.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// A running node, killed when dropped.
pub struct Node {
    child: Child,
    log: Receiver<String>,
    seen: Vec<String>,
    rpc: u16,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(crate::binary("qloak-node"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

impl Node {
    /// Starts a node with `arguments`, on free ports and without Prometheus, and waits until it answers.
    ///
    /// # Panics
    /// If it ends before that, or takes too long.
    pub fn start(arguments: &[&str]) -> Self {
        let fixed = [
            "--rpc-port",
            "0",
            "--port",
            "0",
            "--no-prometheus",
            "--no-telemetry",
            "--no-mdns",
        ];
        let mut child = command(&[arguments, &fixed].concat())
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
            rpc: 0,
        };
        let line = node.wait_for("Running JSON-RPC server");
        node.rpc = port_in(&line);
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
        let mut response = ureq::post(format!("http://127.0.0.1:{}", self.rpc))
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

    /// The address of the RPC, for wallets.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.rpc)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port in «… addr=127.0.0.1:9944,[::1]:9944».
fn port_in(line: &str) -> u16 {
    let port = line
        .split("addr=")
        .nth(1)
        .and_then(|addresses| addresses.split([',', ' ']).next());
    port.and_then(|address| address.parse::<SocketAddr>().ok())
        .expect("the log names the RPC address")
        .port()
}

/// A path as text.
///
/// # Panics
/// If it is not UTF-8.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}
