//! What the voters' protocol carries, as far as the guard has to know.
//!
//! The SDK's types for it are private, so their layout is written down here once more. Whatever the
//! client would not decode, the guard must not decode either, and the other way round: the parts are the
//! same types, and nothing may be left over at the end. A number or name around them stands alone
//! in SCALE, so tuples do for the SDK's structures.
//!
//! Source: `GossipMessage` and what it is made of, in `src/communication/gossip.rs` of
//! sc-consensus-grandpa 0.45.0. An update of that crate must be compared with this.

use crate::equivocation::votes::{Vote, MOST_VOTES};
use codec::{Decode, DecodeAll};
use polkadot_sdk::sp_consensus_grandpa::{
    CatchUp, Commit, CompactCommit, Message, RoundNumber, SetId, SignedMessage,
};
use qloak_runtime::{opaque::Header, BlockNumber};

// The order of the enum's variants.
const VOTE: u8 = 0;
const COMMIT: u8 = 1;
const NEIGHBOUR: u8 = 2;
const CATCH_UP_REQUEST: u8 = 3;
const CATCH_UP: u8 = 4;

/// The only version of neighbour packets.
const NEIGHBOUR_VERSION: u8 = 1;

/// The longest message that the network takes.
pub const LONGEST: usize = 1 << 20;

/// A message that no node of this network would send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Where a node is, as its neighbour packets say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The set of voters.
    pub set: SetId,
    /// The round.
    pub round: RoundNumber,
    /// The highest block of a commit that it has seen.
    pub committed: BlockNumber,
}

impl View {
    /// Whether a node that is here listens to votes of a round of a set: those of the round itself, and
    /// of the one before and after. It refuses the others unverified.
    pub fn takes(&self, (round, set): (RoundNumber, SetId)) -> bool {
        set == self.set && round.abs_diff(self.round) <= 1
    }
}

/// Precommits that are said to make a block final.
#[derive(Debug)]
pub struct Justified {
    /// The set of voters.
    pub set: SetId,
    /// The round.
    pub round: RoundNumber,
    /// The block's number.
    pub target: BlockNumber,
    /// The precommits.
    pub precommits: Vec<Vote>,
}

/// The kind of a message, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One vote, and the round and set that it says it is for.
    Vote((RoundNumber, SetId)),
    /// A commit.
    Commit,
    /// A neighbour packet.
    Neighbour,
    /// A request for a catch-up.
    CatchUpRequest,
    /// A catch-up.
    CatchUp,
}

/// Tells the kind of a message without decoding it.
pub fn kind(message: &[u8]) -> Result<(Kind, &[u8]), Malformed> {
    let (kind, body) = message.split_first().ok_or(Malformed)?;
    let kind = match *kind {
        VOTE => Kind::Vote(Decode::decode(&mut &*body).map_err(|_| Malformed)?),
        COMMIT => Kind::Commit,
        NEIGHBOUR => Kind::Neighbour,
        CATCH_UP_REQUEST => Kind::CatchUpRequest,
        CATCH_UP => Kind::CatchUp,
        _ => return Err(Malformed),
    };
    Ok((kind, body))
}

/// Decodes a whole message, whatever its kind, and keeps nothing.
pub fn check(message: &[u8]) -> Result<(), Malformed> {
    let (kind, body) = kind(message)?;
    match kind {
        Kind::Vote(_) => vote(body).map(drop),
        Kind::Commit => commit(body).map(drop),
        Kind::Neighbour => neighbour(body).map(drop),
        Kind::CatchUpRequest => catch_up_request(body),
        Kind::CatchUp => catch_up(body).map(drop),
    }
}

/// Decodes the body of a vote.
pub fn vote(body: &[u8]) -> Result<Vote, Malformed> {
    let (round, set, signed): (RoundNumber, SetId, SignedMessage<Header>) = whole(body)?;
    Ok(Vote { set, round, signed })
}

/// Decodes the body of a commit.
pub fn commit(body: &[u8]) -> Result<Justified, Malformed> {
    let (round, set, commit): (RoundNumber, SetId, CompactCommit<Header>) = whole(body)?;
    let votes = commit.precommits.len();
    require(votes == commit.auth_data.len() && (1..=MOST_VOTES).contains(&votes))?;
    let commit = Commit::<Header>::from(commit);
    let precommits = commit.precommits.into_iter().map(|vote| Vote {
        set,
        round,
        signed: SignedMessage::<Header> {
            message: Message::<Header>::Precommit(vote.precommit),
            signature: vote.signature,
            id: vote.id,
        },
    });
    Ok(Justified {
        set,
        round,
        target: commit.target_number,
        precommits: precommits.collect(),
    })
}

/// Decodes the body of a neighbour packet.
pub fn neighbour(body: &[u8]) -> Result<View, Malformed> {
    let (version, round, set, committed): (u8, RoundNumber, SetId, BlockNumber) = whole(body)?;
    require(version == NEIGHBOUR_VERSION)?;
    Ok(View {
        set,
        round,
        committed,
    })
}

/// Decodes the body of a request for a catch-up.
pub fn catch_up_request(body: &[u8]) -> Result<(), Malformed> {
    whole::<(RoundNumber, SetId)>(body).map(|_| ())
}

/// Decodes the body of a catch-up into its votes.
pub fn catch_up(body: &[u8]) -> Result<Vec<Vote>, Malformed> {
    let (set, votes): (SetId, CatchUp<Header>) = whole(body)?;
    require(votes.prevotes.len() <= MOST_VOTES && votes.precommits.len() <= MOST_VOTES)?;
    let round = votes.round_number;
    let prevotes = votes
        .prevotes
        .into_iter()
        .map(|vote| SignedMessage::<Header> {
            message: Message::<Header>::Prevote(vote.prevote),
            signature: vote.signature,
            id: vote.id,
        });
    let precommits = votes
        .precommits
        .into_iter()
        .map(|vote| SignedMessage::<Header> {
            message: Message::<Header>::Precommit(vote.precommit),
            signature: vote.signature,
            id: vote.id,
        });
    let votes = prevotes.chain(precommits);
    Ok(votes.map(|signed| Vote { set, round, signed }).collect())
}

/// A message of this node's own that invites an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Tells a peer where we are. It may then ask for a catch-up.
    Neighbour(View),
    /// Asks a peer for a catch-up.
    CatchUpRequest,
}

/// Reads what GRANDPA's client sends, as far as it invites an answer.
pub fn sent(message: &[u8]) -> Option<Sent> {
    match kind(message).ok()? {
        (Kind::Neighbour, body) => neighbour(body).ok().map(Sent::Neighbour),
        (Kind::CatchUpRequest, _) => Some(Sent::CatchUpRequest),
        _ => None,
    }
}

fn require(condition: bool) -> Result<(), Malformed> {
    condition.then_some(()).ok_or(Malformed)
}

/// The network takes no message longer than [`LONGEST`], and decoding allocates no more than the bytes
/// give.
fn whole<T: Decode>(mut bytes: &[u8]) -> Result<T, Malformed> {
    T::decode_all(&mut bytes).map_err(|_| Malformed)
}
