//! What an attacker tries against the rules, where the proof itself is taken to be sound: the
//! attacks on the proof are beside the circuit.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod model;

use model::{holds, sync, wallet, Chain, Refused, FEE, GENESIS};
use qloak_shielded::{
    encryption::Payment,
    note::Asset,
    nullifier::nullifier,
    scan::Scanner,
    transaction::{Action, Deposit, Transfer},
    witness::{InputWitness, Witness},
};
use qloak_test_wallet::{nullifier_of, Draft, Wallet};

/// A chain on which Alice (1) has 1,000 and Bob (2) nothing.
fn setting() -> (Chain, Wallet, Wallet) {
    let mut chain = Chain::new();
    let [mut alice, mut bob] = [1, 2].map(wallet);
    let deposit = alice.deposit(&alice.payment(Asset::Qlk, 1_000));
    chain.deposit(&deposit);
    sync(&mut alice, &chain);
    sync(&mut bob, &chain);
    (chain, alice, bob)
}

/// What the model looks at of a transfer that somebody drafted.
fn parts(draft: Draft) -> (Transfer, Witness) {
    (draft.transfer, draft.witness)
}

fn pays(alice: &mut Wallet, bob: &Wallet, value: u64) -> (Transfer, Witness) {
    let payment = bob.payment(Asset::Qlk, value);
    parts(alice.pay(&payment, Action::Send).unwrap())
}

/// A transfer of these notes to these payments, whether they add up or not.
fn drafted(
    wallet: &mut Wallet,
    inputs: [InputWitness; 2],
    payments: [&Payment; 2],
    action: Action,
) -> (Transfer, Witness) {
    parts(wallet.draft(inputs.into(), payments, action, FEE))
}

#[test]
fn a_transfer_is_not_replayed() {
    let (mut chain, mut alice, bob) = setting();
    let (transfer, witness) = pays(&mut alice, &bob, 1);
    assert_eq!(chain.transfer(&transfer, &witness), Ok(()));
    assert_eq!(chain.transfer(&transfer, &witness), Err(Refused::Spent));
}

#[test]
fn a_note_is_not_spent_twice() {
    let (mut chain, mut alice, bob) = setting();
    let (first, first_witness) = pays(&mut alice, &bob, 1);
    let (second, second_witness) = pays(&mut alice, &bob, 2);
    assert_eq!(chain.transfer(&first, &first_witness), Ok(()));
    assert_eq!(
        chain.transfer(&second, &second_witness),
        Err(Refused::Spent)
    );
    // Nor within one transfer.
    let (mut chain, mut alice, bob) = setting();
    let position = *alice.notes.keys().next().unwrap();
    let inputs = [alice.input(position), alice.input(position)];
    let payments = [
        &bob.payment(Asset::Qlk, 1_000),
        &bob.payment(Asset::Qlk, 1_000 - FEE),
    ];
    let (transfer, witness) = drafted(&mut alice, inputs, payments, Action::Send);
    assert_eq!(chain.transfer(&transfer, &witness), Err(Refused::Malformed));
}

/// A note has one position, and so one nullifier. A second one would be a second spending.
#[test]
fn a_note_is_not_spent_at_another_position() {
    let (mut chain, mut alice, bob) = setting();
    let position = *alice.notes.keys().next().unwrap();
    for bit in 0..32 {
        let mut input = alice.input(position);
        input.path.position ^= 1 << bit;
        let inputs = [input, InputWitness::dummy(&alice.key, &[bit; 32], &[])];
        let payments = [
            &bob.payment(Asset::Qlk, 1_000 - FEE),
            &bob.payment(Asset::Qlk, 0),
        ];
        let (transfer, witness) = drafted(&mut alice, inputs, payments, Action::Send);
        assert_eq!(chain.transfer(&transfer, &witness), Err(Refused::Proof));
    }
}

#[test]
fn somebody_elses_note_is_not_spent() {
    let (mut chain, alice, mut bob) = setting();
    let position = *alice.notes.keys().next().unwrap();
    let mut input = alice.input(position);
    input.ask = bob.key.ask().clone();
    input.nk = bob.key.nk().clone();
    let inputs = [input, InputWitness::dummy(&alice.key, &[1; 32], &[])];
    let payments = [
        &bob.payment(Asset::Qlk, 1_000 - FEE),
        &bob.payment(Asset::Qlk, 0),
    ];
    let (transfer, witness) = drafted(&mut bob, inputs, payments, Action::Send);
    assert_eq!(chain.transfer(&transfer, &witness), Err(Refused::Proof));
}

