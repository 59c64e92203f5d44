//! Account ids and the SS58 addresses that people exchange.
//!
//! SS58 is base58 of a network prefix, the 32-byte account id and two bytes of a BLAKE2b-512
//! checksum. The id of a post-quantum account is the hash of its first key
//! ([`qloak_pq_crypto::account`]), so an address has 49 characters although keys have 2 kB.
//!
//! The prefix is Qloak's own, and the wallet does not ask a node for it: the holder of an address of
//! another network has a key that signs nothing here, and what is paid to it is lost.

use std::fmt;

/// The prefix of Qloak's addresses.
pub const DEFAULT_PREFIX: u16 = qloak_pq_crypto::account::SS58_PREFIX;
/// What every address under [`DEFAULT_PREFIX`] begins with.
const BEGINNING: &str = "qk";
/// Longer texts are no addresses; checked before base58, whose cost grows with the square.
const MAX_TEXT: usize = 100;
const CHECKSUM_BYTES: usize = 2;
/// So much of a shielded address is repeated in an error. A handle is longer.
const MAX_SHOWN: usize = 24;

/// A 32-byte account id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, codec::Encode, codec::Decode)]
pub struct AccountId(pub [u8; 32]);

impl AccountId {
    /// The SS58 address under a network prefix.
    pub fn to_address(self, prefix: u16) -> String {
        let mut bytes = prefix_bytes(prefix);
        bytes.extend_from_slice(&self.0);
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum[..CHECKSUM_BYTES]);
        bs58::encode(bytes).into_string()
    }

    /// The id in hexadecimal with `0x`.
    pub fn to_hex(self) -> String {
        format!("0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_address(DEFAULT_PREFIX))
    }
}

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not the length or the alphabet of an address.
    #[error("`{0}` is neither an SS58 address nor 0x and 64 hexadecimal digits")]
    Malformed(String),
    /// An address or a handle of the shielded pool.
    #[error("`{0}` is a shielded address, and this is for public accounts. Pay to it by qloak send (out of the shielded pool) or qloak shield (out of a public account)")]
    Shielded(String),
    /// The checksum does not match: a typing error.
    #[error("the checksum of `{0}` is wrong: a character was lost or changed")]
    Checksum(String),
    /// An address of another network.
    #[error(
        "`{address}` is an address of {}, and its key could not spend what it gets here. Qloak's \
         addresses begin with {BEGINNING} (SS58 prefix {expected}): ask for one", network_of(*found)
    )]
    OtherNetwork {
        /// The address as written.
        address: String,
        /// Its prefix.
        found: u16,
        /// Qloak's prefix.
        expected: u16,
    },
}

/// The network of an SS58 prefix in words, as far as people meet it.
fn network_of(prefix: u16) -> String {
    let name = match prefix {
        0 => "Polkadot",
        2 => "Kusama",
        42 => "Substrate chains in general",
        _ => "another network",
    };
    format!("{name} (SS58 prefix {prefix})")
}

/// Reads an SS58 address or a raw id (`0x` and 64 digits); the prefix is that of the address, if it has one.
///
/// # Errors
/// [`AddressError`], with the text in it.
pub fn parse(text: &str) -> Result<(AccountId, Option<u16>), AddressError> {
    let malformed = || AddressError::Malformed(text.chars().take(MAX_TEXT).collect());
    if is_shielded(text) {
        let mut start: String = text.chars().take(MAX_SHOWN).collect();
        if start.len() < text.len() {
            start.push('…');
        }
        return Err(AddressError::Shielded(start));
    }
    if text.len() > MAX_TEXT {
        return Err(malformed());
    }
    if let Some(digits) = text.strip_prefix("0x") {
        let mut id = [0; 32];
        hex::decode_to_slice(digits, &mut id).map_err(|_| malformed())?;
        return Ok((AccountId(id), None));
    }
    let bytes = bs58::decode(text).into_vec().map_err(|_| malformed())?;
    let (prefix, prefix_length) = read_prefix(&bytes).ok_or_else(malformed)?;
    if bytes.len() != prefix_length + 32 + CHECKSUM_BYTES {
        return Err(malformed());
    }
    let (payload, sum) = bytes.split_at(prefix_length + 32);
    if sum != &checksum(payload)[..CHECKSUM_BYTES] {
        return Err(AddressError::Checksum(text.into()));
    }
    let mut id = [0; 32];
    id.copy_from_slice(&payload[prefix_length..]);
    Ok((AccountId(id), Some(prefix)))
}

