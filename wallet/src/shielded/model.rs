//! A chain for tests: blocks, forks, a node that forgets or lies. No proofs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use codec::Encode;
use qloak_shielded::address::Address;
use qloak_shielded::element::Digest;
use qloak_shielded::encryption::Payment;
use qloak_shielded::memo::Memo;
use qloak_shielded::note::Asset;
use qloak_shielded::pool::{Anchor, FullEntry, PoolInfo, Spent, Turnstile};
use qloak_shielded::transaction::{Action, Deposit, Output, Transfer};
use qloak_shielded::tree::Frontier;

use super::draft::{self, Order};
use super::keys::{Keys, Sight};
use super::scan::{self, Progress, Summary, Watcher};
use super::select::{plan, Coin, Step};
use super::source::{BlockId, Holder, Holders, Source};
use super::state::State;
use super::ShieldedError;
use crate::error::Error;

pub const GENESIS: [u8; 32] = [42; 32];
pub const FEE: u64 = 3;
pub const CREDITS: u64 = 2;

#[derive(Clone)]
struct Block {
    id: BlockId,
    slot: u64,
    entries: Vec<FullEntry>,
    tree: Frontier,
    /// What the node says of all entries so far.
    entries_hash: [u8; 32],
}

/// What is wrong with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It leaves out the last transaction of each block.
    LeavesOut,
    /// It does not have the state of blocks before this one, but what it indexed.
    Forgets(u32),
    /// It came to the chain at this block, without the states before it.
    CameLate(u32),
    /// It tells of another tree at the wallet's birthday.
    MakesUpFrontiers,
    /// The connection breaks at this question for entries.
    BreaksAt(u32),
}

#[derive(Clone)]
pub struct TestChain {
    blocks: Vec<Block>,
    spent: Vec<(u32, Digest)>,
    fork: u8,
    pub finalized: u32,
    pub fault: Fault,
    /// How often it was asked for the entries of a block.
    pub asked: Cell<u32>,
    /// All questions.
    pub questions: RefCell<Vec<String>>,
    last: RefCell<Option<(usize, std::sync::mpsc::Sender<()>)>>,
    /// Whether it lists the final blocks that hold notes.
    pub lists: bool,
    /// Positions in an answer of such a list.
    pub list: u32,
}

impl TestChain {
    pub fn new() -> Self {
        let id = BlockId {
            number: 0,
            hash: GENESIS,
        };
        let genesis = Block {
            id,
            slot: 0,
            entries: Vec::new(),
            tree: Frontier::EMPTY,
            entries_hash: [0; 32],
        };
        Self {
            blocks: vec![genesis],
            spent: Vec::new(),
            fork: 0,
            finalized: 0,
            fault: Fault::None,
            asked: Cell::new(0),
            questions: RefCell::default(),
            last: RefCell::default(),
            lists: true,
            list: 64,
        }
    }

    fn last_block(&self) -> &Block {
        self.blocks.last().unwrap()
    }

    pub fn number(&self) -> u32 {
        self.last_block().id.number
    }

    pub fn root(&self) -> Digest {
        self.last_block().tree.root()
    }

    /// What the chain has of the note at a position.
    pub fn output(&self, position: u32) -> Output {
        let mut entries = self.blocks.iter().flat_map(|block| &block.entries);
        let entry = entries.rfind(|entry| entry.position <= position).unwrap();
        entry.outputs[(position - entry.position) as usize].clone()
    }

