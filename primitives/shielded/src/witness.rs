//! What a prover knows and nobody else: the notes that are spent, their keys and paths, and the
//! notes that are made.

use crate::{
    address::Diversifier,
    element::{Digest, SecretElements, DIGEST_ELEMENTS},
    expand,
    keys::SpendingKey,
    note::{Asset, Note, Randomness},
    statement::{INPUTS, OUTPUTS},
    tree::{Path, DEPTH},
};
use core::fmt;
use qloak_pq_crypto::hedge::hedged;

/// A note that is spent, and what it takes to spend it. The keys and the randomness are wiped from
/// memory when it is dropped.
///
/// The keys belong to the input and not to the transaction: two inputs may be two accounts'.
#[derive(Clone)]
pub struct InputWitness {
    /// The spend authorising key.
    pub ask: SecretElements<DIGEST_ELEMENTS>,
    /// The nullifier key.
    pub nk: SecretElements<DIGEST_ELEMENTS>,
    /// The diversifier of the address that the note was sent to.
    pub diversifier: Diversifier,
    /// The randomness of the note's commitment.
    pub randomness: Randomness,
    /// What the note is worth units of.
    pub asset: Asset,
    /// How many units. An input of none is a dummy, which need not be in the tree.
    pub value: u64,
    /// Where the note is. A dummy has any position and any siblings.
    pub path: Path,
}

impl InputWitness {
    /// An input worth nothing, whose nullifier nobody has seen and nobody can tell from others.
    ///
    /// It is made of the payer's secret, 32 random bytes, and `purpose`: the encoding of what is known of the
    /// transaction so far. If the generator is broken, a dummy is still a secret of the payer's, and two
    /// transactions that differ have two. A dummy that others can compute would tell how many notes were spent, and
    /// whose key made which transaction.
    pub fn dummy(key: &SpendingKey, entropy: &[u8; 32], purpose: &[u8]) -> Self {
        let seed = hedged::<32>(b"shielded dummy input", key.hedge(), entropy, purpose);
        let seed = seed.as_slice();
        let mut stream = expand::stream(b"dummy input", &[seed]);
        let keys = SpendingKey::from_seed(&expand::bytes(b"dummy input keys", &[seed]));
        Self {
            ask: keys.ask().clone(),
            nk: keys.nk().clone(),
            diversifier: Diversifier::sample(&mut stream),
            randomness: Randomness::sample(&mut stream),
            asset: Asset::Qlk,
            value: 0,
            path: Path {
                position: 0,
                siblings: [Digest::ZERO; DEPTH],
            },
        }
    }
}

impl fmt::Debug for InputWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InputWitness(not shown)")
    }
}

/// All that a proof needs to know.
#[derive(Clone)]
pub struct Witness {
    /// The notes that are spent.
    pub inputs: [InputWitness; INPUTS],
    /// The notes that are made.
    pub outputs: [Note; OUTPUTS],
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{alice, bob};

    /// The dummy of a broken generator: another payer, another transaction, another generator, another dummy.
    #[test]
    fn a_broken_generator_gives_no_two_transactions_one_dummy() {
        let key_of = |payer: &SpendingKey, entropy: u8, purpose: &[u8]| {
            let dummy = InputWitness::dummy(payer, &[entropy; 32], purpose);
            dummy.nk.expose()
        };
        let first = key_of(&alice(), 0, b"one payment");
        assert_eq!(key_of(&alice(), 0, b"one payment"), first);
        assert_ne!(key_of(&bob(), 0, b"one payment"), first);
        assert_ne!(key_of(&alice(), 0, b"another payment"), first);
        assert_ne!(key_of(&alice(), 1, b"one payment"), first);
    }
}
