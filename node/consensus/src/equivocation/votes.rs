//! Two votes of one voter in one step of a round: found wherever votes come from, and reported.
//!
//! GRANDPA's client reports the pairs that it finds among gossiped votes for blocks that it has. It does not look
//! at pairs inside commits of rounds that it has left or not reached, inside catch-ups and justifications,
//! nor across them. Here every vote that this node takes from elsewhere is remembered for some rounds
//! ([`Witness`]), whatever brought it:
//!
//! * gossiped votes, commits and catch-ups, which the [filter](crate::gossip_filter) shows once they verified;
//! * justifications in blocks or by themselves, which [`WatchedImport`] shows.
//!
//! A second vote of the same voter in the same step makes a proof of the two, be they for two blocks or one
//! vote signed twice. A validator submits it to its own pool by the runtime's interface for GRANDPA's
//! reports. The client may submit the same; the pool and the runtime take one.

#[cfg(test)]
pub mod fixtures;
mod import;
mod ledger;
mod reports;
mod vote;
mod witness;

pub use import::WatchedImport;
pub use ledger::{Place, Proof};
pub use reports::Reports;
pub use vote::{quorum, Quorum, Vote, Voters};
pub use witness::{Witness, MOST_VOTES};
