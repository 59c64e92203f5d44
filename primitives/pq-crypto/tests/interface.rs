//! The interface holds its promises for every scheme: sizes, uses, determinism, refusals.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use codec::{Decode, Encode, MaxEncodedLen};
use qloak_pq_crypto::{
    account::{account_id, authority_id},
    context::Context,
    scheme::{Scheme, MAX_PUBLIC_BYTES, MAX_SIGNATURE_BYTES},
    signing::{verify, verify_portable, Error, Randomness, SecretKey},
};
use std::collections::BTreeSet;

fn key(scheme: Scheme) -> SecretKey {
    SecretKey::from_seed(scheme, &[7; 32]).unwrap()
}

/// Both verifiers, which must agree.
fn verify_both(
    scheme: Scheme,
    public: &[u8],
    context: Context,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let native = verify(scheme, public, context, message, signature);
    assert_eq!(
        native,
        verify_portable(scheme, public, context, message, signature)
    );
    native
}

#[test]
fn sizes_are_those_of_the_table() {
    for scheme in Scheme::ALL {
        let key = key(scheme);
        let signature = key
            .sign(Context::Transaction, b"pay", Randomness::Deterministic)
            .unwrap();
        let parameters = scheme.parameters();
        assert_eq!(key.public_key().len(), parameters.public_bytes, "{scheme}");
        assert_eq!(signature.len(), parameters.signature_bytes, "{scheme}");
        assert_eq!(key.scheme(), scheme);
        assert_eq!(key.expose_seed(), &[7; 32]);
    }
    let parameters = || Scheme::ALL.map(Scheme::parameters).into_iter();
    assert_eq!(
        parameters().map(|p| p.public_bytes).max(),
        Some(MAX_PUBLIC_BYTES)
    );
    assert_eq!(
        parameters().map(|p| p.signature_bytes).max(),
        Some(MAX_SIGNATURE_BYTES)
    );
}

#[test]
fn a_signature_serves_one_context_only() {
    let mut refused = 0;
    for scheme in Scheme::ALL {
        let key = key(scheme);
        for signed in Context::ALL {
            let signature = key.sign(signed, b"pay", Randomness::Deterministic).unwrap();
            for claimed in Context::ALL {
                let verdict = verify_both(scheme, key.public_key(), claimed, b"pay", &signature);
                if claimed == signed {
                    assert_eq!(verdict, Ok(()), "{scheme} {signed:?}");
                } else {
                    assert_eq!(verdict, Err(Error::InvalidSignature { scheme }));
                    refused += 1;
                }
            }
        }
    }
    assert_eq!(refused, 7 * 7 * 6);
}

#[test]
fn context_strings_are_distinct_and_fit_the_standards() {
    let strings: BTreeSet<_> = Context::ALL.map(Context::as_bytes).into_iter().collect();
    assert_eq!(strings.len(), Context::ALL.len());
    assert!(strings.iter().all(|string| string.len() <= 255));
    for (index, context) in Context::ALL.into_iter().enumerate() {
        assert_eq!(context.encode(), [index as u8]);
        assert_eq!(context.id(), index as u8);
        assert_eq!(Context::from_id(index as u8), Some(context));
    }
    assert_eq!(Context::from_id(7), None);
}

#[test]
fn another_message_or_key_is_refused() {
    for scheme in Scheme::ALL {
        let key = key(scheme);
        let signature = key
            .sign(Context::Vote, b"block 1", Randomness::Deterministic)
            .unwrap();
        let other = SecretKey::from_seed(scheme, &[8; 32]).unwrap();
        let invalid = Err(Error::InvalidSignature { scheme });
        for (public, message) in [
            (key.public_key(), &b"block 2"[..]),
            (key.public_key(), b""),
            (other.public_key(), b"block 1"),
        ] {
            let verdict = verify_both(scheme, public, Context::Vote, message, &signature);
            assert_eq!(verdict, invalid, "{scheme}");
        }
    }
}

#[test]
fn wrong_lengths_are_refused_by_name() {
    for scheme in Scheme::ALL {
        let key = key(scheme);
        let public = key.public_key();
        let signature = key
            .sign(Context::Seal, b"header", Randomness::Deterministic)
            .unwrap();
        let p = scheme.parameters();
        for found in [0, 1, p.public_bytes - 1, p.public_bytes + 1, 1 << 20] {
            let mut wrong = public.to_vec();
            wrong.resize(found, 0);
            assert_eq!(
                verify_both(scheme, &wrong, Context::Seal, b"header", &signature),
                Err(Error::PublicKeyLength {
                    scheme,
                    expected: p.public_bytes,
                    found
                })
            );
        }
        for found in [0, 1, p.signature_bytes - 1, p.signature_bytes + 1, 1 << 20] {
            let mut wrong = signature.clone();
            wrong.resize(found, 0);
            assert_eq!(
                verify_both(scheme, public, Context::Seal, b"header", &wrong),
                Err(Error::SignatureLength {
                    scheme,
                    expected: p.signature_bytes,
                    found
                })
            );
        }
    }
}

