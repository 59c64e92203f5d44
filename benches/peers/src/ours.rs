//! Our side.

use std::{error::Error, hint::black_box};

use parity_scale_codec::Encode;
use qloak_shielded::{
    element::Digest,
    encryption::{seal, OutputSeed, Payment},
    keys::SpendingKey,
    memo::Memo,
    note::Asset,
    prover,
    scan::{CompactOutput, Scanner},
    statement::Statement,
    transaction::{Action, Output, Transfer},
    verifier,
    witness::Witness,
};

use crate::times::{Figures, Sizes, Times};

#[path = "../../../primitives/shielded/benches/payment/mod.rs"]
mod payment;

/// Proofs of a round, each of another payment.
const PROOFS: u32 = 12;

/// Verifications of each proof.
const VERIFICATIONS: u32 = 10;

/// Notes that are scanned in a round.
const NOTES: u64 = 256;

/// What the extrinsic has beside transfer and proof: its length, version, call, and the proof's length.
const FRAME_BYTES: usize = 4 + 1 + 2 + 4;

/// Statements with what proves them.
pub fn payments(count: u32) -> Result<Vec<(Statement, Witness)>, Box<dyn Error>> {
    (0..count).map(payment::payment).collect()
}

/// Makes a proof.
pub fn prove((statement, witness): &(Statement, Witness)) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(prover::prove(statement, witness)?)
}

/// What is measured, and the times so far.
pub struct Ours {
    payments: Vec<(Statement, Witness)>,
    notes: Vec<Output>,
    stranger: Scanner,
    owner: Scanner,
    proving: Times,
    verifying: Times,
    foreign: Times,
    own: Times,
    sizes: Sizes,
}

impl Ours {
    /// Makes payments and notes.
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let owner = SpendingKey::from_seed(&[1; 32]);
        let stranger = SpendingKey::from_seed(&[2; 32]);
        let notes: Result<Vec<Output>, _> = (0..NOTES).map(|number| note(&owner, number)).collect();
        let scanner = |key: &SpendingKey| Scanner::new(&key.full_viewing_key().incoming(), [0]);
        Ok(Self {
            payments: payments(PROOFS)?,
            notes: notes?,
            stranger: scanner(&stranger),
            owner: scanner(&owner),
            proving: Times::default(),
            verifying: Times::default(),
            foreign: Times::default(),
            own: Times::default(),
            sizes: Sizes::default(),
        })
    }

    /// Measures everything once more.
    pub fn round(&mut self) -> Result<(), Box<dyn Error>> {
        for payment in &self.payments {
            let proof = self.proving.of(|| prove(payment))?;
            self.sizes.add(proof.len());
            for _ in 0..VERIFICATIONS {
                self.verifying
                    .of(|| verifier::verify(black_box(&proof), &payment.0))?;
            }
        }
        let compact: Vec<CompactOutput> = self.notes.iter().map(Output::compact).collect();
        let scan = |scanner: &Scanner, times: &mut Times| {
            let found = times.of_each(compact.len(), || scanner.scan(black_box(&compact)));
            found.iter().filter(|found| found.note.is_ok()).count()
        };
        if scan(&self.stranger, &mut self.foreign) != 0 {
            return Err("somebody else's note was found".into());
        }
        if scan(&self.owner, &mut self.own) != compact.len() {
            return Err("a note was not found".into());
        }
        Ok(())
    }

    /// What came out.
    pub fn figures(&self, memory_kb: u64) -> Result<Figures, Box<dyn Error>> {
        let proof_bytes = self.sizes.spread();
        let (statement, _) = self.payments.first().ok_or("there is a payment")?;
        let [first, second, ..] = &self.notes[..] else {
            return Err("there are two notes".into());
        };
        let transfer = Transfer {
            anchor: statement.anchor,
            nullifiers: statement.nullifiers,
            outputs: [first.clone(), second.clone()],
            credit: Digest::ZERO,
            fee: 0,
            valid_until: 0,
            action: Action::Send,
        };
        Ok(Figures {
            proving: self.proving.spread(),
            verifying: self.verifying.spread(),
            verifying_batch: None,
            scan_foreign: self.foreign.spread(),
            scan_foreign_batch: None,
            scan_own: self.own.spread(),
            proofs: self.sizes.count(),
            transaction_bytes: FRAME_BYTES + transfer.encoded_size() + proof_bytes[1],
            proof_bytes,
            memory_kb,
        })
    }
}

fn note(to: &SpendingKey, number: u64) -> Result<Output, Box<dyn Error>> {
    let view = to.full_viewing_key();
    let payment = Payment {
        address: view.incoming().address(0).address().clone(),
        asset: Asset::Qlk,
        value: number,
        memo: Memo::EMPTY,
    };
    let mut entropy = [0; 32];
    entropy[..8].copy_from_slice(&number.to_le_bytes());
    let sealed = seal(&payment, &OutputSeed::new(entropy), None)?;
    Ok(Output {
        commitment: sealed.commitment,
        ciphertext: sealed.ciphertext,
    })
}
