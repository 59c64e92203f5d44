//! What the node reads of others' transactions outside the runtime: the cost that a peer is charged, by looks, and of
//! transactions in blocks all parts before the call, or a shielded transfer.
//!
//! Random bytes hardly get past the signature, so half of the inputs are built around one of the right lengths.

#![no_main]

use arbitrary::Arbitrary;
use codec::Encode;
use libfuzzer_sys::fuzz_target;
use polkadot_sdk::sp_runtime::OpaqueExtrinsic;
use qloak_consensus::has_work;
use qloak_pq_crypto::{account_signature::AccountSignature, scheme::Scheme};
use qloak_transaction_filter::declared_cost;

/// First bytes of a signed extrinsic of version 4 whose signer is an account id.
const SIGNED: [u8; 2] = [0x84, 0];

#[derive(Arbitrary, Debug)]
enum Input {
    Raw(Vec<u8>),
    Signed {
        account: [u8; 32],
        scheme: u8,
        with_key: bool,
        extension_and_call: Vec<u8>,
    },
}

fn signature(scheme: u8, with_key: bool) -> AccountSignature {
    let scheme = Scheme::ALL[usize::from(scheme) % Scheme::ALL.len()];
    let sizes = scheme.parameters();
    let public = with_key.then(|| vec![1; sizes.public_bytes]);
    AccountSignature::new(scheme, public, vec![2; sizes.signature_bytes])
        .expect("the lengths are the scheme's")
}

fuzz_target!(|input: Input| {
    let bytes = match input {
        Input::Raw(bytes) => bytes,
        Input::Signed {
            account,
            scheme,
            with_key,
            extension_and_call,
        } => {
            let signature = signature(scheme, with_key).encode();
            [&SIGNED[..], &account, &signature, &extension_and_call].concat()
        }
    };
    declared_cost(&bytes);
    let extrinsic = OpaqueExtrinsic::from_blob(bytes);
    assert!(declared_cost(&vec![extrinsic.clone()].encode()).is_some());
    has_work(&extrinsic);
});
