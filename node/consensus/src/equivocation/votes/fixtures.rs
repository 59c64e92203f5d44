//! Votes of developers' keys, for tests.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use polkadot_sdk::sp_consensus_grandpa::{
    localized_payload, AuthorityId, AuthoritySignature, Message, RoundNumber, SetId, SignedMessage,
};
use qloak_keystore::secret_uri;
use qloak_pq_crypto::{
    account,
    authority::SCHEME,
    context::Context,
    signing::{Randomness, SecretKey},
};
use qloak_runtime::opaque::Header;

/// How a voter signs.
#[derive(Clone, Copy, Debug)]
pub enum Hand {
    /// As honest voters do: one vote, one signature.
    Steady,
    /// With randomness, which makes another signature for each salt.
    Hedged(u8),
}

fn secret(name: &str) -> SecretKey {
    let seed = secret_uri::parse(&format!("//{name}//grandpa")).unwrap();
    SecretKey::from_seed(SCHEME, &seed).unwrap()
}

/// The id of a developer's voting key.
pub fn key(name: &str) -> AuthorityId {
    let id = account::authority_id(SCHEME, secret(name).public_key());
    AuthorityId::try_from(&id[..]).unwrap()
}

/// A developer's signed message.
pub fn signed_by(
    name: &str,
    message: Message<Header>,
    (round, set): (RoundNumber, SetId),
    hand: Hand,
) -> SignedMessage<Header> {
    let secret = secret(name);
    let payload = localized_payload(round, set, &message);
    let randomness = match hand {
        Hand::Steady => Randomness::Deterministic,
        Hand::Hedged(salt) => Randomness::Hedged([salt; 32]),
    };
    let raw = secret.sign(Context::Vote, &payload, randomness).unwrap();
    let bytes = [secret.public_key(), &raw].concat();
    SignedMessage::<Header> {
        message,
        signature: AuthoritySignature::try_from(&bytes[..]).unwrap(),
        id: key(name),
    }
}
