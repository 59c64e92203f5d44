//! Reading a wallet's key file from anything: it returns, what was read is written and read again as
//! the same, and nothing opens under the passphrase but the file that was locked with it.
//!
//! Random bytes are hardly ever JSON, so half of the inputs start from a genuine file, which the fuzzer
//! then damages.

#![no_main]

use std::sync::OnceLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use qloak_pq_crypto::scheme::Scheme;
use qloak_wallet::{
    derivation::Phrase,
    keyfile::{KdfParameters, KeyFile, Kind, Unlocked},
    secret::Secret,
};

#[derive(Arbitrary, Debug)]
enum Input {
    Raw(Vec<u8>),
    Damaged {
        changes: Vec<(u16, u8)>,
        length: Option<u16>,
    },
}

fn passphrase() -> Secret {
    Secret::new("correct horse".into())
}

/// A key file that is cheap to open, and its text.
fn genuine() -> &'static (KeyFile, Vec<u8>) {
    static GENUINE: OnceLock<(KeyFile, Vec<u8>)> = OnceLock::new();
    GENUINE.get_or_init(|| {
        let phrase = Phrase::generate(24).expect("the system has randomness");
        let unlocked = Unlocked::from_phrase(Kind::Account, phrase, Scheme::FnDsa512, "//0")
            .expect("a phrase makes a key");
        let file = unlocked
            .lock(&passphrase(), KdfParameters::INSECURE_FOR_TESTS)
            .expect("the key locks");
        let text = file.to_json().expect("the file is written");
        (file, text.into_bytes())
    })
}

fn damaged(changes: &[(u16, u8)], length: Option<u16>) -> Vec<u8> {
    let mut text = genuine().1.clone();
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
    let Ok(file) = KeyFile::from_json(&text) else {
        return;
    };
    let written = file.to_json().expect("what was read can be written");
    let again = KeyFile::from_json(written.as_bytes()).expect("what was written can be read");
    assert_eq!(again, file);
    // Others' parameters may ask for a gigabyte, which is allowed but slow.
    if file.kdf_parameters() == KdfParameters::INSECURE_FOR_TESTS {
        let opens = file.unlock(&passphrase()).is_ok();
        assert_eq!(opens, file == genuine().0);
    }
});
