//! What wallets and the node's index ask the runtime.
//!
//! Nothing here takes a note, a commitment or a single nullifier as its question, so that an answer
//! does not tell the node what is looked for. A wallet reads all entries since its birthday, in
//! pages of a fixed size, and the nullifiers with them.

use alloc::vec::Vec;

use sp_runtime::traits::{Block as BlockT, NumberFor};

use crate::{
    element::Digest,
    pool::{FullEntry, PoolInfo},
    tree::Frontier,
};

sp_api::decl_runtime_apis! {
    /// The shielded pool.
    pub trait PrivacyCreditApi {
        /// The pool at the end of the block.
        fn pool() -> PoolInfo;

        /// The right edge of the tree at the end of the block: what a wallet begins with at its
        /// birthday.
        fn frontier() -> Frontier;

        /// The anchors at the end of the block, the oldest first, each with the last block in which a
        /// transfer may refer to it. The last one has none while it is the tree's root.
        fn anchors() -> Vec<(Digest, Option<NumberFor<Block>>)>;

        /// What the transactions of this very block did to the pool, in the order of the tree. `body`
        /// is the block's. To be asked while the block's state is there.
        fn entries(body: Vec<<Block as BlockT>::Extrinsic>) -> Vec<FullEntry>;

        /// Nullifiers in the order of their bytes, those after `after`, at most `limit` and
        /// [`NULLIFIERS_PER_PAGE`](crate::pool::NULLIFIERS_PER_PAGE). Fewer than that are the end.
        fn nullifiers(after: Option<Digest>, limit: u32) -> Vec<Digest>;
    }
}
