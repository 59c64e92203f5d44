//! Addresses: where a note is sent.
//!
//! An address is an owner (32 bytes) and an ML-KEM-768 key (1,184 bytes). An account has as many as it
//! likes; each has an owner and a KEM key of its own, so that two payers who compare their
//! addresses cannot tell that they pay the same person.
//!
//! ```text
//! handle = BLAKE2b-256("Qloak.Address.v1"; owner ‖ KEM key)
//! text   = Bech32m("qshield", version ‖ owner ‖ KEM key ‖ first 8 bytes of handle)    1,974 characters
//! short  = Bech32m("qsh", handle)                                                  62 characters
//! ```
//!
//! The short handle is what people compare and what a directory is asked for. It fixes the whole
//! address: a directory that answers with another one is caught.

use crate::{
    element::{Digest, NotCanonical, SecretElements, DIGEST_BYTES},
    hash::PAYLOAD_ELEMENTS,
    text::{self, TextError},
};
use alloc::{boxed::Box, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use qloak_pq_crypto::kem::{Kem, KemSecretKey, SharedSecret};
use scale_info::TypeInfo;
use zeroize::ZeroizeOnDrop;

/// Bytes of an ML-KEM-768 public key (FIPS 203, table 3).
pub const KEM_PUBLIC_BYTES: usize = 1184;

/// Bytes of the seed `d ‖ z` of an ML-KEM-768 key (FIPS 203, section 3.3).
pub const KEM_SEED_BYTES: usize = 64;

/// Bytes of an address: owner and KEM key.
pub const ADDRESS_BYTES: usize = DIGEST_BYTES + KEM_PUBLIC_BYTES;

/// The diversifier `d` that makes one of an account's addresses: seven uniform elements.
pub type Diversifier = SecretElements<PAYLOAD_ELEMENTS>;

/// The mechanism that carries notes to addresses.
pub(crate) const KEM: Kem = Kem::MlKem768;

const HANDLE_PERSONAL: &[u8; 16] = b"Qloak.Address.v1";
const VERSION: u8 = 1;
const CHECK_BYTES: usize = 8;
const TEXT_BYTES: usize = 1 + ADDRESS_BYTES + CHECK_BYTES;

/// Why bytes or a text are no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is not well-formed.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The text is of a version that this software does not know.
    #[error("the address is of version {0}; this software knows version {VERSION}")]
    Version(u8),
    /// A mistake in the text that Bech32m did not find.
    #[error("the address is damaged: its check bytes do not fit")]
    Check,
    /// The owner is no digest.
    #[error("the address names no owner: {0}")]
    Owner(#[from] NotCanonical),
    /// The key is no ML-KEM-768 key: a coefficient of it is not below 3329.
    #[error("the address holds no ML-KEM-768 key")]
    KemKey,
}

/// The 32 bytes that stand for an address.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Handle(pub [u8; 32]);

impl Handle {
    /// How a handle's text begins.
    pub const PREFIX: &'static str = "qsh";
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&text::encode(Self::PREFIX, &self.0))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({self})")
    }
}

impl FromStr for Handle {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text::decode_array(Self::PREFIX, text).map(Self)
    }
}

/// Where a note is sent. Every value of this type has been checked: the owner's elements are
/// canonical and the key's coefficients are reduced, as section 7.2 of FIPS 203 asks.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    owner: Digest,
    kem: Box<[u8; KEM_PUBLIC_BYTES]>,
    handle: Handle,
}

impl Address {
    /// How an address's text begins.
    pub const PREFIX: &'static str = "qshield";

    /// The address of an owner and a KEM key.
    pub fn new(owner: Digest, kem: &[u8; KEM_PUBLIC_BYTES]) -> Result<Self, AddressError> {
        if !is_reduced(kem) {
            return Err(AddressError::KemKey);
        }
        let handle = handle(&owner, kem);
        Ok(Self {
            owner,
            kem: Box::new(*kem),
            handle,
        })
    }

    /// Who owns what is sent here.
    pub fn owner(&self) -> &Digest {
        &self.owner
    }

    /// The key that notes are encrypted to.
    pub fn kem_key(&self) -> &[u8; KEM_PUBLIC_BYTES] {
        &self.kem
    }

    /// The 32 bytes that stand for this address.
    pub fn handle(&self) -> Handle {
        self.handle
    }

    /// Owner and KEM key, 1,216 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(ADDRESS_BYTES);
        bytes.extend_from_slice(&self.owner.to_bytes());
        bytes.extend_from_slice(self.kem.as_slice());
        bytes
    }

    /// The address that 1,216 bytes encode.
    pub fn from_bytes(bytes: &[u8; ADDRESS_BYTES]) -> Result<Self, AddressError> {
        let mut owner = [0; DIGEST_BYTES];
        let mut kem = [0; KEM_PUBLIC_BYTES];
        owner.copy_from_slice(&bytes[..DIGEST_BYTES]);
        kem.copy_from_slice(&bytes[DIGEST_BYTES..]);
        Self::new(Digest::from_bytes(&owner)?, &kem)
    }
}

