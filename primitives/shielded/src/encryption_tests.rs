#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::{
    address::KEM,
    element::MODULUS,
    test_support::{alice, bob, digest, payment_to, sealed_to},
};
use alloc::{collections::BTreeSet, format};
use proptest::prelude::*;

fn bobs_address() -> AddressSecret {
    bob().full_viewing_key().incoming().address(0)
}

fn open_as(address: &AddressSecret, sealed: &SealedNote) -> Result<Note, OpenError> {
    open(address, &sealed.commitment, &sealed.ciphertext.compact)
}

fn bobs_secret(sealed: &SealedNote) -> NoteSecret {
    NoteSecret::of_recipient(&bobs_address(), &sealed.ciphertext.compact)
}

#[test]
fn the_lengths_are_the_standards() {
    assert_eq!(KEM.parameters().ciphertext_bytes, KEM_CIPHERTEXT_BYTES);
    assert_eq!(CompactCiphertext::max_encoded_len(), 1173);
    assert_eq!(NoteCiphertext::max_encoded_len(), 1813);
}

#[test]
fn the_recipient_reads_note_and_memo() {
    let sealed = sealed_to(&bob(), 1_000, 3);
    let note = open_as(&bobs_address(), &sealed).unwrap();
    assert_eq!((note.asset, note.value), (Asset::Qlk, 1_000));
    assert_eq!(note.commitment(), sealed.commitment);
    let memo = bobs_secret(&sealed).open_memo(&sealed.commitment, &sealed.ciphertext);
    assert_eq!(memo.unwrap().text(), Ok("for the bicycle"));
}

#[test]
fn nobody_else_reads_it() {
    let sealed = sealed_to(&bob(), 1_000, 3);
    let strangers = [
        alice().full_viewing_key().incoming().address(0),
        bob().full_viewing_key().incoming().address(1),
    ];
    for stranger in strangers {
        assert_eq!(open_as(&stranger, &sealed).unwrap_err(), OpenError::NotOurs);
        let secret = NoteSecret::of_recipient(&stranger, &sealed.ciphertext.compact);
        assert_eq!(
            secret.open_memo(&sealed.commitment, &sealed.ciphertext),
            Err(OpenError::NotOurs)
        );
    }
}

#[test]
fn the_sender_finds_it_again() {
    let sealed = sealed_to(&bob(), 1_000, 3);
    let key = alice().full_viewing_key().outgoing().clone();
    let sent = recover(&key, &sealed.commitment, &sealed.ciphertext).unwrap();
    assert_eq!(sent.note.commitment(), sealed.commitment);
    assert_eq!(sent.handle, bobs_address().address().handle());
    assert_eq!(sent.memo.text(), Ok("for the bicycle"));
    let others = bob().full_viewing_key().outgoing().clone();
    assert_eq!(
        recover(&others, &sealed.commitment, &sealed.ciphertext).unwrap_err(),
        OpenError::NotOurs
    );
}

#[test]
fn without_an_outgoing_key_only_the_recipient_finds_it() {
    let sealed = seal(&payment_to(&bob(), 5), &OutputSeed::new([9; 32]), None).unwrap();
    let key = alice().full_viewing_key().outgoing().clone();
    assert_eq!(
        recover(&key, &sealed.commitment, &sealed.ciphertext).unwrap_err(),
        OpenError::NotOurs
    );
    assert!(open_as(&bobs_address(), &sealed).is_ok());
}

/// Each part of the ciphertext, changed alone, and what notices.
#[test]
fn every_part_is_authenticated() {
    let sealed = sealed_to(&bob(), 1_000, 3);
    let outgoing = alice().full_viewing_key().outgoing().clone();

    let mut changed = sealed.clone();
    changed.ciphertext.compact.kem[7] ^= 1;
    assert_eq!(
        open_as(&bobs_address(), &changed).unwrap_err(),
        OpenError::NotOurs
    );
    let mut changed = sealed.clone();
    changed.ciphertext.compact.confirmation[7] ^= 1;
    assert_eq!(
        open_as(&bobs_address(), &changed).unwrap_err(),
        OpenError::NotOurs
    );
    let mut changed = sealed.clone();
    changed.ciphertext.compact.body[7] ^= 1;
    assert_eq!(
        open_as(&bobs_address(), &changed).unwrap_err(),
        OpenError::Authentication
    );
    let mut changed = sealed.clone();
    changed.ciphertext.memo[7] ^= 1;
    assert!(open_as(&bobs_address(), &changed).is_ok());
    assert_eq!(
        bobs_secret(&changed).open_memo(&changed.commitment, &changed.ciphertext),
        Err(OpenError::Authentication)
    );
    let mut changed = sealed.clone();
    changed.ciphertext.outgoing[7] ^= 1;
    assert!(open_as(&bobs_address(), &changed).is_ok());
    assert_eq!(
        recover(&outgoing, &changed.commitment, &changed.ciphertext).unwrap_err(),
        OpenError::NotOurs
    );
    let mut changed = sealed;
    changed.commitment = digest(1);
    assert_eq!(
        open_as(&bobs_address(), &changed).unwrap_err(),
        OpenError::NotOurs
    );
    assert_eq!(
        recover(&outgoing, &changed.commitment, &changed.ciphertext).unwrap_err(),
        OpenError::NotOurs
    );
}

