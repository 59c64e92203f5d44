//! From the seed of a recovery phrase to the seed of a scheme's key.
//!
//! `HKDF-SHA512(salt = "qloak/derive/v1", ikm = master, info = scheme ‖ (len ‖ junction)*)`,
//! 32 bytes, where `scheme` is the one-byte identifier and `len` the junction's length as a
//! four-byte little-endian number. The master is the 64-byte seed that BIP-39 makes of the phrase
//! and its passphrase.
//!
//! There are hard junctions only. A soft junction would derive a child's public key from its
//! parent's, which lattice and hash keys do not offer.

use crate::scheme::{Scheme, SEED_BYTES};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::{fmt, str::FromStr};
use hkdf::Hkdf;
use sha2::Sha512;
use zeroize::Zeroizing;

const SALT: &[u8] = b"qloak/derive/v1";

/// The most junctions that a path may have.
pub const MAX_JUNCTIONS: usize = 16;

/// The longest junction in bytes.
pub const MAX_JUNCTION_BYTES: usize = 64;

/// The development phrase of the Polkadot SDK. It is public: whatever its keys hold is anyone's.
pub const DEV_PHRASE: &str =
    "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

/// The BIP-39 seed of [`DEV_PHRASE`] with an empty passphrase.
pub const DEV_MASTER: [u8; 64] = [
    0x02, 0xd5, 0xcd, 0x1d, 0xb8, 0x5b, 0x4d, 0x13, 0x97, 0xd7, 0x89, 0x78, 0x06, 0x2a, 0x11, 0x60,
    0xe7, 0x6e, 0x94, 0xcc, 0x5a, 0xaa, 0xd3, 0x08, 0x96, 0x44, 0x84, 0x68, 0x65, 0xbb, 0x18, 0xfc,
    0x68, 0xdd, 0xf3, 0x83, 0x05, 0x9d, 0x3f, 0xe8, 0x29, 0x02, 0xa2, 0x03, 0xd6, 0x07, 0x90, 0xa8,
    0xc8, 0xab, 0x48, 0x8d, 0xe5, 0x01, 0x3d, 0x10, 0xa8, 0xa8, 0xbd, 0xed, 0x8d, 0x91, 0x74, 0xb9,
];

/// A derivation path such as `//Alice//0`: any number of hard junctions up to [`MAX_JUNCTIONS`].
/// The empty path is the phrase's own key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<String>);

/// What is wrong with a derivation path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The path does not begin with a junction.
    #[error("a derivation path begins with \"//\", as in //Alice//0")]
    MissingPrefix,
    /// A junction begins with one slash.
    #[error(
        "junction {position} is soft (one slash); post-quantum keys have hard junctions (//) only"
    )]
    SoftJunction {
        /// The junction's number, from 1.
        position: usize,
    },
    /// A junction has no name.
    #[error("junction {position} is empty")]
    EmptyJunction {
        /// The junction's number, from 1.
        position: usize,
    },
    /// A junction's name is too long.
    #[error("junction {position} is {found} bytes long; the limit is {MAX_JUNCTION_BYTES}")]
    JunctionTooLong {
        /// The junction's number, from 1.
        position: usize,
        /// Its length in bytes.
        found: usize,
    },
    /// There are too many junctions.
    #[error("the path has more than {MAX_JUNCTIONS} junctions")]
    TooManyJunctions,
}

impl Path {
    /// The junctions' names, without slashes.
    pub fn junctions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.starts_with('/') && !text.starts_with("//") {
            return Err(PathError::SoftJunction { position: 1 });
        }
        let names = text.strip_prefix("//").ok_or(PathError::MissingPrefix)?;
        let mut junctions = Vec::new();
        for (index, name) in names.split("//").enumerate() {
            if index == MAX_JUNCTIONS {
                return Err(PathError::TooManyJunctions);
            }
            check_junction(index + 1, name)?;
            junctions.push(name.to_owned());
        }
        Ok(Self(junctions))
    }
}

fn check_junction(position: usize, name: &str) -> Result<(), PathError> {
    if name.is_empty() {
        return Err(PathError::EmptyJunction { position });
    }
    // What `//` left behind is the single slash of a soft junction: after this one's name, or in
    // front of it where three slashes stood.
    if let Some(at) = name.find('/') {
        let position = if at == 0 { position } else { position + 1 };
        return Err(PathError::SoftJunction { position });
    }
    if name.len() > MAX_JUNCTION_BYTES {
        let found = name.len();
        return Err(PathError::JunctionTooLong { position, found });
    }
    Ok(())
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.junctions().try_for_each(|name| write!(f, "//{name}"))
    }
}

/// The seed of a scheme's key at a path under a master seed.
pub fn derive_seed(master: &[u8], scheme: Scheme, path: &Path) -> Zeroizing<[u8; SEED_BYTES]> {
    derive(master, scheme, path.junctions())
}

/// The seed of a development key: `//name` under [`DEV_PHRASE`]. A name may be a path in itself,
/// as `Alice//aura` is.
pub fn dev_seed(scheme: Scheme, name: &str) -> [u8; SEED_BYTES] {
    *derive(&DEV_MASTER, scheme, name.split("//"))
}

fn derive<'a>(
    master: &[u8],
    scheme: Scheme,
    junctions: impl Iterator<Item = &'a str>,
) -> Zeroizing<[u8; SEED_BYTES]> {
    let mut info = Vec::from([scheme.id()]);
    for name in junctions {
        info.extend_from_slice(&(name.len() as u32).to_le_bytes());
        info.extend_from_slice(name.as_bytes());
    }
    let mut seed = Zeroizing::new([0; SEED_BYTES]);
    #[allow(
        clippy::expect_used,
        reason = "HKDF-SHA512 refuses more than 255 blocks of 64 bytes; this asks for half a block"
    )]
    Hkdf::<Sha512>::new(Some(SALT), master)
        .expand(&info, seed.as_mut())
        .expect("32 bytes are within HKDF-SHA512's limit");
    seed
}
