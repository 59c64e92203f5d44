//! A chain of the development preset with many more accounts, and the real node's parts that run it.

use std::sync::Arc;

use polkadot_sdk::{
    sc_cli::{CliConfiguration, SubstrateCli},
    sc_consensus::{
        BlockImport, BlockImportParams, ForkChoiceStrategy, StateAction, StorageChanges, Verifier,
    },
    sc_consensus_aura::{BuildVerifierParams, CheckForEquivocation},
    sc_service::ChainType,
    sp_blockchain::HeaderBackend,
    sp_consensus::BlockOrigin,
    sp_consensus_aura::{digests::CompatibleDigestItem, Slot},
    sp_core::{Pair, H256},
    sp_runtime::{
        traits::{Block as _, Header as _},
        DigestItem,
    },
    *,
};
use qloak_client::{Backend, Client};
use qloak_consensus::{inherents, EarlyVerifier, HeaderFormVerifier};
use qloak_node::{
    chain_spec::ChainSpec,
    cli::Cli,
    components::{new_components, ServiceComponents},
};
use qloak_pq_crypto::{
    authority::aura::{AuthorityPair, AuthoritySignature},
    derive::{derive_seed, DEV_MASTER},
    scheme::Scheme,
};
use qloak_runtime::{
    constants::{currency::QLK, time::SLOT_MILLISECONDS},
    genesis_presets,
    opaque::{Block, Header},
};
use serde_json::{json, Value};

use crate::accounts::{Class, Kind};

/// Changes of the state that a block makes.
pub type Changes = sp_api::StorageChanges<Block>;

/// How long before now the chain begins: far enough that no block is in the future.
const AGE_IN_SLOTS: u64 = 900;

/// A raw chain specification in a file.
pub struct Specification {
    folder: tempfile::TempDir,
    first_slot: u64,
}

impl Specification {
    /// The development preset of `runtime` with the accounts of `classes`, each with 100 QLK.
    pub fn new(classes: &[Class], runtime: &[u8]) -> Self {
        let preset =
            genesis_presets::get_preset(&sp_genesis_builder::DEV_RUNTIME_PRESET.into()).unwrap();
        let mut genesis: Value = serde_json::from_slice(&preset).unwrap();
        for class in classes {
            let balances = class
                .ids()
                .map(|id| json!([id, u64::try_from(100 * QLK).unwrap()]));
            list(&mut genesis, "/balances/balances").extend(balances);
            if class.kind == Kind::Sr25519 {
                list(&mut genesis, "/pqSignatures/classicalAccounts")
                    .extend(class.ids().map(|id| json!(id)));
            }
        }
        let specification = ChainSpec::builder(runtime, None)
            .with_name("Measurements")
            .with_id("measurements")
            .with_chain_type(ChainType::Development)
            .with_genesis_config_patch(genesis)
            .build();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("chain.json"),
            specification.as_json(true).unwrap(),
        )
        .unwrap();
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
        let first_slot = u64::try_from(now).unwrap() / SLOT_MILLISECONDS - AGE_IN_SLOTS;
        Self { folder, first_slot }
    }
}

fn list<'a>(genesis: &'a mut Value, pointer: &str) -> &'a mut Vec<Value> {
    genesis
        .pointer_mut(pointer)
        .and_then(Value::as_array_mut)
        .expect("the preset has this list")
}

/// A node without network: the chain, its database, the checks before import.
pub struct Node {
    parts: ServiceComponents,
    verifier: Box<dyn Verifier<Block>>,
    tasks: tokio::runtime::Runtime,
    first_slot: u64,
    _data: tempfile::TempDir,
}

