//! Shielded payments between real wallets on a real node: that they arrive, that nobody else sees
//! them, and that nothing else gets through.

mod directory;
mod forgotten;
mod hidden;
mod refusals;
mod restart;
mod story;
