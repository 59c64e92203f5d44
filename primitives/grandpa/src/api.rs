//! What the finality client asks the runtime.

use sp_runtime::traits::NumberFor;

use crate::{AuthorityId, AuthorityList, EquivocationProof, OpaqueKeyOwnershipProof, SetId};

sp_api::decl_runtime_apis! {
    /// The voters of a block's state, and reports of those who vote twice.
    ///
    /// The runtime announces a change of voters in a digest item, with a delay; the client follows those
    /// items and asks here only where it has no history, at genesis for instance.
    #[api_version(3)]
    pub trait GrandpaApi {
        /// The voters who make the descendants of this block final. This block itself is made final by
        /// the voters in its parent's state.
        fn grandpa_authorities() -> AuthorityList;

        /// Puts a report into the local transaction pool, unsigned and not to be gossiped: every node
        /// that saw the two votes makes its own. `key_owner_proof` is what
        /// `generate_key_ownership_proof` gave. `None` if the runtime takes no reports or the pool
        /// refused this one.
        fn submit_report_equivocation_unsigned_extrinsic(
            equivocation_proof: EquivocationProof<Block::Hash, NumberFor<Block>>,
            key_owner_proof: OpaqueKeyOwnershipProof,
        ) -> Option<()>;

        /// A proof that the key belonged to a validator, without which nobody can be held to account for
        /// what it signed. `None` if it belonged to nobody.
        ///
        /// The proof is made from the state at which this is called, whatever `set_id` says, so the caller
        /// picks a block at which that set was voting.
        fn generate_key_ownership_proof(
            set_id: SetId,
            authority_id: AuthorityId,
        ) -> Option<OpaqueKeyOwnershipProof>;

        /// The number of the voter set.
        fn current_set_id() -> SetId;
    }
}
