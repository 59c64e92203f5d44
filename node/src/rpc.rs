//! RPC methods beside those that the SDK's service always offers.

use crate::service::{Client, TransactionPool};
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use polkadot_sdk::{
    pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer},
    substrate_frame_rpc_system::{System, SystemApiServer},
};
use std::sync::Arc;

/// The next nonce of an account, a dry run, and the fee of a transaction.
pub fn extensions(
    client: Arc<Client>,
    pool: Arc<TransactionPool>,
) -> Result<RpcModule<()>, RegisterMethodError> {
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client).into_rpc())?;
    Ok(module)
}
