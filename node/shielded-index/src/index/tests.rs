#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;
use qloak_shielded::{
    element::{Digest, Element},
    pool::Spent,
    transaction::{Action, Output},
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// A database in memory.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);

impl AuxStore for Memory {
    fn insert_aux<
        'a,
        'b: 'a,
        'c: 'a,
        I: IntoIterator<Item = &'a (&'c [u8], &'c [u8])>,
        D: IntoIterator<Item = &'a &'b [u8]>,
    >(
        &self,
        insert: I,
        delete: D,
    ) -> sp_blockchain::Result<()> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in insert {
            map.insert(key.to_vec(), value.to_vec());
        }
        for key in delete {
            map.remove(*key);
        }
        Ok(())
    }

    fn get_aux(&self, key: &[u8]) -> sp_blockchain::Result<Option<Vec<u8>>> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(map.get(key).cloned())
    }
}

/// A chain whose blocks can be made to lose their states.
#[derive(Default)]
struct Story(Mutex<BTreeMap<H256, Record>>);

impl Chain for Story {
    fn read(&self, hash: H256) -> Option<Record> {
        self.0.lock().unwrap().get(&hash).cloned()
    }

    fn hash(&self, number: BlockNumber) -> Result<Option<H256>, sp_blockchain::Error> {
        Ok(Some(hash_of(number)))
    }

    fn number(&self, hash: H256) -> Result<Option<BlockNumber>, sp_blockchain::Error> {
        Ok(u32::try_from(hash.to_low_u64_be() - 1).ok())
    }
}

fn hash_of(number: BlockNumber) -> H256 {
    H256::from_low_u64_be(u64::from(number) + 1)
}

fn digest(number: u32) -> Digest {
    let element: Element = qloak_shielded::element::from_canonical(number).unwrap();
    Digest([element; 8])
}

fn output(number: u32) -> Output {
    // The ciphertext's bytes do not matter here, and any of the right length decode.
    let zeros = vec![0; 16 * 1024];
    let mut output = Output::decode(&mut zeros.as_slice()).unwrap();
    output.commitment = digest(number);
    output
}

fn deposit(position: u32) -> FullEntry {
    Entry {
        position,
        outputs: vec![output(position)],
        transfer: None,
    }
}

fn transfer(position: u32) -> FullEntry {
    Entry {
        position,
        outputs: vec![output(position), output(position + 1)],
        transfer: Some(Spent {
            name: digest(position),
            nullifiers: [digest(1), digest(2)],
            credit: digest(3),
            credits: 4,
            fee: 5,
            action: Action::Send,
        }),
    }
}

struct World {
    index: Index<Story, Memory>,
    size: u32,
    next: BlockNumber,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            index: Index::new(Default::default(), Default::default()),
            size: 0,
            next: 0,
        };
        world.block(|_| Vec::new());
        world
    }

    /// A block, which is imported but not final. Answers with its number.
    fn block(&mut self, entries: impl FnOnce(u32) -> Vec<FullEntry>) -> BlockNumber {
        let entries = entries(self.size);
        let leaves = entries.iter().map(|entry| entry.compact().leaves().count());
        self.size += leaves.sum::<usize>() as u32;
        let record = Record {
            size: self.size,
            entries,
        };
        let number = self.next;
        let states = &self.index.chain.0;
        states.lock().unwrap().insert(hash_of(number), record);
        self.index.on_import(number, hash_of(number)).unwrap();
        self.next += 1;
        number
    }

    fn lose_states(&self) {
        self.index.chain.0.lock().unwrap().clear();
    }

    fn finalise(&self) {
        self.index.on_finality(self.next - 1, &[]).unwrap();
    }

    fn positions(&self, from: u32, limit: u32) -> (Vec<u32>, u32) {
        let page = self.index.entries(from, limit).unwrap();
        let positions = page.entries.iter().map(|entry| entry.position).collect();
        (positions, page.next)
    }
}

