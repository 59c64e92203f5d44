//! Finality by votes: GRANDPA's client, put together.
//!
//! The SDK's client runs as it is. Its votes are ML-DSA-65 signatures because the crate that defines
//! them is ours (`primitives/grandpa`). What is decided here:
//!
//! * **Every node follows the rounds.** A validator votes with its key; any other node checks the votes
//!   and finalises by itself. One validator alone finalises its chain too, so that a development
//!   chain goes the same way as a network.
//! * **What is voted for.** The best block, or three quarters of the way to it while many blocks wait.
//!   GRANDPA's default rule also stays two blocks behind, which costs two seconds here and
//!   prevents no fork from being finalised: a vote for a branch that loses is a vote for its ancestors.
//! * **Who is listened to.** A guard stands before the client and parts with peers that send it rubbish
//!   ([`crate::gossip_filter`]).
//! * **Who voted twice.** Votes that this node takes from elsewhere are remembered for a while, and pairs that
//!   the client does not look for are reported ([`crate::equivocation::votes`]).
//! * **Nodes that were away** catch up by justifications in blocks, and `--sync warp` by the chain of
//!   justifications at which the set of voters changed.

use crate::{
    checkpoint::{CheckedProvider, Checkpoint},
    equivocation::votes::{Proof, Reports, WatchedImport, Witness},
    error::Error,
    gossip_filter::{CurrentVoters, RefusedVotes, VoteJudge},
};
use futures::channel::mpsc;
use polkadot_sdk::{
    sc_consensus_grandpa::{
        FinalityProofProvider, GrandpaJustificationStream, GrandpaParams, LinkHalf,
        SharedAuthoritySet, SharedVoterState, ThreeQuartersOfTheUnfinalizedChain,
    },
    sc_network::{
        config::FullNetworkConfiguration,
        service::{
            traits::{NetworkService, NotificationService},
            NotificationMetrics,
        },
        types::ProtocolName,
        NetworkBackend,
    },
    sc_network_sync::{SyncingService, WarpSyncConfig},
    sc_service::{Configuration, TaskManager},
    sc_telemetry::TelemetryHandle,
    sc_transaction_pool_api::OffchainTransactionPoolFactory,
    sp_blockchain::{self, HeaderBackend},
    sp_core::H256,
    substrate_prometheus_endpoint::Registry,
    *,
};
use qloak_client::{Backend, BlockImport, Client, SelectChain, TransactionPool};
use qloak_keystore::PqKeystore;
use qloak_runtime::{opaque::Block, BlockNumber, Hash};
use std::{sync::Arc, time::Duration};

/// Blocks between justifications that are made, kept and accepted for their own sake; a change of the
/// set of voters always has one. The SDK's nodes use the same number, and a node must not accept
/// fewer than others make.
pub const JUSTIFICATION_PERIOD: u32 = 512;

/// How long a message is expected to take to everybody, unless the operator says otherwise. A voter
/// prevotes twice as long after a round began, and precommits four times as long after it.
///
/// The SDK's nodes use 333 ms for slots of six seconds. With slots of one second that puts finality beyond the
/// next block; a shorter time costs bandwidth, since rounds follow each other all the time (docs/benchmarks.md).
pub const DEFAULT_GOSSIP_DURATION: Duration = Duration::from_millis(150);

/// GRANDPA before it runs.
pub struct Finality {
    block_import: BlockImport,
    link: LinkHalf<Block, Client, SelectChain>,
    witness: Witness,
    double_votes: mpsc::Receiver<Proof>,
}

impl Finality {
    /// Reads the state of finality from the database, or the first voters from the genesis block.
    pub fn open(
        client: &Arc<Client>,
        select_chain: &SelectChain,
        telemetry: Option<TelemetryHandle>,
    ) -> Result<Self, Error> {
        let (block_import, link) = sc_consensus_grandpa::block_import(
            client.clone(),
            JUSTIFICATION_PERIOD,
            client,
            select_chain.clone(),
            telemetry,
        )?;
        let (witness, double_votes) = Witness::new();
        Ok(Self {
            block_import,
            link,
            witness,
            double_votes,
        })
    }

