//! What the wallet knows: its notes, the tree, its history, and checkpoints to go back to.
//!
//! A block changes the state by [`State::apply`]. A note remembers in which block it was found and
//! in which it was spent, and the tree is kept at *checkpoints*; so [`State::roll_back`] needs no more than a
//! checkpoint on the chain that is best now. There is one at every tenth block of the latest, because those
//! are also the blocks whose roots payments refer to (`docs/spec/privacy-credit.md`, Anchors), and
//! the last final one is never given up.

use std::collections::BTreeMap;

use codec::{Decode, Encode};
use qloak_shielded::element::{read_elements, write_elements, Digest};
use qloak_shielded::encryption::SentNote;
use qloak_shielded::hash::PAYLOAD_ELEMENTS;
use qloak_shielded::note::{Asset, Note, Randomness};
use qloak_shielded::pool::{FullEntry, Spent};
use qloak_shielded::transaction::Output;
use qloak_shielded::tree::{Frontier, Path, WitnessTree};
use zeroize::{Zeroize, Zeroizing};

use super::attempt::{Attempts, Purpose};
use super::found::{self, Outputs};
use super::history::{Item, Record};
use super::keys::{Keys, Sight};
use super::source::BlockId;
use super::ShieldedError;

/// The roots of blocks whose number is a multiple of this are what payments refer to.
pub const ANCHOR_STEP: u32 = 10;

/// On a chain of fewer blocks payments refer to the newest one. Few can be told apart by it so early, and the first
/// money could not be spent otherwise.
const YOUNG_CHAIN: u32 = 2 * ANCHOR_STEP;

/// How many addresses beyond those in use are scanned for, so that a wallet restored from its words finds
/// what was paid to addresses that it does not remember.
pub const LOOKAHEAD: u32 = 3;

/// No account has more addresses: every one makes scanning slower.
pub const MAX_ADDRESSES: u32 = 256;

/// Checkpoints that are kept while nothing becomes final.
const MAX_CHECKPOINTS: usize = 40;

/// Checkpoints that are kept although later ones are final: anchors of payments.
const MIN_CHECKPOINTS: usize = 3;

const RANDOMNESS_BYTES: usize = PAYLOAD_ELEMENTS * 4;

/// Which address a note was sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Place {
    /// One of those that others are told.
    #[codec(index = 0)]
    Address(u32),
    /// The one for change and credits.
    #[codec(index = 1)]
    Internal,
}

/// A note of the wallet's.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct OwnedNote {
    /// What it is worth units of.
    pub asset: Asset,
    /// How many units.
    pub value: u64,
    /// Where it was sent.
    pub place: Place,
    /// The block that it is in.
    pub found_in: u32,
    /// The block in which it was spent.
    pub spent_in: Option<u32>,
    randomness: [u8; RANDOMNESS_BYTES],
}

impl std::fmt::Debug for OwnedNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnedNote({:?}, of block {})", self.asset, self.found_in)
    }
}

impl Drop for OwnedNote {
    fn drop(&mut self) {
        self.randomness.zeroize();
    }
}

impl OwnedNote {
    /// What hides the owner. Nothing if the state was tampered with by whoever has its key.
    pub fn randomness(&self) -> Option<Randomness> {
        let elements = read_elements::<PAYLOAD_ELEMENTS>(&self.randomness).ok()?;
        Some(elements.into())
    }
}

/// A note that was found in a block, before it is taken over.
pub struct Hit {
    /// Where it was sent.
    pub place: Place,
    /// The note.
    pub note: Note,
}

/// The tree at the end of a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Checkpoint {
    /// The block.
    pub block: BlockId,
    /// The tree.
    pub tree: WitnessTree,
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
    /// How many addresses every note so far was tried with.
    pub window: u32,
    /// The last block that was read, with the tree at its end. Nothing before the first scan.
    pub tip: Option<Checkpoint>,
    /// The notes, by their positions.
    pub notes: BTreeMap<u32, OwnedNote>,
    /// The unspent notes' positions, by their nullifiers.
    unspent: BTreeMap<Digest, u32>,
    /// Payments whose end is not known, or was not long ago.
    pub attempts: Attempts,
    /// What happened, in order.
    pub history: Vec<Record>,
    checkpoints: Vec<Checkpoint>,
    /// The last tree whose root was the chain's. What was read after it is not taken for granted.
    trusted: Option<Checkpoint>,
}

