//! Keys, addresses and disclosures as text: Bech32m (BIP-350) without its limit on length.
//!
//! Bech32m finds up to three wrong characters in a text of up to 1,023, and four in one of up to 89.
//! In a longer one two errors that stand 1,023 characters apart can cancel, which is why an address
//! carries a check of its own beside this one ([`crate::address`]).
//!
//! A text has one form: the padding bits are zero, and upper case (which makes smaller QR codes) is
//! the whole text or none of it.

use alloc::{string::String, vec::Vec};
use bech32::{primitives::decode::CheckedHrpstring, Bech32m, Checksum, Hrp};
use zeroize::Zeroizing;

/// The longest text that is looked at, in characters. The longest that is made is an address, of
/// 1,974.
pub const MAX_TEXT_CHARS: usize = 4096;

/// Why a text is not what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The text is longer than anything that is written in this form.
    #[error(
        "the text has {found} characters; nothing of this form has more than {MAX_TEXT_CHARS}"
    )]
    TooLong {
        /// The text's length in bytes.
        found: usize,
    },
    /// The text is not Bech32m: a character is wrong, missing or of the other case.
    #[error("the text is damaged: its checksum does not fit, or it is not Bech32m at all")]
    Damaged,
    /// The text is something else.
    #[error("the text begins with \"{found}\" where \"{expected}\" was expected")]
    Prefix {
        /// What it should begin with.
        expected: &'static str,
        /// What it begins with.
        found: String,
    },
    /// The text has the wrong length for what it says it is.
    #[error("the text carries {found} bytes where {expected} were expected")]
    Length {
        /// Bytes that there should be.
        expected: usize,
        /// Bytes that there are.
        found: usize,
    },
}

/// Bech32m for texts of any length up to [`MAX_TEXT_CHARS`].
enum LongBech32m {}

impl Checksum for LongBech32m {
    type MidstateRepr = <Bech32m as Checksum>::MidstateRepr;
    const CODE_LENGTH: usize = MAX_TEXT_CHARS;
    const CHECKSUM_LENGTH: usize = Bech32m::CHECKSUM_LENGTH;
    const GENERATOR_SH: [Self::MidstateRepr; 5] = Bech32m::GENERATOR_SH;
    const TARGET_RESIDUE: Self::MidstateRepr = Bech32m::TARGET_RESIDUE;
}

/// Bytes as text. The prefix is a constant of this crate, in lower case.
pub(crate) fn encode(prefix: &'static str, bytes: &[u8]) -> String {
    #[allow(
        clippy::expect_used,
        reason = "the prefixes are constants, and all that is encoded is shorter than the limit; the tests encode all of it"
    )]
    bech32::encode::<LongBech32m>(Hrp::parse_unchecked(prefix), bytes)
        .expect("the text is shorter than the code's length")
}

/// The bytes of a text with this prefix. They may be a key's, so they are wiped when dropped.
pub(crate) fn decode(prefix: &'static str, text: &str) -> Result<Zeroizing<Vec<u8>>, TextError> {
    if text.len() > MAX_TEXT_CHARS {
        return Err(TextError::TooLong { found: text.len() });
    }
    let parsed = CheckedHrpstring::new::<LongBech32m>(text).map_err(|_| TextError::Damaged)?;
    let found = parsed.hrp().to_lowercase();
    if found != prefix {
        return Err(TextError::Prefix {
            expected: prefix,
            found,
        });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    bytes.extend(parsed.byte_iter());
    // Left-over bits that are not zero would give one value many texts.
    if !Zeroizing::new(encode(prefix, &bytes)).eq_ignore_ascii_case(text) {
        return Err(TextError::Damaged);
    }
    Ok(bytes)
}

/// The bytes of a text with this prefix, if there are `N`.
pub(crate) fn decode_array<const N: usize>(
    prefix: &'static str,
    text: &str,
) -> Result<[u8; N], TextError> {
    let bytes = decode(prefix, text)?;
    <[u8; N]>::try_from(bytes.as_slice()).map_err(|_| TextError::Length {
        expected: N,
        found: bytes.len(),
    })
}
