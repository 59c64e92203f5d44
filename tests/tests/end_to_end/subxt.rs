//! Stock subxt, with its own configuration and no types of ours, follows final blocks and reads what
//! staking, session and GRANDPA have in storage.

use qloak_e2e::node::{Node, DEADLINE};
use qloak_runtime::{constants::currency::QLK, genesis_presets::DEVELOPERS};
use subxt::{
    dynamic::{constant, runtime_api_call, storage},
    ext::scale_decode::{self, DecodeAsType},
    storage::DynamicAddress,
    OnlineClient, OnlineClientAtBlock, SubstrateConfig,
};

type Client = OnlineClient<SubstrateConfig>;
type AtBlock = OnlineClientAtBlock<SubstrateConfig>;

/// What Alice has bonded at genesis.
const BOND: u128 = 100_000 * QLK;

#[derive(Debug, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Ledger {
    stash: [u8; 32],
    total: u128,
    active: u128,
}

#[derive(Debug, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct ActiveEra {
    index: u32,
}

#[derive(Debug, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Exposure {
    total: u128,
    own: u128,
}

#[derive(Debug, PartialEq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct SessionKeys {
    aura: [u8; 32],
    grandpa: [u8; 32],
}

/// The account of the only validator.
fn alice() -> [u8; 32] {
    DEVELOPERS[0].account
}

async fn connect(node: &Node) -> Client {
    Client::from_url(node.url())
        .await
        .expect("stock subxt connects")
}

/// The state at the first final block from a height on.
async fn final_state(client: &Client, at_least: u64) -> AtBlock {
    let mut blocks = client.stream_blocks().await.expect("final blocks");
    let found = async {
        loop {
            let block = blocks.next().await.expect("more blocks").expect("a block");
            if block.number() >= at_least {
                return block.at().await.expect("its state");
            }
        }
    };
    tokio::time::timeout(DEADLINE, found)
        .await
        .expect("a final block in time")
}

/// A value without keys.
async fn value<T: DecodeAsType>(at: &AtBlock, pallet: &str, entry: &str) -> T {
    let address: DynamicAddress<(), T> = storage(pallet, entry);
    let value = at.storage().fetch(address, ()).await;
    value
        .unwrap_or_else(|error| panic!("{pallet}::{entry} is not there: {error}"))
        .decode()
        .unwrap_or_else(|error| panic!("{pallet}::{entry} does not decode: {error}"))
}

/// A value under an account.
async fn value_of<T: DecodeAsType>(at: &AtBlock, pallet: &str, entry: &str, key: [u8; 32]) -> T {
    let address: DynamicAddress<([u8; 32],), T> = storage(pallet, entry);
    let value = at.storage().fetch(address, (key,)).await;
    value
        .unwrap_or_else(|error| panic!("{pallet}::{entry} has no such account: {error}"))
        .decode()
        .unwrap_or_else(|error| panic!("{pallet}::{entry} does not decode: {error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn final_blocks_follow_one_another() {
    let node = Node::development();
    let client = connect(&node).await;
    let mut blocks = client.stream_blocks().await.expect("final blocks");
    let mut previous = None;
    let four = async {
        for _ in 0..4 {
            let block = blocks.next().await.expect("more blocks").expect("a block");
            if let Some((number, hash)) = previous {
                assert_eq!(block.number(), number + 1);
                assert_eq!(block.header().parent_hash, hash);
            }
            previous = Some((block.number(), block.hash()));
        }
    };
    tokio::time::timeout(DEADLINE, four)
        .await
        .expect("four final blocks in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn session_and_consensus_have_the_same_keys() {
    let node = Node::development();
    let at = final_state(&connect(&node).await, 1).await;
    let validators: Vec<[u8; 32]> = value(&at, "Session", "Validators").await;
    assert_eq!(validators, [alice()]);
    let keys: SessionKeys = value_of(&at, "Session", "NextKeys", alice()).await;
    assert_eq!(keys.aura, DEVELOPERS[0].authority);
    assert_eq!(keys.grandpa, DEVELOPERS[0].voter);
    let authors: Vec<[u8; 32]> = value(&at, "Aura", "Authorities").await;
    assert_eq!(authors, [keys.aura]);
    let voters: Vec<([u8; 32], u64)> = value(&at, "Grandpa", "Authorities").await;
    assert_eq!(voters, [(keys.grandpa, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn grandpa_tells_the_same_by_storage_and_by_runtime_api() {
    let node = Node::development();
    let at = final_state(&connect(&node).await, 1).await;
    let stored: u64 = value(&at, "Grandpa", "CurrentSetId").await;
    let call = runtime_api_call::<_, u64>("GrandpaApi", "current_set_id", ());
    let called = at.runtime_apis().call(call).await;
    assert_eq!(called.expect("the set's number"), stored);
    let call = runtime_api_call::<_, Vec<([u8; 32], u64)>>("GrandpaApi", "grandpa_authorities", ());
    let called = at.runtime_apis().call(call).await;
    assert_eq!(called.expect("the voters"), [(DEVELOPERS[0].voter, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn staking_shows_the_bond_and_the_stake_that_elected() {
    let node = Node::development();
    let at = final_state(&connect(&node).await, 1).await;
    let bonded: [u8; 32] = value_of(&at, "Staking", "Bonded", alice()).await;
    assert_eq!(bonded, alice());
    let ledger: Ledger = value_of(&at, "Staking", "Ledger", alice()).await;
    assert_eq!(
        (ledger.stash, ledger.total, ledger.active),
        (alice(), BOND, BOND)
    );
    let era: ActiveEra = value(&at, "Staking", "ActiveEra").await;
    let address: DynamicAddress<(u32, [u8; 32]), Exposure> =
        storage("Staking", "ErasStakersOverview");
    let exposure = at
        .storage()
        .fetch(address, (era.index, alice()))
        .await
        .expect("the stake that elected Alice")
        .decode()
        .expect("an exposure");
    assert_eq!((exposure.total, exposure.own), (BOND, BOND));
    let minimum: u128 = value(&at, "Staking", "MinValidatorBond").await;
    assert_eq!(minimum, 1_000 * QLK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found() {
    let node = Node::development();
    let at = final_state(&connect(&node).await, 1).await;
    let nobody: DynamicAddress<([u8; 32],), Ledger> = storage("Staking", "Ledger");
    let ledger = at.storage().try_fetch(nobody, ([0; 32],)).await;
    assert!(ledger.expect("an answer").is_none());
    let unknown: DynamicAddress<(), u32> = storage("Staking", "NoSuchEntry");
    assert!(at.storage().fetch(unknown, ()).await.is_err());
    let unbonding = at
        .constants()
        .entry(constant::<u32>("Staking", "BondingDuration"));
    assert!(unbonding.expect("a constant") > 0);
}