/// Whether a text is written like a shielded address, or the handle of one (`docs/spec/shielded.md`).
fn is_shielded(text: &str) -> bool {
    let begins = |prefix: &str| {
        let start = text.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    begins("qshield1") || (begins("qsh1") && text.len() > MAX_SHOWN)
}

/// Like [`parse`], and refuses the address of another network.
///
/// # Errors
/// [`AddressError`], with the text in it.
pub fn parse_for(text: &str, expected: u16) -> Result<AccountId, AddressError> {
    match parse(text)? {
        (_, Some(found)) if found != expected => Err(AddressError::OtherNetwork {
            address: text.into(),
            found,
            expected,
        }),
        (id, _) => Ok(id),
    }
}

fn checksum(payload: &[u8]) -> [u8; 64] {
    let mut message = b"SS58PRE".to_vec();
    message.extend_from_slice(payload);
    sp_crypto_hashing::blake2_512(&message)
}

/// Prefixes below 64 take one byte; the others two, with the bits in SS58's own order.
fn prefix_bytes(prefix: u16) -> Vec<u8> {
    let prefix = prefix & 0x3fff;
    if prefix < 64 {
        return vec![prefix as u8];
    }
    let first = ((prefix & 0x00fc) >> 2) as u8 | 0x40;
    let second = (prefix >> 8) as u8 | ((prefix & 0x0003) << 6) as u8;
    vec![first, second]
}

fn read_prefix(bytes: &[u8]) -> Option<(u16, usize)> {
    match *bytes.first()? {
        simple @ 0..=63 => Some((u16::from(simple), 1)),
        first @ 64..=127 => {
            let second = *bytes.get(1)?;
            let lower = (first << 2) | (second >> 6);
            Some((u16::from(lower) | (u16::from(second & 0x3f) << 8), 2))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use proptest::prelude::*;

    /// The SDK's well-known sr25519 Alice.
    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    const ALICE_HEX: &str = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

    #[test]
    fn every_address_of_ours_begins_alike() {
        // The least and the greatest of 36 bytes behind the prefix.
        for (id, sum) in [([0; 32], [0; 2]), ([0xff; 32], [0xff; 2])] {
            let bytes = [&prefix_bytes(DEFAULT_PREFIX)[..], &id, &sum].concat();
            let text = bs58::encode(bytes).into_string();
            assert!(text.starts_with(BEGINNING) && text.len() == 49, "{text}");
        }
    }

    #[test]
    fn the_address_of_the_specification() {
        let specification = include_str!("../../docs/spec/accounts.md");
        let cell = |name: &str| {
            let (_, rest) = specification.split_once(&format!("| {name} | `")).unwrap();
            rest.split_once('`').unwrap().0.to_owned()
        };
        let (id, _) = parse(&format!("0x{}", cell("account id"))).unwrap();
        assert_eq!(id.to_address(DEFAULT_PREFIX), cell("address"));
    }

    #[test]
    fn an_address_of_another_network_is_refused_by_name() {
        let refused = parse_for(ALICE, DEFAULT_PREFIX).unwrap_err().to_string();
        for part in [
            "Substrate chains in general (SS58 prefix 42)",
            "begin with qk",
        ] {
            assert!(refused.contains(part), "{refused}");
        }
        let (id, _) = parse(ALICE).unwrap();
        let polkadot = id.to_address(0);
        let refused = parse_for(&polkadot, DEFAULT_PREFIX).unwrap_err();
        assert!(refused.to_string().contains("of Polkadot"), "{refused}");
        let ours = id.to_address(DEFAULT_PREFIX);
        assert_eq!(ours, "qk9XWhtwZ51rMdkNxCEmNfHRJTaqqxK76vma3kMBR4LVKvuHY");
        assert_eq!(parse_for(&ours, DEFAULT_PREFIX), Ok(id));
    }

    #[test]
    fn agrees_with_the_sdk() {
        let (id, prefix) = parse(ALICE).unwrap();
        assert_eq!((id.to_hex().as_str(), prefix), (ALICE_HEX, Some(42)));
        assert_eq!(parse(ALICE_HEX).unwrap(), (id, None));
        assert_eq!(id.to_address(42), ALICE);
        // Polkadot's prefix 0 and a two-byte one (255), from the SDK's registry.
        assert_eq!(
            id.to_address(0),
            "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5"
        );
        assert_eq!(parse(&id.to_address(255)).unwrap(), (id, Some(255)));
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        let typo = ALICE.replace("KutQY", "KutQZ");
        assert_eq!(parse(&typo), Err(AddressError::Checksum(typo.clone())));
        for text in [
            "",
            "alice",
            "0x00",
            "5Grwva0",
            &ALICE[..40],
            &"1".repeat(101),
        ] {
            assert!(
                matches!(parse(text), Err(AddressError::Malformed(_))),
                "{text}"
            );
        }
        assert_eq!(
            parse_for(ALICE, 7),
            Err(AddressError::OtherNetwork {
                address: ALICE.into(),
                found: 42,
                expected: 7
            })
        );
        assert!(parse_for(ALICE_HEX, 7).is_ok());
    }

    #[test]
    fn a_shielded_address_is_called_that() {
        let address = format!("qshield1{}", "q".repeat(1_966));
        let handle = format!("qsh1{}", "q".repeat(58));
        for text in [&address, &handle, &address.to_uppercase()] {
            let refused = parse(text);
            assert!(matches!(refused, Err(AddressError::Shielded(_))), "{text}");
            let text = refused.unwrap_err().to_string();
            assert!(text.contains("qloak send") && text.len() < 250, "{text}");
        }
        // A name may begin like one.
        assert!(matches!(parse("qsh1ops"), Err(AddressError::Malformed(_))));
    }

    proptest! {
        #[test]
        fn writing_and_reading_are_inverse(id: [u8; 32], prefix in 0u16..16384) {
            prop_assert_eq!(parse(&AccountId(id).to_address(prefix)), Ok((AccountId(id), Some(prefix))));
        }

        #[test]
        fn no_text_panics(text in ".{0,120}") {
            let _ = parse(&text);
        }
    }
}
