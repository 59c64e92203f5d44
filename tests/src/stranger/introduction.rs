//! The protocols that a node says it speaks, to whoever dials it.

use std::{collections::BTreeSet, time::Duration};

use futures::StreamExt;
use litep2p::{
    config::ConfigBuilder,
    protocol::libp2p::identify::{Config as Identify, IdentifyEvent},
    transport::tcp::config::Config as TcpConfig,
    types::multiaddr::Multiaddr,
    Litep2p,
};
use tokio::runtime::Runtime;

/// How long a node may take to introduce itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the names of all protocols of the node at an address with a peer id, by libp2p's identify protocol.
///
/// # Panics
/// If the address is none, or the node does not introduce itself in time.
pub fn protocols(address: &str) -> BTreeSet<String> {
    let runtime = Runtime::new().expect("threads can be started");
    let asking = async { tokio::time::timeout(PATIENCE, ask(address)).await };
    runtime
        .block_on(asking)
        .expect("the node introduces itself in time")
}

async fn ask(address: &str) -> BTreeSet<String> {
    let (identify, mut introductions) = Identify::new("/qloak/test".into(), None);
    let config = ConfigBuilder::new()
        .with_tcp(TcpConfig {
            listen_addresses: vec!["/ip4/127.0.0.1/tcp/0".parse().expect("an address")],
            ..TcpConfig::default()
        })
        .with_libp2p_identify(identify)
        .build();
    let mut litep2p = Litep2p::new(config).expect("a port is free");
    let address: Multiaddr = address.parse().expect("an address");
    litep2p.dial_address(address).await.expect("it is dialled");
    loop {
        tokio::select! {
            _ = litep2p.next_event() => {}
            introduction = introductions.next() => {
                let IdentifyEvent::PeerIdentified { supported_protocols, .. } =
                    introduction.expect("the connection's tasks outlive this");
                return supported_protocols.iter().map(ToString::to_string).collect();
            }
        }
    }
}
