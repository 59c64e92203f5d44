//! The controller by itself: its equations, its bounds whatever it is fed, its way back from them.

use polkadot_sdk::*;
use proptest::prelude::*;
use sp_runtime::{FixedI64, FixedPointNumber, Permill};

use crate::{
    controller::{Controller, Policy, Sample},
    mock::policy,
};

fn sample(shielded: u32, transactions: u32, fullness: Permill) -> Sample {
    Sample {
        shielded,
        transactions,
        fullness: u64::from(fullness.deconstruct()) * 10,
        blocks: 10,
    }
}

fn empty(shielded: u32, transactions: u32) -> Sample {
    sample(shielded, transactions, Permill::zero())
}

fn f(numerator: i128, denominator: i128) -> FixedI64 {
    FixedI64::saturating_from_rational(numerator, denominator)
}

#[test]
fn errors_are_the_equation() {
    let policy = policy();
    let error = |sample| policy.error(&sample);
    assert_eq!(error(empty(0, 100)), Some(f(1, 1)), "nothing shielded");
    assert_eq!(error(empty(10, 100)), Some(f(0, 1)), "as wanted");
    assert_eq!(error(empty(5, 100)), Some(f(1, 2)), "half");
    assert_eq!(error(empty(100, 100)), Some(f(-9, 1)), "all");
    assert_eq!(error(empty(0, 0)), None, "nothing at all");
    let half = Permill::from_percent(50);
    assert_eq!(
        error(sample(10, 100, half)),
        Some(f(0, 1)),
        "full as wanted"
    );
    let three_quarters = Permill::from_percent(75);
    assert_eq!(error(sample(10, 100, three_quarters)), Some(f(-1, 1)));
    assert_eq!(error(sample(10, 100, Permill::one())), Some(f(-2, 1)));
}

#[test]
fn a_step_is_the_equation() {
    let first = Controller::new(&policy()).step(&policy(), &empty(5, 100));
    // u = 1 + 1/2 · 1/2 + 1/10 · 1/2 + 1/20 · 1/2 = 1.325
    assert_eq!(first.rate, 1_325);
    assert_eq!((first.integral, first.last_error), (f(1, 2), f(1, 2)));
    // u = 1 + 1/2 · 1/2 + 1/10 · 1 + 1/20 · 0 = 1.35
    let second = first.step(&policy(), &empty(5, 100));
    assert_eq!(second.rate, 1_350);
    // u = 1 + 0 + 1/10 · 1 + 1/20 · (-1/2) = 1.075
    assert_eq!(second.step(&policy(), &empty(10, 100)).rate, 1_075);
}

#[test]
fn a_period_without_transactions_changes_nothing() {
    let before = Controller::new(&policy()).step(&policy(), &empty(1, 100));
    assert_eq!(before.step(&policy(), &empty(0, 0)), before);
    let full = sample(0, 0, Permill::one());
    assert_eq!(before.step(&policy(), &full), before);
}

/// Without anti-windup the integral of a long drought would hold the rate up for as long again.
#[test]
fn the_rate_leaves_its_bound_when_the_error_turns() {
    let mut controller = Controller::new(&policy());
    for _ in 0..10_000 {
        controller = controller.step(&policy(), &empty(0, 100));
    }
    let up = controller.rate;
    assert!(up > 6_000, "{up}");
    let turned = controller.step(&policy(), &empty(20, 100));
    assert!(turned.rate < up);
    for _ in 0..10_000 {
        controller = controller.step(&policy(), &empty(100, 100));
    }
    assert_eq!(controller.rate, policy().lowest_rate);
    let wound = controller.integral;
    let saturated = controller.step(&policy(), &empty(100, 100));
    assert_eq!(saturated.integral, wound, "nothing is added at the bound");
    assert!(saturated.step(&policy(), &empty(0, 100)).integral > wound);
    let periods = (0..).scan(saturated, |state, _| {
        *state = state.step(&policy(), &empty(0, 100));
        Some(state.rate)
    });
    let back = periods.take(30).position(|rate| rate >= policy().base_rate);
    assert!(back.is_some(), "the way back takes more than 30 periods");
}

#[test]
fn a_closed_loop_settles_at_the_target() {
    // Users who shield the more the better it pays: share = rate / 20,000, and the target is a tenth.
    let mut controller = Controller::new(&policy());
    for _ in 0..500 {
        let shielded = u32::try_from(controller.rate / 2).unwrap();
        controller = controller.step(&policy(), &empty(shielded, 10_000));
    }
    assert!(
        (1_950..=2_050).contains(&controller.rate),
        "{}",
        controller.rate
    );
}

