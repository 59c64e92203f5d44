//! What a peer may say: how much, and what it was asked.

use super::message::Sent;
use std::time::{Duration, Instant};

/// Messages are counted in units of this length.
const UNIT_BYTES: usize = 8 << 10;

/// The time in which a peer may send one unit: a 512th of a second.
pub(super) const UNIT_TIME: Duration = Duration::from_nanos(1_953_125);

/// How much of its time a peer may use in advance: 4,096 units.
pub(super) const ADVANCE: Duration = Duration::from_secs(8);

/// How much a peer has said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// When it will have used no time in advance.
    even: Instant,
}

impl Pace {
    /// Nothing was said before `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self { even: now }
    }

    /// Notes a message, unless it is too much.
    pub(super) fn admits(&mut self, bytes: usize, now: Instant) -> bool {
        let units = bytes.div_ceil(UNIT_BYTES).max(1);
        let time = UNIT_TIME.saturating_mul(u32::try_from(units).unwrap_or(u32::MAX));
        let Some(even) = self.even.max(now).checked_add(time) else {
            return false;
        };
        if even.saturating_duration_since(now) > ADVANCE {
            return false;
        }
        self.even = even;
        true
    }
}

/// What one connection may still say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// For whatever is not a new vote.
    pub(super) pace: Pace,
    /// Neighbour packets of ours that it has not answered by a request. GRANDPA's client asks for a catch-up
    /// only when such a packet arrives, and whoever sent it.
    invitations: u64,
    /// Requests of ours that it has not answered.
    requests: u64,
}

impl Allowance {
    /// A connection that was just opened.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            pace: Pace::new(now),
            invitations: 0,
            requests: 0,
        }
    }

    /// Notes what we say.
    pub(super) fn hears(&mut self, message: &Sent) {
        let count = match message {
            Sent::Neighbour(_) => &mut self.invitations,
            Sent::CatchUpRequest => &mut self.requests,
        };
        *count = count.saturating_add(1);
    }

    /// Whether a request for a catch-up has an occasion, which then is used up.
    pub(super) fn may_request(&mut self) -> bool {
        use_up(&mut self.invitations)
    }

    /// Whether a catch-up was asked for, which then is answered.
    pub(super) fn may_answer(&mut self) -> bool {
        use_up(&mut self.requests)
    }
}

fn use_up(count: &mut u64) -> bool {
    let left = count.checked_sub(1);
    *count = left.unwrap_or_default();
    left.is_some()
}
