//! The words of GRANDPA, with votes signed by ML-DSA-65.
//!
//! This crate offers the interface of the SDK's `sp-consensus-grandpa` 31.0.0, item by item, and takes
//! its place in the workspace (`[patch.crates-io]`). The SDK's GRANDPA client and pallet, which name
//! no signature scheme, then run on our votes as they are. Why this and not a gadget of our own is in
//! `docs/decisions/0007-grandpa-by-substitution.md`; what is signed and what is refused is in
//! `docs/spec/finality.md`.
//!
//! What differs from the SDK's crate:
//!
//! * An [`AuthorityId`] is the hash of a key, 32 bytes as before; an [`AuthoritySignature`] is the key
//!   and its signature, 5,261 bytes. Votes carry a FIPS 204 context of their own.
//! * A vote is signed through the keystore's general `sign_with`, by which a keystore finds the scheme.
//! * A proof of equivocation is checked in its own voter set only, at half the cost of a failure, and two
//!   signatures of one vote are one.
//!
//! The types that stand in the chain's metadata are declared in this file, because metadata records
//! the module of a type and clients know these by the SDK's paths.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod api;
mod digest;
mod equivocation;
mod messages;
#[cfg(test)]
mod tests;
mod vote;

use alloc::vec::Vec;

use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_core::crypto::KeyTypeId;
use sp_runtime::{traits::Header as HeaderT, ConsensusEngineId, OpaqueValue};

// All of it: beside the trait stands the module that `impl_runtime_apis!` looks for by name, and the
// trait itself exists natively only.
pub use api::*;
pub use digest::ConsensusLog;
pub use equivocation::check_equivocation_proof;
pub use messages::{
    CatchUp, Commit, CompactCommit, Message, Precommit, Prevote, PrimaryPropose, SignedMessage,
};
#[cfg(feature = "std")]
pub use vote::sign_message;
pub use vote::{
    check_message_signature, check_message_signature_with_buffer, localized_payload,
    localized_payload_with_buffer, SignatureResult,
};

pub use qloak_pq_crypto::authority::grandpa::{AuthorityId, AuthorityPair, AuthoritySignature};

/// Where the node logs.
pub const CLIENT_LOG_TARGET: &str = "grandpa";
/// Where the runtime logs.
pub const RUNTIME_LOG_TARGET: &str = "runtime::grandpa";

/// The keystore's name for keys that vote.
pub const KEY_TYPE: KeyTypeId = sp_application_crypto::key_types::GRANDPA;

/// Marks GRANDPA's items in digests, and its justifications.
pub const GRANDPA_ENGINE_ID: ConsensusEngineId = *b"FRNK";

/// How much a vote counts.
pub type AuthorityWeight = u64;

/// A place in the list of authorities.
pub type AuthorityIndex = u64;

/// The number of a voter set. Each change of voters counts it up by one.
pub type SetId = u64;

/// The number of a round of votes, from one within each voter set.
pub type RoundNumber = u64;

/// The voters and what their votes count.
pub type AuthorityList = Vec<(AuthorityId, AuthorityWeight)>;

/// A proof of key ownership in the runtime's own encoding, which only the runtime looks into.
pub type OpaqueKeyOwnershipProof = OpaqueValue;

/// Proof that a block is final: precommits of more than two thirds of the voters' weight for it or its
/// descendants, and the headers that tie those to one another.
///
/// Kept in the database and handed to nodes that sync, for each block that changes the voters and now
/// and then in between. Honest voters never vote past such a change.
#[derive(Clone, Encode, Decode, PartialEq, Eq, TypeInfo)]
// Without `std`, finality-grandpa's messages have no `Debug`.
#[cfg_attr(feature = "std", derive(Debug))]
pub struct GrandpaJustification<Header: HeaderT> {
    /// The round that the precommits are of.
    pub round: u64,
    /// The block that is final, and the precommits.
    pub commit: Commit<Header>,
    /// The headers from the precommitted blocks down to the lowest of these, without that one.
    pub votes_ancestries: Vec<Header>,
}

/// A new voter set, and when it takes over.
#[derive(Clone, Debug, Encode, Decode, PartialEq, Eq, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ScheduledChange<N> {
    /// The voters from then on.
    pub next_authorities: AuthorityList,
    /// How many blocks after this one.
    pub delay: N,
}

/// Proof that a voter signed two votes in one step of one round: both votes with their signatures, of which
/// at least the latter differ.
#[derive(Clone, Debug, Encode, Decode, DecodeWithMemTracking, PartialEq, Eq, TypeInfo)]
pub struct EquivocationProof<H, N> {
    set_id: SetId,
    equivocation: Equivocation<H, N>,
}

/// Two votes of one voter in one step of one round.
#[derive(Clone, Debug, Encode, Decode, DecodeWithMemTracking, PartialEq, Eq, TypeInfo)]
pub enum Equivocation<H, N> {
    /// Two prevotes.
    Prevote(
        finality_grandpa::Equivocation<
            AuthorityId,
            finality_grandpa::Prevote<H, N>,
            AuthoritySignature,
        >,
    ),
    /// Two precommits.
    Precommit(
        finality_grandpa::Equivocation<
            AuthorityId,
            finality_grandpa::Precommit<H, N>,
            AuthoritySignature,
        >,
    ),
}
