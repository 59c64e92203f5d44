//! Block headers that belong to their blocks: what they say is bound to the hash.
//!
//! A node can make up a header, with a hash of its own. What it cannot is give a block that exists another number or another slot.

use codec::{Decode, Encode};
use subxt::config::substrate::{DigestItem, SubstrateHeader, H256};

use super::Chain;
use crate::error::Error;

/// The engine that writes the slot into a header.
const AURA: [u8; 4] = *b"aura";

/// Whether a header is the one of the block with this hash: nothing in it is then the node's invention alone.
pub fn is_of(header: &SubstrateHeader<H256>, block: H256) -> bool {
    H256(sp_crypto_hashing::blake2_256(&header.encode())) == block
}

/// The slot that a block was made in; nothing of the first block, which nobody made.
pub fn slot(header: &SubstrateHeader<H256>) -> Option<u64> {
    let slot = |item: &DigestItem| match item {
        DigestItem::PreRuntime(engine, bytes) if *engine == AURA => {
            u64::decode(&mut bytes.as_slice()).ok()
        }
        _ => None,
    };
    header.digest.logs.iter().find_map(slot)
}

impl Chain {
    /// The header of a block.
    ///
    /// # Errors
    /// [`Error::ForgedHeader`] if it is another block's, [`Error::NotFound`] if the node has none, [`Error::Node`].
    pub async fn header(&self, block: H256) -> Result<SubstrateHeader<H256>, Error> {
        let header = self.rpc().chain_get_header(Some(block)).await;
        let header = header.map_err(self.failed("reading a header"))?;
        let header = header
            .ok_or_else(|| Error::NotFound(format!("the node has no header of block {block:?}")))?;
        match is_of(&header, block) {
            true => Ok(header),
            false => Err(Error::ForgedHeader {
                url: self.url().into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::chain::fake::Fake;
    use crate::chain::transaction::parse_hash;

    #[test]
    fn a_block_number_is_bound_to_its_hash() {
        let header = |number: &str, logs: &[&str]| -> SubstrateHeader<H256> {
            serde_json::from_value(serde_json::json!({
                "parentHash": H256::zero(),
                "number": number,
                "stateRoot": "0x29d0d972cd27cbc511e9589fcb7a4506d5eb6a9e8df205f00472e5ab354a4e17",
                "extrinsicsRoot": "0x03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314",
                "digest": { "logs": logs },
            }))
            .unwrap()
        };
        // Polkadot's first block.
        let genesis =
            parse_hash("0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3");
        let genesis = genesis.unwrap();
        assert!(is_of(&header("0x0", &[]), genesis));
        assert!(!is_of(&header("0x1", &[]), genesis));

        // Number 1000, and a seal of four bytes by the engine BABE.
        let encoded = [
            &[0; 32][..],
            &[0xa1, 0x0f],
            &header("0x0", &[]).state_root.0,
            &header("0x0", &[]).extrinsics_root.0,
            &[4, 5],
            b"BABE",
            &[16, 1, 2, 3, 4],
        ]
        .concat();
        let hash = H256(sp_crypto_hashing::blake2_256(&encoded));
        let seal = ["0x05424142451001020304"];
        assert!(is_of(&header("0x3e8", &seal), hash));
        for lie in ["0x3e7", "0x3a8", "0x0"] {
            assert!(!is_of(&header(lie, &seal), hash), "{lie}");
        }
        let error = Error::ForgedHeader {
            url: "ws://liar".into(),
        };
        assert!(error.to_string().contains("ws://liar"), "{error}");
        assert_eq!(error.exit_status(), 1);
    }

    fn header_of(number: u32, logs: &[String]) -> SubstrateHeader<H256> {
        serde_json::from_value(json(number, logs)).unwrap()
    }

    fn json(number: u32, logs: &[String]) -> serde_json::Value {
        serde_json::json!({
            "parentHash": H256::zero(), "number": format!("{number:#x}"), "stateRoot": H256::zero(),
            "extrinsicsRoot": H256::zero(), "digest": { "logs": logs },
        })
    }

    #[test]
    fn the_slot_is_what_aura_wrote() {
        let log = |engine: &[u8; 4]| {
            let item = DigestItem::PreRuntime(*engine, 1_700_000_000u64.encode());
            format!("0x{}", hex::encode(item.encode()))
        };
        assert_eq!(slot(&header_of(1, &[])), None);
        assert_eq!(slot(&header_of(1, &[log(b"BABE")])), None);
        let logs = [log(b"BABE"), log(b"aura")];
        assert_eq!(slot(&header_of(1, &logs)), Some(1_700_000_000));
    }

    #[tokio::test]
    async fn a_height_that_is_not_in_the_blocks_header_is_refused() {
        let hash = H256(sp_crypto_hashing::blake2_256(&header_of(7, &[]).encode()));
        let node = |number| Fake::default().answering("chain_getHeader", json(number, &[]));
        let honest = node(7).chain().await.unwrap();
        assert_eq!(honest.header(hash).await.unwrap().number, 7);
        let liar = node(4_000_000).chain().await.unwrap();
        let refused = liar.header(hash).await.unwrap_err();
        assert!(matches!(refused, Error::ForgedHeader { .. }), "{refused}");
    }
}
