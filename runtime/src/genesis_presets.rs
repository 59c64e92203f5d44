//! How chains begin: `development`, a single validator with a root origin and funded accounts, and
//! `local_testnet` and `local_testnet_7`, the same without root and classical accounts, and with more
//! validators.

use alloc::{vec, vec::Vec};

use polkadot_sdk::*;

use frame_support::build_struct_json_patch;
use hex_literal::hex;
use pallet_pq_signatures::{CatalogEntry, CatalogEntryOf};
use pallet_staking::StakerStatus;
use qloak_pq_crypto::{authority, scheme::Scheme};
use serde_json::Value;
use sp_genesis_builder::PresetId;
use sp_keyring::Sr25519Keyring;

use crate::constants::{
    currency::QLK,
    staking::{
        DEVELOPMENT_VALIDATOR_BOND, MAX_CANDIDATES, MAX_NOMINATORS, MAX_VALIDATORS,
        MIN_NOMINATOR_BOND, MIN_VALIDATOR_BOND, SLASH_REWARD,
    },
};
use crate::{
    AccountId, Balance, BalancesConfig, PqSignaturesConfig, Runtime, RuntimeGenesisConfig,
    SessionConfig, SessionKeys, StakingConfig, SudoConfig,
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
    /// The authority id of the ML-DSA-65 key at `//Name//grandpa`.
    pub voter: [u8; 32],
}

/// All development accounts.
pub const DEVELOPERS: [Developer; 7] = [
    Developer {
        name: "Alice",
        account: hex!("02bec644013b45ff76875081a0f428d600b36ebe47b11b9e1e7cc034c6baa8d6"),
        authority: hex!("fc395fad962429175b3f75c11eecd4998539b0416d58abd3a8becefa1d7e42d4"),
        voter: hex!("61608bbc4ce42f2bfb81fbb5175da62c1296c9ff984fc5a0d4ffb6d6d4e17f88"),
    },
    Developer {
        name: "Bob",
        account: hex!("6cf1043d62fbf82c089a76a39f0eb77d24fab05a4f0c9c727d4f49c7ee4dcf64"),
        authority: hex!("b14c0275ccbba4ba43e8b26270faf33a1c5e24ba2f7089ab4c4c935c2abbc462"),
        voter: hex!("8a4c32c6c2ce08474889bb60c53753822e986c4f0847b4d53dadba8626fcc2fd"),
    },
    Developer {
        name: "Charlie",
        account: hex!("a036241d4e6cf2ee7e0c66a6ee8a0727152639186363e0178beecf6a10972885"),
        authority: hex!("60b4fe0474ce1a0f443d47d6ceed9434b07a4af6649f207a25952ed1f91319dd"),
        voter: hex!("635255e78018546270b680f1eed97877d0e2e89a3998aef5d45824dc44764aec"),
    },
    Developer {
        name: "Dave",
        account: hex!("47aac70235a60a8aa4671b2659d8ed173b4f27d3a1a8e1e25bae53fb074ac7c9"),
        authority: hex!("58c014efdfbdf10424cd3b085fae143461780041e9531b11e4c847a040466b46"),
        voter: hex!("43b5f6af77be9affeb934341b9dcc59a8890a3a5a0c37001a88a7c03c3c7da45"),
    },
    Developer {
        name: "Eve",
        account: hex!("6c042f9cc930a52e8fca0f7a5b46fe92a802c1fed147011a3079ad552915da5b"),
        authority: hex!("6b905c943ae12ea28cc50f92ea6f9dbb167e2f76138af8694b9606c662300df9"),
        voter: hex!("f2aba42e74ab44848aad86f6c3b79a8e3e78b0636863b4a82090461620306d1f"),
    },
    Developer {
        name: "Ferdie",
        account: hex!("0a81acfa5d3fe11fd072313312430ee82e7dd42c00cffb8da9bd144aa7f133a7"),
        authority: hex!("d49a6111b05818b8990b9c8b75597244cc9c9f535e80bcbc65d18bc27754e88d"),
        voter: hex!("9690e83c6fded536a65512993b27fb8ddb02518f681dcc965a04af70db89a1fc"),
    },
    Developer {
        name: "George",
        account: hex!("bcbcf846578292495782ee97fcdec3d6fb95e03ebdb34e6a22b1b1695a42d953"),
        authority: hex!("f1daa621c8684055afb3dbda71ff548bce02490e00afd0f12ed02d9cb46eb745"),
        voter: hex!("da5fcfbd8735050007829530666788b5c4d17f682d48c755f5f1169969bc96bb"),
    },
];

