//! What an equivocation is to whoever slashes, and what it costs.
//!
//! Offences of one kind in one *term* are one event: a validator is reported once for it, and those who
//! offend in it pay for each other. The term of double authoring is a session, the term of double voting a set
//! of voters, which no era outlives. A slot or a round would be too short: whoever equivocates can sign for
//! as many of them as it likes, in advance too, and each would be another report, free of charge and kept in the
//! state, though staking takes no more within an era.

use alloc::{vec, vec::Vec};
use core::marker::PhantomData;

use codec::Codec;
use polkadot_sdk::*;

use sp_runtime::Perbill;
use sp_staking::{
    offence::{Kind, Offence, OffenceError, ReportOffence},
    SessionIndex,
};

/// What a validator that equivocates alone loses, in parts per billion: 5 %.
const ALONE: u32 = 50_000_000;
/// What is added for those who equivocate with it, in parts per billion: up to 45 %.
const TOGETHER: u64 = 450_000_000;

/// The share of its stake that each of `offenders` loses who equivocated in the same term, of
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
    /// The session in which the slot lies, which is the term.
    pub session: SessionIndex,
    /// How many validators there were.
    pub validators: u32,
    /// Who sealed both.
    pub offender: Offender,
}

impl<Offender: Clone> Offence<Offender> for DoubleAuthoring<Offender> {
    const ID: Kind = *b"aura:double-auth";
    type Slot = SessionIndex;

    fn offenders(&self) -> Vec<Offender> {
        vec![self.offender.clone()]
    }

    fn session_index(&self) -> SessionIndex {
        self.session
    }

    fn validator_set_count(&self) -> u32 {
        self.validators
    }

    fn slot(&self) -> SessionIndex {
        self.session
    }

    fn slash_fraction(&self, offenders: u32) -> Perbill {
        fraction(offenders, self.validators)
    }
}

/// Maps the moments of an offence of the SDK's to its terms.
pub trait Term<Moment> {
    /// Names a term.
    type Id: Clone + Codec + Ord;

    /// Returns the term of a moment.
    fn of(moment: &Moment) -> Self::Id;
}

/// An offence of the SDK's at our [`fraction`], once per [`Term`].
pub struct Equivocation<O, T>(O, PhantomData<T>);

impl<O, T> Equivocation<O, T> {
    /// Wraps an offence.
    pub fn new(offence: O) -> Self {
        Self(offence, PhantomData)
    }
}

impl<Offender, O: Offence<Offender>, T: Term<O::Slot>> Offence<Offender> for Equivocation<O, T> {
    const ID: Kind = O::ID;
    type Slot = T::Id;

    fn offenders(&self) -> Vec<Offender> {
        self.0.offenders()
    }

    fn session_index(&self) -> SessionIndex {
        self.0.session_index()
    }

    fn validator_set_count(&self) -> u32 {
        self.0.validator_set_count()
    }

    fn slot(&self) -> T::Id {
        T::of(&self.0.slot())
    }

    fn slash_fraction(&self, offenders: u32) -> Perbill {
        fraction(offenders, self.0.validator_set_count())
    }
}

/// Passes offences of the SDK's on to `Reports`, at our [`fraction`] instead of their own, once per term.
pub struct WithFraction<Reports, T>(PhantomData<(Reports, T)>);

impl<Reporter, Offender, O, Reports, T> ReportOffence<Reporter, Offender, O>
    for WithFraction<Reports, T>
where
    O: Offence<Offender>,
    T: Term<O::Slot>,
    Reports: ReportOffence<Reporter, Offender, Equivocation<O, T>>,
{
    fn report_offence(reporters: Vec<Reporter>, offence: O) -> Result<(), OffenceError> {
        Reports::report_offence(reporters, Equivocation::new(offence))
    }

    fn is_known_offence(offenders: &[Offender], moment: &O::Slot) -> bool {
        Reports::is_known_offence(offenders, &T::of(moment))
    }
}
