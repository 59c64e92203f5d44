//! The pool of transactions as other nodes may use it.

use super::{cost, Intake, Verdict};
use pallet_pq_signatures::Refusal as SignatureRefusal;
use pallet_privacy_credit::Refusal as TransferRefusal;
use polkadot_sdk::{
    sc_transaction_pool_api::{
        error::{Error as PoolError, IntoPoolError},
        ImportNotificationStream, PoolStatus, ReadyTransactions, TransactionPool as Pool,
        TransactionSource, TransactionStatusStream, TxInvalidityReportMap,
    },
    sp_core::H256,
    sp_runtime::{transaction_validity::InvalidTransaction, OpaqueExtrinsic},
};
use qloak_client::TransactionPool;
use qloak_runtime::opaque::Block;
use std::{
    collections::HashMap,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

/// Why the pool does not take a transaction of another node.
///
/// The SDK punishes the sender for an error of the pool, and for no other ([`IntoPoolError`]).
#[derive(Debug, thiserror::Error)]
pub enum NotForOthers {
    /// The sender should not have sent it, or it is known already.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// No node can be blamed for having sent it.
    #[error("excused: {0}")]
    Excused(Box<dyn std::error::Error + Send + Sync>),
    /// Too many wait.
    #[error("too many transactions of other nodes wait to be validated")]
    Overloaded,
}

impl IntoPoolError for NotForOthers {
    fn into_pool_error(self) -> Result<PoolError, Self> {
        match self {
            Self::Pool(error) => Ok(error),
            excused => Err(excused),
        }
    }
}

/// Tells what a pool's error says about the transaction.
pub(super) fn verdict(error: &PoolError) -> Verdict {
    match error {
        PoolError::InvalidTransaction(invalid) if is_faulty(*invalid) => Verdict::Faulty,
        PoolError::InvalidTransaction(_) | PoolError::UnknownTransaction(_) => Verdict::Untimely,
        // It cost a validation, nobody paid for it, and the pool forgets it: the same signer can send another of the
        // same nonce at once, and so on for ever.
        PoolError::TooLowPriority { .. } => Verdict::Untimely,
        _ => Verdict::Fine,
    }
}

/// Whether no honest node would have passed the transaction on, wherever it stands in the chain. A signature can
/// be invalid here and valid there for as long as a key is being replaced; that is rare, and costs
/// the SDK's small change of reputation at most.
fn is_faulty(invalid: InvalidTransaction) -> bool {
    let signatures = [
        SignatureRefusal::InvalidSignature,
        SignatureRefusal::MalformedLength,
    ];
    let transfers = [
        TransferRefusal::RepeatedNullifier,
        TransferRefusal::Overflow,
        TransferRefusal::EmptyAction,
        TransferRefusal::InvalidProof,
    ];
    match invalid {
        InvalidTransaction::BadProof => true,
        InvalidTransaction::Custom(code) => {
            signatures.map(SignatureRefusal::code).contains(&code)
                || transfers.map(TransferRefusal::code).contains(&code)
        }
        _ => false,
    }
}

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

impl Intake {
    /// Has something done with a transaction of another node when it is its turn, and charges its sender for what
    /// came of it.
    pub(super) async fn admit<T, E: IntoPoolError + 'static>(
        &self,
        transaction: H256,
        cost: Duration,
        work: impl std::future::Future<Output = Result<T, E>>,
    ) -> Result<T, NotForOthers> {
        let (verdict, result) = match self.lane.pass(cost, work).await {
            None => {
                self.count("overloaded");
                (Verdict::Fine, Err(NotForOthers::Overloaded))
            }
            Some(Ok(done)) => (Verdict::Fine, Ok(done)),
            Some(Err(error)) => {
                let (verdict, error) = judged(error);
                (verdict, Err(error))
            }
        };
        match verdict {
            Verdict::Fine => {}
            Verdict::Untimely => self.count("untimely"),
            Verdict::Faulty => self.count("faulty"),
        }
        self.ledger().settle(&transaction, verdict, Instant::now());
        result
    }
}

fn judged<E: IntoPoolError + 'static>(error: E) -> (Verdict, NotForOthers) {
    match error.into_pool_error() {
        Ok(error @ PoolError::AlreadyImported(_)) => (Verdict::Fine, error.into()),
        Ok(error) => match verdict(&error) {
            Verdict::Faulty => (Verdict::Faulty, error.into()),
            verdict => (verdict, NotForOthers::Excused(Box::new(error))),
        },
        // The runtime could not tell: it stopped while it decoded, say.
        Err(error) => (Verdict::Untimely, NotForOthers::Excused(Box::new(error))),
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
