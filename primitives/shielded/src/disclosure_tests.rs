#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::{
    element::MODULUS,
    encryption::{open, recover, seal, OutputSeed, SealedNote},
    test_support::{alice, bob, digest, payment_to, sealed_to},
    tree::WitnessTree,
};
use proptest::prelude::*;

const GENESIS: [u8; 32] = [5; 32];

fn sealed() -> SealedNote {
    sealed_to(&bob(), 1_000, 3)
}

fn secret() -> NoteSecret {
    let key = alice().full_viewing_key().outgoing().clone();
    recover(&key, &sealed().commitment, &sealed().ciphertext)
        .unwrap()
        .secret
}

fn disclosure() -> Disclosure {
    Disclosure::new(GENESIS, 17, sealed().note, Some(secret()))
}

#[test]
fn a_third_party_learns_what_was_paid_to_whom() {
    let text = disclosure().export();
    let read: Disclosure = text.parse().unwrap();
    assert_eq!(read.position(), 17);
    let disclosed = read.verify(&GENESIS, &sealed().commitment).unwrap();
    assert_eq!((disclosed.asset, disclosed.value), (Asset::Qlk, 1_000));
    let bobs = bob().full_viewing_key().incoming();
    assert!(disclosed.is_to(bobs.address(0).address()));
    assert!(!disclosed.is_to(bobs.address(1).address()));
    let (memo, handle) = read.memo(&sealed().ciphertext).unwrap();
    assert_eq!(memo.text(), Ok("for the bicycle"));
    assert_eq!(handle, bobs.address(0).address().handle());
}

/// A payment of Alice's to Bob's address 0, as her wallet makes it.
fn hedged() -> SealedNote {
    let payment = payment_to(&bob(), 1_000);
    let seed = OutputSeed::hedged(&alice(), &[0; 32], &[digest(1)], 0, &payment);
    seal(&payment, &seed, None).unwrap()
}

/// What Alice shows of it, if she shows all.
fn shown(sealed: &SealedNote, handle: Handle) -> Disclosure {
    let delivery = Delivery::of_sender(&alice(), &sealed.note, &handle);
    let disclosure = Disclosure::new(GENESIS, 17, sealed.note.clone(), Some(secret()));
    let read = disclosure.with_delivery(delivery).export().parse();
    read.unwrap()
}

#[test]
fn a_receipt_proves_that_its_recipient_can_open_the_payment() {
    let incoming = bob().full_viewing_key().incoming();
    let [bobs, other] = [0, 1].map(|index| incoming.address(index).address().clone());
    let sealed = hedged();
    let receipt = shown(&sealed, bobs.handle());
    assert!(receipt.verify(&GENESIS, &sealed.commitment).is_ok());
    assert_eq!(receipt.verify_delivery(&bobs, &sealed.ciphertext), Ok(()));
    let found = open(
        &incoming.address(0),
        &sealed.commitment,
        &sealed.ciphertext.compact,
    );
    assert_eq!(found.unwrap().value, 1_000, "and he does open it");
    assert_eq!(
        receipt.verify_delivery(&other, &sealed.ciphertext),
        Err(DisclosureError::Delivery(OpenError::NotOurs))
    );
}

/// A note of Bob's in the tree, of which he can never know: the receipt is true, and proves no delivery.
#[test]
fn a_receipt_for_a_note_that_its_recipient_cannot_find_proves_no_delivery() {
    let bobs = bob().full_viewing_key().incoming().address(0);
    let sealed = hedged();
    // Sent to somebody else; garbage in the place of the note, or of the memo.
    let elsewhere = sealed_to(&alice(), 1_000, 3).ciphertext;
    let damaged = |change: &dyn Fn(&mut NoteCiphertext)| {
        let mut ciphertext = sealed.ciphertext.clone();
        change(&mut ciphertext);
        ciphertext
    };
    let ciphertexts = [
        elsewhere,
        damaged(&|it| it.compact.kem[0] ^= 1),
        damaged(&|it| it.compact.confirmation[0] ^= 1),
        damaged(&|it| it.compact.body[0] ^= 1),
        damaged(&|it| it.memo[0] ^= 1),
    ];
    let receipt = shown(&sealed, bobs.address().handle());
    for (index, ciphertext) in ciphertexts.iter().enumerate() {
        assert!(receipt.verify(&GENESIS, &sealed.commitment).is_ok());
        let delivered = receipt.verify_delivery(bobs.address(), ciphertext);
        assert!(
            matches!(delivered, Err(DisclosureError::Delivery(_))),
            "{index}"
        );
        if index < 4 {
            assert!(open(&bobs, &sealed.commitment, &ciphertext.compact).is_err());
        }
    }
    // Without the sender's help nothing is shown, and with the memo kept back there is none.
    let plain = Disclosure::new(GENESIS, 17, sealed.note.clone(), None);
    let delivery = Delivery::of_sender(&alice(), &sealed.note, &bobs.address().handle());
    for disclosure in [plain.clone(), plain.with_delivery(delivery), disclosure()] {
        assert_eq!(
            disclosure.verify_delivery(bobs.address(), &sealed.ciphertext),
            Err(DisclosureError::NoDelivery)
        );
    }
}

