//! Double authoring: an authority that seals two blocks in one slot.
//!
//! AURA gives each slot to one authority. One that seals two blocks in it, or one header twice, forks the
//! chain at no cost to itself, unless somebody shows both headers. The headers are the whole proof: each
//! carries the slot and a seal by which the authority's key answers for it
//! ([`check_double_authoring`]).
//!
//! A node that sees two such headers asks the runtime to report them ([`DoubleAuthoringApi`]).

#![cfg_attr(not(feature = "std"), no_std)]

mod api;
mod proof;
#[cfg(test)]
mod tests;

// With it comes the module that `impl_runtime_apis!` looks for beside the trait.
pub use api::*;
pub use proof::{check_double_authoring, DoubleAuthoringProof, ProofError};
