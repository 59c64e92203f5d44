//! Who may spend: `ak = C(ask, [Ak, 0 x7])`, `account = C(ak, nk)`, `owner = C(account, [Owner, d
//! x7])`.
//!
//! The compressions and their chain are stated with the compressions. Here is what enters them, and
//! how `nk` comes from the account to the nullifier.

use super::{equal_where, zero_where, Window};
use crate::element::Element;
use p3_air::AirBuilder;

/// `spend_key · right[1..] = 0`.
pub fn spend_key_payload<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    zero_where(builder, window.at.spend_key, &window.local.right[1..]);
}

/// `account · (carry' − right) = 0`.
pub fn nullifier_key_loaded<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    equal_where(
        builder,
        window.at.account,
        window.next.carry,
        window.local.right,
    );
}

/// `key_kept · (carry' − carry) = 0`.
pub fn nullifier_key_kept<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    equal_where(
        builder,
        window.at.key_kept,
        window.next.carry,
        window.local.carry,
    );
}

/// `input_commitment · (left' − carry) = 0`: the next row compresses `nk` with the position.
pub fn nullifier_key_used<AB: AirBuilder<F = Element>>(builder: &mut AB, window: &Window<AB>) {
    equal_where(
        builder,
        window.at.input_commitment,
        window.next.left,
        window.local.carry,
    );
}
