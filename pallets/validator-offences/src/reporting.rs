//! Reports of double authoring: what they must show, and who may make them.

use alloc::boxed::Box;

use polkadot_sdk::*;

use frame_support::{
    ensure,
    traits::{Get, KeyOwnerProofSystem},
};
use frame_system::{
    offchain::{CreateBare, SubmitTransaction},
    pallet_prelude::{BlockNumberFor, HeaderFor},
};
use qloak_offences::{check_double_authoring, DoubleAuthoringProof, ProofError};
use qloak_pq_crypto::authority::aura::AuthorityId;
use sp_core::crypto::key_types::AURA;
use sp_runtime::{
    traits::{Header as _, SaturatedConversion, Saturating},
    transaction_validity::{
        InvalidTransaction, TransactionPriority, TransactionSource, TransactionValidity,
        TransactionValidityError, ValidTransaction,
    },
    DispatchError,
};
use sp_session::{GetSessionNumber, GetValidatorCount};
use sp_staking::{offence::ReportOffence, SessionIndex};

use crate::{
    Call, Config, DoubleAuthoring, Error, Event, Offender, OldestSession, OwnershipProof, Pallet,
    SessionRoots, SessionStarts,
};

/// A proof over the runtime's headers.
type ProofOf<T> = DoubleAuthoringProof<HeaderFor<T>>;

/// How many sessions are forgotten at the start of one. More than begin, so that a shorter
/// longevity catches up.
const FORGOTTEN_PER_SESSION: u32 = 2;

impl<T> From<ProofError> for Error<T> {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::SameHeader => Self::SameHeader,
            ProofError::SlotForm => Self::SlotForm,
            ProofError::NotTheSlot => Self::NotTheSlot,
            ProofError::MissingSeal => Self::MissingSeal,
            ProofError::SealForm => Self::SealForm,
            ProofError::BadSeal => Self::BadSeal,
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Proof that `authority` is the AURA key of a validator in the present session.
    pub fn prove_key_ownership(authority: AuthorityId) -> Option<OwnershipProof<T::AccountId>> {
        Self::prove((AURA, authority))
    }

    /// Puts an unsigned report into the local pool. `None` if the pool refuses it.
    pub fn submit_report(
        proof: ProofOf<T>,
        key_owner_proof: OwnershipProof<T::AccountId>,
    ) -> Option<()>
    where
        T: CreateBare<Call<T>>,
    {
        let call = Call::report_double_authoring_unsigned {
            proof: Box::new(proof),
            key_owner_proof,
        };
        let extrinsic = T::create_bare(call.into());
        SubmitTransaction::<T, Call<T>>::submit_transaction(extrinsic).ok()
    }

    /// Checks a report and passes the offence on. Cheap checks come first.
    pub(crate) fn process_report(
        reporter: Option<T::AccountId>,
        proof: &ProofOf<T>,
        key_owner_proof: OwnershipProof<T::AccountId>,
    ) -> Result<(), DispatchError> {
        let session = Self::session_of(proof, key_owner_proof.session())?;
        let validators = key_owner_proof.validator_count();
        let offender = Self::owner_of(proof, key_owner_proof)?;
        check_double_authoring(proof).map_err(Error::<T>::from)?;
        let offence = DoubleAuthoring {
            slot: proof.slot,
            session,
            validators,
            offender,
        };
        T::Reports::report_offence(reporter.into_iter().collect(), offence)
            .map_err(|_| Error::<T>::DuplicateReport)?;
        Self::deposit_event(Event::DoubleAuthoringReported {
            authority: proof.offender.clone(),
            slot: proof.slot,
            session,
        });
        Ok(())
    }

