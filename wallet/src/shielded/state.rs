//! What the wallet knows: its notes, the tree, its history, and checkpoints to go back to.
//!
//! A block changes the state by [`State::apply`]. A note remembers in which block it was found and
//! in which it was spent, and a checkpoint is the tree's right edge at the end of a block; so [`State::return_to`] needs no
//! more than a checkpoint on the chain that is best now. There is one at every tenth block of the latest, because those
//! are also the blocks whose roots payments refer to (`docs/spec/privacy-credit.md`, Anchors), and
//! the last final one is never given up.
//!
//! What a foreign note costs, and what a note of the wallet's takes, does not depend on how many the wallet has: see
//! [`WitnessTree`]. A spent note's way is kept until no fork can bring the note back.

use std::collections::{BTreeMap, VecDeque};

use codec::{Decode, Encode};
use qloak_shielded::element::Digest;
use qloak_shielded::encryption::SentNote;
use qloak_shielded::note::{Asset, Note};
use qloak_shielded::pool::{Anchor, FullEntry, PoolInfo, Spent};
use qloak_shielded::transaction::Output;
use qloak_shielded::tree::{Frontier, Path, WitnessTree};
use zeroize::Zeroizing;

use super::attempt::{Attempts, Purpose};
use super::found::{self, Outputs};
use super::history::{Item, Record};
use super::keys::{Keys, Sight};
use super::owned::randomness_bytes;
pub use super::owned::{Hit, OwnedNote, Place};
use super::source::BlockId;
use super::ShieldedError;

/// The roots of blocks whose number is a multiple of this are what payments refer to.
pub const ANCHOR_STEP: u32 = 10;

/// On a chain of fewer blocks payments refer to the newest one. Few can be told apart by it so early, and the first
/// money could not be spent otherwise.
const YOUNG_CHAIN: u32 = 2 * ANCHOR_STEP;

/// How many addresses beyond those in use are looked for while a wallet reads the chain from its beginning, so that one
/// that was restored from its words finds what was paid to addresses that it does not remember. Wallets of other chains
/// leave the same gap (BIP 44).
pub const GAP: u32 = 20;

/// The same once the beginning was read: for what a copy of the wallet makes.
pub const LOOKAHEAD: u32 = 3;

/// No account has more addresses: every one makes scanning slower.
pub const MAX_ADDRESSES: u32 = 256;

/// Checkpoints that are kept while nothing becomes final.
const MAX_CHECKPOINTS: usize = 40;

/// Checkpoints that are kept although later ones are final: anchors of payments.
const MIN_CHECKPOINTS: usize = 3;

/// The tree at the end of a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Checkpoint {
    /// The block.
    pub block: BlockId,
    /// The tree's right edge.
    pub tree: Frontier,
    /// The hash over all entries up to the end of the block.
    pub entries_hash: [u8; 32],
}

impl Checkpoint {
    /// Makes the one at the end of a block before which nothing was paid.
    pub fn empty(block: BlockId) -> Self {
        Self {
            block,
            tree: Frontier::EMPTY,
            entries_hash: [0; 32],
        }
    }

    /// Returns whether the chain's pool was like this.
    pub fn agrees_with(&self, pool: &PoolInfo) -> bool {
        Anchor::from(&self.tree) == pool.anchor && self.entries_hash == pool.turnstile.entries_hash
    }
}

/// A note that was spent so lately that a fork can bring it back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Leaving {
    block: u32,
    position: u32,
    nullifier: Digest,
}

/// All that is kept between two runs of the wallet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct State {
    /// The chain's first block.
    pub genesis: [u8; 32],
    /// The first block that is read.
    pub birthday: u32,
    /// How many addresses were made.
    pub addresses: u32,
    /// Whether the chain was read from the birthday up to a best block.
    whole: bool,
    /// The last block that was read. Nothing before the first scan.
    pub tip: Option<BlockId>,
    tree: WitnessTree,
    /// The hash over all entries that were read, and those before the birthday.
    entries_hash: [u8; 32],
    /// The notes, by their positions.
    pub notes: BTreeMap<u32, OwnedNote>,
    /// The unspent notes' positions, by their nullifiers.
    unspent: BTreeMap<Digest, u32>,
    /// In the order in which they were spent.
    leaving: VecDeque<Leaving>,
    /// Payments whose end is not known, or was not long ago.
    pub attempts: Attempts,
    /// What happened, in order.
    pub history: Vec<Record>,
    /// The commitments of what was sent, with their blocks: only for keys that see nothing else.
    sent: BTreeMap<Digest, u32>,
    checkpoints: Vec<Checkpoint>,
    /// The last tree whose root was the chain's. What was read after it is not taken for granted.
    trusted: Option<Checkpoint>,
}

