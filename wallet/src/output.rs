//! What the command prints: text for people or one JSON document for programs, never a mixture.
//!
//! What is shown went through one filter, which leaves nothing that could steer a terminal (`printable.rs`), whoever it is of.
//! Results go to standard output; questions, progress and warnings to standard error. Colour and
//! spinners appear only on a terminal, and `--no-color` or `NO_COLOR` turns colour off.
//!
//! # The JSON documents
//!
//! Their fields stay; new ones may join them. Amounts are text in the token's smallest unit, and so are
//! all integers of 64 bits and more in events and arguments; hashes and bytes are hexadecimal with `0x`, and
//! what does not exist is `null`. `import` is the command that restores an account from its words.
//!
//! Before it sends a transaction, and so before it waits for anything, a command writes one line of JSON to standard error:
//! `{"sending":{"hash","nonce","valid_until","follow"}}`, with the last block that can include it and the command that follows it;
//! of a shielded payment, which has neither hash nor nonce that it could be known by, `{"sending":{"name","valid_until","follow"}}`.
//! A warning is a line there too: `{"warning":"…"}`.
//!
//! | command | document |
//! |---|---|
//! | `account new`, `import`, `show` | `name, address, account_id, scheme, keys: [{scheme, path, public, bytes}], file`; `new --show-phrase` also `phrase` |
//! | `account list` | `accounts: [as above and proven, or {name, error}], backups: [name]` |
//! | `account passphrase` | `file` |
//! | `account rename` | `name, address, file` |
//! | `account remove` | `name, address, removed, backup` |
//! | `account export` | the key file itself; with `--out` as `show`; with `--phrase` `name, phrase, path, scheme, address, import`; with `--public-key` `name, public` |
//! | `balance` | `account, address, block, time, free, reserved, frozen, account_frozen` (by its backup key)`, spendable, nonce, shielded, token`; `shielded` is `null`, with `--shielded` `sees, balance: {qlk, priv}, received: {qlk, priv}` |
//! | `transfer` | `from, to, amount` (`null` for `--all`)`, signature: {scheme, with_key}` and *sent* |
//! | `key register`, `rotate` | `account, scheme, generation`, for `rotate` also `path`, and *sent* |
//! | `key backup` | `account, scheme, file`, with `--show-phrase` also `phrase`, and *sent* |
//! | `key import-backup`, `show-backup` | `account, scheme, public, file`, with `--phrase` also `phrase` |
//! | `key freeze` | `account, frozen, shielded_money_frozen` and *sent* |
//! | `key recover` | `account, name, scheme, generation, file, replaced, shielded_handle, import`, with `--show-phrase` also `phrase`, and *sent*, unless the chain had the key already |
//! | `key deregister` | `account, scheme` and *sent* |
//! | `key restore` | `account, name, scheme, path, generation` |
//! | `key migrate` | `account, scheme, name, file, import`, with `--show-phrase` also `phrase`, and *sent* |
//! | `key status` | `address, block, registered, key: {scheme, public, generation}, previous: {scheme, public, valid_until}, backup: {scheme, public}, recovery_nonce, frozen, classical, wallet: {name, signs_with, unknown_keys: [path], backups: [{file, is_set}], recovering}` |
//! | `validator bond`, `bond-more`, `withdraw` | `account, call, amount, signature` and *sent* |
//! | `validator unbond` | the same and `era`, in which it has thawed |
//! | `validator validate` | `account, call, commission_percent, blocked, signature` and *sent* |
//! | `validator chill`, `purge-keys` | `account, call, signature` and *sent* |
//! | `validator set-keys`, `rotate-keys` | `account, call, keys, signature` and *sent*, for `rotate-keys` also `proof`; with `--no-send` `account, keys, proof` |
//! | `nominate` | `account, call, targets: [address], signature` and *sent* |
//! | `validator status ACCOUNT` | `account, address, block, era, session, next_session: {block, time}, next_era: {block, time}, bond: {total, active, thawing: [{amount, era, thawed, time}]}, role, commission_percent, blocked, nominating: [address], session_keys: {registered, voting_key_ss58, queued, on_this_node}, validating, excluded_until, excluded_until_time, backing: {total, own, nominators}, nominators: [{address, active}]` |
//! | `validator status` | `block, era, session, next_session, next_era, minimum: {validator, nominator}, validators: [{address, total, own, nominators}], candidates: [{address, commission_percent, blocked, validating}]` |
//! | `shield` | `from, to` (a handle)`, amount, signature` and *sent* |
//! | `send` | `account, to` (a handle)`, amount, fee, merged, left` (after `--all`)`, name, earlier, transaction: outcome` |
//! | `unshield` | `account, to` (an address)`, amount, fee, merged, left` (after `--all`)`, name, earlier, transaction: outcome` |
//! | `scan` | `account, block, notes_read, rolled_back, birthday, addresses, window_ends, sees` (full, incoming, outgoing)`, balance: {qlk, priv}, received: {qlk, priv}` |
//! | `notes` | `account, genesis, block, sees, balance: {qlk, priv}, received: {qlk, priv}, notes: [{position, asset, value, address, block, spent_in, reserved_until, spendable}]` |
//! | `history` | `account, genesis, block, sees, transactions: [{block, position, name, fee, items: [{kind, …}]}]`; an item has `kind` and what belongs to it: `value, asset, position, address, handle, recipient, memo, credits, work` |
//! | `address new`, `show` | `account, index, handle, address, file` |
//! | `address publish`, `withdraw` | `account, handle, signature` and *sent* |
//! | `address find` | `handle, address, publisher, file` |
//! | `viewkey export` | `account, kind, key`, with `--out` `file` in place of `key` |
//! | `viewkey import` | `name, kind, file` |
//! | `viewkey list` | `viewkeys: [{name, kind, file}, or {name, error, file}]` |
//! | `disclose` | `account, position, value, asset, handle, disclosure, file` |
//! | `verify-disclosure` | `valid, position, block, block_hash, finalized, value, asset, owner, recipient, memo, handle, delivered` |
//! | `tx watch` | *outcome* |
//! | `tx show` | *outcome* and `signer, signature: {scheme, with_key, key_bytes, signature_bytes}, nonce, tip, call, arguments, call_bytes` |
//! | `chain info` | `url, chain, node, runtime, token, ss58_prefix, head: {number, hash, bytes, time, seal: {engine, scheme, bytes}}, finalized: {number, hash, time}, next_session: {block, time}, next_era: {block, time}, authorities: [id], catalog: [{scheme, status, until_time, fee_multiplier_percent, security_bits, public_bytes, signature_bytes}]` |
//!
//! *outcome* is `hash, block_hash, block_number, index, bytes, finalized, pruned, time, failure, fee, events: [{pallet, name, fields}]`.
//! `time` is in milliseconds since 1970; of blocks to come it is the earliest that it can be, if no slot is missed. If `pruned` is true, the node has forgotten the block's state: `time`, `failure`, `fee` and
//! `events` are then not known. *sent* is `price: {fee, tip, key_deposit, weight_fee, length_fee, bytes}, transaction: outcome`.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{json, Value as Json};

