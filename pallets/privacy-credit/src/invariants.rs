//! What must hold of the pallet's state at the end of every block.

use frame_support::{ensure, traits::Get};
use polkadot_sdk::*;
use sp_runtime::{traits::SaturatedConversion, TryRuntimeError};

use crate::{
    Admitted, Anchor, AnchorQueue, AnchorRange, Config, CurrentAnchor, Issuance, Pallet,
    RetiredAnchors, ShieldedInBlock, Tree, Turnstiles,
};

impl<T: Config> Pallet<T> {
    /// Checks every invariant of the pallet.
    pub fn check_invariants() -> Result<(), TryRuntimeError> {
        Self::check_turnstiles()?;
        Self::check_anchors()?;
        let policy = T::IssuancePolicy::get();
        ensure!(
            (policy.lowest_rate..=policy.highest_rate).contains(&Issuance::<T>::get().rate),
            "the credit's rate is out of bounds"
        );
        ensure!(
            !ShieldedInBlock::<T>::exists(),
            "the transfers of a past block are counted"
        );
        ensure!(
            !Admitted::<T>::exists(),
            "a transfer was admitted and not dispatched"
        );
        Ok(())
    }

    fn check_turnstiles() -> Result<(), TryRuntimeError> {
        let turnstile = Turnstiles::<T>::get();
        for passage in [turnstile.qlk, turnstile.credit] {
            ensure!(passage.left <= passage.entered, "more left than entered");
        }
        ensure!(
            Self::pool_balance().into() == turnstile.qlk.held(),
            "the pool's account does not hold what the turnstile says"
        );
        Ok(())
    }

    fn check_anchors() -> Result<(), TryRuntimeError> {
        ensure!(
            CurrentAnchor::<T>::get() == Anchor::from(&Tree::<T>::get()),
            "the anchor is not the tree's root"
        );
        let (first, next) = AnchorRange::<T>::get();
        for index in first..next {
            let root = AnchorQueue::<T>::get(index).ok_or("a gap in the queue of anchors")?;
            ensure!(
                RetiredAnchors::<T>::contains_key(root),
                "a queued anchor is not known"
            );
        }
        let queued = next.saturating_sub(first);
        ensure!(
            queued
                == AnchorQueue::<T>::iter_keys()
                    .count()
                    .saturated_into::<u64>()
                && queued
                    == RetiredAnchors::<T>::iter_keys()
                        .count()
                        .saturated_into::<u64>(),
            "an anchor is not queued"
        );
        // One is retired in a block at most, and the oldest is dropped at the beginning of the block
        // in which it expires.
        ensure!(
            queued
                <= T::AnchorWindow::get()
                    .saturated_into::<u64>()
                    .saturating_add(1),
            "more anchors than the window holds"
        );
        Ok(())
    }
}
