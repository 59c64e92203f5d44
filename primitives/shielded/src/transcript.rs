//! The transcript of a proof: BLAKE3, with grinding that always finds the same.
//!
//! The library grinds on all cores and takes whichever witness is found first. The witness decides which rows are
//! opened. If the generator is broken, a second proof of the same statement has the masks of the first; opened at
//! other rows, the two would say more about the trace than the masks hide. So the least witness is taken.

use alloc::vec::Vec;
use p3_blake3::Blake3;
use p3_challenger::{
    ByteGrindingChallenger, CanObserve, CanSample, HashChallenger, SerializingChallenger32,
};

use crate::element::Element;

/// The Fiat–Shamir transcript.
pub type Transcript = SerializingChallenger32<Element, LeastWitness>;

/// A transcript that begins with these bytes.
pub(crate) fn transcript(beginning: Vec<u8>) -> Transcript {
    Transcript::new(LeastWitness(HashChallenger::new(beginning, Blake3)))
}

/// A transcript of bytes whose grinding finds the least witness.
#[derive(Clone, Debug)]
pub struct LeastWitness(HashChallenger<u8, Blake3, 32>);

impl CanObserve<u8> for LeastWitness {
    fn observe(&mut self, value: u8) {
        self.0.observe(value);
    }

    fn observe_slice(&mut self, values: &[u8]) {
        self.0.observe_slice(values);
    }
}

impl CanSample<u8> for LeastWitness {
    fn sample(&mut self) -> u8 {
        self.0.sample()
    }

    fn sample_into_slice(&mut self, values: &mut [u8]) {
        self.0.sample_into_slice(values);
    }
}

impl ByteGrindingChallenger for LeastWitness {
    /// Searches windows of candidates in their order; within a window, whatever is found bounds the next search, until
    /// there is nothing below.
    fn find_witness<const W: usize, const S: usize>(
        &self,
        num_candidates: u64,
        encode: impl Fn(u64) -> [u8; W] + Sync,
        accepts: impl Fn([u8; S]) -> bool + Sync,
    ) -> Option<u64> {
        const WINDOW: u64 = 1 << 14;
        let search = |from: u64, to: u64| {
            let found =
                self.0
                    .find_witness(to - from, |candidate| encode(from + candidate), &accepts)?;
            Some(from + found)
        };
        let mut from = 0;
        while from < num_candidates {
            let to = num_candidates.min(from + WINDOW);
            let mut least = search(from, to);
            while let Some(below) = least.and_then(|bound| search(from, bound)) {
                least = Some(below);
            }
            if least.is_some() {
                return least;
            }
            from = to;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p3_challenger::GrindingChallenger;
    use p3_field::PrimeCharacteristicRing;

    /// Two proofs with the same masks have the same openings.
    #[test]
    fn grinding_finds_the_least_witness() {
        const BITS: usize = 10;
        for number in 0..8u8 {
            let mut prover = transcript(vec![number]);
            let witness = prover.grind(BITS);
            let passes = |candidate| transcript(vec![number]).check_witness(BITS, candidate);
            let least = (0..).map(Element::from_u64).find(|it| passes(*it));
            assert_eq!(Some(witness), least);
        }
    }
}
