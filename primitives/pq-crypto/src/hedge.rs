//! Randomness that is used beside a long-term secret, hedged against a broken generator.
//!
//! ```text
//! SHAKE256("qloak/hedge/v1" ‖ len(label) ‖ label ‖ (len(part) ‖ part) for secret, entropy, statement)
//! ```
//!
//! The label's length is one byte, a part's is eight, little-endian. With good entropy the bytes are
//! uniform. With predictable entropy they are still secret to whoever does not know the secret, and
//! they repeat only for the very same statement: that is what a nonce, a mask or a coin has to be. ML-DSA, SLH-DSA
//! and FN-DSA do the same inside (FIPS 204, 3.4; FIPS 205, 9.2), so signatures need nothing of this.

use sha3::{
    digest::{ExtendableOutput, Update, XofReader},
    Shake256,
};
use zeroize::Zeroizing;

const TAG: &[u8] = b"qloak/hedge/v1";

/// Bytes out of a secret, a generator's output and what they are used for, together. Labels are
/// constants shorter than 256 bytes, one for each use.
pub fn hedged<const N: usize>(
    label: &'static [u8],
    secret: &[u8],
    entropy: &[u8; 32],
    statement: &[u8],
) -> Zeroizing<[u8; N]> {
    debug_assert!(label.len() <= 255);
    let mut hasher = Shake256::default();
    hasher.update(TAG);
    hasher.update(&[label.len() as u8]);
    hasher.update(label);
    for part in [secret, entropy, statement] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut out = Zeroizing::new([0; N]);
    hasher.finalize_xof().read(out.as_mut());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a generator that always gives the same, another secret, another statement or another use
    /// still gives other bytes; and no part can be moved into its neighbour.
    #[test]
    fn a_broken_generator_repeats_nothing_but_the_same_statement() {
        let draw = |label, secret: &[u8], statement: &[u8]| {
            *hedged::<24>(label, secret, &[0; 32], statement)
        };
        let first = draw(b"use", b"secret", b"statement");
        assert_eq!(draw(b"use", b"secret", b"statement"), first);
        let others = [
            draw(b"other use", b"secret", b"statement"),
            draw(b"use", b"other secret", b"statement"),
            draw(b"use", b"secret", b"other statement"),
            draw(b"use", b"secre", b"tstatement"),
            *hedged::<24>(b"use", b"secret", &[1; 32], b"statement"),
        ];
        for (index, other) in others.iter().enumerate() {
            assert_ne!(*other, first);
            assert!(!others[index + 1..].contains(other));
        }
    }
}
