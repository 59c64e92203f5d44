//! Refuses blocks whose seal has the wrong form, before AURA looks at it.
//!
//! AURA's own verifier takes the last digest item for the seal and checks that the slot's author made it,
//! that the slot is not in the future, and that the block's timestamp fits. It accepts more seals
//! below the last one if that last one covers them; such a block fails only when it is executed. Here
//! exactly one seal is demanded first, with an error that names the fault.

use polkadot_sdk::{
    sc_consensus::{BlockImportParams, Verifier},
    sp_consensus_aura::AURA_ENGINE_ID,
    sp_runtime::{
        traits::{Block as BlockT, Header as _},
        Digest, DigestItem,
    },
};
use qloak_pq_crypto::authority::SIGNATURE_BYTES;

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

/// Checks the seal's form, then asks the verifier behind it.
pub struct SealFormVerifier<V>(pub V);

#[async_trait::async_trait]
impl<B: BlockT, V: Verifier<B>> Verifier<B> for SealFormVerifier<V> {
    async fn verify(&self, block: BlockImportParams<B>) -> Result<BlockImportParams<B>, String> {
        check_seal_form(block.header.digest()).map_err(|error| {
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
}
