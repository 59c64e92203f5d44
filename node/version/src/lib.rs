//! A program's version, with the commit that it was built from.
//!
//! A build script could say it too, but cargo compiles every target of a package again when its build script has run: the
//! node's whole library after each commit, for minutes. A macro makes nothing depend on the commit but the target that
//! calls it, which is the small binary.

use proc_macro::{Literal, TokenStream};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Expands to the version of the package that calls it, as `&'static str`: `0.1.0-0123456789a` where there is a git
/// checkout or `QLOAK_COMMIT` names a commit, else `0.1.0`.
#[proc_macro]
pub fn version(_: TokenStream) -> TokenStream {
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let git = Git(PathBuf::from(package));
    let commit = std::env::var("QLOAK_COMMIT").ok().or_else(|| git.commit());
    let expression = expression(commit.as_deref(), &git.heads());
    // What is written below is Rust.
    expression.parse().unwrap_or_default()
}

/// An expression that is the version, and depends on what it was made from: `QLOAK_COMMIT` and these files. Cargo compiles
/// whatever contains it again when one of them changes.
fn expression(commit: Option<&str>, watched: &[PathBuf]) -> String {
    let commit = commit.map(str::trim).filter(|commit| !commit.is_empty());
    let suffix = commit
        .map(|commit| format!("-{commit}"))
        .unwrap_or_default();
    let suffix = Literal::string(&suffix);
    let watched: String = watched
        .iter()
        .filter_map(|path| path.to_str())
        .map(|path| {
            format!(
                "const _: &[u8] = include_bytes!({});",
                Literal::string(path)
            )
        })
        .collect();
    format!(
        "{{ {watched} const _: Option<&str> = option_env!(\"QLOAK_COMMIT\"); \
         concat!(env!(\"CARGO_PKG_VERSION\"), {suffix}) }}"
    )
}

/// The git checkout that a folder is in, if there is one.
struct Git(PathBuf);

impl Git {
    fn commit(&self) -> Option<String> {
        self.ask(&["rev-parse", "--short=11", "HEAD"])
    }

    /// The files that change when another commit is checked out or made.
    fn heads(&self) -> Vec<PathBuf> {
        let path = |name: &str| self.ask(&["rev-parse", "--git-path", name]);
        let paths = ["HEAD", "logs/HEAD"].into_iter().filter_map(path);
        let absolute = paths.map(|path| self.0.join(Path::new(path.trim())));
        absolute.filter(|path| path.is_file()).collect()
    }

    fn ask(&self, arguments: &[&str]) -> Option<String> {
        let mut git = Command::new("git");
        let output = git.current_dir(&self.0).args(arguments).output().ok()?;
        let answered = output.status.success();
        answered.then(|| String::from_utf8(output.stdout).ok())?
    }
}
