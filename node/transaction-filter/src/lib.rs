//! Stands between the network and the pool of transactions, so that nobody can keep a node busy with what is
//! not worth it.
//!
//! A transaction costs its sender nothing until it is in a block, and a node up to 8 ms to refuse. The SDK charges a
//! peer for bad ones, but so little that 600 a second never add up to a ban, and it lets 8,192 of them wait
//! for the pool's two threads, in front of what is submitted to the node itself.
//!
//! * **The guard** ([`TransactionJudge`]) listens to the peers. What none of our nodes sends is an offence, as it is to
//!   voters (`qloak-consensus`), and three of those end the connection: each message holds one
//!   transaction, whole. All else is charged by its declared cost (module `cost`) to its sender's
//!   allowance (module `ledger`). What exceeds the allowance waits, peer by peer, as far as there is
//!   room, and is then not listened to, which is no offence.
//! * **The lane** (module `lane`) lets one transaction of others into the pool at a time.
//! * **The pool for others** (module `pool`) has the pool's verdict charged to the sender, and answers the
//!   SDK so that a peer loses reputation only for what no state of the chain makes valid.

mod blame;
mod cost;
mod filter;
mod held;
mod intake;
mod lane;
mod ledger;
mod metrics;
mod pool;

pub use blame::NotForOthers;
pub use filter::{declared_cost, TransactionGuard, TransactionJudge};
pub use intake::Intake;
pub use metrics::RefusedTransactions;
pub use pool::ForOthers;
