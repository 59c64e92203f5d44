//! The signature schemes and the one table of their sizes and security levels.

use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;

/// Length of the seed from which the secret key of every scheme is made.
pub const SEED_BYTES: usize = 32;

/// The longest public key of any scheme (ML-DSA-87).
pub const MAX_PUBLIC_BYTES: usize = 2592;

/// The longest signature of any scheme (SLH-DSA-SHAKE-128f).
pub const MAX_SIGNATURE_BYTES: usize = 17_088;

/// A signature scheme.
#[derive(
    Clone,
    Copy,
    Debug,
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Scheme {
    /// ML-DSA-44 of FIPS 204.
    #[codec(index = 0)]
    #[cfg_attr(feature = "serde", serde(rename = "ml-dsa-44"))]
    MlDsa44,
    /// ML-DSA-65 of FIPS 204, the default.
    #[codec(index = 1)]
    #[cfg_attr(feature = "serde", serde(rename = "ml-dsa-65"))]
    MlDsa65,
    /// ML-DSA-87 of FIPS 204.
    #[codec(index = 2)]
    #[cfg_attr(feature = "serde", serde(rename = "ml-dsa-87"))]
    MlDsa87,
    /// SLH-DSA-SHAKE-128f of FIPS 205: hash-based, the faster signer of the two.
    #[codec(index = 3)]
    #[cfg_attr(feature = "serde", serde(rename = "slh-dsa-shake-128f"))]
    SlhDsaShake128f,
    /// SLH-DSA-SHAKE-128s of FIPS 205: hash-based, the shorter signatures of the two.
    #[codec(index = 4)]
    #[cfg_attr(feature = "serde", serde(rename = "slh-dsa-shake-128s"))]
    SlhDsaShake128s,
    /// FN-DSA-512, the coming standard of Falcon-512. A draft: see [`Parameters::draft`].
    #[codec(index = 5)]
    #[cfg_attr(feature = "serde", serde(rename = "fn-dsa-512"))]
    FnDsa512,
    /// Ed25519 and ML-DSA-65, of which both must verify.
    #[codec(index = 6)]
    #[cfg_attr(feature = "serde", serde(rename = "hybrid-ed25519-ml-dsa-65"))]
    HybridEd25519MlDsa65,
}

/// The sizes and the strength of a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The scheme's name in commands, files and messages.
    pub name: &'static str,
    /// Length of a public key in bytes.
    pub public_bytes: usize,
    /// Length of a signature in bytes. Every scheme's is fixed.
    pub signature_bytes: usize,
    /// NIST's security category, 1 to 5.
    pub security_category: u8,
    /// The classical key search, in bits, that the category is defined by.
    pub security_bits: u16,
    /// Whether the scheme follows a standard that is not final. Keys and signatures of a draft are
    /// valid on this chain for as long as this version of the scheme is on it. The final standard
    /// may encode, hash or separate differently, and then becomes a scheme of its own here, with
    /// its own identifier; nothing made under the draft will verify as the final one.
    pub draft: bool,
    /// Where the sizes and the category are printed.
    pub source: &'static str,
}

/// Sizes, levels and sources, in the order of the scheme identifiers.
const PARAMETERS: [Parameters; 7] = [
    Parameters {
        name: "ml-dsa-44",
        public_bytes: 1312,
        signature_bytes: 2420,
        security_category: 2,
        security_bits: 128,
        draft: false,
        source: "FIPS 204, tables 1 and 2",
    },
    Parameters {
        name: "ml-dsa-65",
        public_bytes: 1952,
        signature_bytes: 3309,
        security_category: 3,
        security_bits: 192,
        draft: false,
        source: "FIPS 204, tables 1 and 2",
    },
    Parameters {
        name: "ml-dsa-87",
        public_bytes: MAX_PUBLIC_BYTES,
        signature_bytes: 4627,
        security_category: 5,
        security_bits: 256,
        draft: false,
        source: "FIPS 204, tables 1 and 2",
    },
    Parameters {
        name: "slh-dsa-shake-128f",
        public_bytes: 32,
        signature_bytes: MAX_SIGNATURE_BYTES,
        security_category: 1,
        security_bits: 128,
        draft: false,
        source: "FIPS 205, table 2",
    },
    Parameters {
        name: "slh-dsa-shake-128s",
        public_bytes: 32,
        signature_bytes: 7856,
        security_category: 1,
        security_bits: 128,
        draft: false,
        source: "FIPS 205, table 2",
    },
    Parameters {
        name: "fn-dsa-512",
        public_bytes: 897,
        signature_bytes: 666,
        security_category: 1,
        security_bits: 128,
        draft: true,
        source: "Falcon specification 1.2 (1 October 2020), table 3.3; FIPS 206 is not published",
    },
    Parameters {
        name: "hybrid-ed25519-ml-dsa-65",
        public_bytes: 32 + 1952,
        signature_bytes: 64 + 3309,
        security_category: 3,
        security_bits: 192,
        draft: false,
        source: "RFC 8032, section 5.1, and FIPS 204, tables 1 and 2",
    },
];

impl Scheme {
    /// Every scheme, in the order of the identifiers.
    pub const ALL: [Self; 7] = [
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
        Self::SlhDsaShake128f,
        Self::SlhDsaShake128s,
        Self::FnDsa512,
        Self::HybridEd25519MlDsa65,
    ];

    /// The scheme of authority keys, which seal blocks and vote.
    pub const AUTHORITIES: Self = Self::MlDsa65;

    /// The sizes and the strength of this scheme.
    pub const fn parameters(self) -> &'static Parameters {
        &PARAMETERS[self.id() as usize]
    }

    /// The identifier that stands for this scheme in hashes and encodings.
    pub const fn id(self) -> u8 {
        match self {
            Self::MlDsa44 => 0,
            Self::MlDsa65 => 1,
            Self::MlDsa87 => 2,
            Self::SlhDsaShake128f => 3,
            Self::SlhDsaShake128s => 4,
            Self::FnDsa512 => 5,
            Self::HybridEd25519MlDsa65 => 6,
        }
    }

    /// The scheme with the given identifier.
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.get(usize::from(id)).copied()
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.parameters().name)
    }
}

/// A name that no scheme has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no signature scheme \"{name}\"; the schemes are ml-dsa-44, ml-dsa-65, ml-dsa-87, slh-dsa-shake-128f, slh-dsa-shake-128s, fn-dsa-512 and hybrid-ed25519-ml-dsa-65")]
pub struct UnknownScheme {
    /// The first characters of what was given.
    pub name: String,
}

impl FromStr for Scheme {
    type Err = UnknownScheme;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        // The message quotes the input, so it must not be as long as the sender likes.
        const QUOTED_CHARS: usize = 32;
        Self::ALL
            .into_iter()
            .find(|scheme| scheme.parameters().name == name)
            .ok_or_else(|| UnknownScheme {
                name: name.chars().take(QUOTED_CHARS).collect(),
            })
    }
}