impl State {
    /// A wallet that has read nothing yet.
    pub fn new(genesis: [u8; 32], birthday: u32, addresses: u32) -> Self {
        Self {
            genesis,
            // The first block has no transactions.
            birthday: birthday.max(1),
            addresses: addresses.clamp(1, MAX_ADDRESSES),
            whole: false,
            tip: None,
            tree: WitnessTree::default(),
            entries_hash: [0; 32],
            notes: BTreeMap::new(),
            unspent: BTreeMap::new(),
            leaving: VecDeque::new(),
            attempts: Attempts::default(),
            history: Vec::new(),
            sent: BTreeMap::new(),
            checkpoints: Vec::new(),
            trusted: None,
        }
    }

    /// Forgets everything that was read, and begins with the tree at the end of the block before the
    /// birthday.
    pub fn restart(&mut self, birth: Checkpoint) {
        // What was in a block from the birthday on is found there again.
        self.attempts.read_again(self.birthday.saturating_sub(1));
        *self = Self {
            attempts: std::mem::take(&mut self.attempts),
            tip: Some(birth.block),
            tree: WitnessTree::new(birth.tree.clone()),
            entries_hash: birth.entries_hash,
            // That an empty tree is empty needs no node. Another one is believed when it has led to a right root.
            trusted: Some(birth).filter(|birth| birth.tree.size() == 0),
            ..Self::new(self.genesis, self.birthday, self.addresses)
        };
    }

    /// Forgets what was read, so that the next scan begins at the birthday.
    pub fn forget_chain(&mut self) {
        self.tip = None;
        self.trusted = None;
        self.whole = false;
        self.checkpoints.clear();
    }

    /// What was read so far makes the tree that the chain has.
    pub fn trust(&mut self) {
        self.trusted = self.newest();
    }

    /// What was read last does not make the tree that the chain has: goes back to where it did.
    pub fn distrust(&mut self) {
        match self.trusted.clone() {
            Some(trusted) => self.return_to(trusted),
            None => self.forget_chain(),
        }
    }

    /// The last tree whose root was the chain's.
    pub fn trusted(&self) -> Option<&Checkpoint> {
        self.trusted.as_ref()
    }

    /// Makes another address. Notes to it are looked for from now on.
    pub fn add_address(&mut self) -> u32 {
        let index = self.addresses;
        self.addresses = index.saturating_add(1);
        index
    }

    /// How many addresses are looked for.
    pub fn window(&self) -> u32 {
        let more = match self.whole {
            true => LOOKAHEAD,
            false => GAP,
        };
        self.addresses.saturating_add(more).min(MAX_ADDRESSES)
    }

    /// Whether the chain was read from the birthday up to a best block.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The best block was reached.
    pub fn reached(&mut self) {
        self.whole = true;
    }

    /// The checkpoints that a chain may still agree with, the latest first.
    pub fn way_back(&self) -> Vec<Checkpoint> {
        let kept = self.checkpoints.iter().rev().cloned();
        let mut points: Vec<_> = self.newest().into_iter().chain(kept).collect();
        points.dedup_by_key(|point| point.block);
        points
    }

