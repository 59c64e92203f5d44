//! The import of blocks and justifications, watched for pairs of votes.

use super::Witness;
use crate::finality::BlockImport;
use polkadot_sdk::{
    sc_consensus::{
        BlockCheckParams, BlockImport as ImportBlock, BlockImportParams, ImportResult,
        JustificationImport,
    },
    sc_consensus_grandpa::SharedAuthoritySet,
    sp_consensus::Error as ConsensusError,
    sp_consensus_grandpa::GRANDPA_ENGINE_ID,
    sp_core::H256,
    sp_runtime::Justification,
};
use qloak_runtime::{opaque::Block, BlockNumber, Hash};

/// GRANDPA's import, which shows each justification to a witness.
///
/// A justification is shown whether its import succeeds or not: one that contradicts what is final already fails,
/// and proves most. It is shown under the set and voters from before the import, by which it is judged.
pub struct WatchedImport {
    import: BlockImport,
    voters: SharedAuthoritySet<Hash, BlockNumber>,
    witness: Witness,
}

impl WatchedImport {
    /// Watches `import`, whose voters are `voters`.
    pub fn new(
        import: BlockImport,
        voters: SharedAuthoritySet<Hash, BlockNumber>,
        witness: Witness,
    ) -> Self {
        Self {
            import,
            voters,
            witness,
        }
    }

    fn show(&self, justification: &[u8]) {
        // Number and voters are not read at once. If a change comes between, the votes do not verify.
        let (set, voters) = (self.voters.set_id(), self.voters.current_authorities());
        self.witness.see_justification(set, &voters, justification);
    }
}

#[async_trait::async_trait]
impl ImportBlock<Block> for WatchedImport {
    type Error = ConsensusError;

    async fn check_block(
        &self,
        block: BlockCheckParams<Block>,
    ) -> Result<ImportResult, Self::Error> {
        self.import.check_block(block).await
    }

    async fn import_block(
        &self,
        block: BlockImportParams<Block>,
    ) -> Result<ImportResult, Self::Error> {
        let justifications = block.justifications.as_ref();
        if let Some(justification) = justifications.and_then(|all| all.get(GRANDPA_ENGINE_ID)) {
            self.show(justification);
        }
        self.import.import_block(block).await
    }
}

#[async_trait::async_trait]
impl JustificationImport<Block> for WatchedImport {
    type Error = ConsensusError;

    async fn on_start(&mut self) -> Vec<(H256, BlockNumber)> {
        self.import.on_start().await
    }

    async fn import_justification(
        &mut self,
        hash: H256,
        number: BlockNumber,
        justification: Justification,
    ) -> Result<(), Self::Error> {
        if justification.0 == GRANDPA_ENGINE_ID {
            self.show(&justification.1);
        }
        JustificationImport::import_justification(&mut self.import, hash, number, justification)
            .await
    }
}
