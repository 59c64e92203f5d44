//! Key generation, encapsulation and decapsulation of every mechanism.

#![allow(
    missing_docs,
    reason = "criterion's macros make undocumented functions"
)]
#![allow(clippy::unwrap_used, reason = "a measurement that fails stops")]

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};
use qloak_pq_crypto::kem::{encapsulate, Kem, KemSecretKey};
use std::{hint::black_box, time::Duration};

fn kem(criterion: &mut Criterion) {
    for kem in Kem::ALL {
        let parameters = kem.parameters();
        let seed = vec![7; parameters.seed_bytes];
        let randomness = vec![8; parameters.randomness_bytes];
        let key = KemSecretKey::from_seed(kem, &seed).unwrap();
        let encapsulate = || encapsulate(kem, key.public_key(), black_box(&randomness)).unwrap();
        let (ciphertext, _) = encapsulate();
        let mut group = criterion.benchmark_group("kem");
        group.bench_function(BenchmarkId::new("generate", kem), |bencher| {
            bencher.iter(|| KemSecretKey::from_seed(kem, black_box(&seed)).unwrap())
        });
        group.bench_function(BenchmarkId::new("encapsulate", kem), |bencher| {
            bencher.iter(encapsulate)
        });
        group.bench_function(BenchmarkId::new("decapsulate", kem), |bencher| {
            bencher.iter(|| key.decapsulate(black_box(&ciphertext)).unwrap())
        });
        group.finish();
    }
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
    targets = kem
}
criterion_main!(benches);
