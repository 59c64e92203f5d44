#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
//! What becomes of a transaction that was sent, with nodes that lose it, lie about it or fall silent.

use serde_json::{json, Value as Json};

use qloak_shielded::transaction::Action;

use super::*;
use crate::chain::fake::{End, Fake};
use crate::shielded::draft;
use crate::shielded::model::{Person, TestChain};

const SUBMIT: &str = "author_submitAndWatchExtrinsic";
const BYTES: &[u8] = &[12, 1, 2, 3];
const PATIENCE: Duration = Duration::from_secs(600);

fn parcel() -> Parcel<'static> {
    Parcel {
        bytes: BYTES,
        trace: Trace {
            hash: outcome::hash_of(BYTES),
            nonce: Some(5),
            valid_until: Some(73),
        },
    }
}

fn block(byte: u8) -> String {
    format!("0x{}", hex::encode([byte; 32]))
}

/// Sends through a node that says this of the transaction and then ends so.
async fn sent(statuses: Vec<Json>, end: End, timeout: Duration) -> Result<Outcome, Error> {
    let chain = Fake::default().saying(SUBMIT, statuses, end).chain().await;
    submit(&chain.unwrap(), parcel(), Wait::Included, timeout, |_| ()).await
}

/// Nobody who reads this pays again before he knows.
fn assert_unsettled(result: Result<Outcome, Error>, what: &str) -> String {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Unsettled { .. }), "{what}: {error}");
    let (text, hash) = (error.to_string(), outcome::hash_of(BYTES));
    for part in [
        &format!("transaction {hash:?}"),
        "until block 73: do not pay again before you know",
        &format!("qloak tx watch {hash:?} --until 73"),
        "--nonce 5",
    ] {
        assert!(text.contains(part), "{what}: {text}");
    }
    assert!(
        !text.to_lowercase().contains("run the command again"),
        "{what}: {text}"
    );
    assert_eq!(error.exit_status(), 7);
    text
}

#[tokio::test]
async fn what_a_node_lets_go_is_never_called_not_paid() {
    for status in [
        json!({ "usurped": block(9) }),
        json!("dropped"),
        json!("invalid"),
        json!({ "finalityTimeout": block(2) }),
    ] {
        let what = status.to_string();
        let result = sent(vec![json!("ready"), status], End::Silence, PATIENCE).await;
        assert_unsettled(result, &what);
    }
}

#[tokio::test]
async fn a_lost_connection_does_not_hide_the_transaction() {
    for statuses in [
        vec![],
        vec![json!("ready")],
        vec![json!({ "retracted": block(2) })],
    ] {
        let result = sent(statuses, End::Closed, PATIENCE).await;
        let text = assert_unsettled(result, "closed");
        assert!(text.contains("connection to the node was lost"), "{text}");
    }
    let chain = Fake::default().breaking(SUBMIT).chain().await.unwrap();
    let result = submit(&chain, parcel(), Wait::Included, PATIENCE, |_| ()).await;
    assert_unsettled(result, "lost while it was sent");
}

#[tokio::test]
async fn a_silent_node_does_not_hide_the_transaction() {
    let result = sent(vec![json!("ready")], End::Silence, Duration::ZERO).await;
    let text = assert_unsettled(result, "silence");
    assert!(text.contains("not in a block after 0 seconds"), "{text}");
}

#[tokio::test]
async fn a_block_that_cannot_be_read_is_named() {
    let node = Fake::default()
        .saying(SUBMIT, vec![json!({ "inBlock": block(2) })], End::Silence)
        .breaking("chain_getBlock");
    let chain = node.chain().await.unwrap();
    let result = submit(&chain, parcel(), Wait::Included, PATIENCE, |_| ()).await;
    let text = assert_unsettled(result, "unreadable");
    assert!(
        text.contains(&format!("is in block {}", block(2))),
        "{text}"
    );
}

#[tokio::test]
async fn a_full_pool_may_have_passed_it_on() {
    for (code, message) in [
        (1012, "Transaction is temporarily banned"),
        (1013, "Already Imported"),
        (1016, "Immediately Dropped"),
        (1011, "Unknown Transaction Validity"),
    ] {
        let chain = Fake::default()
            .refusing(SUBMIT, code, message)
            .chain()
            .await;
        let result = submit(&chain.unwrap(), parcel(), Wait::Included, PATIENCE, |_| ()).await;
        assert_unsettled(result, message);
    }
}

