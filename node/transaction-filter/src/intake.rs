//! What the filter and the pool for others know together.

use crate::{
    blame::{judged, NotForOthers},
    lane::Lane,
    ledger::{Ledger, Verdict},
    metrics::RefusedTransactions,
};
use polkadot_sdk::{sc_transaction_pool_api::error::IntoPoolError, sp_core::H256};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// What guard and pool know together.
#[derive(Debug, Default)]
pub struct Intake {
    ledger: Mutex<Ledger>,
    lane: Lane,
    refused: Option<RefusedTransactions>,
}

impl Intake {
    /// An intake that counts what is refused.
    pub fn new(refused: Option<RefusedTransactions>) -> Self {
        Self {
            refused,
            ..Self::default()
        }
    }

    /// What peers may still cost.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Nothing in there is worth less for a panic of another thread.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way to the pool.
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Counts a transaction that is refused.
    pub fn count(&self, reason: &'static str) {
        if let Some(refused) = &self.refused {
            refused.count(reason);
        }
    }

    /// Has something done with a transaction of another node when it is its turn, and charges its sender for what
    /// came of it.
    pub async fn admit<T, E: IntoPoolError + 'static>(
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
