//! Blocks that a node must refuse, or take and report, sent to it over the network by a node that makes them.
//!
//! The forger is a node in this process that seals blocks by hand and imports them unchecked. The victim is the real
//! binary. First comes an honest block, which the victim must take: it shows that what follows is
//! refused for its fault and nothing else.

use crate::common::{self, Node};
use codec::Encode;
use polkadot_sdk::{
    pallet_utility,
    sc_block_builder::BlockBuilderBuilder,
    sc_cli::{CliConfiguration, SubstrateCli},
    sc_consensus::{
        BlockImport, BlockImportParams, ForkChoiceStrategy, ImportResult, StateAction,
        StorageChanges,
    },
    sc_consensus_aura::standalone,
    sc_network::Litep2pNetworkBackend,
    sp_application_crypto::key_types::AURA,
    sp_blockchain::HeaderBackend,
    sp_consensus::BlockOrigin,
    sp_consensus_aura::{digests::CompatibleDigestItem, Slot, SlotDuration},
    sp_core::H256,
    sp_inherents::{InherentData, InherentDataProvider},
    sp_runtime::{
        traits::{BlakeTwo256, Block as _, Hash as _, Header as _},
        Digest, DigestItem, MultiAddress, OpaqueExtrinsic,
    },
    sp_timestamp::Timestamp,
};
use qloak_client::Client;
use qloak_keystore::{secret_uri, PqKeystore};
use qloak_node::{
    cli::Cli, components::new_components, lifecycle::RunningNode, options::NodeOptions, service,
};
use qloak_pq_crypto::{
    account_signature::AccountSignature,
    authority::aura::{AuthorityPair, AuthoritySignature},
    scheme::Scheme,
};
use qloak_runtime::{opaque::Header, AccountId, RuntimeCall, VERSION};
use serde_json::json;
use std::{net::TcpListener, sync::Arc};

const SECOND: SlotDuration = SlotDuration::from_millis(1000);
/// The identity of node key 1, as in every Substrate test network.
const NODE_KEY: &str = "0000000000000000000000000000000000000000000000000000000000000001";
const PEER_ID: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

/// A node that makes any block it is told to.
struct Forger {
    client: Arc<Client>,
    address: String,
    // Dropped before the runtime that its tasks run on.
    _node: RunningNode,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Forger {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        // Not --tmp: the SDK has one temporary folder for the whole process.
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let port = free.to_string();
        let cli = Cli::try_from_iter([
            "qloak-node",
            "--chain",
            "dev",
            "--base-path",
            common::text(folder.path()),
            "--port",
            &port,
            "--rpc-port",
            "0",
            "--no-prometheus",
            "--no-telemetry",
            "--no-mdns",
            "--node-key",
            NODE_KEY,
        ])
        .unwrap();
        let (client, node) = runtime.block_on(async {
            let handle = tokio::runtime::Handle::current();
            let config = cli.run.sdk.create_configuration(&cli, handle).unwrap();
            let components = new_components(&config).unwrap();
            let client = components.client.clone();
            let options = NodeOptions::default();
            let node =
                service::start_on::<Litep2pNetworkBackend>(config, options, components).unwrap();
            (client, node)
        });
        // A node that makes no blocks itself listens for websockets only.
        let address = format!("/ip4/127.0.0.1/tcp/{port}/ws/p2p/{PEER_ID}");
        Self {
            client,
            address,
            _node: node,
            runtime,
            _folder: folder,
        }
    }

    /// Makes a block in a slot on the best one, sealed by `seal`, and announces it.
    fn forge(&self, slot: Slot, seal: impl FnOnce(&Header) -> Vec<DigestItem>) -> H256 {
        self.forge_on(self.client.info().best_hash, slot, 0, seal)
    }

    /// The same on any block, `early` milliseconds before the end of the slot.
    fn forge_on(
        &self,
        parent: H256,
        slot: Slot,
        early: u64,
        seal: impl FnOnce(&Header) -> Vec<DigestItem>,
    ) -> H256 {
        self.forge_with(parent, slot, early, &[], seal)
    }

