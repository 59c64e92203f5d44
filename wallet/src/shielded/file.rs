//! The file that the state is kept in: encrypted, private, whole or absent.
//!
//! ```text
//! <home>/shielded/<name>.state      mode 0600
//! name   = first 16 bytes of BLAKE2b-256("qloak/shielded/state-name/v1" ‖ viewing key's text ‖ genesis), hexadecimal
//! key    = BLAKE2b-256("qloak/shielded/state/v1" ‖ viewing key's text)
//! check  = first 16 bytes of BLAKE2b-256("qloak/shielded/state-check/v1" ‖ viewing key's text)
//! file   = "QLOAKSHS" ‖ version (1 byte) ‖ check ‖ nonce (24 bytes) ‖ XChaCha20-Poly1305(key, nonce; SCALE of the state)
//! ```
//!
//! All that stands before the ciphertext is its associated data. The key is as strong as the words, so there is no Argon2id. Whoever
//! reads the file without the key learns how large the wallet's history is.
//!
//! A scan finds notes and history again. What is lost with the file is what was known of payments on their way, how many
//! addresses there are, and the birthday. So a state that is made where there was none remembers the block of its making:
//! what was sent before can still come until [a lifetime](super::draft::LIFETIME) later ([`Purpose::Forgotten`](super::attempt::Purpose)).
//!
//! Version 1 kept the tree and the payments on their way in other forms. Of a file of this version is taken what a scan
//! does not find again (`older.rs`).

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{AeadInPlace, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use codec::DecodeAll;
use qloak_pq_crypto::hedge::hedged;
use zeroize::Zeroizing;

use super::error::{StateError, MAX_FILE_BYTES, VERSION};
use super::keys::Keys;
use super::older;
use super::state::State;
use super::ShieldedError;
use crate::keyfile::{disk, permissions};

const MAGIC: &[u8; 8] = b"QLOAKSHS";
const CHECK_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const HEADER_BYTES: usize = MAGIC.len() + 1 + CHECK_BYTES + NONCE_BYTES;

/// Where the state of one account on one chain is kept. While it exists, no other process gets it.
pub struct Store {
    path: PathBuf,
    genesis: [u8; 32],
    lid: Lid,
    /// Locked until it is dropped.
    _lock: File,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.path.display())
    }
}

impl Store {
    /// Makes the folder if needed, and takes the account's state for this process.
    ///
    /// # Errors
    /// [`StateError::Busy`], [`StateError::Folder`], [`StateError::Io`].
    pub fn open(folder: &Path, keys: &Keys, genesis: [u8; 32]) -> Result<Self, ShieldedError> {
        Self::open_with(folder, keys, genesis, |_| Err(StateError::Busy))
    }

    /// Does the same, and waits while another process has the state. `taken` is called before the waiting begins.
    ///
    /// # Errors
    /// [`StateError::Folder`], [`StateError::Io`].
    pub fn open_or_wait(
        folder: &Path,
        keys: &Keys,
        genesis: [u8; 32],
        taken: impl FnOnce(),
    ) -> Result<Self, ShieldedError> {
        Self::open_with(folder, keys, genesis, |file| {
            taken();
            Ok(file.lock()?)
        })
    }

    fn open_with(
        folder: &Path,
        keys: &Keys,
        genesis: [u8; 32],
        if_taken: impl FnOnce(&File) -> Result<(), StateError>,
    ) -> Result<Self, ShieldedError> {
        let at_folder = |error| located(folder, error);
        disk::private_folder(folder).map_err(|error| at_folder(StateError::Folder(error)))?;
        let mut name = keys.separate(b"qloak/shielded/state-name/v1").to_vec();
        name.extend_from_slice(&genesis);
        let name = hex::encode(&sp_crypto_hashing::blake2_256(&name)[..16]);
        let lock = lock(&folder.join(format!("{name}.lock")), if_taken).map_err(at_folder)?;
        Ok(Self {
            path: folder.join(format!("{name}.state")),
            genesis,
            lid: Lid::of(keys),
            _lock: lock,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the state; nothing if there is none yet.
    ///
    /// # Errors
    /// [`StateError`], with the path.
    pub fn load(&self) -> Result<Option<State>, ShieldedError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(located(&self.path, error.into())),
        };
        let state = self.lid.read(file, &self.path);
        let state = state.map_err(|error| located(&self.path, error))?;
        match state.genesis == self.genesis {
            true => Ok(Some(state)),
            false => Err(located(&self.path, StateError::OtherChain)),
        }
    }

    /// Whether the account's states are all of other chains than this one.
    ///
    /// # Errors
    /// As [`kept`].
    pub fn is_of_another_chain(&self, keys: &Keys) -> Result<bool, ShieldedError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        Ok(!self.path.exists() && !kept(folder, keys)?.is_empty())
    }

