//! Wallets of the tests: they know a key, read the chain by the runtime API's entries, and make
//! transfers with real proofs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use codec::Encode;
use qloak_shielded::{
    address::AddressSecret,
    element::Digest,
    encryption::{open, seal, OutputSeed, Payment, SealedNote},
    hash::{compress, compress_tagged, Tag},
    keys::{Diversifier, InternalKey, SpendingKey},
    memo::Memo,
    note::{Asset, Note},
    nullifier::nullifier,
    prover::prove,
    scan::Scanner,
    statement::Statement,
    transaction::{Action, Deposit, Output, Transfer},
    tree::WitnessTree,
    witness::{InputWitness, Witness},
};

use crate::{
    mock::{now, PrivacyCredit},
    CompactEntry, Spent,
};

/// For how many blocks wallets of the tests have their transfers valid.
pub const LIFETIME: u32 = 1_000;

/// A note of the wallet's own.
#[derive(Clone)]
pub struct Owned {
    pub note: Note,
    pub diversifier: Diversifier,
}

/// A transfer, and what it takes to prove it.
#[derive(Clone)]
pub struct Draft {
    pub transfer: Transfer,
    pub witness: Witness,
}

static PROOFS: Mutex<BTreeMap<Vec<u8>, Vec<u8>>> = Mutex::new(BTreeMap::new());

/// A proof of the statement. Tests with the same story get the same proof, which is made once.
pub fn proof_of(statement: &Statement, witness: &Witness) -> Vec<u8> {
    let mut proofs = PROOFS.lock().unwrap();
    proofs
        .entry(statement.encode())
        .or_insert_with(|| prove(statement, witness).unwrap())
        .clone()
}

impl Draft {
    pub fn statement(&self) -> Statement {
        self.transfer
            .statement(&PrivacyCredit::genesis_hash())
            .unwrap()
    }

    pub fn proof(&self) -> Vec<u8> {
        proof_of(&self.statement(), &self.witness)
    }
}

/// What one person knows: a key, and what follows from it and the chain.
pub struct Wallet {
    pub key: SpendingKey,
    pub scanner: Scanner,
    pub internal: InternalKey,
    pub change: AddressSecret,
    pub tree: WitnessTree,
    pub notes: BTreeMap<u32, Owned>,
    randomness: u64,
}

impl Wallet {
    pub fn new(seed: u8) -> Self {
        let key = SpendingKey::from_seed(&[seed; 32]);
        let internal = key.full_viewing_key().internal();
        Self {
            scanner: Scanner::new(&key.full_viewing_key().incoming(), 0..1),
            change: internal.address(),
            internal,
            key,
            tree: WitnessTree::default(),
            notes: BTreeMap::new(),
            randomness: u64::from(seed) << 32,
        }
    }

    /// Reads what is new.
    pub fn read(&mut self, entries: &[CompactEntry]) {
        for entry in entries {
            assert_eq!(entry.position, self.tree.size(), "entries in order");
            let credit = entry.transfer.as_ref().map(|spent| self.credit(spent));
            let own = matches!(credit, Some(Some(_)));
            let mut found = self.find(entry, own);
            found.extend(credit);
            for (leaf, owned) in entry.leaves().zip(found) {
                self.take(leaf, owned);
            }
            self.forget_spent(entry);
        }
    }

    fn credit(&self, spent: &Spent) -> Option<Owned> {
        let credit = self.internal.credit(&spent.nullifiers);
        (credit.hide() == spent.credit).then(|| Owned {
            diversifier: credit.diversifier.clone(),
            note: Note {
                asset: Asset::Priv,
                value: spent.credits,
                owner: credit.owner,
                randomness: credit.randomness,
            },
        })
    }

