//! Reading a validator's key file from anything: it returns, and what was read is written and read
//! again as the same key.
//!
//! Without a passphrase, since a file may ask for half a gigabyte of Argon2id. Random bytes are hardly
//! ever JSON, so half of the inputs start from a genuine file, which the fuzzer then damages.

#![no_main]

use std::path::Path;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use qloak_keystore::key_file::KeyRecord;

/// All that is checked of the id here is its form: whether it is that of the seed's key, `expand` says.
const GENUINE: &str = r#"{
  "version": 1,
  "scheme": "ml-dsa-65",
  "keyType": "61757261",
  "authorityId": "0101010101010101010101010101010101010101010101010101010101010101",
  "seed": "0202020202020202020202020202020202020202020202020202020202020202"
}"#;

#[derive(Arbitrary, Debug)]
enum Input {
    Raw(Vec<u8>),
    Damaged {
        changes: Vec<(u16, u8)>,
        length: Option<u16>,
    },
}

fn damaged(changes: &[(u16, u8)], length: Option<u16>) -> Vec<u8> {
    let mut text = GENUINE.as_bytes().to_vec();
    for (at, value) in changes {
        let length = text.len();
        text[usize::from(*at) % length] ^= value;
    }
    text.truncate(length.map_or(usize::MAX, usize::from));
    text
}

fuzz_target!(|input: Input| {
    let text = match input {
        Input::Raw(text) => text,
        Input::Damaged { changes, length } => damaged(&changes, length),
    };
    let path = Path::new("key");
    let Ok(record) = KeyRecord::from_json(&text, None, path) else {
        return;
    };
    // Whatever the id: no panic.
    let _ = record.expand(path);
    let written = record.to_json(None).expect("what was read can be written");
    let again = KeyRecord::from_json(&written, None, path).expect("what was written can be read");
    assert_eq!(again.name(), record.name());
    assert_eq!(again.scheme(), record.scheme());
});
