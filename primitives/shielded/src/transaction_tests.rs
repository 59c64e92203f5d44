#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::{
    note::hide,
    statement::Flow,
    test_support::{alice, bob, digest, sealed_to},
};
use alloc::vec::Vec;
use proptest::prelude::*;

const GENESIS: [u8; 32] = [5; 32];

fn output(seed: u8) -> Output {
    let sealed = sealed_to(&bob(), 10, seed);
    Output {
        commitment: sealed.commitment,
        ciphertext: sealed.ciphertext,
    }
}

fn transfer() -> Transfer {
    let nullifiers = [digest(2), digest(3)];
    Transfer {
        anchor: digest(1),
        nullifiers,
        outputs: [output(1), output(2)],
        credit: alice()
            .full_viewing_key()
            .internal()
            .credit(&nullifiers)
            .hide(),
        fee: 7,
        valid_until: 100,
        action: Action::Withdraw {
            value: 93,
            recipient: [8; 32],
        },
    }
}

#[test]
fn the_statement_is_what_the_transfer_says() {
    let transfer = transfer();
    let statement = transfer.statement(&GENESIS).unwrap();
    assert_eq!(statement.anchor, transfer.anchor);
    assert_eq!(statement.nullifiers, transfer.nullifiers);
    assert_eq!(statement.commitments, transfer.commitments());
    assert_eq!(
        statement.changes,
        [PublicChange::leaves(100), PublicChange::NONE]
    );
    assert_eq!(statement.binding, transfer.binding(&GENESIS));
}

#[test]
fn each_action_takes_its_own_asset() {
    let changes = |action| {
        Transfer {
            action,
            ..transfer()
        }
        .changes()
    };
    assert_eq!(
        changes(Action::Send),
        Ok([PublicChange::leaves(7), PublicChange::NONE])
    );
    let work = [1; 32];
    assert_eq!(
        changes(Action::PayForWork { credits: 4, work }),
        Ok([PublicChange::leaves(7), PublicChange::leaves(4)])
    );
    assert_eq!(
        changes(Action::PayForWork { credits: 0, work }),
        Err(Malformed::Nothing)
    );
    let recipient = [1; 32];
    assert_eq!(
        changes(Action::Withdraw {
            value: 0,
            recipient
        }),
        Err(Malformed::Nothing)
    );
    assert_eq!(
        changes(Action::Withdraw {
            value: u64::MAX - 7,
            recipient
        }),
        Ok([PublicChange::leaves(u64::MAX), PublicChange::NONE])
    );
    assert_eq!(
        changes(Action::Withdraw {
            value: u64::MAX - 6,
            recipient
        }),
        Err(Malformed::Overflow)
    );
}

#[test]
fn one_note_is_not_spent_twice_in_one_transfer() {
    let mut transfer = transfer();
    transfer.nullifiers[1] = transfer.nullifiers[0];
    assert_eq!(
        transfer.statement(&GENESIS),
        Err(Malformed::RepeatedNullifier)
    );
}

/// Everything that a transfer says, changed alone, changes what its proof must be bound to.
#[test]
fn nothing_is_left_unbound() {
    let changes: [fn(&mut Transfer); 14] = [
        |t| t.anchor = digest(9),
        |t| t.nullifiers.swap(0, 1),
        |t| t.outputs.swap(0, 1),
        |t| t.outputs[0].commitment = digest(9),
        |t| t.outputs[0].ciphertext.compact.kem[0] ^= 1,
        |t| t.outputs[1].ciphertext.compact.confirmation[0] ^= 1,
        |t| t.outputs[0].ciphertext.compact.body[0] ^= 1,
        |t| t.outputs[1].ciphertext.memo[0] ^= 1,
        |t| t.outputs[0].ciphertext.outgoing[0] ^= 1,
        |t| t.credit = digest(9),
        |t| t.fee += 1,
        |t| t.valid_until += 1,
        |t| {
            t.action = Action::Withdraw {
                value: 93,
                recipient: [9; 32],
            }
        },
        |t| {
            t.action = Action::PayForWork {
                credits: 93,
                work: [8; 32],
            }
        },
    ];
    let original = transfer().binding(&GENESIS);
    for (index, change) in changes.into_iter().enumerate() {
        let mut changed = transfer();
        change(&mut changed);
        assert_ne!(changed.binding(&GENESIS), original, "change {index}");
    }
    assert_ne!(transfer().binding(&[6; 32]), original);
    // The same sum leaves the pool, divided otherwise between fee and recipient.
    let mut shifted = transfer();
    shifted.fee = 8;
    shifted.action = Action::Withdraw {
        value: 92,
        recipient: [8; 32],
    };
    assert_eq!(shifted.changes(), transfer().changes());
    assert_ne!(shifted.binding(&GENESIS), original);
}

