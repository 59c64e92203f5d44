//! What may name an account, and what reads as something that payments go to.

use super::AccountError;
use crate::address::{self, AddressError};

/// Longest name of an account.
pub const MAX_BYTES: usize = 64;

/// The shortest text that is taken for an address with a mistake in it: an address has some 48 characters.
const MIN_ADDRESS: usize = 40;

/// What the texts of shielded payments begin with: handles, addresses, viewing keys, disclosures.
const SHIELDED: [&str; 6] = [
    "qsh1",
    "qshield1",
    "qshieldview1",
    "qshieldincoming1",
    "qshieldoutgoing1",
    "qpaid1",
];

/// Refuses what cannot name an account.
///
/// # Errors
/// [`AccountError::BadName`], [`AccountError::NameLikeAddress`].
pub fn check(name: &str) -> Result<(), AccountError> {
    if reads_as_address(name) {
        return Err(AccountError::NameLikeAddress(shortened(name)));
    }
    match is_plain(name) {
        true => Ok(()),
        false => Err(AccountError::BadName(shortened(name))),
    }
}

/// Whether a text can be a file's name in one folder on every system.
pub fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    starts_well && name.len() <= MAX_BYTES && name.chars().all(plain)
}

/// Whether a text is an address, or is so much like one that somebody could take it for one: a mistyped
/// address has to be an error, and not the name of an account that somebody set up for it.
pub fn reads_as_address(text: &str) -> bool {
    let begins = |prefix: &&str| {
        let start = text.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if begins(&"0x") || SHIELDED.iter().any(begins) {
        return true;
    }
    let is_long = text.len() >= MIN_ADDRESS && text.chars().all(|c| c.is_ascii_alphanumeric());
    is_long || !matches!(address::parse(text), Err(AddressError::Malformed(_)))
}

fn shortened(name: &str) -> String {
    name.chars().take(MAX_BYTES).collect()
}
