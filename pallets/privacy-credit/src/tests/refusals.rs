//! Each refusal of a transfer, by the one thing that is wrong with it, and before its proof is looked
//! at where it can be.

use std::collections::BTreeSet;

use codec::{DecodeAll, Encode};
use frame_support::traits::fungible::Inspect;
use polkadot_sdk::*;
use qloak_shielded::{element::Digest, note::Asset, transaction::Action, tree::CAPACITY};

use sp_runtime::transaction_validity::{TransactionValidityError, UnknownTransaction};

use super::deposits::with_tree_of;
use crate::{admission::NOTES_PER_TRANSFER, mock::*, *};

fn draft() -> Draft {
    let mut alice = funded(1, &[100_000]);
    alice
        .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
        .unwrap()
}

fn withdrawal(value: u64, recipient: [u8; 32]) -> Draft {
    let mut draft = draft();
    draft.transfer.action = Action::Withdraw { value, recipient };
    draft
}

#[test]
fn codes_are_distinct_and_none_is_a_signatures() {
    let codes: BTreeSet<_> = Refusal::ALL.map(Refusal::code).into();
    assert_eq!(codes.len(), Refusal::ALL.len());
    assert_eq!(codes.first(), Some(&64));
    for refusal in Refusal::ALL {
        assert_eq!(refusal.encode(), [refusal.code() - 64]);
    }
}

#[test]
fn one_note_twice() {
    run(|| {
        let mut draft = draft();
        draft.transfer.nullifiers[1] = draft.transfer.nullifiers[0];
        assert_refused_unproven(&draft, Refusal::RepeatedNullifier);
    });
}

#[test]
fn sums_that_overflow() {
    run(|| {
        let draft = withdrawal(u64::MAX, RICH.into());
        assert_refused_unproven(&draft, Refusal::Overflow);
    });
}

#[test]
fn credits_that_cannot_be_counted() {
    run(|| {
        let draft = draft();
        let entered = u128::MAX;
        Turnstiles::<Test>::mutate(|turnstile| {
            turnstile.credit = Passage {
                entered,
                left: entered,
            }
        });
        assert_refused_unproven(&draft, Refusal::Overflow);
        Turnstiles::<Test>::mutate(|turnstile| turnstile.credit = Passage::default());
    });
}

#[test]
fn actions_that_move_nothing() {
    run(|| {
        let draft = withdrawal(0, RICH.into());
        assert_refused_unproven(&draft, Refusal::EmptyAction);
        let (credits, work) = (0, [0; 32]);
        let mut draft = draft;
        draft.transfer.action = Action::PayForWork { credits, work };
        assert_refused_unproven(&draft, Refusal::EmptyAction);
    });
}

#[test]
fn expired_ones() {
    run(|| {
        let mut draft = draft();
        draft.transfer.valid_until = now() - 1;
        assert_refused_unproven(&draft, Refusal::Expired);
        draft.transfer.valid_until = now();
        let call = call(draft.transfer.clone(), draft.proof());
        assert_eq!(validate(call.clone()).unwrap().longevity, 1);
        apply(call).unwrap().unwrap();
    });
}

/// A wallet that is told a false height does not sign for longer than the chain allows. A node that is behind the sender's
/// does not call the transfer invalid, for which the pool would punish the peer that sent it.
#[test]
fn ends_that_are_too_far_away() {
    run(|| {
        let mut draft = draft();
        for end in [now() + MAX_LIFETIME + 1, u32::MAX] {
            draft.transfer.valid_until = end;
            assert_refused_unproven(&draft, Refusal::TooFarAhead);
        }
        let error = TransactionValidityError::from(Refusal::TooFarAhead);
        assert_eq!(error, UnknownTransaction::Custom(75).into());

        draft.transfer.valid_until = now() + MAX_LIFETIME + 1;
        let ahead = call(draft.transfer.clone(), draft.proof());
        assert_eq!(validate(ahead.clone()), Err(error));
        next_block();
        validate(ahead.clone()).unwrap();
        apply(ahead).unwrap().unwrap();
    });
}

