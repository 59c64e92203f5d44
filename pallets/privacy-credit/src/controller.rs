//! The controller of the credit's rate: a discrete PID controller in fixed-point integers.
//!
//! ```text
//! share      = shielded transactions / transactions            of a period; 0 to 1
//! fullness   = mean over the period's blocks                   0 to 1
//! e          = (s* - share) / s*  -  g · max(0, fullness - f*) / (1 - f*)
//! I'         = clamp(I + e, -L, L)
//! u          = 1 + Kp · e + Ki · I' + Kd · (e - e_last)
//! rate       = clamp(base · u, lowest, highest)
//! ```
//!
//! Too few shielded transactions raise the rate, full blocks lower it: credits must not attract
//! what the chain has no room for.
//!
//! *Anti-windup*: in a period at whose end the wanted rate is beyond a bound, the error is not added to
//! the integral if it pushes further out. So the rate leaves the bound as soon as the error turns.
//!
//! A period without transactions has no share, and changes nothing.
//!
//! Numbers are multiples of 10⁻⁹ in 64 bits ([`FixedI64`]); every operation saturates. There are no
//! floats, so all nodes get the same rate. Nothing here knows of storage or of blocks.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::sp_runtime::{
    traits::{One, Saturating, Zero},
    FixedI64, FixedPointNumber, Permill,
};
use scale_info::TypeInfo;

/// What the controller is told once and for all. Rates are in units of PRIV per transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Policy {
    /// The rate while all is as it is wanted.
    pub base_rate: u64,
    /// The rate is never below this.
    pub lowest_rate: u64,
    /// The rate is never above this.
    pub highest_rate: u64,
    /// s*: the wanted share of shielded transactions among all.
    pub target_share: Permill,
    /// f*: how full blocks may be before credits become fewer.
    pub target_fullness: Permill,
    /// g: what a full block counts, where 1 is as much as no shielded transaction at all.
    pub congestion_gain: FixedI64,
    /// Kp, per error.
    pub proportional_gain: FixedI64,
    /// Ki, per error and period.
    pub integral_gain: FixedI64,
    /// Kd, per change of the error from one period to the next.
    pub derivative_gain: FixedI64,
    /// L: the integral is between this and its negative, in errors times periods.
    pub integral_limit: FixedI64,
    /// Blocks of a period.
    pub period: u32,
}

impl Policy {
    /// Whether the parameters make sense together.
    pub fn is_sound(&self) -> bool {
        let gains = [
            self.congestion_gain,
            self.proportional_gain,
            self.integral_gain,
            self.derivative_gain,
            self.integral_limit,
        ];
        self.lowest_rate <= self.base_rate
            && self.base_rate <= self.highest_rate
            && !self.target_share.is_zero()
            && !self.target_fullness.is_one()
            && gains.iter().all(|gain| !gain.is_negative())
            && self.period > 0
    }

    /// e: how far a period was from what is wanted. `None` if nothing happened in it.
    pub fn error(&self, sample: &Sample) -> Option<FixedI64> {
        let target = fixed(self.target_share);
        let missing = target.saturating_sub(fixed(sample.share()?));
        let limit = fixed(self.target_fullness);
        let excess = fixed(sample.fullness()).saturating_sub(limit);
        let congestion = ratio(
            excess.max(Zero::zero()),
            FixedI64::one().saturating_sub(limit),
        );
        let weighted = congestion.saturating_mul(self.congestion_gain);
        Some(ratio(missing, target).saturating_sub(weighted))
    }
}

/// What the controller remembers.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Controller {
    /// Units of PRIV that a shielded transaction brings.
    pub rate: u64,
    /// I: the sum of the errors so far.
    pub integral: FixedI64,
    /// e of the last period.
    pub last_error: FixedI64,
}

impl Controller {
    /// The controller before anything happened.
    pub fn new(policy: &Policy) -> Self {
        Self {
            rate: policy.base_rate,
            integral: Zero::zero(),
            last_error: Zero::zero(),
        }
    }

    /// The controller after another period.
    pub fn step(&self, policy: &Policy, sample: &Sample) -> Self {
        let Some(error) = policy.error(sample) else {
            return *self;
        };
        let limit = policy.integral_limit;
        let lowest_integral = FixedI64::zero().saturating_sub(limit);
        let integral = self
            .integral
            .saturating_add(error)
            .clamp(lowest_integral, limit);
        let change = error.saturating_sub(self.last_error);
        let factor = FixedI64::one()
            .saturating_add(policy.proportional_gain.saturating_mul(error))
            .saturating_add(policy.integral_gain.saturating_mul(integral))
            .saturating_add(policy.derivative_gain.saturating_mul(change));
        let wanted = factor
            .max(Zero::zero())
            .saturating_mul_int(policy.base_rate);
        let winds_up = (wanted > policy.highest_rate && error.is_positive())
            || (wanted < policy.lowest_rate && error.is_negative());
        Self {
            rate: wanted.clamp(policy.lowest_rate, policy.highest_rate),
            integral: if winds_up { self.integral } else { integral },
            last_error: error,
        }
    }
}

/// What was measured in a period.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Sample {
    /// Transactions that spent shielded notes.
    pub shielded: u32,
    /// All transactions.
    pub transactions: u32,
    /// The sum of the blocks' fullness, in millionths.
    pub fullness: u64,
    /// Blocks.
    pub blocks: u32,
}

impl Sample {
    /// Adds a block.
    pub fn note_block(&mut self, shielded: u32, transactions: u32, fullness: Permill) {
        self.shielded = self.shielded.saturating_add(shielded);
        self.transactions = self.transactions.saturating_add(transactions);
        self.fullness = self.fullness.saturating_add(fullness.deconstruct().into());
        self.blocks = self.blocks.saturating_add(1);
    }

    /// The share of shielded transactions; `None` without transactions.
    pub fn share(&self) -> Option<Permill> {
        (self.transactions > 0).then(|| Permill::from_rational(self.shielded, self.transactions))
    }

    /// How full the blocks were on average.
    pub fn fullness(&self) -> Permill {
        let mean = self.fullness / u64::from(self.blocks.max(1));
        Permill::from_parts(u32::try_from(mean).unwrap_or(u32::MAX))
    }
}

fn fixed(share: Permill) -> FixedI64 {
    FixedI64::saturating_from_rational(share.deconstruct(), Permill::one().deconstruct())
}

/// A quotient, which is 0 if the divisor is: a sound policy has none.
fn ratio(dividend: FixedI64, divisor: FixedI64) -> FixedI64 {
    dividend.const_checked_div(divisor).unwrap_or_default()
}
