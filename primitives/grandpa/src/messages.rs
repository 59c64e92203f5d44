//! What voters send one another, for the blocks of a chain with headers of type `Header`.

use sp_runtime::traits::Header as HeaderT;

use crate::{AuthorityId, AuthoritySignature};

/// What a voter says in a round, unsigned.
pub type Message<Header> =
    finality_grandpa::Message<<Header as HeaderT>::Hash, <Header as HeaderT>::Number>;

/// A message with its voter and signature.
pub type SignedMessage<Header> = finality_grandpa::SignedMessage<
    <Header as HeaderT>::Hash,
    <Header as HeaderT>::Number,
    AuthoritySignature,
    AuthorityId,
>;

/// The block that the round's primary proposes to start from.
pub type PrimaryPropose<Header> =
    finality_grandpa::PrimaryPropose<<Header as HeaderT>::Hash, <Header as HeaderT>::Number>;

/// A vote of a round's first step: the chain that the voter prefers.
pub type Prevote<Header> =
    finality_grandpa::Prevote<<Header as HeaderT>::Hash, <Header as HeaderT>::Number>;

/// A vote of a round's second step: the chain that more than two thirds prefer, as the voter saw it.
pub type Precommit<Header> =
    finality_grandpa::Precommit<<Header as HeaderT>::Hash, <Header as HeaderT>::Number>;

/// The votes of a whole round, for a voter that missed it.
pub type CatchUp<Header> = finality_grandpa::CatchUp<
    <Header as HeaderT>::Hash,
    <Header as HeaderT>::Number,
    AuthoritySignature,
    AuthorityId,
>;

/// A block and the precommits that make it final.
pub type Commit<Header> = finality_grandpa::Commit<
    <Header as HeaderT>::Hash,
    <Header as HeaderT>::Number,
    AuthoritySignature,
    AuthorityId,
>;

/// A commit as it is gossiped: all precommits first, then all signatures.
pub type CompactCommit<Header> = finality_grandpa::CompactCommit<
    <Header as HeaderT>::Hash,
    <Header as HeaderT>::Number,
    AuthoritySignature,
    AuthorityId,
>;
