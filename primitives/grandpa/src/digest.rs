//! What the runtime tells the finality client, by way of a block's digest.

use codec::{Codec, Decode, Encode};

use crate::{AuthorityIndex, ScheduledChange};

/// A digest item of GRANDPA's.
///
/// The client acts on it without looking at the state, so that it holds on every fork that has the block.
/// While a change is waiting for its delay to pass, the runtime schedules no other. Of several
/// changes of one kind in a block the first counts, and a forced one counts before a scheduled one.
#[derive(Clone, Debug, Encode, Decode, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum ConsensusLog<N: Codec> {
    /// The voters change once the block at the end of the delay is final.
    #[codec(index = 1)]
    ScheduledChange(ScheduledChange<N>),
    /// The voters change once the block at the end of the delay is imported, final or not: the way out
    /// when too many voters are lost for anything to become final. The first field is the block up to
    /// which the old voters' votes are taken to hold.
    #[codec(index = 2)]
    ForcedChange(N, ScheduledChange<N>),
    /// The authority at this place votes no more in this set.
    #[codec(index = 3)]
    OnDisabled(AuthorityIndex),
    /// Voting stops once the block at the end of the delay is final.
    #[codec(index = 4)]
    Pause(N),
    /// Voting starts again once the block at the end of the delay is authored.
    #[codec(index = 5)]
    Resume(N),
}

impl<N: Codec> ConsensusLog<N> {
    /// The change, if this schedules one.
    pub fn try_into_change(self) -> Option<ScheduledChange<N>> {
        if let Self::ScheduledChange(change) = self {
            Some(change)
        } else {
            None
        }
    }

    /// The change and the block up to which the old voters count, if this forces one.
    pub fn try_into_forced_change(self) -> Option<(N, ScheduledChange<N>)> {
        if let Self::ForcedChange(median, change) = self {
            Some((median, change))
        } else {
            None
        }
    }

    /// The delay, if this stops the voting.
    pub fn try_into_pause(self) -> Option<N> {
        if let Self::Pause(delay) = self {
            Some(delay)
        } else {
            None
        }
    }

    /// The delay, if this starts the voting again.
    pub fn try_into_resume(self) -> Option<N> {
        if let Self::Resume(delay) = self {
            Some(delay)
        } else {
            None
        }
    }
}
