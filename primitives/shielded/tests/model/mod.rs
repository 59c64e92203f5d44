//! A chain and wallets without network, blocks and proofs. Where the chain would verify a proof,
//! [`holds`] looks at the witness: it is the statement, word for word, in plain Rust.

#![allow(dead_code, reason = "each test binary uses its part of the model")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use codec::Encode;
use qloak_shielded::{
    address::AddressSecret,
    element::Digest,
    encryption::{open, seal, OutputSeed, Payment, SealedNote},
    hash::{compress, compress_tagged, Tag},
    keys::{Diversifier, InternalKey, SpendingKey},
    memo::Memo,
    note::{commit, Asset, Note},
    nullifier::nullifier,
    scan::Scanner,
    statement::{Flow, Statement},
    transaction::{Action, Deposit, Output, Transfer},
    tree::{Frontier, WitnessTree},
    witness::{InputWitness, Witness},
};
use std::collections::{BTreeMap, BTreeSet};

pub const GENESIS: [u8; 32] = [42; 32];
pub const FEE: u64 = 3;
pub const CREDITS: u64 = 2;

/// Whether the witness makes the statement true.
pub fn holds(statement: &Statement, witness: &Witness) -> bool {
    let mut good = true;
    for (input, claimed) in witness.inputs.iter().zip(&statement.nullifiers) {
        good &= input_holds(input, claimed, &statement.anchor);
    }
    for (output, claimed) in witness.outputs.iter().zip(&statement.commitments) {
        good &= output.commitment() == *claimed;
    }
    for asset in Asset::ALL {
        let inputs = witness.inputs.iter().filter(|input| input.asset == asset);
        let outputs = witness.outputs.iter().filter(|note| note.asset == asset);
        let mut spent: u128 = inputs.map(|input| u128::from(input.value)).sum();
        let mut made: u128 = outputs.map(|note| u128::from(note.value)).sum();
        let change = statement.changes[usize::from(asset.id())];
        match change.flow() {
            Flow::Leaves => made += u128::from(change.amount()),
            Flow::Enters => spent += u128::from(change.amount()),
        }
        good &= spent == made;
    }
    good
}

fn input_holds(input: &InputWitness, claimed: &Digest, anchor: &Digest) -> bool {
    let zero = Digest::ZERO.0[0];
    let ak = compress_tagged(&Digest(input.ask.expose()), Tag::Ak, &[zero; 7]);
    let account = compress(&ak, &Digest(input.nk.expose()));
    let owner = compress_tagged(&account, Tag::Owner, &input.diversifier.expose());
    let note = Note {
        asset: input.asset,
        value: input.value,
        owner,
        randomness: input.randomness.clone(),
    };
    let commitment = note.commitment();
    let in_tree = input.value == 0 || input.path.root(&commitment) == *anchor;
    in_tree && nullifier(&input.nk, input.path.position, &commitment) == *claimed
}

/// Why the chain refuses a transaction.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    Malformed,
    Anchor,
    Spent,
    Proof,
    Turnstile,
}

/// What one transaction put on the chain, in order.
pub struct Entry {
    pub bytes: Vec<u8>,
    pub outputs: Vec<Output>,
    pub nullifiers: Vec<Digest>,
    pub credit: Option<Digest>,
}

/// What every node knows.
pub struct Chain {
    pub tree: Frontier,
    pub anchors: BTreeSet<Digest>,
    pub spent: BTreeSet<Digest>,
    /// What the pool holds of each asset.
    pub pool: [u128; 2],
    pub entries: Vec<Entry>,
}

impl Chain {
    pub fn new() -> Self {
        Self {
            tree: Frontier::EMPTY,
            anchors: BTreeSet::from([Frontier::EMPTY.root()]),
            spent: BTreeSet::new(),
            pool: [0, 0],
            entries: Vec::new(),
        }
    }

    pub fn deposit(&mut self, deposit: &Deposit) {
        let output = deposit.output();
        self.pool[0] += u128::from(deposit.value);
        self.tree.append(output.commitment).unwrap();
        self.anchors.insert(self.tree.root());
        self.entries.push(Entry {
            bytes: deposit.encode(),
            outputs: vec![output],
            nullifiers: Vec::new(),
            credit: None,
        });
    }

