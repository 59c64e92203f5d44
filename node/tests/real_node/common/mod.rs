//! Runs the real binary and listens to it. Tests wait for events, never for time to pass; the limits below
//! only turn a hang into a failure.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{channel, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Long enough for a busy machine with two cores.
const PATIENCE: Duration = Duration::from_secs(120);

/// The node's binary.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qloak-node"));
    command.stdin(Stdio::null());
    command
}

/// Runs the binary to its end.
pub fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Output {
    binary().args(arguments).output().expect("the binary runs")
}

/// Runs the binary, which must succeed, and returns what it printed.
pub fn succeed<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let output = run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).expect("the output is text")
}

/// Runs the binary, which must fail by itself, and returns its complaint.
pub fn fail<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let output = run(arguments);
    assert!(!output.status.success(), "the command succeeded");
    assert_eq!(output.status.code(), Some(1), "an orderly failure");
    String::from_utf8(output.stderr).expect("the complaint is text")
}

/// Writes a file with a mode.
pub fn write(path: &Path, content: &str, mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The permission bits of a file.
pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are text")
}

/// A running node. Dropping it stops it.
pub struct Node {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    rpc: String,
    /// Where `--tmp` puts the chain. A node that is killed cannot clean up.
    _temporary: TempDir,
}

impl Node {
    /// Starts a node on free ports and waits until it serves RPC.
    pub fn start<S: AsRef<OsStr>>(arguments: &[S]) -> Self {
        let common = [
            "--rpc-port",
            "0",
            "--port",
            "0",
            "--no-prometheus",
            "--no-telemetry",
            "--no-mdns",
        ];
        let common = common.iter().map(AsRef::as_ref);
        Self::start_plain(
            &common
                .chain(arguments.iter().map(AsRef::as_ref))
                .collect::<Vec<_>>(),
        )
    }

    /// Starts a node with these arguments only and waits until it serves RPC.
    pub fn start_plain<S: AsRef<OsStr>>(arguments: &[S]) -> Self {
        let temporary = TempDir::new().expect("a folder can be made");
        let mut child = binary()
            .args(arguments)
            .env("TMPDIR", temporary.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let log = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut node = Self {
            child,
            lines,
            seen: Vec::new(),
            rpc: String::new(),
            _temporary: temporary,
        };
        let line = node.wait_for("Running JSON-RPC server");
        node.rpc = line
            .split("addr=")
            .nth(1)
            .and_then(|addresses| addresses.split(',').next())
            .expect("the line names an address")
            .trim()
            .to_owned();
        node
    }

    /// Waits for a log line that contains `text`. Lines that came before this call count too, once.
    pub fn wait_for(&mut self, text: &str) -> String {
        if let Some(index) = self.seen.iter().position(|line| line.contains(text)) {
            return self.seen.remove(index);
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("no '{text}' in time:\n{}", self.seen.join("\n"))
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the node ended without '{text}':\n{}", self.seen.join("\n"))
                }
            }
        }
    }

    /// Waits for a line `…#<number> (…` with `text` before the number and returns the number.
    pub fn wait_for_block(&mut self, text: &str) -> u64 {
        let line = self.wait_for(text);
        let (_, rest) = line.split_once(text).expect("the line contains the text");
        let digits: String = rest
            .chars()
            .skip(1)
            .take_while(char::is_ascii_digit)
            .collect();
        digits
            .parse()
            .unwrap_or_else(|_| panic!("no block number: {line}"))
    }

    /// Whether a log line that has come so far, and that no call has waited for, contains `text`.
    pub fn has_said(&self, text: &str) -> bool {
        self.seen.iter().any(|line| line.contains(text))
    }

    /// Waits until a block of at least this height is final, and returns the hash of the latest such.
    ///
    /// Asks again at each block that is imported or becomes final, since those are what the log tells.
    pub fn wait_for_finality(&mut self, height: u64) -> String {
        loop {
            let hash = self.call("chain_getFinalizedHead", serde_json::json!([]));
            let header = self.call("chain_getHeader", serde_json::json!([hash]));
            let digits = header["number"].as_str().expect("a number");
            let number = u64::from_str_radix(digits.trim_start_matches("0x"), 16).unwrap();
            if number >= height {
                return hash.as_str().expect("a hash").to_owned();
            }
            self.wait_for_news();
        }
    }

    /// Waits for the next log line, whatever it says. Idle nodes tell their state every five seconds.
    fn wait_for_news(&mut self) {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => self.seen.push(line),
            Err(_) => panic!("no news in time:\n{}", self.seen.join("\n")),
        }
    }

    /// Calls an RPC method.
    pub fn rpc(
        &self,
        method: &str,
        parameters: serde_json::Value,
    ) -> Result<serde_json::Value, String> {
        let request = serde_json::json!({
            "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters,
        });
        let mut reply = post(&self.rpc, &request.to_string());
        match reply["error"].take() {
            serde_json::Value::Null => Ok(reply["result"].take()),
            error => Err(error.to_string()),
        }
    }

    /// Calls an RPC method that must succeed.
    pub fn call(&self, method: &str, parameters: serde_json::Value) -> serde_json::Value {
        self.rpc(method, parameters)
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The address by which another node can reach this one.
    pub fn address(&self) -> String {
        self.call("system_localListenAddresses", serde_json::json!([]))
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|address| address.as_str())
            .find(|address| address.starts_with("/ip4/127.0.0.1/tcp/") && !address.contains("/ws"))
            .expect("the node listens on the loopback interface")
            .to_owned()
    }

    /// Ends the node as an operator does and waits until it is gone.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        let status = Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .expect("kill runs");
        assert!(status.success());
        // Reading on keeps the node from blocking on a full pipe.
        let mut said = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            said.push(line);
        }
        let said = said.join("\n");
        assert!(
            self.child.wait().expect("the node ends").success(),
            "{said}"
        );
        assert!(!said.contains("failed"), "a clean stop: {said}");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One HTTP request on a connection of its own.
fn post(address: &str, body: &str) -> serde_json::Value {
    let mut stream = TcpStream::connect(address).expect("the RPC port answers");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let (_, body) = reply.split_once("\r\n\r\n").expect("an HTTP reply");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {reply}"))
}