    /// Goes back to the tree at the end of a block: what was read after it is undone.
    pub fn return_to(&mut self, checkpoint: Checkpoint) {
        let number = checkpoint.block.number;
        let is_here = self.newest().as_ref() == Some(&checkpoint);
        if is_here {
            return;
        }
        self.revive(number);
        let size = checkpoint.tree.size();
        if !self.notes.split_off(&size).is_empty() {
            self.unspent.retain(|_, position| *position < size);
        }
        self.attempts.roll_back(number);
        let kept = self.history.partition_point(|it| it.block <= number);
        self.history.truncate(kept);
        self.sent.retain(|_, block| *block <= number);
        self.checkpoints.retain(|it| it.block.number <= number);
        self.tree.roll_back(checkpoint.tree.clone());
        self.entries_hash = checkpoint.entries_hash;
        self.tip = Some(checkpoint.block);
        let is_later = |trusted: &Checkpoint| trusted.block.number > number;
        if self.trusted.as_ref().is_some_and(is_later) {
            self.trusted = Some(checkpoint);
        }
    }

    /// Marks notes that were spent after a block as unspent again.
    fn revive(&mut self, number: u32) {
        while let Some(spent) = self.leaving.pop_back_if(|spent| spent.block > number) {
            if let Some(note) = self.notes.get_mut(&spent.position) {
                note.spent_in = None;
                self.unspent.insert(spent.nullifier, spent.position);
            }
        }
    }

    /// Takes over what a transaction did. `hits` are the outputs that were found to be for the wallet's
    /// addresses.
    ///
    /// # Errors
    /// [`ShieldedError::Inconsistent`] if the entry is not the next, [`ShieldedError::TreeFull`].
    pub fn apply(
        &mut self,
        keys: &Keys,
        number: u32,
        entry: &FullEntry,
        mut hits: Vec<Option<Hit>>,
    ) -> Result<(), ShieldedError> {
        if entry.position != self.size() {
            return Err(ShieldedError::Inconsistent { block: number });
        }
        self.entries_hash = entry.chained(&self.entries_hash);
        let credit = found::crediting(entry).and_then(|spent| found::credit(keys, spent));
        let paid_by_us = entry
            .transfer
            .as_ref()
            .is_some_and(|spent| self.spend(spent, number));
        let mut own = credit.is_some() || paid_by_us;
        if own {
            found::find_change(keys, &entry.outputs, &mut hits);
        }
        // Whoever sees only what goes knows his transfers by nothing else.
        let only_outgoing = keys.sight() == Sight::Outgoing;
        let mut sent = match own || only_outgoing || entry.transfer.is_none() {
            true => entry
                .outputs
                .iter()
                .map(|it| found::find_sent(keys, it))
                .collect(),
            false => entry.outputs.iter().map(|_| None).collect::<Vec<_>>(),
        };
        if only_outgoing && entry.transfer.is_some() {
            own = self.is_first(entry, &sent);
            if !own {
                sent.fill_with(|| None);
            }
        }
        if only_outgoing {
            let outputs = entry.outputs.iter().zip(&sent);
            let ours = outputs.filter(|(_, sent)| sent.is_some());
            let commitments = ours.map(|(output, _)| (output.commitment, number));
            self.sent.extend(commitments);
        }
        let found = Outputs {
            own,
            hits: &hits,
            sent,
            credit: credit.as_ref(),
        };
        let record = found.record(keys, number, entry);
        for (output, hit) in entry.outputs.iter().zip(hits) {
            self.take(keys, number, output.commitment, hit)?;
        }
        if let Some(spent) = found::crediting(entry) {
            self.take(keys, number, spent.credit_commitment(), credit)?;
        }
        self.history.extend(record);
        Ok(())
    }

