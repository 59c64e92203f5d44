//! What a wallet and the chain spend on notes, outside the proof. Prints microseconds: the median
//! and the least of the rounds, each of which does the operation many times. On a machine with other work the
//! least is nearer to the truth.
//!
//! `cargo bench -p qloak-shielded --bench scan`

#![allow(
    clippy::unwrap_used,
    reason = "a measurement that cannot be set up has no result"
)]

use qloak_shielded::{
    element::Digest,
    encryption::{recover, seal, OutputSeed, Payment},
    hash::compress,
    keys::SpendingKey,
    memo::Memo,
    note::Asset,
    scan::{CompactOutput, Scanner},
    transaction::Output,
    tree::Frontier,
};
use std::{hint::black_box, time::Instant};

const ROUNDS: usize = 15;

/// The median and the least time of one of `count` operations, in microseconds.
fn measure(name: &str, count: usize, mut operations: impl FnMut()) {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            operations();
            start.elapsed().as_secs_f64() * 1e6 / count as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (median, least) = (times[ROUNDS / 2], times[0]);
    println!("{name:<40} {median:>8.2} µs {least:>8.2} µs");
}

fn sealed(to: &SpendingKey, from: &SpendingKey, number: u64) -> Output {
    let payment = Payment {
        address: to
            .full_viewing_key()
            .incoming()
            .address(0)
            .address()
            .clone(),
        asset: Asset::Qlk,
        value: number,
        memo: Memo::EMPTY,
    };
    let mut entropy = [0; 32];
    entropy[..8].copy_from_slice(&number.to_le_bytes());
    let outgoing = from.full_viewing_key().outgoing().clone();
    let sealed = seal(&payment, &OutputSeed::new(entropy), Some(&outgoing)).unwrap();
    Output {
        commitment: sealed.commitment,
        ciphertext: sealed.ciphertext,
    }
}

fn main() {
    let alice = SpendingKey::from_seed(&[1; 32]);
    let bob = SpendingKey::from_seed(&[2; 32]);
    let foreign: Vec<Output> = (0..256)
        .map(|number| sealed(&bob, &alice, number))
        .collect();
    let compact: Vec<CompactOutput> = foreign.iter().map(Output::compact).collect();

    let alices = Scanner::new(&alice.full_viewing_key().incoming(), [0]);
    measure("scan, foreign note, one address", compact.len(), || {
        assert!(black_box(alices.scan(&compact)).is_empty());
    });
    let four = Scanner::new(&alice.full_viewing_key().incoming(), 0..4);
    measure("scan, foreign note, four addresses", compact.len(), || {
        assert!(black_box(four.scan(&compact)).is_empty());
    });
    let bobs = Scanner::new(&bob.full_viewing_key().incoming(), [0]);
    measure("scan, own note", compact.len(), || {
        assert_eq!(black_box(bobs.scan(&compact)).len(), compact.len());
    });
    let strangers = bob.full_viewing_key().outgoing().clone();
    measure("outgoing key, foreign note", foreign.len(), || {
        for output in &foreign {
            let opened = recover(&strangers, &output.commitment, &output.ciphertext);
            assert!(black_box(opened).is_err());
        }
    });
    let incoming = alice.full_viewing_key().incoming();
    let internal = alice.full_viewing_key().internal();
    measure("credit of a foreign transfer", compact.len(), || {
        for output in &compact {
            black_box(
                internal
                    .credit(&[output.commitment, output.commitment])
                    .hide(),
            );
        }
    });
    measure("make and encrypt a note", 64, || {
        for number in 0..64 {
            black_box(sealed(&bob, &alice, number));
        }
    });
    measure("derive an address", 64, || {
        for index in 0..64 {
            black_box(incoming.address(index));
        }
    });
    chain();
}

fn chain() {
    let mut digest = Digest::ZERO;
    measure("compression", 4096, || {
        for _ in 0..4096 {
            digest = compress(&digest, &digest);
        }
    });
    let mut frontier = Frontier::EMPTY;
    measure("append a note to the tree", 1024, || {
        for _ in 0..1024 {
            frontier.append(digest).unwrap();
        }
    });
    measure("root of the tree", 64, || {
        for _ in 0..64 {
            black_box(frontier.root());
        }
    });
}
