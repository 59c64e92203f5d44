#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use super::*;

fn home() -> (tempfile::TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::locate(Some(folder.path().join("home"))).unwrap();
    (folder, home)
}

fn passphrase() -> Secret {
    Secret::new("correct horse".into())
}

fn key_file() -> KeyFile {
    let phrase = Phrase::generate(24).unwrap();
    let unlocked = Unlocked::from_phrase(Kind::Account, phrase, Scheme::MlDsa44, "//0").unwrap();
    unlocked
        .lock(&passphrase(), KdfParameters::INSECURE_FOR_TESTS)
        .unwrap()
}

#[test]
fn a_name_cannot_leave_its_folder() {
    let (_folder, home) = home();
    for name in [
        "",
        "../x",
        "a/b",
        ".hidden",
        "-rf",
        "a b",
        "ä",
        &"a-".repeat(33),
    ] {
        assert!(
            matches!(
                home.path(Kind::Account, name),
                Err(AccountError::BadName(_))
            ),
            "{name}"
        );
    }
    assert!(home.path(Kind::Account, "alice.old_2-x").is_ok());
}

#[test]
fn accounts_are_found_by_name_and_by_address() {
    let (_folder, home) = home();
    assert_eq!(home.names(Kind::Account).unwrap(), Vec::<String>::new());
    let file = key_file();
    home.store_new("alice", &file).unwrap();
    assert_eq!(home.names(Kind::Account).unwrap(), ["alice"]);
    for text in [
        "alice",
        &file.account.to_address(42),
        &file.account.to_hex(),
    ] {
        assert_eq!(
            home.signer(text, None).unwrap().id(),
            file.account,
            "{text}"
        );
        assert_eq!(
            home.account_id(text, 42, None).unwrap(),
            file.account,
            "{text}"
        );
    }
    let stranger = AccountId([7; 32]).to_address(42);
    assert!(matches!(
        home.signer(&stranger, None),
        Err(AccountError::NoKeyFor(_))
    ));
    assert_eq!(
        home.account_id(&stranger, 42, None).unwrap(),
        AccountId([7; 32])
    );
    assert!(matches!(
        home.signer("bob", None),
        Err(AccountError::Unknown { .. })
    ));
    assert!(matches!(
        home.account_id("bob", 42, None),
        Err(AccountError::Unknown { .. })
    ));
    assert!(matches!(
        home.account_id(&stranger, 0, None),
        Err(AccountError::Address(_))
    ));
}

#[test]
fn a_stored_account_is_never_overwritten_by_a_new_one() {
    let (_folder, home) = home();
    let first = key_file();
    home.store_new("alice", &first).unwrap();
    let refused = home.store_new("alice", &key_file()).unwrap_err();
    assert!(
        matches!(
            refused,
            AccountError::KeyFile {
                error: KeyFileError::Exists(_),
                ..
            }
        ),
        "{refused}"
    );
    assert!(home.require_free(Kind::Account, "alice").is_err());
    assert_eq!(home.load("alice").unwrap().file, first);
}

#[test]
fn replacing_keeps_the_account_and_its_phrase() {
    let (_folder, home) = home();
    home.store_new("alice", &key_file()).unwrap();
    let mut stored = home.load("alice").unwrap();
    let mut unlocked = stored.unlock(&passphrase()).unwrap();
    unlocked.append_next_key(Scheme::MlDsa65).unwrap();
    stored.replace(&unlocked, &passphrase()).unwrap();
    let again = home.load("alice").unwrap();
    assert_eq!(again.file.keys.len(), 2);
    assert_eq!(again.file.keys[1].path, "//0//1");
    assert_eq!(
        again.unlock(&passphrase()).unwrap().account,
        unlocked.account
    );
    assert!(matches!(
        again.unlock(&Secret::new("battery staple".into())),
        Err(AccountError::KeyFile {
            error: KeyFileError::WrongPassphrase,
            ..
        })
    ));
}

#[test]
fn development_accounts_need_no_file_and_have_none() {
    let (_folder, home) = home();
    let alice = home.signer("//Alice", None).unwrap();
    assert_ne!(
        alice.id(),
        home.signer("//Alice", Some(Scheme::MlDsa44)).unwrap().id()
    );
    assert_eq!(alice.label(), "//Alice");
    assert!(matches!(
        alice.into_stored(),
        Err(AccountError::DevelopmentHasNoFile(_))
    ));
}

