//! What of a transaction is the wallet's, and what its history says of it.

use qloak_shielded::element::Digest;
use qloak_shielded::encryption::{open, recover, NoteSecret, SentNote};
use qloak_shielded::note::{Asset, Note};
use qloak_shielded::pool::{FullEntry, Spent};
use qloak_shielded::transaction::{Action, Output};

use super::history::{Item, Payment, Record};
use super::keys::Keys;
use super::owned::{Hit, Place};

/// The leaves that a transaction added to the tree, in order.
pub fn leaves(entry: &FullEntry) -> impl Iterator<Item = Digest> + '_ {
    let outputs = entry.outputs.iter().map(|output| output.commitment);
    outputs.chain(crediting(entry).into_iter().map(Spent::credit_commitment))
}

/// The transfer that brings a credit. One that makes no notes brings none.
pub fn crediting(entry: &FullEntry) -> Option<&Spent> {
    let transfer = entry.transfer.as_ref();
    transfer.filter(|_| !entry.outputs.is_empty())
}

/// The credit that a transaction brought, if it is the wallet's own.
pub fn credit(keys: &Keys, spent: &Spent) -> Option<Hit> {
    let credit = keys.internal()?.credit(&spent.nullifiers);
    (credit.hide() == spent.credit).then(|| Hit {
        place: Place::Internal,
        note: Note {
            asset: Asset::Priv,
            value: spent.credits,
            owner: credit.owner,
            randomness: credit.randomness,
        },
    })
}

/// Looks for change among the outputs of a transaction of one's own.
pub fn find_change(keys: &Keys, outputs: &[Output], hits: &mut [Option<Hit>]) {
    let Some(change) = keys.change() else { return };
    for (output, hit) in outputs.iter().zip(hits) {
        if hit.is_some() {
            continue;
        }
        let note = open(change, &output.commitment, &output.ciphertext.compact);
        *hit = note.ok().map(|note| Hit {
            place: Place::Internal,
            note,
        });
    }
}

/// What the wallet itself put into an output, if it did.
pub fn find_sent(keys: &Keys, output: &Output) -> Option<SentNote> {
    recover(keys.outgoing()?, &output.commitment, &output.ciphertext).ok()
}

/// What the wallet found in a transaction.
pub struct Outputs<'a> {
    /// Whether it is the wallet's.
    pub own: bool,
    /// What came, for each output.
    pub hits: &'a [Option<Hit>],
    /// What went, for each output.
    pub sent: Vec<Option<SentNote>>,
    /// The credit.
    pub credit: Option<&'a Hit>,
}

impl Outputs<'_> {
    /// What the history says of the transaction; nothing if it does not concern the wallet.
    pub fn record(&self, keys: &Keys, number: u32, entry: &FullEntry) -> Option<Record> {
        let mut items = Vec::new();
        let mut kept = 0;
        let found = self.hits.iter().zip(&self.sent);
        for (index, (output, (hit, sent))) in entry.outputs.iter().zip(found).enumerate() {
            let position = entry.position.saturating_add(index as u32);
            let is_change =
                |sent: &&SentNote| entry.transfer.is_some() && is_change(keys, index, sent);
            let change = sent.as_ref().filter(is_change).map(|sent| sent.note.value);
            let hit_value = hit.as_ref().map(|hit| hit.note.value);
            kept = kept.max(change.or(hit_value).unwrap_or_default());
            let paid = match (change, sent) {
                (None, Some(sent)) => paid(position, entry, sent),
                _ => None,
            };
            // A deposit to oneself is one thing and not two.
            if entry.transfer.is_some() || paid.is_none() {
                items.extend(received(keys, position, output, hit.as_ref()));
            }
            items.extend(paid);
        }
        if let Some(spent) = entry.transfer.as_ref().filter(|_| self.own) {
            items.extend(acted(&spent.action));
            if items.is_empty() && kept > 0 {
                items.push(Item::Merged { value: kept });
            }
            items.extend(self.credit.map(|hit| Item::Credited {
                value: hit.note.value,
            }));
        }
        let transfer = entry.transfer.as_ref();
        (!items.is_empty()).then(|| Record {
            block: number,
            position: entry.position,
            name: transfer.map(|spent| spent.name),
            fee: transfer.filter(|_| self.own).map(|spent| spent.fee),
            items,
        })
    }
}

/// Whether an output of a transfer of one's own is change. Who cannot know the address for change goes
/// by the place where wallets put it (`docs/spec/privacy-credit.md`, Transactions).
fn is_change(keys: &Keys, index: usize, sent: &SentNote) -> bool {
    match keys.change() {
        Some(change) => sent.handle == change.address().handle(),
        None => index > 0,
    }
}

fn received(keys: &Keys, position: u32, output: &Output, hit: Option<&Hit>) -> Option<Item> {
    let hit = hit.filter(|hit| hit.note.value > 0)?;
    let Place::Address(address) = hit.place else {
        return None;
    };
    let secret = keys.address(address).ok()?;
    let secret = NoteSecret::of_recipient(&secret, &output.ciphertext.compact);
    Some(Item::Received {
        address,
        payment: Payment::received(position, &hit.note, &secret, output),
    })
}

/// What the wallet paid with this output.
fn paid(position: u32, entry: &FullEntry, sent: &SentNote) -> Option<Item> {
    if sent.note.value == 0 {
        return None;
    }
    let payment = Payment::sent(position, sent);
    Some(match entry.transfer {
        None => Item::Deposited(payment),
        Some(_) => Item::Sent(payment),
    })
}

fn acted(action: &Action) -> Option<Item> {
    match *action {
        Action::Send => None,
        Action::Withdraw { value, recipient } => Some(Item::Withdrawn { value, recipient }),
        Action::PayForWork { credits, work } => Some(Item::Worked { credits, work }),
    }
}
