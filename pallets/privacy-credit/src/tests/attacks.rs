//! Attacks with real proofs: what was proven of one transfer is claimed of another; and what still
//! holds if the proof system is broken.

use polkadot_sdk::*;
use qloak_shielded::{
    element::Digest,
    note::{Asset, Note},
    prover::{prove, ProveError},
    statement::{PublicChange, Statement},
    transaction::{Action, Transfer},
    witness::InputWitness,
};

use crate::{mock::*, *};

/// Alice withdraws something, with change.
fn withdrawal() -> (Wallet, Draft) {
    let mut alice = funded(1, &[100_000]);
    let nothing = alice.payment(Asset::Qlk, 0);
    let (value, recipient) = (7_000, POOR.into());
    let draft = alice
        .pay(&nothing, Action::Withdraw { value, recipient })
        .unwrap();
    (alice, draft)
}

/// Whoever changes anything of a proven transfer has no proof of what he made of it.
#[test]
fn whatever_is_changed_the_proof_does_not_fit() {
    run(|| {
        let (_, draft) = withdrawal();
        let proof = draft.proof();
        let one = qloak_shielded::element::from_canonical(1).unwrap();
        let other = Digest([one; 8]);
        let to = |value, recipient| Action::Withdraw { value, recipient };
        type Change = Box<dyn Fn(&mut Transfer)>;
        let changes: Vec<(&str, Change)> = vec![
            (
                "recipient",
                Box::new(move |t| t.action = to(7_000, RICH.into())),
            ),
            (
                "amount",
                Box::new(move |t| t.action = to(7_001, POOR.into())),
            ),
            ("less", Box::new(move |t| t.action = to(6_999, POOR.into()))),
            ("action", Box::new(|t| t.action = Action::Send)),
            ("fee up", Box::new(|t| t.fee += 1)),
            ("fee down", Box::new(|t| t.fee -= 1)),
            (
                "fee to amount",
                Box::new(move |t| {
                    t.fee -= 1;
                    t.action = to(7_001, POOR.into());
                }),
            ),
            ("expiry", Box::new(|t| t.valid_until += 1)),
            ("credit", Box::new(move |t| t.credit = other)),
            (
                "first nullifier",
                Box::new(move |t| t.nullifiers[0] = other),
            ),
            (
                "second nullifier",
                Box::new(move |t| t.nullifiers[1] = other),
            ),
            ("nullifiers swapped", Box::new(|t| t.nullifiers.reverse())),
            (
                "first output",
                Box::new(move |t| t.outputs[0].commitment = other),
            ),
            (
                "second output",
                Box::new(move |t| t.outputs[1].commitment = other),
            ),
            ("outputs swapped", Box::new(|t| t.outputs.reverse())),
            (
                "KEM ciphertext",
                Box::new(|t| t.outputs[0].ciphertext.compact.kem[0] ^= 1),
            ),
            (
                "confirmation",
                Box::new(|t| t.outputs[1].ciphertext.compact.confirmation[0] ^= 1),
            ),
            (
                "body",
                Box::new(|t| t.outputs[0].ciphertext.compact.body[0] ^= 1),
            ),
            ("memo", Box::new(|t| t.outputs[1].ciphertext.memo[0] ^= 1)),
            (
                "outgoing",
                Box::new(|t| t.outputs[0].ciphertext.outgoing[0] ^= 1),
            ),
        ];
        for (what, change) in changes {
            let mut changed = draft.transfer.clone();
            change(&mut changed);
            assert_ne!(changed, draft.transfer, "{what}");
            assert_refused(&changed, &proof, Refusal::InvalidProof);
        }
        send(&draft);
    });
}

/// The proof is of a tree that the notes are in, and of no other that is an anchor as well.
#[test]
fn another_anchor_needs_another_proof() {
    run(|| {
        let (_, draft) = withdrawal();
        let proof = draft.proof();
        funded(2, &[5_000]);
        let mut changed = draft.transfer.clone();
        changed.anchor = CurrentAnchor::<Test>::get().root;
        assert_refused(&changed, &proof, Refusal::InvalidProof);
        send(&draft);
    });
}

