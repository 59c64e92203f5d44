//! Messages that wait until their sender's allowance and the lane to the pool have room for them.
//!
//! An honest node sends thousands at once: when somebody has submitted them, or when it meets this node. It never
//! sends them a second time, so that they are better held than dropped.

use polkadot_sdk::sc_network::PeerId;
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

/// Bytes that are held at most, as many as the pool itself holds unless it is told otherwise.
const MOST: usize = 128 << 20;

/// Bytes that are held for one peer at most: some 9,000 transfers with registered keys.
const MOST_OF_A_PEER: usize = MOST / 4;

/// What a message takes beside its bytes.
const OVERHEAD: usize = 64;

/// A message with one transaction.
#[derive(Debug)]
pub struct Message {
    /// As it came.
    pub bytes: Vec<u8>,
    /// The cost of its transaction.
    pub cost: Duration,
}

impl Message {
    fn size(&self) -> usize {
        self.bytes.len().saturating_add(OVERHEAD)
    }
}

/// The messages of a peer, in order.
#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Message>,
    size: usize,
}

/// The messages of all peers.
#[derive(Debug, Default)]
pub struct Held {
    /// Those of peers that have any.
    queues: HashMap<PeerId, Queue>,
    /// These peers, the one first whose turn it is.
    order: VecDeque<PeerId>,
    size: usize,
}

impl Held {
    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Holds a message, if need be in place of the last ones of whoever has the most. Returns how many
    /// messages are not held for it, this one or others.
    pub fn push(&mut self, peer: PeerId, message: Message) -> usize {
        let size = message.size();
        let of_the_peer = self.queues.get(&peer).map_or(0, |queue| queue.size);
        if of_the_peer.saturating_add(size) > MOST_OF_A_PEER {
            return 1;
        }
        let mut dropped = 0;
        while self.size.saturating_add(size) > MOST {
            let largest = self.queues.iter().max_by_key(|(_, queue)| queue.size);
            match largest.map(|(peer, queue)| (*peer, queue.size)) {
                Some((other, more)) if more > of_the_peer.saturating_add(size) => {
                    self.drop_last_of(&other);
                    dropped += 1;
                }
                _ => return dropped + 1,
            }
        }
        if of_the_peer == 0 {
            self.order.push_back(peer);
        }
        let queue = self.queues.entry(peer).or_default();
        queue.messages.push_back(message);
        queue.size = queue.size.saturating_add(size);
        self.size = self.size.saturating_add(size);
        dropped
    }

    fn drop_last_of(&mut self, peer: &PeerId) {
        let queue = self.queues.get_mut(peer);
        if let Some((queue, last)) = queue.and_then(|queue| {
            let last = queue.messages.pop_back()?;
            Some((queue, last))
        }) {
            queue.size = queue.size.saturating_sub(last.size());
            self.size = self.size.saturating_sub(last.size());
            if !queue.messages.is_empty() {
                return;
            }
        }
        self.drop_all_of(peer);
    }

    /// Takes the first message of the next peer that need not wait. Else the shortest time that one has to.
    pub fn pop(
        &mut self,
        wait: impl Fn(&PeerId, &Message) -> Duration,
    ) -> Result<(PeerId, Message), Duration> {
        let mut shortest = Duration::MAX;
        for _ in 0..self.order.len() {
            let Some(peer) = self.order.pop_front() else {
                break;
            };
            let Some(queue) = self.queues.get_mut(&peer) else {
                continue;
            };
            let wait = queue.messages.front().map(|message| wait(&peer, message));
            if wait == Some(Duration::ZERO) {
                if let Some(message) = queue.messages.pop_front() {
                    queue.size = queue.size.saturating_sub(message.size());
                    self.size = self.size.saturating_sub(message.size());
                    match queue.messages.is_empty() {
                        true => drop(self.queues.remove(&peer)),
                        false => self.order.push_back(peer),
                    }
                    return Ok((peer, message));
                }
            }
            shortest = shortest.min(wait.unwrap_or(Duration::MAX));
            self.order.push_back(peer);
        }
        Err(shortest)
    }

    /// Forgets the messages of a peer.
    pub fn drop_all_of(&mut self, peer: &PeerId) {
        if let Some(queue) = self.queues.remove(peer) {
            self.size = self.size.saturating_sub(queue.size);
            self.order.retain(|other| other != peer);
        }
    }
}
