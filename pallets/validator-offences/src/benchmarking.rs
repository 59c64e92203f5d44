//! Benchmarks of a report and of an exclusion.
//!
//! Keys are made afresh from the clock in each run: the host remembers what it has verified, and a
//! benchmark that asked twice would measure its memory.

use alloc::{boxed::Box, vec, vec::Vec};

use codec::Encode;
use frame_benchmarking::v2::*;
use frame_system::{
    pallet_prelude::{BlockNumberFor, HeaderFor},
    RawOrigin,
};
use polkadot_sdk::*;
use qloak_offences::DoubleAuthoringProof;
use qloak_pq_crypto::authority::{aura::AuthorityId, Pair, Seal};
use sp_consensus_aura::AURA_ENGINE_ID;
use sp_consensus_slots::Slot;
use sp_core::Pair as _;
use sp_runtime::{
    traits::{Header as _, One, Saturating, Zero},
    Digest, DigestItem,
};

use crate::*;

/// How a benchmark makes validators, which this pallet knows of by its configuration only.
pub trait Enrol<AccountId> {
    /// Makes the owner of `authority` a validator of this session and the next, and says who it is.
    fn enrol(authority: AuthorityId) -> AccountId;
}

fn fresh_key(number: u32) -> Pair<Seal> {
    let seed = (number, frame_benchmarking::current_time()).encode();
    Pair::from_seed(&sp_io::hashing::blake2_256(&seed))
}

/// Validators as many as there may be (the one of the genesis is among them), and the key of one.
fn full_session<T: Config>() -> (T::AccountId, Pair<Seal>) {
    for number in 2..64 {
        T::BenchmarkHelper::enrol(AuthorityId::from(fresh_key(number).public()));
    }
    let key = fresh_key(0);
    let validator = T::BenchmarkHelper::enrol(AuthorityId::from(key.public()));
    Pallet::<T>::note_session_start(0);
    (validator, key)
}

fn sealed<T: Config>(
    key: &Pair<Seal>,
    slot: Slot,
    tag: u8,
) -> Result<HeaderFor<T>, BenchmarkError> {
    let digest = Digest {
        logs: vec![
            DigestItem::PreRuntime(AURA_ENGINE_ID, slot.encode()),
            DigestItem::Other(vec![tag]),
        ],
    };
    let number = frame_system::Pallet::<T>::block_number().saturating_add(One::one());
    let (zero, root) = (Default::default(), Default::default());
    let mut header = HeaderFor::<T>::new(number, zero, root, Default::default(), digest);
    let seal = key
        .try_sign(header.hash().as_ref())
        .ok_or(BenchmarkError::Stop("the key does not sign"))?;
    header
        .digest_mut()
        .push(DigestItem::Seal(AURA_ENGINE_ID, seal.encode()));
    Ok(header)
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn report_double_authoring() -> Result<(), BenchmarkError> {
        let (_, key) = full_session::<T>();
        let slot = Slot::from(7);
        let proof = DoubleAuthoringProof {
            offender: AuthorityId::from(key.public()),
            slot,
            first_header: sealed::<T>(&key, slot, 1)?,
            second_header: sealed::<T>(&key, slot, 2)?,
        };
        let owner = Pallet::<T>::prove_key_ownership(proof.offender.clone())
            .ok_or(BenchmarkError::Stop("the helper enrolled nobody"))?;
        let reporter: T::AccountId = whitelisted_caller();
        #[extrinsic_call]
        _(RawOrigin::Signed(reporter), Box::new(proof), owner);
        Ok(())
    }

    #[benchmark]
    fn exclude() -> Result<(), BenchmarkError> {
        let (validator, _) = full_session::<T>();
        let others: Vec<_> = T::Sessions::next()
            .into_iter()
            .filter(|other| *other != validator)
            .collect();
        for other in others {
            // All are looked up, none is out.
            Excluded::<T>::insert(other, BlockNumberFor::<T>::zero());
        }
        #[block]
        {
            Pallet::<T>::exclude(core::slice::from_ref(&validator));
        }
        assert!(Pallet::<T>::is_excluded(&validator));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
