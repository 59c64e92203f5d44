//! The proofs of a block's shielded transfers.

use super::preamble::Preamble;
use codec::{Decode, DecodeAll, Encode};
use polkadot_sdk::{
    frame_support::traits::PalletInfoAccess, sp_core::H256, sp_runtime::OpaqueExtrinsic,
};
use qloak_runtime::{verification::PrivacyCreditCall, PrivacyCredit};
use qloak_shielded::cache;

/// The bits of an extrinsic's first byte that tell its kind. A bare one has none of them.
const KIND_BITS: u8 = 0b1100_0000;

/// Verifies the proof of a shielded transfer, if that is what it is.
pub fn verify(extrinsic: &OpaqueExtrinsic, genesis: H256) {
    if let Some(claim) = read(extrinsic, genesis) {
        // Only the memory of the answer is wanted.
        cache::verify(&claim.proof, &claim.statement);
    }
}

/// Whether an extrinsic is a shielded transfer.
pub fn is_transfer(extrinsic: &OpaqueExtrinsic) -> bool {
    read(extrinsic, H256::zero()).is_some()
}

/// Whether an extrinsic has no signature, as transfers have none.
pub fn is_bare(extrinsic: &OpaqueExtrinsic) -> bool {
    let first = extrinsic.inner().first();
    first.is_some_and(|byte| byte & KIND_BITS == 0)
}

/// A proof, and the encoding of what it should prove.
#[derive(Debug, PartialEq, Eq)]
struct Claim {
    proof: Vec<u8>,
    statement: Vec<u8>,
}

/// Reads a shielded transfer. Whatever else it is, is left to the runtime: only calls of the pool's pallet are
/// decoded, which hold no other calls.
fn read(extrinsic: &OpaqueExtrinsic, genesis: H256) -> Option<Claim> {
    let mut rest = extrinsic.inner();
    let Preamble::Bare(_) = Preamble::decode(&mut rest).ok()? else {
        return None;
    };
    let (pallet, mut call) = rest.split_first()?;
    if usize::from(*pallet) != PrivacyCredit::index() {
        return None;
    }
    let PrivacyCreditCall::transfer { transfer, proof } =
        PrivacyCreditCall::decode_all(&mut call).ok()?
    else {
        return None;
    };
    let statement = transfer.statement(&genesis.0).ok()?;
    Some(Claim {
        proof: proof.to_vec(),
        statement: statement.encode(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use codec::MaxEncodedLen;
    use polkadot_sdk::frame_system;
    use proptest::prelude::*;
    use qloak_runtime::{verification::Wire, Runtime, RuntimeCall};
    use qloak_shielded::transaction::Transfer;

    const GENESIS: H256 = H256([7; 32]);

    /// A transfer with these two nullifiers, and otherwise of zeros.
    fn transfer(nullifiers: [u8; 2]) -> Transfer {
        let mut bytes = vec![0; Transfer::max_encoded_len()];
        for (index, nullifier) in nullifiers.into_iter().enumerate() {
            bytes[32 * (index + 1)] = nullifier;
        }
        Transfer::decode(&mut &bytes[..]).unwrap()
    }

    fn bare(call: impl Into<RuntimeCall>) -> OpaqueExtrinsic {
        let bytes = Wire::new_bare_legacy(call.into()).encode();
        OpaqueExtrinsic::decode(&mut &bytes[..]).unwrap()
    }

    fn shielded(transfer: &Transfer, proof: &[u8]) -> OpaqueExtrinsic {
        bare(PrivacyCreditCall::transfer {
            transfer: Box::new(transfer.clone()),
            proof: proof.to_vec().try_into().unwrap(),
        })
    }

    #[test]
    fn a_transfer_claims_its_statement_on_this_chain() {
        let transfer = transfer([1, 2]);
        let claim = read(&shielded(&transfer, b"proof"), GENESIS).unwrap();
        assert_eq!(claim.proof, b"proof");
        let statement = |genesis| transfer.statement(genesis).unwrap().encode();
        assert_eq!(claim.statement, statement(&GENESIS.0));
        assert_ne!(claim.statement, statement(&[8; 32]));
    }

    #[test]
    fn what_claims_nothing_is_left_to_the_runtime() {
        let one_note_twice = shielded(&transfer([1, 1]), b"proof");
        assert_eq!(read(&one_note_twice, GENESIS), None);
        let remark = bare(frame_system::Call::<Runtime>::remark { remark: vec![0] });
        assert!(is_bare(&remark));
        assert_eq!(read(&remark, GENESIS), None);
        let mut cut = shielded(&transfer([1, 2]), b"proof").inner().to_vec();
        cut.pop();
        assert_eq!(read(&OpaqueExtrinsic::from_blob(cut), GENESIS), None);
    }

    proptest! {
        #[test]
        fn damaged_transfers_never_panic(
            flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 0..8),
            cut in prop::option::of(any::<prop::sample::Index>()),
            tail in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut bytes = shielded(&transfer([1, 2]), b"proof").inner().to_vec();
            for (at, change) in flips {
                let at = at.index(bytes.len());
                bytes[at] ^= change;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes.extend(tail);
            verify(&OpaqueExtrinsic::from_blob(bytes), GENESIS);
        }
    }

    #[test]
    fn only_bare_extrinsics_are_looked_at() {
        for (first, expected) in [(4, true), (5, true), (0x84, false), (0x45, false)] {
            assert_eq!(is_bare(&OpaqueExtrinsic::from_blob(vec![first])), expected);
        }
        assert!(!is_bare(&OpaqueExtrinsic::from_blob(vec![])));
    }
}
