//! Bytes of the system's generator.

use crate::Error;
use chacha20poly1305::aead::{rand_core::RngCore, OsRng};
use zeroize::Zeroizing;

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
    let mut bytes = Zeroizing::new([0u8; N]);
    OsRng
        .try_fill_bytes(&mut *bytes)
        .map_err(|_| Error::Randomness)?;
    Ok(bytes)
}
