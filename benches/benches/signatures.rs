//! Key generation, signing and verification of every scheme, beside sr25519 and ed25519.
//!
//! `verify` is what a node runs, `verify-portable` the code that a runtime runs without host
//! functions, here compiled natively.

#![allow(
    missing_docs,
    reason = "criterion's macros make undocumented functions"
)]
#![allow(clippy::unwrap_used, reason = "a measurement that fails stops")]

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};
use ed25519_dalek::{Signer, SigningKey};
use qloak_pq_crypto::{
    context::Context,
    scheme::Scheme,
    signing::{verify, verify_portable, Randomness, SecretKey},
};
use std::{hint::black_box, time::Duration};

/// As long as the payload that a transfer's signature covers.
const MESSAGE: [u8; 200] = [0x51; 200];
const SEED: [u8; 32] = [7; 32];
const USE: Context = Context::Transaction;

fn post_quantum(criterion: &mut Criterion) {
    for scheme in Scheme::ALL {
        let key = SecretKey::from_seed(scheme, &SEED).unwrap();
        let public = key.public_key();
        let sign = || key.sign(USE, black_box(&MESSAGE), Randomness::Deterministic);
        let signature = sign().unwrap();
        let mut group = criterion.benchmark_group("signatures");
        group.bench_function(BenchmarkId::new("generate", scheme), |bencher| {
            bencher.iter(|| SecretKey::from_seed(scheme, black_box(&SEED)))
        });
        group.bench_function(BenchmarkId::new("sign", scheme), |bencher| {
            bencher.iter(sign)
        });
        group.bench_function(BenchmarkId::new("verify", scheme), |bencher| {
            bencher.iter(|| verify(scheme, public, USE, black_box(&MESSAGE), &signature).unwrap())
        });
        group.bench_function(BenchmarkId::new("verify-portable", scheme), |bencher| {
            bencher.iter(|| {
                verify_portable(scheme, public, USE, black_box(&MESSAGE), &signature).unwrap()
            })
        });
        group.finish();
    }
}

fn ed25519(criterion: &mut Criterion) {
    let key = SigningKey::from_bytes(&SEED);
    let public = key.verifying_key();
    let signature = key.sign(&MESSAGE);
    let mut group = criterion.benchmark_group("signatures");
    group.bench_function("generate/ed25519", |bencher| {
        bencher.iter(|| SigningKey::from_bytes(black_box(&SEED)))
    });
    group.bench_function("sign/ed25519", |bencher| {
        bencher.iter(|| key.sign(black_box(&MESSAGE)))
    });
    group.bench_function("verify/ed25519", |bencher| {
        bencher.iter(|| {
            public
                .verify_strict(black_box(&MESSAGE), &signature)
                .unwrap()
        })
    });
    group.finish();
}

fn sr25519(criterion: &mut Criterion) {
    use schnorrkel::{ExpansionMode, MiniSecretKey, PublicKey};
    const LABEL: &[u8] = b"substrate";
    let mini = MiniSecretKey::from_bytes(&SEED).unwrap();
    let pair = mini.expand_to_keypair(ExpansionMode::Ed25519);
    let public = pair.public.to_bytes();
    let signature = pair.sign_simple(LABEL, &MESSAGE);
    let mut group = criterion.benchmark_group("signatures");
    group.bench_function("generate/sr25519", |bencher| {
        bencher.iter(|| mini.expand_to_keypair(ExpansionMode::Ed25519))
    });
    group.bench_function("sign/sr25519", |bencher| {
        bencher.iter(|| pair.sign_simple(LABEL, black_box(&MESSAGE)))
    });
    group.bench_function("verify/sr25519", |bencher| {
        bencher.iter(|| {
            // From bytes, as a node does it.
            let public = PublicKey::from_bytes(&public).unwrap();
            public
                .verify_simple(LABEL, black_box(&MESSAGE), &signature)
                .unwrap()
        })
    });
    group.finish();
}

fn configured() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
}

criterion_group! {
    name = benches;
    config = configured();
    targets = post_quantum, ed25519, sr25519
}
criterion_main!(benches);
