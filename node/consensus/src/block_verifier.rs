//! Refuses blocks whose header has the wrong form, before AURA looks at it.
//!
//! AURA's own verifier takes the last digest item for the seal and checks that the slot's author made it,
//! that the slot is not in the future, and that the block's timestamp fits. It accepts more seals
//! below the last one if that last one covers them; such a block fails only when it is executed. Here
//! exactly one seal is demanded first, with an error that names the fault.
//!
//! AURA reads one item from before the block's execution, the slot, and nobody reads others. They would pass through
//! the runtime unseen, so an author could make a header of any size with them. Nodes that take such a block announce
//! it, the announcement is longer than their peers listen to, and those part with them. So there must be the
//! slot alone, and a header has a greatest size.

use polkadot_sdk::{
    sc_consensus::{BlockImportParams, Verifier},
    sp_consensus_aura::AURA_ENGINE_ID,
    sp_runtime::{
        traits::{Block as BlockT, Header},
        Digest, DigestItem,
    },
};
use qloak_pq_crypto::authority::SIGNATURE_BYTES;
use qloak_runtime::constants::block::HEADER_BYTES;

/// What is wrong with the form of a seal.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealForm {
    /// There is none.
    #[error("the block has no seal")]
    Missing,
    /// There is more than one.
    #[error("the block has {0} seals instead of one")]
    Several(usize),
    /// Something follows the seal, so that the seal does not cover it.
    #[error("the seal is not the last item of the block's digest")]
    NotLast,
    /// The seal belongs to another consensus engine.
    #[error("the seal is of engine {0:?} instead of AURA")]
    Engine([u8; 4]),
    /// The seal has another length than key and signature.
    #[error("the seal has {0} bytes instead of {SIGNATURE_BYTES}")]
    Length(usize),
}

/// Checks the form of a sealed header's digest.
pub fn check_seal_form(digest: &Digest) -> Result<(), SealForm> {
    let seals = digest
        .logs()
        .iter()
        .filter(|item| matches!(item, DigestItem::Seal(..)))
        .count();
    match seals {
        0 => return Err(SealForm::Missing),
        1 => {}
        several => return Err(SealForm::Several(several)),
    }
    match digest.logs().last() {
        Some(DigestItem::Seal(engine, _)) if *engine != AURA_ENGINE_ID => {
            Err(SealForm::Engine(*engine))
        }
        Some(DigestItem::Seal(_, seal)) if seal.len() != SIGNATURE_BYTES => {
            Err(SealForm::Length(seal.len()))
        }
        Some(DigestItem::Seal(..)) => Ok(()),
        _ => Err(SealForm::NotLast),
    }
}

/// What is wrong with the form of a header.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderForm {
    /// It is larger than any honest one.
    #[error("the header has {0} bytes, and at most {HEADER_BYTES} are allowed")]
    Long(usize),
    /// It does not name its slot.
    #[error("the block has no slot")]
    NoSlot,
    /// It names several slots, or holds something that is none.
    #[error("the block has {0} items from before its execution, and only its slot is allowed")]
    NotOnlySlot(usize),
    /// What should be its slot is of another consensus engine.
    #[error("the slot is of engine {0:?} instead of AURA")]
    SlotEngine([u8; 4]),
    /// What should be its slot has another length.
    #[error("the slot has {0} bytes instead of {SLOT_BYTES}")]
    SlotLength(usize),
    /// Its seal.
    #[error(transparent)]
    Seal(#[from] SealForm),
}

/// Bytes of an encoded slot, which is a 64-bit number.
const SLOT_BYTES: usize = 8;

/// Checks the size of a sealed header, its slot's form and its seal's.
pub fn check_header_form(header: &impl Header) -> Result<(), HeaderForm> {
    let bytes = header.encoded_size();
    if bytes > HEADER_BYTES as usize {
        return Err(HeaderForm::Long(bytes));
    }
    let mut before = header.digest().logs().iter().filter_map(|item| match item {
        DigestItem::PreRuntime(engine, slot) => Some((engine, slot)),
        _ => None,
    });
    let (engine, slot) = before.next().ok_or(HeaderForm::NoSlot)?;
    match before.count() {
        0 => {}
        more => return Err(HeaderForm::NotOnlySlot(more.saturating_add(1))),
    }
    if *engine != AURA_ENGINE_ID {
        return Err(HeaderForm::SlotEngine(*engine));
    }
    if slot.len() != SLOT_BYTES {
        return Err(HeaderForm::SlotLength(slot.len()));
    }
    Ok(check_seal_form(header.digest())?)
}

/// Checks the header's form, then asks the verifier behind it.
pub struct HeaderFormVerifier<V>(pub V);

