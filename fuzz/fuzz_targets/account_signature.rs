//! Decoding an account's signature from anything: it returns, what decodes encodes to the very bytes
//! it came from, and its parts make it again.

#![no_main]

use codec::{Decode, Encode};
use libfuzzer_sys::fuzz_target;
use qloak_pq_crypto::account_signature::{AccountSignature, Form, Kind};

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let Ok(signature) = AccountSignature::decode(&mut rest) else {
        return;
    };
    // One signature has one encoding; else a relaying node could give a transaction another hash.
    assert_eq!(signature.encode(), bytes[..bytes.len() - rest.len()]);
    match signature.kind() {
        Kind::Classical(_) => assert_eq!(signature.form(), None),
        Kind::Pq {
            scheme,
            public,
            signature: raw,
        } => {
            assert_eq!(signature.form(), Some(Form::of(public)));
            let public = public.map(<[u8]>::to_vec);
            let again = AccountSignature::new(scheme, public, raw.to_vec());
            assert_eq!(again.as_ref(), Ok(&signature));
        }
    }
});