    /// The same with more extrinsics, which nobody has executed.
    fn forge_with(
        &self,
        parent: H256,
        slot: Slot,
        early: u64,
        more: &[OpaqueExtrinsic],
        seal: impl FnOnce(&Header) -> Vec<DigestItem>,
    ) -> H256 {
        let digest = Digest {
            logs: vec![standalone::pre_digest::<AuthorityPair>(slot)],
        };
        let mut builder = BlockBuilderBuilder::new(&*self.client)
            .on_parent_block(parent)
            .fetch_parent_block_number(&*self.client)
            .unwrap()
            .with_inherent_digests(digest)
            .build()
            .unwrap();
        for inherent in builder.create_inherents(inherents(slot, early)).unwrap() {
            builder.push(inherent).unwrap();
        }
        let built = builder.build().unwrap();
        let (mut header, mut body) = built.block.deconstruct();
        body.extend_from_slice(more);
        header.set_extrinsics_root(BlakeTwo256::ordered_trie_root(
            body.iter().map(Encode::encode).collect(),
            VERSION.extrinsics_root_state_version(),
        ));
        let seals = seal(&header);
        let mut block = BlockImportParams::new(BlockOrigin::Own, header.clone());
        block.body = Some(body);
        block.state_action =
            StateAction::ApplyChanges(StorageChanges::Changes(built.storage_changes));
        block.fork_choice = Some(ForkChoiceStrategy::LongestChain);
        block.post_digests.extend(seals.iter().cloned());
        let result = self
            .runtime
            .block_on(self.client.import_block(block))
            .unwrap();
        assert!(matches!(result, ImportResult::Imported(_)));
        with(&header, seals).hash()
    }
}

/// The last millisecond of the slot as the block's time, or `early` milliseconds before.
fn inherents(slot: Slot, early: u64) -> InherentData {
    let time = Timestamp::new((u64::from(slot) + 1) * SECOND.as_millis() - 1 - early);
    let mut data = InherentData::new();
    let provider = polkadot_sdk::sp_timestamp::InherentDataProvider::new(time);
    futures::executor::block_on(provider.provide_inherent_data(&mut data)).unwrap();
    data
}

fn with(header: &Header, items: Vec<DigestItem>) -> Header {
    let mut header = header.clone();
    items
        .into_iter()
        .for_each(|item| header.digest_mut().push(item));
    header
}

/// The seal of a development authority for a header.
fn seal_by(name: &str, header: &Header) -> DigestItem {
    let keystore = PqKeystore::in_memory();
    let seed = secret_uri::parse(&format!("//{name}//aura")).unwrap();
    let id = keystore.insert_seed(AURA, seed).unwrap();
    let bytes = keystore
        .sign(AURA, &id, header.hash().as_ref())
        .unwrap()
        .unwrap();
    let signature = AuthoritySignature::try_from(&bytes[..]).unwrap();
    CompatibleDigestItem::<AuthoritySignature>::aura_seal(signature)
}

fn now() -> Slot {
    Slot::from_timestamp(Timestamp::current(), SECOND)
}

/// Sends an honest block and then a faulty one, which must be refused with `complaint`.
fn refuses(
    complaint: &str,
    slot: impl FnOnce(Slot) -> Slot,
    seal: impl FnOnce(&Header) -> Vec<DigestItem>,
) {
    let forger = Forger::start();
    let mut victim = Node::start(&["--chain", "dev", "--tmp", "--bootnodes", &forger.address]);
    let first = now();
    let honest = forger.forge(first, |header| vec![seal_by("Alice", header)]);
    victim.wait_for("Imported #1 (");
    let forged = forger.forge(slot(first), seal);
    let line = victim.wait_for("Verification failed");
    assert!(line.contains(complaint), "{line}");
    assert!(line.contains(&format!("{forged:?}")), "{line}");
    let best = victim.call("chain_getBlockHash", json!([]));
    assert_eq!(
        best,
        format!("{honest:?}"),
        "the victim stays at the honest block"
    );
}

fn next(slot: Slot) -> Slot {
    slot + 1
}

#[test]
fn a_block_with_a_flipped_bit_in_its_seal_is_refused() {
    refuses("Bad signature", next, |header| {
        let DigestItem::Seal(engine, mut bytes) = seal_by("Alice", header) else {
            panic!("a seal is a seal")
        };
        *bytes.last_mut().unwrap() ^= 1;
        vec![DigestItem::Seal(engine, bytes)]
    });
}

#[test]
fn a_block_by_the_wrong_authority_is_refused() {
    refuses("Bad signature", next, |header| vec![seal_by("Bob", header)]);
}

#[test]
fn a_block_with_the_seal_of_another_block_is_refused() {
    refuses("Bad signature", next, |header| {
        let mut other = header.clone();
        other.set_state_root(H256::zero());
        vec![seal_by("Alice", &other)]
    });
}

#[test]
fn a_block_from_the_future_is_refused() {
    refuses(
        "too far in the future",
        |slot| slot + 1000,
        |header| vec![seal_by("Alice", header)],
    );
}

#[test]
fn a_block_with_two_good_seals_is_refused() {
    refuses("2 seals instead of one", next, |header| {
        let first = seal_by("Alice", header);
        let second = seal_by("Alice", &with(header, vec![first.clone()]));
        vec![first, second]
    });
}

