//! Commands that the wallet tells its user to type next.
//!
//! A command that asked another node, or used another home, than a plain `qloak` would is followed by ones that do the
//! same: whoever types "qloak tx watch …" as it stands must not ask a node that knows nothing of it. Everything that can be
//! typed as it stands is rendered here. Hints with a placeholder (`qloak key status ACCOUNT`) are not, nor what is to be
//! typed on another machine.

use std::fmt::Display;
use std::path::Path;
use std::sync::OnceLock;

use crate::chain::without_secrets;

/// What this command was given, for those that follow it. One process runs one command.
static GIVEN: OnceLock<Given> = OnceLock::new();

/// The options to repeat, each with the space before it; empty if a plain command would do the same.
#[derive(Debug, Default, PartialEq, Eq)]
struct Given {
    node: String,
    home: String,
}

impl Given {
    fn new(node: Option<&str>, home: Option<&Path>) -> Self {
        let option = |name: &str, value: &str| format!(" --{name} {}", quoted(value));
        Self {
            // A password in the address is not for the screen. What is left says which node, and where one belongs.
            node: node.map_or_else(String::new, |url| option("node", &without_secrets(url))),
            home: home.map_or_else(String::new, |path| {
                option("home", &path.display().to_string())
            }),
        }
    }

    fn command(&self, line: impl Display) -> String {
        format!("qloak {line}{}{}", self.node, self.home)
    }

    fn here(&self, line: impl Display) -> String {
        format!("qloak {line}{}", self.home)
    }
}

/// Remembers the node and the home that were given, if a plain command would not take them.
pub fn remember(node: Option<&str>, home: Option<&Path>) {
    // The second command of a process, as in a test, changes nothing.
    let _ = GIVEN.set(Given::new(node, home));
}

/// `qloak LINE`, asking the node and using the home of this command.
pub fn command(line: impl Display) -> String {
    given(|given| given.command(&line))
}

/// `qloak LINE` for what needs no node, using the home of this command.
pub fn here(line: impl Display) -> String {
    given(|given| given.here(&line))
}

fn given(render: impl FnOnce(&Given) -> String) -> String {
    match GIVEN.get() {
        Some(given) => render(given),
        None => render(&Given::default()),
    }
}

/// A word that a shell takes as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_repeats_what_a_plain_one_would_not_take() {
        let line = "tx watch 0xab --until 7";
        let plain = Given::new(None, None);
        assert_eq!(plain.command(line), "qloak tx watch 0xab --until 7");
        let given = Given::new(Some("ws://[::1]:9945"), Some(Path::new("/tmp/a b")));
        assert_eq!(
            given.command(line),
            "qloak tx watch 0xab --until 7 --node 'ws://[::1]:9945' --home '/tmp/a b'"
        );
        assert_eq!(
            given.here("account list"),
            "qloak account list --home '/tmp/a b'"
        );
    }

    #[test]
    fn a_command_shows_no_password_and_no_shell_runs_a_part_of_it() {
        let secret = Given::new(Some("wss://me:secret@node.org/rpc?key=secret"), None);
        let line = secret.command("account list");
        assert!(!line.contains("secret"), "{line}");
        assert!(
            line.ends_with(" --node 'wss://***@node.org/rpc?***'"),
            "{line}"
        );
        assert_eq!(quoted("it's; rm -rf"), r"'it'\''s; rm -rf'");
        assert_eq!(quoted(""), "''");
    }
}
