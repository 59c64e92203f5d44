//! What the wallet knows of the chain's calls, and nodes that describe them in another way.

use codec::Decode;
use qloak_e2e::node::Node;
use qloak_wallet::chain::layout::{describe, require_in, KNOWN};
use qloak_wallet::Error;
use serde_json::json;
use subxt::metadata::Metadata;

/// Where the wallet has it.
const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../wallet/src/chain/layout.txt"
);

fn version() -> u32 {
    qloak_runtime::VERSION.transaction_version
}

/// The runtime's metadata in a format, encoded, as a node gives it.
fn encoded(node: &Node, format: u32) -> Vec<u8> {
    let format = format!("0x{}", hex::encode(format.to_le_bytes()));
    let answer = node.rpc(
        "state_call",
        json!(["Metadata_metadata_at_version", format]),
    );
    let answer = answer.as_str().expect("bytes").trim_start_matches("0x");
    let answer = hex::decode(answer).expect("hexadecimal");
    let metadata = Option::<Vec<u8>>::decode(&mut &answer[..]);
    metadata
        .expect("an option")
        .expect("the runtime knows this format")
}

fn decoded(bytes: &[u8]) -> Metadata {
    Metadata::decode_from(bytes).expect("metadata that decodes")
}

/// The metadata of a node that exchanges two names of equal length, wherever they stand.
fn exchanged(honest: &[u8], one: &str, other: &str) -> Metadata {
    let text = |name: &str| [&[(name.len() as u8) << 2][..], name.as_bytes()].concat();
    let (one, other) = (text(one), text(other));
    let mut bytes = honest.to_vec();
    let mut at = 0;
    while at + one.len() <= bytes.len() {
        let here = &mut bytes[at..at + one.len()];
        if here == &one[..] {
            here.copy_from_slice(&other);
        } else if here == &other[..] {
            here.copy_from_slice(&one);
        }
        at += 1;
    }
    decoded(&bytes)
}

/// After a change of a call: `QLOAK_WRITE_LAYOUT=1`, run this test, and raise the runtime's `transaction_version` if networks
/// exist that run it.
#[test]
fn the_wallet_knows_the_runtimes_calls() {
    let node = Node::development();
    let described = describe(&decoded(&encoded(&node, 15)), version());
    if std::env::var_os("QLOAK_WRITE_LAYOUT").is_some() {
        std::fs::write(FILE, &described).expect("the file can be written");
        return;
    }
    for (known, found) in KNOWN.lines().zip(described.lines()) {
        assert_eq!(
            known, found,
            "{FILE}: write it anew with QLOAK_WRITE_LAYOUT=1"
        );
    }
    assert_eq!(
        KNOWN, described,
        "{FILE}: write it anew with QLOAK_WRITE_LAYOUT=1"
    );
    for format in [14, 16] {
        let described = describe(&decoded(&encoded(&node, format)), version());
        assert_eq!(KNOWN, described, "format {format}");
    }
}

#[test]
fn metadata_that_lies_about_what_is_signed_is_found_out() {
    let honest = encoded(&Node::development(), 15);
    let allows = |metadata: &Metadata, version: u32, pallet: &str, call: &str| match require_in(
        metadata, version, pallet, call,
    ) {
        Ok(()) => true,
        Err(Error::OtherLayout(_) | Error::NotQloak(_)) => false,
        Err(other) => panic!("{pallet}.{call}: {other}"),
    };
    let (metadata, version) = (decoded(&honest), version());
    for (pallet, call) in [
        ("Balances", "transfer_keep_alive"),
        ("PqSignatures", "rotate_key"),
        ("Staking", "unbond"),
        ("PrivacyCredit", "shield"),
        ("Utility", "batch_all"),
    ] {
        assert!(
            allows(&metadata, version, pallet, call),
            "{pallet}.{call} of an honest node"
        );
    }
    // Another version of the format, and other extensions than the wallet knows.
    assert!(!allows(&metadata, version + 1, "Balances", "transfer_all"));
    let renamed = exchanged(&honest, "CheckGenesis", "CheckNothing");
    assert!(!allows(&renamed, version, "Balances", "transfer_all"));

    // A call under another's number; nested, any could be meant.
    let lying = exchanged(&honest, "unbond", "rebond");
    assert!(!allows(&lying, version, "Staking", "unbond"));
    assert!(!allows(&lying, version, "Utility", "batch_all"));
    assert!(allows(&lying, version, "Balances", "transfer_all"));

    // A pallet under another's number.
    let lying = exchanged(&honest, "Session", "Staking");
    assert!(!allows(&lying, version, "Staking", "chill"));
    assert!(!allows(&lying, version, "Session", "set_keys"));

    // Arguments that change places.
    let lying = exchanged(&honest, "value", "extra");
    assert!(!allows(&lying, version, "Balances", "transfer_keep_alive"));
}
