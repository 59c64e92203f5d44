//! Fees: the arithmetic, and where they go.

use codec::{Encode, MaxEncodedLen};
use frame_support::traits::fungible::Inspect;
use polkadot_sdk::*;
use proptest::prelude::*;
use qloak_shielded::{
    note::Asset,
    transaction::{Action, Transfer},
};
use sp_runtime::Permill;

use crate::{
    fee::{minimum, split, standard, Split},
    mock::*,
};

proptest! {
    /// The minimum covers the ordinary fee after the premium, and one unit less does not.
    #[test]
    fn the_minimum_is_the_least_that_covers(ordinary in 0u64.., parts in 0u32..1_000_000) {
        let premium = Permill::from_parts(parts);
        let fee = minimum(ordinary.into(), premium);
        if fee < u64::MAX {
            prop_assert!(split(fee, premium).kept >= ordinary);
        }
        if fee > 0 {
            prop_assert!(split(fee - 1, premium).kept < ordinary);
        }
    }

    #[test]
    fn nothing_of_a_fee_is_lost(fee in 0u64.., parts in 0u32..=1_000_000) {
        let Split { kept, burnt } = split(fee, Permill::from_parts(parts));
        prop_assert_eq!(kept.checked_add(burnt), Some(fee));
        let exact = u128::from(fee) * u128::from(parts);
        prop_assert_eq!(u128::from(burnt), exact.div_ceil(1_000_000));
    }

    /// The standard fee has a margin of a quarter, no more than half as much on top, and three bits.
    #[test]
    fn standard_fees_are_few(minimum in 0u64..1 << 60) {
        let fee = standard(minimum);
        prop_assert!(fee >= minimum + minimum / 4);
        prop_assert!(fee <= minimum + minimum / 4 + minimum / 2 + 4);
        prop_assert!(fee >> (61u32.saturating_sub(fee.leading_zeros())) << (61u32.saturating_sub(fee.leading_zeros())) == fee);
    }
}

#[test]
fn edges_of_the_fee_do_not_overflow() {
    assert_eq!(minimum(u128::MAX, Permill::zero()), u64::MAX);
    assert_eq!(minimum(1, Permill::one()), u64::MAX);
    assert_eq!(minimum(0, Permill::zero()), 0);
    assert_eq!(standard(u64::MAX), u64::MAX);
    assert_eq!(standard(0), 0);
    assert_eq!(standard(1), 2);
}

#[test]
fn the_premium_is_burnt_and_the_rest_goes_to_the_author() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let issuance = Balances::total_issuance();
        let draft = alice
            .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
            .unwrap();
        send(&draft);
        let Split { kept, burnt } = split(draft.transfer.fee, Premium::get());
        assert!(burnt > 0 && u128::from(kept) >= ORDINARY_FEE);
        assert_eq!(
            Balances::total_balance(&AUTHOR),
            EXISTENTIAL_DEPOSIT + u128::from(kept)
        );
        assert_eq!(Balances::total_issuance(), issuance - u128::from(burnt));
        assert_eq!(
            PrivacyCredit::pool_balance(),
            u128::from(100_000 - draft.transfer.fee)
        );
    });
}

/// The length that the fee counts is that of the longest extrinsic with a transfer.
#[test]
fn no_transfer_is_longer_than_what_the_fee_counts() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let nothing = alice.payment(Asset::Qlk, 0);
        let (value, recipient) = (1, RICH.into());
        let draft = alice
            .pay(&nothing, Action::Withdraw { value, recipient })
            .unwrap();
        assert_eq!(draft.transfer.encoded_size(), Transfer::max_encoded_len());
        let longest = vec![0; MaxProofBytes::get() as usize];
        let extrinsic = Extrinsic::new_bare(call(draft.transfer, longest));
        assert_eq!(
            extrinsic.encoded_size(),
            PrivacyCredit::transfer_length() as usize
        );
    });
}

#[test]
fn a_proof_fits_with_room_to_spare() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let draft = alice
            .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
            .unwrap();
        let proof = draft.proof();
        assert!(proof.len() <= MaxProofBytes::get() as usize);
        assert!(
            proof.len() * 4 > MaxProofBytes::get() as usize,
            "the bound is idle"
        );
    });
}