fn handle(owner: &Digest, kem: &[u8; KEM_PUBLIC_BYTES]) -> Handle {
    let mut hasher = blake2b_simd::Params::new()
        .hash_length(32)
        .personal(HANDLE_PERSONAL)
        .to_state();
    hasher.update(&owner.to_bytes()).update(kem);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hasher.finalize().as_bytes());
    Handle(bytes)
}

/// Whether each of the 768 coefficients, twelve bits each, is below q = 3329. The last 32 bytes are
/// the seed of the matrix and may be anything (FIPS 203, section 7.2).
fn is_reduced(kem: &[u8; KEM_PUBLIC_BYTES]) -> bool {
    const Q: u16 = 3329;
    const MATRIX_SEED_BYTES: usize = 32;
    kem[..KEM_PUBLIC_BYTES - MATRIX_SEED_BYTES]
        .as_chunks::<3>()
        .0
        .iter()
        .all(|&[a, b, c]| {
            let first = u16::from(a) | (u16::from(b & 15) << 8);
            let second = u16::from(b >> 4) | (u16::from(c) << 4);
            first < Q && second < Q
        })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::with_capacity(TEXT_BYTES);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.to_bytes());
        bytes.extend_from_slice(&self.handle.0[..CHECK_BYTES]);
        f.write_str(&text::encode(Self::PREFIX, &bytes))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.handle)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let bytes = text::decode(Self::PREFIX, text)?;
        // The version comes first, so that an address of a later version is not "too long".
        match bytes.first() {
            None | Some(&VERSION) => {}
            Some(&other) => return Err(AddressError::Version(other)),
        }
        let bytes =
            <[u8; TEXT_BYTES]>::try_from(bytes.as_slice()).map_err(|_| TextError::Length {
                expected: TEXT_BYTES,
                found: bytes.len(),
            })?;
        let mut body = [0; ADDRESS_BYTES];
        body.copy_from_slice(&bytes[1..=ADDRESS_BYTES]);
        let address = Self::from_bytes(&body)?;
        if address.handle.0[..CHECK_BYTES] != bytes[1 + ADDRESS_BYTES..] {
            return Err(AddressError::Check);
        }
        Ok(address)
    }
}

/// Fixed length, so 1,216 bytes without a prefix.
impl Encode for Address {
    fn size_hint(&self) -> usize {
        ADDRESS_BYTES
    }

    fn encode_to<O: codec::Output + ?Sized>(&self, out: &mut O) {
        out.write(&self.owner.to_bytes());
        out.write(self.kem.as_slice());
    }
}

impl Decode for Address {
    fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
        let bytes = <[u8; ADDRESS_BYTES]>::decode(input)?;
        Self::from_bytes(&bytes).map_err(|_| codec::Error::from("these bytes are no address"))
    }
}

impl DecodeWithMemTracking for Address {}

/// An address of one's own, with what reads the notes sent to it.
pub struct AddressSecret {
    index: u32,
    diversifier: Diversifier,
    kem: KemSecretKey,
    address: Address,
}

impl AddressSecret {
    pub(crate) fn new(
        index: u32,
        diversifier: Diversifier,
        owner: Digest,
        kem_seed: &[u8; KEM_SEED_BYTES],
    ) -> Self {
        #[allow(
            clippy::expect_used,
            reason = "the seed's length is the mechanism's, which a test asserts; nothing else can fail"
        )]
        let kem = KemSecretKey::from_seed(KEM, kem_seed).expect("the seed has 64 bytes");
        let mut public = Box::new([0; KEM_PUBLIC_BYTES]);
        public.copy_from_slice(kem.public_key());
        let handle = handle(&owner, &public);
        Self {
            index,
            diversifier,
            kem,
            address: Address {
                owner,
                kem: public,
                handle,
            },
        }
    }

    /// The address's number in its account.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The diversifier that the owner is made with, for the proof.
    pub fn diversifier(&self) -> &Diversifier {
        &self.diversifier
    }

    /// The address itself, which may be shown.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The secret that a ciphertext carries to this address. Another one, and not an error, if
    /// it was made for another address.
    pub(crate) fn decapsulate(
        &self,
        ciphertext: &[u8],
    ) -> Result<SharedSecret, qloak_pq_crypto::kem::Error> {
        self.kem.decapsulate(ciphertext)
    }
}

impl ZeroizeOnDrop for AddressSecret {}

impl fmt::Debug for AddressSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "AddressSecret({}, seed of {KEM_SEED_BYTES} bytes)",
            self.index
        )
    }
}

/// The text of bytes that claim to be an address, for tests of the decoder.
#[cfg(test)]
fn text_of(bytes: &[u8]) -> alloc::string::String {
    text::encode(Address::PREFIX, bytes)
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