    /// What every block must be imported through, our own included: else GRANDPA would miss a change of
    /// the set of voters.
    pub fn block_import(&self) -> BlockImport {
        self.block_import.clone()
    }

    /// The same for blocks and justifications of others, whose votes are looked at.
    pub fn watched_import(&self, client: &Arc<Client>) -> WatchedImport {
        let voters = self.link.shared_authority_set().clone();
        let (import, client) = (self.block_import(), client.clone());
        WatchedImport::new(import, client, voters, self.witness.clone())
    }

    /// Justifications as they are made here.
    pub fn justifications(&self) -> GrandpaJustificationStream<Block> {
        self.link.justification_stream()
    }

    /// Answers nodes that warp sync from this one, and checks what others answer to this one.
    pub fn warp_sync(
        &self,
        backend: &Arc<Backend>,
        checkpoint: Option<Checkpoint>,
    ) -> WarpSyncConfig<Block> {
        let provider = sc_consensus_grandpa::warp_proof::NetworkProvider::new(
            backend.clone(),
            self.link.shared_authority_set().clone(),
            Vec::new(),
        );
        WarpSyncConfig::WithProvider(match checkpoint {
            Some(checkpoint) => Arc::new(CheckedProvider::new(provider, checkpoint)),
            None => Arc::new(provider),
        })
    }

    /// The last block at which the voters changed, for others to sync with. `None` if they never did, or before
    /// this node's time.
    pub fn last_change(&self, client: &Client) -> Option<Checkpoint> {
        let changes = self.link.shared_authority_set().authority_set_changes();
        let (_, number) = *changes.iter_from(0)?.last()?;
        let hash = client.hash(number).ok()??;
        Some(Checkpoint { number, hash })
    }

    /// What the RPC methods `grandpa_…` look at.
    pub fn rpc(&self, backend: &Arc<Backend>) -> FinalityRpc {
        let authority_set = self.link.shared_authority_set().clone();
        FinalityRpc {
            proofs: FinalityProofProvider::new_for_service(
                backend.clone(),
                Some(authority_set.clone()),
            ),
            authority_set,
            voter_state: SharedVoterState::empty(),
            justifications: self.justifications(),
        }
    }
}

/// What the RPC methods `grandpa_…` look at.
#[derive(Clone)]
pub struct FinalityRpc {
    /// The voters.
    pub authority_set: SharedAuthoritySet<Hash, BlockNumber>,
    /// The rounds that are going on. Empty until the voter starts.
    pub voter_state: SharedVoterState,
    /// Justifications as they are made.
    pub justifications: GrandpaJustificationStream<Block>,
    /// Proofs that a block is final.
    pub proofs: Arc<FinalityProofProvider<Backend, Block>>,
}

/// The network protocol of votes, known to the network.
pub struct VoteProtocol {
    name: ProtocolName,
    notifications: Box<dyn NotificationService>,
}

impl VoteProtocol {
    /// Adds the protocol to the network's configuration. Its name begins with the genesis hash, so that
    /// votes of other chains never arrive.
    pub fn register<Network: NetworkBackend<Block, H256>>(
        config: &Configuration,
        genesis: H256,
        network: &mut FullNetworkConfiguration<Block, H256, Network>,
        metrics: NotificationMetrics,
    ) -> Self {
        let name = sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
        let (protocol, notifications) = sc_consensus_grandpa::grandpa_peers_set_config::<_, Network>(
            name.clone(),
            metrics,
            network.peer_store_handle(),
        );
        network.add_notification_protocol(protocol);
        Self {
            name,
            notifications,
        }
    }
}