    /// Takes the notes of a transaction from before the birthday into the tree, and looks at none.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn pass_over(&mut self, number: u32, entry: &FullEntry) -> Result<(), ShieldedError> {
        if entry.position != self.size() {
            return Err(ShieldedError::Inconsistent { block: number });
        }
        self.entries_hash = entry.chained(&self.entries_hash);
        for leaf in found::leaves(entry) {
            self.tree
                .append(leaf)
                .map_err(|_| ShieldedError::TreeFull)?;
        }
        Ok(())
    }

    /// Whether something in the transaction was sent by the wallet, and not copied by its recipient out of
    /// an earlier transaction.
    fn is_first(&self, entry: &FullEntry, sent: &[Option<SentNote>]) -> bool {
        let outputs = entry.outputs.iter().zip(sent);
        let mut ours = outputs.filter(|(_, sent)| sent.is_some()).peekable();
        let is_known = |output: &Output| self.sent.contains_key(&output.commitment);
        ours.peek().is_some() && ours.all(|(output, _)| !is_known(output))
    }

    /// Marks the wallet's notes among those that were spent.
    fn spend(&mut self, spent: &Spent, number: u32) -> bool {
        let mut ours = false;
        for nullifier in &spent.nullifiers {
            let Some(position) = self.unspent.remove(nullifier) else {
                continue;
            };
            ours = true;
            if let Some(note) = self.notes.get_mut(&position) {
                note.spent_in = Some(number);
            }
            self.leaving.push_back(Leaving {
                block: number,
                position,
                nullifier: *nullifier,
            });
        }
        // Also of notes that came before the birthday, which are not known here.
        self.attempts.spent(&spent.nullifiers, spent.name, number);
        ours
    }

    fn take(
        &mut self,
        keys: &Keys,
        number: u32,
        leaf: Digest,
        hit: Option<Hit>,
    ) -> Result<(), ShieldedError> {
        let full = |_| ShieldedError::TreeFull;
        let Some(Hit { place, note }) = hit.filter(|hit| hit.note.value > 0) else {
            return self.tree.append(leaf).map(drop).map_err(full);
        };
        let position = self.size();
        match keys.nullifier(position, &leaf) {
            Some(nullifier) => {
                self.tree.append_tracked(leaf).map_err(full)?;
                self.unspent.insert(nullifier, position);
            }
            // Nobody will spend it here, so nobody needs its way to the root.
            None => drop(self.tree.append(leaf).map_err(full)?),
        }
        let owned = OwnedNote {
            asset: note.asset,
            value: note.value,
            place,
            found_in: number,
            spent_in: None,
            randomness: *randomness_bytes(&note),
        };
        self.notes.insert(position, owned);
        if let Place::Address(index) = place {
            self.addresses = self
                .addresses
                .max(index.saturating_add(1))
                .min(MAX_ADDRESSES);
        }
        Ok(())
    }

    /// The block was read to its end. A checkpoint is made if payments may refer to the block.
    pub fn finish(&mut self, block: BlockId, keep: bool) {
        self.tip = Some(block);
        if keep && block.number.is_multiple_of(ANCHOR_STEP) {
            self.checkpoints.extend(self.newest());
        }
    }

    /// Gives up checkpoints before the last final one, and what only they need.
    pub fn prune(&mut self, finalized: u32) {
        let last_final = self
            .checkpoints
            .iter()
            .rposition(|checkpoint| checkpoint.block.number <= finalized)
            .unwrap_or(0);
        let spare = self.checkpoints.len().saturating_sub(MIN_CHECKPOINTS);
        self.checkpoints.drain(..last_final.min(spare));
        while self.checkpoints.len() > MAX_CHECKPOINTS {
            // The oldest stays, in case nothing becomes final for long.
            self.checkpoints.remove(1);
        }
        self.attempts.settle(finalized.min(self.number()));
        // No fork goes back behind the first of these.
        let points = self.checkpoints.first().into_iter().chain(&self.trusted);
        let numbers = points.map(|point| point.block.number).min();
        let horizon = numbers.unwrap_or_else(|| self.number());
        while let Some(spent) = self.leaving.pop_front_if(|spent| spent.block <= horizon) {
            self.tree.forget(spent.position);
        }
    }

    /// How many notes the tree has, as far as it was read.
    pub fn size(&self) -> u32 {
        self.tree.size()
    }

    /// The tree's root, as far as it was read.
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    /// The last block that was read.
    pub fn number(&self) -> u32 {
        self.tip.map_or(0, |tip| tip.number)
    }

    /// The tree at the last block that was read.
    fn newest(&self) -> Option<Checkpoint> {
        self.tip.map(|block| Checkpoint {
            block,
            tree: self.tree.frontier().clone(),
            entries_hash: self.entries_hash,
        })
    }

    /// What payments refer to: the tree at the latest tenth block, or at the tip if `fresh`.
    pub fn anchor(&self, fresh: bool) -> Option<Checkpoint> {
        match fresh {
            true => self.newest(),
            false => self.checkpoints.last().cloned(),
        }
    }

    /// Whether so few blocks were read that there is hardly a tenth one to refer to.
    pub fn is_young(&self) -> bool {
        self.number() < YOUNG_CHAIN
    }

    /// The notes that are neither spent nor in a payment that is possible.
    pub fn spendable(&self, asset: Asset) -> impl Iterator<Item = (u32, &OwnedNote)> {
        let reserved = self.reserved();
        self.unspent_notes(asset)
            .filter(move |(position, _)| !reserved.contains_key(position))
    }

    /// The notes that are not spent, but for those in a possible payment to somebody. One that is merged at the moment
    /// can be spent otherwise: only one of the two will come, and it does not matter which.
    pub fn spendable_or_merging(&self, asset: Asset) -> impl Iterator<Item = (u32, &OwnedNote)> {
        let reserved = self.reserved_unless(|purpose| purpose == Purpose::Merge);
        self.unspent_notes(asset)
            .filter(move |(position, _)| !reserved.contains_key(position))
    }

    fn unspent_notes(&self, asset: Asset) -> impl Iterator<Item = (u32, &OwnedNote)> {
        let unspent = move |note: &OwnedNote| note.asset == asset && note.spent_in.is_none();
        let notes = self.notes.iter().filter(move |(_, note)| unspent(note));
        notes.map(|(position, note)| (*position, note))
    }

    /// The positions of notes that are kept for possible payments, with the last block in which those are valid.
    pub fn reserved(&self) -> BTreeMap<u32, u32> {
        self.reserved_unless(|_| false)
    }

    fn reserved_unless(&self, free: impl Fn(Purpose) -> bool) -> BTreeMap<u32, u32> {
        let mut reserved = BTreeMap::new();
        for (nullifier, attempt) in self.attempts.reserved(self.number()) {
            let position = self.position(nullifier).filter(|_| !free(attempt.purpose));
            if let Some(position) = position {
                let until = reserved.entry(position).or_insert(attempt.valid_until);
                *until = attempt.valid_until.max(*until);
            }
        }
        reserved
    }

    /// Where the unspent note with this nullifier is.
    pub fn position(&self, nullifier: &Digest) -> Option<u32> {
        self.unspent.get(nullifier).copied()
    }

    /// What the unspent notes of an asset are worth.
    pub fn balance(&self, asset: Asset) -> u128 {
        let unspent = self
            .notes
            .values()
            .filter(|note| note.asset == asset && note.spent_in.is_none());
        unspent.map(|note| u128::from(note.value)).sum()
    }

    /// A note in full.
    pub fn note(&self, keys: &Keys, position: u32) -> Option<Note> {
        let owned = self.notes.get(&position)?;
        let owner = match owned.place {
            Place::Internal => *keys.change()?.address().owner(),
            Place::Address(index) => *keys.address(index).ok()?.address().owner(),
        };
        Some(Note {
            asset: owned.asset,
            value: owned.value,
            owner,
            randomness: owned.randomness()?,
        })
    }

    /// The way from a note to an anchor's root.
    pub fn path(&self, anchor: &Checkpoint, position: u32) -> Option<Path> {
        self.tree.path_at(&anchor.tree, position)
    }

    /// The payment at a position.
    pub fn payment(&self, position: u32) -> Option<(&Record, &Item)> {
        let end = self.history.partition_point(|it| it.position <= position);
        let record = self.history.get(end.checked_sub(1)?)?;
        let is_it = |item: &&Item| item.payment().is_some_and(|it| it.position == position);
        Some((record, record.items.iter().find(is_it)?))
    }

    /// The state as bytes, which are wiped; behind so many bytes that are left free.
    pub fn to_bytes(&self, free: usize) -> Zeroizing<Vec<u8>> {
        // As long as needed at once: a vector that grows leaves copies of secrets behind.
        let length = free.saturating_add(self.encoded_size());
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        bytes.resize(free, 0);
        self.encode_to(&mut *bytes);
        bytes
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
