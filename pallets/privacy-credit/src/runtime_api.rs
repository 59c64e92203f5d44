//! The answers to what wallets and the node's index ask the runtime: [`PrivacyCreditApi`](qloak_shielded::api::PrivacyCreditApi).

use alloc::vec::Vec;

use frame_support::traits::{Get, IsSubType};
use frame_system::{pallet_prelude::BlockNumberFor, Phase};
use polkadot_sdk::*;
use qloak_shielded::{
    element::Digest,
    transaction::{Output, Transfer},
    tree::{has_room, Frontier},
};
use sp_runtime::traits::ExtrinsicCall;

use crate::{
    admission::NOTES_PER_TRANSFER, Call, Config, CurrentAnchor, Entry, Event, FullEntry,
    Nullifiers, Pallet, PoolInfo, Spent, Tree, Turnstiles, NULLIFIERS_PER_PAGE,
};

impl<T: Config> Pallet<T> {
    /// The answer to [`PrivacyCreditApi::pool`](qloak_shielded::api::PrivacyCreditApi::pool).
    pub fn info() -> PoolInfo {
        PoolInfo {
            anchor: CurrentAnchor::<T>::get(),
            turnstile: Turnstiles::<T>::get(),
            rate: Self::credit(),
            minimum_fee: Self::minimum_fee(),
            standard_fee: Self::standard_fee(),
            minimum_deposit: Self::minimum_deposit(),
            max_proof_bytes: T::MaxProofBytes::get(),
        }
    }

    /// The answer to [`PrivacyCreditApi::frontier`](qloak_shielded::api::PrivacyCreditApi::frontier).
    pub fn frontier() -> Frontier {
        Tree::<T>::get()
    }

    /// The answer to [`PrivacyCreditApi::anchors`](qloak_shielded::api::PrivacyCreditApi::anchors).
    pub fn anchors() -> Vec<(Digest, Option<BlockNumberFor<T>>)> {
        let retired = Self::retired_anchors().into_iter();
        let usable =
            retired.filter_map(|(root, _)| Some((root, Some(Self::anchor_expiry(&root)?))));
        usable
            .chain([(CurrentAnchor::<T>::get().root, None)])
            .collect()
    }

    /// The answer to [`PrivacyCreditApi::nullifiers`](qloak_shielded::api::PrivacyCreditApi::nullifiers).
    pub fn nullifiers(after: Option<Digest>, limit: u32) -> Vec<Digest> {
        let keys = match after {
            Some(last) => Nullifiers::<T>::iter_keys_from(Nullifiers::<T>::hashed_key_for(last)),
            None => Nullifiers::<T>::iter_keys(),
        };
        let limit = limit.min(NULLIFIERS_PER_PAGE);
        keys.take(usize::try_from(limit).unwrap_or(usize::MAX))
            .collect()
    }

    /// The answer to [`PrivacyCreditApi::entries`](qloak_shielded::api::PrivacyCreditApi::entries): what this block's events say happened, with the
    /// ciphertexts out of the body where the events do not have them.
    pub fn entries<E>(body: &[E]) -> Vec<FullEntry>
    where
        E: ExtrinsicCall<Call: IsSubType<Call<T>>>,
    {
        frame_system::Pallet::<T>::read_events_no_consensus()
            .filter_map(|record| {
                match record.event.try_into().ok()? {
                    Event::Shielded {
                        position, output, ..
                    } => Some(deposited(position, *output)),
                    Event::Transferred {
                        name,
                        position,
                        credits,
                        ..
                    } => {
                        // A transfer is an extrinsic of its own. A deposit can be anywhere: in a batch, or in a call that
                        // another pallet dispatches at the beginning of a block.
                        let Phase::ApplyExtrinsic(index) = record.phase else {
                            return None;
                        };
                        let extrinsic = body.get(usize::try_from(index).ok()?)?;
                        let Call::transfer { transfer, .. } = extrinsic.call().is_sub_type()?
                        else {
                            return None;
                        };
                        Some(transferred(position, name, credits, transfer))
                    }
                    _ => None,
                }
            })
            .collect()
    }
}

/// The entry of a deposit.
pub(crate) fn deposited(position: u32, output: Output) -> FullEntry {
    Entry {
        position,
        outputs: [output].into(),
        transfer: None,
    }
}

/// The entry of a transfer.
pub(crate) fn transferred(
    position: u32,
    name: Digest,
    credits: u64,
    transfer: &Transfer,
) -> FullEntry {
    // An exit out of a full tree added nothing to it.
    let outputs = match has_room(position, NOTES_PER_TRANSFER) {
        true => transfer.outputs.to_vec(),
        false => Vec::new(),
    };
    Entry {
        position,
        outputs,
        transfer: Some(Spent {
            name,
            nullifiers: transfer.nullifiers,
            credit: transfer.credit,
            credits,
            fee: transfer.fee,
            action: transfer.action.clone(),
        }),
    }
}
