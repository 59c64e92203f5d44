//! The memo that a payment carries: 512 bytes, whatever it says, so that its length says nothing.
//!
//! The first two bytes are the text's length (little-endian), then comes the text in UTF-8, then zeros.

use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes of every memo.
pub const MEMO_BYTES: usize = 512;

const LENGTH_BYTES: usize = 2;

/// The longest text that fits.
pub const MAX_MEMO_TEXT_BYTES: usize = MEMO_BYTES - LENGTH_BYTES;

/// Why a text is no memo, or a memo no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemoError {
    /// The text does not fit.
    #[error("the memo has {found} bytes; there is room for {MAX_MEMO_TEXT_BYTES}")]
    TooLong {
        /// The text's length in bytes.
        found: usize,
    },
    /// The length that the memo states is more than there is.
    #[error(
        "the memo says that its text has {found} bytes; there is room for {MAX_MEMO_TEXT_BYTES}"
    )]
    Length {
        /// The stated length.
        found: usize,
    },
    /// The text is not UTF-8.
    #[error("the memo is not text")]
    NotText,
    /// Something stands behind the text.
    #[error("the memo has something other than zeros behind its text")]
    Padding,
}

/// A memo, as it was sent. What a stranger sent need not be a text: see [`Memo::text`].
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Memo(pub(crate) [u8; MEMO_BYTES]);

impl Memo {
    /// A memo that says nothing.
    pub const EMPTY: Self = Self([0; MEMO_BYTES]);

    /// A memo that says this.
    pub fn new(text: &str) -> Result<Self, MemoError> {
        let found = text.len();
        if found > MAX_MEMO_TEXT_BYTES {
            return Err(MemoError::TooLong { found });
        }
        let mut bytes = [0; MEMO_BYTES];
        bytes[..LENGTH_BYTES].copy_from_slice(&(found as u16).to_le_bytes());
        bytes[LENGTH_BYTES..LENGTH_BYTES + found].copy_from_slice(text.as_bytes());
        Ok(Self(bytes))
    }

    /// What the memo says. A payment whose memo is malformed is still a payment.
    pub fn text(&self) -> Result<&str, MemoError> {
        let [low, high, rest @ ..] = &self.0;
        let found = usize::from(u16::from_le_bytes([*low, *high]));
        let (text, padding) = rest
            .split_at_checked(found)
            .ok_or(MemoError::Length { found })?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(MemoError::Padding);
        }
        core::str::from_utf8(text).map_err(|_| MemoError::NotText)
    }

    /// The memo's bytes, as they were sent.
    pub fn as_bytes(&self) -> &[u8; MEMO_BYTES] {
        &self.0
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memo({MEMO_BYTES} bytes)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )]

    use super::*;

    #[test]
    fn text_comes_back() {
        for text in [
            "",
            "rent",
            "für Ääpfel 🍏",
            &"x".repeat(MAX_MEMO_TEXT_BYTES),
        ] {
            assert_eq!(Memo::new(text).unwrap().text(), Ok(text));
        }
        assert_eq!(Memo::EMPTY.text(), Ok(""));
    }

    #[test]
    fn a_text_that_does_not_fit_is_refused() {
        let found = MAX_MEMO_TEXT_BYTES + 1;
        assert_eq!(
            Memo::new(&"x".repeat(found)),
            Err(MemoError::TooLong { found })
        );
    }

    #[test]
    fn malformed_memos_say_what_is_wrong() {
        let mut memo = Memo::new("ab").unwrap();
        memo.0[MEMO_BYTES - 1] = 1;
        assert_eq!(memo.text(), Err(MemoError::Padding));
        let mut memo = Memo::new("ab").unwrap();
        memo.0[2] = 0xff;
        assert_eq!(memo.text(), Err(MemoError::NotText));
        let mut memo = Memo::EMPTY;
        memo.0[..2].copy_from_slice(&511u16.to_le_bytes());
        assert_eq!(memo.text(), Err(MemoError::Length { found: 511 }));
    }
}