/// The preset with seven validators.
pub const LOCAL_TESTNET_7: &str = "local_testnet_7";

/// What each development account starts with, free to spend.
const ENDOWMENT: Balance = 1_000_000 * QLK;
/// What each validator bonds besides.
const BOND: Balance = MIN_VALIDATOR_BOND;

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

/// How a chain begins.
struct Beginning<'a> {
    validators: &'a [Developer],
    /// Fewer are never left by an election or an exclusion.
    minimum_validators: u32,
    /// No more are elected.
    seats: u32,
    /// What a validator bonds at least.
    minimum_bond: Balance,
    root: Option<AccountId>,
    classical: Vec<AccountId>,
    catalog: Vec<(Scheme, CatalogEntryOf<Runtime>)>,
}

impl Beginning<'_> {
    fn balances(&self) -> Vec<(AccountId, Balance)> {
        let validators: Vec<AccountId> = self
            .validators
            .iter()
            .map(|developer| developer.account.into())
            .collect();
        let endowed = [post_quantum_developers(), self.classical.clone()].concat();
        endowed
            .into_iter()
            .map(|account| {
                let bond = if validators.contains(&account) {
                    BOND
                } else {
                    0
                };
                (account, ENDOWMENT.saturating_add(bond))
            })
            .collect()
    }

    /// Each validator's stash is its account, which also controls it.
    fn stakers(&self) -> Vec<(AccountId, AccountId, Balance, StakerStatus<AccountId>)> {
        self.validators
            .iter()
            .map(|developer| {
                let account = AccountId::from(developer.account);
                (account.clone(), account, BOND, StakerStatus::Validator)
            })
            .collect()
    }

    fn session_keys(&self) -> Vec<(AccountId, AccountId, SessionKeys)> {
        self.validators
            .iter()
            .map(|developer| {
                let account = AccountId::from(developer.account);
                let keys = SessionKeys {
                    aura: authority::Public::from(developer.authority).into(),
                    grandpa: authority::Public::from(developer.voter).into(),
                };
                (account.clone(), account, keys)
            })
            .collect()
    }

    fn genesis(&self) -> Value {
        build_struct_json_patch!(RuntimeGenesisConfig {
            balances: BalancesConfig {
                balances: self.balances()
            },
            staking: StakingConfig {
                validator_count: self.seats,
                minimum_validator_count: self.minimum_validators,
                slash_reward_fraction: SLASH_REWARD,
                stakers: self.stakers(),
                min_nominator_bond: MIN_NOMINATOR_BOND,
                min_validator_bond: self.minimum_bond,
                max_validator_count: Some(MAX_CANDIDATES),
                max_nominator_count: Some(MAX_NOMINATORS)
            },
            // The authorities of AURA and GRANDPA follow from the session keys.
            session: SessionConfig {
                keys: self.session_keys()
            },
            sudo: SudoConfig {
                key: self.root.clone()
            },
            pq_signatures: PqSignaturesConfig {
                catalog: self.catalog.clone(),
                classical_accounts: self.classical.clone()
            },
        })
    }
}

