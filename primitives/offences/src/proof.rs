//! Two headers, and whether they prove anything.

use codec::{Decode, DecodeWithMemTracking, Encode};
use polkadot_sdk::{
    sp_consensus_aura::AURA_ENGINE_ID,
    sp_consensus_slots::{EquivocationProof, Slot},
    sp_runtime::{traits::Header, DigestItem, RuntimeAppPublic},
};
use qloak_pq_crypto::authority::aura::{AuthorityId, AuthoritySignature};
use scale_info::TypeInfo;

/// Two sealed headers of one slot and the AURA key that is said to have sealed both.
pub type DoubleAuthoringProof<Header> = EquivocationProof<Header, AuthorityId>;

/// Why two headers prove no double authoring.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    thiserror::Error,
)]
pub enum ProofError {
    /// Both headers are one, with one seal.
    #[error("both headers are the same, seal included")]
    SameHeader,
    /// A header has no AURA slot, several, or one that can't be decoded.
    #[error("a header does not name exactly one AURA slot")]
    SlotForm,
    /// A header is of another slot than the proof says.
    #[error("a header is of another slot than the one in the proof")]
    NotTheSlot,
    /// A header has no seal.
    #[error("a header has no seal")]
    MissingSeal,
    /// A header has more than one seal, or one that is not AURA's, not of the right length or not the
    /// last item of the digest.
    #[error("a header's seal is not a single AURA seal at the end of its digest")]
    SealForm,
    /// A seal is not one of the accused authority over its header.
    #[error("a seal was not made by the accused authority for this header")]
    BadSeal,
}

/// Checks that the accused authority sealed both headers of `proof`, which are of different blocks
/// in the slot that it names. Whether the authority was a validator then is another question
/// (a key ownership proof answers it).
///
/// The headers are compared with their seals: a block's hash covers its seal, so two seals over one
/// header are two blocks. An honest author makes one seal of a header, since it signs
/// deterministically, and nobody else can make a second: ML-DSA is strongly unforgeable.
pub fn check_double_authoring<H: Header>(
    proof: &DoubleAuthoringProof<H>,
) -> Result<(), ProofError> {
    if proof.first_header == proof.second_header {
        return Err(ProofError::SameHeader);
    }
    let first = unseal(&proof.first_header)?;
    let second = unseal(&proof.second_header)?;
    for header in [&first.header, &second.header] {
        if slot_of(header)? != proof.slot {
            return Err(ProofError::NotTheSlot);
        }
    }
    // Last, since this is what costs time.
    for block in [&first, &second] {
        if !proof.offender.verify(&block.header.hash(), &block.seal) {
            return Err(ProofError::BadSeal);
        }
    }
    Ok(())
}

/// A header as it was sealed, and the seal.
struct Unsealed<H> {
    header: H,
    seal: AuthoritySignature,
}

/// Takes the seal off a header. The header below it must have no other one, which the seal would
/// cover like any digest item, and which no node accepts in a block.
fn unseal<H: Header>(sealed: &H) -> Result<Unsealed<H>, ProofError> {
    let is_seal = |item: &DigestItem| matches!(item, DigestItem::Seal(..));
    if !sealed.digest().logs().iter().any(is_seal) {
        return Err(ProofError::MissingSeal);
    }
    let mut header = sealed.clone();
    let seal = match header.digest_mut().pop() {
        Some(DigestItem::Seal(AURA_ENGINE_ID, bytes)) => {
            AuthoritySignature::try_from(&bytes[..]).map_err(|_| ProofError::SealForm)?
        }
        _ => return Err(ProofError::SealForm),
    };
    if header.digest().logs().iter().any(is_seal) {
        return Err(ProofError::SealForm);
    }
    Ok(Unsealed { header, seal })
}

/// The one AURA slot that a header names.
fn slot_of<H: Header>(header: &H) -> Result<Slot, ProofError> {
    let mut slots = header.digest().logs().iter().filter(
        |item| matches!(item, DigestItem::PreRuntime(engine, _) if *engine == AURA_ENGINE_ID),
    );
    let (Some(item), None) = (slots.next(), slots.next()) else {
        return Err(ProofError::SlotForm);
    };
    item.pre_runtime_try_to(&AURA_ENGINE_ID)
        .ok_or(ProofError::SlotForm)
}
