//! Traces that break what a test wants broken and nothing else.
//!
//! A test changes cells of a true trace, and [`Forgery::repair`] computes everything after them as
//! if they were true. This is the schedule written a second time, by hand.

use super::support::Scenario;
use crate::{
    circuit::{
        columns::{Columns, BALANCE_LIMB_BITS, COLUMNS},
        constraints::{Group, Window},
        public_values::PublicValues,
        schedule::*,
        trace::{fill_compression, Trace},
        Circuit,
    },
    element::Element,
    note::Asset,
    statement::{PublicChange, Statement},
};
use p3_air::{check_all_constraints, Air, AirBuilder, BaseAir, DebugConstraintBuilder};
use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_matrix::{
    dense::{RowMajorMatrix, RowMajorMatrixView},
    stack::VerticalPair,
};
use std::{borrow::Cow, collections::BTreeSet, vec::Vec};

pub struct Forgery {
    pub statement: Statement,
    pub trace: Trace,
}

impl Forgery {
    /// The first input is real and worth 1000 QLK, the second is a dummy of PRIV.
    pub fn new() -> Self {
        let (qlk, credit) = (Asset::Qlk, Asset::Priv);
        Self::of([(qlk, 1000), (credit, 0), (qlk, 600), (credit, 0)])
    }

    pub fn of(notes: [(Asset, u64); 4]) -> Self {
        let scenario = Scenario::of(7, notes);
        Self {
            trace: scenario.trace(),
            statement: scenario.statement,
        }
    }

    pub fn row(&mut self, row: usize) -> &mut Columns<Element> {
        &mut self.trace.rows[row]
    }

    /// The row's compression is that of its inputs again, and what follows is true again.
    pub fn repair(&mut self, changed: usize) {
        self.fill(changed);
        let block = changed / BLOCK_ROWS * BLOCK_ROWS;
        for at in changed % BLOCK_ROWS + 1..=OUTPUT_COMMITMENT {
            self.link(block, at);
            self.fill(block + at);
        }
        self.rebalance();
        self.restate();
    }

    fn fill(&mut self, row: usize) {
        if ![INPUT_RANGE, OUTPUT_RANGE].contains(&(row % BLOCK_ROWS)) {
            fill_compression(self.row(row));
        }
    }

    /// Takes over from the row before what the schedule says.
    fn link(&mut self, block: usize, at: usize) {
        let before = self.trace.rows[block + at - 1];
        let row = self.row(block + at);
        match at {
            ACCOUNT | OWNER | INPUT_HIDE | INPUT_RANGE | OUTPUT_RANGE => row.left = before.digest,
            INPUT_COMMITMENT | OUTPUT_COMMITMENT => {
                row.left = before.left;
                row.right = before.right;
            }
            NULLIFIER_KEY => {
                row.left = before.carry;
                row.carry = before.digest;
            }
            NULLIFIER => {
                row.left = before.digest;
                row.right = before.carry;
                row.carry[..2].copy_from_slice(&before.right[1..3]);
            }
            PATH..=PATH_END => link_path(row, &before, at),
            _ => {}
        }
        match at {
            OWNER => row.carry = before.right,
            INPUT_HIDE..=INPUT_COMMITMENT => row.carry = before.carry,
            _ => {}
        }
        if (INPUT_COMMITMENT..=PATH_END).contains(&at) {
            row.real = before.real;
        }
    }

    /// Sums what the range rows' bits say, and makes it the public change.
    pub fn rebalance(&mut self) {
        for row in 0..ROWS - 1 {
            let local = self.trace.rows[row];
            let sign = match row % BLOCK_ROWS {
                INPUT_RANGE => Element::ONE,
                OUTPUT_RANGE => Element::NEG_ONE,
                _ => Element::ZERO,
            };
            let shares = [Element::ONE - local.right[1], local.right[1]];
            let next = self.row(row + 1);
            for (asset, share) in shares.into_iter().enumerate() {
                for (limb, bits) in local.value_bits().chunks(BALANCE_LIMB_BITS).enumerate() {
                    let added = sign * share * number(bits);
                    next.balance[asset][limb] = local.balance[asset][limb] + added;
                }
            }
        }
        self.close();
    }

    /// Adds to a sum from a row on.
    pub fn jump(&mut self, from: usize, asset: usize, limb: usize, by: Element) {
        for row in from..ROWS {
            self.row(row).balance[asset][limb] += by;
        }
        self.close();
    }

