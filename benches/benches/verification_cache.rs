//! Verification through the host function that the runtime calls, natively: signatures that the
//! process has not seen, signatures that it has, and many at once on all cores.

#![allow(
    missing_docs,
    reason = "criterion's macros make undocumented functions"
)]
#![allow(clippy::unwrap_used, reason = "a measurement that fails stops")]

use criterion::{criterion_group, criterion_main, BatchSize, BenchmarkId, Criterion, Throughput};
use qloak_pq_crypto::{
    cache,
    context::Context,
    host::{verify, verify_batch, Claim},
    scheme::Scheme,
    signing::{Randomness, SecretKey},
};
use std::{hint::black_box, time::Duration};

const SCHEMES: [Scheme; 2] = [Scheme::MlDsa44, Scheme::MlDsa65];
/// As long as the payload that a transfer's signature covers.
const MESSAGE_BYTES: usize = 200;
/// About a block's worth. Their bytes do not fit into a core's own cache, as a block's do not.
const CLAIMS: u32 = 1_024;

/// A signature of an account's own.
fn claim(scheme: Scheme, index: u32) -> Claim {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&index.to_le_bytes());
    let key = SecretKey::from_seed(scheme, &seed).unwrap();
    let message = vec![0x51; MESSAGE_BYTES];
    let signature = key
        .sign(Context::Transaction, &message, Randomness::Deterministic)
        .unwrap();
    Claim {
        scheme,
        public: key.public_key().to_vec(),
        context: Context::Transaction,
        message,
        signature,
    }
}

fn verify_claim(claim: &Claim) {
    let Claim {
        scheme,
        public,
        context,
        message,
        signature,
    } = black_box(claim);
    assert!(verify(*scheme, public, *context, message, signature));
}

fn one(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cache");
    for scheme in SCHEMES {
        let claims: Vec<Claim> = (0..CLAIMS).map(|index| claim(scheme, index)).collect();
        group.bench_function(BenchmarkId::new("cold", scheme), |bencher| {
            bencher.iter_batched(
                cache::clear,
                |()| verify_claim(&claims[0]),
                BatchSize::PerIteration,
            )
        });
        claims.iter().for_each(verify_claim);
        group.bench_function(
            BenchmarkId::new("warm, the same again", scheme),
            |bencher| bencher.iter(|| verify_claim(&claims[0])),
        );
        let mut turn = claims.iter().cycle();
        group.bench_function(BenchmarkId::new("warm, 1024 in turn", scheme), |bencher| {
            bencher.iter(|| turn.next().map(verify_claim))
        });
    }
    group.finish();
}

fn many(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cache/1024 claims");
    group.throughput(Throughput::Elements(CLAIMS.into()));
    for scheme in SCHEMES {
        let claims: Vec<Claim> = (0..CLAIMS).map(|index| claim(scheme, index)).collect();
        group.bench_function(BenchmarkId::new("one by one, cold", scheme), |bencher| {
            bencher.iter_batched(
                cache::clear,
                |()| claims.iter().for_each(verify_claim),
                BatchSize::PerIteration,
            )
        });
        group.bench_function(BenchmarkId::new("verify_batch, cold", scheme), |bencher| {
            bencher.iter_batched(
                cache::clear,
                |()| assert!(verify_batch(&claims).into_iter().all(|valid| valid)),
                BatchSize::PerIteration,
            )
        });
        group.bench_function(BenchmarkId::new("verify_batch, warm", scheme), |bencher| {
            bencher.iter(|| assert!(verify_batch(&claims).into_iter().all(|valid| valid)))
        });
    }
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
    targets = one, many
}
criterion_main!(benches);
