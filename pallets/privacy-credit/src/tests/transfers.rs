//! Transfers that go well: each kind, from the wallet to the other wallet.

use frame_support::{
    assert_err, assert_noop,
    traits::fungible::{Inspect, Mutate},
};
use polkadot_sdk::*;
use qloak_shielded::{note::Asset, transaction::Action};

use crate::{
    fee::{split, standard},
    mock::*,
    *,
};

#[test]
fn alice_pays_bob_and_bob_withdraws() {
    run(|| {
        let (mut alice, mut bob) = (funded(1, &[100_000]), wallet(2));
        let fee = PrivacyCredit::standard_fee();
        let draft = alice
            .pay(&bob.payment(Asset::Qlk, 40_000), Action::Send)
            .unwrap();
        send(&draft);
        next_block();
        for wallet in [&mut alice, &mut bob] {
            sync(wallet);
            assert_eq!(wallet.tree.root(), CurrentAnchor::<Test>::get().root);
        }
        assert_eq!(alice.balance(Asset::Qlk), u128::from(60_000 - fee));
        assert_eq!(alice.balance(Asset::Priv), BASE_RATE.into());
        assert_eq!(bob.balance(Asset::Qlk), 40_000);

        let value = 40_000 - fee;
        let recipient = POOR.into();
        let nothing = bob.payment(Asset::Qlk, 0);
        let draft = bob
            .pay(&nothing, Action::Withdraw { value, recipient })
            .unwrap();
        send(&draft);
        next_block();
        sync(&mut bob);
        assert_eq!(bob.balance(Asset::Qlk), 0);
        assert_eq!(Balances::total_balance(&POOR), value.into());
        assert_eq!(PrivacyCredit::pool_balance(), u128::from(60_000 - fee));
    });
}

#[test]
fn a_transfer_is_announced() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let value = 5_000;
        let recipient = POOR.into();
        let nothing = alice.payment(Asset::Qlk, 0);
        let draft = alice
            .pay(&nothing, Action::Withdraw { value, recipient })
            .unwrap();
        send(&draft);
        let name = draft.statement().binding;
        let fee = draft.transfer.fee;
        let transferred = Event::Transferred {
            name,
            position: 1,
            nullifiers: draft.transfer.nullifiers,
            fee,
            burnt: split(fee, PrivacyCredit::minimum_fee()).burnt,
            credits: BASE_RATE,
        };
        let recipient = POOR;
        let withdrawn = Event::Withdrawn {
            name,
            recipient,
            value,
        };
        assert_eq!(events(), [transferred, withdrawn]);
        assert_eq!(
            Tree::<Test>::get().size(),
            4,
            "deposit, two outputs, credit"
        );
        assert!(draft
            .transfer
            .nullifiers
            .iter()
            .all(Nullifiers::<Test>::contains_key));
    });
}

/// The notes enter the tree in a fixed order: output 0, output 1, credit.
#[test]
fn the_tree_is_what_the_specification_says() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let mut expected = Tree::<Test>::get();
        let draft = alice
            .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
            .unwrap();
        send(&draft);
        let [first, second] = draft.transfer.commitments();
        for leaf in [first, second, draft.transfer.credit_commitment(BASE_RATE)] {
            expected.append(leaf).unwrap();
        }
        assert_eq!(Tree::<Test>::get(), expected);
    });
}

#[test]
fn credits_pay_for_work_and_are_burnt() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        send(
            &alice
                .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
                .unwrap(),
        );
        next_block();
        sync(&mut alice);
        let draft = alice.work(600, [9; 32]).unwrap();
        send(&draft);
        assert_eq!(work_paid(), [([9; 32], 600)]);
        let name = draft.statement().binding;
        let (work, credits) = ([9; 32], 600);
        assert_eq!(
            events().last(),
            Some(&Event::WorkPaid {
                name,
                work,
                credits
            })
        );
        next_block();
        sync(&mut alice);
        let entered = u128::from(2 * BASE_RATE);
        assert_eq!(
            Turnstiles::<Test>::get().credit,
            Passage { entered, left: 600 }
        );
        assert_eq!(alice.balance(Asset::Priv), entered - 600);
    });
}

#[test]
fn two_transfers_share_a_block_and_an_anchor() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let mut bob = funded(2, &[50_000]);
        sync(&mut alice);
        let drafts = [
            alice
                .pay(&bob.payment(Asset::Qlk, 10), Action::Send)
                .unwrap(),
            bob.pay(&alice.payment(Asset::Qlk, 20), Action::Send)
                .unwrap(),
        ];
        assert_eq!(drafts[0].transfer.anchor, drafts[1].transfer.anchor);
        drafts.iter().for_each(send);
        next_block();
        for wallet in [&mut alice, &mut bob] {
            sync(wallet);
        }
        let fee = u128::from(PrivacyCredit::standard_fee());
        assert_eq!(alice.balance(Asset::Qlk), 100_000 - 10 + 20 - fee);
        assert_eq!(bob.balance(Asset::Qlk), 50_000 + 10 - 20 - fee);
    });
}

/// What the pool of transactions is told.
#[test]
fn a_valid_transfer_provides_its_nullifiers() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let draft = alice
            .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
            .unwrap();
        let valid = validate(call(draft.transfer.clone(), draft.proof())).unwrap();
        let tag = |index: usize| {
            codec::Encode::encode(&("Shielded", draft.transfer.nullifiers[index].to_bytes()))
        };
        assert_eq!(valid.provides, [tag(0), tag(1)]);
        assert!(valid.requires.is_empty() && valid.propagate);
        assert_eq!(valid.longevity, u64::from(LIFETIME) + 1);
        assert_eq!(
            valid.priority,
            PrivacyCredit::priority(draft.transfer.fee, PrivacyCredit::standard_fee())
        );
    });
}

