//! One secret into the several that are made of it.
//!
//! `SHAKE256("qloak/shielded/v1" ‖ len(label) ‖ label ‖ (len(part) ‖ part)*)`, read as a stream.
//! The label's length is one byte, a part's is four, little-endian: no two lists of parts are the
//! same bytes. The first part is the secret. SHAKE256 with a secret prefix is a pseudorandom
//! function of what follows if Keccak is as good as FIPS 202 takes it to be.

use sha3::{
    digest::{ExtendableOutput, Update, XofReader},
    Shake256, Shake256Reader,
};
use zeroize::Zeroizing;

const TAG: &[u8] = b"qloak/shielded/v1";

/// The stream that the parts expand to under a label. Labels are constants of this crate, shorter
/// than 256 bytes.
pub(crate) fn stream(label: &'static [u8], parts: &[&[u8]]) -> Shake256Reader {
    let mut hasher = Shake256::default();
    hasher.update(TAG);
    hasher.update(&[label.len() as u8]);
    hasher.update(label);
    for part in parts {
        hasher.update(&(part.len() as u32).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize_xof()
}

/// The stream's first bytes.
pub(crate) fn bytes<const N: usize>(label: &'static [u8], parts: &[&[u8]]) -> Zeroizing<[u8; N]> {
    let mut out = Zeroizing::new([0; N]);
    stream(label, parts).read(out.as_mut());
    out
}
