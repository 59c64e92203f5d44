//! The verdict on a transaction's signature.
//!
//! A transaction extension never sees the signature, so the rules stand here, behind
//! [`SignaturePolicy`], where [`PqExtrinsic`](crate::extrinsic::PqExtrinsic) finds them. Cheap checks come first: a
//! signature is verified only when its lengths are right, the account is not frozen, the scheme is
//! accepted and the key is the account's.

use frame_support::{ensure, weights::Weight};
use polkadot_sdk::*;
use qloak_pq_crypto::{
    account_signature::{AccountSignature, Kind},
    context::Context,
    host,
    scheme::Scheme,
};

use crate::{
    Catalog, ClassicalAccounts, Config, Error, Frozen, Keys, Pallet, PublicKey, WeightInfo,
    MIN_FEE_MULTIPLIER,
};

/// Why a transaction's signature was refused; the code is what users see in
/// `InvalidTransaction::Custom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
    /// The transaction leaves the key out, and the account has none registered.
    KeyNotRegistered = 1,
    /// The key, or the signature's scheme, is not the account's.
    KeyMismatch = 2,
    /// The scheme is disabled.
    SchemeDisabled = 3,
    /// The scheme is deprecated, and its last block has passed.
    SchemeDeprecated = 4,
    /// The signature is classical, and the account is not marked classical.
    ClassicalNotMarked = 5,
    /// The signature is not one by the account's key over this transaction.
    InvalidSignature = 6,
    /// The key or the signature has not the length that the scheme prescribes.
    MalformedLength = 7,
    /// The account is frozen until its backup key recovers it.
    AccountFrozen = 8,
    /// The key was the account's: the one before, whose overlap is over, while the chain still holds it; or
    /// the first one, sent along. Other old keys are a [`Self::KeyMismatch`].
    KeyRotatedOut = 9,
}

impl Refusal {
    /// Every refusal, in the order of the codes.
    pub const ALL: [Self; 9] = [
        Self::KeyNotRegistered,
        Self::KeyMismatch,
        Self::SchemeDisabled,
        Self::SchemeDeprecated,
        Self::ClassicalNotMarked,
        Self::InvalidSignature,
        Self::MalformedLength,
        Self::AccountFrozen,
        Self::KeyRotatedOut,
    ];

    /// The code in `InvalidTransaction::Custom`.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The refusal in words, for whoever receives only the code.
    pub const fn message(self) -> &'static str {
        match self {
            Self::KeyNotRegistered => {
                "the account has no registered key: attach the key to the transaction"
            }
            Self::KeyMismatch => "the key is not the account's",
            Self::SchemeDisabled => "the signature scheme is disabled on this chain",
            Self::SchemeDeprecated => "the signature scheme is deprecated and no longer accepted",
            Self::ClassicalNotMarked => {
                "classical signatures are accepted only from accounts marked classical"
            }
            Self::InvalidSignature => "the signature does not verify",
            Self::MalformedLength => "the key or the signature has the wrong length",
            Self::AccountFrozen => "the account is frozen until its backup key recovers it",
            Self::KeyRotatedOut => "the key was rotated out and is no longer valid",
        }
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for Refusal {}

/// A code that stands for no [`Refusal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRefusal(pub u8);

impl core::fmt::Display for UnknownRefusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} is not the code of a signature refusal", self.0)
    }
}

impl core::error::Error for UnknownRefusal {}

impl TryFrom<u8> for Refusal {
    type Error = UnknownRefusal;

    fn try_from(code: u8) -> Result<Self, Self::Error> {
        Self::ALL
            .into_iter()
            .find(|refusal| refusal.code() == code)
            .ok_or(UnknownRefusal(code))
    }
}

/// What is to be known of a transaction whose signature is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The weight of [`SignaturePolicy::judge`] and [`SignaturePolicy::on_applied`].
    pub weight: Weight,
    /// Whether the transaction brings a key to an account that has none registered, so that
    /// [`SignaturePolicy::on_applied`] has something to do.
    pub brings_key: bool,
}

/// What decides on signatures, as the runtime's extrinsic type sees it.
pub trait SignaturePolicy {
    /// Who signs.
    type AccountId: Clone + Into<[u8; 32]>;

    /// Whether `signature` is one of `message` that `signer` may make now. (What message a
    /// transaction of `signer` stands for, [`AccountSignature::signed_message`] says.)
    fn judge(
        signature: &AccountSignature,
        message: &[u8],
        signer: &Self::AccountId,
    ) -> Result<Accepted, Refusal>;

    /// Whether there is an account of `signer`. Without one it cannot pay, so that no signature of it is
    /// worth verifying.
    fn has_account(signer: &Self::AccountId) -> bool;

