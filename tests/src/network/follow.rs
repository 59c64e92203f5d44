//! Follows the heads of one member over WebSocket.

use std::sync::Arc;

use codec::Encode;
use subxt::{
    config::{
        substrate::{BlakeTwo256, SubstrateHeader, H256},
        Hasher,
    },
    rpcs::{client::rpc_params, Error, RpcClient},
};

use super::{arrivals::now, view::Ledger, Hash};

type Header = SubstrateHeader<H256>;

fn block(header: &Header) -> (u64, Hash) {
    (header.number, BlakeTwo256.hash(&header.encode()).0)
}

/// Tells the ledger of each new head, until the connection ends with the member's process.
pub async fn follow(url: String, name: String, ledger: Arc<Ledger>) {
    // An error here is the end of the connection, which a killed member's has; a test that waits for
    // a member that should be there fails on its own deadline, and shows its log.
    if let Err(error) = follow_until_lost(&url, &name, &ledger).await {
        eprintln!("{name} is not followed any more: {error}");
    }
}

async fn follow_until_lost(url: &str, name: &str, ledger: &Ledger) -> Result<(), Error> {
    let client = RpcClient::from_insecure_url(url).await?;
    let mut best = client
        .subscribe::<Header>(
            "chain_subscribeNewHeads",
            rpc_params![],
            "chain_unsubscribeNewHeads",
        )
        .await?;
    let mut finalized = client
        .subscribe::<Header>(
            "chain_subscribeFinalizedHeads",
            rpc_params![],
            "chain_unsubscribeFinalizedHeads",
        )
        .await?;
    loop {
        tokio::select! {
            head = best.next() => {
                let Some(head) = head else { return Ok(()) };
                let (number, hash) = block(&head?);
                ledger.best(name, number, hash);
            }
            head = finalized.next() => {
                // Before the walk back, which asks the member again.
                let arrived = now();
                let Some(head) = head else { return Ok(()) };
                let blocks = back_to_known(&client, head?, name, ledger).await?;
                ledger.arrived(name, &blocks, arrived);
                ledger.finalized(name, &blocks);
            }
        }
    }
}

/// A final block and its ancestors, as far as the member has not told them yet: the subscription
/// leaves out those that become final together with a descendant.
async fn back_to_known(
    client: &RpcClient,
    head: Header,
    name: &str,
    ledger: &Ledger,
) -> Result<Vec<(u64, Hash)>, Error> {
    let known = ledger.view().finalized(name);
    let mut blocks = vec![block(&head)];
    let mut parent = head.parent_hash;
    // Down to the known block itself, so that a member which changes its mind is found out.
    while blocks
        .last()
        .is_some_and(|(number, _)| *number > known.max(1))
    {
        let header: Option<Header> = client
            .request("chain_getHeader", rpc_params![parent])
            .await?;
        // A member that synced by a warp proof lacks its past.
        let Some(header) = header else { break };
        parent = header.parent_hash;
        blocks.push(block(&header));
    }
    Ok(blocks)
}

/// The next justifications that a member makes, encoded.
pub async fn justifications(url: &str, count: usize) -> Result<Vec<Vec<u8>>, Error> {
    let client = RpcClient::from_insecure_url(url).await?;
    let mut told = client
        .subscribe::<String>(
            "grandpa_subscribeJustifications",
            rpc_params![],
            "grandpa_unsubscribeJustifications",
        )
        .await?;
    let mut justifications = Vec::new();
    while justifications.len() < count {
        let Some(encoded) = told.next().await else {
            break;
        };
        let bytes = hex::decode(encoded?.trim_start_matches("0x"));
        justifications.push(bytes.expect("bytes are hexadecimal"));
    }
    Ok(justifications)
}
