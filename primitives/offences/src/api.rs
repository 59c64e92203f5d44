//! What a node asks the runtime when it has found a double author.

use polkadot_sdk::*;

use qloak_pq_crypto::authority::aura;
use sp_consensus_slots::Slot;
use sp_runtime::OpaqueValue;

use crate::DoubleAuthoringProof;

sp_api::decl_runtime_apis! {
    /// Reports of authorities that sealed two blocks in one slot.
    pub trait DoubleAuthoringApi {
        /// A proof that `authority` was the AURA key of a validator in the present session, in the
        /// encoding that the runtime's own key owner system takes. `None` if nobody had that key.
        ///
        /// Proofs are made from the state at which this is called, so the caller picks a block of the
        /// session in which `slot` lies.
        fn generate_key_ownership_proof(
            slot: Slot,
            authority: aura::AuthorityId,
        ) -> Option<OpaqueValue>;

        /// Puts a report of `proof` into the local transaction pool, unsigned and not to be gossiped:
        /// every node that saw the two headers makes its own. `None` if the runtime takes no reports
        /// or the pool refused this one.
        fn submit_report_unsigned(
            proof: DoubleAuthoringProof<Block::Header>,
            key_owner_proof: OpaqueValue,
        ) -> Option<()>;
    }
}
