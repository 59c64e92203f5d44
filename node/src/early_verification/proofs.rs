//! The proofs of a block's shielded transfers.
//!
//! They are begun from the last to the first. Executing a transfer takes about as long as verifying its
//! proof, so that from the first on, the runtime would ask for each proof while it is being
//! verified here, and verify it too. From both ends, the two meet in the middle.

use crate::service::Client;
use codec::Encode;
use pallet_privacy_credit::Call;
use polkadot_sdk::{
    sp_blockchain::HeaderBackend,
    sp_core::H256,
    sp_runtime::{generic::Preamble, traits::LazyExtrinsic, OpaqueExtrinsic},
};
use qloak_runtime::{RuntimeCall, UncheckedExtrinsic};
use qloak_shielded::cache;

/// The bits of an extrinsic's first byte that tell its kind. A bare one has none of them.
const KIND_BITS: u8 = 0b1100_0000;

/// Gives each proof to another thread and does not wait for any.
pub fn start(client: &Client, body: &[OpaqueExtrinsic]) {
    if !body.iter().any(is_bare) {
        return;
    }
    let Ok(Some(genesis)) = client.hash(0) else {
        return;
    };
    begin(body, genesis, |claim| {
        // Only the memory of the answer is wanted.
        cache::verify(&claim.proof, &claim.statement);
    });
}

/// Has other threads check every claim of the body.
fn begin(body: &[OpaqueExtrinsic], genesis: H256, check: impl Fn(&Claim) + Clone + Send + 'static) {
    for transfer in body.iter().rev().filter(|opaque| is_bare(opaque)) {
        let (transfer, check) = (transfer.clone(), check.clone());
        rayon::spawn_fifo(move || {
            if let Some(claim) = read(&transfer, genesis) {
                check(&claim);
            }
        });
    }
}

fn is_bare(opaque: &OpaqueExtrinsic) -> bool {
    let first = opaque.inner().first();
    first.is_some_and(|byte| byte & KIND_BITS == 0)
}

/// A proof, and the encoding of what it should prove.
#[derive(Debug, PartialEq, Eq)]
struct Claim {
    proof: Vec<u8>,
    statement: Vec<u8>,
}

/// Reads a shielded transfer. Whatever else it is, is left to the runtime.
fn read(opaque: &OpaqueExtrinsic, genesis: H256) -> Option<Claim> {
    let extrinsic = UncheckedExtrinsic::decode_unprefixed(opaque.inner()).ok()?;
    let wire = extrinsic.wire();
    let (Preamble::Bare(_), RuntimeCall::PrivacyCredit(Call::transfer { transfer, proof })) =
        (&wire.preamble, &wire.function)
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
    use codec::{Decode, MaxEncodedLen};
    use polkadot_sdk::frame_system;
    use qloak_runtime::{Address, Runtime, TxExtension};
    use qloak_shielded::transaction::Transfer;

    type Wire = pallet_pq_signatures::extrinsic::Wire<Address, RuntimeCall, TxExtension>;

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
        bare(Call::<Runtime>::transfer {
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
    fn every_claim_of_a_block_is_checked_elsewhere() {
        let remark = bare(frame_system::Call::<Runtime>::remark { remark: vec![0] });
        let transfers = [[1, 2], [3, 4], [5, 6]].map(transfer);
        let mut body: Vec<_> = transfers.iter().map(|of| shielded(of, b"proof")).collect();
        body.insert(1, remark);
        let (claims, checked) = std::sync::mpsc::channel();
        begin(&body, GENESIS, move |claim| {
            let elsewhere = rayon::current_thread_index().is_some();
            claims.send((claim.statement.clone(), elsewhere)).unwrap();
        });
        // The channel ends with the last claim.
        let mut checked: Vec<_> = checked.iter().collect();
        let statement = |transfer: &Transfer| transfer.statement(&GENESIS.0).unwrap().encode();
        let mut expected = transfers.map(|transfer| (statement(&transfer), true));
        checked.sort();
        expected.sort();
        assert_eq!(checked, expected);
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

    #[test]
    fn only_bare_extrinsics_are_looked_at() {
        for (first, expected) in [(4, true), (5, true), (0x84, false), (0x45, false)] {
            assert_eq!(is_bare(&OpaqueExtrinsic::from_blob(vec![first])), expected);
        }
        assert!(!is_bare(&OpaqueExtrinsic::from_blob(vec![])));
    }
}
