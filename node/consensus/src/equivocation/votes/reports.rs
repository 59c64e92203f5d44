//! Reports of voters that voted twice, by a validator.

use super::{ledger::Proof, witness::LOG_TARGET};
use futures::{channel::mpsc, StreamExt};
use polkadot_sdk::{
    sc_consensus_grandpa::SharedAuthoritySet,
    sc_transaction_pool_api::OffchainTransactionPoolFactory,
    sp_api::{ApiError, ApiExt, ProvideRuntimeApi},
    sp_blockchain::HeaderBackend,
    sp_consensus_grandpa::{AuthorityId, GrandpaApi, OpaqueKeyOwnershipProof, SetId, KEY_TYPE},
    sp_core::{crypto::ByteArray, H256},
    sp_keystore::Keystore as _,
};
use qloak_client::{Client, TransactionPool};
use qloak_keystore::PqKeystore;
use qloak_runtime::{opaque::Block, BlockNumber, Hash};
use std::sync::Arc;

/// Why a pair of votes could not be reported.
#[derive(Debug, thiserror::Error)]
enum ReportError {
    /// No state that is here knows the voter as a validator.
    #[error("the key belongs to no validator of the session")]
    UnknownKey,
    /// The runtime failed.
    #[error(transparent)]
    Runtime(Box<ApiError>),
}

impl From<ApiError> for ReportError {
    fn from(error: ApiError) -> Self {
        Self::Runtime(Box::new(error))
    }
}

/// Submits proofs to the local pool.
pub struct Reports {
    client: Arc<Client>,
    pool: OffchainTransactionPoolFactory<Block>,
    keystore: Arc<PqKeystore>,
    voters: SharedAuthoritySet<Hash, BlockNumber>,
}

impl Reports {
    /// The reports of a validator.
    pub fn new(
        client: Arc<Client>,
        pool: Arc<TransactionPool>,
        keystore: Arc<PqKeystore>,
        voters: SharedAuthoritySet<Hash, BlockNumber>,
    ) -> Self {
        Self {
            client,
            pool: OffchainTransactionPoolFactory::new(pool),
            keystore,
            voters,
        }
    }

    /// Submits until no more proofs can come.
    pub async fn run(self, mut proofs: mpsc::Receiver<Proof>) {
        while let Some(proof) = proofs.next().await {
            self.report(proof);
        }
    }

    fn report(&self, proof: Proof) {
        let (voter, round) = (proof.offender().clone(), proof.round());
        let offence = format!("{voter:?} voted twice in round {round}");
        if self.keystore.has_keys(&[(voter.to_raw_vec(), KEY_TYPE)]) {
            log::error!(
                target: LOG_TARGET,
                "{offence}, and the key is this node's own. Does another node vote with it? Stop one of them",
            );
            return;
        }
        match self.submit(proof) {
            Ok(true) => log::info!(target: LOG_TARGET, "Reported that {offence}"),
            Ok(false) => log::debug!(target: LOG_TARGET, "that {offence} is reported already"),
            Err(error) => {
                log::error!(target: LOG_TARGET, "cannot report that {offence}: {error}");
            }
        }
    }

    /// `false` if the pool does not take it, as when GRANDPA's client was faster.
    fn submit(&self, proof: Proof) -> Result<bool, ReportError> {
        let best = self.client.info().best_hash;
        let key_owner = self.key_owner(proof.set_id(), proof.offender(), best)?;
        let mut runtime = self.client.runtime_api();
        runtime.register_extension(self.pool.offchain_transaction_pool(best));
        let taken =
            runtime.submit_report_equivocation_unsigned_extrinsic(best, proof, key_owner)?;
        Ok(taken.is_some())
    }

    /// Proves which validator the key is of, in a state in which the set votes. The best block serves where
    /// that state is gone.
    fn key_owner(
        &self,
        set: SetId,
        voter: &AuthorityId,
        best: H256,
    ) -> Result<OpaqueKeyOwnershipProof, ReportError> {
        let prove = |at| {
            self.client
                .runtime_api()
                .generate_key_ownership_proof(at, set, voter.clone())
        };
        if let Some(at) = self.block_of(set) {
            if let Ok(Some(found)) = prove(at) {
                return Ok(found);
            }
        }
        prove(best)?.ok_or(ReportError::UnknownKey)
    }

    /// A block in whose state a set's voters are in office.
    ///
    /// The last final block is one for the present set, since a set begins when the block that announces it
    /// becomes final. The block in which a set ends has the next one's voters in its state already, so for a
    /// set that is over its parent serves.
    fn block_of(&self, set: SetId) -> Option<H256> {
        if self.voters.set_id() == set {
            return Some(self.client.info().finalized_hash);
        }
        let changes = self.voters.authority_set_changes();
        let (_, last) = changes.iter_from(0)?.find(|(over, _)| *over == set)?;
        let last = self.client.hash(*last).ok()??;
        Some(self.client.header(last).ok()??.parent_hash)
    }
}
