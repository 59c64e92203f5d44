//! Errors of the directory of addresses.

use qloak_shielded::address::Handle;
use qloak_shielded::TextError;

/// The largest bucket that the wallet reads, 10 MB and twice that on the wire: a directory of two million addresses.
pub const MAX_BUCKET: usize = 8_192;

/// Why the directory does not help.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// A handle's text.
    #[error("this is no handle of an address: {0}")]
    Handle(#[from] TextError),
    /// The node says that it has nothing under this handle.
    #[error("the node knows no address with the handle {0}. Check the handle; or ask the recipient to publish the address (qloak address publish), or for the address itself (qloak address show --out FILE)")]
    NotListed(Handle),
    /// Another address than the handle's.
    #[error("the node answers with something else than the address of {0}. Do not pay to it; ask another node")]
    Forged(Handle),
    /// What the node says about its entries does not fit together.
    #[error("the node's directory contradicts itself. Ask another node")]
    Inconsistent,
    /// Somebody has filled this part of the directory.
    #[error("the directory has more than {MAX_BUCKET} addresses whose handles begin like this one, which is too much to read. Ask the recipient for the address itself (qloak address show --out FILE)")]
    TooLarge,
}

impl DirectoryError {
    /// The process's exit status; see [`crate::error`].
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Handle(_) => 2,
            Self::NotListed(_) => 6,
            Self::Forged(_) | Self::Inconsistent | Self::TooLarge => 1,
        }
    }
}
