//! Shielded wallets of tests.
//!
//! A wallet here knows one key, reads a chain's entries in order and makes transfers whose proofs are
//! real. It keeps no files, asks nobody and spends whatever is most valuable: people use `qloak-wallet`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::{collections::BTreeMap, sync::Mutex};

use codec::Encode;
use qloak_shielded::{
    prover::prove, statement::Statement, transaction::Transfer, witness::Witness,
};

mod wallet;

pub use wallet::{nullifier_of, Owned, Wallet};

/// What a chain asks of a transfer at present.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The hash of the genesis block.
    pub genesis: [u8; 32],
    /// The fee that wallets pay.
    pub fee: u64,
    /// The last block in which transfers of now are valid.
    pub valid_until: u32,
}

/// A transfer, and what it takes to prove it.
#[derive(Clone)]
pub struct Draft {
    /// The chain that it is for.
    pub genesis: [u8; 32],
    /// What is sent.
    pub transfer: Transfer,
    /// What only the payer knows.
    pub witness: Witness,
}

impl Draft {
    /// What the proof has to prove.
    pub fn statement(&self) -> Statement {
        self.transfer.statement(&self.genesis).unwrap()
    }

    /// The proof.
    pub fn proof(&self) -> Vec<u8> {
        proof_of(&self.statement(), &self.witness)
    }
}

/// A proof of the statement. Tests with the same story get the same proof, which is made once.
fn proof_of(statement: &Statement, witness: &Witness) -> Vec<u8> {
    static PROOFS: Mutex<BTreeMap<Vec<u8>, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut proofs = PROOFS.lock().unwrap();
    proofs
        .entry(statement.encode())
        .or_insert_with(|| prove(statement, witness).unwrap())
        .clone()
}
