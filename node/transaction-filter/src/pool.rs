//! The pool of transactions as other nodes may use it.

use crate::{blame::NotForOthers, cost, intake::Intake};
use polkadot_sdk::{
    sc_transaction_pool_api::{
        error::IntoPoolError, ImportNotificationStream, PoolStatus, ReadyTransactions,
        TransactionPool as Pool, TransactionSource, TransactionStatusStream, TxInvalidityReportMap,
    },
    sp_core::H256,
    sp_runtime::OpaqueExtrinsic,
};
use qloak_client::TransactionPool;
use qloak_runtime::opaque::Block;
use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};

/// The pool as other nodes may use it.
pub struct ForOthers {
    pool: Arc<TransactionPool>,
    intake: Arc<Intake>,
}

impl ForOthers {
    /// Opens the pool to others.
    pub fn new(pool: Arc<TransactionPool>, intake: Arc<Intake>) -> Self {
        Self { pool, intake }
    }

    /// Does something with a transaction when it is its turn.
    async fn admit<T, E: IntoPoolError + 'static>(
        &self,
        transaction: &OpaqueExtrinsic,
        work: impl std::future::Future<Output = Result<T, E>>,
    ) -> Result<T, NotForOthers> {
        let (hash, cost) = (
            self.pool.hash_of(transaction),
            cost::declared(transaction.inner()),
        );
        self.intake.admit(hash, cost, work).await
    }
}

type InPool = <TransactionPool as Pool>::InPoolTransaction;

#[async_trait::async_trait]
impl Pool for ForOthers {
    type Block = Block;
    type Hash = H256;
    type InPoolTransaction = InPool;
    type Error = NotForOthers;

    async fn submit_at(
        &self,
        at: H256,
        source: TransactionSource,
        transactions: Vec<OpaqueExtrinsic>,
    ) -> Result<Vec<Result<H256, NotForOthers>>, NotForOthers> {
        let mut results = Vec::new();
        for transaction in transactions {
            results.push(self.submit_one(at, source, transaction).await);
        }
        Ok(results)
    }

    async fn submit_one(
        &self,
        at: H256,
        source: TransactionSource,
        transaction: OpaqueExtrinsic,
    ) -> Result<H256, NotForOthers> {
        let work = self.pool.submit_one(at, source, transaction.clone());
        self.admit(&transaction, work).await
    }

    async fn submit_and_watch(
        &self,
        at: H256,
        source: TransactionSource,
        transaction: OpaqueExtrinsic,
    ) -> Result<Pin<Box<TransactionStatusStream<H256, H256>>>, NotForOthers> {
        let work = self.pool.submit_and_watch(at, source, transaction.clone());
        self.admit(&transaction, work).await
    }

    async fn ready_at(&self, at: H256) -> Box<dyn ReadyTransactions<Item = Arc<InPool>> + Send> {
        self.pool.ready_at(at).await
    }

    fn ready(&self) -> Box<dyn ReadyTransactions<Item = Arc<InPool>> + Send> {
        self.pool.ready()
    }

    async fn report_invalid(
        &self,
        at: Option<H256>,
        errors: TxInvalidityReportMap<H256>,
    ) -> Vec<Arc<InPool>> {
        self.pool.report_invalid(at, errors).await
    }

    fn futures(&self) -> Vec<InPool> {
        self.pool.futures()
    }

    fn status(&self) -> PoolStatus {
        self.pool.status()
    }

    fn import_notification_stream(&self) -> ImportNotificationStream<H256> {
        self.pool.import_notification_stream()
    }

    fn on_broadcasted(&self, propagations: HashMap<H256, Vec<String>>) {
        self.pool.on_broadcasted(propagations);
    }

    fn hash_of(&self, transaction: &OpaqueExtrinsic) -> H256 {
        self.pool.hash_of(transaction)
    }

    fn ready_transaction(&self, hash: &H256) -> Option<Arc<InPool>> {
        self.pool.ready_transaction(hash)
    }

    async fn ready_at_with_timeout(
        &self,
        at: H256,
        timeout: Duration,
    ) -> Box<dyn ReadyTransactions<Item = Arc<InPool>> + Send> {
        self.pool.ready_at_with_timeout(at, timeout).await
    }
}