#[test]
fn unsound_policies_are_known() {
    let sound = policy();
    assert!(sound.is_sound());
    let minus = FixedI64::from_inner(-1);
    let unsound = [
        Policy {
            lowest_rate: sound.base_rate + 1,
            ..sound
        },
        Policy {
            highest_rate: sound.base_rate - 1,
            ..sound
        },
        Policy {
            target_share: Permill::zero(),
            ..sound
        },
        Policy {
            target_fullness: Permill::one(),
            ..sound
        },
        Policy {
            congestion_gain: minus,
            ..sound
        },
        Policy {
            proportional_gain: minus,
            ..sound
        },
        Policy {
            integral_gain: minus,
            ..sound
        },
        Policy {
            derivative_gain: minus,
            ..sound
        },
        Policy {
            integral_limit: minus,
            ..sound
        },
        Policy { period: 0, ..sound },
    ];
    assert!(unsound.iter().all(|policy| !policy.is_sound()));
}

#[test]
fn samples_saturate() {
    let mut sample = Sample {
        shielded: u32::MAX,
        transactions: u32::MAX,
        fullness: u64::MAX,
        blocks: u32::MAX,
    };
    let before = sample;
    sample.note_block(1, 1, Permill::one());
    assert_eq!(sample, before);
    assert_eq!(sample.share(), Some(Permill::one()));
    assert_eq!(sample.fullness(), Permill::one());
}

fn any_fixed() -> impl Strategy<Value = FixedI64> {
    any::<i64>().prop_map(FixedI64::from_inner)
}

fn any_gain() -> impl Strategy<Value = FixedI64> {
    (0..=i64::MAX).prop_map(FixedI64::from_inner)
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let rates = [any::<u64>(), any::<u64>(), any::<u64>()];
    let gains = [any_gain(), any_gain(), any_gain(), any_gain(), any_gain()];
    (rates, gains, 1u32..=1_000_000, 0u32..1_000_000, 1u32..).prop_map(
        |(mut rates, gains, share, fullness, period)| {
            rates.sort_unstable();
            let [lowest_rate, base_rate, highest_rate] = rates;
            let [congestion_gain, proportional_gain, integral_gain, derivative_gain, integral_limit] =
                gains;
            Policy {
                base_rate,
                lowest_rate,
                highest_rate,
                target_share: Permill::from_parts(share),
                target_fullness: Permill::from_parts(fullness),
                congestion_gain,
                proportional_gain,
                integral_gain,
                derivative_gain,
                integral_limit,
                period,
            }
        },
    )
}

fn any_sample() -> impl Strategy<Value = Sample> {
    (any::<u32>(), any::<u32>(), any::<u64>(), any::<u32>()).prop_map(
        |(shielded, transactions, fullness, blocks)| Sample {
            shielded,
            transactions,
            fullness,
            blocks,
        },
    )
}

fn any_state() -> impl Strategy<Value = Controller> {
    (any::<u64>(), any_fixed(), any_fixed()).prop_map(|(rate, integral, last_error)| Controller {
        rate,
        integral,
        last_error,
    })
}

proptest! {
    /// Whatever the policy, the state and the measurement: the bounds hold, and nothing panics (this
    /// build checks for overflow).
    #[test]
    fn the_bounds_hold(policy in any_policy(), state in any_state(), sample in any_sample()) {
        prop_assert!(policy.is_sound());
        let next = state.step(&policy, &sample);
        if sample.transactions == 0 {
            prop_assert_eq!(next, state);
        } else {
            prop_assert!((policy.lowest_rate..=policy.highest_rate).contains(&next.rate));
        }
    }

    /// A chain of steps keeps the integral within its limit.
    #[test]
    fn the_integral_is_limited(policy in any_policy(), samples in prop::collection::vec(any_sample(), 0..20)) {
        let mut state = Controller::new(&policy);
        for sample in &samples {
            state = state.step(&policy, sample);
            prop_assert!(state.integral <= policy.integral_limit);
            prop_assert!(state.integral.into_inner() >= -policy.integral_limit.into_inner());
        }
    }

    /// More shielded transactions never bring a higher rate, nor do fuller blocks.
    #[test]
    fn the_rate_falls_with_share_and_fullness(
        history in prop::collection::vec(0u32..=1_000, 0..10),
        shares in [0u32..=1_000, 0u32..=1_000],
        fullness in [0u32..=1_000_000, 0u32..=1_000_000],
    ) {
        let policy = policy();
        let state = history.iter().fold(Controller::new(&policy), |state, shielded| {
            state.step(&policy, &empty(*shielded, 1_000))
        });
        let rate = |shielded: u32, parts: u32| {
            state.step(&policy, &sample(shielded, 1_000, Permill::from_parts(parts))).rate
        };
        let (few, many) = (shares[0].min(shares[1]), shares[0].max(shares[1]));
        let (light, heavy) = (fullness[0].min(fullness[1]), fullness[0].max(fullness[1]));
        prop_assert!(rate(few, light) >= rate(many, light));
        prop_assert!(rate(few, light) >= rate(few, heavy));
    }
}
