//! SLH-DSA-SHAKE-128f and -128s against NIST's ACVP values and against a second implementation.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use fips205::traits::{KeyGen, SerDes, Signer};
use hex::decode;
use proptest::prelude::*;
use qloak_pq_crypto::{
    context::Context,
    scheme::Scheme,
    signing::{verify_with_context_bytes, Error, Implementation, Randomness, SecretKey},
};

/// SK.seed, SK.prf, PK.seed and the public key. NIST ACVP, SLH-DSA-keyGen-FIPS205, vsId 53, test
/// cases 31, 32 (128f) and 11, 12 (128s).
const KEYS: [(Scheme, [&str; 3], &str); 4] = [
    (
        Scheme::SlhDsaShake128f,
        [
            "3956AB391B4D22FC907AF0740326D061",
            "AB0EB206436F2B86EBE086D77739B3E4",
            "56505C229F4E7FA6B201714C7DCC9DA3",
        ],
        "56505C229F4E7FA6B201714C7DCC9DA366578F1F24C3FE371C97C14CE0E79CDC",
    ),
    (
        Scheme::SlhDsaShake128f,
        [
            "57250E2880AF25BC0D8DBA76A8FBB666",
            "A0533D329A87D276A802A70EB58376A2",
            "F8B2314A9ABB09E72509F14A742035BA",
        ],
        "F8B2314A9ABB09E72509F14A742035BA6B5F4A0CC172672BBE8DF3F86CB58F51",
    ),
    (
        Scheme::SlhDsaShake128s,
        [
            "C151951F3811029239B74ADD24C506AF",
            "DD30363E156E6FE936EC6ED0231FEB5C",
            "529FFE86200D1F32C2B60D0CD909F190",
        ],
        "529FFE86200D1F32C2B60D0CD909F1900761F9B727AFA724B47223016BB5B2BA",
    ),
    (
        Scheme::SlhDsaShake128s,
        [
            "D3ADF41FF57EED108BEF2D8733F4C2B0",
            "09A00EF4596B23E1FFD5136C135A713A",
            "B64302C8D20FB89AA2414307D44E1F9C",
        ],
        "B64302C8D20FB89AA2414307D44E1F9C6EFA39EBBA94B0633C900644B81DE2B9",
    ),
];

/// A deterministic signature of one byte under a context (external interface, pure).
struct Published {
    secret: &'static str,
    message: &'static str,
    context: &'static str,
    /// The signature's last 64 bytes. They are the top of the authentication path to PK.root, and
    /// whatever precedes them decides which path that is.
    tail: &'static str,
}

/// NIST ACVP, SLH-DSA-sigGen-FIPS205, vsId 53, test case 60; the tail as OpenSSL's
/// `evppkey_slh_dsa_siggen.txt` prints it.
const SIGNED_128F: Published = Published {
    secret: "23B67D76F712BF69BC11504B6916AE4DD803898F16023470BC7BE16ECB4F94B2\
        C0220D26F040F499D209385B8EF3387CE96C94EDE698A703EA5827E96D37BAFA",
    message: "45",
    context: "63816B7D09879FA1B60090DEABE230E316FC9654A9B6E07AF1BF498A92A3B737\
        E4DD5AC4C994CB74A6A0D597D7060C9378D12205E3E378BE",
    tail: "CC73FE0901290C7159910599FA602442207F546F26789BEB3D100136A2A67DAA\
        6410CDED1898DB0E394853053BB31CE34ABC9C649567AA95C4D56F4A0820F124",
};

/// The same, test case 216.
const SIGNED_128S: Published = Published {
    secret: "5449100F840B2DCCB92E5F0CC601FF792F3E3A0B16980FB9AB26158A43ED1E4E\
        6BA0B386C3E4C1618C03EE1271191ACD1BE6CFCC4B3CC9EE6774FAFE126829C4",
    message: "45",
    context: "A841DE4E746476F1E0EAE5CCDBA1C3964F6201BB045FDBD58A8274074B27DBC8\
        761AEF99F25673A76F2ECACAB47228D361BB938860F19F97DBD0A4E80BE51FAB\
        B59A3F04742551E3EB62ADA3F7B6A62E6A80ED6AD29063B61F64BE43395E0A1D\
        D1C2815BA193544F266619C4A8BEFB9914DD461603F16D37F5E098C874774A04\
        265662F350BA0CB196F05C3FC75996B72C33BA8363307333B5D215AD45EA4082\
        A6E11D3F7528CDCE61AA46762522090B8DDDB3B5F9F0E54495D71C1E896D5BDD\
        678162D1642494E0E8B4734874080BD1F09E1AA0C8A70308B381640909B682D5\
        F2BB7F30F3FAAAA87D7B5CFDF998C5F9E125D40C424E99E7B256CC0FCD125B",
    tail: "86A51CC1C00467B19E8394856AFC0DF10697888E385F88F989FAE3DED13BDC59\
        3225E88D4847629E41C98D4377C7BEE53190966F2AF63DC4A05E18B9980D2A1D",
};

fn array<const N: usize>(text: &str) -> [u8; N] {
    decode(text).unwrap().try_into().unwrap()
}

fn verify(
    scheme: Scheme,
    public: &[u8],
    context: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    verify_with_context_bytes(
        Implementation::Fastest,
        scheme,
        public,
        context,
        message,
        signature,
    )
}

