//! Votes, proofs and encodings, each check broken alone.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod encoding;
mod equivocation;
mod keystore;
mod votes;

use std::sync::Arc;

use sp_core::{Pair, H256};

use crate::{
    localized_payload, sign_message, AuthorityPair, AuthoritySignature, RoundNumber, SetId,
};
use keystore::VoteKeys;

type Message = finality_grandpa::Message<H256, u32>;
type Prevote = finality_grandpa::Prevote<H256, u32>;
type Precommit = finality_grandpa::Precommit<H256, u32>;
type SignedMessage =
    finality_grandpa::SignedMessage<H256, u32, AuthoritySignature, crate::AuthorityId>;

const ROUND: RoundNumber = 17;
const SET: SetId = 3;

fn voter(number: u8) -> AuthorityPair {
    AuthorityPair::from_seed(&[number; 32])
}

fn prevote(block: u8) -> Prevote {
    Prevote::new(H256::repeat_byte(block), block.into())
}

fn precommit(block: u8) -> Precommit {
    Precommit::new(H256::repeat_byte(block), block.into())
}

fn signature(
    pair: &AuthorityPair,
    message: &Message,
    round: RoundNumber,
    set_id: SetId,
) -> AuthoritySignature {
    pair.sign(&localized_payload(round, set_id, message))
}

/// A message signed as a node does it: by a keystore.
fn signed(pair: &AuthorityPair, message: Message) -> SignedMessage {
    let keystore = Arc::new(VoteKeys::of([pair.clone()]));
    sign_message(keystore, message, pair.public(), ROUND, SET).unwrap()
}
