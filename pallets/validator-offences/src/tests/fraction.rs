//! What an equivocation costs.

use polkadot_sdk::{sp_runtime::Perbill, sp_staking::offence::Offence};

use crate::{mock::*, offence::fraction, DoubleAuthoring, Equivocation, Term};

/// Offenders, validators, and the fraction in parts per billion.
const TABLE: [(u32, u32, u32); 13] = [
    (1, 1, 50_000_000),
    (1, 4, 50_000_000),
    (1, 64, 50_000_000),
    (2, 4, 387_500_000),
    (2, 7, 242_857_142),
    (2, 31, 93_548_387),
    (2, 64, 71_093_750),
    (3, 4, 500_000_000),
    (3, 7, 435_714_285),
    (22, 64, 492_968_750),
    (23, 64, 500_000_000),
    (64, 64, 500_000_000),
    (u32::MAX, u32::MAX, 500_000_000),
];

#[test]
fn the_fraction_grows_from_a_twentieth_to_a_half() {
    for (offenders, validators, parts) in TABLE {
        assert_eq!(
            fraction(offenders, validators),
            Perbill::from_parts(parts),
            "{offenders} of {validators}"
        );
    }
}

#[test]
fn more_offenders_never_pay_less() {
    for validators in 1..=64 {
        for offenders in 1..validators {
            assert!(fraction(offenders, validators) <= fraction(offenders + 1, validators));
        }
    }
}

#[test]
fn counts_that_cannot_be_do_not_overflow() {
    for (offenders, validators) in [(0, 0), (1, 0), (0, 5), (u32::MAX, 0), (u32::MAX, 1)] {
        let fraction = fraction(offenders, validators);
        assert!(fraction >= Perbill::from_percent(5) && fraction <= Perbill::from_percent(50));
    }
}

#[test]
fn both_kinds_of_offence_cost_the_same() {
    let ours = DoubleAuthoring {
        session: 5,
        validators: 7,
        offender: 1u64,
    };
    assert_eq!(ours.slash_fraction(2), fraction(2, 7));
    // As an offence of the SDK's, whose own fraction does not count, but all else does.
    let wrapped = Equivocation::<_, Tens>::new(Theirs);
    assert_eq!(wrapped.slash_fraction(2), fraction(2, 7));
    assert_eq!(wrapped.offenders(), [1]);
    assert_eq!((wrapped.session_index(), wrapped.slot()), (5, 30));
    assert_eq!(
        <Equivocation<Theirs, Tens> as Offence<u64>>::ID,
        *b"test:equivocatio"
    );
}

/// Takes ten slots for a term.
struct Tens;

impl Term<u32> for Tens {
    type Id = u32;

    fn of(moment: &u32) -> u32 {
        moment / 10 * 10
    }
}

struct Theirs;

impl Offence<u64> for Theirs {
    const ID: [u8; 16] = *b"test:equivocatio";
    type Slot = u32;

    fn offenders(&self) -> Vec<u64> {
        vec![VALIDATORS[0]]
    }
    fn session_index(&self) -> u32 {
        5
    }
    fn validator_set_count(&self) -> u32 {
        7
    }
    fn slot(&self) -> u32 {
        39
    }
    fn slash_fraction(&self, _: u32) -> Perbill {
        Perbill::from_percent(99)
    }
}
