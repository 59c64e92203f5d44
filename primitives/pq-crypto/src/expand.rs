//! One seed into the several that a scheme asks for.
//!
//! `SHAKE256("qloak/expand/v1" ‖ len(label) ‖ label ‖ len(seed) ‖ seed)`, read as a stream. The
//! label names the scheme and the use, so that no two uses of a seed share a byte of output.

use fn_dsa::{CryptoRng, RngCore, RngError};
use sha3::{
    digest::{ExtendableOutput, Update, XofReader},
    Shake256, Shake256Reader,
};

const TAG: &[u8] = b"qloak/expand/v1";

/// The stream of bytes that a seed and a label expand to. It serves as the random number generator
/// of the libraries that insist on one.
pub(crate) struct Expanded(Shake256Reader);

impl Expanded {
    /// Labels are constants of this crate and seeds are at most 64 bytes long, so both lengths fit
    /// the one byte that they are encoded in.
    pub(crate) fn new(label: &'static [u8], seed: &[u8]) -> Self {
        debug_assert!(label.len() <= 255 && seed.len() <= 255);
        let mut hasher = Shake256::default();
        hasher.update(TAG);
        hasher.update(&[label.len() as u8]);
        hasher.update(label);
        hasher.update(&[seed.len() as u8]);
        hasher.update(seed);
        Self(hasher.finalize_xof())
    }

    /// The next bytes of the stream.
    pub(crate) fn fill(&mut self, out: &mut [u8]) {
        self.0.read(out);
    }
}

impl RngCore for Expanded {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.fill(out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), RngError> {
        self.fill(out);
        Ok(())
    }
}

impl CryptoRng for Expanded {}
