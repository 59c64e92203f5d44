//! A protocol of the network, with somebody before it who decides what its handler hears.
//!
//! [`Guarded`] forwards; a [`Judge`] decides. The voters' protocol has one (`qloak-consensus`) and that of
//! transactions another (`qloak-transaction-filter`).

use futures::{
    future::{pending, BoxFuture},
    FutureExt,
};
use polkadot_sdk::sc_network::{
    error::Error as NetworkError,
    service::traits::{NotificationEvent, NotificationService},
    MessageSink, PeerId, ProtocolName,
};
use std::{fmt::Debug, time::Instant};

/// Decides which events of a protocol its handler sees, and when.
pub trait Judge: Debug + Send + 'static {
    /// Notes what the handler sends to a peer.
    fn note_sent(&mut self, _: &PeerId, _: &[u8]) {}

    /// Takes an event of the network in. Returns it if the handler is to see it now.
    fn take(&mut self, event: NotificationEvent, now: Instant) -> Option<NotificationEvent>;

    /// What to do with events that were taken in and not returned.
    fn next(&mut self, _: Instant) -> Next {
        Next::Wait(pending().boxed())
    }

    /// A judge for a second handler of the same protocol. `None` if there can be no second one.
    fn copy(&self) -> Option<Self>
    where
        Self: Sized;
}

/// What to do next.
pub enum Next {
    /// Give this event to the handler.
    Pass(NotificationEvent),
    /// Listen to the network, and ask again when this is over.
    Wait(BoxFuture<'static, ()>),
}

/// A protocol with a judge before it. It passes everything on as it is, or not at all.
#[derive(Debug)]
pub struct Guarded<J> {
    protocol: Box<dyn NotificationService>,
    /// Who decides.
    pub judge: J,
}

impl<J: Judge> Guarded<J> {
    /// Puts a judge before a protocol.
    pub fn by(judge: J, protocol: Box<dyn NotificationService>) -> Self {
        Self { protocol, judge }
    }
}

#[async_trait::async_trait]
impl<J: Judge> NotificationService for Guarded<J> {
    async fn open_substream(&mut self, peer: PeerId) -> Result<(), ()> {
        self.protocol.open_substream(peer).await
    }

    async fn close_substream(&mut self, peer: PeerId) -> Result<(), ()> {
        self.protocol.close_substream(peer).await
    }

    fn send_sync_notification(&mut self, peer: &PeerId, notification: Vec<u8>) {
        self.judge.note_sent(peer, &notification);
        self.protocol.send_sync_notification(peer, notification);
    }

    async fn send_async_notification(
        &mut self,
        peer: &PeerId,
        notification: Vec<u8>,
    ) -> Result<(), NetworkError> {
        self.judge.note_sent(peer, &notification);
        self.protocol
            .send_async_notification(peer, notification)
            .await
    }

    async fn set_handshake(&mut self, handshake: Vec<u8>) -> Result<(), ()> {
        self.protocol.set_handshake(handshake).await
    }

    fn try_set_handshake(&mut self, handshake: Vec<u8>) -> Result<(), ()> {
        self.protocol.try_set_handshake(handshake)
    }

    /// The caller drops this future whenever there is nothing yet. No event is lost by that: the judge holds what was
    /// taken from the network, or it is passed on at once.
    async fn next_event(&mut self) -> Option<NotificationEvent> {
        loop {
            let wait = match self.judge.next(Instant::now()) {
                Next::Pass(event) => return Some(event),
                Next::Wait(wait) => wait,
            };
            tokio::select! {
                event = self.protocol.next_event() => {
                    if let Some(event) = self.judge.take(event?, Instant::now()) {
                        return Some(event);
                    }
                }
                () = wait => {}
            }
        }
    }

    fn clone(&mut self) -> Result<Box<dyn NotificationService>, ()> {
        let judge = self.judge.copy().ok_or(())?;
        let protocol = self.protocol.as_mut().clone()?;
        Ok(Box::new(Self { protocol, judge }))
    }

    fn protocol(&self) -> &ProtocolName {
        self.protocol.protocol()
    }

    fn message_sink(&self, peer: &PeerId) -> Option<Box<dyn MessageSink>> {
        self.protocol.message_sink(peer)
    }
}