#[test]
fn fees_below_the_minimum() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let minimum = PrivacyCredit::minimum_fee();
        let rest = alice.payment(Asset::Qlk, 100_000 - minimum);
        let nothing = alice.payment(Asset::Qlk, 0);
        let position = alice.best(Asset::Qlk)[0].1;
        let inputs = vec![alice.input(position)];
        let exact = alice.draft(inputs, [&rest, &nothing], Action::Send, minimum);
        let mut low = exact.clone();
        low.transfer.fee -= 1;
        assert_refused_unproven(&low, Refusal::FeeTooLow);
        send(&exact);
    });
}

#[test]
fn anchors_that_never_were() {
    run(|| {
        let mut draft = draft();
        draft.transfer.anchor = Digest::ZERO;
        assert_refused_unproven(&draft, Refusal::UnknownAnchor);
    });
}

#[test]
fn notes_that_are_spent() {
    run(|| {
        let draft = draft();
        for index in 0..2 {
            let nullifier = draft.transfer.nullifiers[index];
            Nullifiers::<Test>::insert(nullifier, ());
            assert_refused_unproven(&draft, Refusal::AlreadySpent);
            Nullifiers::<Test>::remove(nullifier);
        }
        send(&draft);
    });
}

#[test]
fn more_than_is_in_the_pool() {
    run(|| {
        let fee = PrivacyCredit::standard_fee();
        let draft = withdrawal(100_000 - fee + 1, RICH.into());
        assert_refused_unproven(&draft, Refusal::Turnstile);
    });
}

#[test]
fn more_credits_than_there_are() {
    run(|| {
        let mut draft = draft();
        let (credits, work) = (1, [0; 32]);
        draft.transfer.action = Action::PayForWork { credits, work };
        assert_refused_unproven(&draft, Refusal::Turnstile);
    });
}

#[test]
fn a_tree_without_room_for_three() {
    run(|| {
        let draft = draft();
        with_tree_of(CAPACITY - NOTES_PER_TRANSFER + 1, || {
            assert_refused_unproven(&draft, Refusal::TreeFull);
        });
        with_tree_of(CAPACITY - NOTES_PER_TRANSFER, || {
            PrivacyCredit::check_transfer(&draft.transfer).unwrap();
        });
    });
}

/// A full tree freezes nobody's money: an exit spends notes and makes none. Its outputs are seen to be worth nothing.
#[test]
fn a_full_tree_can_be_left() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let fee = PrivacyCredit::standard_fee();
        let (value, recipient) = (100_000 - fee, POOR.into());
        let action = Action::Withdraw { value, recipient };
        for size in [CAPACITY - NOTES_PER_TRANSFER + 1, CAPACITY] {
            with_tree_of(size, || {
                let before = Tree::<Test>::get();
                let ordinary = alice.pay(&alice.payment(Asset::Qlk, 0), action.clone());
                assert_refused_unproven(&ordinary.unwrap(), Refusal::TreeFull);
                let exit = alice.exit(vec![alice.input(0)], action.clone(), fee);
                // One output that could be worth something is one too many.
                let mut half = exit.clone();
                half.transfer.outputs[1].commitment = alice.notes[&0].note.commitment();
                assert_refused_unproven(&half, Refusal::TreeFull);
                if size < CAPACITY {
                    return PrivacyCredit::check_transfer(&exit.transfer)
                        .map(drop)
                        .unwrap();
                }
                send(&exit);
                assert_eq!(Tree::<Test>::get(), before, "nothing was appended");
                assert_eq!(Balances::total_balance(&POOR), value.into());
                assert_eq!(PrivacyCredit::pool_balance(), 0);
                assert_eq!(Turnstiles::<Test>::get().credit, Passage::default());
                assert_refused_unproven(&exit, Refusal::AlreadySpent);

                let nullifiers = exit.transfer.nullifiers;
                let call = call(exit.transfer, Vec::new());
                let [entry] = &PrivacyCredit::entries(&[Extrinsic::new_bare(call)])[..] else {
                    panic!("one entry");
                };
                assert_eq!(entry.position, CAPACITY);
                assert_eq!(entry.compact().leaves().count(), 0);
                assert_eq!(entry.transfer.as_ref().unwrap().nullifiers, nullifiers);
                assert_eq!(PrivacyCredit::info().rate, 0);
            });
        }
    });
}

