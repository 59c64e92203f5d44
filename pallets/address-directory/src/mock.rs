//! A runtime with this pallet, and addresses to publish.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use frame_support::{
    derive_impl, parameter_types,
    traits::fungible::{InspectHold, Mutate},
};
use polkadot_sdk::*;
use qloak_shielded::{
    address::{Address, KEM_PUBLIC_BYTES},
    element::{from_canonical, Digest},
};
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, DispatchResult};

use crate::{self as pallet_address_directory, *};

type Block = frame_system::mocking::MockBlock<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        AddressDirectory: pallet_address_directory,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
}

/// The base part of each deposit.
pub const BASE: u64 = 100;
/// How many addresses an account publishes at most.
pub const MOST: u32 = 3;
/// What [`RICH`] and [`OTHER`] have.
pub const FUNDS: u64 = 100_000;

parameter_types! {
    pub const DepositBase: u64 = BASE;
    pub static DepositPerByte: u64 = 2;
    pub const MaxAddresses: u32 = MOST;
}

impl Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type DepositBase = DepositBase;
    type DepositPerByte = DepositPerByte;
    type MaxAddresses = MaxAddresses;
    type WeightInfo = ();
}

/// An account with plenty.
pub const RICH: AccountId32 = AccountId32::new([0x11; 32]);
/// Another one.
pub const OTHER: AccountId32 = AccountId32::new([0x22; 32]);
/// An account with nothing.
pub const POOR: AccountId32 = AccountId32::new([0x33; 32]);

/// A chain in its first block.
pub fn new_test_ext() -> sp_io::TestExternalities {
    let genesis = RuntimeGenesisConfig::default();
    let mut ext: sp_io::TestExternalities = genesis.build_storage().unwrap().into();
    ext.execute_with(|| {
        System::set_block_number(1);
        Balances::set_balance(&RICH, FUNDS);
        Balances::set_balance(&OTHER, FUNDS);
    });
    ext
}

/// Runs `test` on a new chain and checks the pallet's invariants at its end.
pub fn run(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        AddressDirectory::check_invariants().unwrap();
    });
}

/// An address by its number.
pub fn address(number: u32) -> Address {
    let mut owner = Digest::ZERO;
    owner.0[3] = from_canonical(number).unwrap();
    Address::new(owner, &[number as u8 & 7; KEM_PUBLIC_BYTES]).unwrap()
}

/// Its bytes, as the call takes them.
pub fn bytes(address: &Address) -> Box<[u8; ADDRESS_BYTES]> {
    Box::new(address.to_bytes().try_into().unwrap())
}

pub fn publish(who: &AccountId32, address: &Address) -> DispatchResult {
    AddressDirectory::publish(RuntimeOrigin::signed(who.clone()), bytes(address))
}

pub fn withdraw(who: &AccountId32, address: &Address) -> DispatchResult {
    AddressDirectory::withdraw(RuntimeOrigin::signed(who.clone()), address.handle())
}

/// What is on hold for an account's addresses.
pub fn held(who: &AccountId32) -> u64 {
    Balances::balance_on_hold(&HoldReason::AddressDeposit.into(), who)
}

/// The events of this pallet.
pub fn events() -> Vec<Event<Test>> {
    let ours = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
        RuntimeEvent::AddressDirectory(event) => Some(event),
        _ => None,
    };
    System::events().into_iter().filter_map(ours).collect()
}