/// One validator, Alice, who is also root. The SDK's sr25519 development accounts are marked
/// classical, and funded; drafts of signature schemes are enabled, and seats are free, for trying out.
fn development() -> Value {
    let beginning = Beginning {
        validators: &DEVELOPERS[..1],
        minimum_validators: 1,
        seats: MAX_VALIDATORS,
        minimum_bond: DEVELOPMENT_VALIDATOR_BOND,
        root: Some(DEVELOPERS[0].account.into()),
        classical: classical_developers(),
        catalog: Scheme::ALL
            .map(|scheme| (scheme, CatalogEntry::enabled(scheme)))
            .to_vec(),
    };
    beginning.genesis()
}

/// The first developers as validators; no root, no classical accounts. No seat is free: whoever wants one
/// has to outbid who has it.
fn local_testnet(validators: usize) -> Value {
    let validators = &DEVELOPERS[..validators];
    let beginning = Beginning {
        validators,
        minimum_validators: 3,
        seats: u32::try_from(validators.len()).unwrap_or(MAX_VALIDATORS),
        minimum_bond: MIN_VALIDATOR_BOND,
        root: None,
        classical: vec![],
        catalog: PqSignaturesConfig::default().catalog,
    };
    beginning.genesis()
}

/// Has genesis configurations written and read with this chain's addresses. Otherwise WebAssembly would
/// write the SDK's and, of prefixes that no network has registered, read none.
pub fn use_own_addresses() {
    sp_core::crypto::set_default_ss58_version(qloak_pq_crypto::account::SS58_PREFIX.into());
}

/// The preset of a name, as a JSON patch of the default genesis.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
    let patch = match id.as_ref() {
        sp_genesis_builder::DEV_RUNTIME_PRESET => development(),
        sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET => local_testnet(4),
        LOCAL_TESTNET_7 => local_testnet(7),
        _ => return None,
    };
    serde_json::to_vec(&patch).ok()
}

