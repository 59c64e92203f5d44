//! Whom an error of the pool blames.

use crate::ledger::Verdict;
use polkadot_sdk::{
    sc_transaction_pool_api::error::{Error as PoolError, IntoPoolError},
    sp_runtime::transaction_validity::InvalidTransaction,
};
use qloak_runtime::verification::{SignatureRefusal, TransferRefusal};

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
pub fn verdict(error: &PoolError) -> Verdict {
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

/// What to charge a sender for, and the error that the SDK gets.
pub fn judged<E: IntoPoolError + 'static>(error: E) -> (Verdict, NotForOthers) {
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
