//! What people paste: addresses, handles, viewing keys, disclosures. Nothing panics, and what is read is
//! written as it was, but for the case of its letters.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qloak_shielded::{
    address::{Address, Handle},
    disclosure::Disclosure,
    keys::{FullViewingKey, IncomingViewingKey, OutgoingViewingKey},
};

fuzz_target!(|text: &str| {
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
});
