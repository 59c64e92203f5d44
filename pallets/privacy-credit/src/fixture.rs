//! A proven withdrawal, for the benchmarks: the runtime cannot prove.
//!
//! The test `the_fixture_verifies` writes `fixture.scale` anew when it is told to, as is needed when the
//! proof system has changed:
//! `QLOAK_WRITE_FIXTURE=1 cargo test --release -p pallet-privacy-credit the_fixture_verifies`.

use alloc::vec::Vec;

use codec::{Decode, Encode};
use qloak_shielded::transaction::Transfer;

/// The hash of the genesis block that the proof is bound to.
pub const GENESIS: [u8; 32] = *b"the genesis block of a benchmark";

/// What is withdrawn, and what is paid for it: one QLK each, which is enough for any fee.
pub const VALUE: u64 = 1_000_000_000_000;

/// A transfer and its proof.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fixture {
    /// The transfer. It does not expire.
    pub transfer: Transfer,
    /// Its proof.
    pub proof: Vec<u8>,
}

/// The fixture, unless its file is damaged.
pub fn load() -> Result<Fixture, codec::Error> {
    Fixture::decode(&mut include_bytes!("fixture.scale").as_slice())
}
