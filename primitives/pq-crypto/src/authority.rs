//! Authority keys: what blocks are sealed and finality votes are signed with.
//!
//! The consensus code of the SDK is generic over a key pair. Here is one whose public key is a
//! 32-byte *authority id*, `blake2_256("qloak/authority/v1" ‖ scheme ‖ key)`, and whose signature
//! carries the ML-DSA-65 key that hashes to it: 1,952 + 3,309 = 5,261 bytes. Ids stay small in
//! storage, headers and session keys; whoever verifies has the key at hand.
//!
//! * **Deterministic.** Every signature is ML-DSA with `rnd = 0` (FIPS 204, 3.4). GRANDPA signs a
//!   stored vote again after a restart and takes the same vote with another signature for an
//!   equivocation: hedged signing would get honest validators slashed.
//! * **Separated by purpose.** Each [`Purpose`] has its own FIPS 204 context string and its own
//!   crypto type id, by which the keystore knows which context to sign under. A seal never verifies
//!   as a vote, nor as a transaction.
//! * **Proof of possession** is the SDK's: a signature of `"POP_" ‖ owner` under the purpose's
//!   context. No seal or vote can be mistaken for one, since what those sign is no text with that
//!   prefix (a seal signs a 32-byte hash).

use alloc::{boxed::Box, vec::Vec};
use core::marker::PhantomData;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::{build::Fields, Path, Type, TypeInfo};
use sp_application_crypto::{KeyTypeId, RuntimePublic};
use sp_core::crypto::{
    ByteArray, CryptoType, CryptoTypeId, Derive, DeriveError, DeriveJunction, Pair as PairTrait,
    Public as PublicTrait, SecretStringError, Signature as SignatureTrait,
};
use sp_core::proof_of_possession::NonAggregatable;

use crate::account::authority_id;
use crate::context::Context;
use crate::host;
use crate::scheme::Scheme;
use crate::signing::{Randomness, SecretKey};

/// The scheme of authority keys.
pub const SCHEME: Scheme = Scheme::AUTHORITIES;
/// Bytes of the ML-DSA-65 key at the head of a signature.
pub const KEY_BYTES: usize = 1952;
/// Bytes of the ML-DSA-65 signature behind it.
pub const RAW_SIGNATURE_BYTES: usize = 3309;
/// Bytes of a [`Signature`].
pub const SIGNATURE_BYTES: usize = KEY_BYTES + RAW_SIGNATURE_BYTES;

const _: () = {
    assert!(KEY_BYTES == SCHEME.parameters().public_bytes);
    assert!(RAW_SIGNATURE_BYTES == SCHEME.parameters().signature_bytes);
};

/// What an authority key is for.
pub trait Purpose:
    Clone
    + PartialEq
    + Eq
    + PartialOrd
    + Ord
    + core::hash::Hash
    + core::fmt::Debug
    + Send
    + Sync
    + 'static
{
    /// The context that its signatures carry.
    const CONTEXT: Context;
    /// The id by which a keystore tells this purpose from others.
    const CRYPTO_ID: CryptoTypeId;
}

/// Sealing blocks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Seal;

impl Purpose for Seal {
    const CONTEXT: Context = Context::Seal;
    const CRYPTO_ID: CryptoTypeId = CryptoTypeId(*b"mlse");
}

/// Voting for blocks to be final.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Vote;

impl Purpose for Vote {
    const CONTEXT: Context = Context::Vote;
    const CRYPTO_ID: CryptoTypeId = CryptoTypeId(*b"mlvo");
}

/// The context that belongs to a crypto type id, or `None` if the id is not one of a [`Purpose`].
pub fn context_of(crypto_id: CryptoTypeId) -> Option<Context> {
    [
        (Seal::CRYPTO_ID, Seal::CONTEXT),
        (Vote::CRYPTO_ID, Vote::CONTEXT),
    ]
    .into_iter()
    .find_map(|(id, context)| (id == crypto_id).then_some(context))
}

/// An authority id: the hash of an ML-DSA-65 key, 32 bytes.
#[derive(
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
)]
pub struct Public<P>([u8; 32], PhantomData<P>);

impl<P> From<[u8; 32]> for Public<P> {
    fn from(id: [u8; 32]) -> Self {
        Self(id, PhantomData)
    }
}

impl<P> From<Public<P>> for [u8; 32] {
    fn from(public: Public<P>) -> Self {
        public.0
    }
}

impl<P> AsRef<[u8]> for Public<P> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<P> AsMut<[u8]> for Public<P> {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl<P> TryFrom<&[u8]> for Public<P> {
    type Error = ();

    fn try_from(bytes: &[u8]) -> Result<Self, ()> {
        bytes
            .try_into()
            .map(|id: [u8; 32]| id.into())
            .map_err(|_| ())
    }
}

impl<P: Purpose> ByteArray for Public<P> {
    const LEN: usize = 32;
}

impl<P> core::fmt::Debug for Public<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<P: 'static> TypeInfo for Public<P> {
    type Identity = [u8; 32];

