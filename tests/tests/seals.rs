//! A second node, syncing over the network, refuses blocks whose seal is not in order.
//!
//! The forger is a real node too: an honest chain of a few blocks is put into its database, and then
//! one forged block past its own checks, straight through the client's block import. The other node
//! is a plain one that syncs from it. It must take the honest blocks and stop there, and say why.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]
#![allow(missing_docs, reason = "tests are named after what they show")]

use std::path::Path;

use polkadot_sdk::*;
use qloak_e2e::node::{text, Node};
use qloak_node::{
    cli::Cli,
    service::{self, Client},
};
use qloak_pq_crypto::{
    authority::aura::{AuthorityPair, AuthoritySignature},
    derive::{derive_seed, DEV_MASTER},
    scheme::Scheme,
};
use qloak_runtime::{constants::time::SLOT_MILLISECONDS, opaque::Block};
use sc_block_builder::{BlockBuilderApi as _, BlockBuilderBuilder};
use sc_cli::{CliConfiguration, SubstrateCli};
use sc_consensus::{BlockImport, BlockImportParams, ForkChoiceStrategy};
use sp_blockchain::HeaderBackend;
use sp_consensus::BlockOrigin;
use sp_consensus_aura::{digests::CompatibleDigestItem, Slot};
use sp_core::{ByteArray, Pair};
use sp_inherents::{InherentData, InherentDataProvider as _};
use sp_runtime::{traits::Block as _, traits::Header as _, Digest, DigestItem};

/// How the last block is spoilt.
#[derive(Clone, Copy, Debug)]
enum Forgery {
    /// One bit of the seal is flipped.
    WrongSeal,
    /// Bob seals what is Alice's slot.
    WrongAuthority,
    /// The slot lies an hour ahead.
    FromTheFuture,
    /// There are two seals, both of them Alice's.
    TwoSeals,
    /// There is none.
    NoSeal,
}

const HONEST_BLOCKS: u64 = 3;

fn authority(name: &str) -> AuthorityPair {
    let path = format!("//{name}//aura").parse().unwrap();
    AuthorityPair::from_seed(&derive_seed(&DEV_MASTER, Scheme::MlDsa65, &path))
}

fn seal(pair: &AuthorityPair, hash: &[u8]) -> DigestItem {
    <DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_seal(pair.sign(hash))
}

/// Makes a block on the best one, at `slot`, with the seals that `seals` makes of its hash, and imports
/// it unchecked.
fn forge(client: &std::sync::Arc<Client>, slot: u64, seals: impl FnOnce(&[u8]) -> Vec<DigestItem>) {
    let info = client.info();
    let pre_digest =
        <DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_pre_digest(Slot::from(slot));
    let mut builder = BlockBuilderBuilder::new(&**client)
        .on_parent_block(info.best_hash)
        .with_parent_block_number(info.best_number)
        .with_inherent_digests(Digest {
            logs: vec![pre_digest],
        })
        .build()
        .unwrap();
    let mut inherents = InherentData::new();
    let timestamp = sp_timestamp::InherentDataProvider::new((slot * SLOT_MILLISECONDS).into());
    futures::executor::block_on(timestamp.provide_inherent_data(&mut inherents)).unwrap();
    for extrinsic in builder.create_inherents(inherents).unwrap() {
        builder.push(extrinsic).unwrap();
    }
    let (header, body) = builder.build().unwrap().block.deconstruct();
    let mut import = BlockImportParams::new(BlockOrigin::Own, header.clone());
    import.post_digests = seals(header.hash().as_slice());
    import.body = Some(body);
    import.fork_choice = Some(ForkChoiceStrategy::LongestChain);
    futures::executor::block_on(client.import_block(import)).unwrap();
}

/// Fills the database below `base` with honest blocks and one forged block.
fn write_forged_chain(base: &Path, forgery: Option<Forgery>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let entered = runtime.enter();
    let cli = Cli::from_iter([
        "qloak-node",
        "--chain",
        "dev",
        "--no-prometheus",
        "--base-path",
        text(base),
    ]);
    let config = cli
        .run
        .sdk
        .create_configuration(&cli, runtime.handle().clone())
        .unwrap();
    let parts = service::new_components(&config).unwrap();
    let client = &parts.client;

    let alice = authority("Alice");
    let now = u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
        / SLOT_MILLISECONDS;
    for age in (2..2 + HONEST_BLOCKS).rev() {
        forge(client, now - age, |hash| vec![seal(&alice, hash)]);
    }
    match forgery {
        None => {}
        Some(Forgery::WrongSeal) => forge(client, now - 1, |hash| {
            let mut signature = alice.sign(hash).to_raw_vec();
            signature[3_000] ^= 1;
            let signature = AuthoritySignature::try_from(&signature[..]).unwrap();
            vec![<DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_seal(signature)]
        }),
        Some(Forgery::WrongAuthority) => {
            let bob = authority("Bob");
            forge(client, now - 1, |hash| vec![seal(&bob, hash)]);
        }
        Some(Forgery::FromTheFuture) => forge(client, now + 3_600, |hash| vec![seal(&alice, hash)]),
        Some(Forgery::TwoSeals) => {
            forge(client, now - 1, |hash| {
                vec![seal(&alice, hash), seal(&alice, hash)]
            });
        }
        Some(Forgery::NoSeal) => forge(client, now - 1, |_| vec![]),
    }
    // The database is free for the forger's own process only when every task has let go of it.
    drop((entered, parts));
    runtime.shutdown_timeout(std::time::Duration::from_secs(30));
}

/// Starts both nodes and returns the forger and the node that syncs from it.
fn sync(forgery: Option<Forgery>) -> (Node, Node, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let forged = folder.path().join("forger");
    write_forged_chain(&forged, forgery);
    let mut forger = Node::start(&[
        "--chain",
        "dev",
        "--base-path",
        text(&forged),
        "--port",
        "0",
        "--allow-private-ip",
    ]);
    assert_eq!(
        forger.height(),
        HONEST_BLOCKS + u64::from(forgery.is_some()),
        "the forged block is in its database"
    );
    let peer = forger.peer_address();
    let honest = folder.path().join("honest");
    let syncing = Node::start(&[
        "--chain",
        "dev",
        "--base-path",
        text(&honest),
        "--port",
        "0",
        "--allow-private-ip",
        "--bootnodes",
        &peer,
        "-l",
        "sync=debug,aura=debug,import-queue=debug",
    ]);
    (forger, syncing, folder)
}

fn assert_refused(forgery: Forgery, reason: &str) {
    let (forger, mut syncing, _folder) = sync(Some(forgery));
    syncing.wait_for(reason);
    assert!(syncing.height() <= HONEST_BLOCKS, "{forgery:?} was taken");
    drop(forger);
}

#[test]
fn an_honest_chain_is_taken_whole() {
    let (_forger, mut syncing, _folder) = sync(None);
    assert_eq!(syncing.wait_for_height(HONEST_BLOCKS), HONEST_BLOCKS);
}

#[test]
fn a_wrong_seal_is_refused() {
    assert_refused(Forgery::WrongSeal, "Bad signature");
}

#[test]
fn a_seal_by_the_wrong_authority_is_refused() {
    assert_refused(Forgery::WrongAuthority, "Bad signature");
}

#[test]
fn a_block_from_the_future_is_refused() {
    assert_refused(Forgery::FromTheFuture, "too far in the future");
}

#[test]
fn two_seals_are_refused() {
    assert_refused(Forgery::TwoSeals, "the block has 2 seals instead of one");
}

#[test]
fn no_seal_is_refused() {
    assert_refused(Forgery::NoSeal, "the block has no seal");
}
