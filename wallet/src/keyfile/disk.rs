//! Key files on disk: private, whole or absent, never overwritten by accident.

use std::fs::{self, DirBuilder, File};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::{permissions, KeyFile, KeyFileError, MAX_FILE_BYTES};

/// What may stand at the path already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Nothing: a new file.
    Refuse,
    /// The file that is being replaced.
    Replace,
}

/// Reads a key file that only its owner can read.
///
/// # Errors
/// [`KeyFileError`]: unreadable, open to others, too large, or any error of [`KeyFile::from_json`].
pub fn read(path: &Path) -> Result<KeyFile, KeyFileError> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    let metadata = file.metadata().map_err(|error| io(path, error))?;
    if !metadata.is_file() {
        return Err(io(path, std::io::Error::other("not a regular file")));
    }
    permissions::check(&metadata, path)?;
    if metadata.len() > MAX_FILE_BYTES {
        return Err(KeyFileError::TooLarge(metadata.len()));
    }
    let mut text = Vec::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut text)
        .map_err(|error| io(path, error))?;
    KeyFile::from_json(&text)
}

/// Writes a key file: to a new private file beside its place, synced, and then moved there.
///
/// # Errors
/// [`KeyFileError::Exists`] if the place is taken and must not be, [`KeyFileError::Io`].
pub fn write(path: &Path, file: &KeyFile, existing: Existing) -> Result<(), KeyFileError> {
    let folder = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // `tempfile` opens with O_EXCL and mode 0600.
    let mut temporary = tempfile::Builder::new()
        .prefix(".qloak-")
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(|error| io(folder, error))?;
    temporary
        .write_all(file.to_json()?.as_bytes())
        .map_err(|error| io(path, error))?;
    temporary
        .as_file()
        .sync_all()
        .map_err(|error| io(path, error))?;
    let placed = match existing {
        Existing::Refuse => temporary.persist_noclobber(path),
        Existing::Replace => temporary.persist(path),
    };
    placed.map_err(|failed| match failed.error.kind() {
        ErrorKind::AlreadyExists => KeyFileError::Exists(path.display().to_string()),
        _ => io(path, failed.error),
    })?;
    sync_folder(folder)
}

/// Makes new names in a folder survive a power cut.
///
/// # Errors
/// [`KeyFileError::Io`].
pub fn sync_folder(folder: &Path) -> Result<(), KeyFileError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| io(folder, error))
}

/// Makes a folder, and the folders above it, that only their owner can enter.
///
/// # Errors
/// [`KeyFileError::Io`], or [`KeyFileError::Permissions`] if the folder exists and others may enter it.
pub fn private_folder(path: &Path) -> Result<(), KeyFileError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| io(path, error))?;
    let metadata = fs::metadata(path).map_err(|error| io(path, error))?;
    permissions::check(&metadata, path)?;
    Ok(())
}

fn io(path: &Path, error: std::io::Error) -> KeyFileError {
    KeyFileError::Io {
        path: path.display().to_string(),
        error,
    }
}
