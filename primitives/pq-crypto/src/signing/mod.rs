//! Keys, signatures and their verification, the same for every scheme.
//!
//! # Deterministic and hedged
//!
//! Consensus signs deterministically: GRANDPA signs a stored vote again after a restart and takes
//! a second signature of one vote for an equivocation. Accounts may hedge, which mixes fresh
//! randomness into the signature's nonce and so withstands fault attacks that a deterministic
//! signer invites. Both verify alike.
//!
//! # FN-DSA
//!
//! FIPS 206 is not published, not even as a draft for comment. [`Scheme::FnDsa512`] is what the
//! crate `fn-dsa` 0.4.0 implements: its author's best guess, of 22 July 2026, at that draft. From
//! Falcon-512 (specification 1.2, padded encoding: header `0x39`, 40-byte nonce, 666 bytes in all)
//! it differs in three things. The message is replaced by `μ = SHAKE256(SHAKE256(public key, 64) ‖
//! 0 ‖ len(ctx) ‖ ctx ‖ message, 64)`, which binds the key and the context. Bytes are in
//! little-endian order in key, signature and hash, where Falcon has big-endian. And the public key
//! is given by its values at the roots of x^512 + 1 rather than by its coefficients.
//! So no Falcon-512 tool verifies these signatures; the arithmetic is the same, which is how the
//! tests compare the two. See [`crate::scheme::Parameters::draft`] for what happens when the
//! standard comes.
//!
//! Falcon's signer samples with floating-point numbers. A deterministic signer that rounded
//! differently on two machines would publish two short vectors for one target and so leak its
//! key. `fn-dsa` gives bit-identical results on every platform, by IEEE-754 hardware or by
//! emulation; it is pinned here, and so are its outputs in the tests.

mod error;
mod fn_dsa_512;
mod hybrid;
mod ml_dsa;
mod slh_dsa;

pub use error::Error;

use crate::{
    context::Context,
    scheme::{Scheme, SEED_BYTES},
};
use alloc::vec::Vec;
use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The longest context string that FIPS 204 and FIPS 205 allow.
const MAX_CONTEXT_BYTES: usize = 255;

/// What goes into a signature's nonce besides the key and the message.
#[derive(Clone)]
pub enum Randomness {
    /// Nothing: one key and one message make one signature. For consensus.
    Deterministic,
    /// 32 fresh bytes from a cryptographic generator. For accounts.
    Hedged([u8; 32]),
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deterministic => "Deterministic",
            Self::Hedged(_) => "Hedged(32 bytes)",
        })
    }
}

impl Drop for Randomness {
    fn drop(&mut self) {
        if let Self::Hedged(bytes) = self {
            bytes.zeroize();
        }
    }
}

/// A secret key: the seed it came from and what the scheme expands it to. Both are wiped when the
/// key is dropped, and neither is ever printed.
pub struct SecretKey {
    scheme: Scheme,
    seed: Zeroizing<[u8; SEED_BYTES]>,
    public: Vec<u8>,
    expanded: Expanded,
}

/// The expanded key of a scheme. Every variant wipes itself when dropped.
enum Expanded {
    MlDsa44(ml_dsa::ml_dsa_44::SecretKey),
    MlDsa65(ml_dsa::ml_dsa_65::SecretKey),
    MlDsa87(ml_dsa::ml_dsa_87::SecretKey),
    SlhDsaShake128f(slh_dsa::shake_128f::SecretKey),
    SlhDsaShake128s(slh_dsa::shake_128s::SecretKey),
    FnDsa512(fn_dsa_512::SecretKey),
    Hybrid(hybrid::SecretKey),
}

impl SecretKey {
    /// The key that a seed makes. ML-DSA takes the seed as the ξ of FIPS 204; the other schemes
    /// expand it with SHAKE256 under a tag of their own.
    pub fn from_seed(scheme: Scheme, seed: &[u8; SEED_BYTES]) -> Result<Self, Error> {
        fn erased<K>(pair: (K, Vec<u8>), wrap: fn(K) -> Expanded) -> (Expanded, Vec<u8>) {
            (wrap(pair.0), pair.1)
        }
        let (expanded, public) = match scheme {
            Scheme::MlDsa44 => erased(ml_dsa::ml_dsa_44::generate(seed), Expanded::MlDsa44),
            Scheme::MlDsa65 => erased(ml_dsa::ml_dsa_65::generate(seed), Expanded::MlDsa65),
            Scheme::MlDsa87 => erased(ml_dsa::ml_dsa_87::generate(seed), Expanded::MlDsa87),
            Scheme::SlhDsaShake128f => erased(
                slh_dsa::shake_128f::generate(seed),
                Expanded::SlhDsaShake128f,
            ),
            Scheme::SlhDsaShake128s => erased(
                slh_dsa::shake_128s::generate(seed),
                Expanded::SlhDsaShake128s,
            ),
            Scheme::FnDsa512 => erased(fn_dsa_512::generate(seed), Expanded::FnDsa512),
            Scheme::HybridEd25519MlDsa65 => erased(hybrid::generate(seed), Expanded::Hybrid),
        };
        if public.len() != scheme.parameters().public_bytes {
            return Err(Error::KeyGeneration { scheme });
        }
        Ok(Self {
            scheme,
            seed: Zeroizing::new(*seed),
            public,
            expanded,
        })
    }

    /// The scheme that this key signs with.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The public key.
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// The seed that the key came from, for whoever stores it. It is as secret as the key.
    pub fn expose_seed(&self) -> &[u8; SEED_BYTES] {
        &self.seed
    }

