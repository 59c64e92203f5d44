//! Which row does what.
//!
//! The trace has 128 rows: two blocks of 64, each with one input and one output. What a row of a
//! block does is fixed, so the selectors are *periodic columns*: both sides compute them, nothing
//! of them is committed to or opened. They cost no byte of the proof and say nothing about the
//! witness. (Preprocessed columns would have a commitment and openings of their own.)
//!
//! ```text
//! row  does                                    left     right               digest
//!  0   spend key                               ask      [Ak, 0 x7]          ak
//!  1   account                                 ak       nk                  account
//!  2   owner                                   account  [Owner, d x7]       owner
//!  3   hide (input)                            owner    [Hide, r x7]        hide
//!  4   range (input)                           hide     [Note, asset, v..]  -
//!  5   commitment (input)                      hide     [Note, asset, v..]  cm
//!  6   nullifier key of the position           nk       [Nullifier, p..]    key
//!  7   nullifier                               key      cm                  nf
//!  8…39  path, level 0 … 31                    left     right child         parent
//! 40   hide (output)                           owner    [Hide, r x7]        hide
//! 41   range (output)                          hide     [Note, asset, v..]  -
//! 42   commitment (output)                     hide     [Note, asset, v..]  cm
//! 43…63  padding; row 127 closes the balance
//! ```

use crate::element::Element;
use crate::hash::Tag;
use alloc::vec::Vec;
use p3_field::PrimeCharacteristicRing;

/// Rows of a block.
pub const BLOCK_ROWS: usize = 64;

/// Blocks of the trace, each of which has one input and one output.
pub const BLOCKS: usize = 2;

/// Rows of the trace.
pub const ROWS: usize = BLOCK_ROWS * BLOCKS;

/// Levels of a path.
pub const TREE_DEPTH: usize = crate::tree::DEPTH;

/// C(ask, [Ak, 0 x7]).
pub const SPEND_KEY: usize = 0;
/// C(ak, nk).
pub const ACCOUNT: usize = 1;
/// C(account, [Owner, d x7]).
pub const OWNER: usize = 2;
/// C(owner, [Hide, r x7]) of the input.
pub const INPUT_HIDE: usize = 3;
/// The bits of the input's value.
pub const INPUT_RANGE: usize = 4;
/// The input's commitment.
pub const INPUT_COMMITMENT: usize = 5;
/// C(nk, [Nullifier, position, 0 x5]).
pub const NULLIFIER_KEY: usize = 6;
/// C(nullifier key of the position, cm).
pub const NULLIFIER: usize = 7;
/// The first node of the path, whose child is the commitment.
pub const PATH: usize = 8;
/// The last one, whose digest is the root.
pub const PATH_END: usize = PATH + TREE_DEPTH - 1;
/// C(owner, [Hide, r x7]) of the output.
pub const OUTPUT_HIDE: usize = PATH_END + 1;
/// The bits of the output's value.
pub const OUTPUT_RANGE: usize = OUTPUT_HIDE + 1;
/// The output's commitment.
pub const OUTPUT_COMMITMENT: usize = OUTPUT_RANGE + 1;

/// The last row of the trace closes the balance, and so does nothing else.
const _: () = assert!(OUTPUT_COMMITMENT < BLOCK_ROWS - 1);

/// Levels of the path that one limb of the position covers.
pub const POSITION_LIMB_BITS: usize = TREE_DEPTH / 2;
const LOWER_END: usize = PATH + POSITION_LIMB_BITS - 1;
const LOWER_LAST_BUT_ONE: usize = LOWER_END - 1;
const UPPER_BEGIN: usize = LOWER_END + 1;

