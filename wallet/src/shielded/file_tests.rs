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

/// Without a node nobody says which chain is meant.
#[test]
fn what_is_kept_of_all_chains_is_found_by_the_keys_alone() {
    let (place, alice, store) = saved();
    let path = store.path().to_owned();
    // Also while another command has it.
    let found = kept(&place.path, &alice.keys).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].load(&alice.keys).unwrap(), alice.state);
    let bob = Person::new("//Bob");
    assert!(kept(&place.path, &bob.keys).unwrap().is_empty());
    let nowhere = place.path.join("nowhere");
    assert!(kept(&nowhere, &alice.keys).unwrap().is_empty());

    let genesis = [43; 32];
    let other = Store::open(&place.path, &alice.keys, genesis).unwrap();
    assert!(other.is_of_another_chain(&alice.keys).unwrap());
    other.save(&State::new(genesis, 0, 1)).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    File::options()
        .append(true)
        .open(path)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    let found = kept(&place.path, &alice.keys).unwrap();
    let of = |kept: &Kept| kept.load(&alice.keys).unwrap().genesis;
    assert_eq!(found.iter().map(of).collect::<Vec<_>>(), [genesis, GENESIS]);
    assert!(!store.is_of_another_chain(&alice.keys).unwrap());
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

/// What version 2 wrote, which had no hash over the entries.
#[test]
fn a_file_of_the_second_version_is_taken_over_by_a_scan_that_forgets_no_payment() {
    use codec::Encode;
    use std::collections::BTreeMap;
    let (_place, _, store) = saved();
    let (mut chain, mut alice) = (TestChain::new(), Person::new("//Alice"));
    chain.seal(&[alice.deposit(9)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let draft = alice.draft(None, qloak_shielded::transaction::Action::Send);
    let purpose = crate::shielded::attempt::Purpose::Merge;
    let attempt = alice.state.attempt(&draft.transfer, purpose, 0);
    alice.state.attempts.begin(attempt);
    let beginning = (GENESIS, 3u32, 2u32, true, &alice.state.tip);
    let tree = qloak_shielded::tree::WitnessTree::default();
    let notes = BTreeMap::from([(0u32, &alice.state.notes[&0])]);
    let unspent = BTreeMap::<[u8; 32], u32>::new();
    let leaving = Vec::<(u32, u32, [u8; 32])>::new();
    let mut plain = (
        beginning,
        tree,
        notes,
        unspent,
        leaving,
        &alice.state.attempts,
    )
        .encode();
    plain.extend_from_slice(b"history and checkpoints, which are not read");
    let mut bytes = vec![0; HEADER_BYTES];
    bytes.append(&mut plain);
    store
        .place(&store.sealed(2, bytes.into()).unwrap())
        .unwrap();
    assert!(store.is_older());
    let state = store.load().unwrap().unwrap();
    assert_eq!((state.birthday, state.addresses, &state.tip), (3, 2, &None));
    assert_eq!(state.attempts, alice.state.attempts);
    store.save(&state).unwrap();
    assert!(!store.is_older());
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
    assert!(matches!(damage(8), StateError::Altered), "the version");
    assert!(matches!(damage(9), StateError::OtherKey));
    assert!(matches!(damage(30), StateError::Altered), "the nonce");
    assert!(matches!(damage(HEADER_BYTES), StateError::Altered));
    assert!(matches!(damage(good.len() - 1), StateError::Altered));
    let mut newer = good.clone();
    newer[8] = VERSION + 1;
    fs::write(store.path(), newer).unwrap();
    assert!(matches!(refusal(&store), StateError::UnknownVersion(it) if it == VERSION + 1));
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