    /// Signs a message for one use.
    pub fn sign(
        &self,
        context: Context,
        message: &[u8],
        randomness: Randomness,
    ) -> Result<Vec<u8>, Error> {
        self.sign_with_context_bytes(context.as_bytes(), message, &randomness)
    }

    /// Signs under any context string. For published test vectors, whose contexts are theirs.
    #[doc(hidden)]
    pub fn sign_with_context_bytes(
        &self,
        context: &[u8],
        message: &[u8],
        randomness: &Randomness,
    ) -> Result<Vec<u8>, Error> {
        check_context(context)?;
        let signature = match &self.expanded {
            Expanded::MlDsa44(key) => key.sign(context, message, randomness),
            Expanded::MlDsa65(key) => key.sign(context, message, randomness),
            Expanded::MlDsa87(key) => key.sign(context, message, randomness),
            Expanded::SlhDsaShake128f(key) => key.sign(context, message, randomness),
            Expanded::SlhDsaShake128s(key) => key.sign(context, message, randomness),
            Expanded::FnDsa512(key) => key.sign(context, message, randomness),
            Expanded::Hybrid(key) => key.sign(&self.public, context, message, randomness),
        };
        signature
            .filter(|bytes| bytes.len() == self.scheme.parameters().signature_bytes)
            .ok_or(Error::Signing {
                scheme: self.scheme,
            })
    }
}

impl ZeroizeOnDrop for SecretKey {}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SecretKey({}, seed of {} bytes, public key of {} bytes)",
            self.scheme,
            self.seed.len(),
            self.public.len()
        )
    }
}

/// Verifies a signature made for one use, with the fastest vetted implementation of the build.
pub fn verify(
    scheme: Scheme,
    public: &[u8],
    context: Context,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    verify_with_context_bytes(
        Implementation::Fastest,
        scheme,
        public,
        context.as_bytes(),
        message,
        signature,
    )
}

/// Verifies as a runtime without host functions does: by portable code only. It accepts exactly
/// what [`verify`] accepts.
pub fn verify_portable(
    scheme: Scheme,
    public: &[u8],
    context: Context,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    verify_with_context_bytes(
        Implementation::Portable,
        scheme,
        public,
        context.as_bytes(),
        message,
        signature,
    )
}

/// Which code verifies, where a scheme has two.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Implementation {
    /// With vector instructions where the machine has them.
    Fastest,
    /// Without.
    Portable,
}

/// Verifies under any context string. For published test vectors, whose contexts are theirs.
#[doc(hidden)]
pub fn verify_with_context_bytes(
    implementation: Implementation,
    scheme: Scheme,
    public: &[u8],
    context: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    check_lengths(scheme, public, signature)?;
    check_context(context)?;
    let verdict = match (scheme, implementation) {
        #[cfg(feature = "std")]
        (Scheme::MlDsa44, Implementation::Fastest) => {
            ml_dsa::ml_dsa_44::verify_native(public, context, message, signature)
        }
        #[cfg(feature = "std")]
        (Scheme::MlDsa65, Implementation::Fastest) => {
            ml_dsa::ml_dsa_65::verify_native(public, context, message, signature)
        }
        #[cfg(feature = "std")]
        (Scheme::MlDsa87, Implementation::Fastest) => {
            ml_dsa::ml_dsa_87::verify_native(public, context, message, signature)
        }
        (Scheme::MlDsa44, _) => {
            ml_dsa::ml_dsa_44::verify_portable(public, context, message, signature)
        }
        (Scheme::MlDsa65, _) => {
            ml_dsa::ml_dsa_65::verify_portable(public, context, message, signature)
        }
        (Scheme::MlDsa87, _) => {
            ml_dsa::ml_dsa_87::verify_portable(public, context, message, signature)
        }
        (Scheme::SlhDsaShake128f, _) => {
            slh_dsa::shake_128f::verify(public, context, message, signature)
        }
        (Scheme::SlhDsaShake128s, _) => {
            slh_dsa::shake_128s::verify(public, context, message, signature)
        }
        (Scheme::FnDsa512, _) => fn_dsa_512::verify(public, context, message, signature),
        (Scheme::HybridEd25519MlDsa65, _) => {
            hybrid::verify(implementation, public, context, message, signature)
        }
    };
    verdict.into_result(scheme)
}

/// What a backend says of a signature whose lengths are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Valid,
    Invalid,
    MalformedPublicKey,
}

impl Verdict {
    fn from_valid(valid: bool) -> Self {
        if valid {
            Self::Valid
        } else {
            Self::Invalid
        }
    }

    fn into_result(self, scheme: Scheme) -> Result<(), Error> {
        match self {
            Self::Valid => Ok(()),
            Self::Invalid => Err(Error::InvalidSignature { scheme }),
            Self::MalformedPublicKey => Err(Error::MalformedPublicKey { scheme }),
        }
    }
}

/// Checked before any backend sees the bytes: some of them would copy, hash or overrun first.
fn check_lengths(scheme: Scheme, public: &[u8], signature: &[u8]) -> Result<(), Error> {
    let parameters = scheme.parameters();
    if public.len() != parameters.public_bytes {
        return Err(Error::PublicKeyLength {
            scheme,
            expected: parameters.public_bytes,
            found: public.len(),
        });
    }
    if signature.len() != parameters.signature_bytes {
        return Err(Error::SignatureLength {
            scheme,
            expected: parameters.signature_bytes,
            found: signature.len(),
        });
    }
    Ok(())
}

fn check_context(context: &[u8]) -> Result<(), Error> {
    if context.len() > MAX_CONTEXT_BYTES {
        return Err(Error::ContextLength {
            maximum: MAX_CONTEXT_BYTES,
            found: context.len(),
        });
    }
    Ok(())
}