    /// Whether there is a state that an earlier version of the wallet wrote. What it says of the chain is read anew.
    pub fn is_older(&self) -> bool {
        let mut beginning = [0; MAGIC.len() + 1];
        let read = File::open(&self.path).and_then(|mut file| file.read_exact(&mut beginning));
        read.is_ok() && older::VERSIONS.contains(&beginning[MAGIC.len()])
    }

    /// Writes the state: to a new private file beside its place, synced, and then moved there.
    ///
    /// # Errors
    /// [`StateError`], with the path.
    pub fn save(&self, state: &State) -> Result<(), ShieldedError> {
        self.write(state)
            .map_err(|error| located(&self.path, error))
    }

    fn write(&self, state: &State) -> Result<(), StateError> {
        self.place(&self.sealed(VERSION, state.to_bytes(HEADER_BYTES))?)
    }

    /// Encrypts what follows a header's room, in place.
    fn sealed(
        &self,
        version: u8,
        mut bytes: Zeroizing<Vec<u8>>,
    ) -> Result<Zeroizing<Vec<u8>>, StateError> {
        let failed = |error: String| StateError::Encryption(error);
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).map_err(|error| failed(error.to_string()))?;
        let (room, plain) = bytes
            .split_at_mut_checked(HEADER_BYTES)
            .ok_or_else(|| failed("no room for the header".into()))?;
        let nonce = self.nonce(plain, &entropy);
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(MAGIC);
        header.push(version);
        header.extend_from_slice(&self.lid.check);
        header.extend_from_slice(&nonce);
        room.copy_from_slice(&header);
        let tag = XChaCha20Poly1305::new(self.lid.key.as_slice().into())
            .encrypt_in_place_detached(XNonce::from_slice(&nonce), &header, plain)
            .map_err(|error| failed(error.to_string()))?;
        bytes.extend_from_slice(&tag);
        match bytes.len() as u64 > MAX_FILE_BYTES {
            true => Err(StateError::TooLarge(bytes.len() as u64)),
            false => Ok(bytes),
        }
    }

    /// A nonce that no other state gets, even if the generator always answers the same: two states under one nonce would
    /// give each other away to whoever has both files, from a backup for instance.
    fn nonce(&self, plain: &[u8], entropy: &[u8; 32]) -> [u8; NONCE_BYTES] {
        *hedged(
            b"shielded state nonce",
            self.lid.key.as_slice(),
            entropy,
            plain,
        )
    }

    fn place(&self, bytes: &[u8]) -> Result<(), StateError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        // `tempfile` opens with O_EXCL and mode 0600.
        let mut temporary = tempfile::Builder::new()
            .prefix(".qloak-")
            .suffix(".tmp")
            .tempfile_in(folder)?;
        temporary.write_all(bytes)?;
        temporary.as_file().sync_all()?;
        temporary
            .persist(&self.path)
            .map_err(|failed| failed.error)?;
        Ok(File::open(folder)?.sync_all()?)
    }
}

/// What opens and closes the state files of one account, of whatever chain they are.
struct Lid {
    key: Zeroizing<[u8; 32]>,
    check: [u8; CHECK_BYTES],
}

