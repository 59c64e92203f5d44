//! The signature that an account puts on a transaction.
//!
//! [`AccountSignature`] is the `Signature` of the extrinsic format (version 4, the one that every
//! Substrate tool signs). Its first variants have the codec indices that stock tools expect of a
//! `MultiSignature`; they serve only accounts marked classical. From index 16 on, each
//! post-quantum scheme stands twice: with its key, for an account that the chain has not met yet,
//! and `…Registered`, which leaves the key out because the registry knows it. For ML-DSA-65 that
//! saves 1,954 of 5,266 bytes.
//!
//! Keys and signatures are byte vectors with a bound rather than arrays: metadata that holds a
//! `[u8; N]` with N > 2048 makes polkadot.js throw, and a length prefix lets a wrong length be
//! refused with an error of its own.
//!
//! What a post-quantum key signs begins with the [`Form`] of the signature and the account
//! ([`AccountSignature::signed_message`]), so that nobody but the signer chooses them.

use alloc::{borrow::Cow, vec::Vec};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

use crate::{payload, scheme::Scheme};

pub use crate::form::{Form, EXTRINSIC_VERSION};

/// At most `N` bytes, SCALE-encoded with a compact length prefix.
pub type Bytes<const N: u32> = BoundedVec<u8, ConstU32<N>>;

/// A signature over a transaction, with or without the key that verifies it.
#[derive(Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum AccountSignature {
    /// Ed25519, 64 bytes; only for an account that is marked classical.
    #[codec(index = 0)]
    Ed25519([u8; 64]),
    /// Schnorr over Ristretto25519, 64 bytes; only for an account that is marked classical.
    #[codec(index = 1)]
    Sr25519([u8; 64]),
    /// ECDSA over secp256k1 with recovery byte; only for an account that is marked classical.
    #[codec(index = 2)]
    Ecdsa([u8; 65]),
    /// ML-DSA-44 with its key.
    #[codec(index = 16)]
    MlDsa44WithKey {
        /// 1,312 bytes.
        public: Bytes<1312>,
        /// 2,420 bytes.
        signature: Bytes<2420>,
    },
    /// ML-DSA-44 by the registered key.
    #[codec(index = 17)]
    MlDsa44Registered {
        /// 2,420 bytes.
        signature: Bytes<2420>,
    },
    /// ML-DSA-65 with its key.
    #[codec(index = 18)]
    MlDsa65WithKey {
        /// 1,952 bytes.
        public: Bytes<1952>,
        /// 3,309 bytes.
        signature: Bytes<3309>,
    },
    /// ML-DSA-65 by the registered key.
    #[codec(index = 19)]
    MlDsa65Registered {
        /// 3,309 bytes.
        signature: Bytes<3309>,
    },
    /// ML-DSA-87 with its key.
    #[codec(index = 20)]
    MlDsa87WithKey {
        /// 2,592 bytes.
        public: Bytes<2592>,
        /// 4,627 bytes.
        signature: Bytes<4627>,
    },
    /// ML-DSA-87 by the registered key.
    #[codec(index = 21)]
    MlDsa87Registered {
        /// 4,627 bytes.
        signature: Bytes<4627>,
    },
    /// SLH-DSA-SHAKE-128f with its key.
    #[codec(index = 22)]
    SlhDsaShake128fWithKey {
        /// 32 bytes.
        public: Bytes<32>,
        /// 17,088 bytes.
        signature: Bytes<17088>,
    },
    /// SLH-DSA-SHAKE-128f by the registered key.
    #[codec(index = 23)]
    SlhDsaShake128fRegistered {
        /// 17,088 bytes.
        signature: Bytes<17088>,
    },
    /// SLH-DSA-SHAKE-128s with its key.
    #[codec(index = 24)]
    SlhDsaShake128sWithKey {
        /// 32 bytes.
        public: Bytes<32>,
        /// 7,856 bytes.
        signature: Bytes<7856>,
    },
    /// SLH-DSA-SHAKE-128s by the registered key.
    #[codec(index = 25)]
    SlhDsaShake128sRegistered {
        /// 7,856 bytes.
        signature: Bytes<7856>,
    },
    /// FN-DSA-512 with its key.
    #[codec(index = 26)]
    FnDsa512WithKey {
        /// 897 bytes.
        public: Bytes<897>,
        /// 666 bytes.
        signature: Bytes<666>,
    },
    /// FN-DSA-512 by the registered key.
    #[codec(index = 27)]
    FnDsa512Registered {
        /// 666 bytes.
        signature: Bytes<666>,
    },
    /// Ed25519 and ML-DSA-65, both of which must verify, with their keys.
    #[codec(index = 28)]
    HybridEd25519MlDsa65WithKey {
        /// 32 + 1,952 bytes.
        public: Bytes<1984>,
        /// 64 + 3,309 bytes.
        signature: Bytes<3373>,
    },
    /// Ed25519 and ML-DSA-65, both of which must verify, by the registered keys.
    #[codec(index = 29)]
    HybridEd25519MlDsa65Registered {
        /// 64 + 3,309 bytes.
        signature: Bytes<3373>,
    },
}

