//! Who is left in a session.

use polkadot_sdk::*;

use crate::{
    mock::*, Event, Excluded, OldestSession, OverSessions, SessionRoots, SessionStarts,
    Sessions as _,
};

fn validators() -> Vec<u64> {
    Session::validators()
}

#[test]
fn an_offender_is_out_of_the_next_session() {
    run(|| {
        report(2, 1, 1).unwrap();
        assert_eq!(validators(), VALIDATORS, "this session goes on");
        assert_eq!(OverSessions::<Test>::next(), [1, 3, 4]);
        System::assert_has_event(
            Event::<Test>::Excluded {
                validator: 2,
                until: 1 + EXCLUSION,
            }
            .into(),
        );
        go_to(SESSION);
        assert_eq!(validators(), [1, 3, 4]);
    });
}

#[test]
fn an_excluded_validator_that_is_elected_is_left_out() {
    run(|| {
        report(2, 1, 1).unwrap();
        Elected::set(Some(vec![5, 2, 6]));
        go_to(2 * SESSION);
        assert_eq!(validators(), [5, 6], "in the order of the election");
    });
}

#[test]
fn without_an_election_the_present_validators_stay() {
    run(|| {
        go_to(SESSION);
        assert!(
            !pallet_session::QueuedChanged::<Test>::get(),
            "nothing has changed"
        );
        report(3, SESSION - 1, 1).unwrap();
        go_to(4 * SESSION);
        assert_eq!(validators(), [1, 2, 4]);
    });
}

#[test]
fn an_offender_that_left_the_queue_before_stays_out() {
    run(|| {
        // Elected out before the offence is known, and elected in again after it.
        Elected::set(Some(vec![1, 3, 4]));
        go_to(SESSION);
        report(2, SESSION - 1, 1).unwrap();
        Elected::set(Some(vec![1, 2, 3, 4]));
        go_to(3 * SESSION);
        assert_eq!(validators(), [1, 3, 4]);
    });
}

#[test]
fn the_minimum_stays() {
    run(|| {
        Minimum::set(3);
        report(2, 1, 1).unwrap();
        go_to(2);
        report(4, 1, 2).unwrap();
        go_to(SESSION);
        assert_eq!(
            validators(),
            [1, 3, 4],
            "without the second there were no three"
        );
        Minimum::set(2);
        Elected::set(Some(vec![4, 2, 1]));
        go_to(3 * SESSION);
        assert_eq!(
            validators(),
            [2, 1],
            "the one whose exclusion ends first fills up"
        );
    });
}

#[test]
fn the_minimum_is_of_validators_that_will_sit() {
    run(|| {
        // Of six elected three have session keys, of whom two, and then all, are excluded.
        for (until, offender) in [(100, 2), (110, 3), (120, 1)] {
            Excluded::<Test>::insert(offender, until);
            Elected::set(Some(vec![1, 11, 2, 12, 3, 13]));
            go_to(System::block_number() / SESSION * SESSION + 2 * SESSION);
            let expected = match offender {
                2 => vec![1, 3],
                3 => vec![1, 2],
                _ => vec![2, 3],
            };
            assert_eq!(validators(), expected, "{offender} is excluded");
        }
    });
}

#[test]
fn a_validator_without_keys_leaves_office_wherever_it_stands() {
    for gone in VALIDATORS {
        run(|| {
            Session::purge_keys(RuntimeOrigin::signed(gone)).unwrap();
            go_to(SESSION);
            assert!(
                pallet_session::QueuedChanged::<Test>::get(),
                "without {gone} the authorities are others"
            );
            go_to(2 * SESSION);
            let left: Vec<_> = VALIDATORS.into_iter().filter(|who| *who != gone).collect();
            assert_eq!(validators(), left);
        });
    }
}

#[test]
fn the_last_validator_stays() {
    run(|| {
        Minimum::set(0);
        Elected::set(Some(vec![1]));
        go_to(2 * SESSION);
        report(1, 2 * SESSION, 2 * SESSION + 1).unwrap();
        assert!(ValidatorOffences::is_excluded(&1));
        go_to(4 * SESSION);
        assert_eq!(validators(), [1]);
    });
}

#[test]
fn after_its_exclusion_a_validator_can_be_elected_again() {
    run(|| {
        report(2, 1, 1).unwrap();
        go_to(EXCLUSION);
        assert!(ValidatorOffences::is_excluded(&2));
        go_to(EXCLUSION + 1);
        assert!(!ValidatorOffences::is_excluded(&2));
        go_to(6 * SESSION - 1);
        assert_eq!(validators(), [1, 3, 4], "but is not back by itself");
        Elected::set(Some(VALIDATORS.to_vec()));
        go_to(8 * SESSION);
        assert_eq!(validators(), VALIDATORS);
        assert_eq!(
            Excluded::<Test>::iter().count(),
            0,
            "what has ended is forgotten"
        );
    });
}

#[test]
fn a_second_offence_prolongs_the_exclusion() {
    run(|| {
        // So that it sits in the next session too.
        Minimum::set(4);
        report(2, 1, 1).unwrap();
        let later = SESSION + 5;
        go_to(later);
        report(2, 1, later).unwrap();
        assert_eq!(Excluded::<Test>::get(2), Some(later + EXCLUSION));
    });
}

#[test]
fn starts_and_roots_of_sessions_are_kept_as_long_as_reports_are_taken() {
    run(|| {
        go_to(20 * SESSION);
        let kept = LONGEVITY / SESSION;
        let oldest = OldestSession::<Test>::get().unwrap();
        assert_eq!(u64::from(oldest), 20 - kept);
        assert_eq!(SessionStarts::<Test>::iter().count() as u64, kept + 1);
        assert_eq!(SessionRoots::<Test>::iter().count() as u64, kept + 1);
        assert!(SessionRoots::<Test>::contains_key(oldest));
        let began = 20 * SESSION;
        assert_eq!(SessionStarts::<Test>::get(20), Some((began, began.into())));
    });
}
