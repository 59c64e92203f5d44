#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::{
    element::Element,
    test_support::{alice, bob, digest},
};
use alloc::{collections::BTreeSet, format, string::ToString};

/// The equations of the module's head, written out.
#[test]
fn keys_are_the_equations() {
    let key = alice();
    let ask = Digest(key.ask().expose());
    let nk = Digest(key.nk().expose());
    let e = Element::from_u32;
    let ak = compress(&ask, &Digest([1, 0, 0, 0, 0, 0, 0, 0].map(e)));
    assert_eq!(ak.0, key.full_viewing_key().ak.expose());
    let account = compress(&ak, &nk);
    let incoming = key.full_viewing_key().incoming();
    assert_eq!(account.0, incoming.account.expose());
    let address = incoming.address(5);
    let mut right = [e(3); 8];
    right[1..].copy_from_slice(&address.diversifier().expose());
    assert_eq!(
        compress(&account, &Digest(right)),
        *address.address().owner()
    );
}

/// A change of derivation would lose every wallet's notes.
#[test]
fn the_derivation_is_pinned() {
    let key = SpendingKey::from_master(&[7; 64], 3);
    let incoming = key.full_viewing_key().incoming();
    let internal = key.full_viewing_key().internal();
    let pinned = [
        Digest(key.ask().expose()).to_string(),
        Digest(key.nk().expose()).to_string(),
        Digest(incoming.account.expose()).to_string(),
        incoming.address(0).address().handle().to_string(),
        incoming.address(1).address().handle().to_string(),
        internal.credit(&[digest(1), digest(2)]).hide().to_string(),
        internal.address().address().handle().to_string(),
    ];
    assert_eq!(pinned, PINNED);
}

const PINNED: [&str; 7] = [
    "e4be73657da56c22523a36543459b235ea3cfa0e4b46636471bff906cd34ab18",
    "4ba31d597305934628f28348ba17d9455af7855a74aa59517a1d9d72733d1d1d",
    "4c1b45763bca951a9168693b3269f2522e05a94593cfd36de1f8815f2be6842f",
    "qsh12rjrpg7x795z49ng95pjut6f3vx0xe5q7p5885dj6n4t444lefpq2lcar3",
    "qsh1zwvs8hrqcdv4r9puurw58j4qtq3llg448k35dd5m00kaqwkre9psvump2v",
    "15643701ba49195e3e17052ca5b7d54b89b0f52dd92da016a7c20e0f62fdc842",
    "qsh1k0cuhxwsuudffssnmf95rd06qy4ya0afg2kqc9d6wgnd84ny4mjs62mp2k",
];

#[test]
fn accounts_and_addresses_share_nothing() {
    let keys: [SpendingKey; 3] = [
        SpendingKey::from_master(&[7; 64], 0),
        SpendingKey::from_master(&[7; 64], 1),
        SpendingKey::from_master(&[8; 64], 0),
    ];
    let mut owners = BTreeSet::new();
    let mut kem_keys = BTreeSet::new();
    let mut matrices = BTreeSet::new();
    for key in &keys {
        for index in [0, 1, 2, u32::MAX] {
            let address = key.full_viewing_key().incoming().address(index);
            owners.insert(*address.address().owner());
            kem_keys.insert(*address.address().kem_key());
            matrices.insert(address.address().kem_key()[1152..].to_vec());
        }
    }
    assert_eq!([owners.len(), kem_keys.len(), matrices.len()], [12; 3]);
}

#[test]
fn viewing_keys_survive_export() {
    let key = alice();
    let full = key.full_viewing_key();
    let again: FullViewingKey = full.export().parse().unwrap();
    assert_eq!(again.export(), full.export());
    assert_eq!(
        again.nullifier(4, &digest(1)),
        full.nullifier(4, &digest(1))
    );
    let incoming: IncomingViewingKey = full.incoming().export().parse().unwrap();
    assert_eq!(
        incoming.address(9).address(),
        again.incoming().address(9).address()
    );
    let outgoing: OutgoingViewingKey = full.outgoing().export().parse().unwrap();
    assert_eq!(outgoing.as_bytes(), full.outgoing().as_bytes());
}

