//! When blocks, sessions and eras come: dates beside numbers.
//!
//! A block comes in each slot, unless its author misses it. So a block that is still to come has a date before which it will not,
//! and what is in the past, or many slots were missed in, is earlier or later than it would seem.
//!
//! A session begins at each block whose number is a multiple of its length, and an era after so many sessions. Of the length
//! the chain's metadata say only how long offences can be reported: for as long as bonds are held, counted in
//! blocks (`docs/spec/validators.md`).

use subxt::dynamic::constant;

use super::staking::{self, Rules};
use super::time;
use super::{AtBlock, Chain};
use crate::error::Error;
use crate::output::date;

/// Where the chain is, and how it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The block.
    block: u64,
    /// Its time, in milliseconds since 1970.
    time: Option<u64>,
    /// How long a slot takes, in milliseconds.
    slot: Option<u64>,
    /// The turns that validators take; nothing on a chain without them.
    turns: Option<Turns>,
}

/// Sessions and eras.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turns {
    session: u32,
    /// Blocks of a session.
    length: u64,
    era: u32,
    /// The session with which the era began.
    era_began: u32,
    /// Sessions of an era.
    sessions: u32,
}

impl Calendar {
    /// The dates of blocks, without sessions.
    pub async fn of_blocks(at: &AtBlock) -> Self {
        Self {
            block: at.block_number(),
            time: time::of(at).await,
            slot: time::slot_milliseconds(at),
            turns: None,
        }
    }

    /// The dates of sessions and eras too.
    ///
    /// # Errors
    /// [`Error::NotQloak`], [`Error::Node`].
    pub async fn read(chain: &Chain, at: &AtBlock, rules: &Rules) -> Result<Self, Error> {
        let number = |pallet: &str, name: &str| {
            let constants = at.constants();
            constants.entry(constant::<u32>(pallet, name)).ok()
        };
        let began = staking::first_session(chain, at, rules.active_era).await?;
        let turns = || {
            let sessions = number("Staking", "SessionsPerEra")?;
            let reported = number("ValidatorOffences", "ReportLongevity")?;
            let held = sessions.checked_mul(rules.bonding_eras)?;
            let length = reported.checked_div(held).filter(|length| *length > 0)?;
            Some(Turns {
                session: rules.session,
                length: length.into(),
                era: rules.active_era,
                era_began: began?,
                sessions,
            })
        };
        Ok(Self {
            turns: turns(),
            ..Self::of_blocks(at).await
        })
    }

    /// The first block of the next session.
    pub fn next_session(&self) -> Option<u64> {
        let turns = self.turns?;
        self.session_begins(turns.session.checked_add(1)?)
    }

    /// The first block of the next era.
    pub fn next_era(&self) -> Option<u64> {
        self.era_begins(self.turns?.era.checked_add(1)?)
    }

    /// The first block of an era that is to come.
    fn era_begins(&self, era: u32) -> Option<u64> {
        self.session_begins(self.first_session(era)?)
    }

    /// The block from which on what is bonded until an era can be taken back: eras are counted there from when they are
    /// planned, one session before they begin.
    pub fn thaws(&self, era: u32) -> Option<u64> {
        self.session_begins(self.first_session(era)?.checked_sub(1)?)
    }

    fn first_session(&self, era: u32) -> Option<u32> {
        let turns = self.turns?;
        let sessions = era.checked_sub(turns.era)?.checked_mul(turns.sessions)?;
        turns.era_began.checked_add(sessions)
    }

    /// The first block of a session that is to come.
    fn session_begins(&self, session: u32) -> Option<u64> {
        let turns = self.turns?;
        let ahead = session.checked_sub(turns.session).filter(|it| *it > 0)?;
        let present = self.block / turns.length;
        present.checked_add(ahead.into())?.checked_mul(turns.length)
    }

    /// The date of a block, in milliseconds since 1970, if no slot is missed: the earliest of one to come.
    pub fn time_of(&self, block: u64) -> Option<u64> {
        let (time, slot) = (self.time?, self.slot?);
        match block.checked_sub(self.block) {
            Some(ahead) => time.checked_add(ahead.checked_mul(slot)?),
            None => time.checked_sub((self.block - block).checked_mul(slot)?),
        }
    }

    /// A block with its date, for people.
    pub fn describe(&self, block: u64) -> String {
        match self.time_of(block) {
            None => format!("block {block}"),
            Some(time) if block > self.block => {
                format!("block {block}, not before {}", date(time))
            }
            Some(time) => format!("block {block}, about {}", date(time)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2027-01-15 08:00:00 UTC.
    const MORNING: u64 = 1_800_000_000_000;

    fn calendar(block: u64, session: u32, era_began: u32) -> Calendar {
        Calendar {
            block,
            time: Some(MORNING),
            slot: Some(1_000),
            turns: Some(Turns {
                session,
                length: 600,
                era: 4,
                era_began,
                sessions: 6,
            }),
        }
    }

    #[test]
    fn sessions_and_eras_begin_at_blocks() {
        let first = calendar(600 * 26 + 1, 26, 24);
        assert_eq!(first.next_session(), Some(600 * 27));
        assert_eq!(first.next_era(), Some(600 * 30));
        assert_eq!(first.thaws(5), Some(600 * 29));
        assert_eq!(first.thaws(6), Some(600 * 35));
        assert_eq!(first.thaws(3), None, "it has");
        let last = calendar(600 * 30 - 1, 29, 24);
        assert_eq!(
            (last.next_session(), last.next_era()),
            (Some(18_000), Some(18_000))
        );
        let none = Calendar {
            turns: None,
            ..first
        };
        assert_eq!((none.next_session(), none.next_era()), (None, None));
    }

    #[test]
    fn a_block_to_come_has_a_date_before_which_it_does_not() {
        let here = calendar(100, 0, 0);
        assert_eq!(
            here.describe(160),
            "block 160, not before 2027-01-15 08:01:00 UTC"
        );
        assert_eq!(here.describe(40), "block 40, about 2027-01-15 07:59:00 UTC");
        let unknown = Calendar { time: None, ..here };
        assert_eq!(unknown.describe(160), "block 160");
        assert_eq!(here.time_of(u64::MAX), None);
    }
}
