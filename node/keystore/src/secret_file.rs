//! Files that hold a secret and that only their owner may read.

use crate::Error;
use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};
use zeroize::Zeroizing;

/// The mode of a file with a secret.
pub const FILE_MODE: u32 = 0o600;

/// Permission bits that let anybody but the owner at a file.
const OTHERS: u32 = 0o077;

/// Longest file that is read: some eight times the longest key file that this crate writes.
pub const MAX_BYTES: u64 = 4096;

/// Reads a secret file, or says why it must not be trusted.
///
/// The permissions are those of the opened file, so nobody can swap it between check and reading.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let metadata = file.metadata().map_err(Error::io("inspect", path))?;
    if !metadata.is_file() {
        return Err(Error::corrupt(path, "it is not a regular file"));
    }
    refuse_exposed(path, metadata.permissions().mode(), FILE_MODE)?;
    read_bounded(file, path)
}

/// Reads at most [`MAX_BYTES`] from a file, a pipe or a terminal.
pub fn read_bounded(source: impl Read, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    // One allocation of the final size: a vector that grows leaves copies of the secret behind.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
    source
        .take(MAX_BYTES + 1)
        .read_to_end(&mut content)
        .map_err(Error::io("read", path))?;
    if content.len() as u64 > MAX_BYTES {
        return Err(Error::TooLarge {
            path: path.into(),
            found: content.len() as u64,
            limit: MAX_BYTES,
        });
    }
    Ok(content)
}

/// Reads a secret that a person wrote into a file: one line, its end not counted.
pub fn read_line(path: &Path) -> Result<Zeroizing<String>, Error> {
    one_line(&read(path)?, path)
}

/// The single line in `content`.
pub fn one_line(content: &[u8], path: &Path) -> Result<Zeroizing<String>, Error> {
    let text = std::str::from_utf8(content)
        .map_err(|_| Error::corrupt(path, "it is not text"))?
        .trim();
    if text.is_empty() {
        return Err(Error::corrupt(path, "it is empty"));
    }
    if text.contains('\n') {
        return Err(Error::corrupt(path, "it has more than one line"));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// Creates a file that did not exist before, for its owner only.
pub fn create(path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)
        .map_err(Error::io("create", path))?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    if let Err(source) = written {
        // Half a secret helps nobody; the first error is the one worth reporting.
        let _ = fs::remove_file(path);
        return Err(Error::io("write", path)(source));
    }
    Ok(())
}

/// Refuses modes that give others any access.
pub(crate) fn refuse_exposed(path: &Path, mode: u32, wanted: u32) -> Result<(), Error> {
    if mode & OTHERS != 0 {
        return Err(Error::Exposed {
            path: path.into(),
            mode: mode & 0o7777,
            wanted,
        });
    }
    Ok(())
}
