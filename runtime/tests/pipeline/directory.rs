//! The address directory through the whole pipeline: what lands, what it costs, and what fails with which error.

use pallet_address_directory::{Addresses, Call, Error, Handle, HoldReason, ADDRESS_BYTES};
use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{
    constants::{
        currency::{DEPOSIT_PER_BYTE, DEPOSIT_PER_ITEM, MILLI_QLK},
        directory::MAX_ADDRESSES,
    },
    AddressDirectory, Balance, Balances, Runtime, RuntimeCall,
};
use qloak_shielded::{address::Address, keys::SpendingKey};

use frame_support::traits::fungible::InspectHold;

use crate::chain::*;

/// What is held for one address: 0.02216 QLK.
const DEPOSIT: Balance = DEPOSIT_PER_ITEM + ADDRESS_BYTES as Balance * DEPOSIT_PER_BYTE;

fn address(index: u32) -> Address {
    let key = SpendingKey::from_seed(&[7; 32]);
    key.full_viewing_key()
        .incoming()
        .address(index)
        .address()
        .clone()
}

fn publish_bytes(address: [u8; ADDRESS_BYTES]) -> RuntimeCall {
    let address = Box::new(address);
    Call::<Runtime>::publish { address }.into()
}

fn publish(address: &Address) -> RuntimeCall {
    publish_bytes(address.to_bytes().try_into().unwrap())
}

fn withdraw(handle: Handle) -> RuntimeCall {
    Call::<Runtime>::withdraw { handle }.into()
}

fn held(who: &Person) -> Balance {
    Balances::balance_on_hold(&HoldReason::AddressDeposit.into(), &who.account)
}

#[test]
fn an_address_is_published_found_and_withdrawn() {
    on_development_chain(|| {
        let alice = Person::funded("Alice", Scheme::MlDsa65);
        let (address, handle) = (address(0), address(0).handle());
        assert_eq!(AddressDirectory::look_up(&handle), None);
        assert_lands(alice.sign(publish(&address)));
        assert_eq!(AddressDirectory::look_up(&handle), Some(address));
        assert_eq!(held(&alice), DEPOSIT);
        assert_eq!(DEPOSIT, 22 * MILLI_QLK + MILLI_QLK * 16 / 100);

        let before = alice.free();
        assert_lands(alice.sign_short(withdraw(handle)));
        assert_eq!(AddressDirectory::look_up(&handle), None);
        assert_eq!(held(&alice), 0);
        assert!(alice.free() < before + DEPOSIT, "the fee is paid");
        assert!(alice.free() > before + DEPOSIT / 2, "the deposit is back");
    });
}

/// What a wallet does that looks for a handle: it reads the bucket, and picks at home.
#[test]
fn a_bucket_is_read_by_the_first_byte() {
    on_development_chain(|| {
        let alice = Person::funded("Alice", Scheme::MlDsa65);
        let addresses: Vec<Address> = (0..8).map(address).collect();
        for address in &addresses {
            assert_lands_in_this_block(alice.sign(publish(address)));
        }
        let wanted = addresses[5].handle();
        let first = wanted.0[0];
        let prefix = frame_support::storage::storage_prefix(b"AddressDirectory", b"Addresses");
        let bucket = [&prefix[..], &[first]].concat();
        let mut found = Vec::new();
        let mut key = bucket.clone();
        while let Some(next) = sp_io::storage::next_key(&key) {
            if !next.starts_with(&bucket) {
                break;
            }
            found.push(Handle(next[prefix.len()..].try_into().unwrap()));
            key = next;
        }
        let mut expected: Vec<Handle> = addresses.iter().map(Address::handle).collect();
        expected.retain(|handle| handle.0[0] == first);
        expected.sort();
        assert_eq!(found, expected);
        assert!(found.contains(&wanted));
    });
}

#[test]
fn each_refusal_has_its_error() {
    on_development_chain(|| {
        let alice = Person::funded("Alice", Scheme::MlDsa65);
        let bob = Person::funded("Bob", Scheme::MlDsa65);
        assert_lands(alice.sign(publish(&address(0))));
        let fails = |who: &Person, call, error: Error<Runtime>| {
            assert_fails(who.sign(call), error);
        };
        fails(&alice, publish(&address(0)), Error::AlreadyPublished);
        fails(&bob, publish(&address(0)), Error::AlreadyPublished);
        fails(&bob, withdraw(address(0).handle()), Error::NotPublisher);
        fails(&bob, withdraw(address(1).handle()), Error::NotPublished);
        fails(
            &bob,
            publish_bytes([0xff; ADDRESS_BYTES]),
            Error::InvalidOwner,
        );
        let mut no_key = [0; ADDRESS_BYTES];
        no_key[100] = 0xff;
        no_key[101] = 0xff;
        fails(&bob, publish_bytes(no_key), Error::InvalidKemKey);
        assert_eq!(held(&bob), 0);
        assert_eq!(Addresses::<Runtime>::iter().count(), 1);
    });
}

#[test]
fn an_account_that_cannot_pay_the_deposit_publishes_nothing() {
    on_development_chain(|| {
        let bob = Person::new("Robert", Scheme::MlDsa65).with_balance(20 * MILLI_QLK);
        let unaffordable: Error<Runtime> = Error::DepositUnavailable;
        assert_fails(bob.sign(publish(&address(0))), unaffordable);
        assert_eq!(AddressDirectory::look_up(&address(0).handle()), None);
    });
}

#[test]
fn an_account_publishes_so_many_and_no_more() {
    on_development_chain(|| {
        let alice = Person::funded("Alice", Scheme::MlDsa65);
        let calls = (0..MAX_ADDRESSES).map(|index| publish(&address(index)));
        let calls = calls.collect();
        assert_lands(alice.sign(pallet_utility::Call::batch_all { calls }));
        assert_eq!(held(&alice), Balance::from(MAX_ADDRESSES) * DEPOSIT);
        let too_many: Error<Runtime> = Error::TooManyAddresses;
        assert_fails(alice.sign_short(publish(&address(MAX_ADDRESSES))), too_many);
    });
}
