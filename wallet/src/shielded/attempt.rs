//! Payments whose end is not known yet.
//!
//! A payment is possible from the moment its bytes leave the wallet, and until the chain says otherwise: a block that the
//! wallet has read holds it, or another transaction that spends one of its notes, or its last block is final and held
//! neither. What a node says (refused, dropped, usurped), a lost connection and a timeout end nothing. The node has the
//! bytes, and so has everybody it passed them to, who can wrap them into another extrinsic with another hash.
//!
//! So a payment is known by its name and the nullifiers of its notes. Until its end its notes pay nothing else, and a
//! second try at the same payment spends one of them too: only one of the two can come into the chain. That holds even for a
//! while after the end, should the node have lied about it.
//!
//! A payment that was only *shown* to the node, which refused it in a check or lost the connection before it was asked to
//! send it, will not come unless the node lies. Its notes are not kept for it. But whatever is paid next spends one of
//! them, so that a node that has it included all the same makes nobody pay twice.
//!
//! How long a payment is possible is a block number, and numbers are what a node says. A payment that is valid for longer
//! than any payment can be was made with a node that told a height far above the chain's: its notes are not kept for it
//! either once the wallet reads the chain from a node that does not.

use codec::{Decode, Encode, Input, Output};
use qloak_shielded::element::Digest;

use super::dummy::DummySeed;

/// How many blocks after its anchor's a transfer is valid. All wallets use this number: another one would
/// mark its transactions.
pub const LIFETIME: u32 = 240;

/// How far ahead of the last block that was read a payment's last block can lie: its lifetime, and as much again for a
/// node that lags behind the one that the payment was made with.
const FARTHEST: u32 = 2 * LIFETIME;

/// Blocks for which an ended payment is remembered: a day's.
const REMEMBERED: u32 = 86_400;

/// What is paid to whom. Two payments of one purpose are two tries at one payment, unless the user says that they are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Purpose {
    /// Inside the pool, to the address with this handle.
    #[codec(index = 0)]
    Send {
        /// The handle.
        handle: [u8; 32],
        /// How much; nothing for all that there is.
        value: Option<u64>,
    },
    /// Out of the pool, to a public account.
    #[codec(index = 1)]
    Withdraw {
        /// The account.
        recipient: [u8; 32],
        /// How much; nothing for all that there is.
        value: Option<u64>,
    },
    /// Notes of the wallet's become one. Nobody is paid.
    #[codec(index = 2)]
    Merge,
    /// An earlier version of the wallet made it, which did not remember what it was for.
    #[codec(index = 3)]
    Unknown,
    /// Whatever was sent before this state was made, by a wallet that was lost or on another machine. The last block that is
    /// remembered with it is the last one that can have any of it.
    #[codec(index = 4)]
    Forgotten,
}

/// How a payment ended, as far as the chain was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum End {
    /// It is in a block.
    #[codec(index = 0)]
    Included {
        /// The block.
        block: u32,
    },
    /// Another transaction spent one of its notes.
    #[codec(index = 1)]
    Outrun {
        /// The other's name.
        by: Digest,
        /// The block.
        block: u32,
    },
    /// Its last block is final, and it came into none.
    #[codec(index = 2)]
    Expired,
}

/// How far a payment went, and what the user knows of its end. Written as the flag that earlier versions had in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) enum Stage {
    /// The node was asked to send it. The user was told nothing of its end.
    #[codec(index = 0)]
    Sent = 0,
    /// Another command told the end in passing.
    #[codec(index = 1)]
    Mentioned = 1,
    /// The command that was to make the payment told the end. The same command again means another payment.
    #[codec(index = 2)]
    Known = 2,
    /// The node got its bytes to check them, and was not asked to send them.
    #[codec(index = 3)]
    Shown = 3,
}

/// Why a payment that had ended is possible again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reopened {
    /// The block that ended it is not in the chain any more.
    Undone,
    /// Its last block is not in the chain that is read now, and was not final: a node lied, or the block is read again soon.
    NotOver,
}

