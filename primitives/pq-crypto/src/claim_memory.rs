//! A bounded memory of claims that verified: signatures ([`crate::cache`]), proofs (`qloak-shielded`).
//!
//! What is remembered is the claim itself, part by part and byte for byte. A hit means that these very
//! bytes verified before in this process. No answer rests on a hash, so there is nothing to collide,
//! whatever an attacker can compute.
//!
//! A claim is found by SipHash, keyed at random in each process, over what its owner chooses of it. Two
//! claims with one index displace each other, which costs a verification and changes no answer.
//!
//! Bounded by bytes, the least recently used goes first. Only successes enter, so an attacker can fill
//! it only with valid claims, at the price of making them.

use std::hash::{BuildHasher, Hash, RandomState};

use parking_lot::Mutex;
use schnellru::{Limiter, LruMap};

/// Bytes of a memory that holds what a pool of transactions of so many bytes can hold, and as much as before beside it.
///
/// Whatever is in the pool has been verified and is verified again when it comes into a block. If the memory were smaller than the
/// pool, whoever fills the pool would have every node verify everybody's transactions twice. The SDK's pool keeps a tenth more
/// bytes than it is told, for transactions that wait for others.
pub const fn capacity_beside_pool(before: usize, pool_bytes: usize) -> usize {
    before
        .saturating_add(pool_bytes)
        .saturating_add(pool_bytes / 10)
}

/// What an entry takes beside its claim's bytes, about.
const OVERHEAD: usize = 128;

/// Where a claim is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index(u64);

/// Claims of `PARTS` parts each that verified.
pub struct ClaimMemory<const PARTS: usize> {
    hasher: RandomState,
    claims: Mutex<LruMap<u64, Verified<PARTS>, ByBytes>>,
}

impl<const PARTS: usize> ClaimMemory<PARTS> {
    /// A memory of about that many bytes.
    pub fn new(capacity: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            claims: Mutex::new(LruMap::new(ByBytes { used: 0, capacity })),
        }
    }

    /// Changes about how many bytes are remembered. What is beyond goes when the next claim comes.
    pub fn set_capacity(&self, capacity: usize) {
        self.claims.lock().limiter_mut().capacity = capacity;
    }

    /// The index of claims with these characteristics.
    pub fn index(&self, characteristics: impl Hash) -> Index {
        Index(self.hasher.hash_one(characteristics))
    }

    /// Whether the claim holds: from memory if it did before, or else as `check` finds.
    pub fn verify(
        &self,
        index: Index,
        claim: &[&[u8]; PARTS],
        check: impl FnOnce() -> bool,
    ) -> bool {
        if self.holds(index, claim) {
            return true;
        }
        // The lock is not held while checking: two threads may both do the work, neither waits.
        let valid = check();
        if valid {
            self.remember(index, claim);
        }
        valid
    }

    /// Forgets every claim. No answer of [`Self::verify`] changes, only the time that it takes.
    pub fn clear(&self) {
        self.claims.lock().clear();
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.claims.lock().is_empty()
    }

    fn holds(&self, index: Index, claim: &[&[u8]; PARTS]) -> bool {
        self.claims
            .lock()
            .get(&index.0)
            .is_some_and(|verified| verified.is(claim))
    }

    fn remember(&self, index: Index, claim: &[&[u8]; PARTS]) {
        let verified = Verified::new(claim);
        self.claims.lock().insert(index.0, verified);
    }
}

/// A claim that verified.
struct Verified<const PARTS: usize> {
    lengths: [usize; PARTS],
    /// The parts, one after another.
    bytes: Box<[u8]>,
}

impl<const PARTS: usize> Verified<PARTS> {
    fn new(claim: &[&[u8]; PARTS]) -> Self {
        Self {
            lengths: claim.map(<[u8]>::len),
            bytes: claim.concat().into(),
        }
    }