/// What voting, or watching others vote, needs.
pub struct Voter<'a> {
    /// Where the task runs.
    pub task_manager: &'a TaskManager,
    /// The chain.
    pub client: Arc<Client>,
    /// The state of finality.
    pub finality: Finality,
    /// How votes travel.
    pub protocol: VoteProtocol,
    /// The network.
    pub network: Arc<dyn NetworkService>,
    /// Fetches blocks that are voted for and not here.
    pub sync: Arc<SyncingService<Block>>,
    /// Takes reports of voters that voted twice.
    pub pool: Arc<TransactionPool>,
    /// Shows the rounds to RPC.
    pub voter_state: SharedVoterState,
    /// Metrics.
    pub prometheus: Option<Registry>,
    /// Who votes, and how long messages take.
    pub settings: VoterSettings,
}

/// Who votes, and how long messages take.
pub struct VoterSettings {
    /// What the node is for.
    pub role: sc_network::config::Role,
    /// The node's name, for telemetry and logs.
    pub name: String,
    /// The key to vote with. A node that is no validator gets none and watches.
    pub keystore: Option<Arc<PqKeystore>>,
    /// How long a message takes to everybody.
    pub gossip_duration: Duration,
    /// Telemetry.
    pub telemetry: Option<TelemetryHandle>,
}

impl VoterSettings {
    /// The settings of a node.
    pub fn new(
        config: &Configuration,
        keystore: &Arc<PqKeystore>,
        gossip_duration: Duration,
        telemetry: Option<TelemetryHandle>,
    ) -> Self {
        Self {
            role: config.role,
            name: config.network.node_name.clone(),
            keystore: config.role.is_authority().then(|| keystore.clone()),
            gossip_duration,
            telemetry,
        }
    }
}

impl Voter<'_> {
    /// Starts the task. Without it nothing here becomes final, so the node stops if it ends.
    pub fn start(self) -> Result<(), Error> {
        let VoterSettings {
            role,
            name,
            keystore,
            gossip_duration,
            telemetry,
        } = self.settings;
        let voters = self.finality.link.shared_authority_set().clone();
        let guarded = VoteJudge::guard(
            self.protocol.notifications,
            self.network.clone(),
            CurrentVoters::new(voters.clone()),
            self.finality.witness,
            RefusedVotes::register(self.prometheus.as_ref())?,
        );
        if let Some(keystore) = keystore.clone() {
            let reports = Reports::new(self.client, self.pool.clone(), keystore, voters);
            self.task_manager.spawn_handle().spawn_blocking(
                "double-votes",
                Some("finality"),
                reports.run(self.finality.double_votes),
            );
        }
        let voter = sc_consensus_grandpa::run_grandpa_voter(GrandpaParams {
            config: sc_consensus_grandpa::Config {
                gossip_duration,
                justification_generation_period: JUSTIFICATION_PERIOD,
                // The client ignores this and always runs the voter, with or without a key.
                observer_enabled: false,
                local_role: role,
                name: Some(name),
                keystore: keystore.map(|keystore| keystore as sp_keystore::KeystorePtr),
                telemetry: telemetry.clone(),
                protocol_name: self.protocol.name,
            },
            link: self.finality.link,
            network: self.network,
            sync: self.sync,
            notification_service: Box::new(guarded),
            voting_rule: ThreeQuartersOfTheUnfinalizedChain,
            prometheus_registry: self.prometheus,
            shared_voter_state: self.voter_state,
            telemetry,
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(self.pool),
        })?;
        self.task_manager.spawn_essential_handle().spawn_blocking(
            "grandpa-voter",
            Some("finality"),
            voter,
        );
        Ok(())
    }
}

/// Takes changes of the set of voters back that `revert` takes the blocks of.
#[allow(clippy::result_large_err, reason = "the SDK prescribes the error")]
pub fn revert(client: Arc<Client>, blocks: BlockNumber) -> sp_blockchain::Result<()> {
    sc_consensus_grandpa::revert(client, blocks)
}
