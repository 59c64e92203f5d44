//! What deposits and transfers do.

use frame_support::{
    ensure,
    traits::{
        fungible::{
            hold::{Inspect as _, Mutate as _},
            Balanced,
        },
        tokens::{Fortitude, Precision, Preservation, Restriction},
        Get, OnUnbalanced,
    },
};
use polkadot_sdk::*;
use qloak_shielded::{
    element::Digest,
    transaction::{Action, Deposit, Transfer},
    tree::TreeFull,
};
use sp_runtime::{traits::AccountIdConversion, DispatchError, DispatchResult};

use alloc::boxed::Box;

use crate::{
    fee::{split, Split},
    runtime_api::{deposited, transferred},
    Admitted, BalanceOf, Config, Error, Event, HoldReason, Nullifiers, OnWorkPaid, Pallet, Refusal,
    ShieldedInBlock, Tree, Turnstiles,
};

impl<T> From<Refusal> for Error<T> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<T> From<TreeFull> for Error<T> {
    fn from(TreeFull: TreeFull) -> Self {
        Self::TreeFull
    }
}

impl<T: Config> Pallet<T> {
    /// The account that holds the pool's QLK. Nobody has a key to it.
    pub fn pool_account() -> T::AccountId {
        T::PoolId::get().into_account_truncating()
    }

    /// Makes the pool's account, which exists from then on whatever it holds. For the genesis block,
    /// or for the migration by which a chain gets this pallet later.
    pub fn found() {
        let account = Self::pool_account();
        if frame_system::Pallet::<T>::providers(&account) == 0 {
            frame_system::Pallet::<T>::inc_providers(&account);
        }
    }

    /// The QLK on hold in the pool's account.
    pub fn pool_balance() -> BalanceOf<T> {
        T::Currency::balance_on_hold(&HoldReason::ShieldedPool.into(), &Self::pool_account())
    }

    pub(crate) fn do_shield(who: T::AccountId, deposit: Deposit) -> DispatchResult {
        ensure!(
            deposit.value >= Self::minimum_deposit(),
            Error::<T>::DepositTooSmall
        );
        let mut turnstile = Turnstiles::<T>::get();
        turnstile.qlk = turnstile
            .qlk
            .enter(deposit.value)
            .ok_or(Refusal::Overflow)
            .map_err(Error::<T>::from)?;
        T::Currency::transfer_and_hold(
            &HoldReason::ShieldedPool.into(),
            &who,
            &Self::pool_account(),
            deposit.value.into(),
            Precision::Exact,
            Preservation::Preserve,
            Fortitude::Polite,
        )?;
        let output = deposit.output();
        let position = Self::append(&[output.commitment])?;
        let entry = deposited(position, output.clone());
        turnstile.entries_hash = entry.chained(&turnstile.entries_hash);
        Turnstiles::<T>::put(turnstile);
        Self::deposit_event(Event::Shielded {
            who,
            value: deposit.value,
            position,
            output: Box::new(output),
        });
        Ok(())
    }

    /// Does what an admitted transfer says.
    pub(crate) fn do_transfer(transfer: &Transfer) -> DispatchResult {
        let statement = Self::check_transfer(transfer).map_err(Error::<T>::from)?;
        let name = statement.binding;
        ensure!(Admitted::<T>::take() == Some(name), Error::<T>::NotAdmitted);
        for nullifier in &transfer.nullifiers {
            Nullifiers::<T>::insert(nullifier, ());
        }
        let mut turnstile = Self::pass_turnstile(&statement).map_err(Error::<T>::from)?;
        let Split { burnt, .. } = Self::pay_fee(transfer.fee)?;
        let credits = Self::credit();
        let [first, second] = transfer.commitments();
        let position = match Self::has_room() {
            true => Self::append(&[first, second, transfer.credit_commitment(credits)])?,
            // An exit: its notes are seen to be worth nothing, and need not be anywhere.
            false => Tree::<T>::get().size(),
        };
        let entry = transferred(position, name, credits, transfer);
        turnstile.entries_hash = entry.chained(&turnstile.entries_hash);
        Turnstiles::<T>::put(turnstile);
        ShieldedInBlock::<T>::mutate(|count| *count = count.saturating_add(1));
        Self::deposit_event(Event::Transferred {
            name,
            position,
            nullifiers: transfer.nullifiers,
            fee: transfer.fee,
            burnt,
            credits,
        });
        Self::act(name, &transfer.action)
    }

    /// Takes the fee out of the pool: the minimum is burnt, the rest goes to the handler.
    fn pay_fee(fee: u64) -> Result<Split, DispatchError> {
        let parts = split(fee, Self::minimum_fee());
        T::Currency::burn_held(
            &HoldReason::ShieldedPool.into(),
            &Self::pool_account(),
            fee.into(),
            Precision::Exact,
            Fortitude::Polite,
        )?;
        T::FeeHandler::on_unbalanced(T::Currency::issue(parts.kept.into()));
        Ok(parts)
    }

    fn act(name: Digest, action: &Action) -> DispatchResult {
        match *action {
            Action::Send => {}
            Action::Withdraw { value, recipient } => {
                let recipient = T::AccountId::from(recipient);
                T::Currency::transfer_on_hold(
                    &HoldReason::ShieldedPool.into(),
                    &Self::pool_account(),
                    &recipient,
                    value.into(),
                    Precision::Exact,
                    Restriction::Free,
                    Fortitude::Polite,
                )?;
                Self::deposit_event(Event::Withdrawn {
                    name,
                    recipient,
                    value,
                });
            }
            Action::PayForWork { credits, work } => {
                T::OnWorkPaid::on_work_paid(&work, credits);
                Self::deposit_event(Event::WorkPaid {
                    name,
                    work,
                    credits,
                });
            }
        }
        Ok(())
    }

    /// Appends notes to the tree. Answers with the position of the first.
    fn append(leaves: &[Digest]) -> Result<u32, Error<T>> {
        Tree::<T>::try_mutate(|tree| {
            let position = tree.size();
            for leaf in leaves {
                tree.append(*leaf)?;
            }
            Ok(position)
        })
    }
}
