//! Authoring and finality: what this node seals and votes for, which blocks it verifies and when, whom it listens to, and
//! whom it reports.
//!
//! What makes a block valid is decided in the runtime, and the SDK's AURA and GRANDPA run as they are. The modules here
//! stand around them:
//!
//! * `import_queue`: the verifiers of other nodes' blocks, in their order. Header form first (`block_verifier`), then AURA
//!   with patience for clocks that differ (`early_blocks`), then signatures and proofs ahead of the runtime
//!   (`pre_verification`).
//! * `authoring` and `sealing`: blocks of our own, in slots or one for each transaction.
//! * `finality`: GRANDPA's client, and a `checkpoint` that a chain must have.
//! * `gossip_filter`: which of the voters' messages GRANDPA's client sees.
//! * `equivocation`: two blocks of an author in one slot, two votes of a voter in one step; found, proved and reported.

mod authoring;
mod block_verifier;
mod checkpoint;
mod early_blocks;
mod equivocation;
mod error;
mod finality;
mod gossip_filter;
mod import_queue;
mod inherents;
mod pre_verification;
mod sealing;

pub use authoring::{report_keys, Authoring, CommandLineKeys};
pub use block_verifier::HeaderFormVerifier;
pub use checkpoint::{CheckError, Checkpoint};
pub use error::Error;
pub use finality::{
    revert, Finality, FinalityRpc, VoteProtocol, Voter, VoterSettings, DEFAULT_GOSSIP_DURATION,
};
pub use gossip_filter::is_well_formed;
pub use import_queue::ImportQueueParts;
pub use inherents::inherents;
pub use pre_verification::{has_work, EarlyVerifier};
pub use sealing::require_lone_authority;
