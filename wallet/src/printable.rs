//! Text of strangers on its way to a terminal: what a node says, what a payer wrote, what stands in a file.
//!
//! Everything that the wallet shows to people goes through here ([`crate::output`]). A control character could clear the
//! screen and write another answer there; a change of direction, or a character without width, could have an address or an
//! amount read otherwise than it is.

/// Whether a character could move the cursor, change the direction of reading, or hide.
fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Text as one line of harmless characters. A line break becomes a space.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            c if is_treacherous(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

/// Text as lines of harmless characters, for what the wallet itself lays out in lines.
pub fn printable_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

/// A JSON document with the same characters as escapes, so that it can be shown, too. JSON itself asks that of few of them.
pub fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        // Outside of texts a document has no such characters but line breaks, and inside those are escaped already.
        if c == '\n' || !is_treacherous(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn a_strangers_text_moves_no_cursor_and_hides_nothing() {
        assert_eq!(printable("rent\nMay"), "rent May");
        assert_eq!(
            printable("\u{1b}[2Jrich\u{202e}"),
            "\u{fffd}[2Jrich\u{fffd}"
        );
        let named = ['\u{7f}', '\u{9b}', '\u{61c}', '\u{feff}', '\r'];
        let ranges = [0x200b..=0x200f, 0x2028..=0x202e, 0x2066..=0x2069];
        let ranges = ranges.into_iter().flatten().filter_map(char::from_u32);
        for c in named.into_iter().chain(ranges) {
            assert_eq!(printable(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
        for harmless in ["ä € 漢字 שלום 🦊 █▀▄ …", "qk4nsQ", "`x` “y”"] {
            assert_eq!(printable(harmless), harmless);
        }
        assert_eq!(printable_lines("a\n\u{1b}b\n"), "a\n\u{fffd}b\n");
    }

    #[test]
    fn json_says_the_same_in_escapes() {
        let document = serde_json::json!({ "a": "\u{9b}2J\u{202e}\u{1b}\u{7f}\n\u{e0041}ä" });
        let text = escaped(&format!("{document:#}"));
        assert!(
            !text.chars().any(|c| c != '\n' && is_treacherous(c)),
            "{text}"
        );
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, document);
    }
}
