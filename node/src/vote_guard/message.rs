//! What the voters' protocol carries, as far as the guard has to know.
//!
//! The SDK's types for it are private, so their layout is written down here once more. Whatever the
//! client would not decode, the guard must not decode either, and the other way round: the parts are the
//! same types, and nothing may be left over at the end. A number or name around them stands alone
//! in SCALE, so tuples do for the SDK's structures.
//!
//! Source: `GossipMessage` and what it is made of, in `src/communication/gossip.rs` of
//! sc-consensus-grandpa 0.45.0. An update of that crate must be compared with this.

use codec::{Decode, DecodeAll};
use polkadot_sdk::sp_consensus_grandpa::{
    check_message_signature, AuthorityId, CatchUp, CompactCommit, RoundNumber, SetId, SignedMessage,
};
use qloak_runtime::{constants::staking::MAX_VALIDATORS, opaque::Header, BlockNumber};

// The order of the enum's variants.
const VOTE: u8 = 0;
const COMMIT: u8 = 1;
const NEIGHBOUR: u8 = 2;
const CATCH_UP_REQUEST: u8 = 3;
const CATCH_UP: u8 = 4;

/// The only version of neighbour packets.
const NEIGHBOUR_VERSION: u8 = 1;

/// The most votes that one step of a round can have: nobody keeps more than two of a voter, which
/// convict it. GRANDPA's client is stricter than that, but charges little.
pub const MOST_VOTES: usize = 2 * MAX_VALIDATORS as usize;

/// The longest message that the network takes.
pub const LONGEST: usize = 1 << 20;

/// A message that no node of this network would send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// A message that decodes.
#[derive(Debug)]
pub enum Gossip {
    /// One vote.
    Vote(Vote),
    /// Anything else. Its signatures, if any, are the client's to check.
    Other,
}

/// A vote and what it says it is for.
#[derive(Debug)]
pub struct Vote {
    /// The set of voters.
    pub set: SetId,
    round: RoundNumber,
    signed: SignedMessage<Header>,
}

impl Vote {
    /// Who is said to have voted.
    pub fn voter(&self) -> &AuthorityId {
        &self.signed.id
    }

    /// Whether the voter signed just this. The answer is remembered if it is yes, so that the client's
    /// own check costs next to nothing.
    pub fn is_signed(&self) -> bool {
        check_message_signature(
            &self.signed.message,
            &self.signed.id,
            &self.signed.signature,
            self.round,
            self.set,
        )
        .is_valid()
    }
}

/// How many bytes a message may make this node handle: its own, or those of the answer. Seventeen bytes
/// ask for a catch-up, and an honest node asks once in 45 seconds.
pub fn weight(message: &[u8]) -> usize {
    match message.first() {
        Some(&CATCH_UP_REQUEST) => LONGEST,
        _ => message.len(),
    }
}

/// Decodes a message.
pub fn read(message: &[u8]) -> Result<Gossip, Malformed> {
    let (kind, body) = message.split_first().ok_or(Malformed)?;
    match *kind {
        VOTE => {
            let (round, set, signed): (RoundNumber, SetId, SignedMessage<Header>) = whole(body)?;
            return Ok(Gossip::Vote(Vote { set, round, signed }));
        }
        COMMIT => read_commit(body)?,
        NEIGHBOUR => {
            let (version, ..): (u8, RoundNumber, SetId, BlockNumber) = whole(body)?;
            require(version == NEIGHBOUR_VERSION)?;
        }
        CATCH_UP_REQUEST => {
            whole::<(RoundNumber, SetId)>(body)?;
        }
        CATCH_UP => read_catch_up(body)?,
        _ => return Err(Malformed),
    }
    Ok(Gossip::Other)
}

fn read_commit(body: &[u8]) -> Result<(), Malformed> {
    let (.., commit): (RoundNumber, SetId, CompactCommit<Header>) = whole(body)?;
    let votes = commit.precommits.len();
    require(votes == commit.auth_data.len() && (1..=MOST_VOTES).contains(&votes))
}

fn read_catch_up(body: &[u8]) -> Result<(), Malformed> {
    let (_, votes): (SetId, CatchUp<Header>) = whole(body)?;
    require(votes.prevotes.len() <= MOST_VOTES && votes.precommits.len() <= MOST_VOTES)
}

fn require(condition: bool) -> Result<(), Malformed> {
    condition.then_some(()).ok_or(Malformed)
}

/// The network takes no message longer than [`LONGEST`], and decoding allocates no more than the bytes
/// give.
fn whole<T: Decode>(mut bytes: &[u8]) -> Result<T, Malformed> {
    T::decode_all(&mut bytes).map_err(|_| Malformed)
}
