//! A process-wide memory of signatures that verified.
//!
//! What is remembered is the claim itself: scheme, context, key, message and signature, byte for byte.
//! A hit means that these very bytes verified before in this process. No answer rests on a hash, so
//! there is nothing to collide, whatever an attacker can compute.
//!
//! A claim is found by SipHash, keyed at random in each process, over the beginnings of its key and
//! signature. Two claims with one index displace each other, which costs a verification and changes no
//! answer. An attacker cannot aim at others' claims: he would need their key's and their signature's
//! first bytes under a key of his own.
//!
//! Comparing is also what makes a hit cheap: BLAKE3 over the 5.4 kB of an ML-DSA-65 transfer takes
//! 3.6 µs, comparing them 0.05 µs in a core's own cache (docs/benchmarks.md).
//!
//! Bounded: [`CAPACITY_BYTES`], the least recently used goes first. Only successes enter, so an
//! attacker can fill it only with valid signatures, at the price of making them.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use parking_lot::Mutex;
use schnellru::{Limiter, LruMap};

use crate::context::Context;
use crate::scheme::Scheme;
use crate::signing;

/// How much memory the verified claims may take: some 12,000 ML-DSA-65 transfers with their keys,
/// which is eight full blocks.
pub const CAPACITY_BYTES: usize = 64 << 20;

/// Claims with more bytes are verified each time. The longest signature, with a key and a message of
/// any sensible length, has fewer.
const LONGEST_CLAIM: usize = 64 << 10;

/// What an entry takes beside its claim's bytes, about.
const OVERHEAD: usize = 128;

/// How much of the key and of the signature the index is taken of: all of a signature's challenge.
const INDEXED_PUBLIC: usize = 32;
const INDEXED_SIGNATURE: usize = 64;

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
    fn bytes(&self) -> usize {
        self.public.len() + self.message.len() + self.signature.len()
    }

    fn index(&self, hasher: &RandomState) -> u64 {
        let public = self.public.get(..INDEXED_PUBLIC).unwrap_or(self.public);
        let signature = self
            .signature
            .get(..INDEXED_SIGNATURE)
            .unwrap_or(self.signature);
        hasher.hash_one((self.scheme.id(), self.context.id(), public, signature))
    }
}

/// A claim that verified.
struct Verified {
    scheme: Scheme,
    context: Context,
    public_bytes: usize,
    message_bytes: usize,
    /// Key, message, signature.
    bytes: Box<[u8]>,
}

impl Verified {
    fn new(claim: &Claim<'_>) -> Self {
        Self {
            scheme: claim.scheme,
            context: claim.context,
            public_bytes: claim.public.len(),
            message_bytes: claim.message.len(),
            bytes: [claim.public, claim.message, claim.signature]
                .concat()
                .into(),
        }
    }

    fn is(&self, claim: &Claim<'_>) -> bool {
        let (public, rest) = self.bytes.split_at(self.public_bytes);
        let (message, signature) = rest.split_at(self.message_bytes);
        self.scheme == claim.scheme
            && self.context == claim.context
            && public == claim.public
            && message == claim.message
            && signature == claim.signature
    }

    fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

/// Bounds the claims by their bytes.
struct ByBytes {
    used: usize,
    capacity: usize,
}

impl Limiter<u64, Verified> for ByBytes {
    type KeyToInsert<'a> = u64;
    type LinkType = u32;

    fn is_over_the_limit(&self, _: usize) -> bool {
        self.used > self.capacity
    }

    fn on_insert(&mut self, _: usize, index: u64, claim: Verified) -> Option<(u64, Verified)> {
        self.used += claim.cost();
        Some((index, claim))
    }

    fn on_replace(
        &mut self,
        _: usize,
        _: &mut u64,
        _: u64,
        old: &mut Verified,
        new: &mut Verified,
    ) -> bool {
        self.used = self.used - old.cost() + new.cost();
        true
    }

    fn on_removed(&mut self, _: &mut u64, claim: &mut Verified) {
        self.used -= claim.cost();
    }

    fn on_cleared(&mut self) {
        self.used = 0;
    }

    fn on_grow(&mut self, _: usize) -> bool {
        true
    }
}

struct Memory {
    hasher: RandomState,
    claims: Mutex<LruMap<u64, Verified, ByBytes>>,
}

impl Memory {
    fn new(capacity: usize) -> Self {
        let claims = LruMap::new(ByBytes { used: 0, capacity });
        Self {
            hasher: RandomState::new(),
            claims: Mutex::new(claims),
        }
    }

    /// The process's.
    fn shared() -> &'static Self {
        static MEMORY: OnceLock<Memory> = OnceLock::new();
        MEMORY.get_or_init(|| Self::new(CAPACITY_BYTES))
    }

    fn holds(&self, index: u64, claim: &Claim<'_>) -> bool {
        self.claims
            .lock()
            .get(&index)
            .is_some_and(|verified| verified.is(claim))
    }

    fn remember(&self, index: u64, claim: &Claim<'_>) {
        if claim.bytes() <= LONGEST_CLAIM {
            let verified = Verified::new(claim);
            self.claims.lock().insert(index, verified);
        }
    }

