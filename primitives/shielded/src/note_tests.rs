#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::hash::{compress, Tag};

fn note() -> Note {
    Note {
        asset: Asset::Priv,
        value: 0x0123_4567_89ab_cdef,
        owner: Digest(core::array::from_fn(Element::from_usize)),
        randomness: core::array::from_fn(|i| Element::from_usize(100 + i)).into(),
    }
}

/// The equations of the module's head, written out.
#[test]
fn the_commitment_is_the_equation() {
    let e = Element::from_u32;
    let r = [4, 100, 101, 102, 103, 104, 105, 106].map(e);
    let hide = compress(&note().owner, &Digest(r));
    assert_eq!(note().hide(), hide);
    let opening = [5, 1, 0xcdef, 0x89ab, 0x4567, 0x0123, 0, 0].map(e);
    assert_eq!(note().commitment(), compress(&hide, &Digest(opening)));
    assert_eq!(Tag::Note as u8, 5);
}

#[test]
fn every_part_of_a_note_changes_its_commitment() {
    let others = [
        Note {
            asset: Asset::Qlk,
            ..note()
        },
        Note {
            value: note().value ^ (1 << 63),
            ..note()
        },
        Note {
            owner: Digest::ZERO,
            ..note()
        },
        Note {
            randomness: [Element::ZERO; 7].into(),
            ..note()
        },
    ];
    for other in others {
        assert_ne!(other.commitment(), note().commitment());
    }
}

#[test]
fn assets_are_two() {
    for asset in Asset::ALL {
        assert_eq!(Asset::try_from(asset.id()), Ok(asset));
        assert_eq!(asset.encode(), [asset.id()]);
    }
    assert_eq!(Asset::try_from(2), Err(UnknownAsset(2)));
}

#[test]
fn debug_output_shows_no_secret() {
    assert!(!alloc::format!("{:?}", note()).contains(|c: char| c.is_ascii_digit()));
}