/// A proof is bound to the chain. On another one with the same notes it is worth nothing.
#[test]
fn another_chain_refuses_it() {
    run(|| {
        let (_, draft) = withdrawal();
        let proof = draft.proof();
        let genesis = System::block_hash(0);
        frame_system::BlockHash::<Test>::insert(0, sp_core::H256([1; 32]));
        assert_refused(&draft.transfer, &proof, Refusal::InvalidProof);
        frame_system::BlockHash::<Test>::insert(0, genesis);
        send(&draft);
    });
}

#[test]
fn a_transfer_is_not_replayed() {
    run(|| {
        let (_, draft) = withdrawal();
        let proof = draft.proof();
        send(&draft);
        assert_refused(&draft.transfer, &proof, Refusal::AlreadySpent);
        next_block();
        assert_refused(&draft.transfer, &proof, Refusal::AlreadySpent);
    });
}

/// Two transfers that spend one note exclude each other: in the pool by a tag that both provide, in
/// the block by the nullifier.
#[test]
fn a_note_is_not_spent_twice() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let bob = wallet(2);
        let first = alice
            .pay(&bob.payment(Asset::Qlk, 90_000), Action::Send)
            .unwrap();
        let second = alice
            .pay(&alice.payment(Asset::Qlk, 90_000), Action::Send)
            .unwrap();
        let tags = [&first, &second].map(|draft| {
            validate(call(draft.transfer.clone(), draft.proof()))
                .unwrap()
                .provides
        });
        let shared = tags[0].iter().filter(|tag| tags[1].contains(tag)).count();
        assert_eq!(shared, 1, "the note's; the dummies differ");
        send(&first);
        assert_refused(&second.transfer, &second.proof(), Refusal::AlreadySpent);
    });
}

/// In a fork's block the nullifier is unknown again, and the transfer valid.
#[test]
fn a_reorganisation_gives_the_note_back() {
    run(|| {
        let (_, draft) = withdrawal();
        let undone: Result<(), sp_runtime::DispatchError> =
            frame_support::storage::with_transaction(|| {
                send(&draft);
                sp_runtime::TransactionOutcome::Rollback(Ok(()))
            });
        undone.unwrap();
        send(&draft);
    });
}

/// There is no witness by which credits become coins, or coins credits.
#[test]
fn assets_do_not_mix() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        send(
            &alice
                .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
                .unwrap(),
        );
        next_block();
        sync(&mut alice);
        let fee = PrivacyCredit::standard_fee();
        let (coins, coin) = alice.best(Asset::Qlk)[0];
        let (credits, credit) = alice.best(Asset::Priv)[0];
        let inputs = [alice.input(coin), alice.input(credit)];
        let attempts = [
            // Credits come out as coins.
            [(Asset::Qlk, coins - fee), (Asset::Qlk, credits)],
            // Coins come out as credits.
            [(Asset::Qlk, coins - fee - 1), (Asset::Priv, credits + 1)],
            // The fee is paid in credits.
            [
                (Asset::Qlk, coins),
                (Asset::Priv, credits - credits.min(fee)),
            ],
        ];
        for [first, second] in attempts {
            let payments = [
                &alice.payment(first.0, first.1),
                &alice.payment(second.0, second.1),
            ];
            let draft = alice.draft(inputs.to_vec(), payments, Action::Send, fee);
            let result = prove(&draft.statement(), &draft.witness);
            assert!(matches!(result, Err(ProveError::Unbalanced { .. })));
        }
    });
}