#[test]
fn a_block_without_a_seal_is_refused() {
    refuses("the block has no seal", next, |_| Vec::new());
}

#[test]
fn a_block_with_a_classical_seal_is_refused() {
    refuses("the seal has 64 bytes", next, |_| {
        vec![DigestItem::Seal(
            polkadot_sdk::sp_consensus_aura::AURA_ENGINE_ID,
            vec![7; 64],
        )]
    });
}

fn batch(calls: Vec<RuntimeCall>) -> RuntimeCall {
    RuntimeCall::Utility(pallet_utility::Call::batch { calls })
}

/// A call of batches nested 20,000 deep, 60 kB in all.
fn nested_batch() -> Vec<u8> {
    let inner = batch(Vec::new());
    let (outer, inner) = (batch(vec![inner.clone()]).encode(), inner.encode());
    let shell = &outer[..outer.len() - inner.len()];
    [&shell.repeat(20_000), &inner[..]].concat()
}

/// Decoded on a native stack, such a call ends the process.
#[test]
fn a_block_with_a_call_nested_20_000_deep_is_refused_and_the_node_lives() {
    let forger = Forger::start();
    let mut victim = Node::start(&["--chain", "dev", "--tmp", "--bootnodes", &forger.address]);
    let first = now();
    let honest = forger.forge(first, |header| vec![seal_by("Alice", header)]);
    victim.wait_for("Imported #1 (");
    // AURA has the runtime look at inherents, up to the first extrinsic with a signature. Behind that nobody looks at
    // extrinsics before the block is executed: not at one without a signature, nor at one with.
    let harmless = signed_by_nobody(&batch(Vec::new()).encode());
    let bare = [&[4], &nested_batch()[..]].concat();
    let signed = signed_by_nobody(&nested_batch());
    let more = [harmless, bare, signed].map(OpaqueExtrinsic::from_blob);
    let seal = |header: &Header| vec![seal_by("Alice", header)];
    let forged = forger.forge_with(honest, next(first), 0, &more, seal);
    let line = victim.wait_for("Error importing block");
    assert!(line.contains(&format!("{forged:?}")), "{line}");
    let best = victim.call("chain_getBlockHash", json!([]));
    assert_eq!(
        best,
        format!("{honest:?}"),
        "the victim stays at the honest block"
    );
}

/// An extrinsic with a signature of zeros.
fn signed_by_nobody(call: &[u8]) -> Vec<u8> {
    let scheme = Scheme::MlDsa44;
    let signature = vec![0; scheme.parameters().signature_bytes];
    let signature = AccountSignature::new(scheme, None, signature).unwrap();
    let signer = MultiAddress::<AccountId, ()>::Id(AccountId::new([7; 32]));
    // Version 4 with a signature; immortal, nonce 0, no tip, no hash of the metadata.
    let extension = [0; 4];
    [
        &[0x84][..],
        &signer.encode(),
        &signature.encode(),
        &extension,
        call,
    ]
    .concat()
}

/// Forges two blocks of one slot, both sealed by Alice, and returns a victim that has the first.
fn double_author(arguments: &[&str]) -> (Forger, Node) {
    let forger = Forger::start();
    let common = ["--chain", "dev", "--tmp", "--bootnodes", &forger.address];
    let mut victim = Node::start(&[&common[..], arguments].concat());
    let (parent, slot) = (forger.client.info().best_hash, now());
    let seal = |header: &Header| vec![seal_by("Alice", header)];
    forger.forge_on(parent, slot, 0, seal);
    victim.wait_for("Imported #1 (");
    forger.forge_on(parent, slot, 1, seal);
    (forger, victim)
}

#[test]
fn two_blocks_of_one_author_in_one_slot_are_taken_and_reported() {
    let forced = "--unsafe-force-node-key-generation";
    let (forger, mut victim) = double_author(&["--validator", forced]);
    let line = victim.wait_for("Double authoring");
    assert!(line.contains("sealed two blocks in slot"), "{line}");
    victim.wait_for("Reported that authority");
    // Neither block was refused for it.
    forger.forge(next(now()), |header| vec![seal_by("Alice", header)]);
    victim.wait_for("Imported #2 (");
}

#[test]
fn a_node_that_is_no_validator_says_what_it_saw_and_reports_nothing() {
    let (forger, mut victim) = double_author(&[]);
    victim.wait_for("Double authoring");
    forger.forge(next(now()), |header| vec![seal_by("Alice", header)]);
    victim.wait_for("Imported #2 (");
    assert!(!victim.has_said("Reported that authority"));
    assert_eq!(
        victim.call("author_pendingExtrinsics", json!([])),
        json!([])
    );
}