/// Balance, of each asset, and no coin out of credit.
#[test]
fn nothing_is_made_out_of_nothing() {
    let (mut chain, mut alice, bob) = setting();
    let position = *alice.notes.keys().next().unwrap();
    let mut attempt = |first: (Asset, u64), second: (Asset, u64), action| {
        let inputs = [
            alice.input(position),
            InputWitness::dummy(&alice.key, &[1; 32], &[]),
        ];
        let payments = [
            &bob.payment(first.0, first.1),
            &bob.payment(second.0, second.1),
        ];
        let (transfer, witness) = drafted(&mut alice, inputs, payments, action);
        chain.transfer(&transfer, &witness)
    };
    let rest = 1_000 - FEE;
    let (qlk, credit) = (Asset::Qlk, Asset::Priv);
    assert_eq!(
        attempt((qlk, rest), (qlk, 1), Action::Send),
        Err(Refused::Proof)
    );
    assert_eq!(
        attempt((qlk, rest - 2), (qlk, 1), Action::Send),
        Err(Refused::Proof)
    );
    assert_eq!(
        attempt((credit, rest), (qlk, 0), Action::Send),
        Err(Refused::Proof)
    );
    assert_eq!(
        attempt((qlk, rest), (credit, 1), Action::Send),
        Err(Refused::Proof)
    );
    // 2^64 - 1 and the rest: right modulo 2^64, and wrong.
    let wrapped = (qlk, u64::MAX);
    assert_eq!(
        attempt(wrapped, (qlk, rest + 1), Action::Send),
        Err(Refused::Proof)
    );
    let withdraw = Action::Withdraw {
        value: 1,
        recipient: [7; 32],
    };
    assert_eq!(
        attempt((qlk, rest), (qlk, 0), withdraw),
        Err(Refused::Proof)
    );
    let work = Action::PayForWork {
        credits: 1,
        work: [7; 32],
    };
    assert_eq!(attempt((qlk, rest), (qlk, 0), work), Err(Refused::Proof));
    assert_eq!(attempt((qlk, rest), (qlk, 0), Action::Send), Ok(()));
}

#[test]
fn an_anchor_that_never_was_is_refused() {
    let (mut chain, mut alice, bob) = setting();
    let forged = alice.deposit(&alice.payment(Asset::Qlk, 1_000_000));
    let mut elsewhere = Chain::new();
    elsewhere.deposit(&forged);
    let mut dreaming = wallet(1);
    sync(&mut dreaming, &elsewhere);
    let (transfer, witness) = pays(&mut dreaming, &bob, 999_000);
    assert!(holds(&transfer.statement(&GENESIS).unwrap(), &witness));
    assert_eq!(chain.transfer(&transfer, &witness), Err(Refused::Anchor));
}

/// A forged note, as a broken proof system would allow: the pool pays out what came in, no more.
#[test]
fn the_turnstile_holds_without_the_proof() {
    let (mut chain, mut alice, _) = setting();
    let forged = alice
        .deposit(&alice.payment(Asset::Qlk, 1_000_000))
        .output();
    chain.deposit(&Deposit {
        value: 0,
        ..alice.deposit(&alice.payment(Asset::Qlk, 0))
    });
    sync(&mut alice, &chain);
    chain.append(vec![forged], None);
    sync(&mut alice, &chain);
    assert_eq!(alice.balance(Asset::Qlk), 1_001_000);
    let nothing = alice.payment(Asset::Qlk, 0);
    let withdraw = |value| Action::Withdraw {
        value,
        recipient: [7; 32],
    };
    let (transfer, witness) = parts(alice.pay(&nothing, withdraw(1_001 - FEE)).unwrap());
    assert_eq!(chain.transfer(&transfer, &witness), Err(Refused::Turnstile));
    let (transfer, witness) = parts(alice.pay(&nothing, withdraw(1_000 - FEE)).unwrap());
    assert_eq!(chain.transfer(&transfer, &witness), Ok(()));
    assert_eq!(chain.pool[0], 0);
}

/// Faerie gold: two notes of which the recipient could spend one only. The sender makes them
/// alike to the last bit; both are found, and both are spent.
#[test]
fn two_notes_that_are_alike_are_both_spendable() {
    let (mut chain, mut alice, mut bob) = setting();
    let deposit = alice.deposit(&bob.payment(Asset::Qlk, 50));
    chain.deposit(&deposit);
    chain.deposit(&deposit);
    sync(&mut bob, &chain);
    assert_eq!(bob.balance(Asset::Qlk), 100);
    let (transfer, witness) = pays(&mut bob, &alice, 100 - FEE);
    assert_eq!(witness.outputs[0].value, 100 - FEE);
    assert_eq!(chain.transfer(&transfer, &witness), Ok(()));
}

