//! Transactions that a real node refuses, sent as anybody would send them: over RPC. Each for a reason
//! of its own; none costs its account anything.
//!
//! One node serves all cases. The pool may be a block behind what the chain's state already says, so
//! that what depends on a transaction is tried only after [`settle`].

mod extrinsic;

use codec::Encode;
use extrinsic::*;
use qloak_e2e::{node::Node, wallet::Wallet};
use qloak_pq_crypto::{
    account::account_id,
    account_signature::{AccountSignature, Form},
    context::Context,
    scheme::Scheme,
};
use qloak_runtime::constants::currency::QLK;
use serde_json::json;

use crate::refused::{self, submit, Case, Refused};

/// The storage map of accounts: nonce and balances.
const SYSTEM_ACCOUNT: &str = "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9";
/// What everybody sends once, for good.
const PAYMENT: u128 = 5 * QLK / 2;
/// In how many blocks a deprecated scheme's last one comes: enough for the order to be in one before.
const NOTICE: u32 = 8;

// The codes of the signature policy.
const KEY_NOT_REGISTERED: Refused = Refused::Custom(1);
const KEY_MISMATCH: Refused = Refused::Custom(2);
const SCHEME_DISABLED: Refused = Refused::Custom(3);
const SCHEME_DEPRECATED: Refused = Refused::Custom(4);
const CLASSICAL_NOT_MARKED: Refused = Refused::Custom(5);
const INVALID_SIGNATURE: Refused = Refused::Custom(6);
const MALFORMED_LENGTH: Refused = Refused::Custom(7);

#[test]
fn a_transfer_of_each_scheme_lands_and_each_thing_wrong_with_it_is_refused_for_its_own_reason() {
    let node = Node::development();
    let (wallet, chain) = (Wallet::on(&node), Chain::of(&node));
    let people = Scheme::ALL.map(|scheme| Person::new("Mallory", scheme));
    fund(&wallet, &people);
    pay_once(&chain, &wallet, &people);

    let before = people.each_ref().map(|person| record(&node, person));
    for person in &people {
        assert_refused(&node, person, &spoiled(&chain, person));
        assert_refused(&node, person, &too_short(&chain, person));
        assert_refused(&node, person, &malformed(&chain, person));
    }
    let ml_dsa_65 = &people[usize::from(Scheme::MlDsa65.id())];
    assert_refused(&node, ml_dsa_65, &made_for_other_uses(&chain, ml_dsa_65));
    assert_refused(&node, ml_dsa_65, &classical(&chain, ml_dsa_65));
    // With an account, which is asked for first, and without a key.
    let stranger = Person::new("Stranger", Scheme::MlDsa65);
    fund(&wallet, std::slice::from_ref(&stranger));
    let unused = record(&node, &stranger);
    assert!(unused.is_some());
    assert_refused(&node, &stranger, &unregistered(&chain, &stranger));
    assert_refused(&node, ml_dsa_65, &[replayed_seal(&chain, &wallet)]);

    for person in &people {
        switch_off(&chain, &wallet, person);
    }
    settle(&wallet);
    let after = people.each_ref().map(|person| record(&node, person));
    assert_eq!(after, before, "a refused transaction has changed something");
    assert_eq!(record(&node, &stranger), unused);
}

#[track_caller]
fn assert_refused(node: &Node, person: &Person, cases: &[Case]) {
    refused::assert_refused(node, &person.key.scheme().to_string(), cases);
}

fn fund(wallet: &Wallet, people: &[Person]) {
    for person in people {
        wallet.transfer("//Alice", &hexadecimal(&person.account), "10", &[]);
    }
    settle(wallet);
}

/// Returns when the pool has seen the block that is the best now: the transaction sent here can only
/// come in a later one.
fn settle(wallet: &Wallet) {
    wallet.transfer("//Bob", "//Charlie", "1", &[]);
}

/// Sends a good transaction, and waits until it is in a block.
fn land(chain: &Chain, wallet: &Wallet, transactions: &[Vec<u8>]) {
    let taken = |transaction: &Vec<u8>| {
        let hash = submit(chain.node, transaction).expect("a good transaction is taken");
        hash.as_str().unwrap().to_owned()
    };
    let hashes: Vec<String> = transactions.iter().map(taken).collect();
    for hash in hashes {
        wallet.run(&["tx", "watch", &hash]);
    }
    settle(wallet);
}

