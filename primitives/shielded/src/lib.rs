//! Shielded payments: sender, recipient and amount hidden, by means that withstand a quantum
//! computer.
//!
//! A *note* is so many units of an asset that belong to an owner. The chain holds a commitment of
//! each, in an append-only tree. To spend a note is to show its nullifier, with a proof that some note of the
//! tree has it and that its owner agrees. `docs/spec/shielded.md` has every equation, parameter
//! and claim, `docs/spec/shielded-circuit.md` the proof.
//!
//! | module | what |
//! |---|---|
//! | [`element`], [`hash`] | field elements, digests, the compression function |
//! | [`keys`], [`address`] | who can spend, see, and be paid |
//! | [`note`], [`nullifier`], [`tree`] | what the chain holds of a note |
//! | [`encryption`], [`memo`], [`scan`] | how a note reaches its recipient |
//! | [`disclosure`], [`delivery`] | one payment, shown to a third party |
//! | [`statement`], [`transaction`] | what is proven, and what the proof is bound to |
//! | [`circuit`], [`parameters`], [`proof`], [`verifier`], `prover`, [`witness`] | the proof |
//! | [`pool`] | what the chain says of the pool, for wallets and nodes |
//! | `api`, `host`, `cache` | what node and runtime ask of each other, and the memory of verified proofs |
//!
//! Only the prover draws randomness, from the operating system; elsewhere callers bring it. Wherever it stands beside a
//! long-term secret it is mixed with the secret and with what it is used for ([`qloak_pq_crypto::hedge`]).

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod address;
#[cfg(feature = "substrate")]
#[allow(
    clippy::multiple_bound_locations,
    missing_docs,
    reason = "the SDK's macro generates items without documentation"
)]
pub mod api;
#[cfg(feature = "std")]
pub mod cache;
pub mod circuit;
pub mod delivery;
pub mod disclosure;
pub mod element;
pub mod encryption;
pub mod hash;
#[cfg(feature = "substrate")]
#[allow(
    missing_docs,
    unsafe_code,
    reason = "the SDK's macro generates items without documentation, and the calls into the node"
)]
pub mod host;
pub mod keys;
pub mod memo;
pub mod note;
pub mod nullifier;
pub mod parameters;
pub mod pool;
pub mod proof;
#[cfg(feature = "prover")]
pub mod prover;
pub mod scan;
pub mod statement;
pub mod transaction;
pub mod tree;
pub mod verifier;
pub mod witness;

mod expand;
mod text;
mod transcript;
mod witness_tree;

pub use text::{TextError, MAX_TEXT_CHARS};

#[cfg(test)]
mod test_support;