    fn type_info() -> Type {
        Self::Identity::type_info()
    }
}

impl<P: Purpose> CryptoType for Public<P> {
    type Pair = Pair<P>;
}

impl<P: Purpose> Derive for Public<P> {}
impl<P: Purpose> PublicTrait for Public<P> {}

/// An ML-DSA-65 key and the signature that it made: 5,261 bytes, on the heap because the SDK moves
/// signatures by value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Signature<P>(Box<[u8; SIGNATURE_BYTES]>, PhantomData<P>);

impl<P> Signature<P> {
    fn parts(&self) -> (&[u8], &[u8]) {
        self.0.split_at(KEY_BYTES)
    }
}

impl<P> Encode for Signature<P> {
    fn size_hint(&self) -> usize {
        SIGNATURE_BYTES
    }

    fn encode_to<O: codec::Output + ?Sized>(&self, output: &mut O) {
        output.write(&self.0[..]);
    }
}

impl<P> codec::EncodeLike for Signature<P> {}

impl<P> Decode for Signature<P> {
    fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
        input.on_before_alloc_mem(SIGNATURE_BYTES)?;
        let mut bytes = Box::new([0; SIGNATURE_BYTES]);
        input.read(&mut bytes[..])?;
        Ok(Self(bytes, PhantomData))
    }
}

impl<P> DecodeWithMemTracking for Signature<P> {}

impl<P: 'static> TypeInfo for Signature<P> {
    type Identity = Self;

    /// The signature proper is described as two arrays, since tools that read metadata in JavaScript
    /// throw on arrays of more than 2,048 bytes. The encoding is the plain 5,261 bytes.
    fn type_info() -> Type {
        Type::builder()
            .path(Path::new("AuthoritySignature", module_path!()))
            .composite(
                Fields::named()
                    .field(|f| f.ty::<[u8; KEY_BYTES]>().name("public"))
                    .field(|f| f.ty::<[u8; 2048]>().name("signature_head"))
                    .field(|f| {
                        f.ty::<[u8; RAW_SIGNATURE_BYTES - 2048]>()
                            .name("signature_tail")
                    }),
            )
    }
}

impl<P> AsRef<[u8]> for Signature<P> {
    fn as_ref(&self) -> &[u8] {
        &self.0[..]
    }
}

impl<P> AsMut<[u8]> for Signature<P> {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0[..]
    }
}

impl<P> TryFrom<&[u8]> for Signature<P> {
    type Error = ();

    fn try_from(bytes: &[u8]) -> Result<Self, ()> {
        let boxed: Box<[u8]> = bytes.into();
        boxed
            .try_into()
            .map(|array| Self(array, PhantomData))
            .map_err(|_| ())
    }
}

impl<P: Purpose> ByteArray for Signature<P> {
    const LEN: usize = SIGNATURE_BYTES;
}

impl<P> core::fmt::Debug for Signature<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AuthoritySignature({SIGNATURE_BYTES} B)")
    }
}

impl<P: Purpose> CryptoType for Signature<P> {
    type Pair = Pair<P>;
}

impl<P: Purpose> SignatureTrait for Signature<P> {}

/// An authority's secret key with its id.
pub struct Pair<P> {
    secret: SecretKey,
    seed: zeroize::Zeroizing<[u8; 32]>,
    public: Public<P>,
}

impl<P: Purpose> Clone for Pair<P> {
    fn clone(&self) -> Self {
        Self::from_seed(&self.seed)
    }
}

impl<P> core::fmt::Debug for Pair<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Pair({:?}, secret not shown)", self.public)
    }
}

impl<P: Purpose> CryptoType for Pair<P> {
    type Pair = Self;
}

impl<P: Purpose> NonAggregatable for Pair<P> {}

impl<P: Purpose> Pair<P> {
    /// Signs `message` under the purpose's context, deterministically. `None` only if ML-DSA's
    /// rejection sampling fails, which takes more rounds than will ever be run.
    pub fn try_sign(&self, message: &[u8]) -> Option<Signature<P>> {
        let raw = self
            .secret
            .sign(P::CONTEXT, message, Randomness::Deterministic)
            .ok()?;
        let mut bytes = Vec::with_capacity(SIGNATURE_BYTES);
        bytes.extend_from_slice(self.secret.public_key());
        bytes.extend_from_slice(&raw);
        Signature::try_from(&bytes[..]).ok()
    }
}

impl<P: Purpose> PairTrait for Pair<P> {
    type Public = Public<P>;
    type Seed = [u8; 32];
    type Signature = Signature<P>;
    type ProofOfPossession = Signature<P>;