#[test]
fn the_binding_is_the_equation() {
    let mut preimage = Vec::from(GENESIS);
    preimage.extend_from_slice(&transfer().encode());
    let hash = blake2b_simd::Params::new()
        .hash_length(64)
        .personal(b"Qloak.Shield.Tx1")
        .hash(&preimage);
    let expected: Vec<u32> = hash
        .as_bytes()
        .chunks(8)
        .map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
        .map(|number| (number % u64::from(crate::element::MODULUS)) as u32)
        .collect();
    let binding = transfer().binding(&GENESIS).0;
    assert_eq!(
        binding.map(|e| p3_field::PrimeField32::as_canonical_u32(&e)),
        expected[..]
    );
}

#[test]
fn encodings_come_back() {
    let transfer = transfer();
    let bytes = transfer.encode();
    assert!(bytes.len() <= Transfer::max_encoded_len());
    assert_eq!(Transfer::decode(&mut bytes.as_slice()), Ok(transfer));
}

#[test]
fn a_nullifier_has_one_encoding() {
    let mut bytes = transfer().encode();
    // The first element of the first nullifier, plus p: the same element, other bytes.
    let at = 32;
    let element = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    bytes[at..at + 4].copy_from_slice(&(element + crate::element::MODULUS).to_le_bytes());
    assert!(Transfer::decode(&mut bytes.as_slice()).is_err());
}

#[test]
fn changes_have_one_encoding() {
    assert_eq!(PublicChange::enters(0), PublicChange::NONE);
    assert_eq!(PublicChange::enters(3).flow(), Flow::Enters);
    for change in [
        PublicChange::NONE,
        PublicChange::leaves(5),
        PublicChange::enters(u64::MAX),
    ] {
        assert_eq!(
            PublicChange::decode(&mut change.encode().as_slice()),
            Ok(change)
        );
    }
    assert!(PublicChange::decode(&mut (Flow::Enters, 0u64).encode().as_slice()).is_err());
}

/// The chain makes the commitments of deposits and credits, and they are the owners'.
#[test]
fn the_chain_makes_commitments_of_public_value() {
    let sealed = sealed_to(&bob(), 55, 6);
    let deposit = Deposit {
        value: 55,
        hide: hide(&sealed.note.owner, &sealed.note.randomness),
        ciphertext: sealed.ciphertext,
    };
    assert_eq!(deposit.output().commitment, sealed.commitment);
    let more = Deposit {
        value: 56,
        ..deposit
    };
    assert_ne!(more.output().commitment, sealed.commitment);

    let transfer = transfer();
    let credit = alice()
        .full_viewing_key()
        .internal()
        .credit(&transfer.nullifiers);
    let note = crate::note::Note {
        asset: Asset::Priv,
        value: 12,
        owner: credit.owner,
        randomness: credit.randomness,
    };
    assert_eq!(transfer.credit_commitment(12), note.commitment());
}

proptest! {
    #[test]
    fn any_changed_bit_changes_the_binding(bit in 0..3800_usize * 8) {
        let original = transfer();
        let mut bytes = original.encode();
        let at = bit % (bytes.len() * 8);
        bytes[at / 8] ^= 1 << (at % 8);
        if let Ok(changed) = Transfer::decode(&mut bytes.as_slice()) {
            prop_assert_ne!(changed.binding(&GENESIS), original.binding(&GENESIS));
        }
    }

    #[test]
    fn garbage_does_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..4200)) {
        let _ = Transfer::decode(&mut bytes.as_slice());
        let _ = Deposit::decode(&mut bytes.as_slice());
    }
}
