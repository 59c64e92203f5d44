#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use p3_field::PrimeField32;
use p3_koala_bear::default_koalabear_poseidon2_16;
use p3_symmetric::Permutation;
use proptest::prelude::*;

fn counting(from: u32) -> Digest {
    Digest(core::array::from_fn(|i| Element::from_u32(from + i as u32)))
}

fn canonical(digest: Digest) -> [u32; 8] {
    digest.0.map(|element| element.as_canonical_u32())
}

/// The permutation of 0, 1, …, 15 and two compressions. A change of field, constants, rounds or
/// matrix in a later version of the library would split the chain; here it fails a test.
#[test]
fn the_permutation_and_the_compression_are_pinned() {
    let mut state = core::array::from_fn(|i| Element::from_u32(i as u32));
    permute(&mut state);
    assert_eq!(state.map(|element| element.as_canonical_u32()), PERMUTED);
    assert_eq!(canonical(compress(&counting(0), &counting(8))), COMPRESSED);
    assert_eq!(
        canonical(compress(&Digest::ZERO, &Digest::ZERO)),
        COMPRESSED_ZEROS
    );
}

const PERMUTED: [u32; 16] = [
    1259554834, 663463928, 1989430097, 476523442, 836740795, 1803459961, 1229318262, 2023956904,
    2054405130, 1556655036, 1455339712, 1471465890, 423337459, 353979748, 1203410294, 1592576868,
];
const COMPRESSED: [u32; 8] = [
    1259554834, 663463929, 1989430099, 476523445, 836740799, 1803459966, 1229318268, 2023956911,
];
const COMPRESSED_ZEROS: [u32; 8] = [
    1467453764, 68262570, 2085334433, 1711169726, 869537427, 698494029, 1998923102, 727938840,
];

#[test]
fn the_compression_adds_its_input() {
    for (i, (compressed, permuted)) in COMPRESSED.into_iter().zip(PERMUTED).enumerate() {
        assert_eq!(compressed, (permuted + i as u32) % crate::element::MODULUS);
    }
}

#[test]
fn limbs_put_the_number_together_again() {
    for value in [0, 1, 0xffff, 0x1_0000, u64::MAX, 0x0123_4567_89ab_cdef] {
        let limbs = value_limbs(value).map(|limb| u64::from(limb.as_canonical_u32()));
        let sum = limbs.iter().rev().fold(0, |sum, limb| (sum << 16) | limb);
        assert_eq!(sum, value);
    }
    let limbs = position_limbs(0xfedc_ba98).map(|limb| limb.as_canonical_u32());
    assert_eq!(limbs, [0xba98, 0xfedc]);
}

proptest! {
    #[test]
    fn the_permutation_is_the_librarys(state in prop::array::uniform16(0..crate::element::MODULUS)) {
        let state = state.map(Element::from_u32);
        let mut ours = state;
        permute(&mut ours);
        prop_assert_eq!(ours, default_koalabear_poseidon2_16().permute(state));
    }

    #[test]
    fn each_input_element_and_the_order_matter(position in 0..16_usize, by in 1..crate::element::MODULUS) {
        let (left, right) = (counting(100), counting(200));
        let (mut changed_left, mut changed_right) = (left, right);
        if position < 8 {
            changed_left.0[position] += Element::from_u32(by);
        } else {
            changed_right.0[position - 8] += Element::from_u32(by);
        }
        let original = compress(&left, &right);
        prop_assert_ne!(original, compress(&changed_left, &changed_right));
        prop_assert_ne!(original, compress(&right, &left));
    }

    #[test]
    fn tags_separate(payload in prop::array::uniform7(0..crate::element::MODULUS)) {
        let payload = payload.map(Element::from_u32);
        let tags = [Tag::Ak, Tag::Owner, Tag::Hide, Tag::Note, Tag::Nullifier];
        let digests: std::collections::BTreeSet<_> = tags
            .into_iter()
            .map(|tag| compress_tagged(&counting(0), tag, &payload))
            .collect();
        prop_assert_eq!(digests.len(), tags.len());
    }
}
