//! What comes in an extrinsic or out of a node: each value has one encoding, so that nobody on the way
//! can give a transaction another hash.

#![no_main]

use codec::{Decode, Encode};
use libfuzzer_sys::fuzz_target;
use qloak_shielded::{
    address::Address,
    pool::{CompactEntry, FullEntry, PoolInfo},
    statement::Statement,
    transaction::{Deposit, Transfer},
    tree::Frontier,
};

fn one_encoding<T: Decode + Encode>(bytes: &[u8]) {
    let mut rest = bytes;
    if let Ok(value) = T::decode(&mut rest) {
        assert_eq!(value.encode(), bytes[..bytes.len() - rest.len()]);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    match kind % 8 {
        0 => one_encoding::<Transfer>(bytes),
        1 => one_encoding::<Deposit>(bytes),
        2 => one_encoding::<Statement>(bytes),
        3 => one_encoding::<Frontier>(bytes),
        4 => one_encoding::<Address>(bytes),
        5 => one_encoding::<CompactEntry>(bytes),
        6 => one_encoding::<FullEntry>(bytes),
        _ => one_encoding::<PoolInfo>(bytes),
    }
});
