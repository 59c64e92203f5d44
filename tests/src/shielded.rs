//! Shielded payments: people who make them with the wallet's command, and a purse that makes their
//! transactions with the wallet's library and does not send them.

pub mod observer;

use std::path::PathBuf;
use std::sync::Arc;

use codec::DecodeAll;
use qloak_shielded::{
    address::Address,
    memo::Memo,
    note::{Asset, Note},
    pool::PoolInfo,
};
use qloak_wallet::{
    chain::Chain,
    derivation::Phrase,
    secret::Secret,
    shielded::{
        draft::{self, Draft, Order},
        keys::Keys,
        scan::{scan, Progress, Watcher},
        state::State,
    },
};
use serde_json::{json, Value};
use tokio::runtime::Runtime;

use crate::{
    node::{text, Node},
    wallet::{write_secret, Failure, Wallet},
};

/// `PrivacyCredit::transfer` in the runtime.
pub const TRANSFER: [u8; 2] = [17, 1];

/// Somebody with one account, in a wallet of their own.
pub struct Person {
    /// The wallet.
    pub wallet: Wallet,
    /// The account's name.
    pub name: String,
}

impl Person {
    /// Somebody new, without money.
    ///
    /// # Panics
    /// If the account cannot be made.
    pub fn new(node: &Node, name: &str) -> Self {
        let wallet = Wallet::on(node);
        wallet.unlocked(&["account", "new", name]);
        Self {
            wallet,
            name: name.into(),
        }
    }

    /// Somebody new, with public money of Alice's.
    ///
    /// # Panics
    /// If the account cannot be made or paid.
    pub fn with_money(node: &Node, name: &str, amount: &str) -> Self {
        let person = Self::new(node, name);
        person.wallet.transfer("//Alice", name, amount, &[]);
        person
    }

    /// Somebody who lost everything but the words.
    ///
    /// # Panics
    /// If the account cannot be restored.
    pub fn restored(node: &Node, name: &str, words: &str) -> Self {
        let wallet = Wallet::on(node);
        let phrase = wallet.path("phrase");
        write_secret(&phrase, words);
        wallet.unlocked(&["account", "import", name, "--phrase-file", text(&phrase)]);
        Self {
            wallet,
            name: name.into(),
        }
    }

    /// The account's words.
    ///
    /// # Panics
    /// If the wallet does not tell.
    pub fn words(&self) -> String {
        let exported = self
            .wallet
            .unlocked(&["account", "export", &self.name, "--phrase"]);
        exported["phrase"].as_str().expect("a phrase").into()
    }

    /// The shielded keys, as the words make them.
    ///
    /// # Panics
    /// If the wallet does not tell the words.
    pub fn keys(&self) -> Keys {
        let phrase = Phrase::parse(&Secret::new(self.words()));
        Keys::of_phrase(&phrase.expect("the wallet's own words"))
    }

    /// A file with the first shielded address.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn address(&self) -> PathBuf {
        let path = self.wallet.path("shielded.address");
        if !path.exists() {
            self.unlocked(&["address", "show", &self.name, "--out", text(&path)]);
        }
        path
    }

    fn unlocked(&self, arguments: &[&str]) -> Value {
        self.wallet.unlocked(arguments)
    }

    /// Shields so many QLK.
    ///
    /// # Panics
    /// If it fails.
    pub fn shield(&self, amount: &str) -> Value {
        self.unlocked(&["shield", "--from", &self.name, "--amount", amount])
    }

    /// Pays somebody in the pool.
    ///
    /// # Panics
    /// If it fails.
    pub fn pay(&self, to: &Person, amount: &str, more: &[&str]) -> Value {
        self.try_pay(to, amount, more)
            .unwrap_or_else(|failure| panic!("{} pays {}: {failure:?}", self.name, to.name))
    }

    /// Pays somebody in the pool.
    ///
    /// # Errors
    /// What the command says.
    ///
    /// # Panics
    /// If the recipient's address cannot be had.
    pub fn try_pay(&self, to: &Person, amount: &str, more: &[&str]) -> Result<Value, Failure> {
        let address = to.address();
        let payment = [
            "send",
            "--from",
            &self.name,
            "--to",
            text(&address),
            "--amount",
            amount,
        ];
        self.wallet.try_unlocked(&[&payment[..], more].concat())
    }

    /// Takes money out of the pool.
    ///
    /// # Panics
    /// If it fails.
    pub fn unshield(&self, to: &str, amount: &str, more: &[&str]) -> Value {
        let payment = [
            "unshield", "--from", &self.name, "--to", to, "--amount", amount,
        ];
        self.unlocked(&[&payment[..], more].concat())
    }

    /// Reads what is new on the chain.
    ///
    /// # Panics
    /// If it fails.
    pub fn scan(&self, more: &[&str]) -> Value {
        self.unlocked(&[&["scan", &self.name], more].concat())
    }

    /// All notes, spent ones too.
    ///
    /// # Panics
    /// If it fails.
    pub fn notes(&self) -> Value {
        self.unlocked(&["notes", &self.name, "--all"])
    }

    /// All that happened.
    ///
    /// # Panics
    /// If it fails.
    pub fn history(&self) -> Value {
        self.unlocked(&["history", &self.name])
    }

    /// What the unspent notes are worth, in the smallest unit of QLK.
    ///
    /// # Panics
    /// If the wallet does not tell.
    pub fn shielded(&self) -> u128 {
        number(&self.notes()["balance"]["qlk"])
    }

    /// Discloses the payment at a position into a file of this name in the wallet's folder.
    ///
    /// # Panics
    /// If it fails.
    pub fn disclose(&self, position: u64, name: &str, more: &[&str]) -> PathBuf {
        let path = self.wallet.path(name);
        let position = position.to_string();
        let arguments = [
            "disclose",
            &self.name,
            "--position",
            &position,
            "--out",
            text(&path),
        ];
        self.unlocked(&[&arguments[..], more].concat());
        path
    }
}