#[tokio::test]
async fn a_judgement_of_the_runtime_is_the_nodes_word() {
    for (code, message) in [
        (1010, "Invalid Transaction: outdated"),
        (1014, "Priority is too low"),
    ] {
        let chain = Fake::default()
            .refusing(SUBMIT, code, message)
            .chain()
            .await;
        let result = submit(&chain.unwrap(), parcel(), Wait::Included, PATIENCE, |_| ()).await;
        let refused = result.unwrap_err();
        assert!(
            matches!(refused, Error::RefusedByNode { .. }),
            "{message}: {refused}"
        );
        assert!(refused.to_string().contains("--nonce 5"), "{refused}");
        assert_eq!(refused.exit_status(), 4);
    }
}

#[test]
fn a_block_is_enough_unless_a_final_one_is_wanted() {
    const BLOCK: H256 = H256([2; 32]);
    let end = |status, wait| read_status(status, wait).break_value();
    let included = || TransactionStatus::InBlock(BLOCK);
    assert_eq!(end(included(), Wait::Included), Some(Ok(BLOCK)));
    assert_eq!(end(included(), Wait::Finalized), None);
    let finalized = TransactionStatus::Finalized(BLOCK);
    assert_eq!(end(finalized, Wait::Finalized), Some(Ok(BLOCK)));
}

/// A header as a node writes it.
fn header(number: u64) -> Json {
    let parent = block(number.saturating_sub(1) as u8);
    json!({
        "parentHash": parent, "number": format!("{number:#x}"), "stateRoot": block(0),
        "extrinsicsRoot": block(0), "digest": { "logs": [] },
    })
}

const BEST: u64 = 100;

/// The number of a block of [`chain_with`]. Hashes of heads, which nobody makes up, belong to the block after the best one.
fn number_in(hash: &Json, after: u64) -> u64 {
    let hash = hash.as_str().unwrap();
    let byte = u8::from_str_radix(&hash[2..4], 16).unwrap();
    match hash == block(byte) {
        true => byte.into(),
        false => after,
    }
}

/// A chain whose hashes are its blocks' numbers. One of them holds a transaction, if that is wanted.
fn chain_with(
    transaction: Option<(u64, Vec<u8>)>,
    best: u64,
    finalized: u8,
    heads: Vec<Json>,
) -> Fake {
    let after = heads.last().map_or(best, |head| {
        u64::from_str_radix(&head["number"].as_str().unwrap()[2..], 16).unwrap()
    });
    Fake::default()
        .computing("chain_getBlockHash", |arguments| match &arguments[0] {
            Json::Array(numbers) => numbers
                .iter()
                .map(|number| json!(block(number.as_u64().unwrap() as u8)))
                .collect(),
            _ => json!(block(0)),
        })
        .computing("chain_getHeader", move |arguments| match &arguments[0] {
            Json::Null => header(best),
            hash => header(number_in(hash, after)),
        })
        .computing("chain_getBlock", move |arguments| {
            let number = number_in(&arguments[0], after);
            let here = transaction.iter().filter(|(block, _)| *block == number);
            let extrinsics: Vec<_> = here
                .map(|(_, bytes)| format!("0x{}", hex::encode(bytes)))
                .collect();
            json!({ "block": { "header": header(number), "extrinsics": extrinsics }, "justifications": null })
        })
        .answering("chain_getFinalizedHead", json!(block(finalized)))
        .saying("chain_subscribeNewHeads", heads, End::Silence)
        // What it did there is of no concern here.
        .refusing("state_getRuntimeVersion", 4003, "State already discarded")
        .refusing("state_call", 4003, "State already discarded")
}

/// A chain of empty blocks.
fn empty_chain(finalized: u8, heads: Vec<Json>) -> Fake {
    chain_with(None, BEST, finalized, heads)
}

/// A shielded payment as it travels, and its name on these chains. The model runs its own futures, which these here do not
/// allow on their thread.
fn shielded_payment() -> (Vec<u8>, H256) {
    std::thread::spawn(make_payment).join().unwrap()
}

fn make_payment() -> (Vec<u8>, H256) {
    let mut chain = TestChain::new();
    let mut alice = Person::new("//Alice");
    chain.seal(&[alice.deposit(100)], &[]);
    chain.reach_anchor();
    alice.scan(&chain).unwrap();
    let transfer = alice.draft(None, Action::Send).transfer;
    let name = transfer.binding(&[0; 32]).to_bytes();
    (draft::extrinsic([9, 1], &transfer, &[7; 20]), H256(name))
}

fn watch_until(until: Option<u64>, timeout: Duration) -> Watch {
    Watch {
        hash: outcome::hash_of(BYTES),
        depth: 64,
        until,
        wait: Wait::Included,
        timeout,
    }
}

