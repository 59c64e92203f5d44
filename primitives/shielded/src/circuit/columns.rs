//! The columns of the trace, named.
//!
//! A row is one Poseidon2 compression, or a check of a value's range, or padding. The cells of a
//! compression that a range row has no use for are where the value's bits stand, so that a range
//! check costs a row, of which there are enough, and no column, each of which costs 156 bytes of
//! proof.

use crate::element::DIGEST_ELEMENTS;
use crate::hash::WIDTH;

/// Full rounds before and after the partial ones.
pub const HALF_FULL_ROUNDS: usize = 4;

/// Partial rounds.
pub const PARTIAL_ROUNDS: usize = 20;

/// Full rounds after the partial ones whose whole state is kept: of the last round, only the
/// digest is.
pub const KEPT_LAST_ROUNDS: usize = HALF_FULL_ROUNDS - 1;

/// Bits of a value, which are the cells of the first four full rounds.
pub const VALUE_BITS: usize = HALF_FULL_ROUNDS * WIDTH;
const _: () = assert!(VALUE_BITS == u64::BITS as usize);

/// Limbs of a sum in the balance.
pub const BALANCE_LIMBS: usize = 3;

/// Bits of such a limb (the last one has fewer). Sums of four limbs stay far below p.
pub const BALANCE_LIMB_BITS: usize = 22;

/// Assets that the balance is kept of.
pub const ASSETS: usize = 2;

const LEFT: usize = 0;
const RIGHT: usize = LEFT + DIGEST_ELEMENTS;
const FIRST: usize = RIGHT + DIGEST_ELEMENTS;
const PARTIAL: usize = FIRST + HALF_FULL_ROUNDS * WIDTH;
const LAST: usize = PARTIAL + PARTIAL_ROUNDS;
const DIGEST: usize = LAST + KEPT_LAST_ROUNDS * WIDTH;
const CARRY: usize = DIGEST + DIGEST_ELEMENTS;
const BALANCE: usize = CARRY + DIGEST_ELEMENTS;
const REAL: usize = BALANCE + ASSETS * BALANCE_LIMBS;

/// Columns of the trace.
pub const COLUMNS: usize = REAL + 1;

/// One row of the trace.
#[derive(Clone, Copy, Debug)]
pub struct Columns<T> {
    /// The compression's left input `a`.
    pub left: [T; DIGEST_ELEMENTS],
    /// The compression's right input `b`.
    pub right: [T; DIGEST_ELEMENTS],
    /// The state after each of the first four full rounds. In a range row: the bits of the value,
    /// the least significant first. In the last row: the bits of the balance's carries.
    pub first_rounds: [[T; WIDTH]; HALF_FULL_ROUNDS],
    /// The state's first element after the S-box of each partial round.
    pub partial_rounds: [T; PARTIAL_ROUNDS],
    /// The state after each of the last full rounds but one.
    pub last_rounds: [[T; WIDTH]; KEPT_LAST_ROUNDS],
    /// The compression's output.
    pub digest: [T; DIGEST_ELEMENTS],
    /// What one part of a block leaves for a later one: the nullifier key, then the commitment,
    /// then the position that the path still has to go ([`Path`]).
    pub carry: [T; DIGEST_ELEMENTS],
    /// Per asset the sum of the inputs' values less the outputs', before this row.
    pub balance: [[T; BALANCE_LIMBS]; ASSETS],
    /// 1 if the input must be in the tree. 0 only if it is worth nothing.
    pub real: T,
}

/// What the carry columns hold in a row of a path.
#[derive(Clone, Copy, Debug)]
pub struct Path<T> {
    /// The bits of the position that are still to come in this half of 16.
    pub rest: T,
    /// The position's upper half, until the path reaches it.
    pub upper: T,
    /// Whether the node is its parent's right child.
    pub bit: T,
}

impl<T: Copy> Columns<T> {
    /// The row that `cells` are, which are [`COLUMNS`] many.
    pub fn read(cells: &[T]) -> Self {
        Self {
            left: read(cells, LEFT),
            right: read(cells, RIGHT),
            first_rounds: core::array::from_fn(|round| read(cells, FIRST + round * WIDTH)),
            partial_rounds: read(cells, PARTIAL),
            last_rounds: core::array::from_fn(|round| read(cells, LAST + round * WIDTH)),
            digest: read(cells, DIGEST),
            carry: read(cells, CARRY),
            balance: core::array::from_fn(|asset| read(cells, BALANCE + asset * BALANCE_LIMBS)),
            real: cells[REAL],
        }
    }

    /// Writes the row into [`COLUMNS`] cells.
    pub fn write(&self, cells: &mut [T]) {
        write(cells, LEFT, &self.left);
        write(cells, RIGHT, &self.right);
        write(cells, FIRST, self.first_rounds.as_flattened());
        write(cells, PARTIAL, &self.partial_rounds);
        write(cells, LAST, self.last_rounds.as_flattened());
        write(cells, DIGEST, &self.digest);
        write(cells, CARRY, &self.carry);
        write(cells, BALANCE, self.balance.as_flattened());
        cells[REAL] = self.real;
    }

    /// The bits of a range row.
    pub fn value_bits(&self) -> &[T] {
        self.first_rounds.as_flattened()
    }

    /// The carry columns as a row of a path has them.
    pub fn path(&self) -> Path<T> {
        let [rest, upper, bit, ..] = self.carry;
        Path { rest, upper, bit }
    }
}

fn read<T: Copy, const N: usize>(cells: &[T], from: usize) -> [T; N] {
    core::array::from_fn(|i| cells[from + i])
}

fn write<T: Copy>(cells: &mut [T], from: usize, values: &[T]) {
    cells[from..from + values.len()].copy_from_slice(values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_has_one_name() {
        let cells: [usize; COLUMNS] = core::array::from_fn(|i| i);
        let mut written = [usize::MAX; COLUMNS];
        Columns::read(&cells).write(&mut written);
        assert_eq!(cells, written);
        assert_eq!(COLUMNS, 171);
    }
}