    /// The verdict of the pool: a report comes from this node itself or lies in a block, and proves
    /// what it says.
    pub(crate) fn validate_report(
        source: TransactionSource,
        call: &Call<T>,
    ) -> TransactionValidity {
        let Call::report_double_authoring_unsigned { proof, .. } = call else {
            return InvalidTransaction::Call.into();
        };
        let is_ours = matches!(
            source,
            TransactionSource::Local | TransactionSource::InBlock
        );
        ensure!(is_ours, InvalidTransaction::Call);
        Self::check_before_dispatch(call)?;
        check_double_authoring(proof).map_err(|_| InvalidTransaction::BadProof)?;
        ValidTransaction::with_tag_prefix("DoubleAuthoring")
            .priority(TransactionPriority::MAX)
            .and_provides((proof.slot, proof.offender.clone()))
            .longevity(T::ReportLongevity::get().saturated_into())
            // The other nodes would refuse it, and have seen the headers themselves.
            .propagate(false)
            .build()
    }

    /// What is checked of an unsigned report each time before it is dispatched. The dispatch checks
    /// the seals.
    pub(crate) fn check_before_dispatch(call: &Call<T>) -> Result<(), TransactionValidityError> {
        let Call::report_double_authoring_unsigned {
            proof,
            key_owner_proof,
        } = call
        else {
            return Err(InvalidTransaction::Call.into());
        };
        Self::session_of(proof, key_owner_proof.session()).map_err(|error| match error {
            Error::StaleReport => InvalidTransaction::Stale,
            _ => InvalidTransaction::BadProof,
        })?;
        let offender = Self::owner_of(proof, key_owner_proof.clone())
            .map_err(|_| InvalidTransaction::BadProof)?;
        ensure!(
            !T::Reports::is_known_offence(&[offender], &proof.slot),
            InvalidTransaction::Stale
        );
        Ok(())
    }

    /// The validator that the accused key belonged to.
    fn owner_of(
        proof: &ProofOf<T>,
        key_owner_proof: OwnershipProof<T::AccountId>,
    ) -> Result<Offender<T>, Error<T>> {
        Self::check_proof((AURA, proof.offender.clone()), key_owner_proof)
            .ok_or(Error::InvalidKeyOwnershipProof)
    }

    /// The session in which the headers were authored, if the key's ownership is shown for it or for
    /// the one after it.
    ///
    /// The lower number of the two headers counts, so that a made-up one does not keep the other from
    /// being too old.
    fn session_of(proof: &ProofOf<T>, shown: SessionIndex) -> Result<SessionIndex, Error<T>> {
        let number = *proof
            .first_header
            .number()
            .min(proof.second_header.number());
        let last = number.saturating_add(T::ReportLongevity::get());
        ensure!(
            last >= frame_system::Pallet::<T>::block_number(),
            Error::StaleReport
        );
        [shown, shown.saturating_sub(1)]
            .into_iter()
            .find(|session| Self::authors(*session, number))
            .ok_or(Error::WrongSession)
    }

    /// Whether blocks of this number are authored by the validators of `session`.
    fn authors(session: SessionIndex, number: BlockNumberFor<T>) -> bool {
        let has_begun = SessionStarts::<T>::get(session).is_some_and(|start| start < number);
        has_begun
            && SessionStarts::<T>::get(session.saturating_add(1)).is_none_or(|end| number <= end)
    }

    /// Notes in which block a session begins and who has which keys in it, and forgets those that no report
    /// can be about.
    pub(crate) fn note_session_start(session: SessionIndex) {
        let now = frame_system::Pallet::<T>::block_number();
        SessionStarts::<T>::insert(session, now);
        Self::note_keys_in_office(session);
        let mut oldest = OldestSession::<T>::get().unwrap_or(session);
        for _ in 0..FORGOTTEN_PER_SESSION {
            let has_aged =
                |end: BlockNumberFor<T>| end.saturating_add(T::ReportLongevity::get()) < now;
            if !SessionStarts::<T>::get(oldest.saturating_add(1)).is_some_and(has_aged) {
                break;
            }
            SessionStarts::<T>::remove(oldest);
            SessionRoots::<T>::remove(oldest);
            oldest = oldest.saturating_add(1);
        }
        OldestSession::<T>::put(oldest);
    }
}
