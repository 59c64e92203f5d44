//! When blocks were made.

use codec::Decode;
use subxt::config::substrate::{DigestItem, SubstrateHeader, H256};
use subxt::dynamic::{constant, storage};
use subxt::rpcs::methods::legacy::NumberOrHex;

use super::{AtBlock, Chain};
use crate::error::Error;

/// Returns when a block was made, in milliseconds since 1970, as its author says; nothing if the chain does not keep it.
pub async fn of(at: &AtBlock) -> Option<u64> {
    let storage = at.storage();
    let entry = storage.entry(storage_address_of_time()).ok()?;
    let value = entry.try_fetch(()).await.ok()??;
    value.decode().ok()
}

fn storage_address_of_time() -> subxt::storage::DynamicAddress<(), u64> {
    storage("Timestamp", "Now")
}

/// The slot of a block, by its header, which needs no state. Nothing if the node does not have it, or it names none, as the
/// first block's.
///
/// # Errors
/// [`Error::Node`].
pub async fn slot(chain: &Chain, number: u64) -> Result<Option<u64>, Error> {
    let doing = "asking when a block was";
    let number = NumberOrHex::Number(number);
    let hash = chain.rpc().chain_get_block_hash(Some(number)).await;
    let Some(hash) = hash.map_err(chain.failed(doing))? else {
        return Ok(None);
    };
    let header = chain.rpc().chain_get_header(Some(hash)).await;
    let header = header.map_err(chain.failed(doing))?;
    Ok(header.as_ref().and_then(slot_of))
}

/// How long a slot takes, in milliseconds; nothing if the chain has none.
pub fn slot_milliseconds(at: &AtBlock) -> Option<u64> {
    let duration = constant::<u64>("Aura", "SlotDuration");
    at.constants().entry(duration).ok()
}

/// The slot that a header names.
fn slot_of(header: &SubstrateHeader<H256>) -> Option<u64> {
    header.digest.logs.iter().find_map(|item| match item {
        DigestItem::PreRuntime([b'a', b'u', b'r', b'a'], slot) => {
            u64::decode(&mut slot.as_slice()).ok()
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use codec::Encode;

    use super::*;

    #[test]
    fn a_header_names_its_slot() {
        let header = |logs| SubstrateHeader::<H256> {
            parent_hash: H256::zero(),
            number: 7,
            state_root: H256::zero(),
            extrinsics_root: H256::zero(),
            digest: subxt::config::substrate::Digest { logs },
        };
        let slot = DigestItem::PreRuntime(*b"aura", 1_800_000_000_u64.encode());
        let other = DigestItem::PreRuntime(*b"BABE", 1_u64.encode());
        assert_eq!(slot_of(&header(vec![other, slot])), Some(1_800_000_000));
        assert_eq!(slot_of(&header(Vec::new())), None);
    }
}
