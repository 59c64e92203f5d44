#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::encryption::{seal, OutputSeed, Payment, SealedNote};
use crate::test_support::{alice, bob, digest, payment_to, sealed_to};

fn compact(sealed: SealedNote) -> CompactOutput {
    CompactOutput {
        commitment: sealed.commitment,
        ciphertext: sealed.ciphertext.compact,
    }
}

#[test]
fn a_scan_finds_ones_own_notes_and_no_others() {
    let incoming = bob().full_viewing_key().incoming();
    let to_address_2 = Payment {
        address: incoming.address(2).address().clone(),
        ..payment_to(&bob(), 30)
    };
    let outputs = [
        compact(sealed_to(&alice(), 10, 1)),
        compact(sealed_to(&bob(), 20, 2)),
        compact(sealed_to(&alice(), 10, 3)),
        compact(seal(&to_address_2, &OutputSeed::new([4; 32]), None).unwrap()),
    ];
    let found = Scanner::new(&incoming, [0, 1, 2]).scan(&outputs);
    let summary: Vec<_> = found
        .into_iter()
        .map(|found| (found.output, found.address, found.note.unwrap().value))
        .collect();
    assert_eq!(summary, [(1, 0, 20), (3, 2, 30)]);
    assert!(Scanner::new(&incoming, [1]).scan(&outputs).is_empty());
    assert!(Scanner::new(&incoming, []).scan(&outputs).is_empty());
}

/// What a badly made note is must not stop the scan.
#[test]
fn a_bad_note_does_not_hide_a_good_one() {
    let mut bad = compact(sealed_to(&bob(), 20, 2));
    bad.ciphertext.body[0] ^= 1;
    let mut foreign = compact(sealed_to(&bob(), 20, 3));
    foreign.commitment = digest(4);
    let outputs = [bad, foreign, compact(sealed_to(&bob(), 21, 4))];
    let found = Scanner::new(&bob().full_viewing_key().incoming(), [0]).scan(&outputs);
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0].note.as_ref().unwrap_err(),
        &OpenError::Authentication
    );
    assert_eq!(
        (found[1].output, found[1].note.as_ref().unwrap().value),
        (2, 21)
    );
}

#[test]
fn a_compact_output_has_1205_bytes() {
    assert_eq!(CompactOutput::max_encoded_len(), 1205);
}
