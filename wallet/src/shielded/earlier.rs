//! What the payments on their way ask of the next one: which may still come, and which notes it has to share with them.

use qloak_shielded::transaction::Transfer;

use super::attempt::{Attempt, Earlier, End, Purpose, Stage, LIFETIME};
use super::state::State;

impl State {
    /// Returns whether a payment can still come, as far as the chain was read.
    ///
    /// That a payment of somebody else's spent its notes is one node's word until another node was asked, and a node that
    /// made it up can send this one later. After its last block it does not matter who spent them. Another try at the same payment is
    /// looked up in its block before it is believed.
    fn can_come(&self, attempt: &Attempt) -> bool {
        match attempt.end {
            None => true,
            Some(End::Outrun { by, .. }) => {
                let other = self.attempts.of(&by);
                let is_try = other.is_some_and(|other| other.purpose == attempt.purpose);
                !is_try && attempt.valid_until > self.number()
            }
            Some(End::Included { .. } | End::Expired) => false,
        }
    }

    /// What is to be remembered of a transfer, before a node sees it.
    pub fn attempt(&self, transfer: &Transfer, purpose: Purpose, value: u64) -> Attempt {
        Attempt {
            name: transfer.binding(&self.genesis),
            purpose,
            value,
            valid_until: transfer.valid_until,
            end: None,
            stage: Stage::Shown,
            dummy: None,
            nullifiers: transfer
                .nullifiers
                .into_iter()
                .filter(|nullifier| self.position(nullifier).is_some())
                .collect(),
        }
    }

    /// The block at which this state was made, if a payment of before can still come: the account had notes by then that
    /// are not spent. One that is new has none.
    pub fn forgotten(&self) -> Option<u32> {
        let open =
            |attempt: &&Attempt| attempt.purpose == Purpose::Forgotten && attempt.end.is_none();
        let until = self.attempts.iter().find(open)?.valid_until;
        let made = until.saturating_sub(LIFETIME);
        let mut notes = self.notes.values();
        let older = notes.any(|note| note.spent_in.is_none() && note.found_in <= made);
        (older && self.number() < until).then_some(made)
    }

    /// What earlier tries at a payment ask of the next one.
    pub fn earlier(&self, purpose: &Purpose) -> Earlier {
        let is_payment = matches!(purpose, Purpose::Send { .. } | Purpose::Withdraw { .. });
        if !is_payment {
            return Earlier::None;
        }
        let same = || {
            let all = self.attempts.iter();
            all.filter(|attempt| attempt.purpose == *purpose)
        };
        let landed = |attempt: &&Attempt| {
            matches!(attempt.end, Some(End::Included { .. })) && attempt.stage != Stage::Known
        };
        if let Some(attempt) = same().filter(landed).last() {
            return Earlier::Landed(attempt.clone());
        }
        // A fork that took a note away may bring it again, and the try with it. So the notes that are left have to do.
        let notes = |attempt: &Attempt| -> Vec<u32> {
            let nullifiers = attempt.nullifiers.iter();
            nullifiers.filter_map(|it| self.position(it)).collect()
        };
        let open = || same().filter(|attempt| self.can_come(attempt));
        // What the node did not take was to be paid instead of what comes next, and not besides. Once something was sent that
        // excludes it, that was the next. Without notes it cannot come.
        let sent = |other: &Attempt| {
            other.end.is_none() && other.is_payment() && other.stage != Stage::Shown
        };
        let is_replaced = |attempt: &Attempt| {
            let mut others = self.attempts.iter().filter(|other| sent(other));
            others.any(|other| other.shares_with(attempt))
        };
        let shown = self.attempts.iter().filter(|attempt| {
            let is_other = attempt.is_payment() && attempt.purpose != *purpose;
            let can_come = attempt.is_only_shown() && !notes(attempt).is_empty();
            is_other && can_come && !is_replaced(attempt)
        });
        let possible: Vec<_> = open().chain(shown).collect();
        if let Some(until) = possible.iter().map(|attempt| attempt.valid_until).max() {
            return Earlier::Possible {
                tries: possible.into_iter().map(notes).collect(),
                until,
                same: open().next().is_some(),
            };
        }
        let expired = same().filter(|attempt| attempt.end == Some(End::Expired));
        let tries: Vec<_> = expired.map(notes).filter(|it| !it.is_empty()).collect();
        match tries.is_empty() {
            true => Earlier::None,
            false => Earlier::Ended { tries },
        }
    }
}
