//! That no value comes from nowhere: per asset, inputs less outputs are the public change.
//!
//! The sums are of limbs of 22 bits. Four values and a public change make a limb's sum less than 3
//! · 2^22 in absolute value, so nothing wraps around p > 2^30, and the sums are equal as integers
//! when they are as elements. The carry from a limb to the next is between -2 and 2; it is proven
//! to be between -4 and 3, which suffices: both sides of each equation together stay below 2^25 <
//! p.

use super::{note::ASSET, number, Window};
use crate::{
    circuit::columns::{ASSETS, BALANCE_LIMBS, BALANCE_LIMB_BITS},
    element::Element,
};
use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

/// Bits of a carry.
pub const CARRY_BITS: usize = 3;

/// Carries of an asset.
pub const CARRIES: usize = BALANCE_LIMBS - 1;

/// What is added to a carry to make it a number of [`CARRY_BITS`] bits.
pub const CARRY_OFFSET: u8 = 4;

/// `first · balance = 0`.
pub fn begins<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let mut builder = builder.when_first_row();
    for sum in window.local.balance.as_flattened() {
        builder.assert_zero(*sum);
    }
}

/// `transition · (balance' − balance − sign · share · limb) = 0`, where an asset's share of a note
/// is 1 if the note is of this asset.
pub fn adds<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let priv_share: AB::Expr = window.local.right[ASSET].into();
    let shares = [AB::Expr::ONE - priv_share.clone(), priv_share];
    let sign = window.at.sign;
    let (local, next) = (&window.local, &window.next);
    let mut builder = builder.when_transition();
    for (asset, share) in shares.into_iter().enumerate() {
        let signed: AB::Expr = share * sign.into();
        let bits = local.value_bits().chunks(BALANCE_LIMB_BITS);
        for (limb, bits) in bits.enumerate() {
            let added = signed.clone() * number::<AB>(bits);
            builder.assert_eq(
                next.balance[asset][limb],
                added + local.balance[asset][limb],
            );
        }
    }
}

/// `last · bit · (bit − 1) = 0`.
pub fn carry_bits<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let mut builder = builder.when_last_row();
    for bit in &window.local.value_bits()[..ASSETS * CARRIES * CARRY_BITS] {
        builder.assert_bool(*bit);
    }
}

/// `last · (balance_l − change_l + carry_(l-1) − 2^22 carry_l) = 0` with `carry_(-1) = carry_2 =
/// 0`.
pub fn closes<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    let row = &window.local;
    let offset = AB::Expr::from_u8(CARRY_OFFSET);
    let mut builder = builder.when_last_row();
    let mut bits = row.value_bits().chunks(CARRY_BITS);
    for (balance, change) in row.balance.into_iter().zip(window.public.changes) {
        let mut carry = AB::Expr::ZERO;
        for (limb, (balance, change)) in balance.into_iter().zip(change).enumerate() {
            let sum = carry + balance - change.into();
            carry = match limb {
                CARRIES.. => AB::Expr::ZERO,
                _ => number::<AB>(bits.next().unwrap_or_default()) - offset.clone(),
            };
            builder.assert_eq(
                sum,
                carry.clone() * AB::Expr::from_u32(1 << BALANCE_LIMB_BITS),
            );
        }
    }
}