/// A handle, an address of a shielded account (its beginning) and a mistyped address.
fn texts_like_addresses(account: AccountId) -> Vec<String> {
    let address = account.to_address(42);
    let mistyped = address.replacen(
        &address[10..11],
        if &address[10..11] == "x" { "y" } else { "x" },
        1,
    );
    let handle = format!("qsh1{}", "q".repeat(58));
    vec![
        address.clone(),
        account.to_address(0),
        account.to_address(1337),
        mistyped,
        format!("{}l", &address[..47]),
        handle.to_uppercase(),
        handle,
        "qshield1".into(),
        "qshieldview1abc".into(),
        "0xabc".into(),
    ]
}

#[test]
fn a_name_that_reads_as_an_address_is_refused() {
    let (_folder, home) = home();
    for name in texts_like_addresses(AccountId([7; 32])) {
        let refused = [
            home.path(Kind::Account, &name).err(),
            home.path(Kind::Backup, &name).err(),
            home.viewkey_path(&name).err(),
            home.require_free(Kind::Account, &name).err(),
            home.store_new(&name, &key_file()).err(),
            home.load(&name).err(),
        ];
        for error in refused {
            assert!(
                matches!(error, Some(AccountError::NameLikeAddress(_))),
                "{name}: {error:?}"
            );
        }
    }
    for name in ["qsh", "alice-0x", "qshield", "5DXj", &"a-".repeat(32)] {
        assert!(home.path(Kind::Account, name).is_ok(), "{name}");
    }
}

/// The file lies there already: an older wallet made it, or somebody else put it there.
#[test]
fn an_account_named_like_an_address_takes_no_payments_meant_for_that() {
    let (_folder, home) = home();
    let victim = AccountId([7; 32]);
    let thief = key_file();
    home.store_new("thief", &thief).unwrap();
    for name in texts_like_addresses(victim) {
        let planted = home.file_of(Kind::Account, &name);
        fs::rename(home.file_of(Kind::Account, "thief"), &planted).unwrap();
        match address::parse(&name) {
            Ok(_) => {
                let found = home.account_id(&name, 42, None);
                assert!(
                    found.is_err() || found.is_ok_and(|found| found == victim),
                    "{name}"
                );
                assert!(
                    matches!(home.signer(&name, None), Err(AccountError::NoKeyFor(_))),
                    "{name}"
                );
            }
            Err(_) => {
                assert!(
                    matches!(
                        home.account_id(&name, 42, None),
                        Err(AccountError::Address(_))
                    ),
                    "{name}"
                );
                assert!(
                    matches!(home.signer(&name, None), Err(AccountError::Address(_))),
                    "{name}"
                );
            }
        }
        // It is not lost: by its own address it is still found, and called so.
        let address = thief.account.to_address(DEFAULT_PREFIX);
        let own = home.signer(&address, None).unwrap();
        assert_eq!((own.id(), own.label()), (thief.account, address.as_str()));
        assert_eq!(home.names(Kind::Account).unwrap(), [name.as_str()]);
        fs::rename(planted, home.file_of(Kind::Account, "thief")).unwrap();
    }
}

#[test]
fn one_command_at_a_time_changes_the_keys_of_an_account() {
    let (_folder, home) = home();
    let (one, other) = (AccountId([1; 32]), AccountId([2; 32]));
    let lock = home.lock_keys(one).unwrap().unwrap();
    assert!(home.lock_keys(other).unwrap().is_ok());
    let taken = home.lock_keys(one).unwrap().unwrap_err();
    let waiting = std::thread::spawn(|| taken.wait().is_ok());
    drop(lock);
    assert!(waiting.join().unwrap());
    assert!(home.lock_keys(one).unwrap().is_ok());
}

#[test]
fn a_file_that_changed_meanwhile_is_not_overwritten() {
    let (_folder, home) = home();
    home.store_new("alice", &key_file()).unwrap();
    let (mut first, mut second) = (home.load("alice").unwrap(), home.load("alice").unwrap());
    let mut unlocked = first.unlock(&passphrase()).unwrap();
    unlocked.append_next_key(Scheme::MlDsa44).unwrap();
    first.replace(&unlocked, &passphrase()).unwrap();
    let stale = second.unlock(&passphrase()).unwrap();
    let refused = second.replace(&stale, &passphrase());
    assert!(matches!(refused, Err(AccountError::Changed(_))));
    assert_eq!(home.load("alice").unwrap().file.keys.len(), 2);
    // And the winner may go on.
    first.replace(&unlocked, &passphrase()).unwrap();
}

