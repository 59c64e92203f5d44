//! The one encoding of an extrinsic. Whoever passes a transaction on must not be able to give it
//! another hash: its sender would look for the old one in vain, and pay again.

use codec::{Compact, Decode, DecodeAll, Encode};
use pallet_pq_signatures::extrinsic::Wire;
use polkadot_sdk::{frame_support::traits::InherentBuilder, *};
use qloak_pq_crypto::{account_signature::AccountSignature, scheme::Scheme};
use qloak_runtime::{
    constants::currency::QLK, Runtime, RuntimeCall, TxExtension, UncheckedExtrinsic,
};
use qloak_shielded::transaction::Transfer;
use sp_core::{sr25519, Pair as _};
use sp_runtime::traits::{ExtrinsicMetadata, LazyExtrinsic};

use crate::chain::*;

const BARE_V4: u8 = 4;
const BARE_V5: u8 = 5;
const GENERAL_V5: u8 = 0x45;

/// A shielded transfer of zeros, which nobody signs.
fn transfer_of_zeros() -> RuntimeCall {
    let zeros = vec![0; <Transfer as codec::MaxEncodedLen>::max_encoded_len()];
    pallet_privacy_credit::Call::<Runtime>::transfer {
        transfer: Box::new(Transfer::decode(&mut &zeros[..]).unwrap()),
        proof: vec![7; 300].try_into().unwrap(),
    }
    .into()
}

fn timestamp() -> RuntimeCall {
    pallet_timestamp::Call::set { now: 1_000 }.into()
}

/// Without the length in front.
fn body(extrinsic: &UncheckedExtrinsic) -> Vec<u8> {
    Vec::<u8>::decode(&mut &extrinsic.encode()[..]).unwrap()
}

/// Reads an extrinsic in both ways in which blocks and the pool do.
fn read(body: &[u8]) -> Option<UncheckedExtrinsic> {
    let lazily = UncheckedExtrinsic::decode_unprefixed(body);
    let at_once = UncheckedExtrinsic::decode_all(&mut &body.encode()[..]);
    assert_eq!(lazily.is_ok(), at_once.is_ok());
    lazily.ok()
}

fn with_first_byte(body: &[u8], first: u8) -> Vec<u8> {
    [&[first], &body[1..]].concat()
}

#[test]
fn a_transfer_in_another_extrinsic_version_does_not_decode() {
    for call in [transfer_of_zeros(), timestamp()] {
        let good = body(&UncheckedExtrinsic::new_inherent(call.clone()));
        assert_eq!(good[0], BARE_V4);
        assert!(read(&good).is_some());
        assert!(read(&with_first_byte(&good, BARE_V5)).is_none());
        for first in (0..=u8::MAX).filter(|first| *first != BARE_V4) {
            assert!(read(&with_first_byte(&good, first)).is_none(), "{first}");
        }
        // Whoever makes one with the SDK's constructor gets the same.
        assert_eq!(body(&Wire::new_bare(call).into()), good);
    }
}

#[test]
fn a_transfer_behind_transaction_extensions_does_not_decode() {
    on_development_chain(|| {
        let alice = Person::funded("Alice", Scheme::MlDsa44);
        let general = |call: RuntimeCall| {
            let extension: TxExtension = Draft::of(&alice, call.clone()).extension();
            body(&Wire::new_transaction(call, extension).into())
        };
        for call in [transfer_of_zeros(), transfer(&alice.account, QLK)] {
            let general = general(call);
            assert_eq!(general[0], GENERAL_V5);
            assert!(read(&general).is_none());
        }
    });
}

#[test]
fn tools_are_told_of_version_4_alone() {
    assert_eq!(UncheckedExtrinsic::VERSIONS, [4]);
}

/// A call that decodes from other bytes than it encodes to: more than the whole, which is cut to the
/// whole.
#[test]
fn a_call_in_other_bytes_does_not_decode() {
    let call = |commission: u32| {
        let validate = pallet_staking::Call::<Runtime>::validate {
            prefs: pallet_staking::ValidatorPrefs::default(),
        };
        let mut bytes = RuntimeCall::from(validate).encode();
        let (fixed, commission) = (bytes.len() - 2, Compact(commission));
        bytes.truncate(fixed);
        [bytes, (commission, false).encode()].concat()
    };
    let bare = |call: Vec<u8>| [vec![BARE_V4], call].concat();
    assert!(RuntimeCall::decode_all(&mut &call(1_000_000_001)[..]).is_ok());
    assert!(read(&bare(call(1_000_000_000))).is_some());
    assert!(read(&bare(call(1_000_000_001))).is_none());
}

/// Every change of one byte of what is in front of a call, and of a whole transfer's beginning, is
/// refused in decoding, or is another extrinsic that encodes to just those bytes.
#[test]
fn whatever_decodes_encodes_to_the_same_bytes() {
    on_development_chain(|| {
        let alice = Person::funded("Alice", Scheme::MlDsa44);
        let pair = sr25519::Pair::from_string("//Alice", None).unwrap();
        let call = transfer(&alice.account, QLK);
        let draft = Draft::of(&alice, call.clone());
        let classical = AccountSignature::Sr25519(pair.sign(b"anything").0);
        let samples = [
            UncheckedExtrinsic::new_inherent(transfer_of_zeros()),
            UncheckedExtrinsic::new_inherent(timestamp()),
            draft.attached(),
            draft.registered(),
            draft.with(classical),
        ];
        let mut decoded = 0;
        for sample in samples {
            let good = body(&sample);
            let ends = [0..48, good.len().saturating_sub(64)..good.len()];
            for at in ends.into_iter().flatten().filter(|at| *at < good.len()) {
                for change in 1..=u8::MAX {
                    let mut changed = good.clone();
                    changed[at] ^= change;
                    let Some(extrinsic) = read(&changed) else {
                        continue;
                    };
                    decoded += 1;
                    assert_eq!(body(&extrinsic), changed);
                    assert!(changed.ends_with(&extrinsic.wire().function.encode()));
                }
            }
            // Nor with anything behind it.
            assert!(read(&[&good[..], &[0]].concat()).is_none());
        }
        assert!(decoded > 1_000, "{decoded} changes decode");
    });
}