impl Lid {
    fn of(keys: &Keys) -> Self {
        let mut check = [0; CHECK_BYTES];
        check.copy_from_slice(&keys.separate(b"qloak/shielded/state-check/v1")[..CHECK_BYTES]);
        Self {
            key: keys.separate(b"qloak/shielded/state/v1"),
            check,
        }
    }

    /// Whether a file begins as one of this account's does.
    fn fits(&self, path: &Path) -> bool {
        let mut header = [0; HEADER_BYTES];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
        let check = &header[MAGIC.len() + 1..][..CHECK_BYTES];
        read.is_ok() && header.starts_with(MAGIC) && check == self.check
    }

    fn read(&self, file: File, path: &Path) -> Result<State, StateError> {
        let metadata = file.metadata()?;
        permissions::check(&metadata, path)?;
        if metadata.len() > MAX_FILE_BYTES {
            return Err(StateError::TooLarge(metadata.len()));
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        let (version, plain) = self.decrypt(&bytes)?;
        let mut plain = plain.as_slice();
        match version {
            VERSION => State::decode_all(&mut plain).map_err(|_| StateError::Altered),
            older => older::read(older, plain).ok_or(StateError::Altered),
        }
    }

    fn decrypt(&self, bytes: &[u8]) -> Result<(u8, Zeroizing<Vec<u8>>), StateError> {
        let (header, ciphertext) = bytes
            .split_at_checked(HEADER_BYTES)
            .ok_or(StateError::NotAState)?;
        let (magic, rest) = header.split_at(MAGIC.len());
        let (version, rest) = rest.split_at(1);
        let (check, nonce) = rest.split_at(CHECK_BYTES);
        if magic != MAGIC {
            return Err(StateError::NotAState);
        }
        if version[0] != VERSION && !older::VERSIONS.contains(&version[0]) {
            return Err(StateError::UnknownVersion(version[0]));
        }
        if check != self.check {
            return Err(StateError::OtherKey);
        }
        let (ciphertext, tag) = ciphertext
            .split_at_checked(ciphertext.len().saturating_sub(TAG_BYTES))
            .filter(|(_, tag)| tag.len() == TAG_BYTES)
            .ok_or(StateError::Altered)?;
        // In place, since a state can be large.
        let mut plain = Zeroizing::new(ciphertext.to_vec());
        XChaCha20Poly1305::new(self.key.as_slice().into())
            .decrypt_in_place_detached(XNonce::from_slice(nonce), header, &mut plain, tag.into())
            .map_err(|_| StateError::Altered)?;
        Ok((version[0], plain))
    }
}

/// The states of an account that are kept, of all chains, the one that was written last first. They are read without
/// waiting for a command that works with them: each is whole at any moment.
///
/// # Errors
/// [`StateError::Io`] if the folder cannot be read.
pub fn kept(folder: &Path, keys: &Keys) -> Result<Vec<Kept>, ShieldedError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(located(folder, error.into())),
    };
    let lid = Lid::of(keys);
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_state = |path: &PathBuf| path.extension().is_some_and(|end| end == "state");
    let mut kept: Vec<_> = paths
        .filter(|path| is_state(path) && lid.fits(path))
        .map(|path| Kept { path })
        .collect();
    kept.sort_by_key(|kept| std::cmp::Reverse(kept.written()));
    Ok(kept)
}

/// A state that is kept.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
}

impl Kept {
    /// When it was written. Files of which the system does not tell count as old.
    fn written(&self) -> Option<std::time::SystemTime> {
        self.path.metadata().and_then(|it| it.modified()).ok()
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`StateError`], with the path.
    pub fn load(&self, keys: &Keys) -> Result<State, ShieldedError> {
        let file = File::open(&self.path).map_err(StateError::from);
        let state = file.and_then(|file| Lid::of(keys).read(file, &self.path));
        state.map_err(|error| located(&self.path, error))
    }
}

fn lock(
    path: &Path,
    if_taken: impl FnOnce(&File) -> Result<(), StateError>,
) -> Result<File, StateError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => if_taken(&file)?,
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    Ok(file)
}

fn located(path: &Path, error: StateError) -> ShieldedError {
    ShieldedError::State {
        path: path.display().to_string(),
        error,
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
