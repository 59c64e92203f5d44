//! Paths, derived seeds, and the values that wallets already depend on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use qloak_pq_crypto::{
    derive::{
        derive_seed, dev_seed, Path, PathError, DEV_MASTER, DEV_PHRASE, MAX_JUNCTIONS,
        MAX_JUNCTION_BYTES,
    },
    scheme::Scheme,
};
use std::collections::BTreeSet;

fn path(text: &str) -> Path {
    text.parse().unwrap()
}

#[test]
fn the_development_master_is_the_phrases_seed() {
    let mnemonic = bip39::Mnemonic::parse(DEV_PHRASE).unwrap();
    assert_eq!(mnemonic.to_seed(""), DEV_MASTER);
}

#[test]
fn every_scheme_and_path_has_its_own_seed() {
    let paths = [
        "",
        "//0",
        "//1",
        "//Alice",
        "//Bob",
        "//Alice//0",
        "//0//Alice",
        "//Alice0",
        "//A//lice",
    ];
    let mut seeds = BTreeSet::new();
    for scheme in Scheme::ALL {
        for text in paths {
            assert!(seeds.insert(*derive_seed(&DEV_MASTER, scheme, &path(text))));
        }
    }
    assert!(seeds.insert(*derive_seed(&[0; 64], Scheme::MlDsa65, &path("//0"))));
    assert_eq!(seeds.len(), 7 * paths.len() + 1);
}

#[test]
fn development_names_are_paths() {
    for name in ["Alice", "Bob", "Alice//aura"] {
        let seed = derive_seed(&DEV_MASTER, Scheme::MlDsa65, &path(&format!("//{name}")));
        assert_eq!(dev_seed(Scheme::MlDsa65, name), *seed);
    }
}

/// Computed by a Python transcription of the module's documentation.
#[test]
fn seeds_are_frozen() {
    let frozen = [
        (
            Scheme::MlDsa44,
            "//Alice",
            "0ca03f7373aeb1c5ae21e5f1fce47bac53e1fe802b891c7d8072d66a73b2c98a",
        ),
        (
            Scheme::MlDsa65,
            "//Alice",
            "0b279ad48937a45d80048b421f62d01a3a82c3cd727d45604f5b8ab50646a4a1",
        ),
        (
            Scheme::MlDsa87,
            "//Alice",
            "097077316fca147ed319dd6cf161f97b8acfec6334e364c04f7da35856488ba3",
        ),
        (
            Scheme::SlhDsaShake128f,
            "//Alice",
            "43d987f3f5b1d3994d084d378fd822e5457f6518d7545ab11d044ca157817825",
        ),
        (
            Scheme::SlhDsaShake128s,
            "//Alice",
            "26cf4dd366a60bdd2f1300c02176690fcaa139b1a76489e0440d99e955a6618e",
        ),
        (
            Scheme::FnDsa512,
            "//Alice",
            "18c4dac1fe5c2abd7912b9c8c705513cd701a8e12f63bed33367938fbf179060",
        ),
        (
            Scheme::HybridEd25519MlDsa65,
            "//Alice",
            "d425b6e08e8c9903a3ac8f2eaab68edc3877e4f1becbf803638da6e5728fb420",
        ),
        (
            Scheme::MlDsa65,
            "",
            "0f376ef7e927c7a4eb83bbabbe5ca635d10c9d3c33b6516a8fcb2dfb6b58b33f",
        ),
        (
            Scheme::MlDsa65,
            "//Alice//0",
            "61c183935eb2d0eeff05e32b0d709fd4b0540ee3b29ecf152e4dddaba5ab9be3",
        ),
        (
            Scheme::MlDsa65,
            "//Bob",
            "0ca9b049bc8dca5c55822b6c2e736ebcd7f45d4f84b7e717e334a9254e43ee86",
        ),
        (
            Scheme::MlDsa65,
            "//Alice//aura",
            "13b99d63fb283a111363a8396477585295928608ed13f40bf1ae134ff5e57446",
        ),
    ];
    for (scheme, text, seed) in frozen {
        let derived = derive_seed(&DEV_MASTER, scheme, &path(text));
        assert_eq!(hex::encode(*derived), seed, "{scheme} {text}");
    }
}

#[test]
fn paths_survive_a_round_trip() {
    for text in ["", "//Alice", "//Alice//0", "//ключ//鍵"] {
        assert_eq!(path(text).to_string(), text);
    }
    assert_eq!(path("//a//b").junctions().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn bad_paths_are_refused_by_name() {
    let long = "x".repeat(MAX_JUNCTION_BYTES + 1);
    let cases = [
        ("Alice".into(), PathError::MissingPrefix),
        ("Alice//0".into(), PathError::MissingPrefix),
        ("/Alice".into(), PathError::SoftJunction { position: 1 }),
        ("/".into(), PathError::SoftJunction { position: 1 }),
        ("///Alice".into(), PathError::SoftJunction { position: 1 }),
        ("//Alice/0".into(), PathError::SoftJunction { position: 2 }),
        ("//Alice/".into(), PathError::SoftJunction { position: 2 }),
        ("//".into(), PathError::EmptyJunction { position: 1 }),
        ("//Alice//".into(), PathError::EmptyJunction { position: 2 }),
        ("////Alice".into(), PathError::EmptyJunction { position: 1 }),
        (
            format!("//Alice//{long}"),
            PathError::JunctionTooLong {
                position: 2,
                found: MAX_JUNCTION_BYTES + 1,
            },
        ),
        ("//x".repeat(MAX_JUNCTIONS + 1), PathError::TooManyJunctions),
        ("//x".repeat(1 << 20), PathError::TooManyJunctions),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<Path>(), Err(error));
    }
    assert!("//x".repeat(MAX_JUNCTIONS).parse::<Path>().is_ok());
    assert!(format!("//{}", &long[1..]).parse::<Path>().is_ok());
}
