//! The chains that are built in.

use polkadot_sdk::{sc_service::ChainType, *};
use qloak_runtime::{
    constants::currency::{DECIMALS, SYMBOL},
    WASM_BINARY,
};
use std::path::Path;

/// A chain specification without extensions of ours.
pub type ChainSpec = sc_service::GenericChainSpec;

/// The SDK's general SS58 prefix. A registered one of our own comes with a public network.
const SS58_PREFIX: u16 = 42;

/// The runtime's preset with seven authorities.
const LOCAL_7_PRESET: &str = "local_testnet_7";

/// Begins the names of the network protocols. The genesis hash in them tells chains apart.
const PROTOCOL: &str = "qloak";

/// Finds a specification by its name or reads it from a file.
///
/// Without `--chain` and `--dev` the name is empty and means the local network: there is no public
/// one yet.
pub fn load(id: &str) -> Result<ChainSpec, String> {
    match id {
        "dev" => development(WASM_BINARY),
        "" | "local" => local(WASM_BINARY),
        "local7" => local_7(WASM_BINARY),
        path if Path::new(path).exists() => ChainSpec::from_json_file(path.into())
            .map_err(|error| format!("{path} is not a chain specification: {error}")),
        unknown => Err(format!(
            "there is no chain called '{unknown}' and no such file; built in are dev, local and local7"
        )),
    }
}

/// One authority (Alice) and funded development accounts.
fn development(wasm: Option<&[u8]>) -> Result<ChainSpec, String> {
    Ok(ChainSpec::builder(present(wasm)?, None)
        .with_name("Qloak development")
        .with_id("dev")
        .with_protocol_id(PROTOCOL)
        .with_chain_type(ChainType::Development)
        .with_genesis_config_preset_name(sp_genesis_builder::DEV_RUNTIME_PRESET)
        .with_properties(properties())
        .build())
}

/// Four development authorities (Alice to Dave), for networks on one machine.
fn local(wasm: Option<&[u8]>) -> Result<ChainSpec, String> {
    Ok(ChainSpec::builder(present(wasm)?, None)
        .with_name("Qloak local network")
        .with_id("local_testnet")
        .with_chain_type(ChainType::Local)
        .with_protocol_id(PROTOCOL)
        .with_genesis_config_preset_name(sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET)
        .with_properties(properties())
        .build())
}

/// Seven development authorities (Alice to George).
fn local_7(wasm: Option<&[u8]>) -> Result<ChainSpec, String> {
    Ok(ChainSpec::builder(present(wasm)?, None)
        .with_name("Qloak local network of seven")
        .with_id("local_testnet_7")
        .with_chain_type(ChainType::Local)
        .with_protocol_id(PROTOCOL)
        .with_genesis_config_preset_name(LOCAL_7_PRESET)
        .with_properties(properties())
        .build())
}

fn present(wasm: Option<&[u8]>) -> Result<&[u8], String> {
    wasm.ok_or_else(|| {
        "this node was built without its runtime (SKIP_WASM_BUILD was set), so the built-in chains \
         are not available. Build again without SKIP_WASM_BUILD, or give a raw chain specification \
         with --chain FILE"
            .into()
    })
}

fn properties() -> sc_service::Properties {
    let mut properties = sc_service::Properties::new();
    properties.insert("tokenSymbol".into(), SYMBOL.into());
    properties.insert("tokenDecimals".into(), DECIMALS.into());
    properties.insert("ss58Format".into(), SS58_PREFIX.into());
    properties
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )]

    use super::*;

    #[test]
    fn a_node_without_its_runtime_says_so() {
        for chain in [development, local, local_7] {
            let error = chain(None).err().expect("there is no runtime");
            assert!(error.contains("SKIP_WASM_BUILD"), "{error}");
        }
    }

    #[test]
    fn an_unknown_chain_is_named() {
        let error = load("qloakland").err().expect("there is no such chain");
        assert!(
            error.contains("'qloakland'") && error.contains("dev, local and local7"),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_is_no_specification_is_named() {
        let error = load(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .err()
            .expect("not JSON");
        assert!(error.contains("is not a chain specification"), "{error}");
    }
}