/// While there is room, nothing distinguishes an exit: its notes come into the tree like any other's.
#[test]
fn an_exit_is_a_transfer_like_others_while_there_is_room() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let fee = PrivacyCredit::standard_fee();
        let (value, recipient) = (100_000 - fee, POOR.into());
        let action = Action::Withdraw { value, recipient };
        send(&alice.exit(vec![alice.input(0)], action, fee));
        next_block();
        sync(&mut alice);
        assert_eq!(alice.tree.size(), 1 + NOTES_PER_TRANSFER);
        assert_eq!(alice.tree.root(), CurrentAnchor::<Test>::get().root);
        assert_eq!(alice.balance(Asset::Priv), BASE_RATE.into());
    });
}

#[test]
fn recipients_who_cannot_be_paid() {
    run(|| {
        let too_little = u64::try_from(EXISTENTIAL_DEPOSIT).unwrap() - 1;
        assert_refused_unproven(&withdrawal(too_little, POOR.into()), Refusal::Recipient);
    });
    run(|| {
        let pool = PrivacyCredit::pool_account().into();
        assert_refused_unproven(&withdrawal(100, pool), Refusal::Recipient);
    });
}

#[test]
fn bytes_that_are_no_proof() {
    run(|| {
        let draft = draft();
        let proof = draft.proof();
        let longest = MaxProofBytes::get() as usize;
        let mut longer = proof.clone();
        longer.push(0);
        let mut changed = proof.clone();
        changed[proof.len() / 2] ^= 1;
        let garbage = [
            vec![],
            vec![0; 1],
            vec![0; longest],
            vec![0xff; longest],
            proof[..proof.len() - 1].to_vec(),
            longer,
            changed,
        ];
        for bytes in garbage {
            assert_refused(&draft.transfer, &bytes, Refusal::InvalidProof);
        }
        send(&draft);
    });
}

/// Too long a proof is no call at all: it is refused where the extrinsic is decoded, before anything
/// is allocated for it.
#[test]
fn a_proof_that_is_too_long_does_not_decode() {
    run(|| {
        let longest = MaxProofBytes::get() as usize;
        let encoded = call(draft().transfer, vec![0; longest]).encode();
        assert!(RuntimeCall::decode_all(&mut encoded.as_slice()).is_ok());
        let at = encoded.len() - longest - 4;
        let longer = [
            encoded[..at].to_vec(),
            codec::Compact(longest as u32 + 1).encode(),
            vec![0; longest + 1],
        ]
        .concat();
        assert!(RuntimeCall::decode_all(&mut longer.as_slice()).is_err());
        let endless = [
            encoded[..at].to_vec(),
            codec::Compact(u32::MAX).encode(),
            vec![0; 8],
        ]
        .concat();
        assert!(RuntimeCall::decode_all(&mut endless.as_slice()).is_err());
    });
}

/// A refused transfer leaves the block as it was, and the note can be spent rightly.
#[test]
fn a_refusal_costs_the_owner_nothing() {
    run(|| {
        let draft = draft();
        assert_refused(&draft.transfer, &[1, 2, 3], Refusal::InvalidProof);
        // The deposit is there, and nothing else.
        assert_eq!(Tree::<Test>::get().size(), 1);
        send(&draft);
    });
}
