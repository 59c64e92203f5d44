//! Decoding a transaction from anything, as the runtime does: it returns, and what decodes encodes to
//! the very bytes that it came from, the call by itself as well.
//!
//! Random bytes hardly get past the signature, so half of the inputs are built around one of the right
//! lengths.

#![no_main]

use arbitrary::Arbitrary;
use codec::{DecodeLimit, Encode};
use libfuzzer_sys::fuzz_target;
use qloak_pq_crypto::{account_signature::AccountSignature, scheme::Scheme};
use qloak_runtime::UncheckedExtrinsic;

/// How deep calls may be nested in calls, which is the SDK's limit for what comes from outside.
const MAX_DEPTH: u32 = 256;
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

fn decode(bytes: &[u8]) -> Result<UncheckedExtrinsic, codec::Error> {
    UncheckedExtrinsic::decode_all_with_depth_limit(MAX_DEPTH, &mut &bytes[..])
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
            [&SIGNED[..], &account, &signature, &extension_and_call]
                .concat()
                .encode()
        }
    };
    if let Ok(extrinsic) = decode(&bytes) {
        // Else anybody could give a shielded transfer, which nobody signs, another hash.
        assert_eq!(extrinsic.encode(), bytes);
        assert!(bytes.ends_with(&extrinsic.wire().function.encode()));
    }
});