    /// Makes a block.
    pub fn seal(&mut self, deposits: &[Deposit], transfers: &[Transfer]) {
        let Block {
            id,
            slot,
            mut tree,
            mut entries_hash,
            ..
        } = self.last_block().clone();
        let number = id.number + 1;
        let mut entries = Vec::new();
        for deposit in deposits {
            let output = deposit.output();
            entries.push(FullEntry {
                position: tree.append(output.commitment).unwrap(),
                outputs: vec![output],
                transfer: None,
            });
        }
        for transfer in transfers {
            entries.push(self.transfer(&mut tree, number, transfer));
        }
        for entry in &entries {
            entries_hash = entry.chained(&entries_hash);
        }
        let content = (id.hash, number, self.fork, entries.encode()).encode();
        let hash = sp_crypto_hashing::blake2_256(&content);
        let id = BlockId { number, hash };
        let slot = slot + 1;
        self.blocks.push(Block {
            id,
            slot,
            entries,
            tree,
            entries_hash,
        });
    }

    fn transfer(&mut self, tree: &mut Frontier, number: u32, transfer: &Transfer) -> FullEntry {
        let anchors: BTreeSet<_> = self.blocks.iter().map(|block| block.tree.root()).collect();
        assert!(anchors.contains(&transfer.anchor), "the anchor is a root");
        assert!(transfer.valid_until >= number);
        for nullifier in transfer.nullifiers {
            assert!(
                self.spent.iter().all(|(_, spent)| *spent != nullifier),
                "spent once"
            );
            self.spent.push((number, nullifier));
        }
        let entry = FullEntry {
            position: tree.size(),
            outputs: transfer.outputs.to_vec(),
            transfer: Some(Spent {
                name: transfer.binding(&GENESIS),
                nullifiers: transfer.nullifiers,
                credit: transfer.credit,
                credits: CREDITS,
                fee: transfer.fee,
                action: transfer.action.clone(),
            }),
        };
        for output in &entry.outputs {
            tree.append(output.commitment).unwrap();
        }
        tree.append(transfer.credit_commitment(CREDITS)).unwrap();
        entry
    }

    /// Makes blocks in less time than they take: those of a node that makes heights up.
    pub fn hurry(&mut self, count: u32) {
        let slot = self.last_block().slot;
        self.quiet(count);
        let made_up = self.blocks.iter_mut().rev().take(count as usize);
        made_up.for_each(|block| block.slot = slot + 1);
    }

    /// Makes blocks in which nothing happens.
    pub fn quiet(&mut self, count: u32) {
        (0..count).for_each(|_| self.seal(&[], &[]));
    }

    /// Makes blocks in which nothing happens, up to the next that payments refer to.
    pub fn reach_anchor(&mut self) {
        self.seal(&[], &[]);
        while !self.number().is_multiple_of(10) {
            self.seal(&[], &[]);
        }
    }

    /// Takes back all blocks after this one. What follows has other hashes.
    pub fn fork_after(&mut self, number: u32) {
        self.blocks.truncate(number as usize + 1);
        self.spent.retain(|(block, _)| *block <= number);
        self.fork += 1;
    }

    /// Changes a note of a block, and nothing else: the node lies about it.
    pub fn forge(&mut self, number: u32) {
        let entry = &mut self.blocks[number as usize].entries[0];
        entry.outputs[0].commitment = Digest::ZERO;
    }

    /// Changes what a block did without changing its tree. A node that keeps to its lie tells another hash over the entries.
    pub fn lie(
        &mut self,
        number: u32,
        keeps_to_it: bool,
        change: impl FnOnce(&mut Vec<FullEntry>),
    ) {
        change(&mut self.blocks[number as usize].entries);
        let mut entries_hash = [0; 32];
        for block in self.blocks.iter_mut().filter(|_| keeps_to_it) {
            for entry in &block.entries {
                entries_hash = entry.chained(&entries_hash);
            }
            block.entries_hash = entries_hash;
        }
    }

    fn note(&self, question: impl Into<String>) {
        let mut questions = self.questions.borrow_mut();
        questions.push(question.into());
        let mut last = self.last.borrow_mut();
        if last
            .as_ref()
            .is_some_and(|(count, _)| questions.len() >= *count)
        {
            // Whoever waits goes on.
            last.take();
        }
    }

