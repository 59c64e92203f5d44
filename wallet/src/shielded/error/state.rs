//! Errors of the file that holds a state.

use crate::keyfile::{permissions, KeyFileError};

/// The version of the file that this wallet writes.
pub const VERSION: u8 = 3;

/// No state is larger: some ten million payments.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024 * 1024;

/// What it costs to begin without the file.
const REPLACING: &str = "Move it away and scan again: that finds the money and the history. Lost is what this wallet knew of payments on their \
    way, which may still come for 240 blocks, and would be paid twice if they were made again before; how many addresses the account \
    has (--addresses); and its birthday (--birthday)";

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The system's answer.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Others can read it.
    #[error(transparent)]
    Permissions(#[from] permissions::TooOpen),
    /// The folder.
    #[error(transparent)]
    Folder(KeyFileError),
    /// Larger than any state.
    #[error("the file has {0} bytes; a wallet's state has at most {MAX_FILE_BYTES}")]
    TooLarge(u64),
    /// Not a state file.
    #[error("this is not a wallet's shielded state. {REPLACING}")]
    NotAState,
    /// A later wallet wrote it.
    #[error(
        "the file is of version {0}; this wallet knows version {VERSION}. A newer wallet wrote it"
    )]
    UnknownVersion(u8),
    /// It belongs to other keys.
    #[error("the file belongs to another account. {REPLACING}")]
    OtherKey,
    /// The key is right, the content is not.
    #[error("the file was altered or damaged after it was written. {REPLACING}")]
    Altered,
    /// It belongs to another chain.
    #[error("the file belongs to another chain. {REPLACING}")]
    OtherChain,
    /// Another process works with it.
    #[error(
        "another qloak process works with this account's shielded state. Wait until it is done"
    )]
    Busy,
    /// The cipher refuses.
    #[error("the state cannot be encrypted: {0}")]
    Encryption(String),
}
