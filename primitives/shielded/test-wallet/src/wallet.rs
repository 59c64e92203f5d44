//! A wallet: what it has read, and what it can pay.

use std::collections::{BTreeMap, BTreeSet};

use qloak_shielded::{
    address::{AddressSecret, Diversifier},
    element::Digest,
    encryption::{open, seal, OutputSeed, Payment, SealedNote},
    hash::{compress, compress_tagged, Tag},
    keys::{InternalKey, SpendingKey},
    memo::Memo,
    note::{Asset, Note},
    nullifier::nullifier,
    pool::{CompactEntry, Spent},
    scan::Scanner,
    transaction::{Action, Deposit, Output, Transfer},
    tree::WitnessTree,
    witness::{InputWitness, Witness},
};

use crate::{Draft, Terms};

/// A note of the wallet's own.
#[derive(Clone)]
pub struct Owned {
    /// The note.
    pub note: Note,
    /// Of the address that it was paid to.
    pub diversifier: Diversifier,
}

/// What one person knows: a key, and what follows from it and the chain.
pub struct Wallet {
    /// The key.
    pub key: SpendingKey,
    /// Finds what is paid to its first two addresses.
    pub scanner: Scanner,
    /// The address for change.
    pub change: AddressSecret,
    /// All leaves that were read.
    pub tree: WitnessTree,
    /// Notes that are not spent, by their places in the tree.
    pub notes: BTreeMap<u32, Owned>,
    terms: fn() -> Terms,
    internal: InternalKey,
    randomness: u64,
}

impl Wallet {
    /// A wallet that has read nothing. `terms` are asked for whenever it pays.
    pub fn new(seed: u8, terms: fn() -> Terms) -> Self {
        let key = SpendingKey::from_seed(&[seed; 32]);
        let internal = key.full_viewing_key().internal();
        Self {
            scanner: Scanner::new(&key.full_viewing_key().incoming(), 0..2),
            change: internal.address(),
            terms,
            internal,
            key,
            tree: WitnessTree::default(),
            notes: BTreeMap::new(),
            randomness: u64::from(seed) << 32,
        }
    }

    /// Reads entries that follow what was read.
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

    /// What it has of an asset.
    pub fn balance(&self, asset: Asset) -> u128 {
        let notes = self.notes.values().map(|owned| &owned.note);
        notes
            .filter(|note| note.asset == asset)
            .map(|note| u128::from(note.value))
            .sum()
    }

    /// Bytes that it never uses again, and another wallet never uses.
    fn entropy(&mut self) -> [u8; 32] {
        self.randomness += 1;
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.randomness.to_le_bytes());
        bytes
    }

    /// A payment to this wallet.
    pub fn payment(&self, asset: Asset, value: u64) -> Payment {
        self.payment_to(0, asset, value)
    }

    /// A payment to one of this wallet's first two addresses.
    pub fn payment_to(&self, address: usize, asset: Asset, value: u64) -> Payment {
        payment(&self.scanner.addresses()[address], asset, value)
    }

    fn change(&self, asset: Asset, value: u64) -> Payment {
        payment(&self.change, asset, value)
    }

    fn seal(&mut self, payment: &Payment, spent: &[Digest], output: u8) -> SealedNote {
        let entropy = self.entropy();
        let seed = OutputSeed::hedged(&self.key, &entropy, spent, output, payment);
        let outgoing = self.key.full_viewing_key().outgoing().clone();
        seal(payment, &seed, Some(&outgoing)).unwrap()
    }

    /// A deposit whose note goes to `payment`'s address.
    pub fn deposit(&mut self, payment: &Payment) -> Deposit {
        let sealed = self.seal(payment, &[], 0);
        Deposit {
            value: payment.value,
            hide: sealed.note.hide(),
            ciphertext: sealed.ciphertext,
        }
    }

    /// What it takes to spend the note at a position.
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

    /// The two most valuable notes of an asset: value and position.
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

    /// A transfer that pays QLK for the standard fee, and gives the rest back. `None` if the two
    /// most valuable notes are not enough.
    pub fn pay(&mut self, payment: &Payment, action: Action) -> Option<Draft> {
        let withdrawn = match action {
            Action::Withdraw { value, .. } => value,
            _ => 0,
        };
        let Terms { fee, .. } = (self.terms)();
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
        let Terms { fee, .. } = (self.terms)();
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

    /// A transfer of these notes that makes none.
    pub fn exit(&mut self, inputs: Vec<InputWitness>, action: Action, fee: u64) -> Draft {
        let nothing = self.payment(Asset::Qlk, 0);
        let mut draft = self.draft(inputs, [&nothing, &nothing], action, fee);
        for output in &mut draft.transfer.outputs {
            output.commitment = Note::none().commitment();
        }
        draft.witness.outputs = [Note::none(), Note::none()];
        draft
    }

    /// A transfer of these notes to these payments, whether they add up or not. Notes that are missing are
    /// dummies.
    pub fn draft(
        &mut self,
        mut inputs: Vec<InputWitness>,
        payments: [&Payment; 2],
        action: Action,
        fee: u64,
    ) -> Draft {
        while inputs.len() < 2 {
            let entropy = self.entropy();
            inputs.push(InputWitness::dummy(&self.key, &entropy, &[]));
        }
        let inputs: [InputWitness; 2] = inputs.try_into().unwrap();
        let Terms {
            genesis,
            valid_until,
            ..
        } = (self.terms)();
        let nullifiers = inputs.each_ref().map(nullifier_of);
        let [first, second] = payments;
        let sealed = [
            self.seal(first, &nullifiers, 0),
            self.seal(second, &nullifiers, 1),
        ];
        let transfer = Transfer {
            anchor: self.tree.root(),
            nullifiers,
            outputs: sealed.each_ref().map(|sealed| Output {
                commitment: sealed.commitment,
                ciphertext: sealed.ciphertext.clone(),
            }),
            credit: self.internal.credit(&nullifiers).hide(),
            fee,
            valid_until,
            action,
        };
        let outputs = sealed.map(|sealed| sealed.note);
        Draft {
            genesis,
            transfer,
            witness: Witness { inputs, outputs },
        }
    }
}

fn payment(to: &AddressSecret, asset: Asset, value: u64) -> Payment {
    Payment {
        address: to.address().clone(),
        asset,
        value,
        memo: Memo::EMPTY,
    }
}

/// The nullifier that the circuit computes of an input.
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
