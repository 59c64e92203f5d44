//! Notes that accounts deposit into the shielded pool, and the hidden transfers that spend them.

use codec::Encode;
use pallet_pq_signatures::extrinsic::Wire;
use pallet_privacy_credit::Call;
use polkadot_sdk::sp_api::ProvideRuntimeApi;
use qloak_runtime::{
    constants::{currency::QLK, shielded::MAX_LIFETIME},
    BlockNumber, Hash, Runtime, UncheckedExtrinsic,
};
use qloak_shielded::{
    api::PrivacyCreditApi,
    element::Digest,
    encryption::{seal, OutputSeed, Payment, SealedNote},
    hash::{compress, compress_tagged, Tag},
    keys::SpendingKey,
    memo::Memo,
    note::{Asset, Note},
    nullifier::nullifier,
    pool::PoolInfo,
    prover,
    statement::Statement,
    transaction::{Action, Deposit, Output, Transfer as ShieldedTransfer},
    tree::WitnessTree,
    verifier,
    witness::{InputWitness, Witness},
};

use crate::{
    accounts::{Class, Signing, Transfer},
    chain::Node,
    measure::Batch,
};

/// What each note is worth.
const VALUE: u64 = QLK as u64;

/// How many times the standard fee is paid: full blocks raise it while the chain is made.
const FEES: u64 = 10;

/// One person's notes, whom all deposits and transfers are to.
pub struct Pool {
    key: SpendingKey,
    tree: WitnessTree,
    notes: Vec<Note>,
    randomness: u64,
}

impl Pool {
    /// Of an empty pool.
    pub fn new() -> Self {
        Self {
            key: SpendingKey::from_seed(&[0x51; 32]),
            tree: WitnessTree::default(),
            notes: Vec::new(),
            randomness: 0,
        }
    }

    /// How many notes there are.
    pub fn notes(&self) -> usize {
        self.notes.len()
    }

    /// A deposit of each account, and the notes that they become if they come into a block in this order.
    pub fn deposits(&mut self, class: &Class, genesis: Hash) -> (Batch, Vec<Note>) {
        let signing = Signing::Deposit;
        let mut notes = Vec::new();
        let transfers = class.signed(signing, genesis, |_, _| {
            let sealed = self.seal(VALUE);
            let deposit = Box::new(Deposit {
                value: VALUE,
                hide: sealed.note.hide(),
                ciphertext: sealed.ciphertext,
            });
            notes.push(sealed.note);
            Call::<Runtime>::shield { deposit }.into()
        });
        let batch = Batch {
            label: class.label(signing),
            signing,
            transfers,
        };
        (batch, notes)
    }

    /// Takes note that these deposits are in a block.
    pub fn deposited(&mut self, notes: impl IntoIterator<Item = Note>) {
        for note in notes {
            self.tree.append_tracked(note.commitment()).unwrap();
            self.notes.push(note);
        }
    }

    /// Transfers of these notes, proven. Each spends one note and makes two.
    pub fn transfers(&mut self, node: &Node, notes: std::ops::Range<usize>) -> Batch {
        let (best, number) = node.best();
        let pool = node.client().runtime_api().pool(best).unwrap();
        assert_eq!(pool.anchor.root, self.tree.root(), "all notes are ours");
        let genesis = node.client().chain_info().genesis_hash.0;
        let transfers = notes
            .map(|position| self.transfer(position, &pool, number + MAX_LIFETIME, &genesis))
            .collect();
        Batch {
            label: "a proof: shielded transfer".into(),
            signing: Signing::Proof,
            transfers,
        }
    }

    fn transfer(
        &mut self,
        position: usize,
        pool: &PoolInfo,
        valid_until: BlockNumber,
        genesis: &[u8; 32],
    ) -> Transfer {
        let entropy = self.entropy();
        let inputs = [
            self.input(position),
            InputWitness::dummy(&self.key, &entropy, &[]),
        ];
        let nullifiers = [0, 1].map(|index: usize| nullifier_of(&inputs[index]));
        let fee = FEES * pool.standard_fee;
        let sealed = [self.seal(VALUE / 2), self.seal(VALUE - VALUE / 2 - fee)];
        let internal = self.key.full_viewing_key().internal();
        let transfer = ShieldedTransfer {
            anchor: pool.anchor.root,
            nullifiers,
            outputs: [0, 1].map(|index: usize| Output {
                commitment: sealed[index].commitment,
                ciphertext: sealed[index].ciphertext.clone(),
            }),
            credit: internal.credit(&nullifiers).hide(),
            fee,
            valid_until,
            action: Action::Send,
        };
        let outputs = sealed.map(|sealed| sealed.note);
        let statement = transfer.statement(genesis).unwrap();
        let proof = prover::prove(&statement, &Witness { inputs, outputs }).unwrap();
        proven(transfer, statement, proof)
    }

    fn input(&self, position: usize) -> InputWitness {
        let note = &self.notes[position];
        let address = self.key.full_viewing_key().incoming().address(0);
        InputWitness {
            ask: self.key.ask().clone(),
            nk: self.key.nk().clone(),
            diversifier: address.diversifier().clone(),
            randomness: note.randomness.clone(),
            asset: note.asset,
            value: note.value,
            path: self.tree.path(position as u32).unwrap(),
        }
    }

    fn seal(&mut self, value: u64) -> SealedNote {
        let view = self.key.full_viewing_key().clone();
        let payment = Payment {
            address: view.incoming().address(0).address().clone(),
            asset: Asset::Qlk,
            value,
            memo: Memo::EMPTY,
        };
        let seed = OutputSeed::new(self.entropy());
        seal(&payment, &seed, Some(view.outgoing())).unwrap()
    }

    fn entropy(&mut self) -> [u8; 32] {
        self.randomness += 1;
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.randomness.to_le_bytes());
        bytes
    }
}

/// The extrinsic, which nobody signs.
fn proven(transfer: ShieldedTransfer, statement: Statement, proof: Vec<u8>) -> Transfer {
    let call = Call::<Runtime>::transfer {
        transfer: Box::new(transfer),
        proof: proof.clone().try_into().unwrap(),
    };
    let extrinsic: UncheckedExtrinsic = Wire::new_bare(call.into()).into();
    let statement = statement.encode();
    Transfer {
        extrinsic: extrinsic.into(),
        signer: None,
        verify: Box::new(move || assert!(verifier::verify_encoded(&proof, &statement))),
    }
}

fn nullifier_of(input: &InputWitness) -> Digest {
    let ak = compress_tagged(
        &Digest(input.ask.expose()),
        Tag::Ak,
        &[Digest::ZERO.0[0]; 7],
    );
    let account = compress(&ak, &Digest(input.nk.expose()));
    let note = Note {
        asset: input.asset,
        value: input.value,
        owner: compress_tagged(&account, Tag::Owner, &input.diversifier.expose()),
        randomness: input.randomness.clone(),
    };
    nullifier(&input.nk, input.path.position, &note.commitment())
}
