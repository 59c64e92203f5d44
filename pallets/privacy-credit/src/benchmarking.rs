//! Benchmarks of each call, of a block and of the verification of a proof.
//!
//! The verification is measured by itself, without the verifier's memory: a benchmark that asked
//! twice for the same proof would measure that. The tree is one in which appending takes the most
//! hashes that it can.

use alloc::boxed::Box;

use codec::{Decode, Encode};
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Balanced, tokens::Precision, Get, Hooks};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use polkadot_sdk::*;
use qloak_shielded::{
    element::{from_canonical, Digest},
    transaction::Deposit,
    tree::{Frontier, DEPTH},
};
use sp_runtime::{traits::Zero, SaturatedConversion};

use crate::{
    controller::Sample,
    fixture::{load, Fixture, GENESIS, VALUE},
    *,
};

/// With one more note, or with the second of three, the left half of the tree becomes full: 31 hashes.
const BEFORE_THE_LONGEST: u32 = (1 << 31) - 2;

fn fixture() -> Result<Fixture, BenchmarkError> {
    load().map_err(|_| BenchmarkError::Stop("the fixture is damaged"))
}

fn digest(number: u32) -> Result<Digest, BenchmarkError> {
    let element = from_canonical(number).ok_or(BenchmarkError::Stop("no element"))?;
    Ok(Digest([element; 8]))
}

/// A tree with so many notes.
fn grow_tree<T: Config>(size: u32) -> Result<(), BenchmarkError> {
    let full = digest(1)?;
    let left: [Digest; DEPTH] = core::array::from_fn(|level| match size >> level & 1 {
        1 => full,
        _ => Digest::ZERO,
    });
    let encoded = (size, left).encode();
    let tree = Frontier::decode(&mut encoded.as_slice())
        .map_err(|_| BenchmarkError::Stop("the tree is malformed"))?;
    Tree::<T>::put(tree);
    Ok(())
}

fn deposit(fixture: &Fixture, value: u64) -> Deposit {
    Deposit {
        value,
        hide: fixture.transfer.credit,
        ciphertext: fixture.transfer.outputs[0].ciphertext.clone(),
    }
}

/// An account with more than `value`.
fn depositor<T: Config>(value: u64) -> Result<T::AccountId, BenchmarkError> {
    let who: T::AccountId = whitelisted_caller();
    let funds = BalanceOf::<T>::from(value.saturating_mul(2));
    // The debt is settled by being dropped: the issuance grows.
    let _ = T::Currency::deposit(&who, funds, Precision::Exact)?;
    Ok(who)
}

/// A chain on which the fixture's transfer is valid.
fn admit_fixture<T: Config>(fixture: &Fixture) -> Result<(), BenchmarkError> {
    let genesis = T::Hash::decode(&mut GENESIS.as_slice())
        .map_err(|_| BenchmarkError::Stop("the hash is not of 32 bytes"))?;
    let first = BlockNumberFor::<T>::zero();
    frame_system::BlockHash::<T>::insert(first, genesis);
    let value = VALUE.saturating_mul(3);
    let who = depositor::<T>(value)?;
    Pallet::<T>::do_shield(who, deposit(fixture, value))?;
    // The fixture is valid to the end of time, which must not be too far away.
    let now = BlockNumberFor::<T>::from(fixture.transfer.valid_until);
    frame_system::Pallet::<T>::set_block_number(now);
    RetiredAnchors::<T>::insert(fixture.transfer.anchor, now);
    grow_tree::<T>(BEFORE_THE_LONGEST)
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn shield() -> Result<(), BenchmarkError> {
        let value = VALUE;
        let who = depositor::<T>(value)?;
        let deposit = Box::new(deposit(&fixture()?, value));
        grow_tree::<T>(BEFORE_THE_LONGEST + 1)?;
        #[extrinsic_call]
        _(RawOrigin::Signed(who), deposit);
        assert_eq!(Pallet::<T>::pool_balance(), value.into());
        Ok(())
    }

    /// All but the proof: the checks before dispatch, the checks again, and what it does.
    #[benchmark]
    fn transfer() -> Result<(), BenchmarkError> {
        let fixture = fixture()?;
        admit_fixture::<T>(&fixture)?;
        let said = fixture.transfer;
        #[block]
        {
            let statement = Pallet::<T>::check_transfer(&said)
                .map_err(|_| BenchmarkError::Stop("the fixture is refused"))?;
            Admitted::<T>::put(statement.binding);
            Pallet::<T>::do_transfer(&said)?;
        }
        assert!(Nullifiers::<T>::contains_key(said.nullifiers[1]));
        Ok(())
    }

    #[benchmark]
    fn verify_proof() -> Result<(), BenchmarkError> {
        let fixture = fixture()?;
        let statement = fixture
            .transfer
            .statement(&GENESIS)
            .map_err(|_| BenchmarkError::Stop("the fixture is malformed"))?;
        let valid;
        #[block]
        {
            valid = T::ProofVerifier::verify_afresh(&fixture.proof, &statement);
        }
        assert!(valid);
        Ok(())
    }

    /// Both hooks: two anchors have expired, another is retired, and a period ends.
    #[benchmark]
    fn on_block() -> Result<(), BenchmarkError> {
        let roots = [digest(2)?, digest(3)?];
        for (index, root) in (0u64..).zip(roots) {
            AnchorQueue::<T>::insert(index, root);
            RetiredAnchors::<T>::insert(root, BlockNumberFor::<T>::zero());
        }
        AnchorRange::<T>::put((0, 2));
        grow_tree::<T>(BEFORE_THE_LONGEST)?;
        Period::<T>::put(Sample {
            transactions: 1,
            ..Sample::default()
        });
        let period = T::IssuancePolicy::get().period;
        let window: u32 = T::AnchorWindow::get().saturated_into();
        let last = window.saturating_add(1).next_multiple_of(period.max(1));
        frame_system::Pallet::<T>::set_block_number(last.into());
        #[block]
        {
            Pallet::<T>::on_initialize(last.into());
            Pallet::<T>::on_finalize(last.into());
        }
        assert_eq!(Pallet::<T>::retired_anchors().len(), 1);
        assert!(!Period::<T>::exists());
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
