//! The window of anchors.

use polkadot_sdk::sp_runtime::transaction_validity::{
    TransactionValidityError, UnknownTransaction,
};
use qloak_shielded::{element::Digest, note::Asset, transaction::Action, tree::Frontier};

use crate::{mock::*, *};

fn is_anchor(root: &Digest) -> bool {
    PrivacyCredit::anchor_expiry(root).is_some()
}

/// A block with one deposit. Answers with the root at its end.
fn deposit_in_a_block(seed: u8) -> Digest {
    funded(seed, &[5_000]);
    CurrentAnchor::<Test>::get().root
}

#[test]
fn the_root_stays_an_anchor_while_nothing_happens() {
    run(|| {
        let root = deposit_in_a_block(1);
        go_to(100 * WINDOW);
        assert!(is_anchor(&root));
        assert_eq!(
            PrivacyCredit::retired_anchors().len(),
            0,
            "the empty tree's has expired"
        );
    });
}

#[test]
fn a_retired_root_is_an_anchor_for_the_window_and_not_longer() {
    run(|| {
        let first = deposit_in_a_block(1);
        let retired = System::block_number();
        let second = deposit_in_a_block(2);
        assert_eq!(PrivacyCredit::anchor_expiry(&first), Some(retired + WINDOW));
        go_to(retired + WINDOW);
        assert!(is_anchor(&first) && is_anchor(&second));
        go_to(retired + WINDOW + 1);
        assert!(!is_anchor(&first) && is_anchor(&second));
        assert!(!RetiredAnchors::<Test>::contains_key(first));
    });
}

#[test]
fn roots_within_a_block_are_no_anchors() {
    run(|| {
        let mut wallet = wallet(1);
        let payment = wallet.payment(Asset::Qlk, 5_000);
        let mut within = Frontier::EMPTY;
        for _ in 0..2 {
            let deposit = wallet.deposit(&payment);
            within.append(deposit.output().commitment).unwrap();
            shield(&RICH, deposit).unwrap();
            assert!(!is_anchor(&within.root()), "the block has not ended");
        }
        next_block();
        assert!(is_anchor(&within.root()));
    });
}

#[test]
fn the_window_is_bounded_whatever_happens() {
    run(|| {
        for seed in 0..3 * WINDOW as u8 {
            deposit_in_a_block(seed);
            end_block();
            PrivacyCredit::check_invariants().unwrap();
            let count = PrivacyCredit::retired_anchors().len() as u64;
            assert!(count <= WINDOW + 1, "{count}");
        }
    });
}

#[test]
fn anchors_are_listed_with_their_ends() {
    run(|| {
        let first = deposit_in_a_block(1);
        let retired = System::block_number();
        let second = deposit_in_a_block(2);
        let anchors = PrivacyCredit::anchors();
        assert_eq!(anchors.last(), Some(&(second, None)));
        assert_eq!(anchors[anchors.len() - 2], (first, Some(retired + WINDOW)));
        assert_eq!(anchors[0], (Frontier::EMPTY.root(), Some(1 + WINDOW)));
    });
}

#[test]
fn a_transfer_with_an_old_anchor_is_refused() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let draft = alice
            .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
            .unwrap();
        let retired = System::block_number();
        deposit_in_a_block(2);
        go_to(retired + WINDOW);
        validate(call(draft.transfer.clone(), draft.proof())).unwrap();
        go_to(retired + WINDOW + 1);
        assert_refused(&draft.transfer, &draft.proof(), Refusal::UnknownAnchor);
    });
}

/// The fault: a node that was a block behind called it invalid, and punished who sent it.
#[test]
fn an_unknown_anchor_may_be_that_of_the_next_block() {
    let refused = |refusal| TransactionValidityError::from(refusal);
    assert_eq!(
        refused(Refusal::UnknownAnchor),
        UnknownTransaction::Custom(69).into()
    );
    for refusal in Refusal::ALL {
        let is_unknown = matches!(refused(refusal), TransactionValidityError::Unknown(_));
        let lifted_by_time = [Refusal::UnknownAnchor, Refusal::TooFarAhead];
        assert_eq!(is_unknown, lifted_by_time.contains(&refusal));
    }
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let draft = alice
            .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
            .unwrap();
        let ahead = call(draft.transfer.clone(), draft.proof());
        validate(ahead.clone()).unwrap();
        // A node that is a block behind: the anchor is not the root yet.
        let anchor = CurrentAnchor::<Test>::get();
        CurrentAnchor::<Test>::mutate(|anchor| anchor.root = Frontier::EMPTY.root());
        assert!(matches!(
            validate(ahead).unwrap_err(),
            TransactionValidityError::Unknown(_)
        ));
        CurrentAnchor::<Test>::put(anchor);
    });
}

/// A shorter window, by an upgrade: the queue catches up, and meanwhile nothing older is accepted.
#[test]
fn a_queue_that_is_too_long_becomes_shorter() {
    run(|| {
        let root = |index: u64| {
            let element = qloak_shielded::element::from_canonical(index as u32 + 1).unwrap();
            Digest([element; 8])
        };
        for index in 0..6 {
            AnchorQueue::<Test>::insert(index, root(index));
            RetiredAnchors::<Test>::insert(root(index), 0);
        }
        AnchorRange::<Test>::put((0, 6));
        go_to(WINDOW + 1);
        assert_eq!(PrivacyCredit::retired_anchors().len(), 4);
        go_to(WINDOW + 3);
        assert_eq!(PrivacyCredit::retired_anchors().len(), 0);
    });
}
