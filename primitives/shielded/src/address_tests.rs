#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::{
    element::MODULUS,
    keys::IncomingViewingKey,
    test_support::{alice, digest},
};
use alloc::{format, string::ToString};
use proptest::prelude::*;
use qloak_pq_crypto::kem;

fn incoming() -> IncomingViewingKey {
    alice().full_viewing_key().incoming()
}

fn address() -> Address {
    incoming().address(0).address().clone()
}

#[test]
fn the_lengths_are_fips_203s() {
    let parameters = KEM.parameters();
    assert_eq!(parameters.public_bytes, KEM_PUBLIC_BYTES);
    assert_eq!(parameters.seed_bytes, KEM_SEED_BYTES);
}

#[test]
fn texts_come_back() {
    let address = address();
    let text = address.to_string();
    assert!(text.starts_with("qshield1"));
    assert_eq!(text.len(), 1974);
    assert_eq!(text.parse(), Ok(address.clone()));
    assert_eq!(text.to_uppercase().parse(), Ok(address.clone()));
    let short = address.handle().to_string();
    assert!(short.starts_with("qsh1"));
    assert_eq!(short.len(), 62);
    assert_eq!(short.parse(), Ok(address.handle()));
    assert_eq!(
        Address::decode(&mut address.encode().as_slice()),
        Ok(address)
    );
}

#[test]
fn text_of_another_kind_is_refused() {
    assert!(matches!(
        address().to_string().parse::<Handle>(),
        Err(TextError::Prefix { .. })
    ));
    assert_eq!(
        "q".repeat(MAX_TEXT + 1).parse::<Address>(),
        Err(TextError::TooLong {
            found: MAX_TEXT + 1
        }
        .into())
    );
}

const MAX_TEXT: usize = crate::MAX_TEXT_CHARS;

fn parts() -> Vec<u8> {
    let address = address();
    let mut bytes = alloc::vec![VERSION];
    bytes.extend_from_slice(&address.to_bytes());
    bytes.extend_from_slice(&address.handle().0[..CHECK_BYTES]);
    bytes
}

/// Each check of the decoder, broken alone.
#[test]
fn each_mistake_has_its_error() {
    assert_eq!(text_of(&parts()).parse(), Ok(address()));
    let mut bytes = parts();
    bytes[0] = 2;
    assert_eq!(
        text_of(&bytes).parse::<Address>(),
        Err(AddressError::Version(2))
    );
    let mut bytes = parts();
    bytes.pop();
    assert!(matches!(
        text_of(&bytes).parse::<Address>(),
        Err(AddressError::Text(TextError::Length { .. }))
    ));
    let mut bytes = parts();
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(text_of(&bytes).parse::<Address>(), Err(AddressError::Check));
    let mut bytes = parts();
    bytes[1..5].copy_from_slice(&MODULUS.to_le_bytes());
    assert!(matches!(
        text_of(&bytes).parse::<Address>(),
        Err(AddressError::Owner(_))
    ));
    let mut bytes = parts();
    bytes[33..36].copy_from_slice(&[0xff; 3]);
    assert_eq!(
        text_of(&bytes).parse::<Address>(),
        Err(AddressError::KemKey)
    );
    assert!(Address::decode(&mut &bytes[1..1 + ADDRESS_BYTES]).is_err());
}

/// Two texts that differ in the padding bits of the last character before the checksum.
#[test]
fn a_text_with_stray_bits_is_refused() {
    use bech32::{primitives::iter::Fe32IterExt, Bech32m, Fe32, Hrp};
    let hrp = Hrp::parse_unchecked(Handle::PREFIX);
    let mut characters: Vec<Fe32> = {
        use bech32::primitives::iter::ByteIterExt;
        address()
            .handle()
            .0
            .iter()
            .copied()
            .bytes_to_fes()
            .collect()
    };
    let text = |characters: &[Fe32]| -> String {
        characters
            .iter()
            .copied()
            .with_checksum::<Bech32m>(&hrp)
            .chars()
            .collect()
    };
    assert!(text(&characters).parse::<Handle>().is_ok());
    // 32 bytes are 51.2 characters: four bits of the 52nd are padding.
    let last = characters.last_mut().unwrap();
    *last = Fe32::try_from(last.to_u8() | 1).unwrap();
    assert_eq!(text(&characters).parse::<Handle>(), Err(TextError::Damaged));
}

/// Two errors 1,023 characters apart are beyond Bech32m: the order of its generator's root is
/// 1,023, so that the same change at both ends cancels. The check bytes find it.
#[test]
fn errors_that_bech32m_misses_are_found() {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let text = address().to_string();
    let change = |character: u8, by: usize| {
        let value = ALPHABET.iter().position(|c| *c == character).unwrap();
        ALPHABET[value ^ by]
    };
    // In the matrix seed, where every value is a value; 1,023 earlier are coefficients.
    let mut found = 0;
    for by in 1..32 {
        let mut bytes = text.clone().into_bytes();
        for at in [900, 900 + 1023] {
            bytes[at] = change(bytes[at], by);
        }
        let damaged = String::from_utf8(bytes).unwrap();
        assert!(text::decode(Address::PREFIX, &damaged).is_ok());
        match damaged.parse::<Address>().unwrap_err() {
            AddressError::Check => found += 1,
            AddressError::KemKey => {}
            other => panic!("{other}"),
        }
    }
    assert!(found > 0);
}

/// Our check of coefficients is the library's.
#[test]
fn malformed_kem_keys_are_those_that_the_library_refuses() {
    let key = *address().kem_key();
    for (at, bytes) in [
        (0, [0x00, 0x0d, 0x00]),
        (0, [0x01, 0x0d, 0x00]),
        (0, [0x00, 0x00, 0xd0]),
        (0, [0x00, 0x10, 0xd0]),
        (1149, [0x01, 0x0d, 0x00]),
        (1149, [0x00, 0x10, 0xd0]),
        (1152, [0xff; 3]),
        (1181, [0xff; 3]),
    ] {
        let mut key = key;
        key[at..at + 3].copy_from_slice(&bytes);
        assert_eq!(
            Address::new(digest(1), &key).is_ok(),
            kem::encapsulate(KEM, &key, &[0; 32]).is_ok(),
            "{at} {bytes:?}"
        );
    }
}

#[test]
fn the_handle_fixes_owner_and_key() {
    let address = address();
    let other_owner = Address::new(digest(1), address.kem_key()).unwrap();
    let mut key = *address.kem_key();
    key[KEM_PUBLIC_BYTES - 1] ^= 1;
    let other_key = Address::new(*address.owner(), &key).unwrap();
    assert_ne!(address.handle(), other_owner.handle());
    assert_ne!(address.handle(), other_key.handle());
    assert!(format!("{address:?}").contains(&address.handle().to_string()));
}

proptest! {
    #[test]
    fn garbage_is_refused_without_panic(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..1300)) {
        prop_assert!(text.parse::<Address>().is_err());
        prop_assert!(text_of(&bytes).parse::<Address>().is_err());
        prop_assert!(text.parse::<Handle>().is_err());
    }

    #[test]
    fn a_wrong_character_is_found(at in 0..1974_usize, to in "[a-z0-9]") {
        let text = address().to_string();
        let mut damaged = text.clone();
        damaged.replace_range(at..=at, &to);
        prop_assume!(damaged != text);
        prop_assert!(damaged.parse::<Address>().is_err());
    }
}
