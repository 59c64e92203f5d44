//! Reports without a sender, as the pool and the block see them.
#![allow(deprecated, reason = "the SDK has no other way for reports yet")]

use frame_support::{assert_ok, pallet_prelude::ValidateUnsigned};
use polkadot_sdk::*;
use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionSource, TransactionValidityError,
};

use crate::{mock::*, Call, Pallet};

fn call(offender: u64, number: u64, slot: u64) -> Call<Test> {
    Call::report_double_authoring_unsigned {
        proof: Box::new(double(offender, number, slot)),
        key_owner_proof: ownership(offender),
    }
}

fn refused(reason: InvalidTransaction) -> TransactionValidityError {
    reason.into()
}

#[test]
fn only_the_node_itself_and_blocks_bring_reports() {
    run(|| {
        for source in [TransactionSource::Local, TransactionSource::InBlock] {
            let valid = Pallet::<Test>::validate_unsigned(source, &call(2, 1, 1)).unwrap();
            assert!(!valid.propagate, "each node makes its own");
            assert_eq!(valid.longevity, LONGEVITY);
            assert_eq!(valid.provides.len(), 1);
        }
        assert_eq!(
            Pallet::<Test>::validate_unsigned(TransactionSource::External, &call(2, 1, 1))
                .unwrap_err(),
            refused(InvalidTransaction::Call)
        );
    });
}

#[test]
fn the_pool_holds_one_report_per_session_and_offender() {
    run(|| {
        let tag = |call| {
            Pallet::<Test>::validate_unsigned(TransactionSource::Local, &call)
                .unwrap()
                .provides
        };
        assert_eq!(tag(call(2, 1, 1)), tag(call(2, 2, 2)));
        assert_ne!(tag(call(2, 1, 1)), tag(call(3, 1, 1)));
        let first = tag(call(2, 1, 1));
        go_to(SESSION + 1);
        assert_ne!(first, tag(call(2, 1, SESSION + 1)));
    });
}

#[test]
fn other_calls_need_a_sender() {
    run(|| {
        let signed = Call::report_double_authoring {
            proof: Box::new(double(2, 1, 1)),
            key_owner_proof: ownership(2),
        };
        assert_eq!(
            Pallet::<Test>::validate_unsigned(TransactionSource::Local, &signed).unwrap_err(),
            refused(InvalidTransaction::Call)
        );
        assert_eq!(
            Pallet::<Test>::pre_dispatch(&signed).unwrap_err(),
            refused(InvalidTransaction::Call)
        );
    });
}

#[test]
fn the_pool_refuses_what_proves_nothing() {
    run(|| {
        let bad_seal = {
            let mut proof = double(2, 1, 1);
            proof.second_header.number += 1;
            Call::report_double_authoring_unsigned {
                proof: Box::new(proof),
                key_owner_proof: ownership(2),
            }
        };
        let bad_owner = Call::report_double_authoring_unsigned {
            proof: Box::new(double(2, 1, 1)),
            key_owner_proof: ownership(3),
        };
        let mut owner = ownership(2);
        owner.session = 7;
        let bad_session = Call::report_double_authoring_unsigned {
            proof: Box::new(double(2, 1, 1)),
            key_owner_proof: owner,
        };
        for call in [bad_seal, bad_owner, bad_session] {
            assert_eq!(
                Pallet::<Test>::validate_unsigned(TransactionSource::Local, &call).unwrap_err(),
                refused(InvalidTransaction::BadProof)
            );
        }
    });
}

#[test]
fn known_and_old_reports_are_stale() {
    run(|| {
        assert_ok!(Pallet::<Test>::pre_dispatch(&call(2, 1, 1)));
        let assert_stale = |call: Call<Test>| {
            assert_eq!(
                Pallet::<Test>::validate_unsigned(TransactionSource::Local, &call).unwrap_err(),
                refused(InvalidTransaction::Stale)
            );
            assert_eq!(
                Pallet::<Test>::pre_dispatch(&call).unwrap_err(),
                refused(InvalidTransaction::Stale)
            );
        };
        report(2, 1, 1).unwrap();
        assert_stale(call(2, 1, 1));
        let late = call(3, 1, 1);
        go_to(SESSION + LONGEVITY);
        assert_stale(late);
    });
}
