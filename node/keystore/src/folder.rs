//! The folder `pq` of a keystore and the names in it.
//!
//! A key lies in `<key type><authority id>.json`, both in hexadecimal. `LocalKeystore` lists the
//! folder above and passes over names that are not hexadecimal, so it never sees ours.
//!
//! A file is first written under a temporary name and then renamed, so that a crash leaves either the
//! whole key or none, and never half of one under its real name. Two writers of the same name write the same
//! key: the name holds its hash.

use crate::{
    key_file::{KeyName, KeyRecord},
    random::random,
    secret_file, Error,
};
use polkadot_sdk::sp_core::crypto::KeyTypeId;
use std::{
    fs::{self, DirBuilder, File},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Name of the folder below the keystore's.
pub const NAME: &str = "pq";

/// The mode of the folder.
pub const FOLDER_MODE: u32 = 0o700;

const SUFFIX: &str = ".json";

/// An opened key folder.
#[derive(Debug)]
pub struct KeyFolder {
    path: PathBuf,
}

impl KeyFolder {
    /// Opens the folder below `keystore`, creating it if need be, and checks who may enter it.
    pub fn open(keystore: &Path) -> Result<Self, Error> {
        let path = keystore.join(NAME);
        match DirBuilder::new()
            .recursive(false)
            .mode(FOLDER_MODE)
            .create(&path)
        {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(Error::io("create", path)(error))
            }
            _ => {}
        }
        let metadata = fs::metadata(&path).map_err(Error::io("inspect", &path))?;
        secret_file::refuse_exposed(&path, metadata.permissions().mode(), FOLDER_MODE)?;
        Ok(Self { path })
    }

    /// The file in which a key lies or would lie.
    pub fn file(&self, name: &KeyName) -> PathBuf {
        self.path.join(file_name(name))
    }

    /// Whether there is a file for the key. Does not open it.
    pub fn contains(&self, name: &KeyName) -> bool {
        self.file(name).exists()
    }

    /// The names of all keys, in no particular order. Other files are passed over.
    pub fn list(&self) -> Result<Vec<KeyName>, Error> {
        let entries = fs::read_dir(&self.path).map_err(Error::io("list", &self.path))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(Error::io("list", &self.path))?;
            names.extend(entry.file_name().to_str().and_then(parse_file_name));
        }
        Ok(names)
    }

    /// Reads the key of that name.
    pub fn load(&self, name: &KeyName, passphrase: Option<&str>) -> Result<KeyRecord, Error> {
        let path = self.file(name);
        let content = secret_file::read(&path)?;
        let record = KeyRecord::from_json(&content, passphrase, &path)?;
        if record.name() != *name {
            return Err(Error::NameMismatch {
                path,
                expected: file_name(&record.name()),
            });
        }
        Ok(record)
    }

    /// Writes a key, replacing a file of the same key.
    pub fn store(&self, record: &KeyRecord, passphrase: Option<&str>) -> Result<PathBuf, Error> {
        let path = self.file(&record.name());
        let temporary = self.temporary_file()?;
        let json: Zeroizing<Vec<u8>> = record.to_json(passphrase)?;
        secret_file::create(&temporary, &json)?;
        if let Err(source) = fs::rename(&temporary, &path) {
            let _ = fs::remove_file(&temporary);
            return Err(Error::io("create", path)(source));
        }
        // Without this, a power cut could take the new name away again.
        File::open(&self.path)
            .and_then(|folder| folder.sync_all())
            .map_err(Error::io("sync", &self.path))?;
        Ok(path)
    }

    fn temporary_file(&self) -> Result<PathBuf, Error> {
        let suffix = random::<8>()?;
        Ok(self.path.join(format!(".{}.tmp", hex::encode(*suffix))))
    }
}

/// The file name of a key.
pub fn file_name((key_type, id): &KeyName) -> String {
    format!("{}{}{SUFFIX}", hex::encode(key_type.0), hex::encode(id))
}

fn parse_file_name(name: &str) -> Option<KeyName> {
    let bytes = hex::decode(name.strip_suffix(SUFFIX)?).ok()?;
    let (key_type, id) = bytes.split_first_chunk::<4>()?;
    Some((KeyTypeId(*key_type), id.try_into().ok()?))
}
