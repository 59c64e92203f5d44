#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

//! What several tests need.

use crate::{
    element::{Digest, Element, MODULUS},
    encryption::{seal, OutputSeed, Payment, SealedNote},
    keys::SpendingKey,
    memo::Memo,
    note::Asset,
};
use p3_field::PrimeCharacteristicRing;
use proptest::prelude::*;

pub(crate) fn digest(from: u32) -> Digest {
    Digest(core::array::from_fn(|i| {
        Element::from_u32(from * 8 + i as u32)
    }))
}

pub(crate) fn any_digest() -> impl Strategy<Value = Digest> {
    prop::array::uniform8(0..MODULUS).prop_map(|values| Digest(values.map(Element::from_u32)))
}

pub(crate) fn alice() -> SpendingKey {
    SpendingKey::from_seed(&[1; 32])
}

pub(crate) fn bob() -> SpendingKey {
    SpendingKey::from_seed(&[2; 32])
}

/// A payment to address 0 of a key.
pub(crate) fn payment_to(key: &SpendingKey, value: u64) -> Payment {
    let address = key.full_viewing_key().incoming().address(0);
    Payment {
        address: address.address().clone(),
        asset: Asset::Qlk,
        value,
        memo: Memo::new("for the bicycle").unwrap(),
    }
}

/// A payment from Alice to address 0 of a key.
pub(crate) fn sealed_to(key: &SpendingKey, value: u64, seed: u8) -> SealedNote {
    let view = alice().full_viewing_key().clone();
    seal(
        &payment_to(key, value),
        &OutputSeed::new([seed; 32]),
        Some(view.outgoing()),
    )
    .unwrap()
}