#[test]
fn the_recipient_can_disclose_too() {
    let address = bob().full_viewing_key().incoming().address(0);
    let secret = NoteSecret::of_recipient(&address, &sealed().ciphertext.compact);
    let note = secret
        .open_note(
            address.address().owner(),
            &sealed().commitment,
            &sealed().ciphertext.compact,
        )
        .unwrap();
    let disclosure = Disclosure::new(GENESIS, 17, note, Some(secret));
    assert!(disclosure.verify(&GENESIS, &sealed().commitment).is_ok());
    assert!(disclosure.memo(&sealed().ciphertext).is_ok());
}

#[test]
fn the_memo_can_be_kept_back() {
    let disclosure = Disclosure {
        memo: None,
        ..disclosure()
    };
    let read: Disclosure = disclosure.export().parse().unwrap();
    assert!(read.verify(&GENESIS, &sealed().commitment).is_ok());
    assert_eq!(
        read.memo(&sealed().ciphertext).unwrap_err(),
        DisclosureError::NoMemo
    );
}

/// Each thing that a disclosure says, changed alone.
#[test]
fn a_false_disclosure_is_refused() {
    let leaf = sealed().commitment;
    let change = |change: &dyn Fn(&mut Disclosure)| {
        let mut disclosure = disclosure();
        change(&mut disclosure);
        disclosure.verify(&GENESIS, &leaf)
    };
    let not_on_chain = Err(DisclosureError::NotOnChain(17));
    assert!(change(&|_| {}).is_ok());
    assert_eq!(change(&|d| d.note.value += 1), not_on_chain);
    assert_eq!(change(&|d| d.note.asset = Asset::Priv), not_on_chain);
    assert_eq!(change(&|d| d.note.owner = digest(1)), not_on_chain);
    assert_eq!(
        change(&|d| d.note.randomness = [crate::element::Element::new(1); 7].into()),
        not_on_chain
    );
    assert_eq!(
        change(&|d| d.genesis = [6; 32]),
        Err(DisclosureError::Chain)
    );
    assert_eq!(
        disclosure().verify(&GENESIS, &digest(3)),
        Err(DisclosureError::NotOnChain(17))
    );
}

#[test]
fn the_memo_of_another_payment_is_not_shown_as_this_ones() {
    let other = sealed_to(&bob(), 1_000, 4);
    assert_eq!(
        disclosure().memo(&other.ciphertext).unwrap_err(),
        DisclosureError::Memo(OpenError::NotOurs)
    );
    let mut damaged = sealed().ciphertext;
    damaged.memo[0] ^= 1;
    assert_eq!(
        disclosure().memo(&damaged).unwrap_err(),
        DisclosureError::Memo(OpenError::Authentication)
    );
}

#[test]
fn a_path_and_an_anchor_do_instead_of_the_leaf() {
    let mut tree = WitnessTree::default();
    for leaf in 0..17 {
        tree.append(digest(100 + leaf)).unwrap();
    }
    let position = tree.append_tracked(sealed().commitment).unwrap();
    let path = tree.path(position).unwrap();
    let anchor = tree.root();
    let disclosure = disclosure();
    assert!(disclosure.verify_path(&GENESIS, &path, &anchor).is_ok());
    assert_eq!(
        disclosure.verify_path(&GENESIS, &path, &digest(1)),
        Err(DisclosureError::NotOnChain(17))
    );
    assert_eq!(
        disclosure.verify_path(&[0; 32], &path, &anchor),
        Err(DisclosureError::Chain)
    );
    let elsewhere = Disclosure {
        position: 18,
        ..disclosure
    };
    assert_eq!(
        elsewhere.verify_path(&GENESIS, &path, &anchor),
        Err(DisclosureError::Position {
            expected: 18,
            found: 17
        })
    );
}

#[test]
fn malformed_texts_say_what_is_wrong() {
    let bytes = text::decode(Disclosure::PREFIX, &disclosure().export()).unwrap();
    let parse = |bytes: &[u8]| {
        text::encode(Disclosure::PREFIX, bytes)
            .parse::<Disclosure>()
            .map(|_| ())
    };
    assert_eq!(parse(&bytes), Ok(()));
    for length in [0, 1, FIXED_BYTES - 1, FIXED_BYTES + 1, bytes.len() - 1] {
        assert_eq!(
            parse(&bytes[..length]),
            Err(DisclosureError::Length(length))
        );
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(parse(&longer), Err(DisclosureError::Length(longer.len())));
    let with = |at: usize, new: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + new.len()].copy_from_slice(new);
        parse(&bytes)
    };
    assert_eq!(with(0, &[2]), Err(DisclosureError::Version(2)));
    assert_eq!(with(37, &[2]), Err(DisclosureError::Asset(UnknownAsset(2))));
    for at in [46, 78] {
        assert!(matches!(
            with(at, &MODULUS.to_le_bytes()),
            Err(DisclosureError::NotCanonical(_))
        ));
    }
}

#[test]
fn debug_output_shows_nothing() {
    assert_eq!(
        alloc::format!("{:?}", disclosure()),
        "Disclosure(106 bytes, not shown)"
    );
}

proptest! {
    #[test]
    fn garbage_is_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = text::encode(Disclosure::PREFIX, &bytes).parse::<Disclosure>();
    }
}
