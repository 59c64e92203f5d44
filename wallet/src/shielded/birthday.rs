//! The first block that a new wallet reads.
//!
//! Nobody can have paid to words before they were made. The key file says when that was, and headers say when blocks were:
//! each names its slot. So an account that was made here is not looked for in what the chain did before.
//!
//! The node learns a birthday from what is read. So only the first blocks of stretches are asked about, and all accounts of
//! one stretch ask the same. A node that lies about times could hide notes, but not add any; `scan` says where it began,
//! and `scan --rescan --birthday 1` reads everything.

use std::future::Future;

use crate::error::Error;

/// Blocks of a stretch, some day: what an account's birthday tells is not more exact.
pub const STRETCH: u32 = 86_400;

/// Seconds by which this machine's clock may have been ahead when the words were made.
const DOUBT: u64 = 24 * 60 * 60;

/// The last first block of a stretch that is older than words which were made then; 1 if none is, or nobody can tell.
/// `time_of` gives a block's time in seconds since 1970.
///
/// # Errors
/// What asking for a block's time fails with.
pub async fn find<Answer: Future<Output = Result<Option<u64>, Error>>>(
    made_at: Option<u64>,
    head: u32,
    time_of: impl Fn(u32) -> Answer,
) -> Result<u32, Error> {
    let Some(made_at) = made_at else { return Ok(1) };
    let latest = made_at.saturating_sub(DOUBT);
    // The beginning is older than anything. Of the stretches above `high` it is known that they are not.
    let (mut low, mut high) = (0, head / STRETCH);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        match time_of(middle.saturating_mul(STRETCH)).await? {
            Some(time) if time <= latest => low = middle,
            Some(_) => high = middle - 1,
            // A header that the node does not have, or one without a slot.
            None => return Ok(1),
        }
    }
    Ok(low.saturating_mul(STRETCH).max(1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use std::cell::RefCell;

    use super::*;
    use crate::shielded::model::block_on;

    const GENESIS: u64 = 1_800_000_000;
    const DAYS: u64 = 24 * 60 * 60;

    /// A chain with a block each second, and what it is asked.
    fn found(made_at: Option<u64>, head: u32) -> (u32, Vec<u32>) {
        let asked = RefCell::new(Vec::new());
        let time_of = |number: u32| {
            asked.borrow_mut().push(number);
            async move { Ok(Some(GENESIS + u64::from(number))) }
        };
        let birthday = block_on(find(made_at, head, time_of)).unwrap();
        (birthday, asked.into_inner())
    }

    #[test]
    fn a_new_account_is_not_looked_for_before_it_was_made() {
        let head = 1_000 * STRETCH + 77;
        let day = |day: u64| GENESIS + day * DAYS;
        for (made_at, birthday) in [
            (day(0), 1),
            (day(2) + 5, STRETCH),
            (day(700) + 5, 699 * STRETCH),
            (day(700) - 5, 698 * STRETCH),
            // A clock that is far ahead: not after the chain's end.
            (day(5_000), 1_000 * STRETCH),
            (0, 1),
        ] {
            let (found, asked) = found(Some(made_at), head);
            assert_eq!(found, birthday, "{made_at}");
            assert!(asked.len() <= 10 && asked.iter().all(|it| it % STRETCH == 0));
        }
    }

    #[test]
    fn words_of_which_nothing_is_known_may_be_as_old_as_the_chain() {
        assert_eq!(found(None, 1_000 * STRETCH), (1, Vec::new()));
        // A young chain is read whole, and nobody asks.
        assert_eq!(found(Some(u64::MAX), STRETCH - 1), (1, Vec::new()));
        let nobody_knows = |_| async { Ok(None) };
        let birthday = block_on(find(Some(u64::MAX), 9 * STRETCH, nobody_knows));
        assert_eq!(birthday.unwrap(), 1);
    }
}