#[test]
fn body_and_memo_do_not_swap_keystreams() {
    let sealed = sealed_to(&bob(), 0, 3);
    let keys = bobs_secret(&sealed).keys(&sealed.commitment, &sealed.ciphertext.compact.kem);
    let zeros = [0; 37];
    let first: [u8; 53] = encrypt(&keys.cipher, &FIRST_NONCE, &zeros);
    let second: [u8; 53] = encrypt(&keys.cipher, &SECOND_NONCE, &zeros);
    assert!(first.iter().zip(&second).filter(|(a, b)| a == b).count() < 10);
}

/// A sender who keeps to the format and lies: the body is well encrypted, and says this.
fn lie(change: impl FnOnce(&mut [u8; BODY_PLAIN_BYTES])) -> SealedNote {
    let mut sealed = sealed_to(&bob(), 1_000, 3);
    let keys = bobs_secret(&sealed).keys(&sealed.commitment, &sealed.ciphertext.compact.kem);
    let mut plain = body(&sealed.note);
    change(&mut plain);
    sealed.ciphertext.compact.body = encrypt(&keys.cipher, &FIRST_NONCE, plain.as_slice());
    sealed
}

#[test]
fn a_lying_sender_is_caught() {
    let open_lie = |sealed| open_as(&bobs_address(), &sealed).map(|_| ());
    assert_eq!(open_lie(lie(|_| {})), Ok(()));
    assert_eq!(open_lie(lie(|p| p[0] ^= 1)), Err(OpenError::Commitment));
    assert_eq!(open_lie(lie(|p| p[8] = 1)), Err(OpenError::Commitment));
    assert_eq!(
        open_lie(lie(|p| p[8] = 2)),
        Err(OpenError::Asset(UnknownAsset(2)))
    );
    assert_eq!(open_lie(lie(|p| p[9] ^= 1)), Err(OpenError::Commitment));
    assert_eq!(
        open_lie(lie(|p| p[9..13].copy_from_slice(&MODULUS.to_le_bytes()))),
        Err(OpenError::Randomness(NotCanonical {
            index: 0,
            value: MODULUS
        }))
    );
}

/// The commitment is to Alice's owner, the ciphertext to Bob's key. Bob must not take it for his.
#[test]
fn a_note_for_another_owner_is_refused() {
    let (alice, bob) = (alice(), bob());
    let alices = alice.full_viewing_key().incoming().address(0);
    let bobs = bobs_address();
    let crossed = Address::new(*alices.address().owner(), bobs.address().kem_key()).unwrap();
    let payment = Payment {
        address: crossed,
        ..payment_to(&bob, 7)
    };
    let sealed = seal(&payment, &OutputSeed::new([4; 32]), None).unwrap();
    assert_eq!(open_as(&bobs, &sealed).unwrap_err(), OpenError::NotOurs);

    // The sender confirms Bob's own address all the same: the commitment gives him away.
    let mut sealed = sealed;
    let keys = bobs_secret(&sealed).keys(&sealed.commitment, &sealed.ciphertext.compact.kem);
    sealed.ciphertext.compact.confirmation = keys.confirmation;
    sealed.ciphertext.compact.body =
        encrypt(&keys.cipher, &FIRST_NONCE, body(&sealed.note).as_slice());
    assert_eq!(open_as(&bobs, &sealed).unwrap_err(), OpenError::Commitment);
}

/// A sender who lies to the holders of his outgoing key about the owner.
#[test]
fn a_false_owner_in_the_outgoing_part_is_caught() {
    let mut sealed = sealed_to(&bob(), 1_000, 3);
    let key = alice().full_viewing_key().outgoing().clone();
    sealed.ciphertext.outgoing = bobs_secret(&sealed).seal_outgoing(
        &key,
        &digest(1),
        &sealed.commitment,
        &sealed.ciphertext.compact.kem,
    );
    assert_eq!(
        recover(&key, &sealed.commitment, &sealed.ciphertext).unwrap_err(),
        OpenError::Commitment
    );
    // And about the address.
    let mut secret = bobs_secret(&sealed);
    secret.handle = Handle([1; 32]);
    sealed.ciphertext.outgoing = secret.seal_outgoing(
        &key,
        &sealed.note.owner,
        &sealed.commitment,
        &sealed.ciphertext.compact.kem,
    );
    assert_eq!(
        recover(&key, &sealed.commitment, &sealed.ciphertext).unwrap_err(),
        OpenError::NotOurs
    );
}

