//! Words of a new phrase, as people are shown them.

use std::io::IsTerminal;

use crate::cli::Session;
use crate::output::Report;
use crate::secret::Secret;

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
