//! Benchmarks of every call and of verification in every scheme.
//!
//! Keys are made afresh from the clock in each run, and signatures with them: the host remembers what
//! it has verified, and a benchmark that asked twice would measure its memory. Where a call verifies
//! what any scheme may have signed, it is measured with SLH-DSA-SHAKE-128f, the slowest to verify.

use alloc::vec::Vec;

use codec::Encode;
use frame_benchmarking::v2::*;
use frame_support::{
    assert_ok,
    traits::{
        fungible::{Inspect, Mutate},
        EnsureOrigin, Get,
    },
};
use frame_system::RawOrigin;
use polkadot_sdk::*;
use qloak_pq_crypto::{
    account::account_id,
    account_signature::AccountSignature,
    context::Context,
    scheme::{Scheme, SEED_BYTES},
    signing::{Randomness, SecretKey},
};
use sp_runtime::traits::Saturating;

use crate::*;

/// The slowest scheme to verify.
const SLOWEST: Scheme = Scheme::SlhDsaShake128f;
/// The scheme with the longest keys.
const LONGEST: Scheme = Scheme::MlDsa87;

/// An ECDSA signature over [`CLASSICAL_MESSAGE`]: the slowest classical scheme to verify. It is kept
/// as bytes because the runtime cannot sign; a test makes it again.
pub(crate) const CLASSICAL_SIGNATURE: [u8; 65] = [
    0x65, 0x00, 0x42, 0x7f, 0x28, 0x71, 0x7e, 0x91, 0x7f, 0xc8, 0x09, 0x1d, 0x87, 0x61, 0x2c, 0xaf,
    0x08, 0xf9, 0xc8, 0x1a, 0x73, 0xb8, 0x30, 0x90, 0x3f, 0x76, 0x7a, 0x37, 0xe1, 0xa6, 0x6f, 0xd8,
    0x0b, 0xdc, 0xba, 0x31, 0xdd, 0x5d, 0x5b, 0x89, 0xb5, 0xf8, 0x4d, 0x6a, 0xb5, 0x03, 0xb5, 0xaf,
    0x19, 0x9f, 0x66, 0xab, 0x9f, 0x46, 0x7a, 0x13, 0x38, 0x25, 0x43, 0x5a, 0x61, 0x85, 0x3a, 0x2c,
    0x01,
];
pub(crate) const CLASSICAL_MESSAGE: &[u8] = b"qloak benchmark";
/// The account whose key made [`CLASSICAL_SIGNATURE`].
pub(crate) const CLASSICAL_ACCOUNT: [u8; 32] = [
    0x7e, 0xf9, 0x9e, 0xe7, 0x67, 0x31, 0x4c, 0xcb, 0x47, 0x26, 0xbe, 0x57, 0x9a, 0xb3, 0xea, 0xbd,
    0x21, 0x27, 0x41, 0xb3, 0x79, 0x6d, 0xb4, 0x04, 0x05, 0xff, 0x42, 0x1c, 0x47, 0xb0, 0xae, 0x85,
];

/// A key that no run had before.
fn fresh_key(scheme: Scheme) -> Result<SecretKey, BenchmarkError> {
    let seed: [u8; SEED_BYTES] =
        sp_io::hashing::blake2_256(&(scheme, frame_benchmarking::current_time()).encode());
    SecretKey::from_seed(scheme, &seed).map_err(|_| BenchmarkError::Stop("no key from this seed"))
}

fn sign(key: &SecretKey, context: Context, message: &[u8]) -> Result<Vec<u8>, BenchmarkError> {
    key.sign(context, message, Randomness::Deterministic)
        .map_err(|_| BenchmarkError::Stop("the key does not sign"))
}

fn signature(
    key: &SecretKey,
    context: Context,
    message: &[u8],
) -> Result<SignatureBytes, BenchmarkError> {
    bounded(sign(key, context, message)?)
}

fn public(key: &SecretKey) -> Result<PublicKey, BenchmarkError> {
    bounded(key.public_key().to_vec())
}

fn bounded<B: TryFrom<Vec<u8>>>(bytes: Vec<u8>) -> Result<B, BenchmarkError> {
    bytes
        .try_into()
        .map_err(|_| BenchmarkError::Stop("the bytes exceed their bound"))
}

fn account_of<T: Config>(key: &SecretKey) -> T::AccountId {
    account_id(key.scheme(), key.public_key()).into()
}