impl End {
    fn block(&self) -> Option<u32> {
        match self {
            Self::Included { block } | Self::Outrun { block, .. } => Some(*block),
            Self::Expired => None,
        }
    }
}

/// A payment that was made and perhaps sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The transfer's name.
    pub name: Digest,
    /// What it is for.
    pub purpose: Purpose,
    /// What it pays, the fee not included.
    pub value: u64,
    /// The last block in which it is valid.
    pub valid_until: u32,
    /// How it ended; nothing while it is possible.
    pub end: Option<End>,
    pub(super) stage: Stage,
    /// What fills it up, to be used again when the same notes are spent again.
    pub(super) dummy: Option<DummySeed>,
    /// Of the notes that it spends, without what only fills it up.
    pub(super) nullifiers: Vec<Digest>,
}

/// Set in the stage's byte where a dummy's secret follows. Earlier versions remembered none.
const WITH_DUMMY: u8 = 0x10;

impl Encode for Attempt {
    fn encode_to<T: Output + ?Sized>(&self, to: &mut T) {
        (&self.name, &self.purpose, self.value).encode_to(to);
        (self.valid_until, &self.end).encode_to(to);
        let flag = self.dummy.as_ref().map_or(0, |_| WITH_DUMMY);
        to.push_byte(self.stage as u8 | flag);
        if let Some(dummy) = &self.dummy {
            dummy.encode_to(to);
        }
        self.nullifiers.encode_to(to);
    }
}

impl Decode for Attempt {
    fn decode<I: Input>(from: &mut I) -> Result<Self, codec::Error> {
        let (name, purpose, value) = Decode::decode(from)?;
        let (valid_until, end) = Decode::decode(from)?;
        let byte = from.read_byte()?;
        let stage = Stage::decode(&mut [byte & !WITH_DUMMY].as_slice())?;
        let dummy = match byte & WITH_DUMMY {
            0 => None,
            _ => Some(DummySeed::decode(from)?),
        };
        let nullifiers = Decode::decode(from)?;
        Ok(Self {
            name,
            purpose,
            value,
            valid_until,
            end,
            stage,
            dummy,
            nullifiers,
        })
    }
}

impl Attempt {
    /// Remembers what fills it up.
    pub fn with_dummy(self, dummy: Option<DummySeed>) -> Self {
        Self { dummy, ..self }
    }

    /// Whether the user knows how it ended, and no fork can change it: the chain is final up to this block.
    fn is_over(&self, finalized: u32) -> bool {
        let is_final = |end: End| match end {
            End::Included { block } => block <= finalized,
            End::Outrun { .. } => self.valid_until <= finalized,
            End::Expired => true,
        };
        self.stage == Stage::Known && self.end.is_some_and(is_final)
    }

    /// Makes it possible again if it ended after this block.
    fn reopen(&mut self, number: u32) -> Option<Reopened> {
        let end = self.end?;
        let (block, reopened) = match end.block() {
            Some(block) => (block, Reopened::Undone),
            None => (self.valid_until, Reopened::NotOver),
        };
        (block > number).then(|| {
            self.end = None;
            reopened
        })
    }

    /// Whether it pays somebody.
    pub(super) fn is_payment(&self) -> bool {
        matches!(
            self.purpose,
            Purpose::Send { .. } | Purpose::Withdraw { .. }
        )
    }

    /// Whether both spend a note, so that only one of them can come.
    pub(super) fn shares_with(&self, other: &Self) -> bool {
        let mut notes = self.nullifiers.iter();
        notes.any(|it| other.nullifiers.contains(it))
    }

    /// Whether it is possible only if a node lies.
    pub(super) fn is_only_shown(&self) -> bool {
        self.end.is_none() && self.stage == Stage::Shown
    }

