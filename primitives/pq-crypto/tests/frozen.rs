//! Keys and signatures that must never change: an account is its key, and a chain verifies old
//! blocks. A failure here means that a new version of a library makes other bytes of the same
//! seed. Where a scheme has an independent implementation, another test compares with it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use qloak_pq_crypto::{
    account::account_id,
    account_signature::Form,
    context::Context,
    derive::dev_seed,
    kem::{Kem, KemSecretKey},
    payload,
    scheme::Scheme,
    signing::{Randomness, SecretKey},
};
use sha2::{Digest, Sha256};

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 of the public key, of the deterministic signature, and of the signature hedged with
/// bytes of 9, all of the development key `//Alice` and over `pay` as a transaction.
#[test]
fn keys_and_signatures() {
    let frozen = [
        (
            Scheme::MlDsa44,
            "d5c7c47cd6c5d8a13ec4f83676e91b39174b73ad4d68ffb441d38c35fcbbb112",
            "3cf8851a100f76be837f2718d8e6cf37b2ebb24485a1e52d1b91ce9f637ccce0",
            "5ab26a3f3de218b68c0a2b9705c16c06a01c32be1a4b5c1cf69fea46c9fd5d77",
        ),
        (
            Scheme::MlDsa65,
            "3b67454fd88fa0002d0aff6fc47a2918e6319ca87b76236b8aa16db7cb654991",
            "b9cbe1ec1891a2cf768ec210c144ba03ba8aea1c19c90c1d046e84a85b08a46c",
            "06122952868ab07e3bee4988ef429ae401a71802294684d2345bf5037e2538f3",
        ),
        (
            Scheme::MlDsa87,
            "a7fc026a03fd39f89e86dab64d9fac05e2904a8e2b768555f4a5accdc8a57bcf",
            "5a7902da4cef977041e49792d237a19efd74e77aafce8cad07e523f95aeaf622",
            "7d846446e4e8db88bd5b905df962b592be45db5d262712d1e1a9bac89a08ace8",
        ),
        (
            Scheme::SlhDsaShake128f,
            "93af17ea6f6b5d201e59ae65ff5836144f7e10465acaf08816bd4fb96f3dbfd2",
            "c4cc45d1b47754d0f1683d32d9bab6c2395d439b85d403f05d61f563100ba1d8",
            "b81edad2d793a6fe1ef701572ba60201ada3258928e11b5845aeb6855f86ceb3",
        ),
        (
            Scheme::SlhDsaShake128s,
            "fd9250fe4e6d179093fb6f88b33eeb9020375a51389c36d54b43ee00707bc40a",
            "cd442900ff3d48e75f0564fca2ce5a3fb5a7573fb2a96b3d36a2a47a05069bea",
            "4eec24ea2a3a23d8853d46b40b068f95656b0a64a364435387e647e7bc2d7d65",
        ),
        (
            Scheme::FnDsa512,
            "e5097a7c5acb7a2dd5782276e5b79052a8be54421b9113c19d5c7eff28d65feb",
            "cdfa20c16cae72bc49016a2e351440030ee8979061aa23290ef7b24024ec26e7",
            "4ea0f06d09b9448345f2ee43cbf523fffdbc218a1c73e472e712369b9248c2aa",
        ),
        (
            Scheme::HybridEd25519MlDsa65,
            "5c31997f8b74a6aad925bc3385841e27a45df79920e1315237474b68279d5112",
            "73ce30680bced4485744d020c3313f0a4cf63fceaff17e4e9eda909ec96f769e",
            "91076e470d00ca9365cab855a6d71783823e6f245cb2379cb289b02c47a0a255",
        ),
    ];
    for (scheme, public, deterministic, hedged) in frozen {
        let key = SecretKey::from_seed(scheme, &dev_seed(scheme, "Alice")).unwrap();
        assert_eq!(sha256(key.public_key()), public, "{scheme}");
        let sign = |randomness| key.sign(Context::Transaction, b"pay", randomness).unwrap();
        let signature = sign(Randomness::Deterministic);
        assert_eq!(sha256(&signature), deterministic, "{scheme}");
        let signature = sign(Randomness::Hedged([9; 32]));
        assert_eq!(sha256(&signature), hedged, "{scheme}");
    }
}

/// The account of the default development key.
#[test]
fn account_of_alice() {
    let key = SecretKey::from_seed(Scheme::MlDsa65, &dev_seed(Scheme::MlDsa65, "Alice")).unwrap();
    let account = account_id(Scheme::MlDsa65, key.public_key());
    assert_eq!(
        hex::encode(account),
        "02bec644013b45ff76875081a0f428d600b36ebe47b11b9e1e7cc034c6baa8d6"
    );
}

/// The vectors of docs/spec/accounts.md, by the code that wallets and the chain use. A signer in
/// JavaScript that was written from that page makes the same (js/api-test/test/signer.test.mjs).
#[test]
fn vectors_of_the_specification() {
    const SPECIFICATION: &str = include_str!("../../../docs/spec/accounts.md");
    let blake2b = |bytes: &[u8]| {
        let hash = blake2b_simd::Params::new().hash_length(32).hash(bytes);
        hex::encode(hash.as_bytes())
    };
    let seed = dev_seed(Scheme::MlDsa65, "Alice");
    let key = SecretKey::from_seed(Scheme::MlDsa65, &seed).unwrap();
    let account = account_id(Scheme::MlDsa65, key.public_key());
    let vectors = [
        ("seed", hex::encode(seed)),
        ("H(public key)", blake2b(key.public_key())),
        ("account id", hex::encode(account)),
    ];
    for (form, name) in Form::ALL.into_iter().zip(["with key", "registered"]) {
        let message = payload::transaction(form, &account, b"pay");
        let signature = key.sign(Context::Transaction, &message, Randomness::Deterministic);
        let hash = blake2b(&signature.unwrap());
        let row = format!(
            "| message, {name} | `{}` |\n| H(signature) of it | `{hash}` |",
            hex::encode(message)
        );
        assert!(SPECIFICATION.contains(&row), "not in the table: {row}");
    }
    for (name, value) in vectors {
        let row = format!("| {name} | `{value}` |");
        assert!(SPECIFICATION.contains(&row), "not in the table: {row}");
    }
}

/// SHA-256 of the public key of the seed of sevens.
#[test]
fn kem_keys() {
    let frozen = [
        (
            Kem::MlKem768,
            "c12e9e39db6758fc2ba63a638785b04f8efe3d7df23ba09803b4e39ba2fbc707",
        ),
        (
            Kem::MlKem1024,
            "1388c42ee6bd52c8c0a7b2216a06759c93385eca45df10c0dc718a7c79d34a16",
        ),
        (
            Kem::XWing,
            "74943b4ecd441ec7f92d22c3fb377a29cd7fb96687efda8fae74ae2219a1c279",
        ),
    ];
    for (kem, public) in frozen {
        let seed = vec![7; kem.parameters().seed_bytes];
        let key = KemSecretKey::from_seed(kem, &seed).unwrap();
        assert_eq!(sha256(key.public_key()), public, "{kem}");
    }
}