    /// Lets somebody wait for the question of this number.
    pub fn last_question(&self, number: usize, waiting: std::sync::mpsc::Sender<()>) {
        *self.last.borrow_mut() = Some((number, waiting));
    }

    /// How many notes there were before a block.
    fn size_before(&self, number: u32) -> u32 {
        let before = number.checked_sub(1);
        before.map_or(0, |before| self.blocks[before as usize].tree.size())
    }

    fn known(&self, block: BlockId) -> Result<&Block, Error> {
        let found = self.blocks.iter().find(|known| known.id == block);
        found.ok_or_else(|| Error::NotFound("block".into()))
    }

    /// A block whose state the node has.
    fn stated(&self, block: BlockId) -> Result<&Block, Error> {
        match self.fault {
            Fault::Forgets(first) | Fault::CameLate(first) if block.number < first => {
                Err(gone(block))
            }
            _ => self.known(block),
        }
    }
}

/// As many notes, and others.
fn made_up(tree: &Frontier) -> Frontier {
    let mut other = Frontier::EMPTY;
    for _ in 0..tree.size() {
        other.append(Digest::ZERO).unwrap();
    }
    other
}

fn gone(block: BlockId) -> Error {
    ShieldedError::StateGone {
        block: block.number,
    }
    .into()
}

impl Source for TestChain {
    async fn head(&self) -> Result<BlockId, Error> {
        self.note("head");
        Ok(self.last_block().id)
    }

    async fn slot(&self, block: BlockId) -> Result<Option<u64>, Error> {
        self.note(format!("slot {}", block.number));
        Ok((block.number > 0).then_some(self.known(block)?.slot))
    }

    async fn present_slot(&self) -> Option<u64> {
        None
    }

    async fn finalized(&self) -> Result<u32, Error> {
        self.note("finalized");
        Ok(self.finalized)
    }

    async fn block(&self, number: u32) -> Result<Option<BlockId>, Error> {
        self.note(format!("block {number}"));
        Ok(self.blocks.get(number as usize).map(|block| block.id))
    }

    async fn pool(&self, block: BlockId) -> Result<PoolInfo, Error> {
        self.note(format!("pool {}", block.number));
        let block = self.stated(block)?;
        Ok(PoolInfo {
            anchor: Anchor::from(&block.tree),
            turnstile: Turnstile {
                entries_hash: block.entries_hash,
                ..Default::default()
            },
            rate: CREDITS,
            minimum_fee: FEE,
            standard_fee: FEE,
            minimum_deposit: 1,
            max_proof_bytes: 0,
        })
    }

    async fn frontier(&self, block: BlockId) -> Result<Frontier, Error> {
        self.note(format!("frontier {}", block.number));
        let tree = self.stated(block)?.tree.clone();
        match self.fault {
            Fault::MakesUpFrontiers => Ok(made_up(&tree)),
            _ => Ok(tree),
        }
    }

    async fn entries(&self, block: BlockId) -> Result<Vec<FullEntry>, Error> {
        self.note(format!("entries {}", block.number));
        self.asked.set(self.asked.get() + 1);
        let mut entries = self.known(block)?.entries.clone();
        if entries.is_empty() || matches!(self.fault, Fault::CameLate(_)) {
            self.stated(block)?;
        }
        match self.fault {
            Fault::LeavesOut => drop(entries.pop()),
            Fault::BreaksAt(question) if self.asked.get() >= question => {
                return Err(Error::NotFound("the connection".into()))
            }
            _ => {}
        }
        Ok(entries)
    }