#[test]
fn a_transfer_whose_anchor_is_retired_lives_as_long_as_it() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let draft = alice
            .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
            .unwrap();
        funded(2, &[50_000]);
        next_block();
        let valid = validate(call(draft.transfer.clone(), draft.proof())).unwrap();
        // Retired in the last block but one, which is one block of the window.
        assert_eq!(valid.longevity, WINDOW - 1);
    });
}

#[test]
fn whoever_pays_more_goes_first() {
    run(|| {
        let standard = PrivacyCredit::standard_fee();
        let priority = |fee| PrivacyCredit::priority(fee, standard);
        assert!(priority(PrivacyCredit::minimum_fee()) > 0);
        assert!(priority(standard) > priority(PrivacyCredit::minimum_fee()));
        assert!(priority(2 * standard) > priority(standard));
        assert_eq!(priority(u64::MAX), u64::MAX);
    });
}

/// One note gives no stream of replacements that cost next to nothing: the pool takes a second transfer of a note only if
/// it ranks higher than the first, and that costs a whole fee, at least what the chain asks for its bytes and verification.
#[test]
fn a_replacement_pays_for_its_verification() {
    run(|| {
        let mut alice = funded(1, &[1_000_000]);
        let standard = PrivacyCredit::standard_fee();
        let nothing = alice.payment(Asset::Qlk, 0);
        let mut rank = |fee| {
            let inputs = vec![alice.input(0)];
            let change = alice.payment(Asset::Qlk, 1_000_000 - fee);
            let draft = alice.draft(inputs, [&change, &nothing], Action::Send, fee);
            let valid = validate(call(draft.transfer.clone(), draft.proof())).unwrap();
            valid.priority
        };
        let first = rank(standard);
        assert_eq!(rank(standard + 1), first);
        assert_eq!(rank(2 * standard - 1), first);
        assert!(rank(2 * standard) > first);
        assert!(u128::from(standard) > ORDINARY_FEE);
    });
}

/// The minimum moves in every block, the standard fee seldom: what does not pay more does not rank higher because time passes.
#[test]
fn a_replacement_does_not_come_free_as_fees_move() {
    let (mut free, mut last) = (0, u64::MAX);
    for minimum in 10_000..20_000u64 {
        let standard = standard(minimum);
        for fee in [standard, 5 * standard + 1] {
            assert!(
                PrivacyCredit::priority(fee, standard)
                    > PrivacyCredit::priority(fee - standard, standard)
            );
        }
        let rank = PrivacyCredit::priority(100_000, standard);
        free += u32::from(rank > last);
        last = rank;
    }
    assert!(free <= 4, "{free} steps for nothing while fees double");
}

#[test]
fn the_proof_is_verified_once_in_the_pool_and_once_in_the_block() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let draft = alice
            .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
            .unwrap();
        let call = call(draft.transfer.clone(), draft.proof());
        validate(call.clone()).unwrap();
        assert_eq!(verifications(), 1);
        apply(call).unwrap().unwrap();
        assert_eq!(verifications(), 2);
    });
}

/// A transfer is a transaction of its own. Inside another call it would not be found by wallets, and
/// its proof would not have been verified.
#[test]
fn a_transfer_that_was_not_admitted_does_nothing() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let draft = alice
            .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
            .unwrap();
        let other = alice
            .pay(&alice.payment(Asset::Qlk, 2), Action::Send)
            .unwrap();
        let transfer = |origin| {
            let proof = draft.proof().try_into().unwrap();
            PrivacyCredit::transfer(origin, Box::new(draft.transfer.clone()), proof)
        };
        assert_noop!(transfer(RuntimeOrigin::none()), Error::<Test>::NotAdmitted);
        for origin in [RuntimeOrigin::signed(RICH), RuntimeOrigin::root()] {
            assert_noop!(transfer(origin), sp_runtime::DispatchError::BadOrigin);
        }
        Admitted::<Test>::put(other.statement().binding);
        assert_err!(transfer(RuntimeOrigin::none()), Error::<Test>::NotAdmitted);
        Admitted::<Test>::kill();
    });
}

#[test]
fn a_deposit_does_not_come_without_a_sender() {
    run(|| {
        let mut alice = wallet(1);
        let payment = alice.payment(Asset::Qlk, 100);
        let deposit = Box::new(alice.deposit(&payment));
        let call = RuntimeCall::from(Call::<Test>::shield { deposit });
        let expected = sp_runtime::transaction_validity::InvalidTransaction::Call.into();
        assert_eq!(validate(call.clone()).unwrap_err(), expected);
        assert_eq!(apply(call).unwrap_err(), expected);
    });
}

#[test]
fn the_whole_pool_can_be_withdrawn() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let value = 100_000 - PrivacyCredit::standard_fee();
        Balances::set_balance(&POOR, 100);
        let recipient = POOR.into();
        let nothing = alice.payment(Asset::Qlk, 0);
        send(
            &alice
                .pay(&nothing, Action::Withdraw { value, recipient })
                .unwrap(),
        );
        assert_eq!(PrivacyCredit::pool_balance(), 0);
        next_block();
        // And filled again.
        assert_eq!(funded(3, &[5_000]).balance(Asset::Qlk), 5_000);
    });
}
