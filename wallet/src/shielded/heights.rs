//! Heights that a chain can have.
//!
//! How long a payment is valid is a block number, and what a node says of numbers has to fit what the wallet knows. A block is
//! made in a slot, of which its header tells, and no slot has two blocks of one chain. So between the last block that the
//! wallet has read and the best one there are no more blocks than slots; and no slot lies ahead of the clock.
//!
//! A node that makes up headers can still tell a height that is too great by as many blocks as seconds passed since the
//! wallet's last scan, or, to a wallet that has read nothing yet, any. What such a height leaves behind ends with the first
//! scan from another node: see [`super::attempt`].

use super::source::{BlockId, Source};
use super::ShieldedError;
use crate::error::Error;

/// How far the clock here and that of a block's author can differ, in slots: an hour.
const CLOCKS: u64 = 3_600;

/// A block and its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Made {
    number: u32,
    slot: u64,
}

/// Refuses a best block that cannot be so far from the last one that was read.
///
/// # Errors
/// [`ShieldedError::TooFar`], [`ShieldedError::AheadOfTime`]; what asking the node fails with.
pub async fn require_possible<S: Source>(
    source: &S,
    last: BlockId,
    head: BlockId,
) -> Result<(), Error> {
    let made = async |block: BlockId| {
        let slot = source.slot(block).await?;
        Ok::<_, Error>(slot.map(|slot| Made {
            number: block.number,
            slot,
        }))
    };
    // The head first: its header is what everything follows from.
    let Some(head) = made(head).await? else {
        return Ok(());
    };
    let last = made(last).await?;
    Ok(judge(last, head, source.present_slot().await)?)
}

fn judge(last: Option<Made>, head: Made, now: Option<u64>) -> Result<(), ShieldedError> {
    if now.is_some_and(|now| head.slot > now.saturating_add(CLOCKS)) {
        return Err(ShieldedError::AheadOfTime { block: head.number });
    }
    let Some(last) = last else { return Ok(()) };
    let blocks = u64::from(head.number.saturating_sub(last.number));
    let slots = head.slot.saturating_sub(last.slot);
    match blocks > slots {
        true => Err(ShieldedError::TooFar {
            last: last.number,
            head: head.number,
            slots,
        }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_blocks_than_slots_were_made() {
        let last = Made {
            number: 1_000,
            slot: 500_000,
        };
        let made = |number, slot| Made { number, slot };
        for (head, fits) in [
            (last, true),
            (made(1_010, 500_010), true),
            (made(1_010, 600_000), true),
            (made(990, 499_000), true),
            (made(1_011, 500_010), false),
            (made(u32::MAX, 500_010), false),
        ] {
            let judged = judge(Some(last), head, None);
            assert_eq!(judged.is_ok(), fits, "{head:?}");
            assert!(judge(None, head, None).is_ok());
        }
    }

    #[test]
    fn no_block_is_made_ahead_of_the_clock() {
        let head = |slot| Made { number: 9, slot };
        assert!(judge(None, head(1_000), Some(1_000)).is_ok());
        assert!(judge(None, head(1_000 + CLOCKS), Some(1_000)).is_ok());
        let ahead = judge(None, head(1_001 + CLOCKS), Some(1_000));
        assert!(
            matches!(ahead, Err(ShieldedError::AheadOfTime { block: 9 })),
            "{ahead:?}"
        );
        // Blocks of a development chain do not wait.
        assert!(judge(None, head(u64::MAX), None).is_ok());
    }
}