#[test]
fn one_kind_of_key_is_not_read_as_another() {
    let full = alice().full_viewing_key().clone();
    let text = full.incoming().export();
    assert_eq!(
        text.parse::<FullViewingKey>().unwrap_err(),
        KeyError::Text(TextError::Prefix {
            expected: FullViewingKey::PREFIX,
            found: IncomingViewingKey::PREFIX.into()
        })
    );
    assert!(matches!(
        full.export().parse::<OutgoingViewingKey>(),
        Err(KeyError::Text(TextError::Prefix { .. }))
    ));
}

#[test]
fn malformed_viewing_keys_are_refused() {
    let short = text::encode(FullViewingKey::PREFIX, &[0; 127]);
    assert_eq!(
        short.parse::<FullViewingKey>().unwrap_err(),
        KeyError::Text(TextError::Length {
            expected: 128,
            found: 127
        })
    );
    let mut bytes = [0; 128];
    bytes[32..36].copy_from_slice(&crate::element::MODULUS.to_le_bytes());
    let text = text::encode(FullViewingKey::PREFIX, &bytes);
    assert_eq!(
        text.parse::<FullViewingKey>().unwrap_err(),
        KeyError::NotCanonical(NotCanonical {
            index: 0,
            value: crate::element::MODULUS
        })
    );
    let mut damaged = alice().full_viewing_key().export().to_string();
    damaged.pop();
    assert_eq!(
        damaged.parse::<FullViewingKey>().unwrap_err(),
        KeyError::Text(TextError::Damaged)
    );
}

#[test]
fn credits_differ_by_transaction_and_by_owner() {
    let a = alice().full_viewing_key().internal();
    let b = bob().full_viewing_key().internal();
    let nonce = [digest(1), digest(2)];
    let hides = [
        a.credit(&nonce).hide(),
        a.credit(&[digest(2), digest(1)]).hide(),
        a.credit(&nonce[..1]).hide(),
        b.credit(&nonce).hide(),
    ];
    assert_eq!(BTreeSet::from(hides).len(), hides.len());
    assert_eq!(a.credit(&nonce).hide(), hides[0]);
    assert_eq!(a.credit(&nonce).owner, *a.address().address().owner());
    assert_eq!(
        a.credit(&nonce).diversifier.expose(),
        a.address().diversifier().expose()
    );
}

/// Change and credits tell what an account spends, so its incoming key must not lead to them. That
/// key is `account` and the address key: with another `nk` under the same address key the internal
/// address is another, and so it is no function of them.
#[test]
fn the_incoming_key_does_not_lead_to_the_internal_address() {
    let full = alice().full_viewing_key().clone();
    let other = FullViewingKey {
        nk: bob().nk().clone(),
        ..full.clone()
    };
    let handle = |full: &FullViewingKey| full.internal().address().address().handle();
    assert_ne!(handle(&full), handle(&other));
    let kem_key = |full: &FullViewingKey| *full.internal().address().address().kem_key();
    assert_ne!(kem_key(&full), kem_key(&other));
    assert_ne!(handle(&full), full.incoming().address(0).address().handle());
    // Both belong to one account, or the proof would need two.
    assert_eq!(
        full.internal().0.account.expose(),
        full.incoming().account.expose()
    );
}

#[test]
fn debug_output_shows_no_secret() {
    let key = alice();
    let full = key.full_viewing_key();
    assert_eq!(format!("{key:?}"), "SpendingKey(seed of 32 bytes)");
    assert_eq!(format!("{full:?}"), "FullViewingKey(128 bytes)");
    assert_eq!(
        format!("{:?}", full.incoming()),
        "IncomingViewingKey(64 bytes)"
    );
    assert_eq!(
        format!("{:?}", full.outgoing()),
        "OutgoingViewingKey(32 bytes)"
    );
    assert_eq!(format!("{:?}", full.internal()), "InternalKey(64 bytes)");
    assert_eq!(format!("{:?}", key.ask()), "SecretElements(8 elements)");
    assert_eq!(
        format!("{:?}", full.incoming().address(3)),
        "AddressSecret(3, seed of 64 bytes)"
    );
}
