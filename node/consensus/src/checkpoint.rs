//! A block that the chain must have, by the operator's word.
//!
//! Voters who have sold their stake can still sign another history from the time when they were voters. A node
//! that starts from genesis cannot tell it from the real one. A checkpoint can: the last block at which the
//! voters changed, known from somebody whom the operator trusts. Those who vote after it have their stake still.
//!
//! * A warp sync takes no proof that leads around the checkpoint. Proofs name the blocks at which the voters
//!   changed, and the last final one; so it has to be one of these.
//! * However the chain came here, the node stops if another block of that number is final.

use codec::DecodeAll;
use futures::StreamExt;
use polkadot_sdk::{
    sc_client_api::BlockchainEvents,
    sc_consensus_grandpa::warp_proof::WarpSyncFragment,
    sc_network_sync::strategy::warp::{
        EncodedProof, VerificationResult, Verifier, WarpSyncProvider,
    },
    sp_blockchain::{self, HeaderBackend},
    sp_runtime::traits::Header as _,
};
use qloak_client::Client;
use qloak_runtime::{opaque::Block, BlockNumber, Hash};
use std::{fmt, str::FromStr, sync::Arc};

const LOG_TARGET: &str = "checkpoint";

/// A block by number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its number.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: Hash,
}

/// Text that is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// No colon in it.
    #[error("write NUMBER:HASH, such as 52800:0x followed by 64 hexadecimal digits")]
    Form,
    /// The first part is no block number.
    #[error("the part before the colon is no block number")]
    Number,
    /// The genesis block, which every node of the chain has.
    #[error("block 0 says nothing: the chain specification names it")]
    Genesis,
    /// The second part is no hash.
    #[error("the part behind the colon is no block hash: 0x and 64 hexadecimal digits")]
    Hash,
}

/// Why a chain does not pass.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It has another block where the checkpoint should be.
    #[error(
        "--checkpoint {checkpoint}: this node's chain has {found} as its final block of that number. Either the \
         checkpoint is wrong, or the chain is: check it with somebody whom you trust, delete the data with \
         `qloak-node purge-chain` and the same options, and sync again with that checkpoint"
    )]
    OtherBlock {
        /// What the operator says.
        checkpoint: Checkpoint,
        /// The hash that the chain has.
        found: String,
    },
    /// From the database or the client.
    #[error(transparent)]
    Client(Box<sp_blockchain::Error>),
}

impl From<sp_blockchain::Error> for CheckError {
    fn from(error: sp_blockchain::Error) -> Self {
        Self::Client(Box::new(error))
    }
}

impl FromStr for Checkpoint {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (number, hash) = text.split_once(':').ok_or(ParseError::Form)?;
        let number = number.parse().map_err(|_| ParseError::Number)?;
        if number == 0 {
            return Err(ParseError::Genesis);
        }
        let digits = hash.strip_prefix("0x").ok_or(ParseError::Hash)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| ParseError::Hash)?;
        let hash = bytes.into();
        Ok(Self { number, hash })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:?}", self.number, self.hash)
    }
}

impl Checkpoint {
    /// Refuses a chain that has another block of this number among its final ones.
    pub fn check(self, client: &Client) -> Result<(), CheckError> {
        let info = client.info();
        if info.finalized_number < self.number {
            return Ok(());
        }
        // After a warp sync the blocks below are fetched later.
        match client.hash(self.number)? {
            Some(found) if found != self.hash => Err(CheckError::OtherBlock {
                checkpoint: self,
                found: format!("{found:?}"),
            }),
            _ => Ok(()),
        }
    }

    /// Ends when the chain turns out to be another one.
    pub async fn watch(self, client: Arc<Client>) {
        let mut finality = client.finality_notification_stream();
        while finality.next().await.is_some() {
            if let Err(error) = self.check(&client) {
                log::error!(target: LOG_TARGET, "{error}");
                return;
            }
        }
    }

