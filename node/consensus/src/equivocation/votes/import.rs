//! The import of blocks and justifications, watched for pairs of votes.

use super::witness::Witness;
use polkadot_sdk::{
    sc_consensus::{
        BlockCheckParams, BlockImport as ImportBlock, BlockImportParams, ImportResult,
        JustificationImport,
    },
    sc_consensus_grandpa::SharedAuthoritySet,
    sp_blockchain::HeaderBackend,
    sp_consensus::Error as ConsensusError,
    sp_consensus_grandpa::GRANDPA_ENGINE_ID,
    sp_core::H256,
    sp_runtime::Justification,
};
use qloak_client::{BlockImport, Client};
use qloak_runtime::{opaque::Block, BlockNumber, Hash};
use std::sync::Arc;

/// GRANDPA's import, which shows each justification to a witness.
///
/// A justification is shown whether its import succeeds or not: one that contradicts what is final already fails,
/// and proves most. It is shown under the set and voters from before the import, by which it is judged.
///
/// **Late justifications.** This node asks a peer for the justification of a block that changes the voters. While the answer
/// is on its way, the node's own voter may finalise the block by votes. GRANDPA's import then verifies an honest
/// justification against the voters who came after (`import_justification` in `src/import.rs` of
/// sc-consensus-grandpa 0.45.0), and only afterwards looks whether the block is final (`finalize_block` in
/// `src/environment.rs`). If the votes of those who stayed are no quorum, that is an error, for which the SDK bans
/// the peer (`JustificationImportResult::Failure` in `src/engine.rs` of sc-network-sync 0.59.0); it excuses
/// nothing but a quorum of the new voters under the number before. So GRANDPA's import is not asked about a block that
/// is final already, which it would leave as it is.
pub struct WatchedImport<Import = BlockImport, Chain = Client> {
    import: Import,
    chain: Arc<Chain>,
    voters: SharedAuthoritySet<Hash, BlockNumber>,
    witness: Witness,
}

impl<Import, Chain: HeaderBackend<Block>> WatchedImport<Import, Chain> {
    /// Watches `import`, whose voters are `voters`, into `chain`.
    pub fn new(
        import: Import,
        chain: Arc<Chain>,
        voters: SharedAuthoritySet<Hash, BlockNumber>,
        witness: Witness,
    ) -> Self {
        Self {
            import,
            chain,
            voters,
            witness,
        }
    }

    fn show(&self, justification: &[u8]) {
        // Number and voters are not read at once. If a change comes between, the votes do not verify.
        let (set, voters) = (self.voters.set_id(), self.voters.current_authorities());
        self.witness.see_justification(set, &voters, justification);
    }

    fn is_final(&self, hash: H256, number: BlockNumber) -> bool {
        number <= self.chain.info().finalized_number
            && matches!(self.chain.hash(number), Ok(Some(known)) if known == hash)
    }
}

#[async_trait::async_trait]
impl<Import, Chain> ImportBlock<Block> for WatchedImport<Import, Chain>
where
    Import: ImportBlock<Block, Error = ConsensusError> + Send + Sync,
    Chain: HeaderBackend<Block>,
{
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
impl<Import, Chain> JustificationImport<Block> for WatchedImport<Import, Chain>
where
    Import: JustificationImport<Block, Error = ConsensusError> + Send + Sync,
    Chain: HeaderBackend<Block>,
{
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
        if self.is_final(hash, number) {
            return Ok(());
        }
        let result = self
            .import
            .import_justification(hash, number, justification)
            .await;
        // The voter may have been faster in the meantime.
        match self.is_final(hash, number) {
            true => Ok(()),
            false => result,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::equivocation::votes::fixtures::key;
    use codec::{Decode, Encode};
    use futures::executor::block_on;
    use polkadot_sdk::{
        sc_consensus_grandpa::AuthoritySet,
        sp_blockchain::{BlockStatus, Info, Result as ChainResult},
    };
    use qloak_runtime::opaque::Header;
    use std::sync::atomic::{AtomicU32, Ordering};

    const FINAL: BlockNumber = 5;

    fn hash(number: BlockNumber) -> H256 {
        H256::from_low_u64_be(number.into())
    }

    /// A chain whose blocks are final up to a number, [`FINAL`] at first.
    struct Chain(AtomicU32);

    impl HeaderBackend<Block> for Chain {
        fn header(&self, _: H256) -> ChainResult<Option<Header>> {
            Ok(None)
        }

        fn info(&self) -> Info<Block> {
            Info {
                best_hash: hash(FINAL + 2),
                best_number: FINAL + 2,
                genesis_hash: hash(0),
                finalized_hash: hash(self.0.load(Ordering::SeqCst)),
                finalized_number: self.0.load(Ordering::SeqCst),
                finalized_state: None,
                number_leaves: 1,
                block_gap: None,
            }
        }

        fn status(&self, _: H256) -> ChainResult<BlockStatus> {
            Ok(BlockStatus::InChain)
        }

        fn number(&self, _: H256) -> ChainResult<Option<BlockNumber>> {
            Ok(None)
        }

        fn hash(&self, number: BlockNumber) -> ChainResult<Option<H256>> {
            Ok((number <= FINAL + 2).then(|| hash(number)))
        }
    }

    /// GRANDPA's import after a change of all voters, which refuses whatever the former ones signed.
    struct OtherVoters {
        chain: Arc<Chain>,
        /// A block that becomes final by votes while a justification is looked at.
        meanwhile: Option<BlockNumber>,
    }

    #[async_trait::async_trait]
    impl JustificationImport<Block> for OtherVoters {
        type Error = ConsensusError;

        async fn on_start(&mut self) -> Vec<(H256, BlockNumber)> {
            Vec::new()
        }

        async fn import_justification(
            &mut self,
            _: H256,
            _: BlockNumber,
            _: Justification,
        ) -> Result<(), ConsensusError> {
            if let Some(number) = self.meanwhile {
                self.chain.0.store(number, Ordering::SeqCst);
            }
            Err(ConsensusError::ClientImport("no quorum".into()))
        }
    }

    fn import(
        (hash, number): (H256, BlockNumber),
        meanwhile: Option<BlockNumber>,
    ) -> Result<(), ConsensusError> {
        // One voter, and no changes to come.
        let voters = [vec![(key("Alice"), 1_u64)].encode(), vec![0; 64]].concat();
        let voters = AuthoritySet::<Hash, BlockNumber>::decode(&mut &voters[..]).unwrap();
        let chain = Arc::new(Chain(AtomicU32::new(FINAL)));
        let inner = OtherVoters {
            chain: chain.clone(),
            meanwhile,
        };
        let mut import = WatchedImport::new(inner, chain, voters.into(), Witness::new().0);
        let justification = (GRANDPA_ENGINE_ID, vec![1, 2, 3]);
        block_on(import.import_justification(hash, number, justification))
    }

    #[test]
    fn nobody_is_banned_for_the_justification_of_a_block_that_is_final_already() {
        import((hash(FINAL), FINAL), None).unwrap();
        import((hash(FINAL - 2), FINAL - 2), None).unwrap();
        // It becomes final just now.
        import((hash(FINAL + 1), FINAL + 1), Some(FINAL + 1)).unwrap();
    }

    #[test]
    fn a_justification_of_a_block_that_is_not_final_or_not_in_the_chain_is_judged() {
        import((hash(FINAL + 1), FINAL + 1), None).unwrap_err();
        import((hash(99), FINAL), None).unwrap_err();
        import((hash(99), 99), None).unwrap_err();
    }
}
