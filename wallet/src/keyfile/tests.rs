#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
//! A key file opens under its passphrase as it was written, and in no other way.

use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::disk::{self, Existing};
use super::*;

const PARAMETERS: KdfParameters = KdfParameters::INSECURE_FOR_TESTS;

fn passphrase() -> Secret {
    Secret::new("correct horse".into())
}

fn unlocked() -> Unlocked {
    Unlocked::from_phrase(
        Kind::Account,
        Phrase::generate(24).unwrap(),
        Scheme::MlDsa44,
        "//0",
    )
    .unwrap()
}

fn file() -> KeyFile {
    unlocked().lock(&passphrase(), PARAMETERS).unwrap()
}

fn json_of(file: &KeyFile) -> Json {
    serde_json::from_str(&file.to_json().unwrap()).unwrap()
}

fn read(json: &Json) -> Result<KeyFile, KeyFileError> {
    KeyFile::from_json(json.to_string().as_bytes())
}

/// Reads and opens a file after a change to its JSON.
fn open_changed(change: impl FnOnce(&mut Json)) -> Result<Unlocked, KeyFileError> {
    let mut json = json_of(&file());
    change(&mut json);
    read(&json)?.unlock(&passphrase())
}

/// Flips one bit of the hexadecimal text at a place in the JSON.
fn flip(text: &mut Json, byte: usize) {
    let mut bytes = hex::decode(&text.as_str().unwrap()[2..]).unwrap();
    bytes[byte] ^= 1;
    *text = format!("0x{}", hex::encode(bytes)).into();
}