#[tokio::test]
async fn not_included_is_said_when_the_last_block_is_final_and_not_before() {
    let chain = empty_chain(73, vec![]).chain().await.unwrap();
    let settled = watch(&chain, watch_until(Some(73), PATIENCE))
        .await
        .unwrap_err();
    assert!(matches!(settled, Error::NotFound(_)), "{settled}");
    assert!(
        settled.to_string().contains("no longer can be"),
        "{settled}"
    );

    let chain = empty_chain(72, vec![]).chain().await.unwrap();
    let open = watch(&chain, watch_until(Some(73), Duration::from_millis(50))).await;
    let open = open.unwrap_err();
    assert!(matches!(open, Error::Timeout(_)), "{open}");
    assert!(open.to_string().contains("until block 73"), "{open}");
}

#[tokio::test]
async fn a_node_without_the_blocks_does_not_say_that_it_was_not_included() {
    let node = empty_chain(73, vec![]).answering("chain_getBlock", Json::Null);
    let chain = node.chain().await.unwrap();
    let unknown = watch(&chain, watch_until(Some(73), PATIENCE))
        .await
        .unwrap_err();
    assert!(
        unknown
            .to_string()
            .contains("this node does not have block 73"),
        "{unknown}"
    );
}

#[tokio::test]
async fn a_search_asks_for_each_block_once_and_for_their_hashes_together() {
    let chain = empty_chain(100, vec![]).chain().await.unwrap();
    let hash = outcome::hash_of(BYTES);
    let mut searcher = Searcher::new(&chain, hash);
    let found = searcher.through(Range::up_to(100, 64), 100).await;
    assert!(matches!(found.unwrap(), Search::Absent));
    let (found, range) = search(&chain, hash, u32::MAX).await.unwrap();
    assert!(matches!(found, Search::Absent));
    assert_eq!(range.to_string(), "1 to 100");
}

#[tokio::test]
async fn a_shielded_payment_in_the_first_block_that_can_have_it_is_not_called_not_included() {
    let (bytes, name) = shielded_payment();
    let (first, until) = (11, 250);
    for sought in [outcome::hash_of(&bytes), name] {
        let node = chain_with(Some((first, bytes.clone())), 254, 252, vec![]);
        let chain = node.chain().await.unwrap();
        let asked = Watch {
            hash: sought,
            ..watch_until(Some(until), PATIENCE)
        };
        let found = watch(&chain, asked).await.unwrap();
        assert_eq!(found.block_number, first);
        assert_eq!(found.hash, outcome::hash_of(&bytes));
        assert!(found.finalized);
    }
}

#[tokio::test]
async fn a_shielded_payment_is_shown_by_its_own_name() {
    let (bytes, name) = shielded_payment();
    let chain = chain_with(Some((90, bytes)), BEST, 95, vec![]);
    let chain = chain.chain().await.unwrap();
    let (found, _) = search(&chain, name, 64).await.unwrap();
    assert!(matches!(found, Search::Found(outcome) if outcome.block_number == 90));
    let (found, _) = search(&chain, name, 10).await.unwrap();
    assert!(matches!(found, Search::Absent));
}

#[tokio::test]
async fn can_be_sent_again_is_said_of_the_blocks_that_were_looked_through() {
    let chain = chain_with(None, 254, 252, vec![]).chain().await.unwrap();
    let settled = watch(&chain, watch_until(Some(250), PATIENCE)).await;
    let text = settled.unwrap_err().to_string();
    assert!(
        text.contains("none of the blocks 11 to 250 has it") && text.contains("can be sent again"),
        "{text}"
    );
    // Without a last block nothing says when it is over.
    let open = watch(&chain, watch_until(None, Duration::from_millis(50))).await;
    let text = open.unwrap_err().to_string();
    assert!(!text.contains("sent again"), "{text}");
    assert!(
        text.contains(
            "none of the blocks 15 to 254 has it, and those before them were not looked through"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn blocks_that_a_node_does_not_tell_of_are_looked_through() {
    let (bytes, name) = shielded_payment();
    // It imports five blocks at once, and tells of the last.
    let node = chain_with(Some((BEST + 3, bytes)), BEST, 95, vec![header(BEST + 5)]);
    let chain = node.chain().await.unwrap();
    let asked = Watch {
        hash: name,
        ..watch_until(None, PATIENCE)
    };
    let found = watch(&chain, asked).await.unwrap();
    assert_eq!(found.block_number, BEST + 3);
}

#[tokio::test]
async fn a_payment_whose_block_does_not_become_final_is_said_to_be_in_it() {
    let (bytes, name) = shielded_payment();
    let chain = chain_with(Some((98, bytes)), BEST, 95, vec![]);
    let chain = chain.chain().await.unwrap();
    let asked = Watch {
        hash: name,
        wait: Wait::Finalized,
        ..watch_until(None, Duration::from_millis(50))
    };
    let text = watch(&chain, asked).await.unwrap_err().to_string();
    assert!(
        text.contains("not final") && text.contains("it is in block 98"),
        "{text}"
    );
}