/// The two implementations at one parameter set.
macro_rules! parameter_set {
    ($name:ident, $scheme:expr, $fips205:ident, $slh_dsa:ident, $published:expr) => {
        mod $name {
            use super::*;
            use ::fips205::$fips205 as fips205;
            use slh_dsa::{$slh_dsa, Signature, SigningKey, VerifyingKey};

            const SCHEME: Scheme = $scheme;

            fn other_accepts(public: &[u8], context: &[u8], message: &[u8], sig: &[u8]) -> bool {
                let key = VerifyingKey::<$slh_dsa>::try_from(public).unwrap();
                Signature::<$slh_dsa>::try_from(sig)
                    .is_ok_and(|sig| key.try_verify_with_context(message, context, &sig).is_ok())
            }

            #[test]
            fn nist_keys() {
                let mut run = 0;
                for (_, parts, public) in KEYS.iter().filter(|(scheme, ..)| *scheme == SCHEME) {
                    let [sk_seed, sk_prf, pk_seed] = parts.map(array::<16>);
                    let (key, _) = fips205::KG::keygen_from_seed(&sk_seed, &sk_prf, &pk_seed);
                    assert_eq!(key.into_bytes(), array(public));
                    run += 1;
                }
                assert_eq!(run, 2);
            }

            #[test]
            fn nist_signature() {
                let published: Published = $published;
                let message = decode(published.message).unwrap();
                let context = decode(published.context).unwrap();
                let tail = decode(published.tail).unwrap();
                let secret = array::<64>(published.secret);
                let key = fips205::PrivateKey::try_from_bytes(secret).unwrap();
                let mut no_rng = NoRng;
                let signature = key
                    .try_sign_with_rng(&mut no_rng, &message, &context, false)
                    .unwrap();
                assert!(signature.ends_with(&tail));
                let public = &secret[32..];
                assert_eq!(verify(SCHEME, public, &context, &message, &signature), Ok(()));
                assert!(other_accepts(public, &context, &message, &signature));
                let invalid = Err(Error::InvalidSignature { scheme: SCHEME });
                assert_eq!(verify(SCHEME, public, b"", &message, &signature), invalid);
                assert_eq!(verify(SCHEME, public, &context, b"", &signature), invalid);

                let other = SigningKey::<$slh_dsa>::try_from(&secret[..]).unwrap();
                let other = other.try_sign_with_context(&message, &context, None).unwrap();
                assert_eq!(other.to_vec(), signature);
            }

            #[test]
            fn the_other_implementation_verifies_ours() {
                let key = SecretKey::from_seed(SCHEME, &[5; 32]).unwrap();
                for (context, randomness) in [
                    (Context::Recovery, Randomness::Deterministic),
                    (Context::Transaction, Randomness::Hedged([6; 32])),
                ] {
                    let signature = key.sign(context, b"freeze", randomness).unwrap();
                    let accepts = |context: Context| {
                        let public = key.public_key();
                        other_accepts(public, context.as_bytes(), b"freeze", &signature)
                    };
                    assert!(accepts(context));
                    assert!(!accepts(Context::Vote));
                }
            }

            #[test]
            fn ours_verifies_the_other_implementation() {
                let [sk_seed, sk_prf, pk_seed] = [[1; 16], [2; 16], [3; 16]];
                let key = SigningKey::<$slh_dsa>::slh_keygen_internal(&sk_seed, &sk_prf, &pk_seed);
                let public = AsRef::<VerifyingKey<$slh_dsa>>::as_ref(&key).to_vec();
                let (ours, _) = fips205::KG::keygen_from_seed(&sk_seed, &sk_prf, &pk_seed);
                assert_eq!(ours.into_bytes().as_slice(), public);
                let signature = key.try_sign_with_context(b"m", b"c", Some(&[4; 16])).unwrap();
                assert_eq!(verify(SCHEME, &public, b"c", b"m", &signature.to_vec()), Ok(()));
            }

            #[test]
            fn both_refuse_damage() {
                let key = SecretKey::from_seed(SCHEME, &[5; 32]).unwrap();
                let context = Context::Recovery;
                let genuine = key.sign(context, b"freeze", Randomness::Deterministic).unwrap();
                let bytes = genuine.len();
                let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) };
                proptest!(config, |(at in 0..bytes, flip in 1u8..=255)| {
                    let mut signature = genuine.clone();
                    signature[at] ^= flip;
                    let context = context.as_bytes();
                    let verdict = verify(SCHEME, key.public_key(), context, b"freeze", &signature);
                    prop_assert_eq!(verdict, Err(Error::InvalidSignature { scheme: SCHEME }));
                    prop_assert!(!other_accepts(key.public_key(), context, b"freeze", &signature));
                });
                for wrong in [vec![0; bytes], vec![0xff; bytes], genuine[1..].to_vec()] {
                    let context = context.as_bytes();
                    assert!(verify(SCHEME, key.public_key(), context, b"freeze", &wrong).is_err());
                    assert!(!other_accepts(key.public_key(), context, b"freeze", &wrong));
                }
            }
        }
    };
}

parameter_set!(
    shake_128f,
    Scheme::SlhDsaShake128f,
    slh_dsa_shake_128f,
    Shake128f,
    SIGNED_128F
);
parameter_set!(
    shake_128s,
    Scheme::SlhDsaShake128s,
    slh_dsa_shake_128s,
    Shake128s,
    SIGNED_128S
);

/// Deterministic signing draws nothing.
struct NoRng;

impl fips205::RngCore for NoRng {
    fn next_u32(&mut self) -> u32 {
        unreachable!("deterministic")
    }
    fn next_u64(&mut self) -> u64 {
        unreachable!("deterministic")
    }
    fn fill_bytes(&mut self, _: &mut [u8]) {
        unreachable!("deterministic")
    }
    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), fips205::RngError> {
        unreachable!("deterministic")
    }
}

impl fips205::CryptoRng for NoRng {}