    fn verify(&self, claim: &Claim<'_>) -> bool {
        let index = claim.index(&self.hasher);
        if self.holds(index, claim) {
            return true;
        }
        // The lock is not held while verifying: two threads may both do the work, neither waits.
        let Claim {
            scheme,
            public,
            context,
            message,
            signature,
        } = *claim;
        let valid = signing::verify(scheme, public, context, message, signature).is_ok();
        if valid {
            self.remember(index, claim);
        }
        valid
    }
}

/// [`signing::verify`] through the memory.
pub fn verify(
    scheme: Scheme,
    public: &[u8],
    context: Context,
    message: &[u8],
    signature: &[u8],
) -> bool {
    Memory::shared().verify(&Claim {
        scheme,
        public,
        context,
        message,
        signature,
    })
}

/// Forgets every signature, so that a measurement can begin like a node that has seen none. No answer
/// of [`verify`] changes, only the time that it takes.
pub fn clear() {
    Memory::shared().claims.lock().clear();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::signing::{Randomness, SecretKey};

    fn with_claim(test: impl FnOnce(Claim<'_>)) {
        let secret = SecretKey::from_seed(Scheme::MlDsa44, &[7; 32]).unwrap();
        let signature = secret
            .sign(Context::Transaction, b"pay", Randomness::Deterministic)
            .unwrap();
        test(Claim {
            scheme: Scheme::MlDsa44,
            public: secret.public_key(),
            context: Context::Transaction,
            message: b"pay",
            signature: &signature,
        });
    }

    fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    }

    /// What is in the memory under the claim's own index, which the spoilt claims below share where
    /// only their ends differ.
    fn is_held(memory: &Memory, claim: &Claim<'_>) -> bool {
        memory.holds(claim.index(&memory.hasher), claim)
    }

    #[test]
    fn remembers_what_verified_and_tells_every_part_apart() {
        with_claim(|claim| {
            let memory = Memory::new(CAPACITY_BYTES);
            assert!(!is_held(&memory, &claim));
            assert!(memory.verify(&claim));
            assert!(is_held(&memory, &claim));
            for at in [100, 2_400] {
                let signature = flipped(claim.signature, at);
                assert!(!memory.verify(&Claim {
                    signature: &signature,
                    ..claim
                }));
            }
            let public = flipped(claim.public, 100);
            assert!(!memory.verify(&Claim {
                public: &public,
                ..claim
            }));
            assert!(!memory.verify(&Claim {
                context: Context::Seal,
                ..claim
            }));
            assert!(!memory.verify(&Claim {
                message: b"pax",
                ..claim
            }));
            assert!(!memory.verify(&Claim {
                scheme: Scheme::MlDsa65,
                ..claim
            }));
            assert!(memory.verify(&claim));
        });
    }

    #[test]
    fn what_does_not_verify_is_not_remembered() {
        with_claim(|claim| {
            let memory = Memory::new(CAPACITY_BYTES);
            assert!(!memory.verify(&Claim {
                message: b"pax",
                ..claim
            }));
            assert_eq!(memory.claims.lock().len(), 0);
        });
    }

    #[test]
    fn parts_that_are_cut_elsewhere_are_another_claim() {
        with_claim(|claim| {
            let verified = Verified::new(&claim);
            assert!(verified.is(&claim));
            let joined = [claim.message, claim.signature].concat();
            for cut in [claim.message.len() - 1, claim.message.len() + 1] {
                let (message, signature) = joined.split_at(cut);
                assert!(!verified.is(&Claim {
                    message,
                    signature,
                    ..claim
                }));
            }
        });
    }

    #[test]
    fn claims_with_one_index_displace_each_other() {
        with_claim(|claim| {
            let memory = Memory::new(CAPACITY_BYTES);
            let other = Claim {
                message: b"something else",
                ..claim
            };
            memory.remember(1, &claim);
            memory.remember(1, &other);
            assert!(memory.holds(1, &other) && !memory.holds(1, &claim));
            assert_eq!(
                memory.claims.lock().limiter().used,
                Verified::new(&other).cost()
            );
        });
    }

    #[test]
    fn the_memory_is_bounded() {
        with_claim(|claim| {
            let cost = Verified::new(&claim).cost();
            let memory = Memory::new(4 * cost);
            for index in 0..100 {
                memory.remember(index, &claim);
            }
            assert!(
                memory.holds(99, &claim) && memory.holds(96, &claim) && !memory.holds(95, &claim)
            );
            assert_eq!(memory.claims.lock().limiter().used, 4 * cost);

            let message = vec![0; LONGEST_CLAIM];
            memory.remember(
                100,
                &Claim {
                    message: &message,
                    ..claim
                },
            );
            assert_eq!(memory.claims.lock().len(), 4);
        });
    }

    #[test]
    fn clearing_forgets() {
        with_claim(|claim| {
            let memory = Memory::new(CAPACITY_BYTES);
            memory.remember(1, &claim);
            memory.claims.lock().clear();
            assert!(!memory.holds(1, &claim));
            assert_eq!(memory.claims.lock().limiter().used, 0);
        });
    }
}