#[test]
fn the_key_commits_to_secret_address_ciphertext_and_commitment() {
    let sealed = sealed_to(&bob(), 1_000, 3);
    let secret = bobs_secret(&sealed);
    let kem = sealed.ciphertext.compact.kem;
    let mut other_kem = kem;
    other_kem[0] ^= 1;
    let mut other_secret = secret.clone();
    other_secret.shared[0] ^= 1;
    let mut other_handle = secret.clone();
    other_handle.handle.0[0] ^= 1;
    let all = [
        secret.keys(&sealed.commitment, &kem),
        secret.keys(&digest(1), &kem),
        secret.keys(&sealed.commitment, &other_kem),
        other_secret.keys(&sealed.commitment, &kem),
        other_handle.keys(&sealed.commitment, &kem),
    ];
    let confirmations: BTreeSet<_> = all.iter().map(|keys| keys.confirmation).collect();
    let ciphers: BTreeSet<_> = all.iter().map(|keys| keys.cipher).collect();
    assert_eq!([confirmations.len(), ciphers.len()], [all.len(); 2]);
}

#[test]
fn a_broken_generator_gives_no_two_payments_one_seed() {
    let key = alice();
    let payment = payment_to(&bob(), 5);
    let spent = [digest(1), digest(2)];
    let hedged = |key: &SpendingKey, entropy: u8, spent: &[Digest], output, payment: &Payment| {
        *OutputSeed::hedged(key, &[entropy; 32], spent, output, payment).seed
    };
    let other_value = payment_to(&bob(), 6);
    let other_asset = Payment {
        asset: Asset::Priv,
        ..payment.clone()
    };
    let other_memo = Payment {
        memo: Memo::EMPTY,
        ..payment.clone()
    };
    let other_address = payment_to(&alice(), 5);
    let seeds = [
        hedged(&key, 0, &spent, 0, &payment),
        hedged(&bob(), 0, &spent, 0, &payment),
        hedged(&key, 1, &spent, 0, &payment),
        hedged(&key, 0, &spent[..1], 0, &payment),
        hedged(&key, 0, &spent, 1, &payment),
        hedged(&key, 0, &spent, 0, &other_value),
        hedged(&key, 0, &spent, 0, &other_asset),
        hedged(&key, 0, &spent, 0, &other_memo),
        hedged(&key, 0, &spent, 0, &other_address),
    ];
    assert_eq!(BTreeSet::from(seeds).len(), seeds.len());
    assert_eq!(hedged(&key, 0, &spent, 0, &payment), seeds[0]);
}

#[test]
fn debug_output_shows_no_secret() {
    let sealed = sealed_to(&bob(), 1_000, 3);
    assert_eq!(
        format!("{:?}", bobs_secret(&sealed)),
        "NoteSecret(32 bytes)"
    );
    assert_eq!(
        format!("{:?}", OutputSeed::new([1; 32])),
        "OutputSeed(32 bytes)"
    );
    assert!(!format!("{:?}", payment_to(&bob(), 77)).contains("77"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_payment_comes_through(value: u64, credit: bool, text in ".{0,100}", seed: [u8; 32]) {
        let asset = if credit { Asset::Priv } else { Asset::Qlk };
        let memo = Memo::new(&text).unwrap();
        let payment = Payment { asset, memo, ..payment_to(&bob(), value) };
        let sealed = seal(&payment, &OutputSeed::new(seed), None).unwrap();
        let note = open_as(&bobs_address(), &sealed).unwrap();
        prop_assert_eq!((note.asset, note.value), (asset, value));
        let memo = bobs_secret(&sealed).open_memo(&sealed.commitment, &sealed.ciphertext).unwrap();
        prop_assert_eq!(memo.text(), Ok(text.as_str()));
    }

    #[test]
    fn garbage_is_nobodys(bytes in prop::collection::vec(any::<u8>(), 1813), leaf in crate::test_support::any_digest()) {
        let ciphertext = NoteCiphertext::decode(&mut bytes.as_slice()).unwrap();
        prop_assert_eq!(open(&bobs_address(), &leaf, &ciphertext.compact).unwrap_err(), OpenError::NotOurs);
        let key = alice().full_viewing_key().outgoing().clone();
        prop_assert_eq!(recover(&key, &leaf, &ciphertext).unwrap_err(), OpenError::NotOurs);
    }

    #[test]
    fn a_changed_bit_never_goes_unnoticed(bit in 0..1173_usize * 8) {
        let sealed = sealed_to(&bob(), 9, 1);
        let mut bytes = sealed.ciphertext.compact.encode();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let changed = CompactCiphertext::decode(&mut bytes.as_slice()).unwrap();
        prop_assert!(open(&bobs_address(), &sealed.commitment, &changed).is_err());
    }
}
