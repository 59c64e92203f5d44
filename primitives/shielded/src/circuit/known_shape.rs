//! The circuit for who knows its shape.

use super::{Circuit, CONSTRAINTS};
use crate::element::Element;
use alloc::{borrow::Cow, vec::Vec};
use p3_air::{
    symbolic::{SymbolicAirBuilder, SymbolicExpression},
    Air, AirBuilder, BaseAir,
};
use p3_field::PrimeCharacteristicRing;

/// The circuit, of which the library is told degree and number of constraints.
///
/// It finds both by evaluating all constraints symbolically, anew for each proof made or verified,
/// which took the prover 5 of 51 ms, for two constants. Of the degree it takes the larger of what it
/// finds and what it is told; so what it finds here is nothing, as many times as there are
/// constraints. Tests beside the circuit evaluate the real constraints and compare both constants.
pub struct KnownShape(pub Circuit);

impl BaseAir<Element> for KnownShape {
    fn width(&self) -> usize {
        self.0.width()
    }

    fn num_public_values(&self) -> usize {
        self.0.num_public_values()
    }

    fn num_periodic_columns(&self) -> usize {
        self.0.num_periodic_columns()
    }

    fn periodic_columns(&self) -> Cow<'_, [Vec<Element>]> {
        self.0.periodic_columns()
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        self.0.max_constraint_degree()
    }
}

impl Air<SymbolicAirBuilder<Element>> for KnownShape {
    fn eval(&self, builder: &mut SymbolicAirBuilder<Element>) {
        for _ in 0..CONSTRAINTS {
            builder.assert_zero(SymbolicExpression::ZERO);
        }
    }
}