    fn find(&self, entry: &CompactEntry, own: bool) -> Vec<Option<Owned>> {
        let mut found: Vec<Option<Owned>> = vec![None; entry.outputs.len()];
        for hit in self.scanner.scan(&entry.outputs) {
            let address = &self.scanner.addresses()[hit.address as usize];
            found[hit.output] = hit.note.ok().map(|note| Owned {
                note,
                diversifier: address.diversifier().clone(),
            });
        }
        for (slot, output) in found.iter_mut().zip(&entry.outputs).filter(|_| own) {
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
                assert_eq!(owned.note.commitment(), leaf);
                let position = self.tree.append_tracked(leaf).unwrap();
                self.notes.insert(position, owned);
            }
            _ => {
                self.tree.append(leaf).unwrap();
            }
        }
    }

    fn forget_spent(&mut self, entry: &CompactEntry) {
        let spent: BTreeSet<_> = entry.transfer.iter().flat_map(|it| it.nullifiers).collect();
        let view = self.key.full_viewing_key().clone();
        self.notes.retain(|position, owned| {
            !spent.contains(&view.nullifier(*position, &owned.note.commitment()))
        });
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

    /// A payment to this wallet.
    pub fn payment(&self, asset: Asset, value: u64) -> Payment {
        Payment {
            address: self.scanner.addresses()[0].address().clone(),
            asset,
            value,
            memo: Memo::EMPTY,
        }
    }

    fn change(&self, asset: Asset, value: u64) -> Payment {
        Payment {
            address: self.change.address().clone(),
            asset,
            value,
            memo: Memo::EMPTY,
        }
    }

    fn seal(&mut self, payment: &Payment, spent: &[Digest], output: u8) -> SealedNote {
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

    /// The two most valuable notes of an asset.
    pub fn best(&self, asset: Asset) -> Vec<(u64, u32)> {
        let mut notes: Vec<_> = self
            .notes
            .iter()
            .filter(|(_, owned)| owned.note.asset == asset)
            .map(|(position, owned)| (owned.note.value, *position))
            .collect();
        notes.sort_unstable_by(|a, b| b.cmp(a));
        notes.truncate(2);
        notes
    }

    /// A transfer that pays QLK for the standard fee, and gives the rest back. `None` if there is not
    /// enough.
    pub fn pay(&mut self, payment: &Payment, action: Action) -> Option<Draft> {
        let withdrawn = match action {
            Action::Withdraw { value, .. } => value,
            _ => 0,
        };
        let fee = PrivacyCredit::standard_fee();
        let amount = payment.value.checked_add(withdrawn)?.checked_add(fee)?;
        let coins = self.best(Asset::Qlk);
        let sum = coins
            .iter()
            .try_fold(0u64, |sum, (value, _)| sum.checked_add(*value))?;
        let change = self.change(Asset::Qlk, sum.checked_sub(amount)?);
        let inputs = coins.iter().map(|(_, at)| self.input(*at)).collect();
        Some(self.draft(inputs, [payment, &change], action, fee))
    }

    /// A transfer that pays for work with one of the wallet's credits.
    pub fn work(&mut self, credits: u64, work: [u8; 32]) -> Option<Draft> {
        let fee = PrivacyCredit::standard_fee();
        let (coins, coin) = *self.best(Asset::Qlk).first()?;
        let (credit, at) = *self.best(Asset::Priv).first()?;
        let back = [
            self.change(Asset::Qlk, coins.checked_sub(fee)?),
            self.change(Asset::Priv, credit.checked_sub(credits)?),
        ];
        let inputs = [coin, at].map(|position| self.input(position)).to_vec();
        let action = Action::PayForWork { credits, work };
        Some(self.draft(inputs, [&back[0], &back[1]], action, fee))
    }

    pub fn draft(
        &mut self,
        mut inputs: Vec<InputWitness>,
        payments: [&Payment; 2],
        action: Action,
        fee: u64,
    ) -> Draft {
        while inputs.len() < 2 {
            inputs.push(InputWitness::dummy(&self.entropy()));
        }
        let inputs: [InputWitness; 2] = inputs.try_into().unwrap();
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
            fee,
            valid_until: now() + LIFETIME,
            action,
        };
        let outputs = sealed.map(|sealed| sealed.note);
        Draft {
            transfer,
            witness: Witness { inputs, outputs },
        }
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
