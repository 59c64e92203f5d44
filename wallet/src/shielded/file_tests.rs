#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::shielded::model::{Person, TestChain, GENESIS};

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    Place {
        path: folder.path().join("home/shielded"),
        _folder: folder,
    }
}

fn saved() -> (Place, Person, Store) {
    let place = place();
    let mut chain = TestChain::new();
    let mut alice = Person::new("//Alice");
    chain.seal(&[alice.deposit(5)], &[]);
    alice.scan(&chain).unwrap();
    let store = Store::open(&place.path, &alice.keys, GENESIS).unwrap();
    assert_eq!(store.load().unwrap(), None);
    store.save(&alice.state).unwrap();
    (place, alice, store)
}

fn refusal(store: &Store) -> StateError {
    match store.load() {
        Err(ShieldedError::State { error, path }) => {
            assert_eq!(path, store.path().display().to_string());
            error
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_saved_is_loaded() {
    let (place, alice, store) = saved();
    assert_eq!(store.load().unwrap().unwrap(), alice.state);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(store.path()), 0o600);
    assert_eq!(mode(&place.path), 0o700);
    store.save(&alice.state).unwrap();
    assert_eq!(store.load().unwrap().unwrap(), alice.state);
    let files = fs::read_dir(&place.path).unwrap().count();
    assert_eq!(files, 2, "the state and its lock, no leftovers");
}

#[test]
fn the_file_tells_nothing() {
    let (_place, alice, store) = saved();
    let bytes = fs::read(store.path()).unwrap();
    let leaf = alice
        .state
        .note(&alice.keys, 0)
        .unwrap()
        .commitment()
        .to_bytes();
    assert!(!bytes.windows(32).any(|window| window == leaf));
    let name = store.path().file_name().unwrap().to_str().unwrap();
    assert!(!name.contains("Alice"));
}

/// What version 1 wrote of a state with notes in a payment on its way, as far as it is read.
#[test]
fn a_file_of_the_first_version_is_taken_over_by_a_scan_that_forgets_no_payment() {
    use codec::Encode;
    use std::collections::BTreeMap;
    let (_place, alice, store) = saved();
    let note = &alice.state.notes[&0];
    let leaf = alice.state.note(&alice.keys, 0).unwrap().commitment();
    let nullifier = alice.keys.nullifier(0, &leaf).unwrap();
    let notes = BTreeMap::from([(0u32, note)]);
    let unspent = BTreeMap::from([(nullifier, 0u32)]);
    let pending = BTreeMap::from([(0u32, 77u32)]);
    let tracked: BTreeMap<u32, [Option<[u8; 32]>; 32]> = BTreeMap::from([(0, [None; 32])]);
    let frontier = qloak_shielded::tree::Frontier::EMPTY;
    let tip = Some(((5u32, [1u8; 32]), frontier, tracked));
    let mut plain = (GENESIS, 3u32, 2u32, 5u32, tip, notes, unspent, pending).encode();
    plain.extend_from_slice(b"history and checkpoints, which are not read");
    let mut bytes = vec![0; HEADER_BYTES];
    bytes.append(&mut plain);
    let sealed = store.sealed(1, bytes.into()).unwrap();
    store.place(&sealed).unwrap();
    assert!(store.is_older());
    let mut state = store.load().unwrap().unwrap();
    assert_eq!((state.birthday, state.addresses, &state.tip), (3, 2, &None));
    // The scan finds the note, and it is still reserved.
    let mut chain = TestChain::new();
    chain.quiet(2);
    state.birthday = 1;
    chain.seal(&[alice.deposit(9)], &[]);
    let mut person = Person::new("//Alice");
    person.state = state;
    person.scan(&chain).unwrap();
    let reserved: Vec<_> = person
        .state
        .attempts
        .reserved(person.state.number())
        .map(|(it, _)| *it)
        .collect();
    assert_eq!(reserved, [nullifier]);
    store.save(&person.state).unwrap();
    assert!(!store.is_older());
    assert_eq!(store.load().unwrap().unwrap(), person.state);
}

#[test]
fn any_damage_is_noticed() {
    let (_place, _, store) = saved();
    let good = fs::read(store.path()).unwrap();
    let damage = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        fs::write(store.path(), bytes).unwrap();
        refusal(&store)
    };
    assert!(matches!(damage(0), StateError::NotAState));
    assert!(matches!(damage(8), StateError::UnknownVersion(3)));
    assert!(matches!(damage(9), StateError::OtherKey));
    assert!(matches!(damage(30), StateError::Altered), "the nonce");
    assert!(matches!(damage(HEADER_BYTES), StateError::Altered));
    assert!(matches!(damage(good.len() - 1), StateError::Altered));
    for length in [0, 7, HEADER_BYTES - 1] {
        fs::write(store.path(), &good[..length]).unwrap();
        assert!(matches!(refusal(&store), StateError::NotAState));
    }
    for length in [HEADER_BYTES, good.len() - 1] {
        fs::write(store.path(), &good[..length]).unwrap();
        assert!(matches!(refusal(&store), StateError::Altered));
    }
}

#[test]
fn what_is_lost_with_a_state_is_named() {
    for error in [
        StateError::NotAState,
        StateError::OtherKey,
        StateError::Altered,
        StateError::OtherChain,
    ] {
        let text = error.to_string();
        for lost in [
            "payments on their way",
            "240 blocks",
            "paid twice",
            "addresses",
            "birthday",
        ] {
            assert!(text.contains(lost), "{lost}: {text}");
        }
    }
    assert_eq!(crate::shielded::draft::LIFETIME, 240);
}

#[test]
fn another_account_cannot_read_it() {
    let (place, _, store) = saved();
    let bob = Person::new("//Bob");
    let others = Store::open(&place.path, &bob.keys, GENESIS).unwrap();
    assert_ne!(others.path(), store.path());
    fs::copy(store.path(), others.path()).unwrap();
    assert!(matches!(refusal(&others), StateError::OtherKey));
}

#[test]
fn another_chain_has_another_file() {
    let (place, alice, store) = saved();
    let other = Store::open(&place.path, &alice.keys, [1; 32]).unwrap();
    assert_eq!(other.load().unwrap(), None);
    fs::copy(store.path(), other.path()).unwrap();
    assert!(matches!(refusal(&other), StateError::OtherChain));
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let (_place, _, store) = saved();
    fs::set_permissions(store.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = refusal(&store);
    assert!(matches!(refused, StateError::Permissions(_)));
    assert!(refused.to_string().contains("chmod 600"), "{refused}");
}

#[test]
fn a_file_beyond_any_state_is_not_read() {
    let (_place, _, store) = saved();
    let file = File::options().write(true).open(store.path()).unwrap();
    file.set_len(MAX_FILE_BYTES + 1).unwrap();
    assert!(matches!(refusal(&store), StateError::TooLarge(_)));
}

#[test]
fn a_command_waits_for_another_that_holds_the_wallet() {
    let (place, alice, store) = saved();
    let (told, tells) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            Store::open_or_wait(&place.path, &alice.keys, GENESIS, || {
                told.send(()).unwrap();
            })
        });
        // The other one has found the state taken.
        tells.recv().unwrap();
        drop(store);
        let store = waiting.join().unwrap().unwrap();
        assert!(store.load().unwrap().is_some());
    });
}

#[test]
fn two_processes_do_not_work_with_one_state() {
    let (place, alice, store) = saved();
    let refused = Store::open(&place.path, &alice.keys, GENESIS).unwrap_err();
    assert!(matches!(
        refused,
        ShieldedError::State {
            error: StateError::Busy,
            ..
        }
    ));
    drop(store);
    assert!(Store::open(&place.path, &alice.keys, GENESIS).is_ok());
}

/// With one nonce, a backup of the file and the file of today would show the difference of what is in them.
#[test]
fn a_broken_generator_gives_no_two_states_one_nonce() {
    let (_place, _alice, store) = saved();
    let nonce = |plain: &[u8]| store.nonce(plain, &[0; 32]);
    let [first, second] = [nonce(b"of today"), nonce(b"of before")];
    assert_ne!(first, second);
}
