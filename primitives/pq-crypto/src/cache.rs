//! A process-wide memory of signatures that verified ([`ClaimMemory`]): scheme and context, key, message
//! and signature, byte for byte.
//!
//! A claim is found over the beginnings of its key and signature. An attacker cannot aim at others'
//! claims, to displace them: he would need their key's and their signature's first bytes under a key of
//! his own.
//!
//! Comparing is also what makes a hit cheap: BLAKE3 over the 5.4 kB of an ML-DSA-65 transfer takes
//! 3.6 µs, comparing them 0.05 µs in a core's own cache (docs/benchmarks.md).

use std::sync::LazyLock;

use crate::{
    claim_memory::{capacity_beside_pool, ClaimMemory},
    context::Context,
    scheme::Scheme,
    signing,
};

/// How much memory the verified claims may take beside those of the pool of transactions: some 12,000 ML-DSA-65 transfers with their keys,
/// which is sixteen full blocks.
pub const CAPACITY_BYTES: usize = 64 << 20;

/// Claims with more bytes are verified each time. The longest signature, with a key and a message of
/// any sensible length, has fewer.
const LONGEST_CLAIM: usize = 64 << 10;

/// How much of the key and of the signature the index is taken of: all of a signature's challenge.
const INDEXED_PUBLIC: usize = 32;
const INDEXED_SIGNATURE: usize = 64;

/// Scheme and context, key, message, signature.
type Memory = ClaimMemory<4>;

/// The process's.
static MEMORY: LazyLock<Memory> = LazyLock::new(|| Memory::new(CAPACITY_BYTES));

/// Remembers as much more as a pool of transactions of that many bytes can hold. A node says so when it starts.
pub fn make_room_for_pool(pool_bytes: usize) {
    MEMORY.set_capacity(capacity_beside_pool(CAPACITY_BYTES, pool_bytes));
}

/// A signature and what it is claimed to sign.
#[derive(Clone, Copy)]
struct Claim<'a> {
    scheme: Scheme,
    public: &'a [u8],
    context: Context,
    message: &'a [u8],
    signature: &'a [u8],
}

impl Claim<'_> {
    fn verify(&self, memory: &Memory) -> bool {
        let Self {
            scheme,
            public,
            context,
            message,
            signature,
        } = *self;
        let check = || signing::verify(scheme, public, context, message, signature).is_ok();
        if public.len() + message.len() + signature.len() > LONGEST_CLAIM {
            return check();
        }
        let kind = [scheme.id(), context.id()];
        let index = memory.index((
            kind,
            beginning(public, INDEXED_PUBLIC),
            beginning(signature, INDEXED_SIGNATURE),
        ));
        memory.verify(index, &[&kind, public, message, signature], check)
    }
}

fn beginning(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(..length).unwrap_or(bytes)
}

/// [`signing::verify`] through the memory.
pub fn verify(
    scheme: Scheme,
    public: &[u8],
    context: Context,
    message: &[u8],
    signature: &[u8],
) -> bool {
    Claim {
        scheme,
        public,
        context,
        message,
        signature,
    }
    .verify(&MEMORY)
}

/// Forgets every signature, so that a measurement can begin like a node that has seen none. No answer
/// of [`verify`] changes, only the time that it takes.
pub fn clear() {
    MEMORY.clear();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::signing::{Randomness, SecretKey};

    const MESSAGE: &[u8] = b"pay";

    fn with_claim(test: impl FnOnce(Claim<'_>)) {
        let secret = SecretKey::from_seed(Scheme::MlDsa44, &[7; 32]).unwrap();
        let signature = secret
            .sign(Context::Transaction, MESSAGE, Randomness::Deterministic)
            .unwrap();
        test(Claim {
            scheme: Scheme::MlDsa44,
            public: secret.public_key(),
            context: Context::Transaction,
            message: MESSAGE,
            signature: &signature,
        });
    }

    fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    }

    /// The spoilt claims share the good one's index where only their ends differ.
    #[test]
    fn every_part_of_a_claim_counts_once_it_is_remembered() {
        with_claim(|claim| {
            let memory = Memory::new(CAPACITY_BYTES);
            assert!(claim.verify(&memory));
            let signatures = [100, 2_400].map(|at| flipped(claim.signature, at));
            let public = flipped(claim.public, 100);
            let spoilt = [
                Claim {
                    signature: &signatures[0],
                    ..claim
                },
                Claim {
                    signature: &signatures[1],
                    ..claim
                },
                Claim {
                    public: &public,
                    ..claim
                },
                Claim {
                    context: Context::Seal,
                    ..claim
                },
                Claim {
                    message: b"pax",
                    ..claim
                },
                Claim {
                    scheme: Scheme::MlDsa65,
                    ..claim
                },
            ];
            for (number, spoilt) in spoilt.iter().enumerate() {
                assert!(!spoilt.verify(&memory), "{number}");
            }
            assert!(claim.verify(&memory));
        });
    }

    #[test]
    fn a_claim_that_is_too_long_is_not_remembered() {
        with_claim(|claim| {
            let secret = SecretKey::from_seed(Scheme::MlDsa44, &[7; 32]).unwrap();
            let message = vec![0; LONGEST_CLAIM];
            let signature = secret
                .sign(Context::Transaction, &message, Randomness::Deterministic)
                .unwrap();
            let long = Claim {
                message: &message,
                signature: &signature,
                ..claim
            };
            let memory = Memory::new(CAPACITY_BYTES);
            assert!(long.verify(&memory));
            assert!(memory.is_empty());
            assert!(claim.verify(&memory));
            assert!(!memory.is_empty());
        });
    }
}