/// A classical scheme, for accounts that are marked classical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classical {
    /// Ed25519.
    Ed25519,
    /// Schnorr over Ristretto25519.
    Sr25519,
    /// ECDSA over secp256k1.
    Ecdsa,
}

/// What an [`AccountSignature`] holds, without its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A classical signature.
    Classical(Classical),
    /// A post-quantum signature.
    Pq {
        /// Its scheme.
        scheme: Scheme,
        /// The key, unless the registry is to supply it.
        public: Option<&'a [u8]>,
        /// The signature's bytes; at most as many as the scheme's signatures have, maybe fewer.
        signature: &'a [u8],
    },
}

/// A key or a signature has more bytes than its scheme's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key or the signature is longer than those of {0}")]
pub struct TooLong(pub Scheme);

/// Both directions between the variants and their parts, from one list.
macro_rules! post_quantum_variants {
    ($($scheme:ident: $with_key:ident, $registered:ident;)*) => {
        impl AccountSignature {
            /// What is inside.
            pub fn kind(&self) -> Kind<'_> {
                match self {
                    Self::Ed25519(_) => Kind::Classical(Classical::Ed25519),
                    Self::Sr25519(_) => Kind::Classical(Classical::Sr25519),
                    Self::Ecdsa(_) => Kind::Classical(Classical::Ecdsa),
                    $(
                        Self::$with_key { public, signature } => Kind::Pq {
                            scheme: Scheme::$scheme,
                            public: Some(public),
                            signature,
                        },
                        Self::$registered { signature } => {
                            Kind::Pq { scheme: Scheme::$scheme, public: None, signature }
                        }
                    )*
                }
            }

            /// The variant for `scheme`: with the key if `public` is given, else by the registered key.
            ///
            /// # Errors
            /// [`TooLong`] if a part exceeds what the scheme ever makes. Shorter parts are taken, for
            /// the chain to refuse.
            pub fn new(scheme: Scheme, public: Option<Vec<u8>>, signature: Vec<u8>) -> Result<Self, TooLong> {
                let too_long = |_| TooLong(scheme);
                Ok(match (scheme, public) {
                    $(
                        (Scheme::$scheme, Some(public)) => Self::$with_key {
                            public: public.try_into().map_err(too_long)?,
                            signature: signature.try_into().map_err(too_long)?,
                        },
                        (Scheme::$scheme, None) => {
                            Self::$registered { signature: signature.try_into().map_err(too_long)? }
                        }
                    )*
                })
            }
        }
    };
}

post_quantum_variants! {
    MlDsa44: MlDsa44WithKey, MlDsa44Registered;
    MlDsa65: MlDsa65WithKey, MlDsa65Registered;
    MlDsa87: MlDsa87WithKey, MlDsa87Registered;
    SlhDsaShake128f: SlhDsaShake128fWithKey, SlhDsaShake128fRegistered;
    SlhDsaShake128s: SlhDsaShake128sWithKey, SlhDsaShake128sRegistered;
    FnDsa512: FnDsa512WithKey, FnDsa512Registered;
    HybridEd25519MlDsa65: HybridEd25519MlDsa65WithKey, HybridEd25519MlDsa65Registered;
}

impl AccountSignature {
    /// How the key comes to the chain; nothing for a classical signature, whose key is the account's
    /// id.
    pub fn form(&self) -> Option<Form> {
        match self.kind() {
            Kind::Classical(_) => None,
            Kind::Pq { public, .. } => Some(Form::of(public)),
        }
    }

    /// What this has to be a signature of, if it is to stand for a transaction of `account` of which the
    /// extrinsic format has `payload` signed: the payload itself for a classical signature, as stock
    /// tools sign it, else [`payload::transaction`]. A classical account's id is its key, or that key's
    /// hash, so that no two of them share one.
    pub fn signed_message<'a>(&self, account: &[u8; 32], payload: &'a [u8]) -> Cow<'a, [u8]> {
        match self.form() {
            None => Cow::Borrowed(payload),
            Some(form) => Cow::Owned(payload::transaction(form, account, payload)),
        }
    }
}

impl core::fmt::Debug for AccountSignature {
    /// Names the kind and the lengths: a log line of 5 kB of hex helps nobody.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.kind() {
            Kind::Classical(classical) => write!(f, "{classical:?}"),
            Kind::Pq {
                scheme,
                public: Some(public),
                signature,
            } => {
                write!(
                    f,
                    "{scheme} (key {} B, signature {} B)",
                    public.len(),
                    signature.len()
                )
            }
            Kind::Pq {
                scheme,
                public: None,
                signature,
            } => {
                write!(
                    f,
                    "{scheme} (registered key, signature {} B)",
                    signature.len()
                )
            }
        }
    }
}

#[cfg(feature = "substrate")]
mod classical {
    use sp_core::{ecdsa, ed25519, sr25519};
    use sp_runtime::{traits::Verify, AccountId32, MultiSignature};