/// A transfer of each, with the key attached, which registers it.
fn pay_once(chain: &Chain, wallet: &Wallet, people: &[Person; Scheme::ALL.len()]) {
    let bob = Person::new("Bob", Scheme::MlDsa65);
    let before = wallet.free("//Bob");
    let first = people
        .each_ref()
        .map(|person| nonce(&record(chain.node, person)));
    let pay = |person: &Person| {
        let draft = chain.draft(person.account, transfer(&bob.account, PAYMENT));
        person.complete(&draft, Form::WithKey)
    };
    let transfers: Vec<_> = people.iter().map(pay).collect();
    land(chain, wallet, &transfers);
    // Bob has also paid a QLK, and the fee for it, to let things settle.
    let received = PAYMENT * transfers.len() as u128;
    let kept = wallet.free("//Bob") - before;
    assert!((received - 2 * QLK..received).contains(&kept), "{kept}");
    for (person, first) in people.iter().zip(first) {
        assert_eq!(nonce(&record(chain.node, person)), first + 1);
    }
}

/// The first number in an account's record.
fn nonce(record: &Option<Vec<u8>>) -> u32 {
    let record = record.as_ref().expect("the account exists");
    u32::from_le_bytes(*record.first_chunk().expect("four bytes"))
}

/// Nonce and balances of an account as they are stored; nothing if it does not exist.
fn record(node: &Node, person: &Person) -> Option<Vec<u8>> {
    // A key ends with the account's id.
    let id = hex::encode(person.account);
    let keys = node.rpc("state_getKeysPaged", json!([SYSTEM_ACCOUNT, 1000]));
    let keys = keys.as_array().expect("a list of keys");
    let key = keys
        .iter()
        .find(|key| key.as_str().is_some_and(|key| key.ends_with(&id)))?;
    Some(bytes(&node.rpc("state_getStorage", json!([key]))))
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[bytes.len() / 2] ^= 1;
    changed
}

fn shortened(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() - 1].to_vec()
}

/// The transfer that is spoiled; it is good for all of its sender's cases, since none lands.
fn draft(chain: &Chain, person: &Person) -> Draft {
    chain.draft(person.account, transfer(&[7; 32], QLK))
}

/// One thing wrong each, in what is signed or in what signs.
fn spoiled(chain: &Chain, person: &Person) -> Vec<Case> {
    let draft = draft(chain, person);
    let more = chain.draft(person.account, transfer(&[7; 32], QLK ^ 1));
    let key = person.key.public_key();
    let [attached, registered] = Form::ALL.map(|form| person.sign_draft(&draft, form));
    let seal = person.sign(Context::Seal, &draft.message(Form::WithKey));
    let with = |key: &[u8], signature: &[u8]| person.wrap(&draft, Some(key), signature);
    let without = |signature: &[u8]| person.wrap(&draft, None, signature);
    let flipped_key = with(&flipped(key), &attached);
    let for_less = person.wrap(&more, Some(key), &attached);
    let mut cases: Vec<Case> = [
        ("one bit of the signature", with(key, &flipped(&attached))),
        ("one bit of the short one", without(&flipped(&registered))),
        ("one bit of the amount", for_less),
        ("the context of a seal", with(key, &seal)),
        ("the key taken away", without(&attached)),
        ("the key attached", with(key, &registered)),
    ]
    .map(|(what, transaction)| (what, transaction, INVALID_SIGNATURE))
    .into();
    cases.push(("one bit of the key", flipped_key, KEY_MISMATCH));
    cases
}

/// Keys and signatures that decode and are too short.
fn too_short(chain: &Chain, person: &Person) -> Vec<Case> {
    let draft = draft(chain, person);
    let key = person.key.public_key();
    let [attached, registered] = Form::ALL.map(|form| person.sign_draft(&draft, form));
    let wrap = |key: Option<&[u8]>, signature: &[u8]| person.wrap(&draft, key, signature);
    [
        ("a short key", wrap(Some(&shortened(key)), &attached)),
        ("no key at all", wrap(Some(&[]), &attached)),
        ("a short signature", wrap(Some(key), &shortened(&attached))),
        ("a short one", wrap(None, &shortened(&registered))),
        ("no signature at all", wrap(None, &[])),
    ]
    .map(|(what, transaction)| (what, transaction, MALFORMED_LENGTH))
    .into()
}

