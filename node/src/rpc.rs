//! RPC methods beside those that the SDK's service always offers.

use crate::{
    finality::FinalityRpc,
    service::{Client, TransactionPool},
    shielded_index::ShieldedIndex,
    shielded_rpc::Shielded,
};
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use polkadot_sdk::{
    pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer},
    sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer},
    sc_rpc::SubscriptionTaskExecutor,
    substrate_frame_rpc_system::{System, SystemApiServer},
};
use std::sync::Arc;

/// The next nonce of an account, a dry run, the fee of a transaction, and the state of finality with its
/// proofs, and the shielded pool.
pub fn extensions(
    client: Arc<Client>,
    pool: Arc<TransactionPool>,
    finality: FinalityRpc,
    shielded: Arc<ShieldedIndex>,
    executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, RegisterMethodError> {
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    module.merge(Shielded::new(client, shielded).into_rpc()?)?;
    let FinalityRpc {
        authority_set,
        voter_state,
        justifications,
        proofs,
    } = finality;
    let grandpa = Grandpa::new(executor, authority_set, voter_state, justifications, proofs);
    module.merge(grandpa.into_rpc())?;
    Ok(module)
}
