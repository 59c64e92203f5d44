//! The anchors that transfers may refer to: the roots of the tree at the ends of recent blocks.
//!
//! The root at the end of the last block is an anchor for as long as it stays the root. Once another
//! takes its place it is *retired*, and remains an anchor for [`Config::AnchorWindow`] blocks.
//! Retired anchors stand in a queue, of which the oldest are dropped as they expire.

use alloc::vec::Vec;

use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use polkadot_sdk::*;
use qloak_shielded::element::Digest;
use sp_runtime::traits::{Bounded, Saturating};

use crate::{
    Anchor, AnchorQueue, AnchorRange, Config, CurrentAnchor, Pallet, RetiredAnchors, Tree,
};

/// How many anchors are dropped in a block at most. More than are retired, so that a shorter window
/// catches up.
const DROPPED_PER_BLOCK: u32 = 2;

impl<T: Config> Pallet<T> {
    /// The last block in which `root` is an anchor; `None` if it is none in this block.
    pub fn anchor_expiry(root: &Digest) -> Option<BlockNumberFor<T>> {
        if CurrentAnchor::<T>::get().root == *root {
            return Some(Bounded::max_value());
        }
        let retired = RetiredAnchors::<T>::get(root)?;
        let expiry = retired.saturating_add(T::AnchorWindow::get());
        (expiry >= frame_system::Pallet::<T>::block_number()).then_some(expiry)
    }

    /// The retired anchors, the oldest first, and the block in which each was retired.
    pub fn retired_anchors() -> Vec<(Digest, BlockNumberFor<T>)> {
        let (first, next) = AnchorRange::<T>::get();
        (first..next)
            .filter_map(|index| {
                let root = AnchorQueue::<T>::get(index)?;
                Some((root, RetiredAnchors::<T>::get(root)?))
            })
            .collect()
    }

    /// Makes the present root the anchor, at the end of a block.
    pub(crate) fn note_anchor(now: BlockNumberFor<T>) {
        let tree = Tree::<T>::get();
        let last = CurrentAnchor::<T>::get();
        if tree.size() == last.size {
            return;
        }
        let (first, next) = AnchorRange::<T>::get();
        AnchorQueue::<T>::insert(next, last.root);
        RetiredAnchors::<T>::insert(last.root, now);
        AnchorRange::<T>::put((first, next.saturating_add(1)));
        CurrentAnchor::<T>::put(Anchor::from(&tree));
    }

    /// Drops anchors that have expired, at the beginning of a block.
    pub(crate) fn drop_expired_anchors(now: BlockNumberFor<T>) {
        let (mut first, next) = AnchorRange::<T>::get();
        for _ in 0..DROPPED_PER_BLOCK {
            let Some(root) = AnchorQueue::<T>::get(first) else {
                break;
            };
            let has_expired = RetiredAnchors::<T>::get(root)
                .is_none_or(|retired| retired.saturating_add(T::AnchorWindow::get()) < now);
            if !has_expired {
                break;
            }
            AnchorQueue::<T>::remove(first);
            RetiredAnchors::<T>::remove(root);
            first = first.saturating_add(1);
        }
        AnchorRange::<T>::put((first, next));
    }
}
