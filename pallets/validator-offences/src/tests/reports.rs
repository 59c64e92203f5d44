//! Reports of double authoring, right and wrong.

use codec::Encode;
use frame_support::{assert_noop, assert_ok, dispatch::Pays};
use polkadot_sdk::*;
use qloak_offences::DoubleAuthoringProof;
use qloak_pq_crypto::authority::{Seal, Vote};
use sp_consensus_aura::AURA_ENGINE_ID;
use sp_runtime::{traits::Header as _, DigestItem, DispatchError, Perbill};

use crate::{mock::*, Error, Event};

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
        for author in [Some(99), None] {
            Author::set(author);
            let slot = author.unwrap_or(1);
            let (proof, owner) = (double(2, 1, slot), ownership(2));
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
fn offenders_in_one_slot_pay_for_each_other() {
    run(|| {
        report(2, 1, 1).unwrap();
        report(3, 1, 1).unwrap();
        let both = Perbill::from_parts(387_500_000);
        assert_eq!(
            Slashed::get(),
            [(2, Perbill::from_percent(5), 0), (2, both, 0), (3, both, 0)]
        );
    });
}

#[test]
fn a_report_counts_once() {
    run(|| {
        report(2, 1, 1).unwrap();
        assert_eq!(report(2, 1, 1), Err(Error::<Test>::DuplicateReport.into()));
        // Nor with the headers exchanged, nor with others of the same slot.
        let mut turned = double(2, 1, 1);
        core::mem::swap(&mut turned.first_header, &mut turned.second_header);
        let mut other = double(2, 1, 1);
        other.second_header = sealed(header(1, 1, 3), &key::<Seal>(2));
        for proof in [turned, other] {
            assert_noop!(
                report_proof(proof, ownership(2)),
                Error::<Test>::DuplicateReport
            );
        }
        report(2, 1, 2).expect("another slot is another offence");
        assert_eq!(Slashed::get().len(), 2);
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
            // Session 1 authors the blocks after the one that begins it, up to the one that ends it.
            for (number, slot) in [(SESSION + 1, 40), (2 * SESSION, 50)] {
                let proof = double(2, number, slot + shown as u64);
                assert_eq!(
                    report_proof(proof, during[shown].clone()),
                    expected,
                    "block {number}, session {shown}"
                );
            }
        }
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
        go_to(3);
        let owner = ownership(2);
        go_to(LONGEVITY + 3);
        let stale = double(2, 2, 1);
        assert_noop!(
            report_proof(stale, owner.clone()),
            Error::<Test>::StaleReport
        );
        // A header with a made-up number makes the other one no younger.
        let mut disguised = double(2, 2, 1);
        disguised.second_header = sealed(header(LONGEVITY, 1, 2), &key::<Seal>(2));
        assert_noop!(
            report_proof(disguised, owner.clone()),
            Error::<Test>::StaleReport
        );
        assert_ok!(report_proof(double(2, 3, 1), owner));
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
