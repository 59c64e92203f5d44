//! Fees: the arithmetic, and where they go.

use codec::{Encode, MaxEncodedLen};
use frame_support::traits::fungible::Inspect;
use polkadot_sdk::*;
use proptest::prelude::*;
use qloak_shielded::{
    note::Asset,
    transaction::{Action, Transfer},
};
use sp_runtime::{PerThing, Permill};

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
        let after_premium = |fee: u64| premium.left_from_one().mul_floor(fee);
        if fee < u64::MAX {
            prop_assert!(after_premium(fee) >= ordinary);
        }
        if fee > 0 {
            prop_assert!(after_premium(fee - 1) < ordinary);
        }
    }

    #[test]
    fn nothing_of_a_fee_is_lost(fee in 0u64.., minimum in 0u64..) {
        let Split { kept, burnt } = split(fee, minimum);
        prop_assert_eq!(kept.checked_add(burnt), Some(fee));
        prop_assert_eq!(burnt, fee.min(minimum));
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
fn the_minimum_is_burnt_and_the_rest_goes_to_the_author() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let issuance = Balances::total_issuance();
        let draft = alice
            .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
            .unwrap();
        send(&draft);
        let Split { kept, burnt } = split(draft.transfer.fee, PrivacyCredit::minimum_fee());
        assert!(kept > 0 && u128::from(burnt) > ORDINARY_FEE);
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

/// An author who sends transfers to himself gets back what is above the minimum, and so mints no credit for less than the
/// minimum that everybody pays.
#[test]
fn a_blocks_author_mints_no_credit_for_less_than_the_minimum() {
    run(|| {
        let mut author = funded(1, &[100_000]);
        let minimum = PrivacyCredit::minimum_fee();
        let nothing = author.payment(Asset::Qlk, 0);
        for fee in [minimum, 4 * minimum] {
            let wealth =
                |author: &Wallet| author.balance(Asset::Qlk) + Balances::total_balance(&AUTHOR);
            let (had, credits) = (wealth(&author), author.balance(Asset::Priv));
            let (value, at) = author.best(Asset::Qlk)[0];
            let change = author.payment(Asset::Qlk, value - fee);
            let inputs = vec![author.input(at)];
            let draft = author.draft(inputs, [&nothing, &change], Action::Send, fee);
            send(&draft);
            next_block();
            sync(&mut author);
            assert!(author.balance(Asset::Priv) > credits, "a credit");
            assert_eq!(had - wealth(&author), minimum.into(), "its price");
        }
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
