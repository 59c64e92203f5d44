//! One member of a network: where it keeps its data, how it is reached, and its process.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use super::switch::Place;
use crate::{
    node::{program, text, Node},
    wallet::write_secret,
};

/// The port for other nodes inside a namespace of its own, where every port is free.
const NAMESPACE_PORT: u16 = 30_333;

/// Development accounts that the node has a flag for.
const FLAGS: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/// Whose keys a member uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A validator with the keys of a development account.
    Developer(&'static str),
    /// A validator whose keys are made in its own keystore.
    Validator,
    /// No validator.
    Follower,
}

/// A member, running or not.
pub struct Member {
    /// Its name in the network.
    pub name: String,
    /// Its number, from which its node key follows.
    pub index: usize,
    /// Whether it offers metrics from its next start on.
    pub metrics: bool,
    identity: Identity,
    folder: PathBuf,
    port: u16,
    peer: String,
    place: Option<Place>,
    more: Vec<String>,
    node: Option<Node>,
    past: Vec<String>,
}

impl Member {
    /// A member that does not run yet, with a folder and an address.
    pub fn new(
        name: &str,
        index: usize,
        identity: Identity,
        folder: &Path,
        place: Option<Place>,
        more: &[&str],
    ) -> Self {
        let folder = folder.join(name);
        fs::create_dir(&folder).expect("a member's name is not taken");
        let key = folder.join("node-key");
        write_secret(&key, &format!("{:064x}", index + 1));
        Self {
            name: name.into(),
            index,
            metrics: false,
            identity,
            port: if place.is_some() {
                NAMESPACE_PORT
            } else {
                free_port()
            },
            peer: peer_id(&key),
            folder,
            place,
            more: more.iter().map(ToString::to_string).collect(),
            node: None,
            past: Vec::new(),
        }
    }

    fn host(&self) -> String {
        self.place
            .as_ref()
            .map_or_else(|| "127.0.0.1".into(), |place| place.peers.to_string())
    }

    /// Where other nodes find it.
    pub fn address(&self) -> String {
        format!("/ip4/{}/tcp/{}/p2p/{}", self.host(), self.port, self.peer)
    }

    /// Starts the process.
    pub fn launch(&mut self, spec: &Path, bootnodes: &[String]) {
        assert!(self.node.is_none(), "{} runs already", self.name);
        let mut command = match &self.place {
            None => Command::new(program()),
            Some(place) => place.command(&program()),
        };
        command
            .args(["--chain", text(spec), "--base-path", text(&self.folder)])
            .args(["--node-key-file", text(&self.folder.join("node-key"))])
            .args([
                "--listen-addr",
                &format!("/ip4/{}/tcp/{}", self.host(), self.port),
            ])
            .args(["--no-telemetry", "--no-mdns", "--rpc-port", "0"])
            // Validators' keys are made over RPC.
            .args(["--rpc-methods", "unsafe"])
            .args(self.metrics_arguments())
            .args(self.identity_arguments())
            .args(&self.more);
        if !bootnodes.is_empty() {
            command.arg("--bootnodes").args(bootnodes);
        }
        let host = match &self.place {
            None => "127.0.0.1".to_owned(),
            Some(place) => {
                // Reached from outside its namespace, over a link that carries nothing else.
                command.args(["--unsafe-rpc-external", "--rpc-cors", "all"]);
                place.control.to_string()
            }
        };
        let mut node = Node::launch(command, &host);
        if self.metrics {
            node.find_metrics();
        }
        self.node = Some(node);
    }

    fn metrics_arguments(&self) -> &'static [&'static str] {
        if self.metrics {
            &["--prometheus-port", "0"]
        } else {
            &["--no-prometheus"]
        }
    }

    fn identity_arguments(&self) -> Vec<String> {
        let named = |validator: bool| {
            let mut arguments = vec!["--name".to_owned(), self.name.clone()];
            arguments.extend(validator.then(|| "--validator".to_owned()));
            arguments
        };
        match self.identity {
            Identity::Developer(name) if FLAGS.contains(&name) => {
                vec![
                    format!("--{}", name.to_lowercase()),
                    "--name".into(),
                    self.name.clone(),
                ]
            }
            Identity::Developer(name) => {
                let seed = self.folder.join("consensus-seed");
                write_secret(&seed, &format!("//{name}"));
                let mut arguments = named(true);
                arguments.push("--consensus-seed-file".into());
                arguments.push(text(&seed).into());
                arguments
            }
            Identity::Validator => named(true),
            Identity::Follower => named(false),
        }
    }

    /// Ends the process at once.
    pub fn kill(&mut self) {
        let mut node = self.node.take().expect("the member runs");
        self.past.extend_from_slice(node.log());
        self.past.push("(killed)".into());
    }

    /// The process, if there is one.
    pub fn running(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    /// The process.
    pub fn node(&self) -> &Node {
        self.running()
            .unwrap_or_else(|| panic!("{} does not run", self.name))
    }

    /// The process, whose log is to be read.
    pub fn node_mut(&mut self) -> &mut Node {
        self.node.as_mut().expect("the member runs")
    }

    /// All that it has said, in all its lives.
    pub fn log(&mut self) -> Vec<String> {
        let present = self.node.as_mut().map(Node::log).unwrap_or_default();
        [&self.past[..], present].concat()
    }
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// The peer id of a node key, as the node itself computes it.
fn peer_id(key: &Path) -> String {
    let output = Command::new(program())
        .args(["key", "inspect-node-key", "--file", text(key)])
        .output()
        .expect("the node runs");
    assert!(output.status.success(), "the node reads its key");
    let id = String::from_utf8(output.stdout).expect("a peer id is text");
    id.trim().into()
}
