//! Notes by which a payment excludes earlier ones: the chain takes one transaction of a note.

use super::attempt::Earlier;
use super::select::{again, again_all, Coin};
use super::state::State;

/// What a payment has to spend so that no earlier one comes beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// Nothing in particular.
    Needless,
    /// These notes, which suffice.
    Notes(Vec<Coin>),
    /// No one or two notes that suffice exclude them all.
    Impossible {
        /// The last block of the earlier payments.
        until: u32,
        /// Whether one of them is a try at the very payment.
        same: bool,
    },
}

/// Chooses notes for a payment of an amount, or of all that there is, among those of earlier ones and free ones.
pub fn of(
    state: &State,
    earlier: &Earlier,
    free: &[Coin],
    amount: Option<u64>,
    fee: u64,
) -> Exclusion {
    let (tries, open) = match earlier {
        Earlier::None | Earlier::Landed(_) => return Exclusion::Needless,
        Earlier::Possible { tries, until, same } => (tries, Some((*until, *same))),
        Earlier::Ended { tries } => (tries, None),
    };
    let coin = |position: &u32| {
        let note = state.notes.get(position)?;
        Some(Coin {
            position: *position,
            value: note.value,
        })
    };
    let coins_of = |positions: &Vec<u32>| positions.iter().filter_map(coin).collect();
    let tries: Vec<Vec<Coin>> = tries.iter().map(coins_of).collect();
    let chosen = match amount {
        Some(amount) => again(&tries, free, amount, fee),
        None => again_all(&tries, free, fee),
    };
    match (chosen, open) {
        (Some(notes), _) => Exclusion::Notes(notes),
        (None, Some((until, same))) => Exclusion::Impossible { until, same },
        // They have ended, if the node is to be believed.
        (None, None) => Exclusion::Needless,
    }
}

#[cfg(test)]
#[path = "exclusion_tests.rs"]
mod tests;
