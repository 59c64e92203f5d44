//! What the state says about validators, and what a validator says about its keys. Read as raw
//! storage, so that a test does not need the runtime's types.

use std::collections::BTreeSet;

use codec::{Compact, Decode};
use qloak_wallet::chain::transaction::{call, Call};
use serde_json::{json, Value as Json};
use sp_crypto_hashing::{blake2_128, twox_128};
use subxt::ext::scale_value::Value;

use crate::node::Node;

/// The kind of offence that `pallet-grandpa` reports.
pub const VOTED_TWICE: [u8; 16] = *b"grandpa:equivoca";

/// The kind of offence that `pallet-validator-offences` reports for two blocks in one slot.
pub const AUTHORED_TWICE: [u8; 16] = *b"aura:double-auth";

/// A 32-byte hash or key in an answer.
///
/// # Panics
/// If it is none.
pub fn hash(answer: &Json) -> [u8; 32] {
    bytes(answer).try_into().expect("a hash has 32 bytes")
}

fn bytes(answer: &Json) -> Vec<u8> {
    let text = answer.as_str().expect("bytes are text");
    hex::decode(text.trim_start_matches("0x")).expect("bytes are hexadecimal")
}

fn prefix(pallet: &str, item: &str) -> Vec<u8> {
    [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

fn storage(node: &Node, key: &[u8], at: &Json) -> Option<Vec<u8>> {
    let key = format!("0x{}", hex::encode(key));
    let answer = node.rpc("state_getStorage", json!([key, at]));
    answer.is_string().then(|| bytes(&answer))
}

fn decoded<T: Decode>(encoded: &[u8]) -> T {
    T::decode(&mut &encoded[..]).expect("the state has the form that the test knows")
}

/// The accounts that validate in the present session of the best block.
pub fn validators(node: &Node) -> Vec<[u8; 32]> {
    validators_at(node, &Json::Null)
}

/// The accounts that validate at a block.
pub fn validators_at(node: &Node, at: &Json) -> Vec<[u8; 32]> {
    let stored = storage(node, &prefix("Session", "Validators"), at);
    stored.map_or_else(Vec::new, |stored| decoded(&stored))
}

/// The number of the session at a block.
pub fn session_at(node: &Node, at: &Json) -> u32 {
    let stored = storage(node, &prefix("Session", "CurrentIndex"), at);
    stored.map_or(0, |stored| decoded(&stored))
}

/// The number of the session at the best block.
pub fn session(node: &Node) -> u32 {
    session_at(node, &Json::Null)
}

/// What an account has bonded, or nothing if it has not.
pub fn bonded(node: &Node, account: [u8; 32]) -> Option<u128> {
    let key = [
        prefix("Staking", "Ledger"),
        blake2_128(&account).to_vec(),
        account.to_vec(),
    ]
    .concat();
    // The ledger begins with the stash and the total.
    let stored = storage(node, &key, &Json::Null)?;
    let (_, Compact(total)): ([u8; 32], Compact<u128>) = decoded(&stored);
    Some(total)
}

/// The kinds of offences that were ever reported.
///
/// # Panics
/// If the node does not tell.
pub fn offences(node: &Node) -> BTreeSet<[u8; 16]> {
    let prefix = prefix("Offences", "ConcurrentReportsIndex");
    let start = format!("0x{}", hex::encode(&prefix));
    let keys = node.rpc("state_getKeysPaged", json!([start, 1000]));
    // Each key goes on with eight bytes of hash, and then the kind itself.
    let kind = prefix.len() + 8;
    let keys = keys.as_array().expect("keys are a list");
    keys.iter()
        .map(|key| bytes(key)[kind..kind + 16].try_into().expect("16 bytes"))
        .collect()
}

/// The authority ids that may seal blocks after a block.
pub fn sealers_at(node: &Node, at: &Json) -> Vec<[u8; 32]> {
    let answer = node.rpc("state_call", json!(["AuraApi_authorities", "0x", at]));
    decoded(&bytes(&answer))
}

/// The authority id that sealed a block.
///
/// # Panics
/// If the block has no AURA slot.
pub fn author(node: &Node, block: &Json) -> [u8; 32] {
    let header = node.rpc("chain_getHeader", json!([block]));
    let logs = header["digest"]["logs"]
        .as_array()
        .expect("a header has a digest");
    // A pre-runtime digest of the engine `aura`, with eight bytes of slot.
    let slot = logs
        .iter()
        .map(bytes)
        .find_map(|log| log.strip_prefix(b"\x06aura\x20").map(decoded::<u64>))
        .expect("a block has a slot");
    let sealers = sealers_at(node, &header["parentHash"]);
    let turn = slot % sealers.len() as u64;
    sealers[usize::try_from(turn).expect("a turn is less than a length")]
}

/// New session keys in a node's keystore, with the proof that `owner` has them: the call that
/// registers them, and the authority id for seals.
///
/// # Panics
/// If the node does not make them.
pub fn new_keys(node: &Node, owner: [u8; 32]) -> (Call, [u8; 32]) {
    let owner = format!("0x{}", hex::encode(owner));
    let made = node.rpc("author_rotateKeysWithOwner", json!([owner]));
    let (keys, proof) = (bytes(&made["keys"]), bytes(&made["proof"]));
    let (aura, grandpa) = keys.split_at(32);
    let arguments = vec![
        (
            "keys",
            Value::named_composite([
                ("aura", Value::from_bytes(aura)),
                ("grandpa", Value::from_bytes(grandpa)),
            ]),
        ),
        ("proof", Value::from_bytes(proof)),
    ];
    let sealer = aura.try_into().expect("an authority id has 32 bytes");
    (call("Session", "set_keys", arguments), sealer)
}

/// Bonds an amount; rewards are bonded too.
pub fn bond(amount: u128) -> Call {
    let arguments = vec![
        ("value", Value::u128(amount)),
        ("payee", Value::unnamed_variant("Staked", [])),
    ];
    call("Staking", "bond", arguments)
}

/// Stands for election, for no commission.
pub fn validate() -> Call {
    let preferences = Value::named_composite([
        ("commission", Value::u128(0)),
        ("blocked", Value::bool(false)),
    ]);
    call("Staking", "validate", vec![("prefs", preferences)])
}

/// Stands for election no more.
pub fn chill() -> Call {
    call("Staking", "chill", Vec::new())
}
