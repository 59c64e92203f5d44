//! How chains begin: `development`, a single authority with a root origin and funded accounts, and
//! `local_testnet`, the same without root and with more authorities.

use alloc::{vec, vec::Vec};

use polkadot_sdk::*;

use frame_support::build_struct_json_patch;
use hex_literal::hex;
use serde_json::Value;
use sp_genesis_builder::PresetId;
use sp_keyring::Sr25519Keyring;

use crate::constants::currency::QLK;
use crate::{
    AccountId, AuraConfig, Balance, BalancesConfig, PqSignaturesConfig, RuntimeGenesisConfig,
    SudoConfig,
};

/// A development account: its keys derive from the SDK's public development phrase, so that
/// everybody has them. The ids stand here because making a key takes more stack and code than a
/// runtime should carry; a test derives them again.
pub struct Developer {
    /// The name, and the hard junction of the derivation path.
    pub name: &'static str,
    /// The account of the ML-DSA-65 key at `//Name`.
    pub account: [u8; 32],
    /// The authority id of the ML-DSA-65 key at `//Name//aura`.
    pub authority: [u8; 32],
}

/// All development accounts.
pub const DEVELOPERS: [Developer; 6] = [
    Developer {
        name: "Alice",
        account: hex!("02bec644013b45ff76875081a0f428d600b36ebe47b11b9e1e7cc034c6baa8d6"),
        authority: hex!("fc395fad962429175b3f75c11eecd4998539b0416d58abd3a8becefa1d7e42d4"),
    },
    Developer {
        name: "Bob",
        account: hex!("6cf1043d62fbf82c089a76a39f0eb77d24fab05a4f0c9c727d4f49c7ee4dcf64"),
        authority: hex!("b14c0275ccbba4ba43e8b26270faf33a1c5e24ba2f7089ab4c4c935c2abbc462"),
    },
    Developer {
        name: "Charlie",
        account: hex!("a036241d4e6cf2ee7e0c66a6ee8a0727152639186363e0178beecf6a10972885"),
        authority: hex!("60b4fe0474ce1a0f443d47d6ceed9434b07a4af6649f207a25952ed1f91319dd"),
    },
    Developer {
        name: "Dave",
        account: hex!("47aac70235a60a8aa4671b2659d8ed173b4f27d3a1a8e1e25bae53fb074ac7c9"),
        authority: hex!("58c014efdfbdf10424cd3b085fae143461780041e9531b11e4c847a040466b46"),
    },
    Developer {
        name: "Eve",
        account: hex!("6c042f9cc930a52e8fca0f7a5b46fe92a802c1fed147011a3079ad552915da5b"),
        authority: hex!("6b905c943ae12ea28cc50f92ea6f9dbb167e2f76138af8694b9606c662300df9"),
    },
    Developer {
        name: "Ferdie",
        account: hex!("0a81acfa5d3fe11fd072313312430ee82e7dd42c00cffb8da9bd144aa7f133a7"),
        authority: hex!("d49a6111b05818b8990b9c8b75597244cc9c9f535e80bcbc65d18bc27754e88d"),
    },
];

/// What each development account starts with.
const ENDOWMENT: Balance = 1_000_000 * QLK;

/// The classical twins of the development accounts, so that stock tools can sign on a development
/// chain.
fn classical_developers() -> Vec<AccountId> {
    Sr25519Keyring::well_known()
        .map(|key| key.to_account_id())
        .collect()
}

fn post_quantum_developers() -> Vec<AccountId> {
    DEVELOPERS
        .iter()
        .map(|developer| developer.account.into())
        .collect()
}

fn genesis(
    authorities: &[Developer],
    endowed: Vec<AccountId>,
    root: Option<AccountId>,
    classical: Vec<AccountId>,
) -> Value {
    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: endowed
                .into_iter()
                .map(|account| (account, ENDOWMENT))
                .collect()
        },
        aura: AuraConfig {
            authorities: authorities
                .iter()
                .map(
                    |developer| qloak_pq_crypto::authority::Public::from(developer.authority)
                        .into()
                )
                .collect()
        },
        sudo: SudoConfig { key: root },
        pq_signatures: PqSignaturesConfig {
            classical_accounts: classical
        },
    })
}

/// One authority, Alice, who is also root. The SDK's sr25519 development accounts are marked
/// classical, and funded.
fn development() -> Value {
    let endowed = [post_quantum_developers(), classical_developers()].concat();
    genesis(
        &DEVELOPERS[..1],
        endowed,
        Some(DEVELOPERS[0].account.into()),
        classical_developers(),
    )
}

/// Four authorities, Alice to Dave; no root, no classical accounts.
fn local_testnet() -> Value {
    genesis(&DEVELOPERS[..4], post_quantum_developers(), None, vec![])
}

/// The preset of a name, as a JSON patch of the default genesis.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
    let patch = match id.as_ref() {
        sp_genesis_builder::DEV_RUNTIME_PRESET => development(),
        sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET => local_testnet(),
        _ => return None,
    };
    serde_json::to_vec(&patch).ok()
}

/// The names of all presets.
pub fn preset_names() -> Vec<PresetId> {
    vec![
        PresetId::from(sp_genesis_builder::DEV_RUNTIME_PRESET),
        PresetId::from(sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use qloak_pq_crypto::{account, derive, scheme::Scheme, signing::SecretKey};
    use sp_runtime::BuildStorage;

    #[test]
    fn developers_have_the_ids_of_their_keys() {
        let public = |path: &str| {
            let seed =
                derive::derive_seed(&derive::DEV_MASTER, Scheme::MlDsa65, &path.parse().unwrap());
            SecretKey::from_seed(Scheme::MlDsa65, &seed)
                .unwrap()
                .public_key()
                .to_vec()
        };
        for developer in DEVELOPERS {
            let key = public(&alloc::format!("//{}", developer.name));
            assert_eq!(
                account::account_id(Scheme::MlDsa65, &key),
                developer.account,
                "{}",
                developer.name
            );
            let key = public(&alloc::format!("//{}//aura", developer.name));
            assert_eq!(
                account::authority_id(Scheme::MlDsa65, &key),
                developer.authority,
                "{}",
                developer.name
            );
        }
    }

    #[test]
    fn every_preset_builds_a_genesis() {
        for name in preset_names() {
            let patch: Value = serde_json::from_slice(&get_preset(&name).unwrap()).unwrap();
            let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
            json_merge(&mut config, patch);
            let config: RuntimeGenesisConfig = serde_json::from_value(config).unwrap();
            assert!(!config.build_storage().unwrap().top.is_empty(), "{name:?}");
        }
        assert_eq!(get_preset(&PresetId::from("no such preset")), None);
    }

    fn json_merge(into: &mut Value, patch: Value) {
        match (into, patch) {
            (Value::Object(into), Value::Object(patch)) => {
                patch.into_iter().for_each(|(key, value)| {
                    json_merge(into.entry(key).or_insert(Value::Null), value)
                });
            }
            (into, patch) => *into = patch,
        }
    }
}
