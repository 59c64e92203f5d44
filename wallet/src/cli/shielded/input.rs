//! What the shielded commands read: addresses, memos, keys and disclosures, from files or as they are.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use qloak_pq_crypto::scheme::Scheme;
use qloak_shielded::address::{Address, Handle};
use qloak_shielded::memo::Memo;
use zeroize::Zeroizing;

use super::{MemoArguments, OwnerArguments};
use crate::accounts::Account;
use crate::cli::{sending, Session};
use crate::error::Error;
use crate::keyfile::permissions;
use crate::kind;
use crate::secret::Source;
use crate::shielded::keys::Keys;
use crate::shielded::{parts, ShieldedError};

/// No address, memo, key or disclosure is longer, in pieces or not.
const MAX_TEXT: u64 = 16 * 1024;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    Anybody,
    OnlyOwner,
}

fn read_text(path: &Path, readers: Readers) -> Result<Zeroizing<String>, Error> {
    let name = path.display().to_string();
    let unreadable = |error| ShieldedError::File {
        path: name.clone(),
        error,
    };
    let mut text = Zeroizing::new(String::with_capacity(MAX_TEXT as usize + 1));
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_TEXT + 1)
            .read_to_string(&mut text)
    } else {
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if readers == Readers::OnlyOwner && metadata.is_file() {
            permissions::check(&metadata, path).map_err(crate::secret::SecretError::from)?;
        }
        file.take(MAX_TEXT + 1).read_to_string(&mut text)
    };
    read.map_err(unreadable)?;
    match text.len() as u64 > MAX_TEXT {
        true => Err(ShieldedError::FileTooLong(name).into()),
        false => Ok(text),
    }
}

/// The text of a file that only its owner can read, without white space around it.
pub fn private_text(path: &Path) -> Result<Zeroizing<String>, Error> {
    let text = read_text(path, Readers::OnlyOwner)?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// The text of any file, without white space around it.
pub fn text(path: &Path) -> Result<Zeroizing<String>, Error> {
    let text = read_text(path, Readers::Anybody)?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// Who is paid: an address, or one that is looked up.
pub enum Who {
    Address(Address),
    Handle(Handle),
}

/// Who is paid, and where that is written.
pub struct Recipient {
    who: Who,
    /// The file that it was read from.
    file: Option<String>,
}

impl Recipient {
    pub fn who(&self) -> &Who {
        &self.who
    }

    pub fn handle(&self) -> Handle {
        match &self.who {
            Who::Address(address) => address.handle(),
            Who::Handle(handle) => *handle,
        }
    }

    /// The recipient for people, with the file that it comes from.
    pub fn shown(&self) -> String {
        match &self.file {
            Some(file) => format!("{}, from the file {file}", self.handle()),
            None => self.handle().to_string(),
        }
    }
}

/// The address that is written, or that the file of this name holds. A handle is not enough.
pub fn address(session: &Session, written: &str) -> Result<Address, Error> {
    match recipient(session, written)?.who {
        Who::Address(address) => Ok(address),
        Who::Handle(handle) => Err(ShieldedError::OnlyHandle(handle.to_string()).into()),
    }
}

/// The address or the handle that is written, or that the file of this name holds. What is stored under the name in the
/// wallet's home goes before files.
pub fn recipient(session: &Session, written: &str) -> Result<Recipient, Error> {
    let looks_like = |prefix: &str| {
        written
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let as_written = |who| Recipient { who, file: None };
    // Bech32m's prefix ends in the last `1`; no file is likely to be called so.
    if looks_like("qshield1") {
        return Ok(as_written(parse(written)?));
    }
    if looks_like("qsh1") {
        let handle: Result<Handle, _> = written.parse();
        let handle = handle.map_err(|error| ShieldedError::Directory(error.into()))?;
        return Ok(as_written(Who::Handle(handle)));
    }
    kind::require_address_file(&session.home, written)?;
    Ok(Recipient {
        who: parse(&text(Path::new(written))?)?,
        file: Some(written.into()),
    })
}

fn parse(text: &str) -> Result<Who, Error> {
    if let Ok(handle) = text.parse() {
        return Ok(Who::Handle(handle));
    }
    let joined = parts::join(text).map_err(ShieldedError::Parts)?;
    let address: Result<Address, _> = joined.parse();
    Ok(Who::Address(address.map_err(ShieldedError::Address)?))
}

/// Refuses an address whose handle is not the one that was expected.
pub fn require_handle(recipient: &Recipient, expected: Option<&str>) -> Result<(), Error> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let found = recipient.handle().to_string();
    match found.eq_ignore_ascii_case(expected.trim()) {
        true => Ok(()),
        false => Err(ShieldedError::OtherHandle {
            expected: expected.into(),
            found,
        }
        .into()),
    }
}

/// The memo that was asked for.
pub fn memo(arguments: &MemoArguments) -> Result<Memo, Error> {
    let from_file = match &arguments.memo_file {
        Some(path) => Some(text(path)?),
        None => None,
    };
    let text = arguments
        .memo
        .as_deref()
        .or_else(|| from_file.as_ref().map(|text| text.as_str()));
    Ok(Memo::new(text.unwrap_or_default()).map_err(ShieldedError::Memo)?)
}

/// Asks for the passphrase, if there is one, and derives the shielded keys.
pub fn keys(session: &Session, account: &Account, source: &Source) -> Result<Keys, Error> {
    keys_of(account, &sending::open(session, account, source)?)
}

/// The shielded keys of an account that is open already.
pub fn keys_of(account: &Account, opened: &sending::Opened<'_>) -> Result<Keys, Error> {
    match opened {
        sending::Opened::Development(key) => Ok(Keys::of_development(&key.path)?),
        sending::Opened::Stored(unlocked) => Ok(Keys::of_account(account.label(), unlocked)?),
    }
}

/// Label and keys of whoever's notes are asked for.
pub fn owner(session: &Session, arguments: &OwnerArguments) -> Result<(String, Keys), Error> {
    if let Some(path) = &arguments.view_key_file {
        let keys = Keys::parse(&private_text(path)?)?;
        return Ok((path.display().to_string(), keys));
    }
    let name = arguments.account.as_deref().unwrap_or_default();
    holder(session, name, &arguments.passphrase.source())
}

/// Label and keys of an account, or of a viewing key that was imported under this name.
pub fn holder(session: &Session, name: &str, source: &Source) -> Result<(String, Keys), Error> {
    if let Some(keys) = imported(session, name)? {
        return Ok((name.into(), keys));
    }
    let account = session.home.signer(name, None)?;
    let keys = keys(session, &account, source)?;
    Ok((account.label().into(), keys))
}

/// The account that is to pay. A viewing key of this name is told from a name that is not there.
pub fn payer(session: &Session, name: &str, scheme: Option<Scheme>) -> Result<Account, Error> {
    match imported(session, name)? {
        None => Ok(session.home.signer(name, scheme)?),
        Some(keys) => Err(ShieldedError::WatchOnly {
            name: name.into(),
            sight: keys.sight(),
        }
        .into()),
    }
}

/// The viewing key that was imported under a name, if there is one.
pub fn imported(session: &Session, name: &str) -> Result<Option<Keys>, Error> {
    // What is no name may be an address.
    match session.home.viewkey_path(name) {
        Ok(path) if path.exists() => Ok(Some(Keys::parse(&private_text(&path)?)?)),
        _ => Ok(None),
    }
}

/// Writes a text into a new file.
pub fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), Error> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |error| ShieldedError::Unwritable {
        path: path.display().to_string(),
        error,
    };
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(())
}
