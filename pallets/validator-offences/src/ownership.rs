//! Who owned a key in which session, proved from the keys in office.
//!
//! The session pallet keeps the keys that each validator has registered for the sessions to come, and not those
//! with which it seals and votes now. A proof from the registered keys fails as soon as somebody registers
//! others: the offender before it offends, or anybody while a report is on its way. So this pallet notes
//! the keys themselves as they come into office: [`KeysInOffice`] has those of the present session, from which
//! proofs are made, and [`SessionRoots`] a Merkle root for each session that can still be reported,
//! against which they are checked. Nothing that a validator registers later changes either.
//!
//! The tree is `sp_runtime`'s binary one. Its depth is that of the number of keys, so nobody makes proofs longer by
//! choosing keys. A leaf is a key's type and id and the account, 68 bytes for accounts of 32; an inner node is
//! 64 bytes, so neither can stand for the other.

use alloc::vec::Vec;

use codec::{Decode, DecodeWithMemTracking, Encode};
use polkadot_sdk::*;
use scale_info::TypeInfo;

use frame_support::{
    traits::{ConstU32, KeyOwnerProofSystem},
    BoundedVec,
};
use sp_runtime::{
    proving_trie::{base2::BasicProvingTrie, ProvingTrie as _},
    KeyTypeId,
};
use sp_session::{GetSessionNumber, GetValidatorCount};
use sp_staking::SessionIndex;

use crate::key_name::{key_name, KeyName};
use crate::{Config, KeysInOffice, Pallet, SessionRoots, Sessions as _};

/// Bytes of the longest path that is decoded. A path is a root, the leaf, and a hash for each level: 335
/// bytes with 128 keys.
pub const MAX_PATH_BYTES: u32 = 512;

/// A validator as offences name it.
pub type Offender<T> = (<T as frame_system::Config>::AccountId, ());

/// The tree over a session's keys.
type KeyTree<T> = BasicProvingTrie<
    <T as frame_system::Config>::Hashing,
    KeyName,
    <T as frame_system::Config>::AccountId,
>;

/// A proof that a key was a validator's in a session.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct OwnershipProof<AccountId> {
    /// The session.
    pub session: SessionIndex,
    /// How many validators it had.
    pub validator_count: u32,
    /// The validator.
    pub owner: AccountId,
    /// The way from the key to the session's root, as `sp_runtime::proving_trie::base2` encodes it.
    pub path: BoundedVec<u8, ConstU32<MAX_PATH_BYTES>>,
}

impl<AccountId> GetSessionNumber for OwnershipProof<AccountId> {
    fn session(&self) -> SessionIndex {
        self.session
    }
}

impl<AccountId> GetValidatorCount for OwnershipProof<AccountId> {
    fn validator_count(&self) -> u32 {
        self.validator_count
    }
}

impl<T: Config> Pallet<T> {
    /// Notes the keys that come into office with `session`. The next session's are those until
    /// the one after it is planned.
    pub(crate) fn note_keys_in_office(session: SessionIndex) {
        let keys = BoundedVec::truncate_from(T::Sessions::next_keys());
        let validators = T::Sessions::next().len();
        if let Ok(tree) = KeyTree::<T>::generate_for(keys.iter().cloned()) {
            let count = u32::try_from(validators).unwrap_or(u32::MAX);
            SessionRoots::<T>::insert(session, (*tree.root(), count));
        }
        KeysInOffice::<T>::put((session, keys));
    }
}

impl<T: Config, Id: AsRef<[u8]>> KeyOwnerProofSystem<(KeyTypeId, Id)> for Pallet<T> {
    type Proof = OwnershipProof<T::AccountId>;
    type IdentificationTuple = Offender<T>;

    /// Proves who has a key in office, in the present session.
    fn prove((kind, id): (KeyTypeId, Id)) -> Option<Self::Proof> {
        let name = key_name(kind, id.as_ref())?;
        let (session, keys) = KeysInOffice::<T>::get()?;
        let (_, validator_count) = SessionRoots::<T>::get(session)?;
        let tree = KeyTree::<T>::generate_for(keys).ok()?;
        let owner = tree.query(&name)?;
        let path: Vec<u8> = tree.create_proof(&name).ok()?;
        Some(OwnershipProof {
            session,
            validator_count,
            owner,
            path: path.try_into().ok()?,
        })
    }

    fn check_proof(
        (kind, id): (KeyTypeId, Id),
        proof: Self::Proof,
    ) -> Option<Self::IdentificationTuple> {
        let name = key_name(kind, id.as_ref())?;
        let (root, validator_count) = SessionRoots::<T>::get(proof.session)?;
        if validator_count != proof.validator_count {
            return None;
        }
        KeyTree::<T>::verify_proof(&root, &proof.path, &name, &proof.owner).ok()?;
        Some((proof.owner, ()))
    }
}
