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
    element::Digest,
    hash::{compress, compress_tagged, Tag},
    note::{Asset, Note},
    nullifier::nullifier,
    pool::{Entry, FullEntry, Spent},
    statement::{Flow, Statement},
    transaction::{Deposit, Output, Transfer},
    tree::Frontier,
    witness::{InputWitness, Witness},
};
use qloak_test_wallet::{Terms, Wallet};
use std::collections::BTreeSet;

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

/// What every node knows.
pub struct Chain {
    pub tree: Frontier,
    pub anchors: BTreeSet<Digest>,
    pub spent: BTreeSet<Digest>,
    /// What the pool holds of each asset.
    pub pool: [u128; 2],
    pub entries: Vec<FullEntry>,
    /// All transactions, one after another.
    pub bytes: Vec<u8>,
}

impl Chain {
    pub fn new() -> Self {
        Self {
            tree: Frontier::EMPTY,
            anchors: BTreeSet::from([Frontier::EMPTY.root()]),
            spent: BTreeSet::new(),
            pool: [0, 0],
            entries: Vec::new(),
            bytes: Vec::new(),
        }
    }

    pub fn deposit(&mut self, deposit: &Deposit) {
        self.pool[0] += u128::from(deposit.value);
        deposit.encode_to(&mut self.bytes);
        self.append(vec![deposit.output()], None);
    }

    /// Puts notes into the tree, whoever they are from.
    pub fn append(&mut self, outputs: Vec<Output>, transfer: Option<Spent>) {
        let entry = Entry {
            position: self.tree.size(),
            outputs,
            transfer,
        };
        for leaf in entry.compact().leaves() {
            self.tree.append(leaf).unwrap();
        }
        self.anchors.insert(self.tree.root());
        self.entries.push(entry);
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
        transfer.encode_to(&mut self.bytes);
        let spent = Spent {
            name: transfer.binding(&GENESIS),
            nullifiers: transfer.nullifiers,
            credit: transfer.credit,
            credits: CREDITS,
            fee: transfer.fee,
            action: transfer.action.clone(),
        };
        self.append(transfer.outputs.to_vec(), Some(spent));
        Ok(())
    }
}

/// A wallet of this chain that has read nothing.
pub fn wallet(seed: u8) -> Wallet {
    Wallet::new(seed, || Terms {
        genesis: GENESIS,
        fee: FEE,
        valid_until: 1_000,
    })
}

/// The wallet reads what is new on the chain.
pub fn sync(wallet: &mut Wallet, chain: &Chain) {
    let entries = chain.entries.iter();
    let new = entries.filter(|entry| entry.position >= wallet.tree.size());
    wallet.read(&new.map(Entry::compact).collect::<Vec<_>>());
}
