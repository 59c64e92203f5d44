//! Key files: who may read them, what damage is noticed, and encryption.

use super::*;

// Files

#[test]
fn files_are_for_their_owner_only() {
    let (root, path, _) = with_alice(None);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&root.path().join(folder::NAME)), 0o700);
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    for bits in [0o640, 0o604, 0o660, 0o644] {
        let (root, path, _) = with_alice(None);
        fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
        let error = open_error(&root, None);
        assert!(
            matches!(&error, Error::Exposed { mode, .. } if *mode == bits),
            "{error}"
        );
        let hint = format!("chmod 600 {}", path.display());
        assert!(error.to_string().contains(&hint), "{error}");
    }
}

#[test]
fn a_folder_that_others_can_enter_is_refused() {
    let (root, _, _) = with_alice(None);
    let folder = root.path().join(folder::NAME);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let error = open_error(&root, None);
    assert!(
        matches!(error, Error::Exposed { mode: 0o755, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("chmod 700"), "{error}");
}

#[test]
fn damaged_json_is_called_corrupt_and_never_quoted() {
    let (root, path, _) = with_alice(None);
    let seed = hex::encode(*secret_uri::parse(ALICE).unwrap());
    rewrite(&path, |content| {
        content.replace("\"seed\": \"", "\"seed\": 1\"")
    });
    let error = open_error(&root, None);
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    assert!(!error.to_string().contains(&seed[..16]), "{error}");

    for content in ["", "{", "[]", "{\"version\":1}"] {
        fs::write(&path, content).unwrap();
        assert!(
            matches!(open_error(&root, None), Error::Corrupt { .. }),
            "{content}"
        );
    }
}

#[test]
fn oversized_files_are_not_read() {
    let (root, path, _) = with_alice(None);
    fs::write(&path, vec![b' '; 1 << 20]).unwrap();
    assert!(matches!(open_error(&root, None), Error::TooLarge { .. }));
}

#[test]
fn an_unknown_version_is_named() {
    let (root, path, _) = with_alice(None);
    rewrite(&path, |content| {
        content.replace("\"version\": 1", "\"version\": 2")
    });
    let error = open_error(&root, None);
    assert!(
        matches!(
            error,
            Error::UnknownVersion {
                found: 2,
                supported: 1,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_seed_of_another_key_is_refused() {
    let (root, path, _) = with_alice(None);
    let [alice, bob] =
        [ALICE, "//Bob//aura"].map(|uri| hex::encode(*secret_uri::parse(uri).unwrap()));
    rewrite(&path, |content| content.replace(&alice, &bob));
    assert!(matches!(open_error(&root, None), Error::IdMismatch { .. }));
}

#[test]
fn a_renamed_file_is_refused() {
    let (root, path, _) = with_alice(None);
    fs::rename(&path, key_path(root.path(), &[9; 32])).unwrap();
    assert!(matches!(
        open_error(&root, None),
        Error::NameMismatch { .. }
    ));
}

#[test]
fn other_schemes_and_fields_are_refused() {
    let (root, path, _) = with_alice(None);
    let original = fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("ml-dsa-65", "ml-dsa-44"),
        ("ml-dsa-65", "rot13"),
        ("\"seed\"", "\"sead\""),
        ("\"keyType\": \"61757261\"", "\"keyType\": \"6175\""),
    ] {
        fs::write(&path, original.replace(from, to)).unwrap();
        assert!(
            matches!(open_error(&root, None), Error::Corrupt { .. }),
            "{from} -> {to}"
        );
    }
}

#[test]
fn an_existing_damaged_file_is_never_overwritten() {
    let root = tempfile::tempdir().unwrap();
    let keystore = PqKeystore::open(root.path(), None).unwrap();
    let id = id_of(ALICE);
    secret_file::create(&key_path(root.path(), &id), b"{}").unwrap();
    assert!(matches!(
        keystore.insert_key(AURA, ALICE, &id),
        Err(Error::Corrupt { .. })
    ));
    assert_eq!(fs::read(key_path(root.path(), &id)).unwrap(), b"{}");
}

#[test]
fn other_files_in_the_folder_are_passed_over() {
    let (root, _, id) = with_alice(None);
    for name in ["notes.txt", ".0011.tmp", "61757261.json", "zz.json"] {
        fs::write(root.path().join(folder::NAME).join(name), "x").unwrap();
    }
    let keystore = PqKeystore::open(root.path(), None).unwrap();
    assert_eq!(keystore.authority_ids(AURA).unwrap(), vec![id]);
}

// Encryption

#[test]
fn an_encrypted_key_opens_with_its_password_only() {
    let (root, path, id) = with_alice(password("correct horse"));
    let content = fs::read_to_string(&path).unwrap();
    let seed = hex::encode(*secret_uri::parse(ALICE).unwrap());
    assert!(!content.contains(&seed) && content.contains("argon2id"));

    let keystore = PqKeystore::open(root.path(), password("correct horse")).unwrap();
    assert!(keystore.has_keys(&[(id.to_vec(), AURA)]));
    // As `echo 'correct horse' > file` leaves it.
    PqKeystore::open(root.path(), password("correct horse\n")).unwrap();

    let wrong = open_error(&root, password("battery staple"));
    assert!(matches!(wrong, Error::WrongPassphrase { .. }), "{wrong}");
    let missing = open_error(&root, None);
    assert!(
        matches!(missing, Error::PassphraseMissing { .. }),
        "{missing}"
    );
    assert!(
        missing.to_string().contains("--password-interactive"),
        "{missing}"
    );
    assert!(matches!(
        open_error(&root, password("\n")),
        Error::EmptyPassphrase
    ));
}

#[test]
fn a_plain_key_opens_whether_or_not_a_password_is_given() {
    let (root, _, id) = with_alice(None);
    let keystore = PqKeystore::open(root.path(), password("any")).unwrap();
    assert!(keystore.has_keys(&[(id.to_vec(), AURA)]));
}

#[test]
fn the_header_of_an_encrypted_file_cannot_be_changed() {
    let (root, path, _) = with_alice(password("p"));
    let original = fs::read_to_string(&path).unwrap();
    // A seal key that someone turns into a vote key, file name and all.
    let key_type = original.replace("61757261", "6772616e");
    let renamed = path.with_file_name(
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .replace("61757261", "6772616e"),
    );
    fs::rename(&path, &renamed).unwrap();
    fs::write(&renamed, key_type).unwrap();
    assert!(matches!(
        open_error(&root, password("p")),
        Error::WrongPassphrase { .. }
    ));
    fs::rename(&renamed, &path).unwrap();

    // Cheaper key derivation.
    fs::write(&path, original.replace("\"passes\": 3", "\"passes\": 1")).unwrap();
    assert!(matches!(
        open_error(&root, password("p")),
        Error::WrongPassphrase { .. }
    ));
}

#[test]
fn a_file_cannot_ask_for_unbounded_work() {
    let (root, path, _) = with_alice(password("p"));
    rewrite(&path, |content| {
        content.replace("\"memoryKib\": 65536", "\"memoryKib\": 4294967295")
    });
    let error = open_error(&root, password("p"));
    assert!(
        matches!(&error, Error::Corrupt { reason, .. } if reason.contains("limits")),
        "{error}"
    );
}

#[test]
fn the_same_key_encrypts_differently_every_time() {
    let (record, _) = KeyRecord::from_seed(AURA, Zeroizing::new([3; 32])).unwrap();
    let [first, second] = [0, 1].map(|_| record.to_json(Some("p")).unwrap());
    assert_ne!(*first, *second);
}

// Secrets

#[test]
fn debug_output_shows_no_secret() {
    let (record, _) = KeyRecord::from_seed(AURA, Zeroizing::new([0xab; 32])).unwrap();
    let shown = format!("{record:?}");
    assert!(
        shown.contains("32 bytes") && !shown.contains("abab"),
        "{shown}"
    );
}

#[test]
fn seed_files_hold_one_line_and_are_private() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("seed");
    secret_file::create(&path, b"//Alice//aura\n").unwrap();
    assert_eq!(*secret_file::read_line(&path).unwrap(), "//Alice//aura");
    assert!(matches!(
        secret_file::create(&path, b"again"),
        Err(Error::Io { .. })
    ));

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        secret_file::read_line(&path),
        Err(Error::Exposed { mode: 0o644, .. })
    ));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();

    for content in ["", "\n", "one\ntwo\n"] {
        fs::write(&path, content).unwrap();
        assert!(
            matches!(secret_file::read_line(&path), Err(Error::Corrupt { .. })),
            "{content:?}"
        );
    }
    assert!(matches!(
        secret_file::read(root.path()),
        Err(Error::Corrupt { .. })
    ));
    assert!(matches!(
        secret_file::read(&root.path().join("none")),
        Err(Error::Io { .. })
    ));
}

#[test]
fn a_folder_opens_twice() {
    let root = tempfile::tempdir().unwrap();
    KeyFolder::open(root.path()).unwrap();
    KeyFolder::open(root.path()).unwrap();
}
