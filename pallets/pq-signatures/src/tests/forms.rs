//! The forms that others rely on: payloads, runtime API answers, metadata.

use codec::Encode;
use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use scale_info::{form::PortableForm, TypeDef};
use sp_core::H256;

use crate::{mock::*, *};

/// The payloads, byte by byte, as a wallet in another language has to build them.
#[test]
fn payloads_are_what_the_documentation_says() {
    let (genesis, account) = (H256([7; 32]), [9u8; 32]);
    let public = [5u8; 3];
    let key = [&[Scheme::MlDsa65.id()][..], &[3 << 2], &public].concat();
    let head = |purpose: &[u8]| [purpose, &[7; 32], &[9; 32], &[2, 1, 0, 0]].concat();
    let with_key = |purpose: &[u8]| [head(purpose), key.clone()].concat();

    let scheme = Scheme::MlDsa65;
    assert_eq!(
        payload::possession(&genesis, &account, 258, scheme, &public),
        with_key(b"possession")
    );
    assert_eq!(
        payload::backup_possession(&genesis, &account, 258, scheme, &public),
        with_key(b"backup-possession")
    );
    assert_eq!(
        payload::recover(&genesis, &account, 258, scheme, &public),
        with_key(b"recover")
    );
    assert_eq!(
        payload::set_backup(&genesis, &account, 258, scheme, &public),
        with_key(b"set-backup")
    );
    assert_eq!(payload::freeze(&genesis, &account, 258), head(b"freeze"));
}

/// The size that the crate's documentation states.
#[test]
fn a_record_takes_as_many_bytes_as_documented() {
    run(|| {
        let alice = registered(ALICE);
        assert_eq!(Keys::<Test>::get(&alice).unwrap().encoded_size(), 1960);
        rotate(&alice, ALICE_2).unwrap();
        let record = Keys::<Test>::get(&alice).unwrap();
        let longest = 1 + 2 + 2592 + 8;
        assert_eq!(
            record.previous.unwrap().encoded_size(),
            longest - 2592 + 1952
        );
    });
}

#[test]
fn the_runtime_api_tells_what_is_stored() {
    run(|| {
        let alice = funded(ALICE);
        assert_eq!(PqSignatures::key_of(&alice), None);
        registered(ALICE);
        rotate(&alice, ALICE_2).unwrap();
        let record = PqSignatures::key_of(&alice).unwrap();
        assert!(record.is_current(ALICE_2.scheme(), &ALICE_2.public()));
        let previous = record.previous.unwrap();
        assert!(previous.is(ALICE.scheme(), &ALICE.public()));
        assert_eq!(previous.valid_until, 1 + OVERLAP);
    });
}

/// polkadot.js throws on any `[u8; N]` with N > 2048.
#[test]
fn metadata_holds_no_long_byte_array() {
    let mut registry = scale_info::Registry::new();
    registry.register_type(&scale_info::meta_type::<RuntimeCall>());
    registry.register_type(&scale_info::meta_type::<RuntimeEvent>());
    registry.register_type(&scale_info::meta_type::<KeyRecordOf<Test>>());
    registry.register_type(&scale_info::meta_type::<BackupKey>());
    let portable = scale_info::PortableRegistry::from(registry);
    for entry in &portable.types {
        if let TypeDef::<PortableForm>::Array(array) = &entry.ty.type_def {
            assert!(array.len <= 2048, "an array of {} elements", array.len);
        }
    }
}