/// Roadblock: an attacker who knows all of a note but the recipient's keys, its sender, wants its
/// nullifier to be taken before the recipient spends it.
#[test]
fn a_sender_cannot_take_the_recipients_nullifier() {
    let (mut chain, mut alice, mut bob) = setting();
    let (transfer, witness) = pays(&mut alice, &bob, 600);
    assert_eq!(chain.transfer(&transfer, &witness), Ok(()));
    sync(&mut bob, &chain);
    sync(&mut alice, &chain);
    let position = *bob.notes.keys().next().unwrap();
    let bobs = nullifier_of(&bob.input(position));
    // With her own key she gets another nullifier; and a dummy that claims Bob's has no witness.
    let commitment = bob.notes[&position].note.commitment();
    assert_ne!(nullifier(alice.key.nk(), position, &commitment), bobs);
    let spare = *alice.notes.keys().next().unwrap();
    let inputs = [
        alice.input(spare),
        InputWitness::dummy(&alice.key, &[1; 32], &[]),
    ];
    let value = inputs[0].value;
    let payments = [
        &alice.payment(Asset::Qlk, value - FEE),
        &alice.payment(Asset::Qlk, 0),
    ];
    let (mut transfer, witness) = drafted(&mut alice, inputs, payments, Action::Send);
    transfer.nullifiers[1] = bobs;
    assert_eq!(chain.transfer(&transfer, &witness), Err(Refused::Proof));
    // A copy of the note, at another position, does not stand in its way either.
    let output = chain.entries.last().unwrap().outputs[0].clone();
    chain.append(vec![output], None);
    sync(&mut bob, &chain);
    let (transfer, witness) = pays(&mut bob, &alice, 600 - FEE);
    assert_eq!(chain.transfer(&transfer, &witness), Ok(()));
}

/// Non-malleability: whoever changes what a transfer says changes the statement, and so needs
/// another proof.
#[test]
fn a_changed_transfer_has_another_statement() {
    let (_, mut alice, bob) = setting();
    let withdraw = Action::Withdraw {
        value: 5,
        recipient: [7; 32],
    };
    let (transfer, _) = parts(alice.pay(&bob.payment(Asset::Qlk, 1), withdraw).unwrap());
    let statement = transfer.statement(&GENESIS).unwrap();
    let mut stolen = transfer.clone();
    stolen.action = Action::Withdraw {
        value: 5,
        recipient: [8; 32],
    };
    assert_ne!(stolen.statement(&GENESIS).unwrap(), statement);
    let mut exchanged = transfer.clone();
    exchanged.outputs[0].ciphertext.memo[0] ^= 1;
    assert_ne!(exchanged.statement(&GENESIS).unwrap(), statement);
    assert_ne!(transfer.statement(&[1; 32]).unwrap(), statement);
}

/// After a reorganisation the same note may stand elsewhere and have another nullifier. The old
/// transfer is void, the new one is not, and no branch has both.
#[test]
fn a_reorganisation_moves_a_note() {
    let (mut alice, bob) = (wallet(1), wallet(2));
    let mine = alice.deposit(&alice.payment(Asset::Qlk, 1_000));
    let other = alice.deposit(&bob.payment(Asset::Qlk, 1));
    let branch = |order: [&Deposit; 2]| {
        let mut chain = Chain::new();
        for deposit in order {
            chain.deposit(deposit);
        }
        let mut mine = wallet(1);
        sync(&mut mine, &chain);
        (chain, mine)
    };
    let (mut left, mut on_left) = branch([&mine, &other]);
    let (mut right, mut on_right) = branch([&other, &mine]);
    let (transfer, witness) = pays(&mut on_left, &bob, 10);
    assert_eq!(left.transfer(&transfer, &witness), Ok(()));
    assert_eq!(right.transfer(&transfer, &witness), Err(Refused::Anchor));
    let (again, witness) = pays(&mut on_right, &bob, 10);
    assert_eq!(right.transfer(&again, &witness), Ok(()));
    assert_ne!(again.nullifiers[0], transfer.nullifiers[0]);
}

/// The holder of an incoming key sees what others pay, and not which transactions the account makes.
#[test]
fn an_incoming_key_does_not_see_change() {
    let (mut chain, mut alice, bob) = setting();
    let (transfer, witness) = pays(&mut alice, &bob, 600);
    assert_eq!(chain.transfer(&transfer, &witness), Ok(()));
    let compact: Vec<_> = transfer.outputs.iter().map(|o| o.compact()).collect();
    let watcher = Scanner::new(&alice.key.full_viewing_key().incoming(), 0..20);
    assert!(watcher.scan(&compact).is_empty());
    sync(&mut alice, &chain);
    assert_eq!(alice.balance(Asset::Qlk), u128::from(400 - FEE));
}

/// A send that pays somebody and one that pays nobody are of one length.
#[test]
fn payments_change_and_nothing_look_alike() {
    use codec::Encode;
    let (mut chain, mut alice, bob) = setting();
    let (paying, witness) = pays(&mut alice, &bob, 600);
    assert_eq!(chain.transfer(&paying, &witness), Ok(()));
    sync(&mut alice, &chain);
    let nothing = alice.payment(Asset::Qlk, 0);
    let (idle, _) = parts(alice.pay(&nothing, Action::Send).unwrap());
    assert_eq!(paying.encode().len(), idle.encode().len());
}