    pub fn transfer(&mut self, transfer: &Transfer, witness: &Witness) -> Result<(), Refused> {
        let statement = transfer
            .statement(&GENESIS)
            .map_err(|_| Refused::Malformed)?;
        if !self.anchors.contains(&statement.anchor) {
            return Err(Refused::Anchor);
        }
        if statement
            .nullifiers
            .iter()
            .any(|nf| self.spent.contains(nf))
        {
            return Err(Refused::Spent);
        }
        if !holds(&statement, witness) {
            return Err(Refused::Proof);
        }
        let mut pool = self.pool;
        for (held, change) in pool.iter_mut().zip(statement.changes) {
            *held = held
                .checked_sub(u128::from(change.amount()))
                .ok_or(Refused::Turnstile)?;
        }
        pool[1] += u128::from(CREDITS);
        self.pool = pool;
        self.spent.extend(statement.nullifiers);
        let credit = transfer.credit_commitment(CREDITS);
        for leaf in statement.commitments.into_iter().chain([credit]) {
            self.tree.append(leaf).unwrap();
        }
        self.anchors.insert(self.tree.root());
        self.entries.push(Entry {
            bytes: transfer.encode(),
            outputs: transfer.outputs.to_vec(),
            nullifiers: transfer.nullifiers.to_vec(),
            credit: Some(transfer.credit),
        });
        Ok(())
    }
}

/// A note of the wallet's own.
#[derive(Clone)]
pub struct Owned {
    pub note: Note,
    pub diversifier: Diversifier,
}

/// What one person knows: a key, and what follows from it and the chain.
pub struct Wallet {
    pub key: SpendingKey,
    pub scanner: Scanner,
    pub internal: InternalKey,
    pub change: AddressSecret,
    pub tree: WitnessTree,
    pub notes: BTreeMap<u32, Owned>,
    pub seen: usize,
    randomness: u64,
}

impl Wallet {
    pub fn new(seed: u8) -> Self {
        let key = SpendingKey::from_seed(&[seed; 32]);
        let internal = key.full_viewing_key().internal();
        Self {
            scanner: Scanner::new(&key.full_viewing_key().incoming(), 0..2),
            change: internal.address(),
            internal,
            key,
            tree: WitnessTree::default(),
            notes: BTreeMap::new(),
            seen: 0,
            randomness: u64::from(seed) << 32,
        }
    }

    /// Reads what is new on the chain.
    pub fn sync(&mut self, chain: &Chain) {
        let view = self.key.full_viewing_key().clone();
        for entry in &chain.entries[self.seen..] {
            let mine = entry.credit.map(|hide| {
                let credit = self.internal.credit(&entry.nullifiers);
                (credit.hide() == hide).then_some(credit)
            });
            let found = self.find(entry, matches!(mine, Some(Some(_))));
            for (output, owned) in entry.outputs.iter().zip(found) {
                self.take(output.commitment, owned);
            }
            if let (Some(hide), Some(mine)) = (entry.credit, mine) {
                let owned = mine.map(|credit| Owned {
                    diversifier: credit.diversifier.clone(),
                    note: Note {
                        asset: Asset::Priv,
                        value: CREDITS,
                        owner: credit.owner,
                        randomness: credit.randomness,
                    },
                });
                self.take(commit(&hide, Asset::Priv, CREDITS), owned);
            }
            let spent: BTreeSet<_> = entry.nullifiers.iter().copied().collect();
            self.notes.retain(|position, owned| {
                !spent.contains(&view.nullifier(*position, &owned.note.commitment()))
            });
        }
        self.seen = chain.entries.len();
    }

    /// Which of the outputs are ours: any that are to our addresses, and of our own transactions
    /// the change.
    fn find(&self, entry: &Entry, own: bool) -> Vec<Option<Owned>> {
        let mut found: Vec<Option<Owned>> = vec![None; entry.outputs.len()];
        let compact: Vec<_> = entry.outputs.iter().map(Output::compact).collect();
        for hit in self.scanner.scan(&compact) {
            let address = &self.scanner.addresses()[hit.address as usize];
            found[hit.output] = hit.note.ok().map(|note| Owned {
                note,
                diversifier: address.diversifier().clone(),
            });
        }
        for (slot, output) in found.iter_mut().zip(&compact).filter(|_| own) {
            if let Ok(note) = open(&self.change, &output.commitment, &output.ciphertext) {
                *slot = Some(Owned {
                    note,
                    diversifier: self.change.diversifier().clone(),
                });
            }
        }
        found
    }

    fn take(&mut self, leaf: Digest, owned: Option<Owned>) {
        match owned {
            Some(owned) if owned.note.value > 0 => {
                let position = self.tree.append_tracked(leaf).unwrap();
                assert_eq!(owned.note.commitment(), leaf);
                self.notes.insert(position, owned);
            }
            _ => {
                self.tree.append(leaf).unwrap();
            }
        }
    }

    pub fn balance(&self, asset: Asset) -> u128 {
        let notes = self.notes.values().map(|owned| &owned.note);
        notes
            .filter(|note| note.asset == asset)
            .map(|note| u128::from(note.value))
            .sum()
    }