/// The same with the proof of a statement that is true, in which the credits are said to leave.
#[test]
fn a_proof_of_another_public_change_does_not_fit() {
    run(|| {
        let (_, draft) = withdrawal();
        let statement = draft.statement();
        let honest = draft.proof();
        for changes in [
            [PublicChange::enters(1), PublicChange::NONE],
            [PublicChange::leaves(1), PublicChange::NONE],
            [statement.changes[0], PublicChange::leaves(1)],
            [statement.changes[0], PublicChange::enters(1)],
            [statement.changes[1], statement.changes[0]],
        ] {
            let other = Statement {
                changes,
                ..statement.clone()
            };
            assert!(!InRuntime::verify(&honest, &other));
        }
        assert!(InRuntime::verify(&honest, &statement));
    });
}

/// The prover makes no proof of what is not so.
#[test]
fn there_is_no_proof_of_a_note_that_is_not_in_the_tree() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        let position = alice.best(Asset::Qlk)[0].1;
        let mut input = alice.input(position);
        let note = &alice.notes[&position].note;
        input.value = 200_000;
        let rich = Note {
            value: 200_000,
            ..note.clone()
        };
        assert_ne!(rich.commitment(), note.commitment());
        let fee = PrivacyCredit::standard_fee();
        let payments = [
            &alice.payment(Asset::Qlk, 200_000 - fee),
            &alice.payment(Asset::Qlk, 0),
        ];
        let inputs = vec![input, InputWitness::dummy(&alice.key, &[7; 32], &[])];
        let draft = alice.draft(inputs, payments, Action::Send, fee);
        let result = prove(&draft.statement(), &draft.witness);
        assert!(matches!(result, Err(ProveError::NotInTree { input: 0 })));
    });
}

/// With a proof system that accepts anything, notes can be forged; the pool cannot be overdrawn.
#[test]
fn the_turnstile_holds_without_the_proof() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        funded(2, &[50_000]);
        break_the_proof_system();
        let fee = PrivacyCredit::standard_fee();
        let nothing = alice.payment(Asset::Qlk, 0);
        let mut forge = |value| {
            let recipient = POOR.into();
            let action = Action::Withdraw { value, recipient };
            alice
                .draft(Vec::new(), [&nothing, &nothing], action, fee)
                .transfer
        };
        let too_much = forge(150_000 - fee + 1);
        assert_refused(&too_much, &[], Refusal::Turnstile);
        let all = forge(150_000 - fee);
        apply(call(all, Vec::new())).unwrap().unwrap();
        assert_eq!(PrivacyCredit::pool_balance(), 0);
        let more = forge(EXISTENTIAL_DEPOSIT as u64);
        assert_refused(&more, &[], Refusal::Turnstile);
    });
}

/// The same for credits: work is not paid with what was never minted.
#[test]
fn credits_are_not_forged_beyond_what_was_minted() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        break_the_proof_system();
        let fee = PrivacyCredit::standard_fee();
        let nothing = alice.payment(Asset::Qlk, 0);
        let mut forge = |credits| {
            let work = [1; 32];
            let action = Action::PayForWork { credits, work };
            alice
                .draft(Vec::new(), [&nothing, &nothing], action, fee)
                .transfer
        };
        assert_refused(&forge(1), &[], Refusal::Turnstile);
        let send = alice_sends(fee);
        apply(call(send, Vec::new())).unwrap().unwrap();
        // What a transfer mints is not there before it: it cannot pay with its own credit.
        assert_refused(&forge(BASE_RATE + 1), &[], Refusal::Turnstile);
        apply(call(forge(BASE_RATE), Vec::new())).unwrap().unwrap();
        assert_eq!(work_paid(), [([1; 32], BASE_RATE)]);
    });
}

fn alice_sends(fee: u64) -> Transfer {
    let mut carol = wallet(3);
    let nothing = carol.payment(Asset::Qlk, 0);
    let mut transfer = carol
        .draft(Vec::new(), [&nothing, &nothing], Action::Send, fee)
        .transfer;
    transfer.anchor = CurrentAnchor::<Test>::get().root;
    transfer
}