impl Node {
    /// Opens a new node in a folder of its own.
    pub fn open(specification: &Specification) -> Self {
        let data = tempfile::tempdir().unwrap();
        let tasks = tokio::runtime::Runtime::new().unwrap();
        let entered = tasks.enter();
        let chain = specification.folder.path().join("chain.json");
        let cli = Cli::from_iter([
            "qloak-node",
            "--chain",
            chain.to_str().unwrap(),
            "--base-path",
            data.path().to_str().unwrap(),
            "--database",
            "paritydb",
            "--no-prometheus",
        ]);
        let config = cli
            .run
            .sdk
            .create_configuration(&cli, tasks.handle().clone())
            .unwrap();
        let parts = new_components(&config).unwrap();
        let verifier = verifier(&parts.client);
        drop(entered);
        Self {
            parts,
            verifier,
            tasks,
            first_slot: specification.first_slot,
            _data: data,
        }
    }

    /// The chain.
    pub fn client(&self) -> &Arc<Client> {
        &self.parts.client
    }

    /// The chain's storage.
    pub fn backend(&self) -> &Backend {
        &self.parts.backend
    }

    /// The best block.
    pub fn best(&self) -> (H256, u32) {
        let info = self.client().info();
        (info.best_hash, info.best_number)
    }

    /// The slot of the block after the best.
    pub fn next_slot(&self) -> u64 {
        self.first_slot + u64::from(self.best().1)
    }

    /// Appends a block that this node has made.
    pub fn append(&self, sealed: &Block, changes: Changes) {
        let (mut header, body) = sealed.clone().deconstruct();
        let seal = header.digest_mut().pop().expect("the block is sealed");
        let mut import = BlockImportParams::new(BlockOrigin::Own, header);
        import.post_digests.push(seal);
        import.body = Some(body);
        import.state_action = StateAction::ApplyChanges(StorageChanges::Changes(changes));
        import.fork_choice = Some(ForkChoiceStrategy::LongestChain);
        self.finish(import);
    }

    /// Checks a block from elsewhere before import, as the import queue does: the form of the seal, the
    /// slot, the author's signature, the inherents.
    pub fn check(&self, sealed: &Block) -> BlockImportParams<Block> {
        let (header, body) = sealed.clone().deconstruct();
        let mut import = BlockImportParams::new(BlockOrigin::NetworkBroadcast, header);
        import.body = Some(body);
        futures::executor::block_on(self.verifier.verify(import)).unwrap()
    }

    /// Imports a checked block: executes it, compares the state root, stores it.
    pub fn finish(&self, import: BlockImportParams<Block>) {
        let hash = import.post_hash();
        futures::executor::block_on((**self.client()).import_block(import)).unwrap();
        assert_eq!(self.best().0, hash, "the block has become the best");
    }

    /// Stops every task, so that the database is closed before its folder goes.
    pub fn close(self) {
        drop((self.verifier, self.parts));
        self.tasks
            .shutdown_timeout(std::time::Duration::from_secs(30));
    }
}

fn verifier(client: &Arc<Client>) -> Box<dyn Verifier<Block>> {
    let slot_duration = sc_consensus_aura::slot_duration(&**client).unwrap();
    let aura = sc_consensus_aura::build_verifier::<AuthorityPair, _, _, Block>(
        BuildVerifierParams {
            client: client.clone(),
            create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
            check_for_equivocation: CheckForEquivocation::Yes,
            telemetry: None,
            compatibility_mode: Default::default(),
        },
    );
    Box::new(HeaderFormVerifier(EarlyVerifier::new(aura, client.clone())))
}

/// The digest item that names a block's slot.
pub fn slot_digest(slot: u64) -> DigestItem {
    <DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_pre_digest(Slot::from(slot))
}

/// Seals a block with the development authority's key.
pub fn seal(block: Block) -> Block {
    let path = "//Alice//aura".parse().unwrap();
    let alice = AuthorityPair::from_seed(&derive_seed(&DEV_MASTER, Scheme::MlDsa65, &path));
    let (mut header, body): (Header, _) = block.deconstruct();
    let signature = alice.sign(header.hash().as_ref());
    header
        .digest_mut()
        .push(<DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_seal(signature));
    Block::new(header, body)
}