    use super::AccountSignature;

    impl AccountSignature {
        /// Whether this is a classical signature of `message` by the key that `signer` stands for:
        /// the key itself for Ed25519 and Sr25519, its BLAKE2b-256 hash for ECDSA.
        pub fn verify_classical(&self, message: &[u8], signer: &[u8; 32]) -> bool {
            let signature = match self {
                Self::Ed25519(raw) => MultiSignature::Ed25519(ed25519::Signature::from_raw(*raw)),
                Self::Sr25519(raw) => MultiSignature::Sr25519(sr25519::Signature::from_raw(*raw)),
                Self::Ecdsa(raw) if is_canonical(raw) => {
                    MultiSignature::Ecdsa(ecdsa::Signature::from_raw(*raw))
                }
                _ => return false,
            };
            signature.verify(message, &AccountId32::new(*signer))
        }
    }

    /// Half the order of secp256k1's group, rounded down.
    const HALF_ORDER: [u8; 32] = [
        0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b,
        0x20, 0xa0,
    ];

    /// Whether an ECDSA signature is in the one form that stock tools make: the smaller of both possible
    /// `s`, and the recovery id without an offset.
    ///
    /// The SDK verifies three more forms of each signature, which anybody can make of it without the key:
    /// the same transaction under another hash.
    fn is_canonical(raw: &[u8; 65]) -> bool {
        const GREATEST_RECOVERY_ID: u8 = 3;
        raw[32..64] <= HALF_ORDER[..] && raw[64] <= GREATEST_RECOVERY_ID
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use alloc::vec;

    #[test]
    fn indices_and_lengths_are_those_of_the_specification() {
        for scheme in Scheme::ALL {
            let parameters = scheme.parameters();
            let (public, signature) = (
                vec![1; parameters.public_bytes],
                vec![2; parameters.signature_bytes],
            );
            let with_key =
                AccountSignature::new(scheme, Some(public.clone()), signature.clone()).unwrap();
            let registered = AccountSignature::new(scheme, None, signature.clone()).unwrap();
            assert_eq!(with_key.encode()[0], 16 + 2 * scheme.id());
            assert_eq!(registered.encode()[0], 17 + 2 * scheme.id());
            assert_eq!(
                with_key.kind(),
                Kind::Pq {
                    scheme,
                    public: Some(&public),
                    signature: &signature
                }
            );
            assert_eq!(
                AccountSignature::decode(&mut &with_key.encode()[..]).unwrap(),
                with_key
            );
            assert_eq!(
                AccountSignature::decode(&mut &registered.encode()[..]).unwrap(),
                registered
            );

            let long = vec![2; parameters.signature_bytes + 1];
            assert_eq!(
                AccountSignature::new(scheme, None, long),
                Err(TooLong(scheme))
            );
            let long = vec![1; parameters.public_bytes + 1];
            assert_eq!(
                AccountSignature::new(scheme, Some(long), signature),
                Err(TooLong(scheme))
            );
        }
    }

    #[test]
    fn form_and_account_are_signed_first_and_classical_signatures_have_neither() {
        let account = [7; 32];
        for scheme in Scheme::ALL {
            let (public, signature) = (vec![1], vec![2]);
            for (public, form) in [(Some(public), Form::WithKey), (None, Form::Registered)] {
                let signature = AccountSignature::new(scheme, public, signature.clone()).unwrap();
                assert_eq!(signature.form(), Some(form));
                assert_eq!(0x40 | (signature.encode()[0] & 1), form.tag());
                assert_eq!(
                    *signature.signed_message(&account, b"pay"),
                    [&[form.tag()][..], &account, b"pay"].concat()
                );
            }
        }
        for classical in [
            AccountSignature::Ed25519([0; 64]),
            AccountSignature::Sr25519([0; 64]),
            AccountSignature::Ecdsa([0; 65]),
        ] {
            assert_eq!(classical.form(), None);
            assert_eq!(*classical.signed_message(&account, b"pay"), *b"pay");
        }
    }

    #[test]
    fn a_length_over_the_bound_is_refused_before_it_is_allocated() {
        // Variant 19 with a claimed length of 1 GiB, and no bytes behind it.
        let mut encoded = vec![19u8];
        codec::Compact(1u32 << 30).encode_to(&mut encoded);
        assert!(AccountSignature::decode(&mut &encoded[..]).is_err());
        // One byte more than the scheme's signatures, all of them there.
        let mut encoded = vec![19u8];
        vec![0u8; 3310].encode_to(&mut encoded);
        assert!(AccountSignature::decode(&mut &encoded[..]).is_err());
    }

    #[test]
    fn unknown_scheme_ids_do_not_decode() {
        for index in (3u8..16).chain(30..=255) {
            let mut encoded = vec![index];
            encoded.extend_from_slice(&[0; 8192]);
            assert!(
                AccountSignature::decode(&mut &encoded[..]).is_err(),
                "index {index}"
            );
        }
    }
}
