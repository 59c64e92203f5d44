//! The genesis configuration: what it builds and what it refuses to build.

use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use sp_runtime::BuildStorage;

use crate::{mock::*, *};

fn build(config: GenesisConfig<Test>) -> sp_io::TestExternalities {
    config.build_storage().unwrap().into()
}

fn only(entry: CatalogEntry<u64>) -> GenesisConfig<Test> {
    GenesisConfig {
        catalog: vec![(Scheme::MlDsa65, entry)],
        ..Default::default()
    }
}

/// FN-DSA-512, until FIPS 206 is final.
#[test]
fn a_chain_starts_with_drafts_disabled_and_all_else_enabled_at_its_strength() {
    build(GenesisConfig::default()).execute_with(|| {
        let catalog = PqSignatures::catalog();
        assert_eq!(catalog.len(), Scheme::ALL.len());
        for (scheme, entry) in catalog {
            let is_enabled = entry.status == SchemeStatus::Enabled;
            assert_eq!(is_enabled, scheme != Scheme::FnDsa512, "{scheme}");
            assert_eq!(entry.fee_multiplier, 100);
            assert_eq!(entry.security_bits, scheme.parameters().security_bits);
        }
        let small = TestKey(Scheme::FnDsa512, "Alice");
        let refused = verdict(&small.account(), small);
        assert_eq!(refused, Err(Refusal::SchemeDisabled));
    });
}

#[test]
fn a_chain_may_start_with_few_schemes_and_marked_accounts() {
    let entry = CatalogEntry {
        fee_multiplier: 300,
        ..CatalogEntry::enabled(Scheme::MlDsa65)
    };
    let config = GenesisConfig {
        classical_accounts: vec![BOB.account()],
        ..only(entry)
    };
    build(config).execute_with(|| {
        assert_eq!(PqSignatures::catalog(), vec![(Scheme::MlDsa65, entry)]);
        assert!(PqSignatures::account_status(&BOB.account()).classical);
        PqSignatures::check_invariants().unwrap();
    });
}

#[test]
#[should_panic(expected = "names ml-dsa-65 twice")]
fn a_catalog_names_a_scheme_once() {
    let mut config = only(CatalogEntry::enabled(Scheme::MlDsa65));
    config.catalog.push(config.catalog[0]);
    build(config);
}

#[test]
#[should_panic(expected = "the fee multiplier of ml-dsa-65 is out of range")]
fn a_catalog_keeps_the_multipliers_in_range() {
    build(only(CatalogEntry {
        fee_multiplier: 99,
        ..CatalogEntry::enabled(Scheme::MlDsa65)
    }));
}

#[test]
#[should_panic(expected = "enables no scheme")]
fn a_catalog_enables_something() {
    let status = SchemeStatus::Disabled;
    build(only(CatalogEntry {
        status,
        ..CatalogEntry::enabled(Scheme::MlDsa65)
    }));
}

/// The keys of the JSON that chain specifications hold.
#[test]
fn the_configuration_reads_as_documented() {
    let json = r#"{
        "catalog": [
            ["ml-dsa-65", { "status": "enabled", "feeMultiplier": 100, "securityBits": 192 }],
            ["fn-dsa-512", {
                "status": { "deprecated": { "until": 9 } },
                "feeMultiplier": 200,
                "securityBits": 128
            }]
        ],
        "classicalAccounts": []
    }"#;
    let config: GenesisConfig<Test> = serde_json::from_str(json).unwrap();
    build(config).execute_with(|| {
        let entry = Catalog::<Test>::get(Scheme::FnDsa512).unwrap();
        assert_eq!(entry.status, SchemeStatus::Deprecated { until: 9 });
        assert_eq!(entry.fee_multiplier, 200);
    });
}