use crate::chain::trace::Trace;
use crate::error::Error;
use crate::printable::{escaped, printable, printable_lines};
use crate::shielded::Pending;

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// JSON instead of text.
    pub json: bool,
    /// Colour on standard output.
    colour: bool,
    /// Colour on standard error.
    colour_errors: bool,
    /// Answer questions with yes.
    pub yes: bool,
    /// Show what is for experts too, such as raw events.
    pub verbose: bool,
}

/// How a piece of text is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Bold = 1,
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
}

impl Output {
    /// Decides about colour.
    pub fn new(json: bool, no_colour: bool, yes: bool) -> Self {
        // https://no-color.org: set and not empty.
        let wanted =
            !no_colour && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            json,
            colour: wanted && !dumb && std::io::stdout().is_terminal(),
            colour_errors: wanted && !dumb && std::io::stderr().is_terminal(),
            yes,
            verbose: false,
        }
    }

    /// Prints a result: `json` for programs, the text of `human` for people.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn result(&self, json: &Json, human: impl FnOnce(&mut Report)) -> Result<(), Error> {
        let text = if self.json {
            format!("{}\n", escaped(&format!("{json:#}")))
        } else {
            let mut report = Report {
                text: String::new(),
                colour: self.colour,
                verbose: self.verbose,
            };
            human(&mut report);
            report.text
        };
        self.raw(&text)
    }

    /// Prints text as it is, for results that are a file's content.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn raw(&self, text: &str) -> Result<(), Error> {
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(text.as_bytes());
        match written.and_then(|()| stdout.flush()) {
            // `qloak … | head` is no error.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// What a question is about, on standard error: also with `--json`, if it will be asked.
    pub fn explain(&self, text: impl Display) {
        if !self.json || (!self.yes && std::io::stdin().is_terminal()) {
            self.print_error_line(&printable(&text.to_string()));
        }
    }

    /// A warning on standard error; a line of JSON where JSON is asked for.
    pub fn warn(&self, text: impl Display) {
        self.print_error_line(&self.warning(text));
    }

    fn warning(&self, text: impl Display) -> String {
        match self.json {
            true => json!({ "warning": text.to_string() }).to_string(),
            false => {
                let label = paint("warning:", Look::Yellow, self.colour_errors);
                format!("{label} {}", printable(&text.to_string()))
            }
        }
    }

    /// Names a transaction on standard error before it is sent, so that whatever happens then, it can be followed.
    pub fn sending(&self, trace: &Trace) {
        match self.json {
            true => self.print_error_json(&json!({ "sending": trace.to_json() })),
            false => self.print_error_line(&format!(
                "Sending {:?}, which can be included{}. If this command is interrupted, do not pay again; follow it:\n  {}",
                trace.hash,
                trace.until(),
                trace.command()
            )),
        }
    }

    /// Names a shielded payment on standard error before a node gets it.
    pub fn sending_shielded(&self, payment: &Pending) {
        match self.json {
            true => self.print_error_json(&json!({ "sending": payment.to_json() })),
            false => self.explain(format_args!(
                "  {:14} {}, valid until block {}. What becomes of it: {}",
                "name",
                payment.name,
                payment.until,
                payment.command()
            )),
        }
    }

    /// The error that ends the command.
    pub fn error(&self, error: &Error) {
        match self.json {
            true => self.print_error_json(&error.to_json()),
            false => self.print_error_line(&format!(
                "{} {}",
                paint("error:", Look::Red, self.colour_errors),
                printable(&error.to_string())
            )),
        }
    }

    fn print_error_json(&self, json: &Json) {
        self.print_error_line(&escaped(&json.to_string()));
    }

    fn print_error_line(&self, line: &str) {
        // Nobody is left to tell if standard error is closed.
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }

    /// Asks before something is done that cannot be undone.
    ///
    /// # Errors
    /// [`Error::Declined`] if the answer is no, or nobody can be asked and `--yes` is missing.
    pub fn confirm(&self, question: &str) -> Result<(), Error> {
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(Error::Declined(
                "nobody can be asked to confirm: there is no terminal. Give --yes".into(),
            ));
        }
        let question = printable(question);
        let _ = write!(std::io::stderr().lock(), "{question} [y/N] ");
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Error::Declined("not confirmed; nothing was sent".into())),
        }
    }

    /// A spinner on standard error while something takes long; silent unless that is a terminal.
    pub fn spinner(&self, message: impl Into<String>) -> Spinner {
        if self.json || !std::io::stderr().is_terminal() {
            return Spinner(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        let template = if self.colour_errors {
            "{spinner:.cyan} {msg} ({elapsed})"
        } else {
            "{spinner} {msg} ({elapsed})"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(printable(&message.into()));
        bar.enable_steady_tick(Duration::from_millis(100));
        Spinner(bar)
    }
}

impl Output {
    /// A progress bar on standard error; silent unless that is a terminal.
    pub fn bar(&self, message: impl Into<String>) -> Bar {
        if self.json || !std::io::stderr().is_terminal() {
            return Bar(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0);
        let template = if self.colour_errors {
            "{msg} {wide_bar:.cyan/blue} {human_pos} of {human_len}, {eta} left"
        } else {
            "{msg} {wide_bar} {human_pos} of {human_len}, {eta} left"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸ "));
        }
        bar.set_message(printable(&message.into()));
        Bar(bar)
    }
}

/// A progress bar that disappears when dropped.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that shows nothing.
    pub fn silent() -> Self {
        Self(ProgressBar::hidden())
    }

    /// So much of so much is done.
    pub fn show(&self, done: u64, total: u64) {
        self.0.set_length(total.max(done));
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A spinner that disappears when dropped.
pub struct Spinner(ProgressBar);

impl Spinner {
    /// Says what is being done now.
    pub fn say(&self, message: impl Into<String>) {
        self.0.set_message(printable(&message.into()));
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Text for people, line by line.
pub struct Report {
    text: String,
    colour: bool,
    /// Whether what is for experts is wanted too.
    pub verbose: bool,
}

impl Report {
    /// A heading.
    pub fn heading(&mut self, text: impl Display) {
        self.painted(text, Look::Bold);
    }

    /// A plain line.
    pub fn line(&mut self, text: impl Display) {
        self.push(&printable_lines(&text.to_string()));
    }

    /// A line with a name and a value, aligned with its neighbours.
    pub fn field(&mut self, name: &str, value: impl Display) {
        let padding = " ".repeat(14usize.saturating_sub(name.chars().count()));
        let name = paint(&printable(name), Look::Dim, self.colour);
        let value = printable(&value.to_string());
        self.push(&format!("  {name}{padding} {value}"));
    }

    /// A good outcome.
    pub fn good(&mut self, text: impl Display) {
        self.painted(text, Look::Green);
    }

    /// A bad outcome.
    pub fn bad(&mut self, text: impl Display) {
        self.painted(text, Look::Red);
    }

    fn painted(&mut self, text: impl Display, look: Look) {
        let text = printable_lines(&text.to_string());
        self.push(&paint(&text, look, self.colour));
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// A moment in milliseconds since 1970, as people write it: `2026-11-30 16:50:00 UTC`.
pub fn date(milliseconds: u64) -> String {
    const DAY: u64 = 24 * 60 * 60;
    let seconds = milliseconds / 1_000;
    let (days, of_day) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Year, month and day of a day since 1970, by the Gregorian calendar: years are counted from March, so that the leap
/// day is the last of its year, and 400 years are 146,097 days.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

fn paint(text: &str, look: Look, colour: bool) -> String {
    match colour {
        true => format!("\x1b[{}m{text}\x1b[0m", look as u8),
        false => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(date(seconds * 1_000), expected);
        }
        // No block can make it panic.
        date(u64::MAX);
    }

    #[test]
    fn a_warning_is_a_line_of_json_where_json_is_asked_for() {
        let lines = "two\nlines, \"quoted\"";
        let warning = Output::new(true, true, false).warning(lines);
        assert_eq!(warning.lines().count(), 1);
        let parsed: Json = serde_json::from_str(&warning).unwrap_or_default();
        assert_eq!(parsed["warning"], lines);
        let plain = Output::new(false, true, false).warning("it rains");
        assert_eq!(plain, "warning: it rains");
    }

    #[test]
    fn without_a_terminal_there_is_no_colour() {
        let mut report = Report {
            text: String::new(),
            colour: false,
            verbose: false,
        };
        report.heading("Balance");
        report.field("free", "1 QLK");
        assert_eq!(report.text, "Balance\n  free           1 QLK\n");
        let mut report = Report {
            text: String::new(),
            colour: true,
            verbose: false,
        };
        report.bad("no");
        assert_eq!(report.text, "\x1b[31mno\x1b[0m\n");
    }

    #[test]
    fn what_a_node_says_cannot_steer_the_terminal() {
        let lie = "dev\u{1b}[2J\u{9b}H\u{202e}\n  owner          you";
        let mut report = Report {
            text: String::new(),
            colour: false,
            verbose: false,
        };
        report.field("chain", lie);
        assert_eq!(report.text.lines().count(), 1, "{}", report.text);
        report.line(lie);
        report.heading(lie);
        report.good(lie);
        report.bad(lie);
        let bad = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!report.text.chars().any(bad), "{:?}", report.text);
    }
}
