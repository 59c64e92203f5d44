//! Field elements, digests of eight of them, and secrets made of them.
//!
//! The field has p = 2^31 - 2^24 + 1 elements (KoalaBear). An element is written as its canonical
//! representative, four bytes, little-endian. Anything that is p or more is refused, so that no
//! value has two encodings: two encodings of one nullifier would be two nullifiers to a storage
//! map.

use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, EncodeLike, Input, MaxEncodedLen, Output};
use core::fmt;
use p3_field::{integers::QuotientMap, PrimeCharacteristicRing, PrimeField32};
use p3_koala_bear::KoalaBear;
use scale_info::{build::Fields, Path, Type, TypeInfo};
use sha3::digest::XofReader;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// An element of the field of p = 2^31 - 2^24 + 1 elements.
pub type Element = KoalaBear;

/// The field's characteristic p = 2^31 - 2^24 + 1.
pub const MODULUS: u32 = KoalaBear::ORDER_U32;

/// Bytes of one element on the wire.
pub const ELEMENT_BYTES: usize = 4;

/// Elements in a digest.
pub const DIGEST_ELEMENTS: usize = 8;

/// Bytes of a digest on the wire.
pub const DIGEST_BYTES: usize = DIGEST_ELEMENTS * ELEMENT_BYTES;

/// Four bytes of an encoding are p or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("element {index} is {value}, which is not below the field's modulus {MODULUS}")]
pub struct NotCanonical {
    /// Which element, from 0.
    pub index: usize,
    /// What the four bytes say.
    pub value: u32,
}

/// The canonical representatives of elements, in their order, four little-endian bytes each.
pub fn write_elements(elements: &[Element], out: &mut [u8]) {
    for (element, bytes) in elements.iter().zip(out.chunks_exact_mut(ELEMENT_BYTES)) {
        bytes.copy_from_slice(&element.as_canonical_u32().to_le_bytes());
    }
}

/// The elements that [`write_elements`] wrote. Bytes beyond `4 * N` are not looked at, and missing
/// ones read as zero: callers pass arrays of the right length.
pub fn read_elements<const N: usize>(bytes: &[u8]) -> Result<[Element; N], NotCanonical> {
    read_canonical(bytes).map(|values| values.map(Element::from_u32))
}

fn read_canonical<const N: usize>(bytes: &[u8]) -> Result<[u32; N], NotCanonical> {
    let mut values = [0; N];
    let (quadruples, _) = bytes.as_chunks::<ELEMENT_BYTES>();
    for (index, (value, quadruple)) in values.iter_mut().zip(quadruples).enumerate() {
        *value = u32::from_le_bytes(*quadruple);
        if *value >= MODULUS {
            return Err(NotCanonical {
                index,
                value: *value,
            });
        }
    }
    Ok(values)
}

/// A number below p as an element, `None` for any other.
pub fn from_canonical(value: u32) -> Option<Element> {
    Element::from_canonical_checked(value)
}

/// Eight elements: what the compression function makes, and what names notes, nullifiers, owners
/// and tree nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [Element; DIGEST_ELEMENTS]);

impl Digest {
    /// Eight zeros: the leaf of the tree where no note is yet.
    pub const ZERO: Self = Self([Element::ZERO; DIGEST_ELEMENTS]);

    /// The digest's 32 bytes.
    pub fn to_bytes(&self) -> [u8; DIGEST_BYTES] {
        let mut bytes = [0; DIGEST_BYTES];
        write_elements(&self.0, &mut bytes);
        bytes
    }

    /// The digest that 32 bytes encode. Refused if an element of it is not below p.
    pub fn from_bytes(bytes: &[u8; DIGEST_BYTES]) -> Result<Self, NotCanonical> {
        read_elements(bytes).map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex: String = self
            .to_bytes()
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|nibble| char::from_digit(nibble.into(), 16))
            .collect();
        f.pad(&hex)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Encode for Digest {
    fn size_hint(&self) -> usize {
        DIGEST_BYTES
    }

    fn encode_to<O: Output + ?Sized>(&self, out: &mut O) {
        out.write(&self.to_bytes());
    }
}

impl EncodeLike for Digest {}

impl Decode for Digest {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        Self::from_bytes(&Decode::decode(input)?)
            .map_err(|_| codec::Error::from("a digest's element is not below the field's modulus"))
    }

    fn encoded_fixed_size() -> Option<usize> {
        Some(DIGEST_BYTES)
    }
}

impl DecodeWithMemTracking for Digest {}

impl MaxEncodedLen for Digest {
    fn max_encoded_len() -> usize {
        DIGEST_BYTES
    }
}

impl TypeInfo for Digest {
    type Identity = Self;

    fn type_info() -> Type {
        Type::builder()
            .path(Path::new("Digest", module_path!()))
            .composite(
                Fields::unnamed()
                    .field(|field| field.ty::<[u8; DIGEST_BYTES]>().type_name("[u8; 32]")),
            )
    }
}

/// Secret elements. They are kept as canonical integers, which can be wiped from memory.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretElements<const N: usize>([u32; N]);

impl<const N: usize> SecretElements<N> {
    /// `N` uniform elements from a stream of uniform bytes.
    ///
    /// Four bytes at a time, little-endian, without the highest bit; what is p or more is thrown
    /// away, which happens once in 128 times. The result is exactly uniform. How many
    /// candidates were thrown away shows in the time taken, and says nothing about those kept.
    pub(crate) fn sample(stream: &mut impl XofReader) -> Self {
        let mut values = Self([0; N]);
        for value in &mut values.0 {
            *value = sample_below_modulus(stream);
        }
        values
    }

    /// The elements that `4 * N` bytes encode.
    pub(crate) fn from_slice(bytes: &[u8]) -> Result<Self, NotCanonical> {
        read_canonical(bytes).map(Self)
    }

    /// Writes the encoding into `4 * N` bytes.
    pub(crate) fn write(&self, out: &mut [u8]) {
        for (value, bytes) in self.0.iter().zip(out.chunks_exact_mut(ELEMENT_BYTES)) {
            bytes.copy_from_slice(&value.to_le_bytes());
        }
    }

    /// The elements, for a computation. What holds them is not wiped.
    pub fn expose(&self) -> [Element; N] {
        self.0.map(Element::from_u32)
    }
}

impl<const N: usize> From<[Element; N]> for SecretElements<N> {
    fn from(elements: [Element; N]) -> Self {
        Self(elements.map(|element| element.as_canonical_u32()))
    }
}

impl<const N: usize> fmt::Debug for SecretElements<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretElements({N} elements)")
    }
}

fn sample_below_modulus(stream: &mut impl XofReader) -> u32 {
    loop {
        let mut bytes = [0; ELEMENT_BYTES];
        stream.read(&mut bytes);
        let candidate = u32::from_le_bytes(bytes) & (u32::MAX >> 1);
        bytes.zeroize();
        if candidate < MODULUS {
            return candidate;
        }
    }
}