#[async_trait::async_trait]
impl<B: BlockT, V: Verifier<B>> Verifier<B> for HeaderFormVerifier<V> {
    async fn verify(&self, block: BlockImportParams<B>) -> Result<BlockImportParams<B>, String> {
        check_header_form(&block.header).map_err(|error| {
            format!(
                "block #{} {:?}: {error}",
                block.header.number(),
                block.header.hash()
            )
        })?;
        self.0.verify(block).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )]

    use super::*;
    use codec::Encode;
    use qloak_runtime::{constants::staking::MAX_VALIDATORS, opaque};

    fn header(logs: Vec<DigestItem>) -> opaque::Header {
        let mut header = opaque::Header::new(
            u32::MAX,
            Default::default(),
            Default::default(),
            Default::default(),
            Default::default(),
        );
        header.digest = digest(logs);
        header
    }

    fn digest(logs: Vec<DigestItem>) -> Digest {
        Digest { logs }
    }

    fn seal(bytes: usize) -> DigestItem {
        DigestItem::Seal(AURA_ENGINE_ID, vec![1; bytes])
    }

    fn slot() -> DigestItem {
        DigestItem::PreRuntime(AURA_ENGINE_ID, vec![0; 8])
    }

    #[test]
    fn one_seal_at_the_end_passes() {
        assert_eq!(
            check_seal_form(&digest(vec![slot(), seal(SIGNATURE_BYTES)])),
            Ok(())
        );
    }

    #[test]
    fn each_fault_has_its_own_error() {
        let good = || seal(SIGNATURE_BYTES);
        let check = |logs| check_seal_form(&digest(logs));
        assert_eq!(check(vec![slot()]), Err(SealForm::Missing));
        assert_eq!(
            check(vec![slot(), good(), good()]),
            Err(SealForm::Several(2))
        );
        assert_eq!(check(vec![good(), slot()]), Err(SealForm::NotLast));
        assert_eq!(check(vec![slot(), seal(64)]), Err(SealForm::Length(64)));
        let babe = DigestItem::Seal(*b"BABE", vec![1; SIGNATURE_BYTES]);
        assert_eq!(check(vec![slot(), babe]), Err(SealForm::Engine(*b"BABE")));
    }

    #[test]
    fn the_largest_honest_header_passes() {
        // New authorities of 32 bytes, and new voters of 32 bytes and a weight.
        let authorities = MAX_VALIDATORS as usize * (32 + 40) + 64;
        let changes = DigestItem::Consensus(AURA_ENGINE_ID, vec![1; authorities]);
        let honest = header(vec![slot(), changes, seal(SIGNATURE_BYTES)]);
        assert_eq!(check_header_form(&honest), Ok(()));
        assert!(honest.encoded_size() < HEADER_BYTES as usize / 4);
    }

    /// The fault: whoever took such a block lost its peers, because the announcement was too long for them.
    #[test]
    fn a_header_has_a_greatest_size() {
        let large = |bytes| {
            let item = DigestItem::Other(vec![0; bytes]);
            header(vec![slot(), item, seal(SIGNATURE_BYTES)])
        };
        let overhead = large(HEADER_BYTES as usize).encoded_size() - HEADER_BYTES as usize;
        let largest = large(HEADER_BYTES as usize - overhead);
        assert_eq!(largest.encoded_size(), HEADER_BYTES as usize);
        assert_eq!(check_header_form(&largest), Ok(()));
        let bytes = HEADER_BYTES as usize + 1;
        assert_eq!(
            check_header_form(&large(bytes - overhead)),
            Err(HeaderForm::Long(bytes))
        );
    }

    #[test]
    fn a_header_has_its_slot_and_nothing_else_from_before() {
        let check = |before: Vec<DigestItem>| {
            let logs = before.into_iter().chain([seal(SIGNATURE_BYTES)]);
            check_header_form(&header(logs.collect()))
        };
        let other = || DigestItem::PreRuntime(*b"FATT", vec![0; 8]);
        let long = DigestItem::PreRuntime(AURA_ENGINE_ID, vec![0; 9]);
        assert_eq!(check(vec![slot()]), Ok(()));
        assert_eq!(check(vec![]), Err(HeaderForm::NoSlot));
        for several in [
            vec![slot(), other()],
            vec![other(), slot()],
            vec![slot(); 2],
        ] {
            assert_eq!(check(several), Err(HeaderForm::NotOnlySlot(2)));
        }
        assert_eq!(check(vec![other()]), Err(HeaderForm::SlotEngine(*b"FATT")));
        assert_eq!(check(vec![long]), Err(HeaderForm::SlotLength(9)));
        assert_eq!(
            check_header_form(&header(vec![slot()])),
            Err(HeaderForm::Seal(SealForm::Missing))
        );
    }
}