impl State {
    /// A wallet that has read nothing yet.
    pub fn new(genesis: [u8; 32], birthday: u32, addresses: u32) -> Self {
        let addresses = addresses.clamp(1, MAX_ADDRESSES);
        Self {
            genesis,
            // The first block has no transactions.
            birthday: birthday.max(1),
            addresses,
            window: addresses.saturating_add(LOOKAHEAD),
            tip: None,
            notes: BTreeMap::new(),
            unspent: BTreeMap::new(),
            attempts: Attempts::default(),
            history: Vec::new(),
            checkpoints: Vec::new(),
            trusted: None,
        }
    }

    /// Forgets everything that was read, and begins with the tree at the end of the block before the
    /// birthday.
    pub fn restart(&mut self, block: BlockId, frontier: Frontier) {
        let tip = Some(Checkpoint {
            block,
            tree: WitnessTree::new(frontier),
        });
        // What was in a block from the birthday on is found there again.
        self.attempts.roll_back(self.birthday.saturating_sub(1));
        *self = Self {
            attempts: std::mem::take(&mut self.attempts),
            trusted: tip.clone(),
            tip,
            ..Self::new(self.genesis, self.birthday, self.addresses)
        };
    }

    /// Forgets what was read, so that the next scan begins at the birthday.
    pub fn forget_chain(&mut self) {
        self.tip = None;
        self.trusted = None;
        self.checkpoints.clear();
    }

    /// What was read so far makes the tree that the chain has.
    pub fn trust(&mut self) {
        self.trusted.clone_from(&self.tip);
    }

    /// What was read last does not make the tree that the chain has: goes back to where it did.
    pub fn distrust(&mut self, keys: &Keys) {
        match self.trusted.take() {
            Some(trusted) => {
                self.return_to(trusted);
                self.trust();
                self.revive(keys);
            }
            None => self.forget_chain(),
        }
    }

    /// Makes another address. Notes to it are looked for from now on.
    pub fn add_address(&mut self) -> u32 {
        let index = self.addresses;
        self.addresses = index.saturating_add(1);
        self.window = self.window.max(self.addresses.saturating_add(LOOKAHEAD));
        index
    }

    /// The checkpoints that a chain may still agree with, the latest first.
    pub fn way_back(&self) -> Vec<BlockId> {
        let kept = self.checkpoints.iter().rev();
        let mut blocks: Vec<_> = self
            .tip
            .iter()
            .chain(kept)
            .map(|checkpoint| checkpoint.block)
            .collect();
        blocks.dedup();
        blocks
    }

    /// Goes back to a checkpoint: what was read after its block is undone. Nothing happens if there is no
    /// such checkpoint.
    pub fn roll_back(&mut self, block: BlockId) {
        let mut known = self.tip.iter().chain(&self.checkpoints);
        let Some(checkpoint) = known.find(|checkpoint| checkpoint.block == block).cloned() else {
            return;
        };
        self.return_to(checkpoint);
    }

    /// Goes back to a tree that the caller kept.
    pub fn return_to(&mut self, checkpoint: Checkpoint) {
        let number = checkpoint.block.number;
        self.notes.retain(|_, note| note.found_in <= number);
        let notes = &self.notes;
        self.unspent
            .retain(|_, position| notes.contains_key(position));
        self.attempts.roll_back(number);
        self.history.retain(|record| record.block <= number);
        self.checkpoints
            .retain(|checkpoint| checkpoint.block.number <= number);
        let is_later = |trusted: &Checkpoint| trusted.block.number > number;
        if self.trusted.as_ref().is_some_and(is_later) {
            self.trusted = Some(checkpoint.clone());
        }
        self.tip = Some(checkpoint);
    }

