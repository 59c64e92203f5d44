//! Authorities that sign two things where they may sign one: found, proved and reported.
//!
//! * `blocks`: two blocks by one author in one slot.
//! * `votes`: two votes of one voter in one step of a round.

pub mod blocks;
pub mod votes;