/// Gives `who` enough for every deposit.
fn fund<T: Config>(who: &T::AccountId) {
    let deposits = Pallet::<T>::deposit_for(u32::from(u16::MAX));
    let rest = T::Currency::minimum_balance().saturating_mul(1000u32.into());
    T::Currency::set_balance(who, deposits.saturating_add(rest));
}

/// A funded, registered account and its key.
fn registered<T: Config>() -> Result<(T::AccountId, SecretKey), BenchmarkError> {
    let key = fresh_key(LONGEST)?;
    let who = account_of::<T>(&key);
    fund::<T>(&who);
    assert_ok!(Pallet::<T>::do_register(&who, key.scheme(), public(&key)?));
    Ok((who, key))
}

/// The proof that `key` may become the key of `who` in `generation`.
fn possession<T: Config>(
    who: &T::AccountId,
    generation: u32,
    key: &SecretKey,
) -> Result<SignatureBytes, BenchmarkError> {
    let genesis = Pallet::<T>::genesis_hash();
    let message = payload::possession(&genesis, who, generation, key.scheme(), key.public_key());
    signature(key, Context::KeyPossession, &message)
}

fn backup_possession<T: Config>(
    who: &T::AccountId,
    key: &SecretKey,
) -> Result<SignatureBytes, BenchmarkError> {
    let nonce = RecoveryNonce::<T>::get(who);
    let genesis = Pallet::<T>::genesis_hash();
    let message = payload::backup_possession(&genesis, who, nonce, key.scheme(), key.public_key());
    signature(key, Context::KeyPossession, &message)
}

/// A registered account with a backup key, and that backup key.
fn with_backup<T: Config>() -> Result<(T::AccountId, SecretKey), BenchmarkError> {
    let (who, _) = registered::<T>()?;
    let backup = fresh_key(SLOWEST)?;
    let proof = backup_possession::<T>(&who, &backup)?;
    assert_ok!(Pallet::<T>::do_set_backup(
        &who,
        SLOWEST,
        public(&backup)?,
        &proof,
        None
    ));
    Ok((who, backup))
}

/// The account that has just rotated, with its first key as the previous one.
fn rotated<T: Config>() -> Result<T::AccountId, BenchmarkError> {
    let (who, _) = registered::<T>()?;
    let new = fresh_key(LONGEST)?;
    let proof = possession::<T>(&who, 1, &new)?;
    assert_ok!(Pallet::<T>::do_rotate(&who, LONGEST, public(&new)?, &proof));
    Ok(who)
}

/// Moves the chain past the overlap of a rotation made now.
fn end_overlap<T: Config>() {
    let end = Pallet::<T>::now().saturating_add(T::RotationOverlap::get());
    frame_system::Pallet::<T>::set_block_number(end.saturating_add(1u32.into()));
}