/// The names of all presets.
pub fn preset_names() -> Vec<PresetId> {
    vec![
        PresetId::from(sp_genesis_builder::DEV_RUNTIME_PRESET),
        PresetId::from(sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET),
        PresetId::from(LOCAL_TESTNET_7),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::{Balances, Grandpa, PqSignatures, Staking};
    use alloc::{format, string::String};
    use pallet_pq_signatures::SchemeStatus;
    use qloak_pq_crypto::{account, derive, signing::SecretKey};
    use sp_runtime::BuildStorage;

    /// The table as it has to be, in the form in which it stands above.
    fn derived() -> String {
        let public = |path: &str| {
            let seed =
                derive::derive_seed(&derive::DEV_MASTER, Scheme::MlDsa65, &path.parse().unwrap());
            SecretKey::from_seed(Scheme::MlDsa65, &seed)
                .unwrap()
                .public_key()
                .to_vec()
        };
        let row = |name: &str| {
            let account = account::account_id(Scheme::MlDsa65, &public(&format!("//{name}")));
            let id = |purpose: &str| {
                account::authority_id(Scheme::MlDsa65, &public(&format!("//{name}//{purpose}")))
            };
            table_row(name, account, id("aura"), id("grandpa"))
        };
        DEVELOPERS
            .iter()
            .map(|developer| row(developer.name))
            .collect()
    }

    fn table_row(name: &str, account: [u8; 32], authority: [u8; 32], voter: [u8; 32]) -> String {
        let hex = |bytes: [u8; 32]| format!("{:?}", sp_core::H256(bytes));
        format!(
            "{name}: account {}, authority {}, voter {}\n",
            hex(account),
            hex(authority),
            hex(voter)
        )
    }

    #[test]
    fn developers_have_the_ids_of_their_keys() {
        let table: String = DEVELOPERS
            .iter()
            .map(|d| table_row(d.name, d.account, d.authority, d.voter))
            .collect();
        let derived = derived();
        assert_eq!(table, derived, "the ids must be\n{derived}");
    }

    /// Also in WebAssembly, where the SDK's prefix would be the only one.
    #[test]
    fn presets_name_accounts_by_addresses_of_this_chain() {
        use_own_addresses();
        let preset = get_preset(&PresetId::from(LOCAL_TESTNET_7)).unwrap();
        let preset: Value = serde_json::from_slice(&preset).unwrap();
        let first = &preset["balances"]["balances"][0][0];
        assert_eq!(first, "qk4nsQWkHuoQXVNejA6JqLoNvQ8Zm39JzpkS52pn9RU3mjJJb");
    }

    #[test]
    fn a_preset_begins_with_its_validators_bonded_and_as_authorities() {
        for (preset, validators) in [
            (sp_genesis_builder::DEV_RUNTIME_PRESET, 1),
            (sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET, 4),
            (LOCAL_TESTNET_7, 7),
        ] {
            let storage = config(&PresetId::from(preset)).build_storage().unwrap();
            sp_io::TestExternalities::new(storage).execute_with(|| {
                let expected = &DEVELOPERS[..validators];
                let sealers: Vec<_> = expected.iter().map(|d| d.authority.to_vec()).collect();
                let authorities: Vec<_> = pallet_aura::Authorities::<Runtime>::get()
                    .iter()
                    .map(|id| AsRef::<[u8]>::as_ref(id).to_vec())
                    .collect();
                assert_eq!(sorted(authorities), sorted(sealers), "{preset}");
                let voters: Vec<_> = expected.iter().map(|d| d.voter.to_vec()).collect();
                let authorities: Vec<_> = Grandpa::grandpa_authorities()
                    .iter()
                    .map(|(id, _)| AsRef::<[u8]>::as_ref(id).to_vec())
                    .collect();
                assert_eq!(sorted(authorities), sorted(voters), "{preset}");
                for developer in expected {
                    let stake = Staking::eras_stakers(0, &developer.account.into());
                    assert_eq!(stake.own, BOND, "{preset}: {}", developer.name);
                    let free = Balances::free_balance(AccountId::from(developer.account));
                    assert_eq!(free, ENDOWMENT);
                }
            });
        }
    }

    #[test]
    fn no_seat_of_a_network_is_free_or_cheap() {
        for (preset, validators) in [
            (sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET, 4),
            (LOCAL_TESTNET_7, 7),
        ] {
            let storage = config(&PresetId::from(preset)).build_storage().unwrap();
            sp_io::TestExternalities::new(storage).execute_with(|| {
                assert_eq!(pallet_staking::ValidatorCount::<Runtime>::get(), validators);
                let bond = pallet_staking::MinValidatorBond::<Runtime>::get();
                assert_eq!(bond, 100_000 * QLK, "{preset}");
            });
        }
    }

    fn sorted(mut ids: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        ids.sort();
        ids
    }

    fn config(preset: &PresetId) -> RuntimeGenesisConfig {
        let patch: Value = serde_json::from_slice(&get_preset(preset).unwrap()).unwrap();
        let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
        json_merge(&mut config, patch);
        serde_json::from_value(config).unwrap()
    }

    #[test]
    fn fn_dsa_is_disabled_but_on_the_development_preset() {
        for name in preset_names() {
            let storage = config(&name).build_storage().unwrap();
            sp_io::TestExternalities::new(storage).execute_with(|| {
                for (scheme, entry) in PqSignatures::catalog() {
                    let expected = scheme != Scheme::FnDsa512
                        || name.as_str() == sp_genesis_builder::DEV_RUNTIME_PRESET;
                    let is_enabled = entry.status == SchemeStatus::Enabled;
                    assert_eq!(is_enabled, expected, "{scheme} on {name}");
                }
            });
        }
    }

    #[test]
    fn every_preset_builds_a_genesis() {
        for name in preset_names() {
            let storage = config(&name).build_storage().unwrap();
            assert!(!storage.top.is_empty(), "{name:?}");
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
