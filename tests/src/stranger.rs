//! A peer that is no node of ours: it speaks just enough of the network's protocols to be let in, and
//! then says to the voters, or to the pool of transactions, whatever a test wants it to say.
//!
//! A node gossips with those who have opened its block announcement protocol; it then opens the protocols of
//! votes and of transactions by itself. So the stranger introduces itself as a full node that knows the
//! first block only, accepts one of them, and listens to nothing.

pub mod introduction;
pub mod votes;

use std::{sync::Arc, time::Duration};

use codec::Encode;
use futures::StreamExt;
use litep2p::{
    config::ConfigBuilder,
    crypto::ed25519::{Keypair, SecretKey},
    protocol::notification::{
        ConfigBuilder as ProtocolBuilder, NotificationEvent, NotificationHandle, NotificationSink,
        ValidationResult,
    },
    transport::tcp::config::Config as TcpConfig,
    types::multiaddr::Multiaddr,
    Litep2p, Litep2pEvent, PeerId, ProtocolName,
};
use tokio::{runtime::Runtime, sync::watch};

/// How long the stranger waits to be let in, or thrown out.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the stranger may send at once. More than a node takes: that is the point.
const MAX_MESSAGE: usize = 16 << 20;

/// The role bits of a full node.
const FULL_NODE: u8 = 1;

/// What the stranger says something to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The voters.
    Voters,
    /// The pool of transactions.
    Pool,
}

impl Audience {
    fn protocol(self) -> &'static str {
        match self {
            Self::Voters => "grandpa/1",
            Self::Pool => "transactions/1",
        }
    }
}

/// Where the stranger stands with them.
#[derive(Clone, Debug)]
enum Standing {
    /// Not let in yet.
    Outside,
    /// It may speak.
    Inside(NotificationSink),
    /// It was refused, or thrown out.
    ThrownOut,
}

/// A connection to one node.
pub struct Stranger {
    standing: watch::Receiver<Standing>,
    runtime: Runtime,
}

/// The node ended the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrownOut;

impl Stranger {
    /// Dials a node by its address with peer id, as the peer whose node key is this byte 32 times.
    ///
    /// # Panics
    /// If the address is none.
    pub fn connect(address: &str, genesis: [u8; 32], node_key: u8) -> Self {
        Self::connect_to(Audience::Voters, address, genesis, node_key)
    }

    /// The same for another audience.
    ///
    /// # Panics
    /// If the address is none.
    pub fn connect_to(audience: Audience, address: &str, genesis: [u8; 32], node_key: u8) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads can be started");
        let (told, standing) = watch::channel(Standing::Outside);
        let address = address.to_owned();
        runtime.block_on(async move {
            let told = Arc::new(told);
            dial(audience, &address, genesis, node_key, &told);
        });
        Self { standing, runtime }
    }

    /// Waits until the node listens.
    ///
    /// # Errors
    /// [`ThrownOut`] if it refuses.
    ///
    /// # Panics
    /// If it does neither in time.
    pub fn wait_until_inside(&self) -> Result<(), ThrownOut> {
        match self.wait_for(|standing| !matches!(standing, Standing::Outside)) {
            Standing::ThrownOut => Err(ThrownOut),
            _ => Ok(()),
        }
    }

    /// Waits until the node has had enough.
    ///
    /// # Panics
    /// If it goes on listening.
    pub fn wait_until_thrown_out(&self) {
        self.wait_for(|standing| matches!(standing, Standing::ThrownOut));
    }

    fn wait_for(&self, condition: impl FnMut(&Standing) -> bool) -> Standing {
        let mut standing = self.standing.clone();
        self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, standing.wait_for(condition))
                .await
                .expect("the node answers in time")
                .expect("the connection's tasks outlive this")
                .clone()
        })
    }

    /// Sends a message of the audience's protocol, waiting while the node does not read.
    ///
    /// # Errors
    /// [`ThrownOut`] if the node does not listen any more.
    pub fn send(&self, message: Vec<u8>) -> Result<(), ThrownOut> {
        let Standing::Inside(sink) = self.standing.borrow().clone() else {
            return Err(ThrownOut);
        };
        let sending =
            async { tokio::time::timeout(PATIENCE, sink.send_async_notification(message)).await };
        match self.runtime.block_on(sending) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(ThrownOut),
        }
    }
}

