//! The raw chain specification of a test network.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value as Json;
use sp_crypto_hashing::twox_128;

use super::Plan;

/// Writes the specification of a plan into a folder.
///
/// # Panics
/// If the node does not export it.
pub fn write(plan: &Plan, folder: &Path) -> PathBuf {
    let mut spec = exported(plan.chain);
    let top = spec["genesis"]["raw"]["top"]
        .as_object_mut()
        .expect("a raw specification lists the storage");
    // These constants of the runtime are kept in storage, so that the same runtime serves.
    let parameters = [
        (":SessionLength:", plan.session_blocks),
        (":SessionsPerEra:", plan.era_sessions),
        (":ExclusionPeriod:", plan.exclusion_blocks),
    ];
    for (name, value) in parameters {
        if let Some(value) = value {
            top.insert(
                hexadecimal(&twox_128(name.as_bytes())),
                hexadecimal(&value.to_le_bytes()).into(),
            );
        }
    }
    let path = folder.join("chain.json");
    fs::write(&path, spec.to_string()).expect("the folder is writable");
    path
}

fn hexadecimal(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// What the node exports for a built-in chain. Asked once: it runs the runtime to build the genesis.
fn exported(chain: &'static str) -> Json {
    static EXPORTED: OnceLock<std::sync::Mutex<Vec<(&'static str, Json)>>> = OnceLock::new();
    let mut exported = EXPORTED
        .get_or_init(Default::default)
        .lock()
        .expect("exporting does not panic twice");
    if let Some((_, spec)) = exported.iter().find(|(name, _)| *name == chain) {
        return spec.clone();
    }
    let output = Command::new(crate::node::program())
        .args(["export-chain-spec", "--raw", "--chain", chain])
        .output()
        .expect("the node runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "no specification: {complaint}");
    let spec: Json = serde_json::from_slice(&output.stdout).expect("a specification is JSON");
    exported.push((chain, spec.clone()));
    spec
}