    pub fn entropy(&mut self) -> [u8; 32] {
        self.randomness += 1;
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.randomness.to_le_bytes());
        bytes
    }

    pub fn payment(&self, address: u32, asset: Asset, value: u64) -> Payment {
        Payment {
            address: self
                .key
                .full_viewing_key()
                .incoming()
                .address(address)
                .address()
                .clone(),
            asset,
            value,
            memo: Memo::EMPTY,
        }
    }

    pub fn seal(&mut self, payment: &Payment, spent: &[Digest], output: u8) -> SealedNote {
        let entropy = self.entropy();
        let seed = OutputSeed::hedged(&self.key, &entropy, spent, output, payment);
        let outgoing = self.key.full_viewing_key().outgoing().clone();
        seal(payment, &seed, Some(&outgoing)).unwrap()
    }

    pub fn deposit(&mut self, payment: &Payment) -> Deposit {
        let sealed = self.seal(payment, &[], 0);
        Deposit {
            value: payment.value,
            hide: sealed.note.hide(),
            ciphertext: sealed.ciphertext,
        }
    }

    pub fn input(&self, position: u32) -> InputWitness {
        let owned = &self.notes[&position];
        InputWitness {
            ask: self.key.ask().clone(),
            nk: self.key.nk().clone(),
            diversifier: owned.diversifier.clone(),
            randomness: owned.note.randomness.clone(),
            asset: owned.note.asset,
            value: owned.note.value,
            path: self.tree.path(position).unwrap(),
        }
    }

    /// Up to two QLK notes that cover the amount.
    pub fn select(&self, amount: u64) -> Option<Vec<u32>> {
        let mut coins: Vec<_> = self
            .notes
            .iter()
            .filter(|(_, owned)| owned.note.asset == Asset::Qlk)
            .map(|(position, owned)| (owned.note.value, *position))
            .collect();
        coins.sort();
        let best: Vec<_> = coins.into_iter().rev().take(2).collect();
        let sum: u128 = best.iter().map(|(value, _)| u128::from(*value)).sum();
        (sum >= u128::from(amount))
            .then(|| best.into_iter().map(|(_, position)| position).collect())
    }

    /// A transfer that pays, and gives the rest back. `None` if there is not enough.
    pub fn pay(&mut self, payment: &Payment, action: Action) -> Option<(Transfer, Witness)> {
        let withdrawn = match action {
            Action::Withdraw { value, .. } => value,
            _ => 0,
        };
        let amount = payment.value.checked_add(withdrawn)?.checked_add(FEE)?;
        let positions = self.select(amount)?;
        let mut inputs: Vec<_> = positions.iter().map(|at| self.input(*at)).collect();
        while inputs.len() < 2 {
            inputs.push(InputWitness::dummy(&self.entropy()));
        }
        let sum: u64 = inputs.iter().map(|input| input.value).sum();
        let change = Payment {
            address: self.change.address().clone(),
            ..self.payment(0, Asset::Qlk, sum - amount)
        };
        Some(self.assemble(inputs.try_into().unwrap(), [payment, &change], action))
    }

    pub fn assemble(
        &mut self,
        inputs: [InputWitness; 2],
        payments: [&Payment; 2],
        action: Action,
    ) -> (Transfer, Witness) {
        let nullifiers = [0, 1].map(|index: usize| nullifier_of(&inputs[index]));
        let [first, second] = payments;
        let sealed = [
            self.seal(first, &nullifiers, 0),
            self.seal(second, &nullifiers, 1),
        ];
        let transfer = Transfer {
            anchor: self.tree.root(),
            nullifiers,
            outputs: [0, 1].map(|index: usize| Output {
                commitment: sealed[index].commitment,
                ciphertext: sealed[index].ciphertext.clone(),
            }),
            credit: self.internal.credit(&nullifiers).hide(),
            fee: FEE,
            valid_until: 1_000,
            action,
        };
        let outputs = sealed.map(|sealed| sealed.note);
        (transfer, Witness { inputs, outputs })
    }
}

pub fn nullifier_of(input: &InputWitness) -> Digest {
    let zero = Digest::ZERO.0[0];
    let ak = compress_tagged(&Digest(input.ask.expose()), Tag::Ak, &[zero; 7]);
    let account = compress(&ak, &Digest(input.nk.expose()));
    let note = Note {
        asset: input.asset,
        value: input.value,
        owner: compress_tagged(&account, Tag::Owner, &input.diversifier.expose()),
        randomness: input.randomness.clone(),
    };
    nullifier(&input.nk, input.path.position, &note.commitment())
}
