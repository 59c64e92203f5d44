//! The constraints, in groups that each have one meaning and one function.

pub mod balance;
pub mod compression;
pub mod keys;
pub mod membership;
pub mod note;
pub mod nullifier;

use super::{columns::Columns, public_values::PublicValues, schedule::Selectors};
use crate::element::Element;
use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

/// What a constraint may look at.
pub struct Window<AB: AirBuilder> {
    /// A row of the trace.
    pub local: Columns<AB::Var>,
    /// The row after it.
    pub next: Columns<AB::Var>,
    /// The selectors at this row.
    pub at: Selectors<AB::PeriodicVar>,
    /// The statement.
    pub public: PublicValues<AB::PublicVar>,
}

/// Declares the groups: their names, their functions, and the order in which they are enforced.
macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident => $function:path,)*) => {
        /// A group of constraints.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Group {
            $($(#[$doc])* $name,)*
        }

        impl Group {
            /// All groups. A proof shows that all of them hold in all rows.
            pub const ALL: [Self; [$(stringify!($name)),*].len()] = [$(Self::$name),*];

            /// States the group's constraints.
            pub fn enforce<AB>(self, builder: &mut AB, window: &Window<AB>)
            where
                AB: AirBuilder<F = Element>,
            {
                match self {
                    $(Self::$name => $function(builder, window),)*
                }
            }
        }
    };
}

groups! {
    /// Each compression row holds a Poseidon2 compression.
    Compression => compression::rounds,
    /// Tagged compressions have their tag.
    Tag => compression::tag,
    /// A digest goes on as the next row's left input.
    Chain => compression::chain,
    /// Nothing but the tag enters the key that the account is made of.
    SpendKeyPayload => keys::spend_key_payload,
    /// The nullifier key that made the account is remembered.
    NullifierKeyLoaded => keys::nullifier_key_loaded,
    /// … and kept …
    NullifierKeyKept => keys::nullifier_key_kept,
    /// … until it makes the nullifier.
    NullifierKeyUsed => keys::nullifier_key_used,
    /// A range row speaks of the note that the next row commits to.
    RangeOfNote => note::range_of_note,
    /// The bits of a value are bits.
    ValueBits => note::value_bits,
    /// They are the bits of the value.
    ValueLimbs => note::value_limbs,
    /// There are two assets.
    Asset => note::asset,
    /// Nothing follows the value in a commitment.
    CommitmentPayload => note::commitment_payload,
    /// The outputs' commitments are the statement's.
    CommitmentIsPublic => note::commitment_is_public,
    /// Nothing follows the position in a nullifier.
    NullifierPayload => nullifier::payload,
    /// The commitment is remembered …
    CommitmentLoaded => nullifier::commitment_loaded,
    /// … and enters the nullifier.
    CommitmentUsed => nullifier::commitment_used,
    /// The nullifiers are the statement's.
    NullifierIsPublic => nullifier::nullifier_is_public,
    /// The nullifier's position is remembered …
    PositionLoaded => membership::position_loaded,
    /// … and is the path's.
    PositionPassed => membership::position_passed,
    /// Left or right is a bit.
    PathBits => membership::path_bits,
    /// The path begins at the commitment.
    PathBegins => membership::path_begins,
    /// Each node is a child of the next.
    PathGoesOn => membership::path_goes_on,
    /// The path's directions are the position's bits.
    PositionShifts => membership::position_shifts,
    /// There are no further bits in a limb of the position.
    PositionLimbEnds => membership::position_limb_ends,
    /// The position's upper limb waits …
    UpperLimbKept => membership::upper_limb_kept,
    /// … for its turn.
    UpperLimbBegins => membership::upper_limb_begins,
    /// An input is real or is not.
    RealIsBit => membership::real_is_bit,
    /// One that is not is worth nothing.
    DummyIsWorthless => membership::dummy_is_worthless,
    /// Which of the two is remembered.
    RealKept => membership::real_kept,
    /// A real one's path ends at the anchor.
    RootIsAnchor => membership::root_is_anchor,
    /// The sums begin at zero.
    BalanceBegins => balance::begins,
    /// Inputs are added, outputs subtracted, each to its asset's sum.
    BalanceAdds => balance::adds,
    /// The bits of the carries are bits.
    CarryBits => balance::carry_bits,
    /// The sums are the public changes.
    BalanceCloses => balance::closes,
}

/// States that the arrays are equal where the selector is 1.
fn equal_where<AB: AirBuilder<F = Element>, const N: usize>(
    builder: &mut AB,
    selector: impl Into<AB::Expr>,
    left: [impl Into<AB::Expr>; N],
    right: [impl Into<AB::Expr>; N],
) {
    let mut builder = builder.when(selector);
    for (left, right) in left.into_iter().zip(right) {
        builder.assert_eq(left, right);
    }
}

/// States that all are 0 where the selector is 1.
fn zero_where<AB: AirBuilder<F = Element>>(
    builder: &mut AB,
    selector: impl Into<AB::Expr>,
    values: &[AB::Var],
) {
    let mut builder = builder.when(selector);
    for value in values {
        builder.assert_zero(*value);
    }
}

/// The number that the bits are of, the least significant first.
fn number<AB: AirBuilder<F = Element>>(bits: &[AB::Var]) -> AB::Expr {
    bits.iter()
        .rev()
        .fold(AB::Expr::ZERO, |number, bit| number.double() + *bit)
}

/// `(1 - bit) * zero + bit * one`.
fn select<AB: AirBuilder<F = Element>>(
    bit: impl Into<AB::Expr>,
    zero: impl Into<AB::Expr>,
    one: impl Into<AB::Expr>,
) -> AB::Expr {
    let zero = zero.into();
    zero.clone() + bit.into() * (one.into() - zero)
}