/// An amount in an answer of the wallet.
///
/// # Panics
/// If it is none.
pub fn number(amount: &Value) -> u128 {
    amount
        .as_str()
        .and_then(|amount| amount.parse().ok())
        .unwrap_or_else(|| panic!("{amount} is no amount"))
}

/// The items of a history, in order.
///
/// # Panics
/// If it is no history.
pub fn items(history: &Value) -> Vec<&Value> {
    let records = history["transactions"].as_array().expect("a history");
    records
        .iter()
        .flat_map(|record| record["items"].as_array().expect("items"))
        .collect()
}

/// The first item of a kind in a history.
///
/// # Panics
/// If there is none.
pub fn item<'a>(history: &'a Value, kind: &str) -> &'a Value {
    items(history)
        .into_iter()
        .find(|item| item["kind"] == kind)
        .unwrap_or_else(|| panic!("nothing is {kind} in {history:#}"))
}

/// The pool at a node's best block, or at the one with this hash.
///
/// # Panics
/// If the node does not tell.
pub fn pool(node: &Node, at: Option<&str>) -> PoolInfo {
    let answer = node.rpc("shielded_pool", json!([at]));
    let bytes = answer["answer"]
        .as_str()
        .map(|text| text.trim_start_matches("0x"));
    let bytes = hex::decode(bytes.expect("an answer")).expect("hexadecimal");
    PoolInfo::decode_all(&mut &bytes[..]).expect("what the specification says")
}

/// Makes transactions of somebody's notes without sending them.
pub struct Purse {
    runtime: Runtime,
    chain: Chain,
    keys: Arc<Keys>,
    state: State,
}

struct Silent;

impl Watcher for Silent {
    fn progress(&mut self, _: Progress) {}

    fn save(&mut self, _: &State) -> Result<(), qloak_wallet::Error> {
        Ok(())
    }
}

impl Purse {
    /// The notes of these keys on a node's chain.
    ///
    /// # Panics
    /// If the chain cannot be scanned.
    pub fn open(node: &Node, keys: Keys) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads can be started");
        let chain = runtime
            .block_on(Chain::connect(&node.url()))
            .expect("the node is there");
        let state = State::new(chain.genesis().0, 0, 1);
        let mut purse = Self {
            runtime,
            chain,
            keys: Arc::new(keys),
            state,
        };
        purse.scan();
        purse
    }

    /// Reads what is new on the chain.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn scan(&mut self) {
        let scanned = scan(&self.chain, &self.keys, &mut self.state, Silent);
        self.runtime.block_on(scanned).expect("the chain is read");
    }

    /// The positions and values of unspent QLK notes.
    pub fn coins(&self) -> Vec<(u32, u64)> {
        self.state
            .spendable(Asset::Qlk)
            .map(|(position, note)| (position, note.value))
            .collect()
    }

    /// The note of a payment that these keys made, received or deposited.
    ///
    /// # Panics
    /// If there is none at this position.
    pub fn paid(&self, position: u32) -> Note {
        let (_, item) = self.state.payment(position).expect("a payment");
        let payment = item.payment().expect("a payment inside the pool");
        payment.note().expect("it has a note")
    }

    /// The chain's first block.
    pub fn genesis(&self) -> [u8; 32] {
        self.state.genesis
    }

    /// The first address of these keys.
    pub fn address(&self) -> Address {
        let address = self.keys.address(0).expect("keys that receive");
        address.address().clone()
    }

    /// What the wallet would send, at the newest anchor.
    ///
    /// # Panics
    /// If the order cannot be carried out.
    pub fn draft(&self, order: &Order) -> Draft {
        let anchor = self.state.anchor(true).expect("the chain was scanned");
        let draft = order.draft(&self.keys, &self.state, &anchor);
        draft.expect("the notes are there")
    }

    /// The same for another chain: the state says that it is of that one.
    ///
    /// # Panics
    /// As [`Purse::draft`].
    pub fn draft_elsewhere(&self, order: &Order, genesis: [u8; 32]) -> Draft {
        let anchor = self.state.anchor(true).expect("the chain was scanned");
        let mut state = self.state.clone();
        state.genesis = genesis;
        let draft = order.draft(&self.keys, &state, &anchor);
        draft.expect("the notes are there")
    }
}

/// The first address of some keys.
///
/// # Panics
/// If they have none.
pub fn address(keys: &Keys) -> Address {
    let address = keys.address(0).expect("keys that have addresses");
    address.address().clone()
}

/// A payment of so much QLK, without a memo.
pub fn payment(address: Address, value: u64) -> qloak_shielded::encryption::Payment {
    qloak_shielded::encryption::Payment {
        address,
        asset: Asset::Qlk,
        value,
        memo: Memo::EMPTY,
    }
}

/// The extrinsic of a transfer and a proof, whether they fit or not.
pub fn extrinsic(transfer: &qloak_shielded::transaction::Transfer, proof: &[u8]) -> Vec<u8> {
    draft::extrinsic(TRANSFER, transfer, proof)
}
