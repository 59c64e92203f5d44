//! Words of an account, as people are shown them, and the command that takes them.

use std::io::IsTerminal;

use qloak_pq_crypto::scheme::Scheme;

use crate::address::{AccountId, DEFAULT_PREFIX};
use crate::cli::Session;
use crate::derivation::{DerivationError, Phrase, DEFAULT_PATH};
use crate::keyfile::Unlocked;
use crate::output::Report;
use crate::secret::Secret;

/// The scheme that `account import` takes if it is told no other.
const DEFAULT_SCHEME: Scheme = Scheme::MlDsa65;

/// Words on a line.
const PER_LINE: usize = 6;

/// Whether the words of a new phrase are shown: on a terminal, or because somebody asked.
pub fn are_shown(session: &Session, asked: bool) -> bool {
    asked || (!session.output.json && std::io::stdout().is_terminal())
}

/// The words in numbered lines, each ending in a line break.
pub fn numbered(words: &Secret) -> String {
    let words: Vec<_> = words.expose().split(' ').collect();
    let lines = words.chunks(PER_LINE).enumerate();
    lines
        .map(|(line, words)| format!("  {:>2}  {}\n", line * PER_LINE + 1, words.join(" ")))
        .collect()
}

/// The words with what to do with them.
pub fn describe(report: &mut Report, words: &Secret, what_they_do: &str) {
    report.line("");
    report.heading(format_args!(
        "Write these words down and keep them off this machine. {what_they_do}:"
    ));
    numbered(words).lines().for_each(|line| report.line(line));
}

/// The same as plain text, to follow a headline.
pub fn paragraph(words: &Secret, what_they_do: &str) -> String {
    format!(
        "\n\nWrite these words down and keep them off this machine. {what_they_do}:\n{}",
        numbered(words).trim_end()
    )
}

/// How an account comes back from its words.
pub struct Restoring {
    /// Whether the words are not enough: the account was recovered or migrated to them, and another key founded it.
    needs_address: bool,
    command: String,
    /// What finds the present key, if a rotation has put a later one of the words in the first one's place.
    then: Option<String>,
}

impl Restoring {
    /// Finds out what of an account its words do not tell.
    pub fn of(name: &str, unlocked: &Unlocked) -> Result<Self, DerivationError> {
        let founder = match &unlocked.phrase {
            Some(phrase) => founder(phrase, unlocked)?,
            None => None,
        };
        Ok(Self::new(name, unlocked, founder))
    }

    /// The same for words that were just made for an account that has been there before.
    pub fn of_new_words(name: &str, unlocked: &Unlocked) -> Self {
        Self::new(name, unlocked, None)
    }

    fn new(name: &str, unlocked: &Unlocked, founder: Option<Scheme>) -> Self {
        let keys = &unlocked.keys;
        let first = keys.iter().find(|key| key.path == unlocked.base_path);
        let first = first.or(keys.first()).map(|key| key.secret.scheme());
        let address = founder.is_none().then_some(unlocked.account);
        let scheme = founder.or(first).unwrap_or(DEFAULT_SCHEME);
        Self {
            needs_address: address.is_some(),
            command: import_command(name, address, scheme, &unlocked.base_path),
            then: (unlocked.next_index > 1).then(|| format!("qloak key restore {name}")),
        }
    }

    /// The command, to be typed where the words are wanted: on any machine, so without this one's node and home.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// What the words do not say by themselves, with the command; nothing if they do.
    pub fn remark(&self) -> Option<String> {
        let why = match (self.needs_address, &self.then) {
            (true, _) => {
                "These words alone make another account. Keep with them what restores this one"
            }
            (false, Some(_)) => {
                "The account was rotated, so that its words restore it in two steps"
            }
            (false, None) => return None,
        };
        let lines = [Some(&self.command), self.then.as_ref()];
        let lines = lines
            .into_iter()
            .flatten()
            .map(|line| format!("\n  {line}"));
        Some(format!("{why}:{}", lines.collect::<String>()))
    }
}

/// The scheme of the key that founded the account, if a key of the words did.
fn founder(phrase: &Phrase, unlocked: &Unlocked) -> Result<Option<Scheme>, DerivationError> {
    // Usually it is in the file, and no key has to be made.
    let mut here = unlocked.keys.iter();
    if let Some(key) = here.find(|key| key.account() == unlocked.account) {
        return Ok(Some(key.secret.scheme()));
    }
    for scheme in Scheme::ALL {
        let key = phrase.derive(scheme, &unlocked.base_path)?;
        if key.account() == unlocked.account {
            return Ok(Some(scheme));
        }
    }
    Ok(None)
}

/// `qloak account import …` with what is not the default.
fn import_command(name: &str, account: Option<AccountId>, scheme: Scheme, path: &str) -> String {
    let mut command = format!("qloak account import {name}");
    if let Some(account) = account {
        command += &format!(" --account {}", account.to_address(DEFAULT_PREFIX));
    }
    if scheme != DEFAULT_SCHEME {
        command += &format!(" --scheme {scheme}");
    }
    if path != DEFAULT_PATH {
        command += &format!(" --path {path}");
    }
    command
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::keyfile::Kind;

    fn unlocked(scheme: Scheme, path: &str) -> Unlocked {
        let phrase = Phrase::development().unwrap();
        Unlocked::from_phrase(Kind::Account, phrase, scheme, path).unwrap()
    }

    #[test]
    fn words_that_make_another_account_are_shown_with_the_address() {
        let mut recovered = unlocked(Scheme::MlDsa44, DEFAULT_PATH);
        recovered.account = AccountId([7; 32]);
        let address = recovered.account.to_address(DEFAULT_PREFIX);
        let restoring = Restoring::of("alice", &recovered).unwrap();
        let known = Restoring::of_new_words("alice", &recovered);
        assert_eq!(restoring.command(), known.command());
        let command = format!("qloak account import alice --account {address} --scheme ml-dsa-44");
        assert_eq!(restoring.command(), command);
        let remark = restoring.remark().unwrap();
        assert!(remark.ends_with(&command), "{remark}");
    }

    #[test]
    fn words_that_make_the_account_need_no_address() {
        let ordinary = Restoring::of("alice", &unlocked(DEFAULT_SCHEME, DEFAULT_PATH)).unwrap();
        assert_eq!(ordinary.command(), "qloak account import alice");
        assert_eq!(ordinary.remark(), None);
        let other = Restoring::of("bob", &unlocked(Scheme::MlDsa87, "//1")).unwrap();
        let command = "qloak account import bob --scheme ml-dsa-87 --path //1";
        assert_eq!(other.command(), command);
    }

    /// A file that was full gave up the founder: the words still make it.
    #[test]
    fn a_founder_that_is_no_longer_in_the_file_is_found_by_the_words() {
        let mut rotated = unlocked(Scheme::MlDsa44, DEFAULT_PATH);
        rotated.append_next_key(Scheme::MlDsa65).unwrap();
        rotated.keys.remove(0);
        let restoring = Restoring::of("alice", &rotated).unwrap();
        let command = "qloak account import alice --scheme ml-dsa-44";
        assert_eq!(restoring.command(), command);
        assert!(restoring
            .remark()
            .unwrap()
            .ends_with("\n  qloak key restore alice"));
    }
}
