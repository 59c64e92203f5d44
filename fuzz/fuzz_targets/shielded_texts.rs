//! What people paste: addresses, handles, viewing keys, disclosures. Nothing panics, and what is read is
//! written as it was, but for the case of its letters.
//!
//! A text at random does not get past the checksum, so most have one that fits.

#![no_main]

use arbitrary::Arbitrary;
use bech32::{Bech32m, Checksum, Hrp};
use libfuzzer_sys::fuzz_target;
use qloak_shielded::{
    address::{Address, Handle},
    disclosure::Disclosure,
    keys::{FullViewingKey, IncomingViewingKey, OutgoingViewingKey},
};

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Raw(&'a str),
    Encoded { kind: u8, bytes: &'a [u8] },
}

/// Bech32m for texts of the crate's lengths.
enum LongBech32m {}

impl Checksum for LongBech32m {
    type MidstateRepr = <Bech32m as Checksum>::MidstateRepr;
    const CODE_LENGTH: usize = 4096;
    const CHECKSUM_LENGTH: usize = Bech32m::CHECKSUM_LENGTH;
    const GENERATOR_SH: [Self::MidstateRepr; 5] = Bech32m::GENERATOR_SH;
    const TARGET_RESIDUE: Self::MidstateRepr = Bech32m::TARGET_RESIDUE;
}

fuzz_target!(|input: Input| {
    match input {
        Input::Raw(text) => read(text),
        Input::Encoded { kind, bytes } => {
            let prefixes = [
                Address::PREFIX,
                Handle::PREFIX,
                FullViewingKey::PREFIX,
                IncomingViewingKey::PREFIX,
                OutgoingViewingKey::PREFIX,
                Disclosure::PREFIX,
            ];
            let prefix = Hrp::parse_unchecked(prefixes[kind as usize % prefixes.len()]);
            if let Ok(text) = bech32::encode::<LongBech32m>(prefix, bytes) {
                read(&text);
            }
        }
    }
});

fn read(text: &str) {
    if let Ok(address) = text.parse::<Address>() {
        assert!(address.to_string().eq_ignore_ascii_case(text.trim()));
    }
    if let Ok(handle) = text.parse::<Handle>() {
        assert!(handle.to_string().eq_ignore_ascii_case(text.trim()));
    }
    if let Ok(key) = text.parse::<FullViewingKey>() {
        assert!(key.export().eq_ignore_ascii_case(text.trim()));
    }
    if let Ok(key) = text.parse::<IncomingViewingKey>() {
        assert!(key.export().eq_ignore_ascii_case(text.trim()));
    }
    if let Ok(key) = text.parse::<OutgoingViewingKey>() {
        assert!(key.export().eq_ignore_ascii_case(text.trim()));
    }
    if let Ok(disclosure) = text.parse::<Disclosure>() {
        assert!(disclosure.export().eq_ignore_ascii_case(text.trim()));
    }
}