/// The transaction signature of an account with its key, over a message that no run had before.
fn attached<T: Config>(
    scheme: Scheme,
) -> Result<(T::AccountId, AccountSignature, Vec<u8>), BenchmarkError> {
    // Also a draft is weighed, which most chains have disabled.
    Catalog::<T>::insert(scheme, CatalogEntry::enabled(scheme));
    let key = fresh_key(scheme)?;
    let message = frame_benchmarking::current_time().encode();
    let bytes = sign(&key, Context::Transaction, &message)?;
    let signature = AccountSignature::new(scheme, Some(key.public_key().to_vec()), bytes)
        .map_err(|_| BenchmarkError::Stop("the signature is too long"))?;
    Ok((account_of::<T>(&key), signature, message))
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn register_key() -> Result<(), BenchmarkError> {
        let key = fresh_key(LONGEST)?;
        let who = account_of::<T>(&key);
        fund::<T>(&who);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), LONGEST, public(&key)?);
        assert!(Keys::<T>::contains_key(&who));
        Ok(())
    }

    #[benchmark]
    fn deregister_key() -> Result<(), BenchmarkError> {
        let (who, _) = registered::<T>()?;
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));
        assert!(!Keys::<T>::contains_key(&who));
        Ok(())
    }

    #[benchmark]
    fn rotate_key() -> Result<(), BenchmarkError> {
        let who = rotated::<T>()?;
        end_overlap::<T>();
        let new = fresh_key(SLOWEST)?;
        let (public, proof) = (public(&new)?, possession::<T>(&who, 2, &new)?);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), SLOWEST, public, proof);
        assert_eq!(Pallet::<T>::account_status(&who).generation, 2);
        Ok(())
    }

    #[benchmark]
    fn set_backup_key() -> Result<(), BenchmarkError> {
        let (who, present) = with_backup::<T>()?;
        let new = fresh_key(SLOWEST)?;
        let nonce = RecoveryNonce::<T>::get(&who);
        let genesis = Pallet::<T>::genesis_hash();
        let message = payload::set_backup(&genesis, &who, nonce, SLOWEST, new.public_key());
        let consent = signature(&present, Context::Recovery, &message)?;
        let (public, proof) = (public(&new)?, backup_possession::<T>(&who, &new)?);
        #[extrinsic_call]
        _(
            RawOrigin::Signed(who.clone()),
            SLOWEST,
            public,
            proof,
            Some(consent),
        );
        assert_eq!(RecoveryNonce::<T>::get(&who), 2);
        Ok(())
    }

    #[benchmark]
    fn freeze() -> Result<(), BenchmarkError> {
        let (who, backup) = with_backup::<T>()?;
        let nonce = RecoveryNonce::<T>::get(&who);
        let message = payload::freeze(&Pallet::<T>::genesis_hash(), &who, nonce);
        let order = signature(&backup, Context::Recovery, &message)?;
        let caller: T::AccountId = whitelisted_caller();
        #[extrinsic_call]
        _(RawOrigin::Signed(caller), who.clone(), order);
        assert!(Frozen::<T>::contains_key(&who));
        Ok(())
    }

    #[benchmark]
    fn recover() -> Result<(), BenchmarkError> {
        let (who, backup) = with_backup::<T>()?;
        Frozen::<T>::insert(&who, ());
        let new = fresh_key(SLOWEST)?;
        let nonce = RecoveryNonce::<T>::get(&who);
        let genesis = Pallet::<T>::genesis_hash();
        let message = payload::recover(&genesis, &who, nonce, SLOWEST, new.public_key());
        let order = signature(&backup, Context::Recovery, &message)?;
        let (public, proof) = (public(&new)?, possession::<T>(&who, 1, &new)?);
        let caller: T::AccountId = whitelisted_caller();
        fund::<T>(&caller);
        #[extrinsic_call]
        _(
            RawOrigin::Signed(caller),
            who.clone(),
            SLOWEST,
            public,
            proof,
            order,
        );
        assert!(!Frozen::<T>::contains_key(&who));
        Ok(())
    }

    #[benchmark]
    fn migrate_classical() -> Result<(), BenchmarkError> {
        let who: T::AccountId = whitelisted_caller();
        fund::<T>(&who);
        ClassicalAccounts::<T>::insert(&who, ());
        let new = fresh_key(SLOWEST)?;
        let (public, proof) = (public(&new)?, possession::<T>(&who, 0, &new)?);
        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), SLOWEST, public, proof);
        assert!(!ClassicalAccounts::<T>::contains_key(&who));
        Ok(())
    }

    #[benchmark]
    fn mark_classical() -> Result<(), BenchmarkError> {
        let origin =
            T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let account: T::AccountId = account("classical", 0, 0);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, account.clone());
        assert!(ClassicalAccounts::<T>::contains_key(&account));
        Ok(())
    }

    /// The worst case looks at every other scheme for one that is enabled.
    #[benchmark]
    fn set_scheme_status() -> Result<(), BenchmarkError> {
        let origin =
            T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let [first, between @ .., last] = Scheme::ALL;
        for scheme in between.into_iter().chain([first]) {
            let disabled = CatalogEntry {
                status: SchemeStatus::Disabled,
                ..CatalogEntry::enabled(scheme)
            };
            Catalog::<T>::insert(scheme, disabled);
        }
        Catalog::<T>::insert(last, CatalogEntryOf::<T>::enabled(last));
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, first, SchemeStatus::Disabled);
        assert_eq!(Pallet::<T>::status(first), SchemeStatus::Disabled);
        Ok(())
    }

    #[benchmark]
    fn set_fee_multiplier() -> Result<(), BenchmarkError> {
        let origin =
            T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        Catalog::<T>::insert(LONGEST, CatalogEntryOf::<T>::enabled(LONGEST));
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, LONGEST, MAX_FEE_MULTIPLIER);
        let entry = Catalog::<T>::get(LONGEST).ok_or("the scheme is in the catalog")?;
        assert_eq!(entry.fee_multiplier, MAX_FEE_MULTIPLIER);
        Ok(())
    }

    #[benchmark]
    fn forget_previous_key() -> Result<(), BenchmarkError> {
        let who = rotated::<T>()?;
        end_overlap::<T>();
        let caller: T::AccountId = whitelisted_caller();
        #[extrinsic_call]
        _(RawOrigin::Signed(caller), who.clone());
        assert!(Pallet::<T>::key_of(&who).is_some_and(|record| record.previous.is_none()));
        Ok(())
    }

    /// What follows a transaction that carried its key: the key's registration.
    #[benchmark]
    fn auto_register() -> Result<(), BenchmarkError> {
        let (who, signature, _) = attached::<T>(LONGEST)?;
        fund::<T>(&who);
        #[block]
        {
            Pallet::<T>::on_applied(&signature, &who);
        }
        assert!(Keys::<T>::contains_key(&who));
        Ok(())
    }

    #[benchmark]
    fn verify_classical() -> Result<(), BenchmarkError> {
        let who: T::AccountId = CLASSICAL_ACCOUNT.into();
        ClassicalAccounts::<T>::insert(&who, ());
        let signature = AccountSignature::Ecdsa(CLASSICAL_SIGNATURE);
        let verdict;
        #[block]
        {
            verdict = Pallet::<T>::verify(&signature, CLASSICAL_MESSAGE, &who);
        }
        assert_eq!(verdict, Ok(()));
        Ok(())
    }

    #[benchmark]
    fn verify_ml_dsa_44() -> Result<(), BenchmarkError> {
        let (who, signature, message) = attached::<T>(Scheme::MlDsa44)?;
        let verdict;
        #[block]
        {
            verdict = Pallet::<T>::verify(&signature, &message, &who);
        }
        assert_eq!(verdict, Ok(()));
        Ok(())
    }

    #[benchmark]
    fn verify_ml_dsa_65() -> Result<(), BenchmarkError> {
        let (who, signature, message) = attached::<T>(Scheme::MlDsa65)?;
        let verdict;
        #[block]
        {
            verdict = Pallet::<T>::verify(&signature, &message, &who);
        }
        assert_eq!(verdict, Ok(()));
        Ok(())
    }

    #[benchmark]
    fn verify_ml_dsa_87() -> Result<(), BenchmarkError> {
        let (who, signature, message) = attached::<T>(Scheme::MlDsa87)?;
        let verdict;
        #[block]
        {
            verdict = Pallet::<T>::verify(&signature, &message, &who);
        }
        assert_eq!(verdict, Ok(()));
        Ok(())
    }

    #[benchmark]
    fn verify_slh_dsa_shake_128f() -> Result<(), BenchmarkError> {
        let (who, signature, message) = attached::<T>(Scheme::SlhDsaShake128f)?;
        let verdict;
        #[block]
        {
            verdict = Pallet::<T>::verify(&signature, &message, &who);
        }
        assert_eq!(verdict, Ok(()));
        Ok(())
    }

    #[benchmark]
    fn verify_slh_dsa_shake_128s() -> Result<(), BenchmarkError> {
        let (who, signature, message) = attached::<T>(Scheme::SlhDsaShake128s)?;
        let verdict;
        #[block]
        {
            verdict = Pallet::<T>::verify(&signature, &message, &who);
        }
        assert_eq!(verdict, Ok(()));
        Ok(())
    }

    #[benchmark]
    fn verify_fn_dsa_512() -> Result<(), BenchmarkError> {
        let (who, signature, message) = attached::<T>(Scheme::FnDsa512)?;
        let verdict;
        #[block]
        {
            verdict = Pallet::<T>::verify(&signature, &message, &who);
        }
        assert_eq!(verdict, Ok(()));
        Ok(())
    }

    #[benchmark]
    fn verify_hybrid_ed25519_ml_dsa_65() -> Result<(), BenchmarkError> {
        let (who, signature, message) = attached::<T>(Scheme::HybridEd25519MlDsa65)?;
        let verdict;
        #[block]
        {
            verdict = Pallet::<T>::verify(&signature, &message, &who);
        }
        assert_eq!(verdict, Ok(()));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
