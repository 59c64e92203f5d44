#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use codec::Encode;
use proptest::prelude::*;

use super::*;
use crate::shielded::model::block_on;
use qloak_shielded::address::KEM_PUBLIC_BYTES;
use qloak_shielded::element::{from_canonical, Digest};

/// What is wrong with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// It has put this one's address under every handle.
    Substitutes(u32),
    /// It answers with bytes that are no entry.
    Garbles,
    /// It names keys and has nothing under them.
    Forgets,
    /// It names the same keys again and again.
    Repeats,
    /// It names keys of other buckets too.
    Strays,
}

struct Node {
    state: BTreeMap<Vec<u8>, Vec<u8>>,
    fault: Fault,
    asked: RefCell<Vec<String>>,
}

fn address(number: u32) -> Address {
    let mut owner = Digest::ZERO;
    owner.0[0] = from_canonical(number).unwrap();
    Address::new(owner, &[1; KEM_PUBLIC_BYTES]).unwrap()
}

fn stored(number: u32) -> Vec<u8> {
    let head = ([number as u8; 32], u128::from(number)).encode();
    [head, address(number).to_bytes()].concat()
}

impl Node {
    fn with(numbers: impl IntoIterator<Item = u32>) -> Self {
        let entry = |number| (storage_key(&address(number).handle()), stored(number));
        Self {
            state: numbers.into_iter().map(entry).collect(),
            fault: Fault::None,
            asked: RefCell::default(),
        }
    }

    /// With more keys in the bucket of a handle, under which no addresses are.
    fn crowded(mut self, like: Handle, count: u32) -> Self {
        for number in 0..count {
            let mut key = storage_key(&like);
            let at = key.len() - 4;
            key[at..].copy_from_slice(&number.to_be_bytes());
            self.state.insert(key, stored(1));
        }
        self
    }

