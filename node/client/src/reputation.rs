//! What the network thinks of a peer.

use polkadot_sdk::sc_network::{
    peer_store::{PeerStoreProvider, BANNED_THRESHOLD},
    service::traits::NetworkService,
    NetworkPeers, PeerId, ReputationChange,
};
use std::sync::Arc;

/// Where peers have their reputation.
pub trait Reputation: Clone + Send + 'static {
    /// Changes it.
    fn change(&self, peer: PeerId, change: ReputationChange);

    /// Whether it is so low that the network does not talk to the peer.
    fn is_banned(&self, peer: &PeerId) -> bool;
}

impl Reputation for Arc<dyn NetworkService> {
    fn change(&self, peer: PeerId, change: ReputationChange) {
        self.report_peer(peer, change);
    }

    fn is_banned(&self, peer: &PeerId) -> bool {
        self.peer_reputation(peer) < BANNED_THRESHOLD
    }
}

impl Reputation for Arc<dyn PeerStoreProvider> {
    fn change(&self, peer: PeerId, change: ReputationChange) {
        self.report_peer(peer, change);
    }

    fn is_banned(&self, peer: &PeerId) -> bool {
        PeerStoreProvider::is_banned(&**self, peer)
    }
}
