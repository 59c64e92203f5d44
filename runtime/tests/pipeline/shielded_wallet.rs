//! Wallets on the chain of these tests.

use polkadot_sdk::*;
use qloak_runtime::{PrivacyCredit, System, UncheckedExtrinsic};
use qloak_shielded::pool::{CompactEntry, Entry};
use qloak_test_wallet::{Terms, Wallet};

use crate::chain::{author_blocks_to, genesis};

/// For how many blocks transfers are valid, as by the wallet.
const LIFETIME: u32 = 240;

/// A wallet that has read nothing.
pub fn wallet(seed: u8) -> Wallet {
    Wallet::new(seed, || Terms {
        genesis: genesis().0,
        fee: PrivacyCredit::standard_fee(),
        valid_until: System::block_number() + LIFETIME,
    })
}

/// Ends the block that holds `body`, and says what it did. The timestamp comes before.
pub fn end_block(body: &[UncheckedExtrinsic], readers: &mut [&mut Wallet]) {
    let entries = read_block(body);
    author_blocks_to(System::block_number() + 1);
    for reader in readers {
        reader.read(&entries);
    }
}

fn read_block(body: &[UncheckedExtrinsic]) -> Vec<CompactEntry> {
    let timestamp = pallet_timestamp::Call::<qloak_runtime::Runtime>::set { now: 0 };
    let inherent = pallet_pq_signatures::extrinsic::Wire::new_bare(timestamp.into()).into();
    let body = [&[inherent], body].concat();
    let entries = PrivacyCredit::entries(&body);
    entries.iter().map(Entry::compact).collect()
}