    fn faulty(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    fn find(&self, number: u32) -> Result<Listing, Error> {
        block_on(find(self, address(number).handle()))
    }

    fn error(&self, number: u32) -> DirectoryError {
        match self.find(number).unwrap_err() {
            Error::Shielded(ShieldedError::Directory(error)) => error,
            other => panic!("{other}"),
        }
    }
}

impl Directory for Node {
    async fn keys(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<Vec<Vec<u8>>, Error> {
        let after = after.filter(|_| self.fault != Fault::Repeats);
        let asked = format!("keys {} {:?}", hex::encode(prefix), after.map(hex::encode));
        self.asked.borrow_mut().push(asked);
        let inside = |key: &&Vec<u8>| self.fault == Fault::Strays || key.starts_with(prefix);
        let beyond = |key: &&Vec<u8>| after.is_none_or(|after| key.as_slice() > after);
        let keys = self.state.keys().filter(inside).filter(beyond);
        Ok(keys.take(PAGE).cloned().collect())
    }

    async fn values(&self, keys: &[Vec<u8>]) -> Result<Entries, Error> {
        let asked = format!(
            "values {:?}",
            keys.iter().map(hex::encode).collect::<Vec<_>>()
        );
        self.asked.borrow_mut().push(asked);
        let value = |key: &Vec<u8>| match self.fault {
            Fault::Substitutes(number) => Some(stored(number)),
            Fault::Garbles => self.state.get(key).map(|value| value[1..].to_vec()),
            Fault::Forgets => None,
            _ => self.state.get(key).cloned(),
        };
        Ok(keys.iter().map(|key| (key.clone(), value(key))).collect())
    }
}

#[test]
fn an_address_is_found_by_its_handle() {
    let node = Node::with(0..2_000);
    for number in [0, 7, 1_999] {
        let listing = node.find(number).unwrap();
        assert_eq!(listing.address, address(number));
        assert_eq!(listing.publisher, [number as u8; 32]);
        assert_eq!(listing.deposit, u128::from(number));
    }
}

/// The runtime's test says the same (`an_entry_lies_where_wallets_look_for_it`).
#[test]
fn an_entry_lies_where_the_chain_puts_it() {
    let handle = Handle([9; 32]);
    let key = storage_key(&handle);
    let pallet = sp_crypto_hashing::twox_128(b"AddressDirectory");
    let item = sp_crypto_hashing::twox_128(b"Addresses");
    assert_eq!(key, [&pallet[..], &item[..], &handle.0[..]].concat());
}

/// Whoever looks for another address of the same bucket, or for one that is not there, asks the same.
#[test]
fn the_node_sees_one_byte_of_the_handle() {
    let numbers = 0..2_000;
    let first = address(0).handle().0[0];
    let alike = numbers
        .clone()
        .filter(|number| address(*number).handle().0[0] == first);
    let alike: Vec<u32> = alike.collect();
    assert!(alike.len() > 2, "{alike:?}");
    // All but the last are there.
    let missing = *alike.last().unwrap();
    let questions = |number| {
        let node = Node::with(numbers.clone().filter(|number| *number != missing));
        assert_eq!(node.find(number).is_ok(), number != missing);
        node.asked.into_inner()
    };
    let asked = questions(0);
    assert!(alike.iter().all(|number| questions(*number) == asked));
    let prefix = hex::encode(storage_key(&address(0).handle()));
    assert_eq!(asked[0], format!("keys {} None", &prefix[..66]));
}

/// The wallet reads to the end, also if it has what it looks for.
#[test]
fn a_bucket_of_many_pages_is_read_to_its_end() {
    let node = Node::with([5]).crowded(address(5).handle(), 3 * PAGE as u32);
    assert_eq!(node.find(5).unwrap().address, address(5));
    let asked = node.asked.into_inner();
    let count = |word: &str| asked.iter().filter(|asked| asked.starts_with(word)).count();
    assert_eq!((count("keys"), count("values")), (4, 4));
}

#[test]
fn what_is_not_there_is_said_so() {
    for node in [Node::with([]), Node::with(0..600)] {
        let error = node.error(1_000);
        assert!(
            matches!(error, DirectoryError::NotListed(handle) if handle == address(1_000).handle())
        );
        assert_eq!(error.exit_status(), 6);
        let found = block_on(find_any(&node, address(1_000).handle()));
        assert_eq!(found.unwrap(), None);
    }
}

#[test]
fn another_address_is_caught() {
    for fault in [Fault::Substitutes(2), Fault::Garbles] {
        let node = Node::with([1, 2]).faulty(fault);
        assert!(
            matches!(node.error(1), DirectoryError::Forged(_)),
            "{fault:?}"
        );
        // It is no word about whether there is one.
        assert!(block_on(find_any(&node, address(1).handle())).is_err());
    }
}

#[test]
fn a_node_that_contradicts_itself_is_caught() {
    for (fault, count) in [
        (Fault::Forgets, 0),
        (Fault::Repeats, 2 * PAGE),
        (Fault::Strays, 0),
    ] {
        let node = Node::with(0..100).crowded(address(1).handle(), count as u32);
        let error = node.faulty(fault).error(1);
        assert!(
            matches!(error, DirectoryError::Inconsistent),
            "{fault:?}: {error}"
        );
    }
}

#[test]
fn a_flooded_bucket_is_given_up() {
    let largest = MAX_BUCKET as u32 - 1;
    let node = |more| Node::with([1]).crowded(address(1).handle(), largest + more);
    assert!(node(0).find(1).is_ok());
    let node = node(1);
    assert!(matches!(node.error(1), DirectoryError::TooLarge));
    let asked = node.asked.into_inner();
    assert!(asked.iter().all(|asked| asked.starts_with("keys")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever a node answers, it is the handle's address or an error.
    #[test]
    fn a_listing_is_the_handles_or_none(
        at in 0..48 + ADDRESS_BYTES,
        flip in 1u8..,
        cut in 0..4usize,
    ) {
        let handle = address(1).handle();
        let mut bytes = stored(1);
        bytes[at] ^= flip;
        // Publisher and deposit are the node's word.
        let parsed = Listing::parse(handle, &bytes);
        prop_assert_eq!(parsed.is_ok(), at < 48);
        bytes.truncate(bytes.len() - cut);
        prop_assert!(cut == 0 || Listing::parse(handle, &bytes).is_err());
        bytes.resize(49 + ADDRESS_BYTES, 0);
        prop_assert!(Listing::parse(handle, &bytes).is_err());
    }
}
