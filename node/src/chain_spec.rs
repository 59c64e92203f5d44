//! The chains that are built in.

use polkadot_sdk::{
    frame_support::genesis_builder_helper::build_state,
    sc_chain_spec::json_patch,
    sc_service::ChainType,
    sp_core::storage::{well_known_keys, Storage},
    sp_state_machine::BasicExternalities,
    *,
};
use qloak_pq_crypto::account::SS58_PREFIX;
use qloak_runtime::{
    constants::currency::{DECIMALS, SYMBOL},
    genesis_presets, RuntimeGenesisConfig, WASM_BINARY,
};
use serde_json::Value;
use std::path::Path;

/// A chain specification without extensions of ours.
pub type ChainSpec = sc_service::GenericChainSpec;

/// The runtime's preset with seven authorities.
const LOCAL_7_PRESET: &str = "local_testnet_7";

/// Begins the names of the network protocols. The genesis hash in them tells chains apart.
const PROTOCOL: &str = "qloak";

/// A chain that is built in: a preset of the runtime under a name.
struct BuiltIn {
    name: &'static str,
    id: &'static str,
    kind: ChainType,
    preset: &'static str,
}

/// The built-in chains by what `--chain` calls them. Without `--chain` and `--dev` the name is empty and
/// means the local network: there is no public one yet.
fn built_in(chain: &str) -> Option<BuiltIn> {
    Some(match chain {
        // One authority (Alice) and funded development accounts.
        "dev" => BuiltIn {
            name: "Qloak development",
            id: "dev",
            kind: ChainType::Development,
            preset: sp_genesis_builder::DEV_RUNTIME_PRESET,
        },
        // Four development authorities (Alice to Dave), for networks on one machine.
        "" | "local" => BuiltIn {
            name: "Qloak local network",
            id: "local_testnet",
            kind: ChainType::Local,
            preset: sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET,
        },
        // Seven development authorities (Alice to George).
        "local7" => BuiltIn {
            name: "Qloak local network of seven",
            id: "local_testnet_7",
            kind: ChainType::Local,
            preset: LOCAL_7_PRESET,
        },
        _ => return None,
    })
}

impl BuiltIn {
    /// The specification as it is written to files: what begins the chain is the preset's name.
    fn specification(&self, wasm: &[u8]) -> ChainSpec {
        ChainSpec::builder(wasm, None)
            .with_name(self.name)
            .with_id(self.id)
            .with_chain_type(self.kind.clone())
            .with_protocol_id(PROTOCOL)
            .with_genesis_config_preset_name(self.preset)
            .with_properties(properties())
            .build()
    }

    /// The state that begins the chain.
    ///
    /// The SDK asks the preset's runtime for it, and compiles that from WebAssembly twice before the
    /// client compiles it once more. The runtime of a built-in chain is part of this program, so it can
    /// be asked directly; a test holds both answers against each other.
    fn genesis(&self, wasm: &[u8]) -> Result<Storage, String> {
        let id = self.preset.into();
        let preset = genesis_presets::get_preset(&id)
            .ok_or_else(|| format!("the runtime has no preset '{}'", self.preset))?;
        let parse = |json: &[u8]| -> Result<Value, String> {
            serde_json::from_slice(json).map_err(|error| error.to_string())
        };
        let mut config = serde_json::to_value(RuntimeGenesisConfig::default())
            .map_err(|error| error.to_string())?;
        json_patch::merge(&mut config, parse(&preset)?);
        let mut state = BasicExternalities::new_empty();
        state.execute_with(|| {
            build_state::<RuntimeGenesisConfig>(config.to_string().into_bytes())
        })?;
        let mut storage = state.into_storages();
        storage
            .top
            .insert(well_known_keys::CODE.to_vec(), wasm.to_vec());
        Ok(storage)
    }
}

/// Finds a specification by its name or reads it from a file, to be shown or written.
pub fn load(id: &str) -> Result<ChainSpec, String> {
    match built_in(id) {
        Some(chain) => Ok(chain.specification(present(WASM_BINARY)?)),
        None => read(id),
    }
}

/// The same, to be run: a built-in chain has its genesis state with it.
pub fn load_with_genesis(id: &str) -> Result<ChainSpec, String> {
    let Some(chain) = built_in(id) else {
        return read(id);
    };
    let wasm = present(WASM_BINARY)?;
    let mut specification = chain.specification(wasm);
    sc_chain_spec::ChainSpec::set_storage(&mut specification, chain.genesis(wasm)?);
    Ok(specification)
}

fn read(path: &str) -> Result<ChainSpec, String> {
    if !Path::new(path).exists() {
        return Err(format!(
            "there is no chain called '{path}' and no such file; built in are dev, local and local7"
        ));
    }
    ChainSpec::from_json_file(path.into())
        .map_err(|error| format!("{path} is not a chain specification: {error}"))
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
    use polkadot_sdk::sp_runtime::BuildStorage;

    #[test]
    fn a_node_without_its_runtime_says_so() {
        let error = present(None).expect_err("there is no runtime");
        assert!(error.contains("SKIP_WASM_BUILD"), "{error}");
    }

    #[test]
    fn genesis_is_the_one_that_the_runtime_makes_in_webassembly() {
        for chain in ["dev", "local", "local7"] {
            let asked = load(chain).unwrap().build_storage().unwrap();
            let direct = load_with_genesis(chain).unwrap().build_storage().unwrap();
            assert!(asked.top.len() > 100, "{chain}: {} keys", asked.top.len());
            assert_eq!(asked.top, direct.top, "{chain}");
            assert_eq!(asked.children_default, direct.children_default, "{chain}");
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