    fn close(&mut self) {
        let last = self.trace.rows[ROWS - 1].balance;
        for (asset, sums) in last.into_iter().enumerate() {
            let sum = sums.iter().rev().fold(0_i128, |sum, limb| {
                (sum << BALANCE_LIMB_BITS) + i128::from(signed(*limb))
            });
            let amount = u64::try_from(sum.unsigned_abs()).unwrap();
            self.statement.changes[asset] = match sum < 0 {
                true => PublicChange::enters(amount),
                false => PublicChange::leaves(amount),
            };
        }
        let public = PublicValues::from(&self.statement);
        crate::circuit::trace::close(self.row(ROWS - 1), &public);
    }

    /// Makes the statement the trace's.
    fn restate(&mut self) {
        self.statement.anchor = self.trace.root(0);
        self.statement.nullifiers = core::array::from_fn(|block| self.trace.nullifier(block));
        self.statement.commitments = core::array::from_fn(|block| self.trace.commitment(block));
    }

    /// The groups that the trace breaks, and how often.
    pub fn broken(&self) -> Vec<Group> {
        let cells = RowMajorMatrix::new(self.trace.cells(), COLUMNS);
        let public = PublicValues::from(&self.statement).flatten();
        let circuit = Circuit::new();
        let failures = |group: &Group| {
            let only = Only {
                circuit: &circuit,
                group: *group,
            };
            check_all_constraints(&only, &cells, &public, None)
                .failures
                .len()
        };
        Group::ALL
            .into_iter()
            .flat_map(|group| vec![group; failures(&group)])
            .collect()
    }

    pub fn broken_groups(&self) -> BTreeSet<Group> {
        self.broken().into_iter().collect()
    }
}

/// Sets the row's child, on the side that its bit says, as far as it is one.
pub fn set_child(row: &mut Columns<Element>, child: [Element; 8]) {
    match row.path().bit == Element::ZERO {
        true => row.left = child,
        false => row.right = child,
    }
}

/// Sets what is left of the position, and the bit accordingly.
pub fn set_rest(row: &mut Columns<Element>, rest: u32) {
    row.carry[0] = Element::from_u32(rest);
    row.carry[2] = Element::from_u32(rest & 1);
}

fn link_path(row: &mut Columns<Element>, before: &Columns<Element>, at: usize) {
    let (path, half) = (before.path(), PATH + POSITION_LIMB_BITS);
    let rest = match at {
        PATH => path.rest,
        _ if at == half => path.upper,
        _ => (path.rest - path.bit).halve(),
    };
    set_rest(row, rest.as_canonical_u32());
    row.carry[1] = match at < half {
        true => path.upper,
        false => Element::ZERO,
    };
    set_child(
        row,
        match at {
            PATH => before.right,
            _ => before.digest,
        },
    );
}

fn number(bits: &[Element]) -> Element {
    bits.iter()
        .rev()
        .fold(Element::ZERO, |number, bit| number.double() + *bit)
}

fn signed(element: Element) -> i64 {
    let value = i64::from(element.as_canonical_u32());
    match value > i64::from(Element::ORDER_U32 / 2) {
        true => value - i64::from(Element::ORDER_U32),
        false => value,
    }
}

/// The circuit with one group of constraints only.
struct Only<'a> {
    circuit: &'a Circuit,
    group: Group,
}

impl BaseAir<Element> for Only<'_> {
    fn width(&self) -> usize {
        self.circuit.width()
    }

    fn num_public_values(&self) -> usize {
        self.circuit.num_public_values()
    }

    fn num_periodic_columns(&self) -> usize {
        self.circuit.num_periodic_columns()
    }

    fn periodic_columns(&self) -> Cow<'_, [Vec<Element>]> {
        self.circuit.periodic_columns()
    }
}

impl<AB: AirBuilder<F = Element>> Air<AB> for Only<'_> {
    fn eval(&self, builder: &mut AB) {
        let window: Window<AB> = crate::circuit::window(builder);
        self.group.enforce(builder, &window);
    }
}

/// Whether the constraints of one row are broken.
pub fn breaks_at(circuit: &Circuit, cells: &[Element], public: &[Element], row: usize) -> bool {
    let cut = |row: usize| RowMajorMatrixView::new_row(&cells[row * COLUMNS..(row + 1) * COLUMNS]);
    let main = VerticalPair::new(cut(row), cut((row + 1) % ROWS));
    let none = || RowMajorMatrixView::new(&[], 0);
    let periodic = circuit.periodic_values(row);
    let mut builder = DebugConstraintBuilder::<Element>::new(
        row,
        main,
        VerticalPair::new(none(), none()),
        public,
        Element::from_bool(row == 0),
        Element::from_bool(row == ROWS - 1),
        Element::from_bool(row != ROWS - 1),
        &periodic,
    );
    circuit.eval(&mut builder);
    builder.has_failures()
}