    /// Whether a proof has the checkpoint in it. An error if it leads around it.
    fn is_in(self, proof: &[(BlockNumber, Hash)], is_finished: bool) -> Result<bool, Detour> {
        let at = proof.iter().find(|(number, _)| *number == self.number);
        if let Some((_, hash)) = at {
            return (*hash == self.hash).then_some(true).ok_or(Detour::Another);
        }
        if proof.iter().any(|(number, _)| *number > self.number) {
            return Err(Detour::Around);
        }
        (!is_finished).then_some(false).ok_or(Detour::Short)
    }
}

/// How a proof misses the checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Detour {
    #[error("the proof has another block in the checkpoint's place: its chain is not the one that the checkpoint is of")]
    Another,
    #[error("the proof does not name the checkpoint: take a block at which the voters changed, as other nodes log it when they start")]
    Around,
    #[error("the proof ends before the checkpoint: these peers have not seen it yet, or are on another chain")]
    Short,
    #[error("the proof does not decode")]
    Malformed,
}

/// Lets only proofs pass that lead through the checkpoint.
pub struct CheckedProvider<P> {
    provider: P,
    checkpoint: Checkpoint,
}

impl<P> CheckedProvider<P> {
    /// Stands before `provider`.
    pub fn new(provider: P, checkpoint: Checkpoint) -> Self {
        Self {
            provider,
            checkpoint,
        }
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

impl<P: WarpSyncProvider<Block>> WarpSyncProvider<Block> for CheckedProvider<P> {
    fn generate(&self, start: Hash) -> Result<EncodedProof, AnyError> {
        self.provider.generate(start)
    }

    fn create_verifier(&self) -> Box<dyn Verifier<Block>> {
        Box::new(CheckedVerifier {
            verifier: self.provider.create_verifier(),
            checkpoint: self.checkpoint,
            is_passed: false,
        })
    }
}

/// Verifies one chain of proofs.
struct CheckedVerifier {
    verifier: Box<dyn Verifier<Block>>,
    checkpoint: Checkpoint,
    /// What comes behind the checkpoint is signed by voters whom its block names.
    is_passed: bool,
}

impl Verifier<Block> for CheckedVerifier {
    /// The checkpoint comes first: the verifier behind would go on from a proof that is refused afterwards.
    fn verify(&mut self, proof: &EncodedProof) -> Result<VerificationResult<Block>, AnyError> {
        let is_passed = self.is_passed || self.passes(&proof.0)?;
        let result = self.verifier.verify(proof)?;
        self.is_passed = is_passed;
        Ok(result)
    }

    fn next_proof_context(&self) -> Hash {
        self.verifier.next_proof_context()
    }

    fn status(&self) -> Option<String> {
        self.verifier.status()
    }
}

impl CheckedVerifier {
    fn passes(&self, proof: &[u8]) -> Result<bool, Detour> {
        let (headers, is_finished) = headers(proof).ok_or(Detour::Malformed)?;
        self.checkpoint
            .is_in(&headers, is_finished)
            .inspect_err(|detour| {
                log::warn!(
                    target: LOG_TARGET,
                    "Refused a warp sync proof because of --checkpoint {}: {detour}",
                    self.checkpoint,
                );
            })
    }
}

/// The blocks that a proof leads through, and whether it is the last one. The fields of the SDK's type are
/// private.
///
/// Source: `WarpSyncProof` in `src/warp_proof.rs` of sc-consensus-grandpa 0.45.0.
fn headers(mut proof: &[u8]) -> Option<(Vec<(BlockNumber, Hash)>, bool)> {
    let (fragments, is_finished): (Vec<WarpSyncFragment<Block>>, bool) =
        DecodeAll::decode_all(&mut proof).ok()?;
    let names = fragments
        .iter()
        .map(|fragment| (*fragment.header.number(), fragment.header.hash()));
    Some((names.collect(), is_finished))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use codec::Encode;
    use polkadot_sdk::{
        sp_consensus_grandpa::{Commit, GrandpaJustification},
        sp_runtime::Digest,
    };
    use qloak_runtime::opaque::Header;

    fn header(number: BlockNumber, chain: u8) -> Header {
        let zero = Hash::zero();
        let state = Hash::repeat_byte(chain);
        Header::new(number, zero, state, zero, Digest::default())
    }

    fn checkpoint(number: BlockNumber) -> Checkpoint {
        let hash = header(number, 1).hash();
        Checkpoint { number, hash }
    }

    /// A proof through these blocks of a chain.
    fn proof(chain: u8, numbers: &[BlockNumber], is_finished: bool) -> EncodedProof {
        let fragments = numbers.iter().map(|number| {
            let header = header(*number, chain);
            let commit = Commit::<Header> {
                target_hash: header.hash(),
                target_number: *number,
                precommits: Vec::new(),
            };
            let justification = GrandpaJustification::<Header> {
                round: 1,
                commit,
                votes_ancestries: Vec::new(),
            };
            (header, justification)
        });
        EncodedProof((fragments.collect::<Vec<_>>(), is_finished).encode())
    }

    /// Takes any proof.
    struct Credulous;

    impl Verifier<Block> for Credulous {
        fn verify(&mut self, _: &EncodedProof) -> Result<VerificationResult<Block>, AnyError> {
            Ok(VerificationResult::Partial(Vec::new()))
        }

        fn next_proof_context(&self) -> Hash {
            Hash::zero()
        }

        fn status(&self) -> Option<String> {
            None
        }
    }

    impl WarpSyncProvider<Block> for Credulous {
        fn generate(&self, _: Hash) -> Result<EncodedProof, AnyError> {
            Ok(EncodedProof(vec![7]))
        }

        fn create_verifier(&self) -> Box<dyn Verifier<Block>> {
            Box::new(Credulous)
        }
    }

    /// Which of the proofs are taken, one after the other.
    fn taken(proofs: &[EncodedProof]) -> Vec<bool> {
        let mut verifier = CheckedProvider::new(Credulous, checkpoint(30)).create_verifier();
        proofs
            .iter()
            .map(|proof| verifier.verify(proof).is_ok())
            .collect()
    }

    #[test]
    fn warp_sync_takes_no_proof_that_leads_around_the_checkpoint() {
        assert_eq!(taken(&[proof(1, &[10, 20, 30, 40], true)]), [true]);
        assert_eq!(taken(&[proof(1, &[30], true)]), [true], "the last block");
        assert_eq!(taken(&[proof(2, &[10, 20, 30, 40], true)]), [false]);
        assert_eq!(taken(&[proof(1, &[10, 20, 35], true)]), [false]);
        assert_eq!(taken(&[proof(1, &[10, 20], true)]), [false], "too short");
        assert_eq!(taken(&[EncodedProof(vec![1, 2, 3])]), [false]);
    }

    #[test]
    fn the_checkpoint_may_come_in_a_later_proof_and_holds_for_those_behind() {
        let before = || proof(1, &[10, 20], false);
        let through = proof(1, &[30, 40], false);
        let behind = proof(1, &[50], true);
        assert_eq!(taken(&[before(), through, behind]), [true; 3]);
        let around = proof(2, &[31, 40], false);
        let through = proof(1, &[30, 40], false);
        assert_eq!(taken(&[before(), around, through]), [true, false, true]);
    }

    #[test]
    fn proofs_for_others_are_made_as_before() {
        let provider = CheckedProvider::new(Credulous, checkpoint(30));
        assert_eq!(provider.generate(Hash::zero()).unwrap().0, [7]);
    }

    #[test]
    fn a_checkpoint_is_written_as_number_and_hash() {
        let text = format!("52800:0x{}", "ab".repeat(32));
        let parsed: Checkpoint = text.parse().unwrap();
        let hash = Hash::repeat_byte(0xab);
        assert_eq!((parsed.number, parsed.hash), (52_800, hash));
        assert_eq!(parsed.to_string(), text);
        let digits = "ab".repeat(32);
        for (text, error) in [
            ("52800".into(), ParseError::Form),
            (format!("0x{digits}"), ParseError::Form),
            (format!("-1:0x{digits}"), ParseError::Number),
            (format!("4294967296:0x{digits}"), ParseError::Number),
            (format!("0:0x{digits}"), ParseError::Genesis),
            (format!("1:{digits}"), ParseError::Hash),
            (format!("1:0x{digits}00"), ParseError::Hash),
            ("1:0x".into(), ParseError::Hash),
        ] {
            assert_eq!(text.parse::<Checkpoint>(), Err(error), "{text}");
        }
    }
}
