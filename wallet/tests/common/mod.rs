//! The `qloak` command in a folder of its own, against a port on which nothing listens.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "every program of tests uses a part of it; tests fail by panicking"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

/// What is in the file `phrase`.
pub const PHRASE: &str =
    "legal winner thank year wave sausage worth useful legal winner thank yellow";

/// The public words of development accounts, in the file `development`.
const DEVELOPMENT: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

/// Nobody binds this port.
const NO_NODE: &str = "ws://127.0.0.1:1";

/// What is typed after `qloak`: words, or a line of them.
pub trait Line {
    /// The words.
    fn words(&self) -> Vec<String>;
}

impl Line for &str {
    fn words(&self) -> Vec<String> {
        self.split(' ').map(str::to_owned).collect()
    }
}

impl Line for &String {
    fn words(&self) -> Vec<String> {
        self.as_str().words()
    }
}

impl Line for &[&str] {
    fn words(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }
}

impl<const N: usize> Line for &[&str; N] {
    fn words(&self) -> Vec<String> {
        self.as_slice().words()
    }
}

impl Line for &Vec<&str> {
    fn words(&self) -> Vec<String> {
        self.as_slice().words()
    }
}

/// A wallet in a folder with `pass`, a passphrase, and `phrase`, words.
pub struct Wallet {
    folder: tempfile::TempDir,
}

impl Wallet {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let wallet = Self { folder };
        wallet.secret("pass", "correct horse battery");
        wallet.secret("phrase", PHRASE);
        wallet.secret("development", DEVELOPMENT);
        wallet
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn key_file(&self, name: &str) -> PathBuf {
        self.path(&format!("home/accounts/{name}.json"))
    }

    /// A file that only its owner can read.
    pub fn secret(&self, name: &str, content: &str) -> PathBuf {
        self.file(name, content, 0o600)
    }

    pub fn file(&self, name: &str, content: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// The path of the passphrase.
    pub fn pass(&self) -> String {
        self.path("pass").display().to_string()
    }

    /// A command in the wallet's folder.
    pub fn command(&self, line: impl Line) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qloak"));
        command
            .env_clear()
            .env("QLOAK_HOME", self.path("home"))
            .env("QLOAK_NODE", NO_NODE)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .args(line.words());
        command
    }

    pub fn run(&self, line: impl Line) -> Output {
        self.command(line).output().unwrap()
    }

    /// Runs and expects success: what stands on standard output and on standard error.
    fn printed(&self, command: &mut Command) -> (String, String) {
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command:?}: {errors}");
        (String::from_utf8(output.stdout).unwrap(), errors)
    }

    /// What a command that succeeds prints for people.
    pub fn text(&self, line: impl Line) -> String {
        self.printed(&mut self.command(line)).0
    }

    /// The document that a command prints that succeeds, and what stands on standard error.
    pub fn told(&self, line: impl Line) -> (Json, String) {
        let (text, errors) = self.printed(self.command(line).arg("--json"));
        (serde_json::from_str(&text).unwrap(), errors)
    }

    pub fn json(&self, line: impl Line) -> Json {
        self.told(line).0
    }

    /// Runs with `--json`, expects this exit status and no result, and gives the error object.
    pub fn error(&self, status: i32, line: impl Line) -> Json {
        let mut command = self.command(line);
        let output = command.arg("--json").output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{command:?}: {stderr}");
        assert!(output.stdout.is_empty());
        let error: Json = serde_json::from_str(stderr.lines().last().unwrap()).unwrap();
        assert_eq!(error["error"]["status"], status);
        error["error"].clone()
    }

    /// The message of such an error.
    pub fn refusal(&self, status: i32, line: impl Line) -> String {
        message(&self.error(status, line)).into()
    }

    pub fn new_account(&self, name: &str) -> Json {
        self.json(&format!("account new {name} --passphrase-file pass"))
    }
}

/// The sentence of an error object.
pub fn message(error: &Json) -> &str {
    text(&error["message"])
}

/// A text in a document.
pub fn text(value: &Json) -> &str {
    value.as_str().unwrap()
}

/// A file's mode.
pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