#[test]
fn what_is_locked_opens_again() {
    let mut before = unlocked();
    before.append_next_key(Scheme::FnDsa512).unwrap();
    let file = before.lock(&passphrase(), PARAMETERS).unwrap();
    let read = KeyFile::from_json(file.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(read, file);
    let after = read.unlock(&passphrase()).unwrap();
    assert_eq!(
        (after.kind, after.account, after.next_index),
        (Kind::Account, before.account, 2)
    );
    assert_eq!(after.base_path, "//0");
    assert_eq!(
        after.phrase.unwrap().entropy(),
        before.phrase.unwrap().entropy()
    );
    for (after, before) in after.keys.iter().zip(&before.keys) {
        assert_eq!((&after.seed, &after.path), (&before.seed, &before.path));
        assert_eq!(after.secret.public_key(), before.secret.public_key());
    }
}

#[test]
fn the_time_at_which_words_were_made_is_kept() {
    let before = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let phrase = Phrase::generate(24).unwrap();
    let made = Unlocked::from_new_phrase(Kind::Account, phrase, Scheme::MlDsa44, "//0").unwrap();
    let file = made.lock(&passphrase(), PARAMETERS).unwrap();
    let read = read(&json_of(&file))
        .unwrap()
        .unlock(&passphrase())
        .unwrap();
    assert_eq!(read.made_at, made.made_at);
    assert!(read.made_at.is_some_and(|made| made >= before));
    // Of words that came from elsewhere nobody knows.
    let imported = file_of(&unlocked());
    assert_eq!(imported.unlock(&passphrase()).unwrap().made_at, None);
}

fn file_of(unlocked: &Unlocked) -> KeyFile {
    unlocked.lock(&passphrase(), PARAMETERS).unwrap()
}

/// As the wallet wrote them before it kept that time.
#[test]
fn files_of_the_first_version_open() {
    let unlocked = unlocked();
    let keys = file_of(&unlocked).keys;
    let header = Header {
        version: 1,
        kind: Kind::Account,
        account: unlocked.account,
        keys: &keys,
    };
    let entropy = unlocked.phrase.as_ref().unwrap().entropy();
    let mut plaintext = entropy.encode();
    codec::Compact(1u32).encode_to(&mut plaintext);
    unlocked.keys[0].seed.encode_to(&mut plaintext);
    ("//0", 1u32).encode_to(&mut plaintext);
    let data = |kdf: &[u8]| header.associated_data(kdf);
    let sealed = envelope::seal(&passphrase(), PARAMETERS, data, &plaintext).unwrap();
    let old = KeyFile {
        kind: Kind::Account,
        account: unlocked.account,
        keys: keys.clone(),
        version: 1,
        sealed,
    };
    let json = json_of(&old);
    assert_eq!(json["version"], 1);
    let opened = read(&json).unwrap().unlock(&passphrase()).unwrap();
    assert_eq!(*opened.keys[0].seed, *unlocked.keys[0].seed);
    assert_eq!((opened.next_index, opened.made_at), (1, None));
    // The version is authenticated as all the header is.
    let mut claimed = json;
    claimed["version"] = 2.into();
    let refused = read(&claimed).unwrap().unlock(&passphrase());
    assert!(matches!(refused, Err(KeyFileError::Altered)));
    // What is written back is of the present version.
    assert_eq!(json_of(&file_of(&opened))["version"], 2);
}

#[test]
fn salt_and_nonce_are_fresh_each_time() {
    let unlocked = unlocked();
    let lock = || json_of(&unlocked.lock(&passphrase(), PARAMETERS).unwrap());
    let (first, second) = (lock(), lock());
    assert_ne!(first["kdf"]["salt"], second["kdf"]["salt"]);
    assert_ne!(first["cipher"]["nonce"], second["cipher"]["nonce"]);
}

#[test]
fn another_passphrase_is_called_wrong() {
    for wrong in ["", "correct horse ", "Correct horse", "battery staple"] {
        let refused = file().unlock(&Secret::new(wrong.into())).unwrap_err();
        assert!(
            matches!(refused, KeyFileError::WrongPassphrase),
            "{refused}"
        );
    }
}

#[test]
fn each_changed_header_field_is_noticed() {
    let altered = |change: fn(&mut Json)| {
        let refused = open_changed(change).unwrap_err();
        assert!(matches!(refused, KeyFileError::Altered), "{refused}");
    };
    altered(|json| json["kind"] = "backup".into());
    altered(|json| flip(&mut json["account"], 31));
    altered(|json| json["keys"][0]["path"] = "//1".into());
    altered(|json| flip(&mut json["keys"][0]["public"], 1000));
    altered(|json| {
        let second = json["keys"][0].clone();
        json["keys"].as_array_mut().unwrap().push(second);
    });
    altered(|json| flip(&mut json["cipher"]["nonce"], 0));
}

#[test]
fn another_scheme_is_noticed() {
    // SLH-DSA's two keys have one length, so that only the associated data can tell them apart.
    let phrase = Phrase::generate(24).unwrap();
    let unlocked =
        Unlocked::from_phrase(Kind::Backup, phrase, Scheme::SlhDsaShake128f, "//backup//0")
            .unwrap();
    let mut json = json_of(&unlocked.lock(&passphrase(), PARAMETERS).unwrap());
    json["keys"][0]["scheme"] = "slh-dsa-shake-128s".into();
    assert!(matches!(
        read(&json).unwrap().unlock(&passphrase()),
        Err(KeyFileError::Altered)
    ));
}

#[test]
fn each_changed_kdf_field_gives_another_key() {
    let wrong = |change: fn(&mut Json)| {
        let refused = open_changed(change).unwrap_err();
        assert!(
            matches!(refused, KeyFileError::WrongPassphrase),
            "{refused}"
        );
        assert!(refused.to_string().contains("`kdf`"), "{refused}");
    };
    wrong(|json| flip(&mut json["kdf"]["salt"], 0));
    wrong(|json| flip(&mut json["kdf"]["check"], 15));
    wrong(|json| json["kdf"]["memory_kib"] = 16.into());
    wrong(|json| json["kdf"]["iterations"] = 2.into());
}

#[test]
fn each_changed_ciphertext_byte_is_noticed() {
    let file = file();
    let json = json_of(&file);
    let length = hex::decode(&json["cipher"]["ciphertext"].as_str().unwrap()[2..])
        .unwrap()
        .len();
    for byte in 0..length {
        let mut json = json.clone();
        flip(&mut json["cipher"]["ciphertext"], byte);
        let refused = read(&json).unwrap().unlock(&passphrase()).unwrap_err();
        assert!(
            matches!(refused, KeyFileError::Altered),
            "byte {byte}: {refused}"
        );
    }
}

#[test]
fn oversized_parameters_are_refused_before_they_are_used() {
    for (field, value, name) in [
        ("memory_kib", 1024 * 1024 + 1, "Argon2id memory in KiB"),
        ("memory_kib", u32::MAX, "Argon2id memory in KiB"),
        ("memory_kib", 7, "Argon2id memory in KiB"),
        ("iterations", 17, "Argon2id number of passes"),
        ("iterations", 0, "Argon2id number of passes"),
        ("parallelism", 17, "Argon2id number of lanes"),
        ("parallelism", 0, "Argon2id number of lanes"),
    ] {
        let mut json = json_of(&file());
        json["kdf"][field] = value.into();
        let refused = read(&json).unwrap_err();
        assert!(
            matches!(refused, KeyFileError::OutOfBounds { field, .. } if field == name),
            "{field} {value}: {refused}"
        );
    }
    assert!(unlocked()
        .lock(
            &passphrase(),
            KdfParameters {
                iterations: 17,
                ..PARAMETERS
            }
        )
        .is_err());
}

#[test]
fn damaged_json_says_what_is_wrong_with_it() {
    let refusal = |change: fn(&mut Json)| {
        let mut json = json_of(&file());
        change(&mut json);
        read(&json).unwrap_err().to_string()
    };
    type Change = fn(&mut Json);
    let cases: [(Change, &str); 13] = [
        (|json| json["format"] = "x".into(), "`format`"),
        (|json| json["version"] = 3.into(), "version 3"),
        (|json| json["version"] = 0.into(), "version 0"),
        (|json| json["extra"] = 1.into(), "extra"),
        (
            |json| json["account"] = "0x00".into(),
            "`account` has 1 bytes, not 32",
        ),
        (
            |json| json["account"] = "d43593".into(),
            "`account` is not 0x",
        ),
        (
            |json| json["keys"] = Json::Array(vec![]),
            "number of keys is 0",
        ),
        (
            |json| json["keys"][0]["scheme"] = "rsa".into(),
            "unknown scheme `rsa`",
        ),
        (
            |json| json["keys"][0]["public"] = "0x00".into(),
            "1312 bytes, not 1",
        ),
        (
            |json| json["kdf"]["algorithm"] = "scrypt".into(),
            "unknown key derivation `scrypt`",
        ),
        (
            |json| json["cipher"]["algorithm"] = "aes".into(),
            "unknown cipher `aes`",
        ),
        (
            |json| json["cipher"]["ciphertext"] = format!("0x{}", "00".repeat(2049)).into(),
            "ciphertext length is 2049",
        ),
        (|json| json["cipher"] = Json::Null, "damaged"),
    ];
    for (change, expected) in cases {
        let refused = refusal(change);
        assert!(
            refused.contains(expected),
            "{refused} should contain {expected}"
        );
    }
    let text = file().to_json().unwrap();
    for cut in [0, 1, text.len() / 2, text.len() - 3] {
        assert!(matches!(
            KeyFile::from_json(&text.as_bytes()[..cut]),
            Err(KeyFileError::Malformed(_))
        ));
    }
    let huge = vec![b' '; MAX_FILE_BYTES as usize + 1];
    assert!(matches!(
        KeyFile::from_json(&huge),
        Err(KeyFileError::TooLarge(_))
    ));
}

#[test]
fn nine_keys_are_too_many() {
    let mut unlocked = unlocked();
    while unlocked.keys.len() < MAX_KEYS {
        unlocked.append_next_key(Scheme::MlDsa44).unwrap();
    }
    assert!(matches!(
        unlocked.append_next_key(Scheme::MlDsa44),
        Err(KeyFileError::TooManyKeys)
    ));
    let mut json = json_of(&unlocked.lock(&passphrase(), PARAMETERS).unwrap());
    let ninth = json["keys"][0].clone();
    json["keys"].as_array_mut().unwrap().push(ninth);
    assert!(matches!(read(&json), Err(KeyFileError::OutOfBounds { .. })));
}

#[test]
fn the_next_key_does_not_repeat_a_path_when_old_ones_are_forgotten() {
    let mut unlocked = unlocked();
    assert_eq!(
        unlocked.append_next_key(Scheme::MlDsa44).unwrap().path,
        "//0//1"
    );
    unlocked.retain_keys(|key| key.path == "//0//1");
    assert_eq!(
        unlocked.append_next_key(Scheme::MlDsa65).unwrap().path,
        "//0//2"
    );
    unlocked.retain_keys(|_| false);
    assert_eq!(
        unlocked.keys.len(),
        2,
        "a key file never ends up without keys"
    );
}

#[test]
fn a_full_file_makes_room_for_a_key() {
    let full = || {
        let mut unlocked = unlocked();
        while unlocked.keys.len() < MAX_KEYS {
            unlocked.append_next_key(Scheme::MlDsa44).unwrap();
        }
        unlocked
    };
    let paths = |unlocked: &Unlocked| -> Vec<String> {
        unlocked.keys.iter().map(|key| key.path.clone()).collect()
    };
    let mut some_needed = full();
    some_needed.make_room(|key| key.path == "//0//3");
    assert_eq!(paths(&some_needed), ["//0//3"]);
    for (keep, why) in [(true, "all are needed"), (false, "none is")] {
        let mut unlocked = full();
        let oldest = unlocked.keys[0].path.clone();
        unlocked.make_room(|_| keep);
        assert_eq!(unlocked.keys.len(), MAX_KEYS - 1, "{why}");
        assert!(!paths(&unlocked).contains(&oldest), "{why}");
        unlocked.append_next_key(Scheme::MlDsa44).unwrap();
    }
    let mut roomy = unlocked();
    let before = paths(&roomy);
    roomy.make_room(|_| false);
    assert_eq!(paths(&roomy), before, "there is room");
}

#[test]
fn a_key_is_found_again_under_its_phrase() {
    let of_words = || {
        let phrase = Phrase::development().unwrap();
        Unlocked::from_phrase(Kind::Account, phrase, Scheme::MlDsa44, "//0").unwrap()
    };
    let mut rotated = of_words();
    for scheme in [Scheme::MlDsa44, Scheme::FnDsa512, Scheme::MlDsa65] {
        rotated.append_next_key(scheme).unwrap();
    }
    let wanted = &rotated.keys[2];
    let public = wanted.secret.public_key();
    let mut imported = of_words();
    assert!(imported.append_key_of(Scheme::FnDsa512, public, 3).unwrap());
    let found = imported.keys.last().unwrap();
    assert_eq!((&found.path, &*found.seed), (&wanted.path, &*wanted.seed));
    let next = imported.append_next_key(Scheme::MlDsa44).unwrap();
    assert_eq!(next.path, "//0//3", "no path is used twice");

    let mut other = of_words();
    assert!(!other.append_key_of(Scheme::FnDsa512, public, 2).unwrap());
    assert!(!other.append_key_of(Scheme::MlDsa44, public, 3).unwrap());
    let mut of_other_words = unlocked();
    assert!(!of_other_words
        .append_key_of(Scheme::FnDsa512, public, 3)
        .unwrap());
    assert_eq!((other.keys.len(), of_other_words.keys.len()), (1, 1));
}

#[test]
fn a_backup_file_is_no_account_file() {
    assert!(file().require(Kind::Account).is_ok());
    assert!(matches!(
        file().require(Kind::Backup),
        Err(KeyFileError::WrongKind { .. })
    ));
}

#[test]
fn files_are_private_and_never_overwritten_by_accident() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.json");
    let first = file();
    disk::write(&path, &first, Existing::Refuse).unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(matches!(
        disk::write(&path, &file(), Existing::Refuse),
        Err(KeyFileError::Exists(_))
    ));
    assert_eq!(disk::read(&path).unwrap(), first);
    let second = file();
    disk::write(&path, &second, Existing::Replace).unwrap();
    assert_eq!(disk::read(&path).unwrap(), second);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no temporary file is left"
    );
}