#[test]
fn the_keys_before_a_recovery_keep_a_name_and_lose_the_address() {
    let (_folder, home) = home();
    let old = key_file();
    home.store_new("alice", &old).unwrap();
    for kept in ["alice.before-recovery", "alice.before-recovery-2"] {
        let phrase = Phrase::generate(24).unwrap();
        let mut new = Unlocked::from_phrase(Kind::Account, phrase, Scheme::MlDsa44, "//0").unwrap();
        new.account = old.account;
        let new = new
            .lock(&passphrase(), KdfParameters::INSECURE_FOR_TESTS)
            .unwrap();
        let before = home.load("alice").unwrap().file;
        home.store_recovering("alice", &new).unwrap();
        assert_eq!(home.find(old.account).unwrap().unwrap().file, before);
        assert_eq!(
            home.finish_recovery("alice").unwrap().as_deref(),
            Some(kept)
        );
        assert!(!home.recovering_path("alice").unwrap().exists());
        assert_eq!(home.load(kept).unwrap().file, before);
        assert_eq!(home.load("alice").unwrap().file, new);
        assert_eq!(home.find(old.account).unwrap().unwrap().name, "alice");
    }
    assert!(!recovery::is_replaced("alice") && !recovery::is_replaced("x.before-recovery-y"));
    assert!(home.require_recoverable(&"a".repeat(39)).is_ok());
    assert!(home.require_recoverable(&"a-".repeat(32)).is_err());
}

/// The name was free when the recovery began; then somebody made an account under it.
#[test]
fn a_recovery_takes_no_other_accounts_place() {
    let (_folder, home) = home();
    let (recovered, other) = (key_file(), key_file());
    home.store_recovering("alice", &recovered).unwrap();
    home.store_new("alice", &other).unwrap();
    let refused = home.finish_recovery("alice").unwrap_err();
    assert!(
        matches!(
            &refused,
            AccountError::KeyFile {
                error: KeyFileError::Exists(_),
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(home.load("alice").unwrap().file, other);
    assert_eq!(home.names(Kind::Account).unwrap(), ["alice"]);
    assert!(home.recovering_path("alice").unwrap().exists());
}

#[test]
fn a_file_that_is_moved_overwrites_none() {
    let (_folder, home) = home();
    let (alice, bob) = (key_file(), key_file());
    let stored = home.store_new("alice", &alice).map(|_| home.load("alice"));
    let stored = stored.unwrap().unwrap();
    home.store_new("bob", &bob).unwrap();
    let place = |kind, name| home.file_of(kind, name);
    let exists = |result: Result<_, _>| {
        let error = result.unwrap_err();
        let exists = matches!(
            &error,
            AccountError::KeyFile {
                error: KeyFileError::Exists(_),
                ..
            }
        );
        assert!(exists, "{error}");
    };
    // `bob` came there after it was looked whether the name is free.
    exists(move_file(
        &place(Kind::Account, "alice"),
        &place(Kind::Account, "bob"),
    ));
    assert_eq!(home.load("alice").unwrap().file.account, alice.account);
    assert_eq!(home.load("bob").unwrap().file.account, bob.account);

    // A name that looks free and is not: the backup key stays with its account.
    disk::private_folder(&home.folder(Kind::Backup)).unwrap();
    let backup = place(Kind::Backup, "alice");
    disk::write(&backup, &alice, disk::Existing::Refuse).unwrap();
    std::os::unix::fs::symlink("nowhere", place(Kind::Account, "carol")).unwrap();
    exists(home.rename(&stored, "carol").map(|_| ()));
    assert!(backup.exists() && !place(Kind::Backup, "carol").exists());
    assert!(stored.path.exists());

    // The same for the end of a recovery.
    home.store_recovering("carol", &alice).unwrap();
    exists(home.finish_recovery("carol").map(|_| ()));
    assert!(home.recovering_path("carol").unwrap().exists());

    let moved = home.rename(&stored, "dave").unwrap();
    assert!(moved.exists() && !stored.path.exists() && !backup.exists());
    assert!(place(Kind::Backup, "dave").exists());
    assert_eq!(home.load("dave").unwrap().file.account, alice.account);
}