    async fn holders(&self, from: u32) -> Result<Option<Holders>, Error> {
        self.note(format!("holders {from}"));
        let last = self.blocks[self.finalized as usize].id;
        let first = match self.fault {
            Fault::CameLate(first) => self.size_before(first),
            _ => 0,
        };
        let size = self.size_before(self.finalized + 1);
        if !self.lists || from > size {
            return Ok(None);
        }
        if from < first {
            return Err(ShieldedError::IndexBeginsLater.into());
        }
        let end = from.saturating_add(self.list);
        let holds = |block: &&Block| {
            let (first, next) = (self.size_before(block.id.number), block.tree.size());
            block.id.number <= self.finalized && first < next && first < end && next > from
        };
        let holder = |block: &Block| Holder {
            block: block.id,
            position: self.size_before(block.id.number),
        };
        let blocks = self.blocks.iter().filter(holds).map(holder).collect();
        Ok(Some(Holders::new(blocks, end.min(size), size, last)))
    }
}

/// Remembers what was saved.
#[derive(Clone, Default)]
pub struct Saved {
    pub state: Arc<Mutex<Option<State>>>,
    pub progress: Arc<Mutex<Vec<Progress>>>,
}

impl Watcher for Saved {
    fn progress(&mut self, progress: Progress) {
        self.progress.lock().unwrap().push(progress);
    }

    fn save(&mut self, state: &State) -> Result<(), Error> {
        *self.state.lock().unwrap() = Some(state.clone());
        Ok(())
    }
}

pub fn block_on<T>(future: impl std::future::Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

/// Somebody with a wallet.
pub struct Person {
    pub keys: Arc<Keys>,
    pub state: State,
}

impl Person {
    pub fn new(path: &str) -> Self {
        Self {
            keys: Arc::new(Keys::of_development(path).unwrap()),
            state: State::new(GENESIS, 0, 1),
        }
    }

    /// Somebody who got a viewing key of this person's.
    pub fn watcher(&self, sight: Sight) -> Self {
        Self {
            keys: Arc::new(Keys::parse(&self.keys.export(sight).unwrap()).unwrap()),
            state: State::new(GENESIS, 0, 1),
        }
    }

    pub fn scan(&mut self, chain: &TestChain) -> Result<Summary, Error> {
        let saved = Saved::default();
        block_on(scan::scan(chain, &self.keys, &mut self.state, saved))
    }

    pub fn address(&self, index: u32) -> Address {
        self.keys.address(index).unwrap().address().clone()
    }

    pub fn balance(&self) -> u128 {
        self.state.balance(Asset::Qlk)
    }

    pub fn credits(&self) -> u128 {
        self.state.balance(Asset::Priv)
    }

    pub fn payment(address: Address, value: u64, memo: &str) -> Payment {
        Payment {
            address,
            asset: Asset::Qlk,
            value,
            memo: Memo::new(memo).unwrap(),
        }
    }

    pub fn deposit(&self, value: u64) -> Deposit {
        self.deposit_to(self.address(0), value)
    }

    pub fn deposit_to(&self, address: Address, value: u64) -> Deposit {
        draft::deposit(&self.keys, &Self::payment(address, value, "")).unwrap()
    }

    pub fn coins(&self) -> Vec<Coin> {
        let spendable = self.state.spendable(Asset::Qlk);
        spendable
            .map(|(position, note)| Coin {
                position,
                value: note.value,
            })
            .collect()
    }

    /// A transfer of this wallet, by its own choice of notes.
    pub fn draft(&self, payment: Option<Payment>, action: Action) -> draft::Draft {
        let paid = payment.as_ref().map_or(0, |payment| payment.value);
        let withdrawn = match action {
            Action::Withdraw { value, .. } => value,
            _ => 0,
        };
        let Step::Pay(coins) = plan(&self.coins(), paid + withdrawn, FEE).unwrap().step else {
            panic!("one transaction is enough")
        };
        let order = Order {
            inputs: coins.iter().map(|coin| coin.position).collect(),
            payment,
            action,
            fee: FEE,
        };
        let anchor = self.state.anchor(false).unwrap();
        order.draft(&self.keys, &self.state, &anchor).unwrap()
    }

    pub fn pay(&self, to: &Person, value: u64, memo: &str) -> Transfer {
        let payment = Self::payment(to.address(0), value, memo);
        self.draft(Some(payment), Action::Send).transfer
    }
}