    /// [`judge`](Self::judge), for those who want to know no more than that.
    fn verify(
        signature: &AccountSignature,
        message: &[u8],
        signer: &Self::AccountId,
    ) -> Result<(), Refusal> {
        Self::judge(signature, message, signer).map(|_| ())
    }

    /// The weight that [`judge`](Self::judge) will report if it accepts `signature` as `signer`'s in this
    /// state; the most that it could, if the signer is not known.
    fn weight(signature: &AccountSignature, signer: Option<&Self::AccountId>) -> Weight;

    /// To be called once the transaction that carried `signature` was applied, successful or not, if it
    /// [brings a key](Accepted::brings_key).
    fn on_applied(signature: &AccountSignature, signer: &Self::AccountId);
}

impl<T: Config> SignaturePolicy for Pallet<T> {
    type AccountId = T::AccountId;

    /// The condition by which the SDK's `CheckNonce` refuses a signer as unable to pay, after its signature
    /// has been verified.
    fn has_account(signer: &T::AccountId) -> bool {
        let account = frame_system::Account::<T>::get(signer);
        account.providers > 0 || account.sufficients > 0
    }

    fn judge(
        signature: &AccountSignature,
        message: &[u8],
        signer: &T::AccountId,
    ) -> Result<Accepted, Refusal> {
        let Kind::Pq {
            scheme,
            public,
            signature,
        } = signature.kind()
        else {
            Self::verify_classical(signature, message, signer)?;
            return Ok(Accepted {
                weight: T::WeightInfo::verify_classical(),
                brings_key: false,
            });
        };
        ensure_lengths(scheme, public, signature)?;
        ensure!(!Frozen::<T>::contains_key(signer), Refusal::AccountFrozen);
        let entry = Catalog::<T>::get(scheme).ok_or(Refusal::SchemeDisabled)?;
        Self::ensure_status_accepted(&entry.status).map_err(|error| match error {
            Error::SchemeDeprecated => Refusal::SchemeDeprecated,
            _ => Refusal::SchemeDisabled,
        })?;
        let work = match public {
            Some(public) => Self::verify_attached(scheme, public, message, signature, signer)?,
            None => Self::verify_registered(scheme, message, signature, signer)?,
        };
        Ok(Accepted {
            weight: Self::weight_in(scheme, entry.fee_multiplier, work),
            brings_key: work.brings_key,
        })
    }

    fn weight(signature: &AccountSignature, signer: Option<&T::AccountId>) -> Weight {
        let Kind::Pq { scheme, public, .. } = signature.kind() else {
            return T::WeightInfo::verify_classical();
        };
        let percent =
            Catalog::<T>::get(scheme).map_or(MIN_FEE_MULTIPLIER, |entry| entry.fee_multiplier);
        let record = signer.and_then(Keys::<T>::get);
        let work = match (public, record) {
            (Some(_), record) => Work::attached(record.is_none()),
            (None, Some(record)) => Work::registered(record.keys_of(scheme)),
            (None, None) => Work::registered(MAX_KEYS),
        };
        Self::weight_in(scheme, percent, work)
    }

    /// Registers the key that came with the transaction of an account that had none registered.
    ///
    /// An account that cannot pay the deposit goes on attaching its key; that is no error.
    fn on_applied(signature: &AccountSignature, signer: &T::AccountId) {
        let Kind::Pq {
            scheme,
            public: Some(public),
            ..
        } = signature.kind()
        else {
            return;
        };
        if Keys::<T>::contains_key(signer) {
            return;
        }
        if let Ok(public) = PublicKey::try_from(public.to_vec()) {
            // Outside a call nothing rolls back what an error leaves half done, but here.
            let _ = frame_support::storage::with_storage_layer(|| {
                Self::do_register(signer, scheme, public)
            });
        }
    }
}

/// As many keys of an account the chain holds at most: the current one, and the one before.
const MAX_KEYS: u64 = 2;

/// What a post-quantum signature takes to be judged, and what follows from it.
#[derive(Clone, Copy)]
struct Work {
    verifications: u64,
    brings_key: bool,
}

impl Work {
    const fn attached(brings_key: bool) -> Self {
        Self {
            verifications: 1,
            brings_key,
        }
    }

    /// An account with two keys of a scheme may take two verifications, and counts for two whichever of
    /// them it was, so that nobody has to verify to tell the fee.
    fn registered(keys_of_scheme: u64) -> Self {
        Self {
            // Without a key of the scheme the signature is refused, and weighed all the same.
            verifications: keys_of_scheme.max(1),
            brings_key: false,
        }
    }
}

