//! What an equivocation is to whoever slashes, and what it costs.

use alloc::{vec, vec::Vec};
use core::marker::PhantomData;

use polkadot_sdk::*;

use sp_consensus_slots::Slot;
use sp_runtime::Perbill;
use sp_staking::{
    offence::{Kind, Offence, OffenceError, ReportOffence},
    SessionIndex,
};

/// What a validator that equivocates alone loses, in parts per billion: 5 %.
const ALONE: u32 = 50_000_000;
/// What is added for those who equivocate with it, in parts per billion: up to 45 %.
const TOGETHER: u64 = 450_000_000;

/// The share of its stake that each of `offenders` loses who equivocated at the same time, of
/// `validators`:
///
/// ```text
/// 5 % + 45 % · min(1, 3 · (offenders − 1) / validators)
/// ```
///
/// One offender is most likely an operator with two machines on one key. A third of them breaks
/// the safety of finality, and pays half its stake.
pub fn fraction(offenders: u32, validators: u32) -> Perbill {
    let validators = u64::from(validators.max(1));
    let others = u64::from(offenders.saturating_sub(1));
    let weighed = others.saturating_mul(3).min(validators);
    let added = TOGETHER.saturating_mul(weighed) / validators;
    Perbill::from_parts(ALONE.saturating_add(u32::try_from(added).unwrap_or(u32::MAX)))
}

/// Two blocks in one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubleAuthoring<Offender> {
    /// The slot.
    pub slot: Slot,
    /// The session in which the slot lies.
    pub session: SessionIndex,
    /// How many validators there were.
    pub validators: u32,
    /// Who sealed both.
    pub offender: Offender,
}

impl<Offender: Clone> Offence<Offender> for DoubleAuthoring<Offender> {
    const ID: Kind = *b"aura:double-auth";
    type Slot = Slot;

    fn offenders(&self) -> Vec<Offender> {
        vec![self.offender.clone()]
    }

    fn session_index(&self) -> SessionIndex {
        self.session
    }

    fn validator_set_count(&self) -> u32 {
        self.validators
    }

    fn slot(&self) -> Slot {
        self.slot
    }

    fn slash_fraction(&self, offenders: u32) -> Perbill {
        fraction(offenders, self.validators)
    }
}

/// An offence of the SDK's at our [`fraction`].
pub struct Equivocation<O>(pub O);

impl<Offender, O: Offence<Offender>> Offence<Offender> for Equivocation<O> {
    const ID: Kind = O::ID;
    type Slot = O::Slot;

    fn offenders(&self) -> Vec<Offender> {
        self.0.offenders()
    }

    fn session_index(&self) -> SessionIndex {
        self.0.session_index()
    }

    fn validator_set_count(&self) -> u32 {
        self.0.validator_set_count()
    }

    fn slot(&self) -> O::Slot {
        self.0.slot()
    }

    fn slash_fraction(&self, offenders: u32) -> Perbill {
        fraction(offenders, self.0.validator_set_count())
    }
}

/// Passes offences of the SDK's on to `Reports`, at our [`fraction`] instead of their own.
pub struct WithFraction<Reports>(PhantomData<Reports>);

impl<Reporter, Offender, O, Reports> ReportOffence<Reporter, Offender, O> for WithFraction<Reports>
where
    O: Offence<Offender>,
    Reports: ReportOffence<Reporter, Offender, Equivocation<O>>,
{
    fn report_offence(reporters: Vec<Reporter>, offence: O) -> Result<(), OffenceError> {
        Reports::report_offence(reporters, Equivocation(offence))
    }

    fn is_known_offence(offenders: &[Offender], slot: &O::Slot) -> bool {
        Reports::is_known_offence(offenders, slot)
    }
}