    fn derive<Iter: Iterator<Item = DeriveJunction>>(
        &self,
        path: Iter,
        _seed: Option<[u8; 32]>,
    ) -> Result<(Self, Option<[u8; 32]>), DeriveError> {
        let mut seed = *self.seed;
        for junction in path {
            let DeriveJunction::Hard(chain_code) = junction else {
                return Err(DeriveError::SoftKeyInPath);
            };
            seed = (b"qloak/authority-derive/v1", seed, chain_code)
                .using_encoded(sp_io::hashing::blake2_256);
        }
        Ok((Self::from_seed(&seed), Some(seed)))
    }

    fn from_seed_slice(seed: &[u8]) -> Result<Self, SecretStringError> {
        let seed: [u8; 32] = seed
            .try_into()
            .map_err(|_| SecretStringError::InvalidSeedLength)?;
        let secret =
            SecretKey::from_seed(SCHEME, &seed).map_err(|_| SecretStringError::InvalidSeed)?;
        let public = authority_id(SCHEME, secret.public_key()).into();
        Ok(Self {
            secret,
            seed: seed.into(),
            public,
        })
    }

    #[cfg(feature = "full_crypto")]
    fn sign(&self, message: &[u8]) -> Signature<P> {
        #[allow(
            clippy::expect_used,
            reason = "the trait has no error, and FIPS 204 bounds the failure at 2^-256"
        )]
        self.try_sign(message)
            .expect("ML-DSA signing ends within its rejection bound; qed")
    }

    fn verify<M: AsRef<[u8]>>(signature: &Signature<P>, message: M, public: &Public<P>) -> bool {
        let (key, raw) = signature.parts();
        authority_id(SCHEME, key) == public.0
            && host::verify(SCHEME, key, P::CONTEXT, message.as_ref(), raw)
    }

    fn public(&self) -> Public<P> {
        self.public.clone()
    }

    fn to_raw_vec(&self) -> Vec<u8> {
        self.seed.to_vec()
    }
}

impl<P: Purpose> RuntimePublic for Public<P> {
    type Signature = Signature<P>;
    type ProofOfPossession = Signature<P>;

    fn all(key_type: KeyTypeId) -> Vec<Self> {
        host::pq_keystore::keys(key_type)
            .into_iter()
            .map(Self::from)
            .collect()
    }

    fn generate_pair(key_type: KeyTypeId, seed: Option<Vec<u8>>) -> Self {
        host::pq_keystore::generate(key_type, seed).into()
    }

    fn sign<M: AsRef<[u8]>>(&self, key_type: KeyTypeId, message: &M) -> Option<Signature<P>> {
        let CryptoTypeId(crypto_id) = P::CRYPTO_ID;
        let bytes = host::pq_keystore::sign(key_type, crypto_id, &self.0, message.as_ref())?;
        Signature::try_from(&bytes[..]).ok()
    }

    fn verify<M: AsRef<[u8]>>(&self, message: &M, signature: &Signature<P>) -> bool {
        <Pair<P> as PairTrait>::verify(signature, message, self)
    }

    fn generate_proof_of_possession(
        &mut self,
        key_type: KeyTypeId,
        owner: &[u8],
    ) -> Option<Signature<P>> {
        let statement = Pair::<P>::proof_of_possession_statement(owner);
        RuntimePublic::sign(self, key_type, &statement)
    }

    fn verify_proof_of_possession(&self, owner: &[u8], proof: &Signature<P>) -> bool {
        let statement = Pair::<P>::proof_of_possession_statement(owner);
        RuntimePublic::verify(self, &statement, proof)
    }

    fn to_raw_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

/// Declares the key pair of a purpose in the form that the SDK's consensus code takes.
macro_rules! application_keys {
    ($(#[$about:meta])* $module:ident, $purpose:ident, $key_type:ident) => {
        $(#[$about])*
        pub mod $module {
            mod scheme {
                use super::super::{Purpose, $purpose};

                pub const CRYPTO_ID: sp_core::crypto::CryptoTypeId = $purpose::CRYPTO_ID;
                pub type Public = super::super::Public<$purpose>;
                pub type Signature = super::super::Signature<$purpose>;
                pub type ProofOfPossession = Signature;
                pub type Pair = super::super::Pair<$purpose>;
            }

            #[allow(
                missing_docs,
                reason = "the macro documents what it makes in its own words"
            )]
            mod app {
                use super::scheme;

                sp_application_crypto::app_crypto!(
                    scheme,
                    sp_application_crypto::key_types::$key_type
                );
            }

            /// An authority, 32 bytes.
            pub type AuthorityId = app::Public;
            /// What it signs with, 5,261 bytes.
            pub type AuthoritySignature = app::Signature;
            /// Its key pair.
            pub type AuthorityPair = app::Pair;
        }
    };
}

application_keys! {
    /// The keys of AURA, by which blocks are sealed.
    aura, Seal, AURA
}
application_keys! {
    /// The keys of GRANDPA, by which votes for finality are signed.
    grandpa, Vote, GRANDPA
}
