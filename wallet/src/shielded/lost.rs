//! What a reorganised chain took from the wallet.
//!
//! A fork takes blocks back, and a development chain that starts again takes all of them. Most of what was in them is
//! found again on the new branch, in other blocks. What is not is told: money that disappears without a word looks stolen.

use std::collections::BTreeSet;

use qloak_shielded::element::Digest;
use qloak_shielded::note::Asset;

use super::owned::OwnedNote;
use super::state::State;

/// What was in blocks that the chain has no longer, and is in none now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Whether the chain has none of the blocks that the wallet had read.
    pub anew: bool,
    /// How many notes that were not spent.
    pub notes: u32,
    /// What those of the coin were worth.
    pub qlk: u128,
    /// What those of the privacy credit were worth.
    pub credits: u128,
    /// How many payments that the wallet had made or received.
    pub payments: u32,
}

impl Lost {
    /// Whether there is nothing to tell.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What is to be found again, noted before a state forgets it.
#[derive(Debug)]
pub struct Forgotten {
    anew: bool,
    after: u32,
    notes: Vec<OwnedNote>,
    payments: Vec<Digest>,
}

impl Forgotten {
    /// What a state knows of the blocks after this one; `anew` if it is to begin from there.
    pub fn after(number: u32, state: &State, anew: bool) -> Self {
        Self {
            anew: anew && state.number() > number,
            after: number,
            // What was spent is in a payment, and so is what was left of it.
            notes: notes_after(number, state)
                .filter(|note| note.spent_in.is_none())
                .cloned()
                .collect(),
            payments: payments_after(number, state).collect(),
        }
    }

    /// What of it the state has not found again.
    pub fn lost(self, state: &State) -> Lost {
        // Position and block may be other ones. The randomness is the sender's, and of one note only.
        let found: BTreeSet<_> = notes_after(self.after, state)
            .map(|note| note.randomness)
            .collect();
        let mut lost = Lost {
            anew: self.anew,
            ..Lost::default()
        };
        for note in self
            .notes
            .iter()
            .filter(|it| !found.contains(&it.randomness))
        {
            lost.notes = lost.notes.saturating_add(1);
            let sum = match note.asset {
                Asset::Qlk => &mut lost.qlk,
                Asset::Priv => &mut lost.credits,
            };
            *sum = sum.saturating_add(note.value.into());
        }
        let found: BTreeSet<_> = payments_after(self.after, state).collect();
        let gone = self.payments.iter().filter(|name| !found.contains(*name));
        lost.payments = u32::try_from(gone.count()).unwrap_or(u32::MAX);
        lost
    }
}

/// Notes lie in the order of their blocks, and a fork takes few of them back: the other ones are not looked at.
fn notes_after(number: u32, state: &State) -> impl Iterator<Item = &OwnedNote> {
    let notes = state.notes.values().rev();
    notes.take_while(move |note| note.found_in > number)
}

fn payments_after(number: u32, state: &State) -> impl Iterator<Item = Digest> + '_ {
    let records = state.history.iter().rev();
    let after = records.take_while(move |record| record.block > number);
    after.filter_map(|record| record.name)
}