#[test]
fn a_file_that_others_can_read_is_refused_with_the_command_that_repairs_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.json");
    disk::write(&path, &file(), Existing::Refuse).unwrap();
    for mode in [0o644, 0o640, 0o604, 0o660, 0o606, 0o610] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let refused = disk::read(&path).unwrap_err();
        assert!(matches!(refused, KeyFileError::Permissions(_)));
        assert!(
            refused
                .to_string()
                .contains(&format!("chmod 600 {}", path.display())),
            "{refused}"
        );
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    assert!(disk::read(&path).is_ok());
}

#[test]
fn a_large_file_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.json");
    std::fs::write(&path, vec![b' '; MAX_FILE_BYTES as usize + 1]).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(disk::read(&path), Err(KeyFileError::TooLarge(_))));
    assert!(matches!(
        disk::read(folder.path()),
        Err(KeyFileError::Io { .. })
    ));
}

#[test]
fn debug_prints_no_secret() {
    let unlocked = unlocked();
    let text = format!("{unlocked:?} {:?}", unlocked.keys[0]);
    assert!(
        !text.contains(&hex::encode(&unlocked.keys[0].seed[..])),
        "{text}"
    );
    assert!(text.len() < 200, "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_passphrase_opens_what_it_locked(text in ".{0,64}") {
        let unlocked = unlocked();
        let passphrase = Secret::new(text);
        let file = unlocked.lock(&passphrase, PARAMETERS).unwrap();
        prop_assert_eq!(file.unlock(&passphrase).unwrap().account, unlocked.account);
    }

    #[test]
    fn no_bytes_panic_the_reader(bytes: Vec<u8>) {
        let _ = KeyFile::from_json(&bytes);
    }

    #[test]
    fn one_changed_byte_never_opens_as_something_else(place: prop::sample::Index, byte: u8) {
        let file = file();
        let mut text = file.to_json().unwrap().into_bytes();
        let place = place.index(text.len());
        text[place] = byte;
        if let Ok(opened) = KeyFile::from_json(&text).and_then(|file| file.unlock(&passphrase())) {
            // White space, or the same byte again: what opens is what was written.
            prop_assert_eq!(opened.account, file.account);
            prop_assert_eq!(KeyFile::from_json(&text).unwrap(), file);
        }
    }
}
