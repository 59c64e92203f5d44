//! Signature verification of anything: it returns, and both implementations say the same.
//!
//! Random bytes are never a signature, so half of the inputs start from a genuine one, which the
//! fuzzer then damages.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use qloak_pq_crypto::{
    context::Context,
    scheme::Scheme,
    signing::{verify, verify_portable, Randomness, SecretKey},
};
use std::sync::OnceLock;

#[derive(Arbitrary, Debug)]
struct Input {
    scheme: u8,
    context: u8,
    origin: Origin,
}

#[derive(Arbitrary, Debug)]
enum Origin {
    Raw {
        public: Vec<u8>,
        message: Vec<u8>,
        signature: Vec<u8>,
    },
    Damaged {
        public: Vec<(u16, u8)>,
        signature: Vec<(u16, u8)>,
        message: Option<Vec<u8>>,
    },
}

const MESSAGE: &[u8] = b"a message that was signed";

/// A key and its signature of [`MESSAGE`] for a transaction, per scheme.
fn genuine(scheme: Scheme) -> &'static (Vec<u8>, Vec<u8>) {
    static GENUINE: OnceLock<Vec<(Vec<u8>, Vec<u8>)>> = OnceLock::new();
    let all = GENUINE.get_or_init(|| {
        Scheme::ALL
            .into_iter()
            .map(|scheme| {
                let key = SecretKey::from_seed(scheme, &[1; 32]).expect("a seed makes a key");
                let signature = key
                    .sign(Context::Transaction, MESSAGE, Randomness::Deterministic)
                    .expect("a key signs");
                (key.public_key().to_vec(), signature)
            })
            .collect()
    });
    &all[usize::from(scheme.id())]
}

fn damage(bytes: &[u8], changes: &[(u16, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, value) in changes {
        let length = bytes.len();
        bytes[usize::from(*at) % length] ^= value;
    }
    bytes
}

fuzz_target!(|input: Input| {
    let scheme = Scheme::ALL[usize::from(input.scheme) % Scheme::ALL.len()];
    let context = Context::ALL[usize::from(input.context) % Context::ALL.len()];
    let (public, message, signature) = match input.origin {
        Origin::Raw {
            public,
            message,
            signature,
        } => (public, message, signature),
        Origin::Damaged {
            public,
            signature,
            message,
        } => {
            let (key, signed) = genuine(scheme);
            let message = message.unwrap_or_else(|| MESSAGE.to_vec());
            (damage(key, &public), message, damage(signed, &signature))
        }
    };
    let verdict = verify(scheme, &public, context, &message, &signature);
    let portable = verify_portable(scheme, &public, context, &message, &signature);
    assert_eq!(verdict, portable, "{scheme}");
    let (key, signed) = genuine(scheme);
    let untouched = context == Context::Transaction && message == MESSAGE && public == *key;
    // Signatures are strongly unforgeable: for what was signed, only what was made.
    assert_eq!(verdict.is_ok(), untouched && signature == *signed);
});
