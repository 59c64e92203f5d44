//! Addresses as codes on a screen.
//!
//! An address has 1,974 characters, and upper case (which Bech32m permits, and which a code holds more of). One
//! code of 121 by 121 modules holds all of it, and needs a terminal of 129 columns. On a narrower one
//! the address is shown in pieces of 77 columns each: `QSHIELD/1/4/` and the characters. Whoever photographs or pastes them
//! gets the address back whatever the order; a piece that is missing or of another address is found out.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

use super::error::PartsError;
use super::ShieldedError;

/// Columns of the one code that holds an address, margin included.
pub const WHOLE_COLUMNS: u16 = 129;

/// What a piece begins with.
const PREFIX: &str = "QSHIELD/";

/// Characters of an address in a piece. A code of version 13 at level L holds 619 characters, prefix included
/// (ISO/IEC 18004, table 7).
const PIECE: usize = 600;

/// No address has more pieces.
const MAX_PIECES: usize = 8;

/// The pieces of an address's text.
pub fn split(address: &str) -> Vec<String> {
    let upper = address.to_ascii_uppercase();
    let pieces: Vec<&[u8]> = upper.as_bytes().chunks(PIECE).collect();
    let count = pieces.len();
    let piece = |(index, bytes): (usize, &&[u8])| {
        format!(
            "{PREFIX}{}/{count}/{}",
            index + 1,
            String::from_utf8_lossy(bytes)
        )
    };
    pieces.iter().enumerate().map(piece).collect()
}

/// The text of an address, out of its pieces or as a whole; white space does not matter.
///
/// # Errors
/// [`PartsError`].
pub fn join(text: &str) -> Result<String, PartsError> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_piece = |word: &&str| {
        word.get(..PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
    };
    if !words.iter().any(is_piece) {
        return Ok(words.concat());
    }
    let mut found: Vec<Option<&str>> = Vec::new();
    for word in words {
        let (index, count, piece) = parse(word)?;
        if found.is_empty() {
            found = vec![None; count];
        }
        let of = found.len();
        let slot = found.get_mut(index).filter(|_| of == count);
        let slot = slot.ok_or(PartsError::Mixed)?;
        if slot.is_some_and(|before| !before.eq_ignore_ascii_case(piece)) {
            return Err(PartsError::Mixed);
        }
        *slot = Some(piece);
    }
    let of = found.len();
    if let Some(missing) = found.iter().position(Option::is_none) {
        return Err(PartsError::Missing {
            missing: missing + 1,
            of,
        });
    }
    let joined: String = found.into_iter().flatten().collect();
    Ok(joined.to_ascii_lowercase())
}

fn parse(word: &str) -> Result<(usize, usize, &str), PartsError> {
    let malformed = || PartsError::Malformed(word.chars().take(24).collect());
    let mut fields = word.splitn(4, '/').skip(1);
    let mut number = || {
        let digits = fields.next().filter(|text| text.len() <= 2);
        digits.and_then(|text| text.parse::<usize>().ok())
    };
    let (index, count) = (number(), number());
    let (Some(index), Some(count), Some(piece)) = (index, count, fields.next()) else {
        return Err(malformed());
    };
    match (1..=count.min(MAX_PIECES)).contains(&index) && count <= MAX_PIECES {
        true => Ok((index - 1, count, piece)),
        false => Err(malformed()),
    }
}

/// The codes of an address for a terminal of so many columns, each with its caption.
///
/// # Errors
/// [`ShieldedError::Code`].
pub fn codes(address: &str, columns: u16) -> Result<Vec<(String, String)>, ShieldedError> {
    if columns >= WHOLE_COLUMNS {
        return Ok(vec![(
            "the whole address".into(),
            code(&address.to_ascii_uppercase())?,
        )]);
    }
    let pieces = split(address);
    let count = pieces.len();
    pieces
        .iter()
        .enumerate()
        .map(|(index, piece)| Ok((format!("piece {} of {count}", index + 1), code(piece)?)))
        .collect()
}

fn code(text: &str) -> Result<String, ShieldedError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L)
        .map_err(|error| ShieldedError::Code(error.to_string()))?;
    // What is drawn is light on most terminals; so the light modules are drawn, as scanners expect.
    Ok(code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::shielded::keys::Keys;
    use qloak_shielded::address::Address;

    fn address() -> Address {
        let keys = Keys::of_development("//Alice").unwrap();
        keys.address(0).unwrap().address().clone()
    }

    #[test]
    fn pieces_in_any_order_make_the_address() {
        let address = address();
        let mut pieces = split(&address.to_string());
        assert_eq!(pieces.len(), 4);
        pieces.reverse();
        pieces.push(pieces[0].to_ascii_lowercase());
        let joined = join(&pieces.join("\n")).unwrap();
        assert_eq!(joined.parse::<Address>().unwrap(), address);
        let whole = join(&format!(" {address}\n")).unwrap();
        assert_eq!(whole.parse::<Address>().unwrap(), address);
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        let pieces = split(&address().to_string());
        let missing = PartsError::Missing { missing: 2, of: 4 };
        assert_eq!(
            join(
                &[&pieces[0], &pieces[2], &pieces[3]]
                    .map(String::as_str)
                    .join(" ")
            ),
            Err(missing)
        );
        let other = format!("{} QSHIELD/1/4/ABC", pieces[0]);
        assert_eq!(join(&other), Err(PartsError::Mixed));
        assert_eq!(join("QSHIELD/1/4/A QSHIELD/2/3/B"), Err(PartsError::Mixed));
        for malformed in [
            "QSHIELD/",
            "QSHIELD/0/4/A",
            "QSHIELD/5/4/A",
            "QSHIELD/1/99/A",
            "QSHIELD/1/4/A hello",
        ] {
            assert!(
                matches!(join(malformed), Err(PartsError::Malformed(_))),
                "{malformed}"
            );
        }
    }

    #[test]
    fn codes_fit_the_terminal() {
        let text = address().to_string();
        let widest = |codes: &[(String, String)]| {
            let lines = codes.iter().flat_map(|(_, code)| code.lines());
            lines.map(|line| line.chars().count()).max()
        };
        let whole = codes(&text, 130).unwrap();
        assert_eq!(
            (whole.len(), widest(&whole)),
            (1, Some(WHOLE_COLUMNS.into()))
        );
        let pieces = codes(&text, 80).unwrap();
        assert_eq!((pieces.len(), widest(&pieces)), (4, Some(77)));
    }
}
