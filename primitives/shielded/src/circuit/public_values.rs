//! The statement as the field elements that the proof system sees.

use super::columns::{ASSETS, BALANCE_LIMBS, BALANCE_LIMB_BITS};
use crate::{
    element::{Element, DIGEST_ELEMENTS},
    statement::{Flow, PublicChange, Statement, INPUTS, OUTPUTS},
};
use alloc::vec::Vec;
use p3_field::PrimeCharacteristicRing;

/// Field elements of a statement.
pub const PUBLIC_VALUES: usize =
    DIGEST_ELEMENTS * (1 + INPUTS + OUTPUTS + 1) + ASSETS * BALANCE_LIMBS;

/// The statement, element by element.
#[derive(Clone, Copy, Debug)]
pub struct PublicValues<T> {
    /// The tree's root.
    pub anchor: [T; DIGEST_ELEMENTS],
    /// The inputs' nullifiers.
    pub nullifiers: [[T; DIGEST_ELEMENTS]; INPUTS],
    /// The outputs' commitments.
    pub commitments: [[T; DIGEST_ELEMENTS]; OUTPUTS],
    /// Per asset what leaves the pool, in limbs of 22 bits. What enters has negated limbs.
    pub changes: [[T; BALANCE_LIMBS]; ASSETS],
    /// The digest of the rest of the transaction. No constraint reads it: the transcript does.
    pub binding: [T; DIGEST_ELEMENTS],
}

impl<T: Copy> PublicValues<T> {
    /// The statement that [`PUBLIC_VALUES`] elements are.
    pub fn read(values: &[T]) -> Self {
        let mut from = 0;
        Self {
            anchor: take(values, &mut from),
            nullifiers: core::array::from_fn(|_| take(values, &mut from)),
            commitments: core::array::from_fn(|_| take(values, &mut from)),
            changes: core::array::from_fn(|_| take(values, &mut from)),
            binding: take(values, &mut from),
        }
    }

    /// The elements one after another.
    pub fn flatten(&self) -> Vec<T> {
        let mut values = Vec::with_capacity(PUBLIC_VALUES);
        values.extend_from_slice(&self.anchor);
        values.extend_from_slice(self.nullifiers.as_flattened());
        values.extend_from_slice(self.commitments.as_flattened());
        values.extend_from_slice(self.changes.as_flattened());
        values.extend_from_slice(&self.binding);
        values
    }
}

fn take<T: Copy, const N: usize>(values: &[T], from: &mut usize) -> [T; N] {
    let start = *from;
    *from += N;
    core::array::from_fn(|i| values[start + i])
}

impl From<&Statement> for PublicValues<Element> {
    fn from(statement: &Statement) -> Self {
        Self {
            anchor: statement.anchor.0,
            nullifiers: statement.nullifiers.map(|digest| digest.0),
            commitments: statement.commitments.map(|digest| digest.0),
            changes: statement.changes.map(change_limbs),
            binding: statement.binding.0,
        }
    }
}

/// A change as signed limbs. Each limb is less than 2^22 in absolute value, so no two changes have
/// the same limbs.
fn change_limbs(change: PublicChange) -> [Element; BALANCE_LIMBS] {
    let limbs = balance_limbs(change.amount());
    match change.flow() {
        Flow::Leaves => limbs,
        Flow::Enters => limbs.map(|limb| -limb),
    }
}

/// A value as limbs of 22, 22 and 20 bits, the least significant first.
pub fn balance_limbs(value: u64) -> [Element; BALANCE_LIMBS] {
    const MASK: u64 = (1 << BALANCE_LIMB_BITS) - 1;
    core::array::from_fn(|limb| Element::from_u64((value >> (limb * BALANCE_LIMB_BITS)) & MASK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_public_value_has_one_name() {
        let values: Vec<usize> = (0..PUBLIC_VALUES).collect();
        assert_eq!(PublicValues::read(&values).flatten(), values);
    }

    #[test]
    fn limbs_put_the_amount_together_again() {
        use p3_field::PrimeField32;
        for value in [0, 1, (1 << 22) - 1, 1 << 22, 1 << 44, u64::MAX] {
            let limbs = balance_limbs(value).map(|limb| u64::from(limb.as_canonical_u32()));
            let sum = limbs.iter().rev().fold(0, |sum, limb| (sum << 22) | limb);
            assert_eq!(sum, value);
            assert!(limbs.iter().all(|limb| *limb < 1 << 22));
        }
    }
}
