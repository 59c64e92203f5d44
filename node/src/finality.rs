//! Finality on a development chain.
//!
//! Votes of several validators come with GRANDPA (issue 3). Until then:
//!
//! * **One authority.** Only it can make blocks, so nobody can disagree with it, and each node finalises the
//!   block that it takes for the best. Wallets and explorers that follow finalised blocks then work. The
//!   guarantee is no stronger than that authority's word: if it seals two blocks at one height, two
//!   nodes can finalise different ones, and neither will change its mind.
//! * **Several authorities.** Nothing is finalised. A wallet has to count blocks on top instead.
//!
//! The number of authorities is read at every block, so finality stops when a second one joins.

use crate::service::Client;
use futures::StreamExt;
use polkadot_sdk::{
    sc_client_api::{BlockchainEvents, Finalizer},
    sp_api::ProvideRuntimeApi,
    sp_blockchain::HeaderBackend,
    sp_consensus_aura::AuraApi,
    sp_core::H256,
    *,
};
use qloak_runtime::opaque::Block;
use std::sync::Arc;

const LOG_TARGET: &str = "finality";

/// Finalises each best block of a chain with one authority. Runs until the client is dropped.
pub async fn finalise_lone_authority(client: Arc<Client>) {
    let mut imported = client.import_notification_stream();
    // Blocks from before a restart, or from before this task.
    finalise(&client, client.info().best_hash);
    while let Some(block) = imported.next().await {
        if block.is_new_best {
            finalise(&client, block.hash);
        }
    }
}

fn finalise(client: &Client, block: H256) {
    if let Err(error) = try_finalise(client, block) {
        log::warn!(target: LOG_TARGET, "cannot finalise block {block:?}: {error}");
    }
}

fn try_finalise(client: &Client, block: H256) -> sp_blockchain::Result<()> {
    let info = client.info();
    let number = client.number(block)?;
    // A newer block may have finalised this one already.
    if number.is_none_or(|number| number <= info.finalized_number) {
        return Ok(());
    }
    let authorities = client.runtime_api().authorities(block)?;
    if authorities.len() != 1 {
        return Ok(());
    }
    Finalizer::<Block, _>::finalize_block(client, block, None, true)?;
    if let Some(number) = number {
        log::debug!(target: LOG_TARGET, "Finalised #{number} ({block:?})");
    }
    Ok(())
}