    /// Whether its notes are kept for it, where the chain was read up to this block.
    fn keeps_notes(&self, number: u32) -> bool {
        let is_sane = self.valid_until <= number.saturating_add(FARTHEST);
        self.end.is_none() && self.stage != Stage::Shown && is_sane
    }
}

/// What earlier tries at a payment ask of the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// There were none that matter.
    None,
    /// The payment is in the chain.
    Landed(Attempt),
    /// They may still come. The next one must spend a note of each.
    Possible {
        /// The positions of the notes that each spends, without those that a fork took away. If none is left of one,
        /// nothing can be paid that excludes it.
        tries: Vec<Vec<u32>>,
        /// The last block in which one of them is valid.
        until: u32,
        /// Whether one of them is a try at the very payment. The others are payments that the node did not take.
        same: bool,
    },
    /// They ended without having been paid, if the node is to be believed. Whoever can spends a note of each all the same.
    Ended {
        /// The positions of the notes that each spent.
        tries: Vec<Vec<u32>>,
    },
}

/// The payments that are remembered, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Attempts(Vec<Attempt>);

impl Attempts {
    /// Remembers a payment. To be saved before its bytes leave the wallet.
    pub fn begin(&mut self, attempt: Attempt) {
        self.0.push(attempt);
    }

    /// The node is asked to send a payment. To be saved before it is.
    pub fn send(&mut self, name: &Digest) {
        let shown = |attempt: &&mut Attempt| attempt.name == *name && attempt.is_only_shown();
        for attempt in self.0.iter_mut().filter(shown) {
            attempt.stage = Stage::Sent;
        }
    }

    /// All that are remembered.
    pub fn iter(&self) -> impl Iterator<Item = &Attempt> {
        self.0.iter()
    }

    /// The first block that can have one of them: the chain has to be read from there on, whenever the notes came in.
    pub fn first_block(&self) -> Option<u32> {
        let made = self.0.iter().filter(|it| it.purpose != Purpose::Forgotten);
        let first = |it: &Attempt| it.valid_until.saturating_sub(LIFETIME).saturating_add(1);
        made.map(first).min()
    }

    /// The payment of this name.
    pub fn of(&self, name: &Digest) -> Option<&Attempt> {
        self.0.iter().find(|attempt| attempt.name == *name)
    }

    /// What filled up the latest payment that spends just these notes.
    pub(super) fn dummy_beside(&self, nullifiers: &[Digest]) -> Option<&DummySeed> {
        let same = |attempt: &&Attempt| attempt.dummy.is_some() && attempt.nullifiers == nullifiers;
        if nullifiers.is_empty() {
            return None;
        }
        self.0.iter().rev().find(same)?.dummy.as_ref()
    }

    /// The payments that have ended and of which the user was not told. They count as told from now on.
    pub fn untold(&mut self) -> Vec<Attempt> {
        let ended = |attempt: &&mut Attempt| attempt.end.is_some() && attempt.stage == Stage::Sent;
        let tell = |attempt: &mut Attempt| {
            attempt.stage = Stage::Mentioned;
            attempt.clone()
        };
        self.0.iter_mut().filter(ended).map(tell).collect()
    }

    /// The user knows of a payment's end by the very command that made it, and of the tries before it. They are forgotten
    /// when the block is final: until then a fork can make them possible again.
    pub fn done(&mut self, name: &Digest) {
        let Some(purpose) = self.of(name).map(|attempt| attempt.purpose) else {
            return;
        };
        let concerned = |attempt: &Attempt| match purpose {
            Purpose::Merge | Purpose::Unknown | Purpose::Forgotten => attempt.name == *name,
            purpose => attempt.purpose == purpose,
        };
        for attempt in self.0.iter_mut().filter(|attempt| concerned(attempt)) {
            if attempt.end.is_some() {
                attempt.stage = Stage::Known;
            }
        }
        self.forget(|attempt| !attempt.is_over(0));
    }

