//! What a block says about its own beginning, and a justification about its votes. Read from bytes, so
//! that this program does not need the runtime's types.

use codec::{Compact, Decode};
use qloak_e2e::{network::Hash, node::Node};
use serde_json::{json, Value as Json};

use crate::error::Error;

/// Begins the digest of an AURA slot: a pre-runtime item of the engine `aura`, with eight bytes.
const SLOT_DIGEST: [u8; 6] = *b"\x06aura\x20";

/// The version, the pallet and the call of an inherent, before its arguments.
const INHERENT_HEAD: usize = 3;

/// A block, and when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its height.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
    /// Its slot.
    pub slot: u64,
    /// When its author began it, in milliseconds of Unix time.
    pub authored: u64,
}

impl Block {
    /// Asks a node for a block.
    ///
    /// # Errors
    /// If it is not made as this chain's blocks are.
    pub fn read(node: &Node, number: u64, hash: Hash, slot_ms: u64) -> Result<Self, Error> {
        let answer = node.rpc(
            "chain_getBlock",
            json!([format!("0x{}", hex::encode(hash))]),
        );
        let block = &answer["block"];
        let slot = slot_of(&block["header"])
            .ok_or_else(|| Error::form(format!("block {number} has no slot")))?;
        // The pallet that checks the slot guarantees this of the timestamp.
        let in_slot = |authored: &u64| authored.checked_div(slot_ms) == Some(slot);
        let authored = bytes(&block["extrinsics"][0])
            .and_then(|inherent| timestamp_in(&inherent))
            .filter(in_slot)
            .ok_or_else(|| Error::form(format!("block {number} begins with no timestamp")))?;
        Ok(Self {
            number,
            hash,
            slot,
            authored,
        })
    }
}

/// How long a slot is, in milliseconds.
///
/// # Errors
/// If the node's answer is no number.
pub fn slot_duration(node: &Node) -> Result<u64, Error> {
    let answer = node.rpc("state_call", json!(["AuraApi_slot_duration", "0x"]));
    bytes(&answer)
        .and_then(|encoded| u64::decode(&mut &encoded[..]).ok())
        .ok_or_else(|| Error::form("the node does not tell how long a slot is"))
}

/// How many precommits a justification has.
///
/// # Errors
/// If it is none.
pub fn votes_in(justification: &[u8]) -> Result<u32, Error> {
    // Round; hash and height of the final block; precommits; headers.
    type Start = (u64, Hash, u32, Compact<u32>);
    let (_, _, _, Compact(votes)) = Start::decode(&mut &justification[..])
        .map_err(|error| Error::form(format!("a justification does not decode ({error})")))?;
    Ok(votes)
}

fn bytes(answer: &Json) -> Option<Vec<u8>> {
    hex::decode(answer.as_str()?.trim_start_matches("0x")).ok()
}

fn slot_of(header: &Json) -> Option<u64> {
    let logs = header["digest"]["logs"].as_array()?;
    logs.iter().filter_map(bytes).find_map(|log| {
        let slot = log.strip_prefix(&SLOT_DIGEST)?;
        u64::decode(&mut &slot[..]).ok()
    })
}

/// The only argument of the first inherent, which sets the time.
fn timestamp_in(inherent: &[u8]) -> Option<u64> {
    let mut rest = inherent;
    Compact::<u32>::decode(&mut rest).ok()?;
    let mut arguments = rest.get(INHERENT_HEAD..)?;
    let Compact(moment) = Compact::<u64>::decode(&mut arguments).ok()?;
    arguments.is_empty().then_some(moment)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )]

    use super::*;
    use codec::Encode;

    #[test]
    fn the_slot_stands_among_other_digests() {
        let slot = format!(
            "0x066175726120{}",
            hex::encode(1_763_000_000u64.to_le_bytes())
        );
        let header = json!({ "digest": { "logs": ["0x0466524e4b0400", slot] } });
        assert_eq!(slot_of(&header), Some(1_763_000_000));
        assert_eq!(slot_of(&json!({ "digest": { "logs": [] } })), None);
        assert_eq!(slot_of(&Json::Null), None);
    }

    #[test]
    fn a_timestamp_is_the_only_argument_of_its_inherent() {
        let moment = 1_763_000_000_123u64;
        let inherent = [vec![5, 1, 0], Compact(moment).encode()].concat();
        assert_eq!(timestamp_in(&inherent.encode()), Some(moment));
        let longer = [&inherent[..], &[0]].concat();
        assert_eq!(timestamp_in(&longer.encode()), None);
        assert_eq!(timestamp_in(&[]), None);
    }

    #[test]
    fn the_votes_of_a_justification_are_counted() {
        let justification = (7u64, [3u8; 32], 9u32, Compact(3u32), [0u8; 100]).encode();
        assert_eq!(votes_in(&justification).unwrap(), 3);
        let error = votes_in(&justification[..43]).unwrap_err().to_string();
        assert!(error.contains("does not decode"), "{error}");
    }
}
