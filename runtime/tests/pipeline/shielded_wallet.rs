//! A wallet that knows one key, reads the chain by the runtime's interface, and proves.

use std::collections::BTreeMap;

use polkadot_sdk::*;
use qloak_runtime::{PrivacyCredit, System, UncheckedExtrinsic};
use qloak_shielded::{
    address::AddressSecret,
    element::Digest,
    encryption::{open, seal, OutputSeed, Payment, SealedNote},
    keys::{InternalKey, SpendingKey},
    memo::Memo,
    note::{Asset, Note},
    pool::{CompactEntry, Entry, Spent},
    prover::prove,
    scan::Scanner,
    transaction::{Action, Deposit, Output, Transfer},
    tree::WitnessTree,
    witness::{InputWitness, Witness},
};

use crate::chain::{author_blocks_to, genesis};

/// For how many blocks its transfers are valid: longer than any anchor.
const LIFETIME: u32 = 10_000;

/// A transfer, and what it takes to prove it.
pub struct Draft {
    pub transfer: Transfer,
    pub witness: Witness,
}

impl Draft {
    pub fn proof(&self) -> Vec<u8> {
        let statement = self.transfer.statement(&genesis().0).unwrap();
        prove(&statement, &self.witness).unwrap()
    }
}

/// Ends the block that holds `body`, and says what it did. The timestamp comes before.
pub fn end_block(body: &[UncheckedExtrinsic], readers: &mut [&mut Wallet]) {
    let entries = read_block(body);
    author_blocks_to(System::block_number() + 1);
    for reader in readers {
        entries.iter().for_each(|entry| reader.read(entry));
    }
}

fn read_block(body: &[UncheckedExtrinsic]) -> Vec<CompactEntry> {
    let timestamp = pallet_timestamp::Call::<qloak_runtime::Runtime>::set { now: 0 };
    let inherent = pallet_pq_signatures::extrinsic::Wire::new_bare(timestamp.into()).into();
    let body = [&[inherent], body].concat();
    let entries = PrivacyCredit::entries(&body);
    entries.iter().map(Entry::compact).collect()
}

/// What one person knows.
pub struct Wallet {
    key: SpendingKey,
    scanner: Scanner,
    internal: InternalKey,
    change: AddressSecret,
    tree: WitnessTree,
    notes: BTreeMap<u32, (Note, bool)>,
    randomness: u8,
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
            randomness: 0,
        }
    }

    fn read(&mut self, entry: &CompactEntry) {
        assert_eq!(entry.position, self.tree.size(), "entries in order");
        let mut found: Vec<Option<(Note, bool)>> = vec![None; entry.outputs.len()];
        for hit in self.scanner.scan(&entry.outputs) {
            found[hit.output] = hit.note.ok().map(|note| (note, false));
        }
        for (slot, output) in found.iter_mut().zip(&entry.outputs) {
            if let Ok(note) = open(&self.change, &output.commitment, &output.ciphertext) {
                *slot = Some((note, true));
            }
        }
        found.extend(entry.transfer.as_ref().map(|spent| self.credit(spent)));
        for (leaf, own) in entry.leaves().zip(found) {
            match own.filter(|(note, _)| note.value > 0) {
                Some(own) => {
                    let position = self.tree.append_tracked(leaf).unwrap();
                    self.notes.insert(position, own);
                }
                None => {
                    self.tree.append(leaf).unwrap();
                }
            }
        }
        let spent: Vec<Digest> = entry.transfer.iter().flat_map(|it| it.nullifiers).collect();
        let view = self.key.full_viewing_key().clone();
        self.notes.retain(|position, (note, _)| {
            !spent.contains(&view.nullifier(*position, &note.commitment()))
        });
    }

    fn credit(&self, spent: &Spent) -> Option<(Note, bool)> {
        let credit = self.internal.credit(&spent.nullifiers);
        (credit.hide() == spent.credit).then(|| {
            let note = Note {
                asset: Asset::Priv,
                value: spent.credits,
                owner: credit.owner,
                randomness: credit.randomness,
            };
            (note, true)
        })
    }

    /// The root of the tree that the wallet has built.
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    pub fn balance(&self, asset: Asset) -> u64 {
        let notes = self.notes.values().map(|(note, _)| note);
        let notes = notes.filter(|note| note.asset == asset);
        notes.map(|note| note.value).sum()
    }

    /// A payment to this wallet.
    pub fn payment(&self, value: u64) -> Payment {
        let address = self.scanner.addresses()[0].address().clone();
        pay_to(address, value)
    }

    fn seal(&mut self, payment: &Payment, spent: &[Digest], output: u8) -> SealedNote {
        self.randomness += 1;
        let seed = OutputSeed::hedged(&self.key, &[self.randomness; 32], spent, output, payment);
        let outgoing = self.key.full_viewing_key().outgoing().clone();
        seal(payment, &seed, Some(&outgoing)).unwrap()
    }

    /// A deposit of so much to oneself.
    pub fn deposit(&mut self, value: u64) -> Deposit {
        let payment = self.payment(value);
        let sealed = self.seal(&payment, &[], 0);
        Deposit {
            value,
            hide: sealed.note.hide(),
            ciphertext: sealed.ciphertext,
        }
    }

    fn input(&self, position: u32) -> InputWitness {
        let (note, is_internal) = &self.notes[&position];
        let address = match is_internal {
            true => &self.change,
            false => &self.scanner.addresses()[0],
        };
        InputWitness {
            ask: self.key.ask().clone(),
            nk: self.key.nk().clone(),
            diversifier: address.diversifier().clone(),
            randomness: note.randomness.clone(),
            asset: note.asset,
            value: note.value,
            path: self.tree.path(position).unwrap(),
        }
    }

    /// A transfer that spends the first two notes of QLK, and gives back what is left.
    pub fn pay(&mut self, payment: &Payment, action: Action) -> Draft {
        let coins = self.notes.iter();
        let coins = coins.filter(|(_, (note, _))| note.asset == Asset::Qlk);
        let inputs: Vec<(u32, Note)> = coins
            .map(|(position, (note, _))| (*position, note.clone()))
            .take(2)
            .collect();
        assert_eq!(inputs.len(), 2, "the wallet has two notes");
        let withdrawn = match action {
            Action::Withdraw { value, .. } => value,
            _ => 0,
        };
        let fee = PrivacyCredit::standard_fee();
        let sum: u64 = inputs.iter().map(|(_, note)| note.value).sum();
        let rest = sum - payment.value - withdrawn - fee;
        let change = pay_to(self.change.address().clone(), rest);
        let view = self.key.full_viewing_key().clone();
        let [first, second] = [&inputs[0], &inputs[1]];
        let nullifiers =
            [first, second].map(|(position, note)| view.nullifier(*position, &note.commitment()));
        let sealed = [
            self.seal(payment, &nullifiers, 0),
            self.seal(&change, &nullifiers, 1),
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
            valid_until: System::block_number() + LIFETIME,
            action,
        };
        Draft {
            transfer,
            witness: Witness {
                inputs: [self.input(first.0), self.input(second.0)],
                outputs: sealed.map(|sealed| sealed.note),
            },
        }
    }
}

fn pay_to(address: qloak_shielded::address::Address, value: u64) -> Payment {
    Payment {
        address,
        asset: Asset::Qlk,
        value,
        memo: Memo::EMPTY,
    }
}