    fn is(&self, claim: &[&[u8]; PARTS]) -> bool {
        let mut rest = &*self.bytes;
        self.lengths.iter().zip(claim).all(|(length, part)| {
            let Some((own, after)) = rest.split_at_checked(*length) else {
                return false;
            };
            rest = after;
            own == *part
        })
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

impl<const PARTS: usize> Limiter<u64, Verified<PARTS>> for ByBytes {
    type KeyToInsert<'a> = u64;
    type LinkType = u32;

    fn is_over_the_limit(&self, _: usize) -> bool {
        self.used > self.capacity
    }

    fn on_insert(
        &mut self,
        _: usize,
        index: u64,
        claim: Verified<PARTS>,
    ) -> Option<(u64, Verified<PARTS>)> {
        self.used += claim.cost();
        Some((index, claim))
    }

    fn on_replace(
        &mut self,
        _: usize,
        _: &mut u64,
        _: u64,
        old: &mut Verified<PARTS>,
        new: &mut Verified<PARTS>,
    ) -> bool {
        self.used = self.used - old.cost() + new.cost();
        true
    }

    fn on_removed(&mut self, _: &mut u64, claim: &mut Verified<PARTS>) {
        self.used -= claim.cost();
    }

    fn on_cleared(&mut self) {
        self.used = 0;
    }

    fn on_grow(&mut self, _: usize) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: [&[u8]; 3] = [b"key", b"message", b"signature"];

    fn memory() -> ClaimMemory<3> {
        ClaimMemory::new(1 << 20)
    }

    fn used(memory: &ClaimMemory<3>) -> usize {
        memory.claims.lock().limiter().used
    }

    #[test]
    fn a_claim_is_checked_once() {
        let memory = memory();
        let index = memory.index("claim");
        assert!(!memory.holds(index, &CLAIM));
        assert!(memory.verify(index, &CLAIM, || true));
        assert!(memory.verify(index, &CLAIM, || false), "from memory");
    }

    #[test]
    fn every_part_is_told_apart() {
        let memory = memory();
        let index = memory.index("claim");
        memory.remember(index, &CLAIM);
        for part in 0..CLAIM.len() {
            for at in 0..CLAIM[part].len() {
                let mut spoilt = CLAIM[part].to_vec();
                spoilt[at] ^= 1;
                let mut claim = CLAIM;
                claim[part] = &spoilt;
                assert!(!memory.verify(index, &claim, || false), "{part} {at}");
            }
        }
        assert!(memory.holds(index, &CLAIM));
    }

    #[test]
    fn what_does_not_verify_is_not_remembered() {
        let memory = memory();
        let index = memory.index("claim");
        assert!(!memory.verify(index, &CLAIM, || false));
        assert!(memory.is_empty());
        assert!(memory.verify(index, &CLAIM, || true), "and asked again");
    }

    #[test]
    fn parts_that_are_cut_elsewhere_are_another_claim() {
        let verified = Verified::new(&CLAIM);
        assert!(verified.is(&CLAIM));
        let joined = CLAIM.concat();
        let (key, rest) = joined.split_at(CLAIM[0].len());
        for cut in [0, CLAIM[1].len() - 1, CLAIM[1].len() + 1, rest.len()] {
            let (message, signature) = rest.split_at(cut);
            assert!(!verified.is(&[key, message, signature]), "{cut}");
        }
    }

    #[test]
    fn claims_with_one_index_displace_each_other() {
        let memory = memory();
        let index = memory.index("both");
        let other = [CLAIM[0], b"something else", CLAIM[2]];
        memory.remember(index, &CLAIM);
        memory.remember(index, &other);
        assert!(memory.holds(index, &other) && !memory.holds(index, &CLAIM));
        assert_eq!(used(&memory), Verified::new(&other).cost());
    }

    #[test]
    fn the_memory_is_bounded_and_can_be_cleared() {
        let cost = Verified::new(&CLAIM).cost();
        let memory = ClaimMemory::new(4 * cost);
        for index in 0..100 {
            memory.remember(Index(index), &CLAIM);
        }
        assert!(memory.holds(Index(99), &CLAIM) && memory.holds(Index(96), &CLAIM));
        assert!(!memory.holds(Index(95), &CLAIM));
        assert_eq!(used(&memory), 4 * cost);
        memory.clear();
        assert!(!memory.holds(Index(99), &CLAIM));
        assert_eq!(used(&memory), 0);
    }
}
