//! The time that a transaction makes a node spend before it knows whether it is good, told by looks.
//!
//! A signature's scheme is one byte at a fixed place and tells what verifying costs, from 56 µs to 4 ms; a shielded
//! transfer is told by the pallet that it calls. Nothing is decoded: whatever cannot be told costs what
//! its length does, and the runtime will refuse it.
//!
//! The runtime's weights are the prices, so that what a block holds and what a peer may send are
//! measured alike.

use polkadot_sdk::frame_support::{
    dispatch::DispatchClass,
    traits::PalletInfoAccess,
    weights::{constants::WEIGHT_REF_TIME_PER_NANOS, Weight},
};
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{
    constants::time::SLOT_MILLISECONDS,
    verification::{classical_signature_weight, proof_weight, signature_weight},
    PrivacyCredit, Runtime,
};
use std::time::Duration;

type BlockWeights = <Runtime as polkadot_sdk::frame_system::Config>::BlockWeights;

/// The first byte of a signed extrinsic.
const SIGNED: u8 = 0x84;

/// The bits of an extrinsic's first byte that tell its kind. One without a signature has none of them.
const KIND_BITS: u8 = 0b1100_0000;

/// Where the signature begins: behind that byte and the account, a byte and 32.
const SIGNATURE_AT: usize = 34;

/// The signature's first byte in the first post-quantum scheme with its key. Each scheme has two, with and
/// without.
const FIRST_SCHEME: u8 = 16;

/// What a byte costs by being hashed, copied and decoded: some five times what hashing it does.
const NANOS_PER_BYTE: u64 = 5;

/// The time that an extrinsic costs.
pub fn declared(extrinsic: &[u8]) -> Duration {
    let weights = BlockWeights::get();
    let base = weights.get(DispatchClass::Normal).base_extrinsic;
    let bytes = u64::try_from(extrinsic.len()).unwrap_or(u64::MAX);
    let verifying = time(base.saturating_add(verification(extrinsic)));
    verifying.saturating_add(Duration::from_nanos(bytes.saturating_mul(NANOS_PER_BYTE)))
}

/// The time of a peer's allowance that goes by for a cost. A peer may make a node spend as much as the blocks
/// have room for: more could not be included.
pub fn allowance(cost: Duration) -> Duration {
    let weights = BlockWeights::get();
    let room = weights.get(DispatchClass::Normal).max_total;
    let room = time(room.unwrap_or(weights.max_block)).as_micros().max(1);
    let slot = u128::from(SLOT_MILLISECONDS).saturating_mul(1_000);
    let nanos = cost.as_nanos().saturating_mul(slot) / room;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn time(weight: Weight) -> Duration {
    Duration::from_nanos(weight.ref_time() / WEIGHT_REF_TIME_PER_NANOS)
}

fn verification(extrinsic: &[u8]) -> Weight {
    match extrinsic.first() {
        Some(&SIGNED) => extrinsic
            .get(SIGNATURE_AT)
            .map_or(Weight::zero(), |kind| signature(*kind)),
        Some(first) if first & KIND_BITS == 0 && is_for_the_shielded_pool(extrinsic) => {
            proof_weight()
        }
        _ => Weight::zero(),
    }
}

fn is_for_the_shielded_pool(bare: &[u8]) -> bool {
    bare.get(1)
        .is_some_and(|pallet| usize::from(*pallet) == PrivacyCredit::index())
}

/// By the signature's first byte. Without its key there may be two to try.
fn signature(kind: u8) -> Weight {
    let Some(kind) = kind.checked_sub(FIRST_SCHEME) else {
        return classical_signature_weight();
    };
    let Some(scheme) = Scheme::from_id(kind / 2) else {
        return Weight::zero();
    };
    let keys = 1 + u64::from(kind % 2);
    signature_weight(scheme).saturating_mul(keys)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::filter::declared_cost;
    use codec::Encode;
    use polkadot_sdk::sp_runtime::{MultiAddress, OpaqueExtrinsic};
    use proptest::prelude::*;
    use qloak_pq_crypto::account_signature::AccountSignature;
    use qloak_runtime::{AccountId, Address};

    fn signed(scheme: Scheme, with_key: bool) -> Vec<u8> {
        let parameters = scheme.parameters();
        let public = with_key.then(|| vec![0; parameters.public_bytes]);
        let signature = vec![0; parameters.signature_bytes];
        let signature = AccountSignature::new(scheme, public, signature).unwrap();
        let address = Address::Id(AccountId::new([7; 32]));
        [&[SIGNED][..], &address.encode(), &signature.encode()].concat()
    }

    /// What of the cost is for verifying.
    fn beyond_bytes(extrinsic: &[u8]) -> Duration {
        let plain = vec![0xff; extrinsic.len()];
        declared(extrinsic) - declared(&plain)
    }

    #[test]
    fn each_scheme_costs_what_its_weight_says() {
        for scheme in Scheme::ALL {
            let once = time(signature_weight(scheme));
            assert_eq!(beyond_bytes(&signed(scheme, true)), once, "{scheme}");
            assert_eq!(beyond_bytes(&signed(scheme, false)), 2 * once, "{scheme}");
        }
        let slow = beyond_bytes(&signed(Scheme::SlhDsaShake128f, true));
        assert!(slow > 30 * beyond_bytes(&signed(Scheme::MlDsa65, true)));
    }

    #[test]
    fn a_proof_costs_what_its_weight_says() {
        let index = u8::try_from(PrivacyCredit::index()).unwrap();
        for version in [4, 5] {
            let bare = [&[version, index][..], &[0; 80_000]].concat();
            assert_eq!(beyond_bytes(&bare), time(proof_weight()));
        }
        assert_eq!(beyond_bytes(&[4, index + 1, 0]), Duration::ZERO);
    }

    #[test]
    fn what_cannot_be_told_costs_its_length() {
        let other_address = MultiAddress::<AccountId, ()>::Raw(vec![0; 20]).encode();
        for extrinsic in [vec![], vec![SIGNED], [vec![SIGNED], other_address].concat()] {
            assert!(declared(&extrinsic) < Duration::from_millis(1));
        }
        let long = declared(&vec![0xff; 1 << 20]);
        assert!(long > Duration::from_millis(5), "{long:?}");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic_and_none_cost_more_than_the_dearest_signature(
            first in prop::sample::select(vec![SIGNED, 4, 5, 0x44, 0x45, 0xff]),
            mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let dearest = beyond_bytes(&signed(Scheme::SlhDsaShake128f, false));
            prop_assert!(beyond_bytes(&bytes) <= dearest);
            bytes.insert(0, first);
            prop_assert!(beyond_bytes(&bytes) <= dearest);
            let message = vec![OpaqueExtrinsic::from_blob(bytes.clone())].encode();
            prop_assert_eq!(declared_cost(&message), Some(declared(&bytes)));
            declared_cost(&bytes);
        }
    }

    #[test]
    fn a_block_s_worth_takes_a_slot() {
        let room = BlockWeights::get().get(DispatchClass::Normal).max_total;
        let slot = Duration::from_millis(SLOT_MILLISECONDS);
        assert_eq!(allowance(time(room.unwrap())), slot);
        assert_eq!(allowance(time(room.unwrap()) / 5), slot / 5);
    }
}