    /// Forgets payments but those that are kept, and those that another one which is kept was outrun by.
    fn forget(&mut self, kept: impl Fn(&Attempt) -> bool) {
        let outrun_by = |attempt: &Attempt| match attempt.end {
            Some(End::Outrun { by, .. }) => Some(by),
            _ => None,
        };
        let all = self.0.iter().filter(|attempt| kept(attempt));
        let named: Vec<Digest> = all.filter_map(outrun_by).collect();
        self.0
            .retain(|attempt| kept(attempt) || named.contains(&attempt.name));
    }

    /// A transfer in a block spent notes of the wallet's.
    pub(super) fn spent(&mut self, nullifiers: &[Digest], name: Digest, block: u32) {
        for attempt in &mut self.0 {
            let is_over = attempt.end.is_some_and(|end| end != End::Expired);
            if is_over || !attempt.nullifiers.iter().any(|it| nullifiers.contains(it)) {
                continue;
            }
            attempt.end = Some(match attempt.name == name {
                true => {
                    // A node had it included that was not asked to, or had said that its time was over. The user has to
                    // hear of it.
                    if matches!(attempt.stage, Stage::Shown | Stage::Mentioned) {
                        attempt.stage = Stage::Sent;
                    }
                    End::Included { block }
                }
                false => End::Outrun { by: name, block },
            });
        }
    }

    /// What happened after a block did not happen.
    pub(super) fn roll_back(&mut self, number: u32) {
        for attempt in &mut self.0 {
            let reopened = attempt.reopen(number);
            if reopened == Some(Reopened::Undone) && attempt.stage != Stage::Shown {
                attempt.stage = Stage::Sent;
            }
        }
    }

    /// The chain is read again from the block after this one on. What the user knows he still knows.
    pub(super) fn read_again(&mut self, number: u32) {
        for attempt in &mut self.0 {
            let reopened = attempt.reopen(number);
            if reopened == Some(Reopened::Undone) && attempt.stage == Stage::Mentioned {
                attempt.stage = Stage::Sent;
            }
        }
    }

    /// The chain was read up to this final block.
    pub(super) fn settle(&mut self, number: u32) {
        for attempt in &mut self.0 {
            if attempt.end.is_none() && attempt.valid_until <= number {
                attempt.end = Some(End::Expired);
            }
        }
        self.forget(|attempt| {
            !attempt.is_over(number) && attempt.valid_until.saturating_add(REMEMBERED) >= number
        });
    }

    /// Payments of before a wallet knew what they were for, by the nullifiers of their notes.
    pub(super) fn adopt(&mut self, notes: impl IntoIterator<Item = (Digest, u32)>) {
        let unnamed = |(nullifier, valid_until)| Attempt {
            name: Digest::ZERO,
            purpose: Purpose::Unknown,
            value: 0,
            valid_until,
            end: None,
            stage: Stage::Mentioned,
            dummy: None,
            nullifiers: vec![nullifier],
        };
        self.0.extend(notes.into_iter().map(unnamed));
    }

    /// A state was made while this was the best block. What was sent before, nobody remembers.
    pub fn made_at(&mut self, block: u32) {
        self.0.push(Attempt {
            name: Digest::ZERO,
            purpose: Purpose::Forgotten,
            value: 0,
            valid_until: block.saturating_add(LIFETIME),
            end: None,
            // So that it goes when it is over.
            stage: Stage::Known,
            dummy: None,
            nullifiers: Vec::new(),
        });
    }

    /// The user knows that forgotten payments can still come.
    pub fn told_of_the_forgotten(&mut self) {
        self.0
            .retain(|attempt| attempt.purpose != Purpose::Forgotten);
    }

    /// The nullifiers of notes that are kept for possible payments, with these; the chain was read up to this block.
    pub(super) fn reserved(&self, number: u32) -> impl Iterator<Item = (&Digest, &Attempt)> {
        let kept = self.0.iter().filter(move |it| it.keeps_notes(number));
        kept.flat_map(|attempt| attempt.nullifiers.iter().map(move |it| (it, attempt)))
    }
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
