//! Which transfers come into the pool of transactions and into blocks.
//!
//! The checks in order, the cheap ones first. Lengths are bounded before that, where the extrinsic is
//! decoded: everything but the proof has a fixed length, and the proof a greatest one.
//!
//! | check | costs |
//! |---|---|
//! | the transfer makes sense by itself, its binding | a hash of 4 kB, one read |
//! | it has not expired, and its end is not too far away | – |
//! | the fee | one read |
//! | the anchor | one or two reads |
//! | the nullifiers | two reads |
//! | the turnstile of each asset | two reads |
//! | the tree has room, or it is an exit | one read |
//! | the recipient can be paid | one read |
//! | the proof | 0.6 ms; a malformed one microseconds |
//!
//! All of it is checked when the transaction comes into the pool, and again right before it is
//! dispatched. What is in a block has therefore passed, and its dispatch does not fail: a transfer
//! pays by what it does, so one that failed would have been carried for nothing.

use frame_support::{
    ensure,
    traits::{
        fungible::Inspect,
        tokens::{DepositConsequence, Provenance},
        Get,
    },
    PalletError,
};
use polkadot_sdk::*;
use qloak_shielded::{
    note::Asset,
    statement::{Statement, OUTPUTS},
    transaction::{Action, Malformed, Transfer},
    tree::has_room,
};
use sp_runtime::{
    traits::{SaturatedConversion, UniqueSaturatedInto},
    transaction_validity::{
        InvalidTransaction, TransactionValidity, TransactionValidityError, UnknownTransaction,
        ValidTransaction,
    },
};

use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

use crate::{
    Admitted, BalanceOf, Call, Config, Issuance, Nullifiers, Pallet, ProofVerifier, Tree,
    Turnstile, Turnstiles,
};

/// Notes that a transfer makes: its outputs and the credit. None, if it is an exit out of a full tree.
pub const NOTES_PER_TRANSFER: u32 = OUTPUTS as u32 + 1;

/// What the tags of transfers in the pool of transactions begin with.
const TAG_PREFIX: &str = "Shielded";

/// The code of the first [`Refusal`].
const FIRST_CODE: u8 = 64;

/// Why a transfer is refused. Users see `InvalidTransaction::Custom(code)`, or `UnknownTransaction::Custom(code)` where
/// time alone may lift the refusal.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, PalletError,
)]
pub enum Refusal {
    /// Both inputs are the same note. Code 64.
    #[codec(index = 0)]
    RepeatedNullifier,
    /// Fee and withdrawal are more than 2^64 - 1 together. Code 65.
    #[codec(index = 1)]
    Overflow,
    /// Nothing is withdrawn, or no credit is paid. Code 66.
    #[codec(index = 2)]
    EmptyAction,
    /// The last block in which it is valid has passed. Code 67.
    #[codec(index = 3)]
    Expired,
    /// The fee is below the minimum. Code 68.
    #[codec(index = 4)]
    FeeTooLow,
    /// The anchor is no root of the tree, or that of too long ago. Code 69.
    #[codec(index = 5)]
    UnknownAnchor,
    /// A note is spent already. Code 70.
    #[codec(index = 6)]
    AlreadySpent,
    /// More is to leave the pool than is in it. Code 71.
    #[codec(index = 7)]
    Turnstile,
    /// The tree has no room for its notes, and it is no exit ([`Transfer::is_exit`]). Code 72.
    #[codec(index = 8)]
    TreeFull,
    /// The recipient cannot be paid so much or so little, or is the pool itself. Code 73.
    #[codec(index = 9)]
    Recipient,
    /// The bytes do not prove what they should. Code 74.
    #[codec(index = 10)]
    InvalidProof,
    /// The last block in which it is valid is further away than [`Config::MaxLifetime`]. Code 75.
    #[codec(index = 11)]
    TooFarAhead,
}

impl Refusal {
    /// All refusals, in the order of their codes.
    pub const ALL: [Self; 12] = [
        Self::RepeatedNullifier,
        Self::Overflow,
        Self::EmptyAction,
        Self::Expired,
        Self::FeeTooLow,
        Self::UnknownAnchor,
        Self::AlreadySpent,
        Self::Turnstile,
        Self::TreeFull,
        Self::Recipient,
        Self::InvalidProof,
        Self::TooFarAhead,
    ];

    /// The number that users see. It differs from those of refused signatures.
    pub const fn code(self) -> u8 {
        FIRST_CODE + self as u8
    }
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::RepeatedNullifier => Self::RepeatedNullifier,
            Malformed::Overflow => Self::Overflow,
            Malformed::Nothing => Self::EmptyAction,
        }
    }
}

/// All but two say that the transfer is invalid. An anchor that a node does not know may be that of the next
/// block, which the sender has, and an end that is too far away for this node need not be for a node that has more blocks: it
/// is not known yet whether the transfer is valid.
impl From<Refusal> for TransactionValidityError {
    fn from(refusal: Refusal) -> Self {
        let code = refusal.code();
        match refusal {
            Refusal::UnknownAnchor | Refusal::TooFarAhead => {
                UnknownTransaction::Custom(code).into()
            }
            _ => InvalidTransaction::Custom(code).into(),
        }
    }
}

