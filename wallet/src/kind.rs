//! What a text on the command line names, and what to say where a command takes something else.
//!
//! Whatever reads as an address is one. Then come the names of what is stored in the wallet's home; then files, which have to
//! look like one: a file in the folder where a command happens to run takes no payments that are meant for an account.

use std::path::Path;

use crate::accounts::Home;
use crate::address::{self, AddressError};

pub use crate::wrong_kind::{Wrong, WrongKind, ADDRESS_FILE};

/// Whether a text is the path of a file: it has a folder in it, or ends as files with addresses do. `-` is standard input.
pub fn is_path(written: &str) -> bool {
    let is_derivation = written.starts_with("//");
    written == "-" || written.ends_with(ADDRESS_FILE) || (written.contains('/') && !is_derivation)
}

fn is_account(home: &Home, written: &str) -> bool {
    let path = home.path(crate::keyfile::Kind::Account, written);
    path.is_ok_and(|path| path.exists())
}

fn is_viewing_key(home: &Home, written: &str) -> bool {
    home.viewkey_path(written).is_ok_and(|path| path.exists())
}

/// Refuses what is neither a shielded address, which is for the caller to know, nor a file that may hold one.
///
/// # Errors
/// [`WrongKind`]; [`AddressError`] for what was meant as an address.
pub fn require_address_file(home: &Home, written: &str) -> Result<(), Wrong> {
    let text = || written.to_owned();
    let begins = |prefix: &&str| {
        let start = written.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let wrong = if ["qshieldview1", "qshieldincoming1", "qshieldoutgoing1"]
        .iter()
        .any(begins)
    {
        WrongKind::ViewingKeyText
    } else if written.starts_with("//") {
        WrongKind::PublicAccount(text())
    } else {
        match address::parse(written) {
            Ok(_) => return Err(WrongKind::PublicAccount(text()).into()),
            Err(AddressError::Malformed(_)) => {}
            Err(error) => return Err(error.into()),
        }
        if is_account(home, written) {
            WrongKind::Account(text())
        } else if is_viewing_key(home, written) {
            WrongKind::ViewingKey(text())
        } else if is_path(written) {
            return Ok(());
        } else if Path::new(written).exists() {
            WrongKind::BareFile(text())
        } else {
            WrongKind::Nothing(text())
        }
    };
    Err(wrong.into())
}

/// Refuses what is no public account, as far as that can be told from how it is written and what is stored here.
///
/// # Errors
/// [`WrongKind`]; [`AddressError::Shielded`].
pub fn require_payee(home: &Home, written: &str) -> Result<(), Wrong> {
    if let Err(error @ AddressError::Shielded(_)) = address::parse(written) {
        return Err(error.into());
    }
    require_stored(home, written, WrongKind::ViewingKey)
}

/// The same, where somebody only looks.
///
/// # Errors
/// [`WrongKind`].
pub fn require_holder(home: &Home, written: &str) -> Result<(), Wrong> {
    if let Err(AddressError::Shielded(start)) = address::parse(written) {
        return Err(WrongKind::ShieldedBalance(start).into());
    }
    require_stored(home, written, WrongKind::ViewingKeyBalance)
}

fn require_stored(
    home: &Home,
    written: &str,
    viewing_key: fn(String) -> WrongKind,
) -> Result<(), Wrong> {
    if is_account(home, written) {
        return Ok(());
    }
    let text = written.to_owned();
    if is_viewing_key(home, written) {
        return Err(viewing_key(text).into());
    }
    match is_path(written) {
        true => Err(WrongKind::File(text).into()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_looks_like_one() {
        for path in [
            "./bob",
            "keys/bob",
            "/tmp/bob",
            "bob.address",
            "-",
            "../bob.txt",
        ] {
            assert!(is_path(path), "{path}");
        }
        for other in [
            "bob",
            "bob.txt",
            "//Bob",
            "//Bob//1",
            "bob.address.json",
            "",
        ] {
            assert!(!is_path(other), "{other}");
        }
    }
}
