//! The `qloak` command with a home of its own.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::node::{text, Node};

/// What every key file of a [`Wallet`] is encrypted with.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// A wallet in a temporary folder, talking to one node.
pub struct Wallet {
    folder: tempfile::TempDir,
    node: String,
}

/// A command that failed.
#[derive(Debug)]
pub struct Failure {
    /// The exit status.
    pub status: i32,
    /// What it said.
    pub message: String,
}

impl Wallet {
    /// An empty wallet for `node`.
    ///
    /// # Panics
    /// If no temporary folder can be made.
    pub fn on(node: &Node) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let passphrase = folder.path().join("passphrase");
        std::fs::write(&passphrase, PASSPHRASE).expect("the folder is writable");
        restrict(&passphrase);
        Self {
            folder,
            node: node.url(),
        }
    }

    /// Talks to another node from now on.
    pub fn move_to(&mut self, node: &Node) {
        self.node = node.url();
    }

    /// A path inside the wallet's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `qloak ARGUMENTS… --json --yes` and returns what it prints.
    ///
    /// # Panics
    /// If it fails.
    pub fn run(&self, arguments: &[&str]) -> Value {
        self.try_run(arguments)
            .unwrap_or_else(|failure| panic!("qloak {arguments:?}: {failure:?}"))
    }

    /// The same, with the passphrase of the key file.
    ///
    /// # Panics
    /// If it fails.
    pub fn unlocked(&self, arguments: &[&str]) -> Value {
        self.try_unlocked(arguments)
            .unwrap_or_else(|failure| panic!("qloak {arguments:?}: {failure:?}"))
    }

    /// The same, with the passphrase of the key file.
    ///
    /// # Errors
    /// What the command says.
    pub fn try_unlocked(&self, arguments: &[&str]) -> Result<Value, Failure> {
        let passphrase = self.path("passphrase");
        self.try_run(&[arguments, &["--passphrase-file", text(&passphrase)]].concat())
    }

    /// Runs `qloak ARGUMENTS… --json --yes`.
    ///
    /// # Errors
    /// What the command says.
    ///
    /// # Panics
    /// If it cannot be run, or prints something that is no JSON.
    pub fn try_run(&self, arguments: &[&str]) -> Result<Value, Failure> {
        self.answer(Command::new(crate::binary("qloak")).args(arguments))
    }

    /// The same on a disk that takes nothing more: the shell limits the length of files to nothing, and the wallet is told so
    /// by the system, as by a full disk, instead of being ended.
    ///
    /// # Errors
    /// What the command says.
    ///
    /// # Panics
    /// As [`Wallet::try_run`].
    pub fn run_on_a_full_disk(&self, arguments: &[&str]) -> Result<Value, Failure> {
        let script = r#"trap '' XFSZ; ulimit -f 0; exec "$0" "$@""#;
        let mut command = Command::new("bash");
        command.args(["-c", script]).arg(crate::binary("qloak"));
        self.answer(command.args(arguments))
    }

    /// Runs `qloak ARGUMENTS… --json --yes` with the passphrase, and returns what it prints and what stands on standard error.
    ///
    /// # Panics
    /// If it fails.
    pub fn told(&self, arguments: &[&str]) -> (Value, String) {
        let mut command = Command::new(crate::binary("qloak"));
        command.args(arguments);
        if !arguments.iter().any(|argument| argument.starts_with("//")) {
            let passphrase = self.path("passphrase");
            command.args(["--passphrase-file", text(&passphrase)]);
        }
        printed(&run_to_end(self.at_home(&mut command)))
    }

    /// The same with nothing but the arguments to say which node and which home.
    ///
    /// # Panics
    /// If it fails.
    pub fn told_elsewhere(&self, arguments: &[&str]) -> (Value, String) {
        let mut command = Command::new(crate::binary("qloak"));
        printed(&run_to_end(command.args(arguments)))
    }

    fn at_home<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("QLOAK_HOME", self.folder.path().join("home"))
            .env("QLOAK_NODE", &self.node)
    }

    fn answer(&self, command: &mut Command) -> Result<Value, Failure> {
        let output = run_to_end(self.at_home(command));
        if output.status.success() {
            Ok(printed(&output).0)
        } else {
            Err(Failure {
                status: output.status.code().expect("the wallet exits"),
                message: String::from_utf8_lossy(&output.stderr).into_owned(),
            })
        }
    }

    /// Sends `amount` QLK and returns the report.
    ///
    /// # Panics
    /// If it fails.
    pub fn transfer(&self, from: &str, to: &str, amount: &str, more: &[&str]) -> Value {
        let arguments = [
            &["transfer", "--from", from, "--to", to, "--amount", amount],
            more,
        ]
        .concat();
        if from.starts_with("//") {
            self.run(&arguments)
        } else {
            self.unlocked(&arguments)
        }
    }

    /// The free balance of an account, in the smallest unit.
    ///
    /// # Panics
    /// If the node does not tell.
    pub fn free(&self, account: &str) -> u128 {
        let balance = self.run(&["balance", account]);
        balance["free"]
            .as_str()
            .and_then(|free| free.parse().ok())
            .expect("a balance is a number")
    }

    /// Makes an account and gives it money of Alice's.
    ///
    /// # Panics
    /// If it fails.
    pub fn funded_account(&self, name: &str, scheme: &str, amount: &str) {
        self.unlocked(&["account", "new", name, "--scheme", scheme]);
        self.transfer("//Alice", name, amount, &[]);
    }
}

fn run_to_end(command: &mut Command) -> Output {
    let command = command.args(["--json", "--yes"]).stdin(Stdio::null());
    command.output().expect("the wallet runs")
}

/// What a command that succeeded has printed, and what stands on standard error.
fn printed(output: &Output) -> (Value, String) {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    let printed = serde_json::from_slice(&output.stdout);
    (printed.expect("--json prints JSON"), errors)
}

/// Takes a file from everybody but its owner.
fn restrict(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("our own file");
}

/// Writes `text` to a file that only its owner can read.
///
/// # Panics
/// If it cannot be written.
pub fn write_secret(path: &std::path::Path, text: &str) {
    let mut file = std::fs::File::create(path).expect("the folder is writable");
    restrict(path);
    file.write_all(text.as_bytes()).expect("the disk has room");
}
