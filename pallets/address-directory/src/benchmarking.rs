//! Benchmarks of each call. The caller has published as many addresses as he may but one, so that the
//! entries are in a trie.

use alloc::boxed::Box;

use frame_benchmarking::v2::*;
use frame_support::traits::{
    fungible::{Inspect, Mutate},
    Get,
};
use frame_system::RawOrigin;
use polkadot_sdk::*;
use qloak_shielded::{
    address::{Address, KEM_PUBLIC_BYTES},
    element::{from_canonical, Digest},
};
use sp_runtime::traits::Saturating;

use crate::*;

/// An address by its number. Nobody can spend what is sent there.
fn address(number: u32) -> Result<(Handle, [u8; ADDRESS_BYTES]), BenchmarkError> {
    let element = from_canonical(number).ok_or(BenchmarkError::Stop("no element"))?;
    // Coefficients of zero are reduced.
    let address = Address::new(Digest([element; 8]), &[0; KEM_PUBLIC_BYTES])
        .map_err(|_| BenchmarkError::Stop("no address"))?;
    let bytes = <[u8; ADDRESS_BYTES]>::try_from(address.to_bytes())
        .map_err(|_| BenchmarkError::Stop("an address of another length"))?;
    Ok((address.handle(), bytes))
}

/// An account that can pay for so many addresses and has published all but the last.
fn publisher<T: Config>(addresses: u32) -> Result<T::AccountId, BenchmarkError> {
    let who: T::AccountId = whitelisted_caller();
    let funds = Pallet::<T>::deposit()
        .saturating_mul(addresses.into())
        .saturating_add(T::Currency::minimum_balance())
        .saturating_mul(2u32.into());
    T::Currency::set_balance(&who, funds);
    for number in 1..addresses {
        Pallet::<T>::do_publish(who.clone(), address(number)?.1)?;
    }
    Ok(who)
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn publish() -> Result<(), BenchmarkError> {
        let most = T::MaxAddresses::get();
        let who = publisher::<T>(most)?;
        let (handle, bytes) = address(most)?;
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), Box::new(bytes));
        assert_eq!(
            Addresses::<T>::get(handle).map(|listing| listing.publisher),
            Some(who)
        );
        Ok(())
    }

    #[benchmark]
    fn withdraw() -> Result<(), BenchmarkError> {
        let most = T::MaxAddresses::get();
        let who = publisher::<T>(most)?;
        let (handle, bytes) = address(most)?;
        Pallet::<T>::do_publish(who.clone(), bytes)?;
        #[extrinsic_call]
        _(RawOrigin::Signed(who), handle);
        assert!(!Addresses::<T>::contains_key(handle));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