impl<T: Config> Pallet<T> {
    /// The hash of the genesis block, which every proof is bound to.
    pub fn genesis_hash() -> [u8; 32] {
        let first = frame_system::pallet_prelude::BlockNumberFor::<T>::default();
        frame_system::Pallet::<T>::block_hash(first).into()
    }

    /// Whether the transfer could be dispatched now if it had a proof, and what the proof must prove.
    pub fn check_transfer(transfer: &Transfer) -> Result<Statement, Refusal> {
        let statement = transfer.statement(&Self::genesis_hash())?;
        ensure!(
            transfer.valid_until >= Self::block_number(),
            Refusal::Expired
        );
        let last = Self::block_number().saturating_add(T::MaxLifetime::get());
        ensure!(transfer.valid_until <= last, Refusal::TooFarAhead);
        ensure!(transfer.fee >= Self::minimum_fee(), Refusal::FeeTooLow);
        ensure!(
            Self::anchor_expiry(&transfer.anchor).is_some(),
            Refusal::UnknownAnchor
        );
        let mut nullifiers = transfer.nullifiers.iter();
        ensure!(
            !nullifiers.any(Nullifiers::<T>::contains_key),
            Refusal::AlreadySpent
        );
        Self::pass_turnstile(&statement)?;
        ensure!(Self::has_room() || transfer.is_exit(), Refusal::TreeFull);
        Self::check_recipient(&transfer.action)?;
        Ok(statement)
    }

    /// Whether the tree has room for the notes of a transfer.
    pub(crate) fn has_room() -> bool {
        has_room(Tree::<T>::get().size(), NOTES_PER_TRANSFER)
    }

    /// What a transfer of this block is credited with: nothing, if there is no room for the credit's note.
    pub(crate) fn credit() -> u64 {
        match Self::has_room() {
            true => Issuance::<T>::get().rate,
            false => 0,
        }
    }

    /// The turnstiles after a transfer with this statement: what leaves is let out, and the credit
    /// let in.
    pub(crate) fn pass_turnstile(statement: &Statement) -> Result<Turnstile, Refusal> {
        let Turnstile { qlk, credit } = Turnstiles::<T>::get();
        let leaving = |asset: Asset| statement.changes[usize::from(asset.id())].amount();
        Ok(Turnstile {
            qlk: qlk.leave(leaving(Asset::Qlk)).ok_or(Refusal::Turnstile)?,
            credit: credit
                .leave(leaving(Asset::Priv))
                .ok_or(Refusal::Turnstile)?
                .enter(Self::credit())
                .ok_or(Refusal::Overflow)?,
        })
    }

    fn check_recipient(action: &Action) -> Result<(), Refusal> {
        let Action::Withdraw { value, recipient } = action else {
            return Ok(());
        };
        let recipient = T::AccountId::from(*recipient);
        ensure!(recipient != Self::pool_account(), Refusal::Recipient);
        let amount = BalanceOf::<T>::from(*value);
        match T::Currency::can_deposit(&recipient, amount, Provenance::Extant) {
            DepositConsequence::Success => Ok(()),
            _ => Err(Refusal::Recipient),
        }
    }

    /// All checks, the proof's last.
    fn check(transfer: &Transfer, proof: &[u8]) -> Result<Statement, Refusal> {
        let statement = Self::check_transfer(transfer)?;
        ensure!(
            T::ProofVerifier::verify(proof, &statement),
            Refusal::InvalidProof
        );
        Ok(statement)
    }

    /// The verdict of the pool of transactions.
    pub(crate) fn validate_transfer(call: &Call<T>) -> TransactionValidity {
        let Call::transfer { transfer, proof } = call else {
            return InvalidTransaction::Call.into();
        };
        Self::check(transfer, proof)?;
        transfer
            .nullifiers
            .iter()
            .fold(
                ValidTransaction::with_tag_prefix(TAG_PREFIX),
                |valid, nf| valid.and_provides(nf.to_bytes()),
            )
            .priority(Self::priority(transfer.fee, Self::standard_fee()))
            .longevity(Self::longevity(transfer))
            .propagate(true)
            .build()
    }

    /// The same right before dispatch. It leaves the transfer's name for the dispatch, which
    /// thereby knows that the proof has been verified in this state.
    pub(crate) fn admit(call: &Call<T>) -> Result<(), TransactionValidityError> {
        let Call::transfer { transfer, proof } = call else {
            return Err(InvalidTransaction::Call.into());
        };
        let statement = Self::check(transfer, proof)?;
        Admitted::<T>::put(statement.binding);
        Ok(())
    }

    /// For how many blocks, this one included, a valid transfer stays valid unless one of its notes
    /// is spent.
    fn longevity(transfer: &Transfer) -> u64 {
        let anchor = Self::anchor_expiry(&transfer.anchor)
            .map_or(0, |expiry| expiry.saturated_into::<u32>());
        let last = transfer.valid_until.min(anchor);
        u64::from(last.saturating_sub(Self::block_number())).saturating_add(1)
    }

    fn block_number() -> u32 {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }
}