#[test]
fn entries_are_served_in_the_order_of_the_tree_once_they_are_final() {
    let mut world = World::new();
    world.block(|at| vec![deposit(at), transfer(at + 1)]);
    world.block(|_| Vec::new());
    world.block(|at| vec![transfer(at), deposit(at + 3)]);
    assert!(matches!(
        world.index.entries(0, PAGE),
        Err(IndexError::Empty)
    ));
    // The entries were written down when the blocks were imported.
    world.lose_states();
    world.finalise();
    assert_eq!(world.positions(0, PAGE), (vec![0, 1, 4, 7], 8));
    assert_eq!(world.positions(4, PAGE), (vec![4, 7], 8));
    assert_eq!(world.positions(8, PAGE), (vec![], 8));
    let covered = world.index.covered().unwrap();
    assert_eq!((covered.first, covered.next, covered.number), (0, 8, 3));
    assert_eq!(covered.hash, hash_of(3));
}

#[test]
fn pages_lead_from_one_to_the_next_without_gap_or_repetition() {
    let mut world = World::new();
    for block in 0..60 {
        world.block(|at| match block % 3 {
            0 => vec![transfer(at), transfer(at + 3), deposit(at + 6)],
            1 => vec![deposit(at)],
            _ => vec![],
        });
        if block % 7 == 0 {
            world.finalise();
        }
    }
    world.finalise();
    let mut seen = Vec::new();
    let mut from = 0;
    while from < world.size {
        let page = world.index.entries(from, PAGE).unwrap();
        assert!(page.next > from && page.next <= from + PAGE + 2);
        seen.extend(page.entries);
        from = page.next;
    }
    let mut expected = 0;
    for entry in &seen {
        assert_eq!(entry.position, expected);
        expected = after(entry);
    }
    assert_eq!(expected, world.size);
    let all = world.index.entries(0, LONGEST_ANSWER).unwrap().entries;
    assert_eq!(all, seen);
}

#[test]
fn the_blocks_that_hold_notes_are_listed() {
    let mut world = World::new();
    let mut expected = Vec::new();
    for block in 0..60 {
        let number = world.block(|at| match block % 3 {
            0 => vec![transfer(at), transfer(at + 3), deposit(at + 6)],
            1 => vec![deposit(at)],
            _ => vec![],
        });
        let position = expected.last().map_or(0, |(_, end)| *end);
        if world.size > position {
            expected.push((number, world.size));
        }
    }
    world.finalise();
    world.lose_states();
    let mut numbers = Vec::new();
    let mut from = 0;
    while from < world.size {
        let page = world.index.holders(from, PAGE).unwrap();
        for holder in &page.blocks {
            assert_eq!(holder.hash, hash_of(holder.number));
            let record = world.index.block(holder.hash).unwrap();
            assert_eq!(record[0].position, holder.position);
        }
        numbers.extend(page.blocks.iter().map(|holder| holder.number));
        from = page.next;
    }
    // A block on the border of two pages is in both.
    numbers.dedup();
    let expected: Vec<_> = expected.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, expected);
    let error = world.index.holders(world.size + 1, PAGE).unwrap_err();
    assert!(matches!(error, IndexError::Beyond { .. }));
    let error = world.index.holders(0, PAGE + 1).unwrap_err();
    assert!(matches!(error, IndexError::Limit(_)));
}

#[test]
fn questions_are_bounded() {
    let mut world = World::new();
    world.block(|at| vec![deposit(at)]);
    world.finalise();
    for limit in [0, 1, PAGE - 1, PAGE + 1, LONGEST_ANSWER + PAGE, u32::MAX] {
        let error = world.index.entries(0, limit).unwrap_err();
        assert!(matches!(error, IndexError::Limit(found) if found == limit));
    }
    for from in [2, u32::MAX] {
        let error = world.index.entries(from, PAGE).unwrap_err();
        assert!(matches!(error, IndexError::Beyond { size: 1 }));
    }
}