/// Bytes that are no transaction.
fn malformed(chain: &Chain, person: &Person) -> Vec<Case> {
    let draft = draft(chain, person);
    let key = person.key.public_key();
    let signature = person.sign_draft(&draft, Form::WithKey);
    let variant = 16 + 2 * person.key.scheme().id();
    let encoded =
        |variant: u8, key: &[u8], signature: &[u8]| draft.body(&(variant, key, signature).encode());
    let whole = encoded(variant, key, &signature);
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    let undecodable = |what, body: Vec<u8>| (what, framed(&body), Refused::Undecodable);
    vec![
        undecodable("a long key", encoded(variant, &longer(key), &signature)),
        undecodable(
            "a long signature",
            encoded(variant, key, &longer(&signature)),
        ),
        undecodable("the last byte missing", shortened(&whole)),
        undecodable("half of it missing", whole[..whole.len() / 2].to_vec()),
        undecodable(
            "an unknown scheme",
            encoded(16 + 2 * Scheme::ALL.len() as u8, key, &signature),
        ),
        undecodable("no scheme at all", encoded(15, key, &signature)),
        (
            "truncated on the way",
            shortened(&framed(&whole)),
            Refused::Unframed,
        ),
    ]
}

/// The right message, signed by the right key for something else.
fn made_for_other_uses(chain: &Chain, person: &Person) -> Vec<Case> {
    let draft = draft(chain, person);
    let signed = |context| {
        let signature = person.sign(context, &draft.message(Form::Registered));
        person.wrap(&draft, None, &signature)
    };
    let others = Context::ALL
        .into_iter()
        .filter(|context| *context != Context::Transaction);
    others
        .map(|context| ("another context", signed(context), INVALID_SIGNATURE))
        .collect()
}

/// Classical signatures of an account that is not marked. Whether they verify is not even asked.
fn classical(chain: &Chain, person: &Person) -> Vec<Case> {
    let draft = draft(chain, person);
    [
        ("Ed25519", AccountSignature::Ed25519([1; 64])),
        ("Sr25519", AccountSignature::Sr25519([1; 64])),
        ("ECDSA", AccountSignature::Ecdsa([1; 65])),
    ]
    .map(|(what, signature)| (what, draft.with(&signature), CLASSICAL_NOT_MARKED))
    .into()
}

/// A short signature of an account that the chain has never met.
fn unregistered(chain: &Chain, person: &Person) -> [Case; 1] {
    let short = person.complete(&draft(chain, person), Form::Registered);
    [("no registered key", short, KEY_NOT_REGISTERED)]
}

/// The seal of a real block, as the signature of a transaction of the account that its key would have.
fn replayed_seal(chain: &Chain, wallet: &Wallet) -> Case {
    let header = chain.node.rpc("chain_getHeader", json!([]));
    let logs = header["digest"]["logs"].as_array().expect("a digest");
    let log = bytes(logs.last().expect("a sealed block"));
    let sizes = Scheme::MlDsa65.parameters();
    let seal = &log[log.len() - sizes.public_bytes - sizes.signature_bytes..];
    let (key, signature) = seal.split_at(sizes.public_bytes);
    let account = account_id(Scheme::MlDsa65, key);
    wallet.transfer("//Alice", &hexadecimal(&account), "10", &[]);
    settle(wallet);
    let draft = chain.draft(account, transfer(&[7; 32], QLK));
    let signature =
        AccountSignature::new(Scheme::MlDsa65, Some(key.to_vec()), signature.to_vec()).unwrap();
    ("a block's seal", draft.with(&signature), INVALID_SIGNATURE)
}

/// Has root switch off the scheme of `person`, if it is one of the two that are, and sends what was
/// good before.
fn switch_off(chain: &Chain, wallet: &Wallet, person: &Person) {
    let scheme = person.key.scheme();
    let expected = match scheme {
        Scheme::FnDsa512 => {
            set_status(chain, wallet, scheme, &Status::Disabled);
            SCHEME_DISABLED
        }
        Scheme::MlDsa44 => {
            let until = u32::try_from(chain.node.height()).unwrap() + NOTICE;
            set_status(chain, wallet, scheme, &Status::Deprecated { until });
            while chain.node.height() <= u64::from(until) {
                settle(wallet);
            }
            settle(wallet);
            SCHEME_DEPRECATED
        }
        _ => return,
    };
    let draft = draft(chain, person);
    let cases = Form::ALL.map(|form| ("switched off", person.complete(&draft, form), expected));
    assert_refused(chain.node, person, &cases);
}

fn set_status(chain: &Chain, wallet: &Wallet, scheme: Scheme, status: &Status) {
    let alice = Person::new("Alice", Scheme::MlDsa65);
    let draft = chain.draft(alice.account, set_scheme_status(scheme, status));
    land(chain, wallet, &[alice.complete(&draft, Form::WithKey)]);
}