impl<T: Config> Pallet<T> {
    fn verify_classical(
        signature: &AccountSignature,
        message: &[u8],
        signer: &T::AccountId,
    ) -> Result<(), Refusal> {
        // A marked account has no backup key, and so is never frozen.
        ensure!(
            ClassicalAccounts::<T>::contains_key(signer),
            Refusal::ClassicalNotMarked
        );
        let signer: [u8; 32] = signer.clone().into();
        ensure!(
            signature.verify_classical(message, &signer),
            Refusal::InvalidSignature
        );
        Ok(())
    }

    /// Verifies a signature that came with its key.
    fn verify_attached(
        scheme: Scheme,
        public: &[u8],
        message: &[u8],
        signature: &[u8],
        signer: &T::AccountId,
    ) -> Result<Work, Refusal> {
        let is_new = Self::ensure_key_of(signer, scheme, public)?;
        ensure!(
            host::verify(scheme, public, Context::Transaction, message, signature),
            Refusal::InvalidSignature
        );
        Ok(Work::attached(is_new))
    }

    /// Checks that `public` signs for `account` in this block. The answer is whether it is the account's
    /// first key, which is not registered yet.
    fn ensure_key_of(
        account: &T::AccountId,
        scheme: Scheme,
        public: &[u8],
    ) -> Result<bool, Refusal> {
        let is_derived = || Self::is_derived(account, scheme, public);
        let Some(record) = Keys::<T>::get(account) else {
            ensure!(is_derived(), Refusal::KeyMismatch);
            return Ok(true);
        };
        if record.is_current(scheme, public) {
            return Ok(false);
        }
        match record.previous.filter(|key| key.is(scheme, public)) {
            Some(previous) if previous.is_valid_at(&Self::now()) => Ok(false),
            Some(_) => Err(Refusal::KeyRotatedOut),
            None if is_derived() => Err(Refusal::KeyRotatedOut),
            None => Err(Refusal::KeyMismatch),
        }
    }

    /// Verifies a signature that came without its key, by the current key or else by the previous.
    ///
    /// Two verifications at most. The second is made even after the overlap, while the chain still
    /// holds the key, so that the user of a wallet with an old key learns what is wrong.
    fn verify_registered(
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
        signer: &T::AccountId,
    ) -> Result<Work, Refusal> {
        let record = Keys::<T>::get(signer).ok_or(Refusal::KeyNotRegistered)?;
        let work = Work::registered(record.keys_of(scheme));
        let is_by = |public: &PublicKey| {
            host::verify(scheme, public, Context::Transaction, message, signature)
        };
        let is_current_scheme = record.scheme == scheme;
        if is_current_scheme && is_by(&record.public) {
            return Ok(work);
        }
        match record.previous.filter(|key| key.scheme == scheme) {
            Some(previous) if is_by(&previous.public) => {
                ensure!(previous.is_valid_at(&Self::now()), Refusal::KeyRotatedOut);
                Ok(work)
            }
            None if !is_current_scheme => Err(Refusal::KeyMismatch),
            _ => Err(Refusal::InvalidSignature),
        }
    }

    /// The weight of a signature in `scheme`, at the catalog's multiplier in percent.
    fn weight_in(scheme: Scheme, percent: u32, work: Work) -> Weight {
        let verification = Self::verification_weight(scheme)
            .saturating_mul(percent.into())
            .saturating_div(100)
            .saturating_mul(work.verifications);
        if work.brings_key {
            verification.saturating_add(T::WeightInfo::auto_register())
        } else {
            verification
        }
    }

    /// The weight of verifying one signature in `scheme`.
    pub fn verification_weight(scheme: Scheme) -> Weight {
        match scheme {
            Scheme::MlDsa44 => T::WeightInfo::verify_ml_dsa_44(),
            Scheme::MlDsa65 => T::WeightInfo::verify_ml_dsa_65(),
            Scheme::MlDsa87 => T::WeightInfo::verify_ml_dsa_87(),
            Scheme::SlhDsaShake128f => T::WeightInfo::verify_slh_dsa_shake_128f(),
            Scheme::SlhDsaShake128s => T::WeightInfo::verify_slh_dsa_shake_128s(),
            Scheme::FnDsa512 => T::WeightInfo::verify_fn_dsa_512(),
            Scheme::HybridEd25519MlDsa65 => T::WeightInfo::verify_hybrid_ed25519_ml_dsa_65(),
        }
    }
}

/// Checks the lengths of a key and a signature before anything is done with them.
fn ensure_lengths(scheme: Scheme, public: Option<&[u8]>, signature: &[u8]) -> Result<(), Refusal> {
    let parameters = scheme.parameters();
    let fits = signature.len() == parameters.signature_bytes
        && public.is_none_or(|public| public.len() == parameters.public_bytes);
    ensure!(fits, Refusal::MalformedLength);
    Ok(())
}