type Told = Arc<watch::Sender<Standing>>;

fn protocol(genesis: [u8; 32], name: &str) -> ProtocolName {
    ProtocolName::from(format!("/{}/{name}", hex::encode(genesis)))
}

fn dial(audience: Audience, address: &str, genesis: [u8; 32], node_key: u8, told: &Told) {
    // Roles, best number, best block, first block.
    let introduction = (FULL_NODE, 0u32, genesis, genesis).encode();
    let (announcements, announced) = ProtocolBuilder::new(protocol(genesis, "block-announces/1"))
        .with_max_size(MAX_MESSAGE)
        .with_handshake(introduction)
        .build();
    let (gossip, heard) = ProtocolBuilder::new(protocol(genesis, audience.protocol()))
        .with_max_size(MAX_MESSAGE)
        .with_handshake(vec![FULL_NODE])
        .build();
    let mut secret = [node_key; 32];
    let secret = SecretKey::try_from_bytes(&mut secret).expect("any 32 bytes are a secret key");
    let config = ConfigBuilder::new()
        .with_keypair(Keypair::from(secret))
        .with_tcp(TcpConfig {
            listen_addresses: vec!["/ip4/127.0.0.1/tcp/0".parse().expect("an address")],
            ..TcpConfig::default()
        })
        .with_notification_protocol(announcements)
        .with_notification_protocol(gossip)
        .build();
    let mut litep2p = Litep2p::new(config).expect("a port is free");
    let (_, peer) = address
        .rsplit_once("/p2p/")
        .expect("the address has a peer id");
    let peer: PeerId = peer.parse().expect("a peer id");
    let address: Multiaddr = address.parse().expect("an address");
    litep2p.add_known_address(peer, std::iter::once(address));
    tokio::spawn(watch_connection(litep2p, Arc::clone(told)));
    tokio::spawn(introduce(announced, peer, Arc::clone(told)));
    tokio::spawn(listen(heard, Arc::clone(told)));
}

async fn watch_connection(mut litep2p: Litep2p, told: Told) {
    while let Some(event) = litep2p.next_event().await {
        match event {
            Litep2pEvent::ConnectionEstablished { .. } => {}
            Litep2pEvent::ConnectionClosed { .. }
            | Litep2pEvent::DialFailure { .. }
            | Litep2pEvent::ListDialFailures { .. } => {
                told.send_replace(Standing::ThrownOut);
            }
        }
    }
}

/// Opens the protocol by which nodes get to know each other.
async fn introduce(mut protocol: NotificationHandle, peer: PeerId, told: Told) {
    if protocol.open_substream(peer).await.is_err() {
        told.send_replace(Standing::ThrownOut);
        return;
    }
    while let Some(event) = protocol.next().await {
        match event {
            NotificationEvent::ValidateSubstream { peer, .. } => {
                protocol.send_validation_result(peer, ValidationResult::Accept);
            }
            NotificationEvent::NotificationStreamOpenFailure { .. }
            | NotificationEvent::NotificationStreamClosed { .. } => {
                told.send_replace(Standing::ThrownOut);
            }
            _ => {}
        }
    }
}

/// Lets the node open the audience's protocol, and reads what comes so that it is not clogged.
async fn listen(mut protocol: NotificationHandle, told: Told) {
    while let Some(event) = protocol.next().await {
        match event {
            NotificationEvent::ValidateSubstream { peer, .. } => {
                protocol.send_validation_result(peer, ValidationResult::Accept);
            }
            NotificationEvent::NotificationStreamOpened { peer, .. } => {
                if let Some(sink) = protocol.notification_sink(peer) {
                    told.send_replace(Standing::Inside(sink));
                }
            }
            NotificationEvent::NotificationStreamClosed { .. } => {
                told.send_replace(Standing::ThrownOut);
            }
            _ => {}
        }
    }
}
