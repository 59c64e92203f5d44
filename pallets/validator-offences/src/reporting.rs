//! Reports of double authoring: what they must show, and who may make them.

use alloc::boxed::Box;

use polkadot_sdk::*;

use frame_support::{
    ensure,
    traits::{Get, KeyOwnerProofSystem},
};
use frame_system::{
    offchain::{CreateBare, SubmitTransaction},
    pallet_prelude::HeaderFor,
};
use qloak_offences::{check_double_authoring, DoubleAuthoringProof, ProofError};
use qloak_pq_crypto::authority::aura::AuthorityId;
use sp_consensus_slots::Slot;
use sp_core::crypto::key_types::AURA;
use sp_runtime::{
    traits::{SaturatedConversion, Saturating},
    transaction_validity::{
        InvalidTransaction, TransactionPriority, TransactionSource, TransactionValidity,
        TransactionValidityError, ValidTransaction,
    },
    DispatchError,
};
use sp_session::{GetSessionNumber, GetValidatorCount};
use sp_staking::{
    offence::{OffenceError, ReportOffence},
    SessionIndex,
};

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
        let session = Self::session_of(proof.slot, key_owner_proof.session())?;
        let validators = key_owner_proof.validator_count();
        let offender = Self::owner_of(proof, key_owner_proof)?;
        check_double_authoring(proof).map_err(Error::<T>::from)?;
        let offence = DoubleAuthoring {
            session,
            validators,
            offender,
        };
        T::Reports::report_offence(reporter.into_iter().collect(), offence).map_err(|error| {
            match error {
                OffenceError::DuplicateReport => Error::<T>::DuplicateReport,
                OffenceError::Other(_) => Error::<T>::StaleReport,
            }
        })?;
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
        let session = Self::check_before_dispatch(call)?;
        check_double_authoring(proof).map_err(|_| InvalidTransaction::BadProof)?;
        ValidTransaction::with_tag_prefix("DoubleAuthoring")
            .priority(TransactionPriority::MAX)
            .and_provides((session, proof.offender.clone()))
            .longevity(T::ReportLongevity::get().saturated_into())
            // The other nodes would refuse it, and have seen the headers themselves.
            .propagate(false)
            .build()
    }

    /// Checks an unsigned report, each time before it is dispatched, and returns the session of the offence. The
    /// dispatch checks the seals.
    pub(crate) fn check_before_dispatch(
        call: &Call<T>,
    ) -> Result<SessionIndex, TransactionValidityError> {
        let Call::report_double_authoring_unsigned {
            proof,
            key_owner_proof,
        } = call
        else {
            return Err(InvalidTransaction::Call.into());
        };
        let session =
            Self::session_of(proof.slot, key_owner_proof.session()).map_err(
                |error| match error {
                    Error::StaleReport => InvalidTransaction::Stale,
                    _ => InvalidTransaction::BadProof,
                },
            )?;
        let offender = Self::owner_of(proof, key_owner_proof.clone())
            .map_err(|_| InvalidTransaction::BadProof)?;
        ensure!(
            !T::Reports::is_known_offence(&[offender], &session),
            InvalidTransaction::Stale
        );
        Ok(session)
    }

    /// The validator that the accused key belonged to.
    fn owner_of(
        proof: &ProofOf<T>,
        key_owner_proof: OwnershipProof<T::AccountId>,
    ) -> Result<Offender<T>, Error<T>> {
        Self::check_proof((AURA, proof.offender.clone()), key_owner_proof)
            .ok_or(Error::InvalidKeyOwnershipProof)
    }

    /// Returns the session in which `slot` lies, if the key's ownership is shown for it or for the one after it.
    ///
    /// Only the slot counts. The number of a header is what its author wrote there: two blocks of one slot on
    /// branches of any height are double authoring, and neither makes the other older.
    fn session_of(slot: Slot, shown: SessionIndex) -> Result<SessionIndex, Error<T>> {
        let oldest = OldestSession::<T>::get().and_then(SessionStarts::<T>::get);
        ensure!(
            oldest.is_none_or(|(_, start)| start < slot),
            Error::StaleReport
        );
        let session = [shown, shown.saturating_sub(1)]
            .into_iter()
            .find(|session| Self::spans(*session, slot))
            .ok_or(Error::WrongSession)?;
        ensure!(!Self::has_aged(session), Error::StaleReport);
        Ok(session)
    }

    /// Returns whether the validators of `session` author the block of `slot`. The block that begins a session is
    /// the last one of the session before.
    fn spans(session: SessionIndex, slot: Slot) -> bool {
        let start = |session| SessionStarts::<T>::get(session).map(|(_, slot)| slot);
        start(session).is_some_and(|start| start < slot)
            && start(session.saturating_add(1)).is_none_or(|end| slot <= end)
    }

    /// Returns whether `session` ended so long ago that it is not reported any more.
    ///
    /// As old as the longevity is too old: the bonds of its era are free then, and staking would discard the
    /// report, which would be free again and again.
    fn has_aged(session: SessionIndex) -> bool {
        let now = frame_system::Pallet::<T>::block_number();
        SessionStarts::<T>::get(session.saturating_add(1))
            .is_some_and(|(end, _)| end.saturating_add(T::ReportLongevity::get()) <= now)
    }

    /// Notes in which block and slot a session begins and who has which keys in it, and forgets those that no
    /// report can be about.
    pub(crate) fn note_session_start(session: SessionIndex) {
        let now = frame_system::Pallet::<T>::block_number();
        SessionStarts::<T>::insert(session, (now, T::CurrentSlot::get()));
        Self::note_keys_in_office(session);
        let mut oldest = OldestSession::<T>::get().unwrap_or(session);
        for _ in 0..FORGOTTEN_PER_SESSION {
            if !Self::has_aged(oldest) {
                break;
            }
            SessionStarts::<T>::remove(oldest);
            SessionRoots::<T>::remove(oldest);
            oldest = oldest.saturating_add(1);
        }
        OldestSession::<T>::put(oldest);
    }
}
