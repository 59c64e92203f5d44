//! Reports of double authoring, right and wrong.

use codec::Encode;
use frame_support::{assert_noop, assert_ok, dispatch::Pays};
use polkadot_sdk::*;
use qloak_offences::DoubleAuthoringProof;
use qloak_pq_crypto::authority::{Seal, Vote};
use sp_consensus_aura::AURA_ENGINE_ID;
use sp_runtime::{traits::Header as _, DigestItem, DispatchError, Perbill, TransactionOutcome};

use crate::{mock::*, Error, Event, SessionRoots};

type Proof = DoubleAuthoringProof<TestHeader>;

#[test]
fn a_right_report_is_free_slashes_and_excludes() {
    run(|| {
        let (proof, owner) = (double(2, 1, 1), ownership(2));
        let origin = RuntimeOrigin::signed(77);
        let post =
            ValidatorOffences::report_double_authoring(origin, Box::new(proof), owner).unwrap();
        assert_eq!(post.pays_fee, Pays::No);
        assert_eq!(Slashed::get(), [(2, Perbill::from_percent(5), 0)]);
        assert!(ValidatorOffences::is_excluded(&2));
        System::assert_last_event(
            Event::<Test>::DoubleAuthoringReported {
                authority: authority(2),
                slot: 1.into(),
                session: 0,
            }
            .into(),
        );
    });
}

#[test]
fn the_author_of_the_block_reports_what_comes_unsigned() {
    run(|| {
        for (author, offender) in [(Some(99), 2), (None, 3)] {
            Author::set(author);
            let (proof, owner) = (double(offender, 1, 1), ownership(offender));
            assert_ok!(ValidatorOffences::report_double_authoring_unsigned(
                RuntimeOrigin::none(),
                Box::new(proof),
                owner
            ));
        }
        let reporters: Vec<_> = pallet_offences::Reports::<Test>::iter_values()
            .flat_map(|details| details.reporters)
            .collect();
        assert_eq!(reporters, [99]);
    });
}

#[test]
fn offenders_in_one_session_pay_for_each_other() {
    run(|| {
        report(2, 1, 1).unwrap();
        report(3, 4, 4).unwrap();
        let both = Perbill::from_parts(387_500_000);
        assert_eq!(
            Slashed::get(),
            [(2, Perbill::from_percent(5), 0), (2, both, 0), (3, both, 0)]
        );
    });
}

#[test]
fn a_session_counts_once() {
    run(|| {
        // So that the offender sits in the next session too.
        Minimum::set(4);
        report(2, 1, 1).unwrap();
        assert_eq!(report(2, 1, 1), Err(Error::<Test>::DuplicateReport.into()));
        // Nor with the headers exchanged, nor with others of the same slot or the same session.
        let mut turned = double(2, 1, 1);
        core::mem::swap(&mut turned.first_header, &mut turned.second_header);
        let mut other = double(2, 1, 1);
        other.second_header = sealed(header(1, 1, 3), &key::<Seal>(2));
        for proof in [turned, other, double(2, 1, 2), double(2, 2, SESSION)] {
            assert_noop!(
                report_proof(proof, ownership(2)),
                Error::<Test>::DuplicateReport
            );
        }
        go_to(SESSION + 1);
        report(2, SESSION + 1, SESSION + 1).expect("another session is another offence");
        let five = Perbill::from_percent(5);
        assert_eq!(Slashed::get(), [(2, five, 0), (2, five, 1)]);
    });
}

#[test]
fn an_offender_that_reports_itself_for_slots_to_come_is_punished_for_them_when_they_come() {
    run(|| {
        // So that it sits in the next session too.
        Minimum::set(4);
        // It pays in session 0, for a slot of session 1.
        report(2, 1, SESSION + 1).unwrap();
        let refused = report(2, 1, SESSION + 2);
        assert_eq!(refused, Err(Error::<Test>::DuplicateReport.into()));
        go_to(SESSION + 1);
        report(2, SESSION + 1, SESSION + 1).expect("reported for the session in which it sealed");
        let five = Perbill::from_percent(5);
        assert_eq!(Slashed::get(), [(2, five, 0), (2, five, 1)]);
    });
}

#[test]
fn the_number_in_a_header_chooses_no_session() {
    run(|| {
        go_to(2 * SESSION + 1);
        let slot = 2 * SESSION + 1;
        // On branches of other heights, and with numbers that no chain has had.
        for (offender, numbers) in [(1, [1, slot]), (2, [slot, u64::MAX]), (3, [0, 0])] {
            let key = key::<Seal>(offender);
            let proof = DoubleAuthoringProof {
                offender: authority(offender),
                slot: slot.into(),
                first_header: sealed(header(numbers[0], slot, 1), &key),
                second_header: sealed(header(numbers[1], slot, 2), &key),
            };
            report_proof(proof, ownership(offender)).unwrap();
        }
        assert!(Slashed::get().iter().all(|(_, _, session)| *session == 2));
    });
}

/// A valid proof, spoilt.
fn spoilt(spoil: impl FnOnce(&mut Proof)) -> Proof {
    let mut proof = double(2, 1, 1);
    spoil(&mut proof);
    proof
}

