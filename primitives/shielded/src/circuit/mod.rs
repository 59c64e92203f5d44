//! The circuit: what a proof says about the notes that nobody sees.
//!
//! `docs/spec/shielded-circuit.md` has the equations and why they suffice. [`columns`] names the
//! cells of a row, [`schedule`] says what each row does, and [`constraints`] has one function for
//! each group of constraints.

pub mod columns;
pub mod constraints;
pub mod known_shape;
pub mod public_values;
pub mod schedule;
#[cfg(feature = "prover")]
pub mod trace;

#[cfg(all(test, feature = "prover"))]
pub(crate) mod tests;

use crate::element::Element;
use alloc::{borrow::Cow, vec::Vec};
use columns::{Columns, COLUMNS};
use constraints::{Group, Window};
use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use public_values::{PublicValues, PUBLIC_VALUES};
use schedule::{periodic_columns, Selectors, PERIODIC_COLUMNS};

/// The highest degree of a constraint. With hiding, the quotient takes eight chunks at degree
/// three as at degree four, so the selector before the S-box costs nothing.
pub const MAX_DEGREE: usize = 4;

/// How many constraints there are.
pub const CONSTRAINTS: usize = 373;

/// The circuit of a shielded transaction with two inputs and two outputs.
#[derive(Clone, Debug)]
pub struct Circuit {
    periodic: Vec<Vec<Element>>,
}

impl Circuit {
    /// The circuit. There is only one.
    pub fn new() -> Self {
        Self {
            periodic: periodic_columns(),
        }
    }
}

impl Default for Circuit {
    fn default() -> Self {
        Self::new()
    }
}

impl BaseAir<Element> for Circuit {
    fn width(&self) -> usize {
        COLUMNS
    }

    fn num_public_values(&self) -> usize {
        PUBLIC_VALUES
    }

    fn num_periodic_columns(&self) -> usize {
        PERIODIC_COLUMNS
    }

    fn periodic_columns(&self) -> Cow<'_, [Vec<Element>]> {
        Cow::Borrowed(&self.periodic)
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(MAX_DEGREE)
    }
}

impl<AB: AirBuilder<F = Element>> Air<AB> for Circuit {
    fn eval(&self, builder: &mut AB) {
        let window = window(builder);
        for group in Group::ALL {
            group.enforce(builder, &window);
        }
    }
}

/// The two rows, the selectors and the public values that a builder shows.
fn window<AB: AirBuilder<F = Element>>(builder: &AB) -> Window<AB> {
    let main = builder.main();
    Window {
        local: Columns::read(main.current_slice()),
        next: Columns::read(main.next_slice()),
        at: Selectors::read(builder.periodic_values()),
        public: PublicValues::read(builder.public_values()),
    }
}