/// Declares the selectors: a field each, its number among the periodic columns, and its rows.
macro_rules! selectors {
    ($($(#[$doc:meta])* $name:ident: $rows:pat,)*) => {
        /// The selectors at one row (or, to a verifier, their polynomials at one point).
        #[derive(Clone, Copy, Debug)]
        pub struct Selectors<T> {
            $($(#[$doc])* pub $name: T,)*
            /// The tag that the right input begins with, 0 where it has none.
            pub tag: T,
            /// 1 in an input's range row, -1 in an output's.
            pub sign: T,
            /// 1 in the second block. Its period is the whole trace.
            pub second_block: T,
        }

        impl<T: Copy> Selectors<T> {
            /// The selectors among the values of the periodic columns.
            pub fn read(values: &[T]) -> Self {
                let mut column = 0..;
                let mut next = || values[column.next().unwrap_or_default()];
                Self {
                    $($name: next(),)*
                    tag: next(),
                    sign: next(),
                    second_block: next(),
                }
            }
        }

        /// The periodic columns, in the order that [`Selectors::read`] expects.
        pub fn periodic_columns() -> Vec<Vec<Element>> {
            alloc::vec![
                $(block_column(|row| Element::from_bool(matches!(row, $rows))),)*
                block_column(|row| tag(row).map_or(Element::ZERO, Tag::element)),
                block_column(sign),
                (0..ROWS).map(|row| Element::from_bool(row >= BLOCK_ROWS)).collect(),
            ]
        }

        /// How many periodic columns there are.
        pub const PERIODIC_COLUMNS: usize = [$(stringify!($name)),*].len() + 3;
    };
}

selectors! {
    /// The row is a compression.
    hash: SPEND_KEY..=INPUT_HIDE | INPUT_COMMITMENT..=OUTPUT_HIDE | OUTPUT_COMMITMENT,
    /// The right input begins with a tag.
    tagged: SPEND_KEY | OWNER | INPUT_HIDE | INPUT_COMMITMENT | NULLIFIER_KEY | OUTPUT_HIDE
        | OUTPUT_COMMITMENT,
    /// The compression of the spend authorising key.
    spend_key: SPEND_KEY,
    /// The compression that makes the account, whose right input is the nullifier key.
    account: ACCOUNT,
    /// The digest is the next row's left input.
    chain: SPEND_KEY..=INPUT_HIDE | NULLIFIER_KEY | OUTPUT_HIDE,
    /// The row holds a value's bits.
    range: INPUT_RANGE | OUTPUT_RANGE,
    /// The row holds the bits of an input's value.
    input_range: INPUT_RANGE,
    /// The row commits to a note.
    commitment: INPUT_COMMITMENT | OUTPUT_COMMITMENT,
    /// The row commits to an input.
    input_commitment: INPUT_COMMITMENT,
    /// The row commits to an output.
    output_commitment: OUTPUT_COMMITMENT,
    /// The nullifier key stays in the carry columns.
    key_kept: OWNER..=INPUT_RANGE,
    /// The compression of the nullifier key with the position.
    nullifier_key: NULLIFIER_KEY,
    /// The compression that makes the nullifier.
    nullifier: NULLIFIER,
    /// The row is a node of the path.
    path: PATH..=PATH_END,
    /// The row is a node of the path, and so is the next one.
    path_goes_on: PATH..PATH_END,
    /// The next row goes on with the same limb of the position.
    limb_goes_on: PATH..=LOWER_LAST_BUT_ONE | UPPER_BEGIN..PATH_END,
    /// The last row of a limb of the position.
    limb_end: LOWER_END | PATH_END,
    /// The position's upper limb waits in the carry columns.
    upper_kept: PATH..LOWER_END,
    /// The path turns to the position's upper limb.
    upper_begins: LOWER_END,
    /// The digest is the tree's root.
    root: PATH_END,
    /// Whether the input must be in the tree is remembered in the next row.
    real_kept: INPUT_RANGE..PATH_END,
}

fn block_column(value: impl Fn(usize) -> Element) -> Vec<Element> {
    (0..BLOCK_ROWS).map(value).collect()
}

fn tag(row: usize) -> Option<Tag> {
    match row {
        SPEND_KEY => Some(Tag::Ak),
        OWNER => Some(Tag::Owner),
        INPUT_HIDE | OUTPUT_HIDE => Some(Tag::Hide),
        INPUT_COMMITMENT | OUTPUT_COMMITMENT => Some(Tag::Note),
        NULLIFIER_KEY => Some(Tag::Nullifier),
        _ => None,
    }
}

fn sign(row: usize) -> Element {
    match row {
        INPUT_RANGE => Element::ONE,
        OUTPUT_RANGE => Element::NEG_ONE,
        _ => Element::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_columns_as_announced() {
        let columns = periodic_columns();
        assert_eq!(columns.len(), PERIODIC_COLUMNS);
        let row: Vec<_> = columns.iter().map(|column| column[LOWER_END]).collect();
        let selectors = Selectors::read(&row);
        assert_eq!(selectors.upper_begins, Element::ONE);
        assert_eq!(selectors.second_block, Element::ZERO);
    }

    #[test]
    fn each_tagged_row_has_its_tag_and_no_other() {
        let columns = periodic_columns();
        for row in 0..BLOCK_ROWS {
            let row: Vec<_> = columns.iter().map(|column| column[row]).collect();
            let selectors = Selectors::read(&row);
            assert_eq!(
                selectors.tagged == Element::ONE,
                selectors.tag != Element::ZERO
            );
        }
    }
}