#[test]
fn headers_that_prove_nothing_are_refused() {
    run(|| {
        let key2 = key::<Seal>(2);
        let cases: [(Proof, Error<Test>); 9] = [
            (
                spoilt(|p| p.second_header = p.first_header.clone()),
                Error::SameHeader,
            ),
            (spoilt(|p| p.slot = 2.into()), Error::NotTheSlot),
            (
                spoilt(|p| p.second_header = sealed(header(1, 2, 2), &key2)),
                Error::NotTheSlot,
            ),
            (
                spoilt(|p| {
                    p.second_header
                        .digest
                        .logs
                        .retain(|item| item.as_seal().is_some())
                }),
                Error::SlotForm,
            ),
            (
                spoilt(|p| p.second_header = header(1, 1, 2)),
                Error::MissingSeal,
            ),
            (
                spoilt(|p| {
                    p.second_header
                        .digest_mut()
                        .push(DigestItem::Other(vec![0]))
                }),
                Error::SealForm,
            ),
            (
                spoilt(|p| p.second_header = sealed(header(1, 1, 2), &key::<Seal>(3))),
                Error::BadSeal,
            ),
            (
                // A vote's signature, by the same seed.
                spoilt(|p| p.second_header = sealed(header(1, 1, 2), &key::<Vote>(2))),
                Error::BadSeal,
            ),
            (
                spoilt(|p| p.second_header.set_state_root([9; 32].into())),
                Error::BadSeal,
            ),
        ];
        for (proof, error) in cases {
            assert_noop!(report_proof(proof, ownership(2)), error);
        }
        assert!(Slashed::get().is_empty());
    });
}

#[test]
fn a_seal_of_another_length_is_refused() {
    run(|| {
        let proof = spoilt(|p| {
            let seal = p.first_header.digest_mut().pop();
            let Some(DigestItem::Seal(_, mut bytes)) = seal else {
                panic!("no seal")
            };
            bytes.pop();
            let short = DigestItem::Seal(AURA_ENGINE_ID, bytes);
            p.first_header.digest_mut().push(short);
        });
        assert_noop!(report_proof(proof, ownership(2)), Error::<Test>::SealForm);
    });
}

#[test]
fn somebody_elses_key_ownership_is_refused() {
    run(|| {
        let mut wrong_count = ownership(2);
        wrong_count.validator_count = 1;
        let mut elses_name = ownership(2);
        elses_name.owner = 3;
        let mut no_path = ownership(2);
        no_path.path = Default::default();
        let mut elses_path = ownership(2);
        elses_path.path = ownership(3).path;
        for owner in [ownership(3), wrong_count, elses_name, no_path, elses_path] {
            assert_noop!(
                report_proof(double(2, 1, 1), owner),
                Error::<Test>::InvalidKeyOwnershipProof
            );
        }
        // A key that was never a validator's.
        assert_noop!(
            report_proof(double(9, 1, 1), ownership(2)),
            Error::<Test>::InvalidKeyOwnershipProof
        );
    });
}

#[test]
fn ownership_is_shown_for_the_session_of_the_headers_or_the_next() {
    run(|| {
        let during: Vec<_> = (0..4u64)
            .map(|session| {
                go_to((session * SESSION).max(1));
                ownership(2)
            })
            .collect();
        let wrong: DispatchError = Error::<Test>::WrongSession.into();
        for (shown, expected) in [Err(wrong), Ok(()), Ok(()), Err(wrong)]
            .into_iter()
            .enumerate()
        {
            // Session 1 authors the slots after the one in which it begins, up to the one that ends it.
            for slot in [SESSION + 1, 2 * SESSION] {
                let _ = frame_support::storage::with_transaction(|| {
                    let proof = double(2, 1, slot);
                    assert_eq!(
                        report_proof(proof, during[shown].clone()),
                        expected,
                        "slot {slot}, session {shown}"
                    );
                    TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
                });
            }
        }
        report_proof(double(2, 1, SESSION + 1), during[2].clone()).unwrap();
        assert!(
            Slashed::get().iter().all(|(_, _, session)| *session == 1),
            "the offence counts for the session of the headers"
        );
    });
}

#[test]
fn a_proof_for_a_session_to_come_is_refused() {
    run(|| {
        let mut owner = ownership(2);
        owner.session = 7;
        assert_noop!(
            report_proof(double(2, 1, 1), owner),
            Error::<Test>::WrongSession
        );
    });
}

#[test]
fn an_old_report_is_refused() {
    run(|| {
        let owner = ownership(2);
        // Session 0 ended in block 10.
        go_to(SESSION + LONGEVITY - 1);
        assert!(SessionRoots::<Test>::contains_key(0));
        assert_ok!(report_proof(double(2, 2, 1), owner.clone()));
        let owner = ownership(3);
        go_to(SESSION + LONGEVITY);
        assert!(!SessionRoots::<Test>::contains_key(0), "forgotten too");
        for number in [2, SESSION + LONGEVITY] {
            assert_noop!(
                report_proof(double(3, number, 1), owner.clone()),
                Error::<Test>::StaleReport
            );
        }
    });
}

#[test]
fn a_session_that_is_too_old_but_not_forgotten_yet_is_refused() {
    run(|| {
        let owner = ownership(2);
        go_to(SESSION + 1);
        // The chain goes on without a new session.
        System::set_block_number(SESSION + LONGEVITY);
        assert!(SessionRoots::<Test>::contains_key(0));
        assert_noop!(
            report_proof(double(2, 2, 1), owner),
            Error::<Test>::StaleReport
        );
    });
}

#[test]
fn origins_do_not_mix() {
    run(|| {
        let proof = || (Box::new(double(2, 1, 1)), ownership(2));
        let (headers, owner) = proof();
        assert!(
            ValidatorOffences::report_double_authoring(RuntimeOrigin::none(), headers, owner)
                .is_err()
        );
        let (headers, owner) = proof();
        assert!(ValidatorOffences::report_double_authoring_unsigned(
            RuntimeOrigin::signed(77),
            headers,
            owner
        )
        .is_err());
    });
}

#[test]
fn a_proof_survives_its_encoding() {
    use codec::Decode;
    let proof = double(2, 1, 1);
    assert_eq!(Proof::decode(&mut &proof.encode()[..]).unwrap(), proof);
}