#[test]
fn after_a_gap_the_index_begins_anew_and_says_so() {
    let mut world = World::new();
    world.block(|at| vec![deposit(at)]);
    world.finalise();
    let lost = world.block(|at| vec![transfer(at)]);
    let key = record_key(hash_of(lost));
    world.index.store.insert_aux(&[], &[&key[..]]).unwrap();
    world.lose_states();
    world.block(|at| vec![deposit(at)]);
    world.finalise();
    let error = world.index.entries(0, PAGE).unwrap_err();
    assert!(matches!(error, IndexError::Before { first: 4 }));
    assert_eq!(world.positions(4, PAGE), (vec![4], 5));
}

#[test]
fn what_was_not_seen_to_be_imported_is_read_when_it_becomes_final() {
    let mut world = World::new();
    let unseen = world.block(|at| vec![transfer(at)]);
    let key = record_key(hash_of(unseen));
    world.index.store.insert_aux(&[], &[&key[..]]).unwrap();
    world.finalise();
    assert_eq!(world.positions(0, PAGE), (vec![0], 3));
}

#[test]
fn blocks_are_told_whole_final_or_not() {
    let mut world = World::new();
    let block = world.block(|at| vec![transfer(at)]);
    let told = |world: &World| world.index.block(hash_of(block)).unwrap();
    assert_eq!(told(&world), [transfer(0)]);
    world.finalise();
    world.lose_states();
    assert_eq!(told(&world), [transfer(0)]);
    let unknown = H256::repeat_byte(0xee);
    let error = world.index.block(unknown).unwrap_err();
    assert!(matches!(error, IndexError::UnknownBlock(hash) if hash == unknown));
}

#[test]
fn nothing_is_left_of_empty_and_of_abandoned_blocks() {
    let mut world = World::new();
    for _ in 0..5 {
        world.block(|_| Vec::new());
    }
    let abandoned = H256::repeat_byte(0xaa);
    let record = Record {
        size: 1,
        entries: vec![deposit(0)],
    };
    world
        .index
        .chain
        .0
        .lock()
        .unwrap()
        .insert(abandoned, record);
    world.index.on_import(3, abandoned).unwrap();
    world.index.on_finality(5, &[abandoned]).unwrap();
    let store = world.index.store.0.lock().unwrap();
    assert_eq!(store.keys().collect::<Vec<_>>(), [&PROGRESS.to_vec()]);
}

#[test]
fn progress_survives_a_restart() {
    let mut world = World::new();
    world.block(|at| vec![deposit(at)]);
    world.finalise();
    let (chain, store) = (world.index.chain.clone(), world.index.store.clone());
    world.index = Index::new(chain, store);
    world.block(|at| vec![deposit(at)]);
    world.finalise();
    assert_eq!(world.positions(0, PAGE), (vec![0, 1], 2));
}

/// An exit out of a full tree has no notes, so it stands at no position but behind the last. Wallets have to read it all the same: it
/// tells which notes are spent.
#[test]
fn exits_out_of_a_full_tree_are_listed_at_its_end() {
    let mut world = World::new();
    world.size = 130;
    world.block(|size| vec![deposit(size)]);
    let exit = |size| FullEntry {
        outputs: Vec::new(),
        ..transfer(size)
    };
    let left = [(); 2].map(|()| world.block(|size| vec![exit(size)]));
    let last = world.block(|_| Vec::new());
    world.index.on_finality(last, &[]).unwrap();
    let holders = world.index.holders(128, PAGE).unwrap();
    let numbers: Vec<_> = holders.blocks.iter().map(|holder| holder.number).collect();
    assert_eq!(numbers[1..], left);
    assert_eq!((holders.next, holders.covered.next), (131, 131));
    let page = world.index.entries(131, PAGE).unwrap();
    assert_eq!((page.entries.len(), page.next), (2, 131));
}