    /// Marks notes that were spent after a block as unspent again. Apart from
    /// [`return_to`](Self::return_to) because it needs the key.
    pub fn revive(&mut self, keys: &Keys) {
        let Some(tip) = &self.tip else { return };
        let number = tip.block.number;
        let mut revived = Vec::new();
        for (position, note) in &mut self.notes {
            if note.spent_in.is_some_and(|block| block > number) {
                note.spent_in = None;
                revived.push(*position);
            }
        }
        for position in revived {
            let note = self.note(keys, position);
            let nullifier = note.and_then(|note| keys.nullifier(position, &note.commitment()));
            self.unspent
                .extend(nullifier.map(|nullifier| (nullifier, position)));
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
        let credit = entry
            .transfer
            .as_ref()
            .and_then(|spent| found::credit(keys, spent));
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
        if let Some(spent) = &entry.transfer {
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
        let inconsistent = || ShieldedError::Inconsistent { block: number };
        if entry.position != self.size() {
            return Err(inconsistent());
        }
        let tree = &mut self.tip.as_mut().ok_or_else(inconsistent)?.tree;
        let outputs = entry.outputs.iter().map(|output| output.commitment);
        let credit = entry.transfer.iter().map(Spent::credit_commitment);
        for leaf in outputs.chain(credit) {
            tree.append(leaf).map_err(|_| ShieldedError::TreeFull)?;
        }
        Ok(())
    }

    /// Whether something in the transaction was sent by the wallet, and not copied by its recipient out of
    /// an earlier transaction.
    fn is_first(&self, entry: &FullEntry, sent: &[Option<SentNote>]) -> bool {
        let outputs = entry.outputs.iter().zip(sent);
        let mut ours = outputs.filter(|(_, sent)| sent.is_some()).peekable();
        let payments = || self.history.iter().flat_map(|record| &record.items);
        let is_known = |output: &Output| {
            let mut earlier = payments().filter_map(Item::payment);
            earlier.any(|payment| payment.output.commitment == output.commitment)
        };
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
            if let Some(tip) = &mut self.tip {
                tip.tree.forget(position);
            }
        }
        if ours {
            self.attempts.spent(&spent.nullifiers, spent.name, number);
        }
        ours
    }

    fn take(
        &mut self,
        keys: &Keys,
        number: u32,
        leaf: Digest,
        hit: Option<Hit>,
    ) -> Result<(), ShieldedError> {
        let tree = match &mut self.tip {
            Some(tip) => &mut tip.tree,
            None => return Err(ShieldedError::Inconsistent { block: number }),
        };
        let Some(Hit { place, note }) = hit.filter(|hit| hit.note.value > 0) else {
            return tree
                .append(leaf)
                .map(drop)
                .map_err(|_| ShieldedError::TreeFull);
        };
        let position = tree.size();
        match keys.nullifier(position, &leaf) {
            Some(nullifier) => {
                tree.append_tracked(leaf)
                    .map_err(|_| ShieldedError::TreeFull)?;
                self.unspent.insert(nullifier, position);
            }
            // Nobody will spend it here, so nobody needs its way to the root.
            None => drop(tree.append(leaf).map_err(|_| ShieldedError::TreeFull)?),
        }
        let mut randomness = [0; RANDOMNESS_BYTES];
        write_elements(&note.randomness.expose(), &mut randomness);
        let owned = OwnedNote {
            asset: note.asset,
            value: note.value,
            place,
            found_in: number,
            spent_in: None,
            randomness,
        };
        randomness.zeroize();
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
        let Some(tip) = &mut self.tip else { return };
        tip.block = block;
        if keep && block.number.is_multiple_of(ANCHOR_STEP) {
            self.checkpoints.push(tip.clone());
        }
    }

    /// Gives up checkpoints before the last final one.
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
    }

    /// How many notes the tree has, as far as it was read.
    pub fn size(&self) -> u32 {
        self.tip.as_ref().map_or(0, |tip| tip.tree.size())
    }

    /// The last block that was read.
    pub fn number(&self) -> u32 {
        self.tip.as_ref().map_or(0, |tip| tip.block.number)
    }

    /// What payments refer to: the tree at the latest tenth block, or at the tip if `fresh`.
    pub fn anchor(&self, fresh: bool) -> Option<&Checkpoint> {
        match fresh {
            true => self.tip.as_ref(),
            false => self.checkpoints.last(),
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

    /// The positions of notes in possible payments, with the last block in which those are valid.
    pub fn reserved(&self) -> BTreeMap<u32, u32> {
        self.reserved_unless(|_| false)
    }

    fn reserved_unless(&self, free: impl Fn(Purpose) -> bool) -> BTreeMap<u32, u32> {
        let mut reserved = BTreeMap::new();
        for (nullifier, attempt) in self.attempts.reserved() {
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
    pub fn path(anchor: &Checkpoint, position: u32) -> Option<Path> {
        (position < anchor.tree.size())
            .then(|| anchor.tree.path(position))
            .flatten()
    }

    /// The payment at a position.
    pub fn payment(&self, position: u32) -> Option<(&Record, &Item)> {
        let items = self
            .history
            .iter()
            .flat_map(|record| record.items.iter().map(move |item| (record, item)));
        let mut matching = items.filter(|(_, item)| {
            item.payment()
                .is_some_and(|payment| payment.position == position)
        });
        matching.next()
    }

    /// The state as bytes, which are wiped.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // As long as needed at once: a vector that grows leaves copies of secrets behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.encoded_size()));
        self.encode_to(&mut *bytes);
        bytes
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