#[test]
fn constant_bytes_are_no_signature() {
    for scheme in Scheme::ALL {
        let key = key(scheme);
        let p = scheme.parameters();
        for byte in [0x00, 0xff] {
            let signature = vec![byte; p.signature_bytes];
            assert_eq!(
                verify_both(scheme, key.public_key(), Context::Seal, b"", &signature),
                Err(Error::InvalidSignature { scheme }),
                "{scheme}"
            );
            let public = vec![byte; p.public_bytes];
            assert!(
                verify_both(scheme, &public, Context::Seal, b"", &signature).is_err(),
                "{scheme}"
            );
        }
    }
}

#[test]
fn malformed_keys_are_told_from_bad_signatures() {
    let scheme = Scheme::FnDsa512;
    let falcon = vec![0xff; scheme.parameters().public_bytes];
    assert_eq!(
        verify_both(scheme, &falcon, Context::Seal, b"", &[0; 666]),
        Err(Error::MalformedPublicKey { scheme })
    );
    // An Ed25519 point of order 4, under which some signatures verify for every message.
    let scheme = Scheme::HybridEd25519MlDsa65;
    let mut hybrid = key(scheme).public_key().to_vec();
    hybrid[..32].fill(0);
    assert_eq!(
        verify_both(scheme, &hybrid, Context::Seal, b"", &[0; 3373]),
        Err(Error::MalformedPublicKey { scheme })
    );
}

#[test]
fn deterministic_signatures_repeat_and_hedged_ones_differ() {
    for scheme in Scheme::ALL {
        let key = key(scheme);
        let sign = |randomness| key.sign(Context::Transaction, b"pay", randomness).unwrap();
        let deterministic = sign(Randomness::Deterministic);
        assert_eq!(deterministic, sign(Randomness::Deterministic), "{scheme}");
        let hedged = sign(Randomness::Hedged([1; 32]));
        assert_eq!(hedged, sign(Randomness::Hedged([1; 32])), "{scheme}");
        assert_ne!(hedged, deterministic, "{scheme}");
        assert_ne!(hedged, sign(Randomness::Hedged([2; 32])), "{scheme}");
        let public = key.public_key();
        assert_eq!(
            verify_both(scheme, public, Context::Transaction, b"pay", &hedged),
            Ok(())
        );
    }
}

#[test]
fn context_strings_over_255_bytes_are_refused() {
    for scheme in Scheme::ALL {
        let key = key(scheme);
        let sign =
            |context: &[u8]| key.sign_with_context_bytes(context, b"", &Randomness::Deterministic);
        assert_eq!(
            sign(&[0; 256]),
            Err(Error::ContextLength {
                maximum: 255,
                found: 256
            })
        );
    }
}

#[test]
fn schemes_are_named_and_numbered_once() {
    for (index, scheme) in Scheme::ALL.into_iter().enumerate() {
        let id = index as u8;
        assert_eq!(scheme.id(), id);
        assert_eq!(Scheme::from_id(id), Some(scheme));
        assert_eq!(scheme.encode(), [id]);
        assert_eq!(Scheme::decode(&mut &[id][..]).unwrap(), scheme);
        assert_eq!(scheme.to_string().parse::<Scheme>().unwrap(), scheme);
    }
    assert_eq!(Scheme::max_encoded_len(), 1);
    assert_eq!(Scheme::from_id(7), None);
    assert!(Scheme::decode(&mut &[7][..]).is_err());
    let error = "x".repeat(1000).parse::<Scheme>().unwrap_err();
    assert_eq!(error.name, "x".repeat(32));
    assert!("ML-DSA-65".parse::<Scheme>().is_err());
}

#[cfg(feature = "serde")]
#[test]
fn schemes_are_their_names_in_json() {
    for scheme in Scheme::ALL {
        let json = serde_json::to_string(&scheme).unwrap();
        assert_eq!(json, format!("\"{scheme}\""));
        assert_eq!(serde_json::from_str::<Scheme>(&json).unwrap(), scheme);
    }
}

#[test]
fn identifiers_depend_on_tag_scheme_and_key() {
    let mut ids = BTreeSet::new();
    for scheme in Scheme::ALL {
        for public in [&[1; 32][..], &[2; 32], b""] {
            assert!(ids.insert(account_id(scheme, public)));
            assert!(ids.insert(authority_id(scheme, public)));
        }
    }
    // BLAKE2b with a 32-byte digest, computed by Python's hashlib.
    assert_eq!(
        hex::encode(account_id(Scheme::MlDsa65, &[1; 32])),
        "e03a8bc89b61a1d97bc7f3e2cddee2d286805796036afd48326d6c4d2fbbe118"
    );
    assert_eq!(
        hex::encode(authority_id(Scheme::MlDsa65, &[1; 32])),
        "41a96334e97838059b3ef951d1cc21c3357b228a78035bdb0aaaa646b3941649"
    );
}

#[test]
fn nothing_printed_is_secret() {
    for scheme in Scheme::ALL {
        let seed = [0xab; 32];
        let key = SecretKey::from_seed(scheme, &seed).unwrap();
        let printed = format!("{key:?}");
        let public_bytes = scheme.parameters().public_bytes;
        assert_eq!(
            printed,
            format!("SecretKey({scheme}, seed of 32 bytes, public key of {public_bytes} bytes)")
        );
    }
    let printed = format!("{:?}", Randomness::Hedged([0xab; 32]));
    assert_eq!(printed, "Hedged(32 bytes)");
}
